"""Say in the log when the whole store falls silent, and when news arrives again: once each."""

import logging

from crawler.health.silence import Silence
from crawler.survey import silence_words, store_silence
from crawler.worker import Worker
from storage.errors import StorageError

log = logging.getLogger(__name__)

EVERY = 300.0
"""Seconds between two looks."""


class SilenceAlarm:
    """Looks at the store now and then. What it said is not said again."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._told: Silence | None = None

    async def look(self) -> None:
        """Look once; never raises for what a database does."""
        worker, now = self._worker, self._worker.clock()
        try:
            found = await worker.in_store(store_silence, worker.store, now=now)
        except StorageError as error:
            log.warning("%s", error)
            return
        if found is not None and self._told is None:
            log.error("%s; `kabar doctor` says more", silence_words(found, now=now))
        elif found is None and self._told is not None:
            log.info("news arrives again")
        self._told = found
