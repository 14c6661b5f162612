"""The wish to stop, as signals tell it: the first asks, the second does not ask again."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

INTERRUPTED = 130
"""Exit code after Ctrl-C (128 + SIGINT, as shells have it)."""


class Stop:
    """The wish to stop, as signals tell it."""

    def __init__(self) -> None:
        self.requested = asyncio.Event()
        self.interrupted = False
        """Whether it was Ctrl-C (as against a service manager's SIGTERM)."""

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """While open, SIGINT and SIGTERM ask for a stop; the second one ends the process at once."""
        loop = asyncio.get_running_loop()
        signals = (signal.SIGINT, signal.SIGTERM)
        for number in signals:
            loop.add_signal_handler(number, self._received, number)
        try:
            yield
        finally:
            for number in signals:
                loop.remove_signal_handler(number)

    def _received(self, number: signal.Signals) -> None:
        if self.requested.is_set():
            os._exit(INTERRUPTED)
        self.interrupted = number == signal.SIGINT
        self.requested.set()
