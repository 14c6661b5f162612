"""Fetch an entry's page, read it, and bring it to its end: stored, joined to a known article, rejected."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from crawler import jobs
from crawler.cadence import DAY, entry_backoff
from crawler.errors import Drop, PoolError
from crawler.events import EntryDeferred, EntryDone
from crawler.failure import ELSEWHERE, PART_MISSING, PRUNED, Failure, failure_of, require_running
from crawler.ingest import Saved, facts, join_known
from crawler.joining import complete, lacks_parts, validators
from crawler.landing import turned_away
from crawler.lane import Lane
from crawler.normalize.draft import feed_document
from crawler.options import options_for
from crawler.replay import packed
from crawler.revisit import GONE
from crawler.rules import plan_of
from crawler.together import Arrival
from crawler.watching import Had, take_away
from crawler.worker import Worker
from spiders.errors import FetchError, ParseError
from spiders.items import AS_USUAL, Document, Fetch, Robots
from spiders.robots import origin_of, refused_machines
from storage.looks import Revisit
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
    if await _was_pruned(worker, entry, [entry.url_key]):
        return await _finish(worker, lane, entry, "rejected", PRUNED)
    options = options_for(source.options, source.url, entry.url) if source else AS_USUAL
    known = await _known(worker, entry)
    target = lane.target(
        entry.url,
        "page",
        etag=known.etag if known else None,
        last_modified=known.last_modified if known else None,
        options=options,
    )
    try:
        reading = await worker.engine.read_article(target)
    except FetchError as error:
        require_running(error)
        lane.blame(error, now=worker.clock(), chance=worker.chance())
        return await give_up(worker, lane, entry, source, failure_of(error))
    except (ParseError, PoolError) as error:
        return await give_up(worker, lane, entry, source, failure_of(error))
    lane.praise(reading.robots)
    document = reading.document
    if document is None:  # the line changed, the page did not
        return await _finish(worker, lane, entry, "unchanged", "not_modified")
    if turned_away(entry.url, document.url, expected=entry.title, title=document.title):
        return await give_up(worker, lane, entry, source, ELSEWHERE)
    document, others = await complete(worker, lane, with_refusals(document, lane.robots), options)
    if entry.article_id is not None and lacks_parts(document):
        return await give_up(worker, lane, entry, source, PART_MISSING)
    pages = (reading.page, *others) if reading.page is not None else ()
    return await keep(worker, lane, entry, source, document, pages=pages, **validators(reading, document))


async def _was_pruned(worker: Worker, entry: Entry, keys: Sequence[str]) -> bool:
    """Say whether the article at these URLs was deleted for its age; one asked for by hand may come back."""
    if entry.source_id is None or not keys:
        return False
    return await worker.in_store(worker.store.pruned.of, keys) is not None


async def _known(worker: Worker, entry: Entry) -> Revisit | None:
    """Return what is known of the page of an entry that is asked for again, if it was the last one had."""
    if entry.visits == 0 or entry.article_id is None or entry.source_id is None:
        return None
    found = await worker.in_store(worker.store.revisits.of, entry.article_id)
    return found if found is not None and found.entry.id == entry.id else None


def with_refusals(document: Document, known: Iterable[Robots]) -> Document:
    """Note in a document which agents of AI companies the robots.txt of its origin refuses."""
    origin = origin_of(document.url)
    for robots in known:
        if robots.origin == origin and (agents := refused_machines(robots, document.url)):
            return replace(document, reservations={**document.reservations, "robots.txt": ", ".join(agents)})
    return document


async def keep(
    worker: Worker,
    lane: Lane,
    entry: Entry,
    source: Source | None,
    document: Document,
    *,
    pages: Sequence[Fetch] = (),
    reason: str | None = None,
    etag: str | None = None,
    last_modified: str | None = None,
) -> EntryDone | EntryDeferred:
    """Normalize, judge and save a document, with the validators that its page came with.

    ``pages`` are what it was read from, to be kept as they came; ``reason`` says why it is not the page's own
    text, if so.
    """
    now = worker.clock()
    try:
        prepared = await worker.pool.run(jobs.prepare, document, facts(entry, source), now)
    except Drop as drop:
        return await _finish(worker, lane, entry, "rejected", reason or drop.reason)
    except PoolError as error:
        if reason is not None:  # even the feed's own text could not be prepared: there is nothing left to try
            return await _finish(worker, lane, entry, "rejected", error.reason)
        return await give_up(worker, lane, entry, source, failure_of(error))
    if await _was_pruned(worker, entry, [key for _, key in prepared.urls if key != entry.url_key]):
        return await _finish(worker, lane, entry, "rejected", PRUNED)
    plan = plan_of(source, worker.settings.revisit.after)
    had = Had(plan=plan, etag=etag, last_modified=last_modified)
    raw = await packed(worker, pages, prepared.content)
    arrival = Arrival(
        prepared=prepared, entry=entry, lease=lane.lease, now=now, reason=reason, had=had, pages=raw
    )
    saved = await worker.saving.save(arrival)
    if saved.outcome == "stored":
        worker.repeating.kept(prepared.content.site)
    return _done(entry, saved)


async def give_up(
    worker: Worker, lane: Lane, entry: Entry, source: Source | None, failure: Failure
) -> EntryDone | EntryDeferred:
    """Put an entry off, or after its last try keep what the feed itself carried, marked so."""
    attempts = entry.attempts + 1
    if failure.transient and attempts < worker.settings.poll.attempts:
        return await _defer(worker, lane, entry, failure, attempts)
    if entry.visits > 0 and entry.article_id is not None:  # a second look: what is stored stands
        if failure.status == GONE:
            after, now = worker.settings.revisit.after, worker.clock()
            await worker.in_store(take_away, worker.store, entry.url, after, now=now)
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
