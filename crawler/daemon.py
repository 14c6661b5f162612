"""The daemon: start, signals, drain, stop. One asyncio loop holds Scrapy and APScheduler."""

import asyncio
import logging
import os
import socket
import time

from crawler.events import EntryDeferred, EntryDone, Event, PollDone
from crawler.follow import follow_starters
from crawler.notify import notify
from crawler.schedule import Beat, Schedule
from crawler.settings import Settings
from crawler.slice import Dispatcher, run_until_idle
from crawler.stop import INTERRUPTED, Stop
from crawler.worker import Worker, is_dead, open_worker
from storage import open_store
from storage.errors import StorageError
from storage.store import Store

log = logging.getLogger(__name__)

DRAIN = 3.0
"""Seconds visits may take to end after a signal; the whole shutdown stays under 5."""
POLLS_KEPT = 30 * 86400.0
"""Seconds for which single polls are remembered."""


def run_daemon(settings: Settings, *, once: bool, starters: bool | None) -> int:
    """Run until SIGTERM or Ctrl-C (or, with ``once``, until nothing is due) and return the exit code.

    ``starters`` true follows the starter sources first when the store is empty. Raises StoreHeld when
    another daemon runs on the store.
    """
    with open_store(settings.database_url) as store, store.hold_daemon(_description()):
        if starters:
            follow_starters(store, now=time.time())
        return asyncio.run(_main(settings, store, once=once))


def _description() -> str:
    return f"process {os.getpid()} on {socket.gethostname()}, since {time.strftime('%Y-%m-%d %H:%M:%S')}"


async def _main(settings: Settings, store: Store, *, once: bool) -> int:
    stop = Stop()
    with stop.on_signals():
        _recover(settings, store)
        async with open_worker(settings, store) as worker:
            dispatcher = Dispatcher(worker, listener=log_event)
            if once:
                await run_until_idle(worker, dispatcher, stop.requested)
                await dispatcher.stop(deadline=DRAIN)
            else:
                await _serve(worker, dispatcher, stop)
    log.info("stopped")
    return INTERRUPTED if stop.interrupted else 0


def _recover(settings: Settings, store: Store) -> None:
    """Give back what a killed process held, and bring due times back that a wrong clock threw far ahead."""
    now = time.time()
    freed = store.hosts.reap(is_dead, now=now)
    if freed:
        log.info("gave back the leases of a process that died", extra={"hosts": freed})
    store.sources.clamp(now=now, horizon=now + 2 * settings.poll.max_interval)


async def _serve(worker: Worker, dispatcher: Dispatcher, stop: Stop) -> None:
    schedule = Schedule(
        (
            Beat(name="tick", every=1.0, job=dispatcher.wake),
            Beat(name="watchdog", every=15.0, job=_watchdog),
            Beat(name="prune", every=3600.0, job=lambda: _prune(worker)),
        )
    )
    schedule.start()
    running = asyncio.create_task(dispatcher.run())
    dispatcher.wake()
    await _announce(worker)
    try:
        await stop.requested.wait()
        log.info("stopping: visits under way may end, no new ones start")
    finally:
        notify("STOPPING=1")
        schedule.stop()
        await dispatcher.stop(deadline=DRAIN)
        await running


async def _announce(worker: Worker) -> None:
    notify("READY=1")
    status = await worker.in_store(worker.store.status, now=worker.clock())
    active = status.sources.get("active", 0)
    log.info("running", extra={"sources": active, "articles": status.articles, "pid": os.getpid()})
    if not active:
        log.info("no sources yet: `kabar add URL` follows one, `kabar run --starters` a dozen to begin with")


def _watchdog() -> None:
    notify("WATCHDOG=1")


async def _prune(worker: Worker) -> None:
    try:
        await worker.in_store(worker.store.polls.prune, before=worker.clock() - POLLS_KEPT)
    except StorageError as error:
        log.error("%s", error)


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
        case EntryDone(entry=entry, outcome=outcome, reason=reason, article_id=article_id):
            log.info(outcome, extra={"url": entry.url, "article": article_id, "reason": reason})
        case EntryDeferred(entry=entry, reason=reason):
            log.info("put off", extra={"url": entry.url, "reason": reason, "attempt": entry.attempts + 1})
