"""Lease hosts, do what is due there, write back, release. Interruptible between any two requests.

A lease is politeness and crash recovery in one: while it holds nobody else asks the host anything, and when
its owner dies it runs out. The delay between two requests lives in the store, so it holds across processes:
a visit makes one request and releases the host until it may be asked again; only where the delay is zero
(tests, intranets) does a visit go on.
"""

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from crawler.events import Event, Listener, PollDone
from crawler.failure import BUG
from crawler.lane import Lane
from crawler.polling import EVERYTHING, Offer, failed, poll
from crawler.reading import give_up, read_entry
from crawler.worker import Worker
from storage.errors import LeaseLost, StorageError
from storage.model import Entry, Lease, PollResult, Source
from storage.store import Store

log = logging.getLogger(__name__)

STEPS_PER_VISIT = 20
"""Most polls, and most pages, of one visit to a host without a delay."""
STORE_PAUSE = 10.0
"""Seconds to wait after the store failed."""
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


DUE = Scope()


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A leased host and what is to be done there."""

    lease: Lease
    polls: tuple[Source, ...]
    entries: tuple[Entry, ...]
    sources: Mapping[int, Source]
    """The sources of the entries, by id."""


def open_visits(store: Store, owner: str, scope: Scope, *, now: float, limit: int, ttl: float) -> list[Visit]:
    """Lease up to ``limit`` hosts for ``ttl`` seconds and gather what is to be done there."""
    leases = store.hosts.lease(owner, now=now, limit=limit, ttl=ttl, only=scope.hosts)
    if not leases:
        return []
    polls = _polls(store, leases, scope, now=now)
    entries = store.entries.due(leases, now=now, per_host=STEPS_PER_VISIT, source_ids=scope.source_ids)
    source_ids = {entry.source_id for rows in entries.values() for entry in rows}
    sources = store.sources.by_ids({number for number in source_ids if number is not None})
    return [
        Visit(
            lease=lease,
            polls=tuple(polls.get(lease.host_id, ())),
            entries=tuple(entries.get(lease.host_id, ())),
            sources=sources,
        )
        for lease in leases
    ]


def _polls(
    store: Store, leases: Sequence[Lease], scope: Scope, *, now: float
) -> Mapping[int, Collection[Source]]:
    if scope.hosts is None:
        return store.sources.due(leases, now=now, per_host=STEPS_PER_VISIT)
    by_host: dict[int, list[Source]] = {}
    for source in scope.polls.values():
        by_host.setdefault(source.host_id, []).append(source)
    return by_host


async def visit(
    worker: Worker, task: Visit, *, scope: Scope, listener: Listener, stopping: asyncio.Event
) -> None:
    """Do what is due on one leased host, then release it. Never raises for anything the web does."""
    fetch = worker.settings.fetch
    lane = Lane(task.lease, delay=fetch.host_delay, user_agent=fetch.user_agent)
    deadline = worker.clock() + lease_time(worker) / 3
    try:
        steps: tuple[Source | Entry, ...] = (*task.polls, *task.entries)
        for step in steps:
            listener(await _step(worker, lane, task, step, scope))
            # One request a visit where there is a delay; none after the host got tired or we are to stop.
            if stopping.is_set() or lane.tired or lane.delay > 0 or worker.clock() > deadline:
                break
    except LeaseLost as lost:
        log.warning("%s; its result is dropped and will be made again", lost)
    finally:
        await worker.in_store(_release, worker.store, lane, now=worker.clock())


def _release(store: Store, lane: Lane, *, now: float) -> None:
    store.hosts.release([lane.release(now=now)], now=now)


def lease_time(worker: Worker) -> float:
    """Return the seconds a lease is taken for: ample for one fetch and one reading."""
    return 2 * (worker.settings.fetch.timeout + worker.settings.pool.timeout) + SETTLING


async def _step(worker: Worker, lane: Lane, task: Visit, step: Source | Entry, scope: Scope) -> Event:
    """Do one poll or one page. A defect met on the way costs this step, not the daemon."""
    try:
        if isinstance(step, Source):
            return await record(worker, step, await poll(worker, lane, step, offer=scope.offer))
        return await read_entry(worker, lane, step, _source_of(task, step))
    except StorageError:
        raise
    except Exception:
        log.exception("a step failed", extra={"url": step.url})
        if isinstance(step, Source):
            return await record(worker, step, failed(worker, lane, step, BUG))
        return await give_up(worker, lane, step, _source_of(task, step), BUG)


def _source_of(task: Visit, entry: Entry) -> Source | None:
    return None if entry.source_id is None else task.sources.get(entry.source_id)


async def record(worker: Worker, source: Source, result: PollResult) -> PollDone:
    """Write a poll's result and say what it brought. Raises LeaseLost when the host was taken over."""
    counts = await worker.in_store(worker.store.sources.record_polls, [result], now=result.at)
    if not counts:
        raise LeaseLost(source.host)
    return PollDone(source=source, result=result, new=counts[0].new + counts[0].changed)


class Dispatcher:
    """Keeps as many visits going as there is room for."""

    def __init__(self, worker: Worker, *, listener: Listener) -> None:
        self._worker = worker
        self._listener = listener
        self._room = worker.settings.fetch.polls + worker.settings.fetch.pages
        self._visits: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()
        self._wake = asyncio.Event()

    @property
    def stopping(self) -> bool:
        """Whether the dispatcher was asked to stop."""
        return self._stopping.is_set()

    def wake(self) -> None:
        """Look for due hosts soon."""
        self._wake.set()

    async def run(self) -> None:
        """Visit what is due, whenever woken, until asked to stop."""
        while not self._stopping.is_set():
            await self._wake.wait()
            self._wake.clear()
            try:
                while not self._stopping.is_set() and await self.fill(DUE):
                    pass
            except StorageError as error:  # a full disk, a database restarting: wait, then go on
                log.error("%s", error)
                await self._pause(STORE_PAUSE)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    async def fill(self, scope: Scope) -> int:
        """Lease hosts for the room there is and start their visits; return how many."""
        room = self._room - len(self._visits)
        if room <= 0 or scope.hosts == () or self._stopping.is_set():
            return 0
        worker = self._worker
        visits = await worker.in_store(
            open_visits,
            worker.store,
            worker.owner,
            scope,
            now=worker.clock(),
            limit=room,
            ttl=lease_time(worker),
        )
        if self._stopping.is_set():
            return 0  # stopped while asking: the leases go back with all others of this owner
        for item in visits:
            self._start(item, scope)
        return len(visits)

    def _start(self, item: Visit, scope: Scope) -> None:
        task = asyncio.create_task(self._guarded(item, scope), name=f"visit {item.lease.host}")
        self._visits.add(task)
        task.add_done_callback(self._ended)

    async def _guarded(self, item: Visit, scope: Scope) -> None:
        try:
            await visit(self._worker, item, scope=scope, listener=self._listener, stopping=self._stopping)
        except StorageError as error:  # a full disk, say: what was leased comes back when the lease runs out
            log.error("%s", error, extra={"host": item.lease.host})

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._visits.discard(task)
        self.wake()

    async def settle(self, *, timeout: float | None = None) -> bool:
        """Wait until a visit ends or ``timeout`` seconds have passed; False when none is going on."""
        if not self._visits:
            return False
        await asyncio.wait(self._visits, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        return True

    async def stop(self, *, deadline: float) -> None:
        """Start nothing new, let visits end within ``deadline`` seconds, then cut off the rest.

        Entries of a cut visit stay in the frontier; nothing half-done is written.
        """
        self._stopping.set()
        self._wake.set()
        if self._visits:
            await asyncio.wait(self._visits, timeout=deadline)
        for task in self._visits:
            task.cancel()
        await asyncio.gather(*self._visits, return_exceptions=True)


async def run_until_idle(
    worker: Worker, dispatcher: Dispatcher, stop: asyncio.Event, *, patience: float | None = None
) -> None:
    """Visit what is due until nothing is, waiting up to ``patience`` seconds for hosts that want a pause.

    By default that is long enough for the ordinary delay between two requests of a host.
    """
    patience = 2 * worker.settings.fetch.host_delay if patience is None else patience
    while not stop.is_set():
        if await dispatcher.fill(DUE):
            continue
        if await dispatcher.settle(timeout=0.2):
            continue
        next_due = await worker.in_store(worker.store.hosts.next_due_at)
        wait = None if next_due is None else next_due - worker.clock()
        if wait is None or wait > patience:
            return
        await asyncio.sleep(min(max(wait, 0.01), 0.5))
