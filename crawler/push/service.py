"""All of WebSub in the daemon: the listener, the readers of what is pushed, and the beat that asks hubs."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from crawler.push.asking import Asker
from crawler.push.callback import PATH, listening
from crawler.push.delivery import take_in
from crawler.push.inbox import Inbox
from crawler.schedule import Beat
from crawler.worker import Worker

log = logging.getLogger(__name__)

READERS = 4
"""Pushed documents taken in side by side."""
ROUND = 5.0
"""Seconds between two looks at what is due at hubs."""


@asynccontextmanager
async def served(worker: Worker, *, wake: Callable[[], None]) -> AsyncIterator[tuple[Beat, ...]]:
    """Deal with hubs while open, if there is a callback address; yields the beats that the schedule needs.

    ``wake`` is called when pushed entries wait to be fetched.

    Without one, whatever was subscribed ends here: hubs cannot reach us to verify a farewell, and forget us
    when their leases run out. Raises CannotListen.
    """
    callback = worker.settings.websub.callback
    subscriptions = worker.store.subscriptions
    if callback is None:
        if ended := await worker.in_store(subscriptions.end_all):
            log.info("websub.callback is not set: subscriptions ended", extra={"subscriptions": ended})
        yield ()
        return
    base = callback.rstrip("/") + PATH
    await worker.in_store(subscriptions.rebase, base, now=worker.clock())
    inbox, asker = Inbox(), Asker(worker, base=base)
    async with listening(worker, inbox):
        where = f"{worker.settings.web.host}:{worker.settings.web.port}"
        log.info("listening for hubs", extra={"address": where, "callback": base})
        readers = [asyncio.create_task(take_in(worker, inbox, wake)) for _ in range(READERS)]
        for reader in readers:
            reader.add_done_callback(_ended)
        try:
            yield (Beat(name="hubs", every=ROUND, job=asker.round),)
        finally:
            for reader in readers:
                reader.cancel()
            await asyncio.gather(asker.stop(), *readers, return_exceptions=True)


def _ended(reader: "asyncio.Task[None]") -> None:
    if not reader.cancelled() and (error := reader.exception()) is not None:
        log.error("reading what is pushed ended with a defect", exc_info=error)
