"""Write back what visits end with: that of many hosts in one transaction (a group commit).

A poll without news changes a few numbers in two rows; to begin and to end a transaction costs more than that.
So such endings are gathered for a moment. Where that goes wrong each is written by itself: what is the
matter with one costs no other. Until it is written a poll has not happened, as before a crash.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from crawler.events import PollDone
from crawler.saving import is_of_the_store
from crawler.settings import Settings
from crawler.subscribe import Recorded, is_self_contained, record_polls
from crawler.worker import Worker
from storage.errors import LeaseLost
from storage.model import PollResult, Release, Source
from storage.store import Store

GATHERING = 0.1
"""Seconds for which endings are gathered. A host that rests longer between two requests never notices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What a visit, or a step of it, leaves to be written: a poll, the host given back, or both."""

    poll: tuple[Source, PollResult] | None = None
    release: Release | None = None

    @property
    def is_slight(self) -> bool:
        """Whether it concerns one host and one source alone."""
        return self.poll is None or is_self_contained(self.poll[1])


_Waiting = tuple[Ending, "asyncio.Future[Recorded | None]"]
"""An ending, and what its visit waits for."""


class WriteBack:
    """Takes endings and writes them, soon and together."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._waiting: list[_Waiting] = []
        self._timer: asyncio.TimerHandle | None = None
        self._writing: set[asyncio.Task[None]] = set()

    async def record(self, source: Source, result: PollResult, release: Release | None = None) -> PollDone:
        """Write a poll, and with ``release`` give its host back; say what it brought.

        Raises LeaseLost when the host was taken over, and StorageError.
        """
        # While a visit goes on its next step waits for this one.
        wait = 0.0 if release is None else self._patience(release)
        recorded = await self._write(Ending(poll=(source, result), release=release), wait)
        result, counts = recorded or (result, None)
        if counts is None:
            raise LeaseLost(source.host)
        return PollDone(source=source, result=result, new=counts.new + counts.changed)

    async def release(self, release: Release) -> None:
        """Give a host back. Raises StorageError."""
        await self._write(Ending(release=release), self._patience(release))

    def _patience(self, release: Release) -> float:
        """Return the seconds for which nobody misses the host."""
        return min(GATHERING, max(release.polite_at - self._worker.clock(), 0.0))

    async def _write(self, ending: Ending, wait: float) -> Recorded | None:
        written: asyncio.Future[Recorded | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((ending, written))
        self._flush_within(wait if ending.is_slight else 0.0)
        return await written

    def _flush_within(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        when = loop.time() + seconds
        if self._timer is None or when < self._timer.when():
            self._cancel_timer()
            self._timer = loop.call_at(when, self._flush)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _flush(self) -> None:
        self._cancel_timer()
        waiting, self._waiting = self._waiting, []
        task = asyncio.create_task(self._write_all(waiting))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def _write_all(self, waiting: Sequence[_Waiting]) -> None:
        """Write what concerns others by itself: it keeps more hosts than its own from changing."""
        slight = [item for item in waiting if item[0].is_slight]
        for group in (slight, *([item] for item in waiting if not item[0].is_slight)):
            await self._write_group(group)

    async def _write_group(self, group: Sequence[_Waiting]) -> None:
        if not group:
            return
        worker = self._worker
        endings = [ending for ending, _ in group]
        call = worker.in_store(write_endings, worker.store, endings, worker.settings, now=worker.clock())
        (outcome,) = await asyncio.gather(call, return_exceptions=True)
        if not isinstance(outcome, BaseException):
            for (_, written), recorded in zip(group, outcome, strict=True):
                if not written.done():
                    written.set_result(recorded)
        elif len(group) > 1 and not is_of_the_store(outcome):
            for item in group:
                await self._write_group([item])
        else:
            for _, written in group:
                if not written.done():
                    written.set_exception(outcome)

    async def close(self) -> None:
        """Write at once what waits, and return when all is written."""
        self._flush()
        await asyncio.gather(*self._writing)


def write_endings(
    store: Store, endings: Sequence[Ending], settings: Settings, *, now: float
) -> list[Recorded | None]:
    """Write endings in one transaction, all or none; return what became of the poll of each."""
    polls = [ending.poll for ending in endings if ending.poll is not None]
    releases = [ending.release for ending in endings if ending.release is not None]
    with store.transaction():
        store.hosts.hold([result.lease for _, result in polls] + [release.lease for release in releases])
        recorded = iter(record_polls(store, polls, settings, now=now))
        store.hosts.release(releases, now=now)
        return [None if ending.poll is None else next(recorded) for ending in endings]
