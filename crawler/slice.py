"""Keep visits going: lease the hosts that are due, a slice at a time, as room frees.

The queue is the store; nothing is lost with the process. Visits run side by side, one for each leased host.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from crawler.events import Listener
from crawler.visit import DUE, Scope, Stay, Visit, lease_time, open_visits, visit
from crawler.worker import Worker, lease_name
from crawler.writeback import WriteBack
from storage.errors import StorageError

log = logging.getLogger(__name__)

STORE_PAUSE = 10.0
"""Seconds to wait after the store failed."""
LONGEST_NAP = 1.0
"""Seconds between two looks at the store when nothing is due: another process may have added work."""
SHORTEST_NAP = 0.1
"""Seconds between two looks at least: one that leases several hosts costs little more than one for one."""


class Dispatcher:
    """Keeps as many visits going as there is room for."""

    def __init__(self, worker: Worker, *, listener: Listener) -> None:
        self.longest_delay = worker.settings.fetch.host_delay
        """The longest pause that a host visited so far wants between two requests, in seconds."""
        self._worker = worker
        self._listener = listener
        self._write_back = WriteBack(worker)
        self._room = worker.settings.fetch.polls + worker.settings.fetch.pages
        self._visits: set[asyncio.Task[None]] = set()
        self._failures: dict[str, StorageError] = {}
        self._kept: list[Callable[[], Awaitable[object]]] = []
        """What gives back hosts that the store could not take back."""
        self._stopping = asyncio.Event()
        self._wake = asyncio.Event()

    @property
    def failure(self) -> StorageError | None:
        """What the store failed with in the last visit of some host, if it did."""
        return next(reversed(self._failures.values()), None)

    def wake(self) -> None:
        """Look for due hosts soon. To be called in the event loop."""
        self._wake.set()

    async def run(self, *, alive: Callable[[], Awaitable[object]]) -> None:
        """Visit what is due until asked to stop; ``alive`` is awaited at least once in a few seconds.

        Naps are measured by the loop's own clock: a wall clock set back does not stop the daemon.
        """
        while not self._stopping.is_set():
            try:
                await alive()
                await self.fill(DUE)
                await self._nap()
            except StorageError as error:  # a full disk, a database restarting: wait, then go on
                log.error("%s; trying again in %.0f s", error, STORE_PAUSE)
                await self._pause(STORE_PAUSE)

    async def _nap(self) -> None:
        """Sleep until the next host is due, a visit ends, or a second has passed; a moment at least."""
        worker = self._worker
        next_due = await worker.in_store(worker.store.hosts.next_due_at)
        wait = LONGEST_NAP if next_due is None or not self._has_room() else next_due - worker.clock()
        await self._pause(SHORTEST_NAP)
        if (left := min(wait, LONGEST_NAP) - SHORTEST_NAP) > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), left)
        self._wake.clear()

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    def _has_room(self) -> bool:
        return len(self._visits) < self._room

    async def fill(self, scope: Scope) -> int:
        """Lease hosts for the room there is and start their visits; return how many. Raises StorageError."""
        await self._give_back()
        if not self._has_room() or scope.hosts == () or self._stopping.is_set():
            return 0
        visits = await self._open_visits(scope)
        if self._stopping.is_set():
            return 0  # stopped while asking: the leases go back with all others of this worker
        for item in visits:
            self._start(item, scope)
        return len(visits)

    async def _open_visits(self, scope: Scope) -> list[Visit]:
        worker, name = self._worker, lease_name(self._worker)
        try:
            return await worker.in_store(
                open_visits,
                worker.store,
                name,
                scope,
                now=worker.clock(),
                limit=self._room - len(self._visits),
                ttl=lease_time(worker),
            )
        except StorageError:  # perhaps its answer alone was lost, and the hosts are leased
            release = worker.store.hosts.release_owner
            self._kept.append(lambda: worker.in_store(release, name, now=worker.clock()))
            raise

    async def _give_back(self) -> None:
        """Give back what the store could not take back when it failed. Raises StorageError."""

        async def once(back: Callable[[], Awaitable[object]]) -> None:
            try:
                await back()
            except StorageError:
                self._kept.append(back)
                raise

        kept, self._kept = self._kept, []
        await asyncio.gather(*map(once, kept))

    def _start(self, item: Visit, scope: Scope) -> None:
        task = asyncio.create_task(self._guarded(item, scope), name=f"visit {item.lease.host}")
        self._visits.add(task)
        task.add_done_callback(self._ended)

    async def _guarded(self, item: Visit, scope: Scope) -> None:
        stay = Stay(self._worker, item.lease, write_back=self._write_back, stopping=self._stopping)
        try:
            delay = await visit(self._worker, item, stay, scope=scope, listener=self._listener)
        except StorageError as error:  # a full disk, say
            log.error("%s", error, extra={"host": item.lease.host})
            self._failures[item.lease.host] = error
            self._kept.append(stay.leave)
        else:
            self._failures.pop(item.lease.host, None)
            self.longest_delay = max(self.longest_delay, delay)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._visits.discard(task)
        self.wake()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a visit ended with a defect: %s", task.get_name(), exc_info=error)

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
        await self._write_back.close()


async def run_until_idle(
    worker: Worker, dispatcher: Dispatcher, stop: asyncio.Event, *, patience: float | None = None
) -> None:
    """Visit what is due until nothing is, waiting up to ``patience`` seconds for hosts that want a pause.

    By default that is long enough for the pause that any of the hosts wants between two requests.
    """
    while not stop.is_set():
        if await dispatcher.fill(DUE):
            continue
        if await dispatcher.settle(timeout=0.2):
            continue
        next_due = await worker.in_store(worker.store.hosts.next_due_at)
        wait = None if next_due is None else next_due - worker.clock()
        if wait is None or wait > (2 * dispatcher.longest_delay if patience is None else patience):
            return
        await asyncio.sleep(min(max(wait, SHORTEST_NAP), 0.5))
