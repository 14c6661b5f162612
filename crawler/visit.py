"""One visit to a leased host: do what is due there, write back, release. Interruptible between two requests.

A lease is politeness and crash recovery in one: while it holds nobody else asks the host anything, and when
its owner dies it runs out. The delay between two requests lives in the store, so it holds across processes:
a visit makes one request and releases the host until it may be asked again; only where the delay is zero
(tests, intranets) does a visit go on.
"""

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from crawler.errors import CalledOff
from crawler.events import Event, Listener, PollDone, StepLost
from crawler.failure import BUG, OVERDUE, Failure
from crawler.intake import EVERYTHING, Offer
from crawler.lane import Lane
from crawler.looking import look_again, put_off
from crawler.polling import failed, poll
from crawler.reading import read_entry, shelve
from crawler.subscribe import record_poll
from crawler.worker import Worker
from crawler.writeback import WriteBack
from storage.errors import EntryNotFound, LeaseLost, StorageError, StoreBusy, StoreReadOnly, StoreUnavailable
from storage.looks import Revisit
from storage.model import Entry, Lease, PollResult, Source
from storage.store import Store

log = logging.getLogger(__name__)

STEPS_PER_VISIT = 20
"""Most polls, and most pages, of one visit to a host without a delay."""
STORE_REST = 10.0
"""Seconds for which a host is left alone when what came of it could not be written."""
BUSY_REST = 0.5
"""The same where another was just writing, or the server restarts."""
SETTLING = 30.0
"""Seconds a visit may need on top of one fetch and one reading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a dispatcher may touch: everything that is due, or the sources of a one-off crawl."""

    hosts: tuple[str, ...] | None = None
    """Lanes to lease whatever their schedule says; None leases what is due."""
    polls: Mapping[int, Source] = field(default_factory=dict)
    """Sources to poll now, by id, when ``hosts`` is given."""
    source_ids: frozenset[int | None] | None = None
    """Only entries of these sources; None takes all."""
    offer: Offer = EVERYTHING
    pages: int = STEPS_PER_VISIT
    """Most entries taken up in one visit."""


DUE = Scope()
Step = Source | Entry | Revisit
"""What is done between two pauses of a host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A leased host and what is to be done there."""

    lease: Lease
    polls: tuple[Source, ...]
    entries: tuple[Entry, ...]
    sources: Mapping[int, Source]
    """The sources of the entries and revisits, by id."""
    revisits: tuple[Revisit, ...] = ()
    """Looks at articles that are kept; there are none while anything else is due."""


def open_visits(store: Store, owner: str, scope: Scope, *, now: float, limit: int, ttl: float) -> list[Visit]:
    """Lease up to ``limit`` hosts for ``ttl`` seconds and gather what is to be done there.

    ``owner`` must be new each time: a lease that ran out must not be mistaken for the one that followed.
    """
    with store.transaction():  # a lease whose work could not be read would block its host until it runs out
        leases = store.hosts.lease(owner, now=now, limit=limit, ttl=ttl, only=scope.hosts)
        if not leases:
            return []
        polls = _polls(store, leases, scope, now=now)
        entries = store.entries.due(leases, now=now, per_host=scope.pages, source_ids=scope.source_ids)
        revisits = _revisits(store, leases, polls, entries, now=now) if scope.hosts is None else {}
        source_ids = {entry.source_id for rows in entries.values() for entry in rows}
        source_ids |= {revisit.entry.source_id for rows in revisits.values() for revisit in rows}
        sources = store.sources.by_ids({number for number in source_ids if number is not None})
    return [
        Visit(
            lease=lease,
            polls=tuple(polls.get(lease.host_id, ())),
            entries=tuple(entries.get(lease.host_id, ())),
            sources=sources,
            revisits=tuple(revisits.get(lease.host_id, ())),
        )
        for lease in leases
    ]


def _revisits(
    store: Store, leases: Sequence[Lease], polls: Collection[int], entries: Collection[int], *, now: float
) -> Mapping[int, Sequence[Revisit]]:
    """Return what is to be looked at again on hosts where nothing else is due: news go first."""
    idle = [lease for lease in leases if lease.host_id not in polls and lease.host_id not in entries]
    return store.revisits.due(idle, now=now, per_host=STEPS_PER_VISIT) if idle else {}


def _polls(
    store: Store, leases: Sequence[Lease], scope: Scope, *, now: float
) -> Mapping[int, Collection[Source]]:
    if scope.hosts is None:
        return store.sources.due(leases, now=now, per_host=STEPS_PER_VISIT)
    by_host: dict[int, list[Source]] = {}
    for source in scope.polls.values():
        by_host.setdefault(source.host_id, []).append(source)
    return by_host


class Stay:
    """A visit while it goes on: what is learnt of its host, and whether another step may follow."""

    def __init__(
        self, worker: Worker, lease: Lease, *, write_back: WriteBack, stopping: asyncio.Event
    ) -> None:
        fetch = worker.settings.fetch
        self.lane = Lane(lease, delay=fetch.host_delay, user_agent=fetch.user_agent)
        self._clock = worker.clock
        self._time = asyncio.get_running_loop().time
        self._enough = self._time() + lease_time(worker) / 3
        self._write_back = write_back
        self._stopping = stopping
        self._has_left = False

    @property
    def is_over(self) -> bool:
        """Whether no step may follow."""
        # One request a visit where there is a delay; none after the host got tired or we are to stop.
        lane, late = self.lane, self._time() > self._enough
        return self._has_left or self._stopping.is_set() or lane.tired or lane.delay > 0 or late

    async def record(self, source: Source, result: PollResult) -> PollDone:
        """Write a poll's result; the host is given back with it when that was the last step.

        Raises LeaseLost when the host was taken over.
        """
        last = self.is_over
        done = await self._write_back.record(
            source, result, self.lane.release(now=self._clock()) if last else None
        )
        self._has_left = last
        return done

    async def leave(self) -> None:
        """Give the host back, unless that is done."""
        if not self._has_left:
            await self._write_back.release(self.lane.release(now=self._clock()))
            self._has_left = True


async def visit(worker: Worker, task: Visit, stay: Stay, *, scope: Scope, listener: Listener) -> float:
    """Do what is due on one leased host, then release it; return the delay the host asks for, in seconds.

    Never raises for anything the web does.
    """
    try:
        for step in in_turn(task, forced=scope.hosts is not None):
            listener(await _step(worker, stay, task, step, scope))
            if stay.is_over:
                break
    except CalledOff:
        pass  # nothing happened to the step: it is as due as before
    except LeaseLost as lost:
        log.info("%s; its result is dropped and will be made again", lost)
        listener(StepLost(step=_named(step)))
    except EntryNotFound as lost:  # its source was removed while its page was read
        log.info("%s any more; its result is dropped", lost)
        listener(StepLost(step=_named(step)))
    except Exception as error:  # the step is as due as before, and was in vain: not at once again
        stay.lane.rest(BUSY_REST if isinstance(error, StoreBusy) else STORE_REST)
        raise
    finally:
        await stay.leave()
    return stay.lane.delay


def in_turn(task: Visit, *, forced: bool) -> list[Step]:
    """Order polls and pages by the moment they were due, so that neither kind keeps the other waiting.

    Polls that a person asked for (``forced``) come first; documents that fill a gap otherwise last.
    """
    steps: list[Step] = [*task.polls, *task.entries, *task.revisits]
    return steps if forced else sorted(steps, key=_turn)


def _turn(step: Step) -> tuple[bool, float]:
    fills = isinstance(step, Source) and step.since is not None
    return fills, 0.0 if step.next_due_at is None else step.next_due_at


def give_back(store: Store, lane: Lane, *, now: float) -> None:
    """Release the host of a lane with what was learnt on it."""
    store.hosts.release([lane.release(now=now)], now=now)


def lease_time(worker: Worker) -> float:
    """Return the seconds a lease is taken for: ample for one fetch and one reading."""
    return 2 * (worker.settings.fetch.timeout + worker.settings.pool.timeout) + SETTLING


async def _step(worker: Worker, stay: Stay, task: Visit, step: Step, scope: Scope) -> Event:
    """Do one poll or one page. A defect met on the way costs this step, not the visit or the daemon."""
    try:
        # What is not done when the lease ends belongs to whoever leases the host next.
        async with asyncio.timeout(lease_time(worker) - SETTLING / 2):
            return await _do(worker, stay, task, step, scope)
    except (CalledOff, LeaseLost, EntryNotFound, StoreUnavailable, StoreReadOnly):
        raise
    except TimeoutError:
        return await _give_up(worker, stay, task, step, OVERDUE)
    except Exception as error:  # whatever it is, it ends one step, not the daemon
        if isinstance(error, StorageError) and error.transient:
            raise
        log.exception("a step failed", extra={"url": _named(step).url})
        return await _give_up(worker, stay, task, step, BUG)


async def _give_up(worker: Worker, stay: Stay, task: Visit, step: Step, failure: Failure) -> Event:
    if isinstance(step, Source):
        return await stay.record(step, failed(worker, stay.lane, step, failure))
    if isinstance(step, Revisit):
        return await put_off(worker, stay.lane, step, _source_of(task, step.entry), failure)
    return await shelve(worker, stay.lane, step, failure)


async def _do(worker: Worker, stay: Stay, task: Visit, step: Step, scope: Scope) -> Event:
    if isinstance(step, Source):
        return await stay.record(step, await poll(worker, stay.lane, step, offer=scope.offer))
    if isinstance(step, Revisit):
        return await look_again(worker, stay.lane, step, _source_of(task, step.entry))
    return await read_entry(worker, stay.lane, step, _source_of(task, step))


def _named(step: Step) -> Source | Entry:
    return step.entry if isinstance(step, Revisit) else step


def _source_of(task: Visit, entry: Entry) -> Source | None:
    return None if entry.source_id is None else task.sources.get(entry.source_id)


async def record(worker: Worker, source: Source, result: PollResult) -> PollDone:
    """Write a poll's result by itself and say what it brought. Raises LeaseLost."""
    now = worker.clock()
    result, counts = await worker.in_store(
        record_poll, worker.store, source, result, worker.settings, now=now
    )
    if counts is None:
        raise LeaseLost(source.host)
    return PollDone(source=source, result=result, new=counts.new + counts.changed)
