"""The daemon: start, signals, drain, stop. One asyncio loop holds Scrapy and APScheduler."""

import asyncio
import gc
import logging
import os
import random
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from functools import partial

from crawler import retaining
from crawler.alarm import EVERY, SilenceAlarm
from crawler.cadence import DAY
from crawler.clockwatch import ClockWatch, catch_up
from crawler.events import EntryDeferred, EntryDone, Event, Looked, PollDone, StepLost
from crawler.follow import follow_starters
from crawler.garbage import GARBAGE
from crawler.log_thread import written_aside
from crawler.notify import notify
from crawler.push import service as hubs
from crawler.retaining import Pruner
from crawler.schedule import Beat, Job, Schedule
from crawler.settings import NO_CONTACT, Settings
from crawler.slice import Dispatcher, run_until_idle
from crawler.stop import INTERRUPTED, Stop
from crawler.websub.protocol import LONGEST_LEASE
from crawler.worker import Worker, is_dead, open_worker
from spiders.errors import PRIVATE
from storage import open_store
from storage.errors import StorageError, StoreHeld, StoreUnavailable
from storage.store import Store

log = logging.getLogger(__name__)

DRAIN = 2.0
"""Seconds visits may take to end after a signal; the whole shutdown stays under 5."""
HEARTBEAT = 10.0
"""Seconds between two signs of life to systemd."""
PATIENCE = 600.0
"""Seconds that the dispatcher may wait for a locked store before it is taken for dead."""
HOLD = 10.0
"""Seconds between two looks whether the store is held still."""
POLLS_KEPT = 30 * 86400.0
"""Seconds for which single polls are remembered."""


def run_daemon(settings: Settings, *, once: bool, starters: bool | None) -> int:
    """Run until SIGTERM or Ctrl-C (or, with ``once``, until nothing is due) and return the exit code.

    ``starters`` true follows the starter sources first when the store is empty. Raises StoreHeld when
    another daemon runs on the store.
    """
    with (
        written_aside(),
        open_store(settings.database_url) as store,
        store.hold_daemon(_description()) as renew,
    ):
        if starters:
            follow_starters(store, now=time.time())
        return asyncio.run(_main(settings, store, renew, once=once))


def _description() -> str:
    return f"process {os.getpid()} on {socket.gethostname()}, since {time.strftime('%Y-%m-%d %H:%M:%S')}"


async def _main(settings: Settings, store: Store, renew: Callable[[], None], *, once: bool) -> int:
    stop = Stop()
    with stop.on_signals():
        _recover(settings, store)
        async with open_worker(settings, store) as worker:
            dispatcher = Dispatcher(worker, listener=log_event)
            if once:
                code = await _poll_once(worker, dispatcher, stop)
            else:
                code = await _serve(worker, dispatcher, stop, renew)
    log.info("stopped")
    return INTERRUPTED if stop.interrupted else code


def _recover(settings: Settings, store: Store) -> None:
    """Give back what a killed process held, and bring due times back that a wrong clock threw ahead."""
    now = time.time()
    freed = store.hosts.reap(is_dead, now=now)
    if freed:
        log.info("gave back the leases of a process that died", extra={"hosts": freed})
    catch_up(store, settings.poll, now=now, chance=random.random())  # noqa: S311 - jitter, not secrets
    _mend(settings, store, now=now)
    if settings.fetch.allow_private and (number := store.entries.take_up(PRIVATE, now=now)):
        log.info("takes up what was refused for its private address", extra={"entries": number})


def _mend(settings: Settings, store: Store, *, now: float) -> None:
    mended = store.mend_clock(now=now, longest=2 * settings.poll.max_interval)
    if mended:
        log.warning("the clock was wrong: some things were due too far ahead", extra={"mended": mended})


async def _poll_once(worker: Worker, dispatcher: Dispatcher, stop: Stop) -> int:
    try:
        await run_until_idle(worker, dispatcher, stop.requested)
    finally:
        await dispatcher.stop(deadline=DRAIN)
    if dispatcher.failure is not None:
        raise dispatcher.failure
    return 0


async def _serve(worker: Worker, dispatcher: Dispatcher, stop: Stop, renew: Callable[[], None]) -> int:
    gone = asyncio.Event()
    async with AsyncExitStack() as opened:
        last_poll_at = await worker.in_store(worker.store.sources.last_poll_at)
        watch = ClockWatch(worker, restart=lambda: schedule.restart(), last_poll_at=last_poll_at)
        beats = (
            Beat(name="tick", every=5.0, job=partial(_tick, dispatcher)),
            Beat(name="hold", every=HOLD, job=partial(_hold, worker, renew, gone)),
            Beat(name="mend", every=3600.0, job=partial(_mend_now, worker)),
            Beat(name="prune", every=3600.0, job=partial(_when_believed, watch, partial(_tidy, worker))),
            Beat(
                name="retention",
                every=retaining.EVERY,
                job=partial(_when_believed, watch, Pruner(worker).look),
            ),
            Beat(name="silence", every=EVERY, job=SilenceAlarm(worker).look),
            *await opened.enter_async_context(hubs.served(worker, wake=dispatcher.wake)),
        )
        schedule = Schedule(beats)
        heart = Heart()
        beating = asyncio.create_task(heart.keep_beating())
        running = asyncio.create_task(dispatcher.run(alive=partial(_live, heart, watch)))
        try:
            schedule.start()
            await _announce(worker)
            with _loaded_for_good():
                return await _until_end(worker.engine.ended, gone, running, stop)
        finally:
            notify("STOPPING=1")
            schedule.stop()
            await opened.aclose()
            await dispatcher.stop(deadline=DRAIN)
            beating.cancel()
            (error,) = await asyncio.gather(running, return_exceptions=True)
            if error is not None:
                log.error("the dispatcher ended with a defect", exc_info=error)


@contextmanager
def _loaded_for_good() -> Iterator[None]:
    """Keep the garbage collector, while open, from going through all that was loaded, over and over.

    What the modules hold stays until the end, and is most of what there is: each look through it stopped
    everything for a fifth of a second, and all of them took a seventh of the CPU time.
    """
    usual = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


async def _until_end(
    ended: asyncio.Event, gone: asyncio.Event, running: "asyncio.Task[None]", stop: Stop
) -> int:
    """Wait for a signal, or for an accident: one that a restart may mend, or ``gone``, the store's file."""
    waits = [asyncio.create_task(event.wait()) for event in (stop.requested, ended, gone)]
    await asyncio.wait((*waits, running), return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
    if stop.requested.is_set():
        log.info("stopping: visits under way may end, no new ones start")
        return 0
    if not gone.is_set():
        log.error("kabar cannot go on in this process; start it again")
    return 1


async def _announce(worker: Worker) -> None:
    notify("READY=1")
    status = await worker.in_store(worker.store.status, now=worker.clock())
    active = status.sources.get("active", 0)
    if worker.settings.fetch.user_agent == NO_CONTACT:
        log.warning("no contact set: set fetch.contact, so that those who run the servers can reach you")
    log.info("running", extra={"sources": active, "articles": status.articles, "pid": os.getpid()})
    if not active:
        log.info("no sources yet: `kabar add URL` follows one, `kabar run --starters` a dozen to begin with")


class Heart:
    """Tells systemd now and then that the daemon lives, by a clock that nobody sets.

    A dispatcher that waits for a store which another program keeps locked lives as well, but not for ever.
    """

    def __init__(self, *, steady: Callable[[], float] = time.monotonic) -> None:
        self._steady = steady
        self._last = steady()

    def seen(self) -> None:
        """Take in that the dispatcher lives."""
        self._last = self._steady()

    def beat(self) -> None:
        """Tell it, if that was not too long ago."""
        if self._steady() - self._last < PATIENCE:
            notify("WATCHDOG=1")

    async def keep_beating(self) -> None:
        """Tell it until cancelled; in an event loop that hangs it is not told."""
        while True:
            self.beat()
            await asyncio.sleep(HEARTBEAT)


async def _live(heart: Heart, watch: ClockWatch) -> None:
    heart.seen()
    await watch.look()


async def _tick(dispatcher: Dispatcher) -> None:
    dispatcher.wake()


async def _hold(worker: Worker, renew: Callable[[], None], gone: asyncio.Event) -> None:
    """Hold the store again, if the database was gone for a while; say when its file is, or another has it."""
    try:
        await worker.in_store(renew)
    except StoreUnavailable as error:
        log.error("%s; kabar cannot go on: put the file of the store right, then start it again", error)
        gone.set()
    except StoreHeld as error:  # it took over while the connection was lost that held the store
        log.error("%s; this one ends", error)
        gone.set()
    except StorageError as error:
        log.error("%s", error)


async def _mend_now(worker: Worker) -> None:
    """Mend what a jumping clock did."""
    try:
        await worker.in_store(_mend, worker.settings, worker.store, now=worker.clock())
    except StorageError as error:
        log.error("%s", error)


async def _when_believed(watch: ClockWatch, job: Job) -> None:
    """Do what deletes by the clock if that is to be believed; else its next time is early enough."""
    if watch.believed():
        await job()


async def _tidy(worker: Worker) -> None:
    """Forget old polls, documents, subscriptions, pages and fingerprints."""
    now, age = worker.clock(), worker.settings.poll.sitemap_age
    try:
        await worker.in_store(worker.store.sources.prune_children, before=now - max(POLLS_KEPT, age))
        await worker.in_store(worker.store.polls.prune, before=now - POLLS_KEPT)
        await worker.in_store(worker.store.subscriptions.prune, before=now - LONGEST_LEASE)
        await _prune_pages(worker, now)
        await worker.in_store(worker.likeness.forget, worker.store, now=now)
    except StorageError as error:
        log.error("%s", error)


async def _prune_pages(worker: Worker, now: float) -> None:
    pages = worker.settings.pages
    before = now - pages.days * DAY
    number = stored = 0
    while True:  # each step a call of its own, between which others have their turn
        gone = await worker.in_store(worker.store.pages.prune, before=before, most=pages.max_bytes, now=now)
        number, stored = number + gone.number, stored + gone.stored
        if not gone.number:
            break
    if number:
        log.info("deleted old pages", extra={"pages": number, "bytes": stored})


def log_event(event: Event) -> None:
    """Write what happened to the log, a line each."""
    match event:
        case PollDone(source=source, result=result, new=new):
            message = "poll failed" if result.outcome == "failed" else "polled"
            log.info(
                message,
                extra={
                    "url": source.url,
                    "outcome": result.outcome,
                    "status": result.status,
                    "new": new or None,
                    "error": result.error,
                    "next": result.due_reason,
                },
            )
            if result.gap_at is not None:
                log.warning(
                    "entries may have been missed",
                    extra={"url": source.url, "documents": len(result.children) or None},
                )
        case EntryDone(entry=entry, outcome=outcome, reason=reason, article_id=article_id):
            log.info(outcome, extra={"url": entry.url, "article": article_id, "reason": reason})
        case Looked(entry=entry, outcome=outcome, reason=reason, article_id=article_id):
            log.info(
                "looked again",
                extra={"url": entry.url, "outcome": outcome, "article": article_id, "reason": reason},
            )
        case StepLost(step=step):
            log.info("in other hands now", extra={"url": step.url})
        case EntryDeferred(entry=entry, reason=reason):
            log.info("put off", extra={"url": entry.url, "reason": reason, "attempt": entry.attempts + 1})
