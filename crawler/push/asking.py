"""Ask hubs: subscribe, renew, leave. One request at a time at each hub, with the pauses of its host."""

import asyncio
import logging
from functools import partial

from crawler.errors import CalledOff, HostBusy
from crawler.failure import failure_of, require_running
from crawler.lane import Lane
from crawler.normalize.url import host_lane
from crawler.probe import leased
from crawler.websub.protocol import Mode, errand, failed, form, postponed, requested
from crawler.worker import Worker
from spiders.errors import FetchError, FetchRefused, Gone
from storage.errors import StorageError
from storage.hub import Subscription

log = logging.getLogger(__name__)

AT_ONCE = 200
"""Subscriptions looked at in one round."""
SILENT = "the hub did not verify the request within an hour"


class Asker:
    """Asks hubs what is due. ``base`` is the public address below which callbacks lie."""

    def __init__(self, worker: Worker, *, base: str) -> None:
        self._worker = worker
        self._base = base
        self._lanes: dict[str, asyncio.Task[None]] = {}

    async def round(self) -> None:
        """Begin with all that is due at hubs that are not being asked already."""
        worker = self._worker
        try:
            due = await worker.in_store(self._due, worker.clock())
        except StorageError as error:
            log.error("%s", error)
            return
        by_lane: dict[str, list[Subscription]] = {}
        for subscription in due:
            by_lane.setdefault(host_lane(subscription.hub), []).append(subscription)
        for lane, subscriptions in by_lane.items():
            if lane not in self._lanes:
                self._lanes[lane] = asyncio.create_task(self._ask_in_turn(lane, subscriptions))
                self._lanes[lane].add_done_callback(partial(self._through, lane))

    def _due(self, now: float) -> list[Subscription]:
        kept = self._worker.store.subscriptions
        kept.settle(now=now)
        return kept.due(now=now, limit=AT_ONCE)

    async def stop(self) -> None:
        """Break off what is going on; it is due again."""
        tasks = list(self._lanes.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _through(self, lane: str, task: asyncio.Task[None]) -> None:
        del self._lanes[lane]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("asking the hub at %s ended with a defect", lane, exc_info=error)

    async def _ask_in_turn(self, host: str, subscriptions: list[Subscription]) -> None:
        try:
            for subscription in subscriptions:
                await self._attend(host, subscription)
        except CalledOff:
            pass  # what is left is as due as before
        except StorageError as error:
            log.error("%s", error)

    async def _attend(self, host: str, subscription: Subscription) -> None:
        worker = self._worker
        if errand(subscription, now=worker.clock()) == "unverified":
            await self._failed(subscription, SILENT)
            return
        try:
            async with leased(worker, host) as lane:
                await self._ask(lane, subscription)
        except HostBusy:
            later = partial(postponed, now=worker.clock())
            await worker.in_store(worker.store.subscriptions.revise, subscription.id, later)

    async def _ask(self, lane: Lane, subscription: Subscription) -> None:
        worker = self._worker
        change = partial(requested, callback=f"{self._base}/{subscription.token}", now=worker.clock())
        # Stored first: a hub may verify before it answers.
        asked = await worker.in_store(worker.store.subscriptions.revise, subscription.id, change)
        if asked is None or asked.state == "ended":
            return
        mode: Mode = "unsubscribe" if asked.state == "leaving" else "subscribe"
        try:
            await worker.engine.submit(lane.target(asked.hub, "page"), form(asked, mode))
        except FetchError as error:
            require_running(error)
            lane.blame(error, now=worker.clock(), chance=worker.chance())
            # Hubs that verify before they answer say 400 when our own callback could not be reached.
            await self._failed(asked, str(failure_of(error)), final=isinstance(error, (FetchRefused, Gone)))
        else:
            lane.praise()
            log.info("asked a hub to %s", mode, extra={"url": asked.topic, "hub": asked.hub})

    async def _failed(self, subscription: Subscription, reason: str, *, final: bool = False) -> None:
        worker = self._worker
        change = partial(failed, reason=reason, now=worker.clock(), chance=worker.chance(), final=final)
        after = await worker.in_store(worker.store.subscriptions.revise, subscription.id, change)
        if after is not None:
            details = {"url": after.topic, "hub": after.hub, "error": after.last_error}
            log.warning("a hub does not do what hubs do", extra=details)
