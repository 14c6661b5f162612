"""Read what a source returned, but for the lines that the store knows to be unchanged."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from crawler import jobs
from crawler.cadence import DAY
from crawler.worker import Worker
from spiders.items import Feed, Fetch, SourceKind
from storage.model import NewEntry, Source

LARGE = 2 * 1024 * 1024
"""Bytes from which a feed is read piece by piece, since each job in the pool has its time."""
PIECE = 5_000
"""Entries of one piece."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of a source's document."""

    feed: Feed | None
    """None when every line is known, so that nothing had to be read."""
    seen: tuple[int, ...] = ()
    """Numbers of the entries whose lines were left out because they are known."""


def may_sift(source: Source, fetch: Fetch) -> bool:
    """Tell whether leaving out known lines can pay: not at a first poll, nor where lines are picked later."""
    return (
        source.kind == "feed"
        and source.last_ok_at is not None
        and source.parent_id is None
        and source.since is None
        and not fetch.truncated
    )


async def read_whole(worker: Worker, fetch: Fetch, kind: SourceKind) -> Feed:
    """Read all that a source returned. Raises NotAFeed, PoolError.

    A very large feed is read piece by piece, one after the other: none takes longer than a document may,
    and others come to their turn in between.
    """
    if len(fetch.body) < LARGE:
        return await worker.pool.run(jobs.read_source, fetch, kind)
    sifted = await worker.pool.run(jobs.sift_source, fetch, kind)
    if isinstance(sifted, Feed):
        return sifted
    pieces: list[Feed] = []
    for start in range(0, len(sifted.marks), PIECE):
        others = frozenset(sifted.marks[:start] + sifted.marks[start + PIECE :])
        piece = await worker.pool.run(jobs.read_new, fetch, sifted, others)
        if not piece.known:  # it was all of it, or could not be read in pieces after all
            return piece
        pieces.append(piece)
    return replace(
        pieces[-1],
        entries=tuple(entry for piece in pieces for entry in piece.entries),
        skipped=sum(piece.skipped for piece in pieces),
        known=(),
    )


async def read_changed(worker: Worker, source: Source, fetch: Fetch) -> Reading:
    """Read the lines that are new or changed, each known one by its mark alone. Raises NotAFeed, PoolError.

    What is known is asked of the store each time: a line whose entry is gone is new again.
    """
    sifted = await worker.pool.run(jobs.sift_source, fetch, source.kind)
    if isinstance(sifted, Feed):
        return Reading(sifted)
    known = await worker.in_store(worker.store.entries.marked, source.id, sifted.marks)
    if len(known) == len(sifted.marks) and not _is_head_due(source, now=worker.clock()):
        return Reading(None, tuple(known.values()))
    feed = await worker.pool.run(jobs.read_new, fetch, sifted, frozenset(known))
    return Reading(feed, tuple(known[mark] for mark in feed.known))


def _is_head_due(source: Source, *, now: float) -> bool:
    """Tell whether the feed's head is to be read although all lines are known: once a day.

    It may name another hub, or ask for other pauses. Each source has its own time of day for it.
    """
    born, last = source.created_at, source.last_ok_at or 0.0
    return (now - born) // DAY > (last - born) // DAY


async def is_whole(worker: Worker, source: Source, lines: Sequence[NewEntry], seen: Sequence[int]) -> bool:
    """Tell whether no line that was read has the identity of one that was left out.

    Of two such lines the first one counts, which only the whole feed shows.
    """
    if not seen or not lines:
        return True
    met = await worker.in_store(worker.store.entries.numbers, source.id, lines)
    return met.isdisjoint(seen)
