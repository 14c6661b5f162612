"""Take in what hubs push: a signed document is read as a poll's is, anything else is at most a hint."""

import asyncio
import logging
from collections.abc import Callable

from crawler.errors import HostBusy, PoolError
from crawler.polling import new_entries
from crawler.probe import leased
from crawler.push.inbox import Inbox, Push
from crawler.sifting import read_whole
from crawler.websub.protocol import hinted
from crawler.worker import Worker
from spiders.errors import ParseError
from spiders.items import Feed, Fetch
from storage.errors import StorageError
from storage.model import PollCounts, PollResult, Source
from storage.store import Store

log = logging.getLogger(__name__)

REASON = "its hub says that there is news"


async def take_in(worker: Worker, inbox: Inbox, wake: Callable[[], None]) -> None:
    """Read and offer what is pushed, one document after the other, for ever; ``wake`` after each.

    What goes wrong over one, by a defect as well, costs that one: the next poll finds what was pushed.
    """
    while True:
        push = await inbox.get()
        (outcome,) = await asyncio.gather(deliver(worker, push), return_exceptions=True)
        if isinstance(outcome, StorageError):  # a full disk, say
            log.error("%s", outcome)
        elif isinstance(outcome, BaseException):
            log.error("reading what is pushed ended with a defect", exc_info=outcome)
        else:
            wake()


async def deliver(worker: Worker, push: Push) -> PollCounts | None:
    """Read a pushed document and offer its entries; None when that could not be, and a poll must do it.

    The host of the source is leased meanwhile, because that is what keeps two from writing to it at once;
    it is asked nothing. What the source's schedule and validators are stays as it is.
    """
    found = await worker.in_store(worker.store.sources.by_ids, {push.source_id})
    source = found.get(push.source_id)
    if source is None or source.state != "active":
        return None
    try:
        feed = await read_whole(worker, _as_fetched(push, source, worker.clock()), source.kind)
        counts = await _offer(worker, push, source, feed)
    except (ParseError, PoolError, HostBusy) as error:
        log.info("what was pushed is left to a poll: %s", error, extra={"url": source.url})
        counts = None
    if counts is None:
        await worker.in_store(hint, worker.store, source.id, now=worker.clock(), rest=_rest(worker))
        return None
    log.info("pushed", extra={"url": source.url, "new": counts.new + counts.changed or None})
    return counts


async def _offer(worker: Worker, push: Push, source: Source, feed: Feed) -> PollCounts | None:
    async with leased(worker, source.host) as lane:
        now = worker.clock()
        pushed = PollResult(
            lease=lane.lease,
            source_id=source.id,
            at=now,
            outcome="new",
            next_due_at=source.next_due_at,
            due_reason=source.due_reason,
            entries=new_entries(feed),
        )
        return await worker.in_store(
            worker.store.subscriptions.deliver, push.subscription_id, pushed, now=now
        )


def _as_fetched(push: Push, source: Source, now: float) -> Fetch:
    return Fetch(
        url=source.url,
        requested_url=source.url,
        status=200,
        body=push.body,
        fetched_at=now,
        seconds=0.0,
        content_type=push.content_type,
    )


def _rest(worker: Worker) -> float:
    return worker.settings.poll.min_interval


def hint(store: Store, source_id: int, *, now: float, rest: float) -> None:
    """Have a source polled soon, but not within ``rest`` seconds of its last poll."""
    with store.transaction():
        source = store.sources.by_ids({source_id}).get(source_id)
        due = None if source is None else hinted(source, now=now, rest=rest)
        if due is not None:
            store.sources.update(source_id, now=now, next_due_at=due, due_reason=REASON)
