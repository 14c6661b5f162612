"""Fetch an entry's page, read it, and bring it to its end: stored, joined to a known article, rejected."""

from crawler import jobs
from crawler.cadence import DAY, entry_backoff
from crawler.errors import Drop, PoolError
from crawler.events import EntryDeferred, EntryDone
from crawler.failure import ELSEWHERE, Failure, failure_of, require_running
from crawler.ingest import Saved, facts, join_known, save
from crawler.landing import turned_away
from crawler.lane import Lane
from crawler.normalize.draft import feed_document
from crawler.options import options_for
from crawler.worker import Worker
from spiders.errors import FetchError, ParseError
from spiders.items import AS_USUAL, Document
from storage.model import Entry, EntryOutcome, Source


async def read_entry(
    worker: Worker, lane: Lane, entry: Entry, source: Source | None
) -> EntryDone | EntryDeferred:
    """Fetch, read and keep the page of an entry. Never raises for anything the web does."""
    if entry.visits == 0:
        saved = await worker.in_store(
            join_known, worker.store, entry=entry, lease=lane.lease, now=worker.clock()
        )
        if saved is not None:
            return _done(entry, saved)
    options = options_for(source.options, source.url, entry.url) if source else AS_USUAL
    try:
        reading = await worker.engine.read_article(lane.target(entry.url, "page", options=options))
    except FetchError as error:
        require_running(error)
        lane.blame(error, now=worker.clock(), chance=worker.chance())
        return await give_up(worker, lane, entry, source, failure_of(error))
    except (ParseError, PoolError) as error:
        return await give_up(worker, lane, entry, source, failure_of(error))
    lane.praise(reading.robots)
    document = reading.document
    if turned_away(entry.url, document.url, expected=entry.title, title=document.title):
        return await give_up(worker, lane, entry, source, ELSEWHERE)
    return await keep(worker, lane, entry, source, document)


async def keep(
    worker: Worker,
    lane: Lane,
    entry: Entry,
    source: Source | None,
    document: Document,
    *,
    reason: str | None = None,
) -> EntryDone | EntryDeferred:
    """Normalize, judge and save a document. ``reason`` says why it is not the page's own text, if so."""
    now = worker.clock()
    try:
        prepared = await worker.pool.run(jobs.prepare, document, facts(entry, source), now)
    except Drop as drop:
        return await _finish(worker, lane, entry, "rejected", reason or drop.reason)
    except PoolError as error:
        if reason is not None:  # even the feed's own text could not be prepared: there is nothing left to try
            return await _finish(worker, lane, entry, "rejected", error.reason)
        return await give_up(worker, lane, entry, source, failure_of(error))
    saved = await worker.in_store(
        save, worker.store, prepared, entry=entry, lease=lane.lease, now=now, reason=reason
    )
    return _done(entry, saved)


async def give_up(
    worker: Worker, lane: Lane, entry: Entry, source: Source | None, failure: Failure
) -> EntryDone | EntryDeferred:
    """Put an entry off, or after its last try keep what the feed itself carried, marked so."""
    attempts = entry.attempts + 1
    if failure.transient and attempts < worker.settings.poll.attempts:
        return await _defer(worker, lane, entry, failure, attempts)
    if entry.visits > 0 and entry.article_id is not None:  # a second look: what is stored stands
        return await _finish(worker, lane, entry, "unchanged", failure.reason)
    if source is None:
        return await _finish(worker, lane, entry, "rejected", failure.reason)
    document = feed_document(facts(entry, source), url=entry.url, fetched_at=worker.clock())
    return await keep(worker, lane, entry, source, document, reason=failure.reason)


async def shelve(worker: Worker, lane: Lane, entry: Entry, failure: Failure) -> EntryDone | EntryDeferred:
    """Put an entry off after a defect, or reject it after its last try; its text is not touched again."""
    attempts = entry.attempts + 1
    if attempts < worker.settings.poll.attempts:
        return await _defer(worker, lane, entry, failure, attempts)
    return await _finish(worker, lane, entry, "rejected", failure.reason)


async def _defer(worker: Worker, lane: Lane, entry: Entry, failure: Failure, attempts: int) -> EntryDeferred:
    now = worker.clock()
    next_due_at = now + max(entry_backoff(attempts), min(failure.retry_after or 0.0, DAY))
    await worker.in_store(
        worker.store.entries.defer,
        entry.id,
        reason=failure.reason,
        attempts=attempts,
        next_due_at=next_due_at,
        now=now,
        lease=lane.lease,
    )
    return EntryDeferred(entry=entry, reason=failure.reason, next_due_at=next_due_at)


async def _finish(worker: Worker, lane: Lane, entry: Entry, outcome: EntryOutcome, reason: str) -> EntryDone:
    await worker.in_store(
        worker.store.entries.finish,
        entry.id,
        outcome=outcome,
        reason=reason,
        article_id=entry.article_id,
        now=worker.clock(),
        lease=lane.lease,
    )
    return EntryDone(entry=entry, outcome=outcome, reason=reason, article_id=entry.article_id)


def _done(entry: Entry, saved: Saved) -> EntryDone:
    return EntryDone(entry=entry, outcome=saved.outcome, reason=saved.reason, article_id=saved.article_id)
