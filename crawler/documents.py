"""The documents behind the sources of a one-off crawl: which of them it reads."""

from collections.abc import Collection, Mapping

from crawler.worker import Worker
from storage.model import Source


class Documents:
    """Finds the documents behind sources that wait to be read, each once in a crawl."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._met: set[int] = set()

    async def begin_again(self, source_ids: Collection[int]) -> None:
        """Let documents that an earlier back-fill left at a limit or an error wait again."""
        now = self._worker.clock()
        for source_id in source_ids:
            await self._worker.in_store(self._worker.store.sources.resume_children, source_id, now=now)

    async def waiting(self, source_ids: Collection[int]) -> list[tuple[int, Source]]:
        """Return documents that wait now and were not returned before, each with the source it belongs to."""
        store = self._worker.store
        behind = await self._worker.in_store(store.sources.children, source_ids, states=("active", "done"))
        parents = {child.id: child.parent_id for child in behind}
        now = self._worker.clock()
        found = [child for child in behind if child.id not in self._met and _waits(child, now=now)]
        self._met.update(child.id for child in found)
        return [(_root(child.id, parents), child) for child in found]


def _waits(child: Source, *, now: float) -> bool:
    """Tell whether a document is to be read at once; one that is staggered by the schedule is."""
    if child.state != "active":
        return False
    told = child.since is not None or child.changed_at is not None
    return told or child.last_polled_at is None or child.next_due_at <= now


def _root(source_id: int, parents: Mapping[int, int | None]) -> int:
    while (above := parents.get(source_id)) is not None:
        source_id = above
    return source_id
