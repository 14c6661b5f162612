"""Delete the articles whose time is over, as the settings say: the daemon's part, once a day."""

import logging

from crawler.retention import FOREVER, Retention, retention_of
from crawler.settings import RetentionSettings
from crawler.worker import Worker
from storage.errors import SourceNotFound, StorageError
from storage.retained import Pruning
from storage.store import Store

log = logging.getLogger(__name__)

EVERY = 3600.0
"""Seconds between two looks at the clock."""
_DAY = 86_400.0


def _retention(store: Store, settings: RetentionSettings) -> Retention:
    return retention_of(settings, lambda ref: store.sources.get(ref).id)


class Pruner:
    """Deletes once a day, a little at a time, between which others have their turn.

    Articles whose time is over, and the fingerprints of those that are older than the window of copies.
    """

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._last: float | None = None

    async def look(self) -> None:
        """Delete what is to be deleted, if that was not done in the last day."""
        now = self._worker.clock()
        if self._last is not None and 0 <= now - self._last < _DAY:
            return
        self._last = now
        try:
            await self._forget(now)
            await self._prune(now)
        except SourceNotFound as error:
            log.error("retention.sources: %s; nothing is deleted", error)
        except StorageError as error:
            log.error("%s", error)
            self._last = None

    async def _forget(self, now: float) -> None:
        """Forget by what articles were found that no new one is compared with any more."""
        steps = self._worker.likeness.forgetting(self._worker.store, now=now)
        while await self._worker.in_store(next, steps, None) is not None:
            pass

    async def _prune(self, now: float) -> None:
        worker = self._worker
        kept = await worker.in_store(_retention, worker.store, worker.settings.retention)
        if kept.shortest == FOREVER:
            return
        steps = worker.store.prune(
            before=now - kept.shortest, unwanted=lambda held: kept.ended(held, now=now), now=now
        )
        done = Pruning()
        while (more := await worker.in_store(next, steps, None)) is not None:
            done = more
        if done.articles:
            log.info("deleted old articles", extra={"articles": done.articles, "revisions": done.revisions})
