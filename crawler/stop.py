"""The wish to stop, as signals tell it: the first asks, the second does not ask again."""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager

log = logging.getLogger(__name__)

INTERRUPTED = 130
"""Exit code after Ctrl-C (128 + SIGINT, as shells have it)."""
PATIENCE = 4.5
"""Seconds a clean end may take before the process leaves all the same; leases then run out by themselves."""


class Stop:
    """The wish to stop, as signals tell it."""

    def __init__(self) -> None:
        self.requested = asyncio.Event()
        self.interrupted = False
        """Whether it was Ctrl-C (as against a service manager's SIGTERM)."""
        self._last_resort = threading.Timer(PATIENCE, self._leave)
        self._last_resort.daemon = True

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """While open, SIGINT and SIGTERM ask for a stop; the second one ends the process at once.

        Signals reach the main thread alone: elsewhere this does nothing.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()
        signals = (signal.SIGINT, signal.SIGTERM)
        for number in signals:
            loop.add_signal_handler(number, self._received, number)
        try:
            yield
        finally:
            self._last_resort.cancel()
            for number in signals:
                loop.remove_signal_handler(number)

    def _received(self, number: signal.Signals) -> None:
        if self.requested.is_set():
            os._exit(INTERRUPTED)
        self.interrupted = number == signal.SIGINT
        self.requested.set()
        try:
            self._last_resort.start()
        except RuntimeError:  # no memory is left for a thread: the loop has to do, which may hang
            asyncio.get_running_loop().call_later(PATIENCE, self._leave)

    def _leave(self) -> None:
        log.error("not everything ended in time: leaving; what was leased is free again in two minutes")
        logging.shutdown()  # what still waits to be written
        os._exit(INTERRUPTED if self.interrupted else 1)


async def unless_stopped(stop: asyncio.Event, jobs: Sequence[Coroutine[None, None, None]]) -> None:
    """Do jobs side by side; a wish to stop cuts them off. Raises what the first failed job raised."""
    tasks = [asyncio.create_task(job) for job in jobs]
    wish = asyncio.create_task(stop.wait())
    together = asyncio.gather(*tasks)
    try:
        await asyncio.wait((together, wish), return_when=asyncio.FIRST_COMPLETED)
    finally:
        wish.cancel()
        together.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    for error in results:
        if isinstance(error, Exception):
            raise error
