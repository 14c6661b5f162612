"""Saves articles one after another, and together those that came while others were written.

Nobody waits for company: what comes while nothing is written is written at once. Under load the articles that
wait share a transaction (a group commit). Where that goes wrong each is saved by itself: what is the matter
with one costs no other.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from crawler.ingest import Saved
from crawler.together import Arrival
from storage.errors import StorageError, StoreDamaged, StoreReadOnly, StoreUnavailable

TOGETHER = 64
"""Articles in one transaction at most."""
_Waiting = tuple[Arrival, "asyncio.Future[Saved]"]


class Saving:
    """Takes prepared articles and saves them by a function of the store's thread."""

    def __init__(self, save_all: Callable[[Sequence[Arrival]], Awaitable[list[Saved]]]) -> None:
        self._save_all = save_all
        self._waiting: list[_Waiting] = []
        self._writing: asyncio.Task[None] | None = None

    async def save(self, arrival: Arrival) -> Saved:
        """Save an article and return how it ended. Raises LeaseLost when its host was taken over."""
        written: asyncio.Future[Saved] = asyncio.get_running_loop().create_future()
        self._waiting.append((arrival, written))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_waiting())
        return await written

    async def close(self) -> None:
        """Return when all that waits is written."""
        if self._writing is not None:
            await asyncio.gather(self._writing, return_exceptions=True)

    async def _write_waiting(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
            await self._write(group)

    async def _write(self, group: Sequence[_Waiting]) -> None:
        (outcome,) = await asyncio.gather(
            self._save_all([arrival for arrival, _ in group]), return_exceptions=True
        )
        if not isinstance(outcome, BaseException):
            for (_, written), saved in zip(group, outcome, strict=True):
                if not written.done():
                    written.set_result(saved)
        elif len(group) > 1 and not is_of_the_store(outcome):
            for item in group:
                await self._write([item])
        else:
            for _, written in group:
                if not written.done():
                    written.set_exception(outcome)


def is_of_the_store(error: BaseException) -> bool:
    """Whether each ending would meet the same error, as on a full disk; a damaged place is one's alone."""
    if isinstance(error, StoreDamaged):
        return False
    lasting = isinstance(error, StoreUnavailable | StoreReadOnly | asyncio.CancelledError)
    return lasting or (isinstance(error, StorageError) and error.transient)
