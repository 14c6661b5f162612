"""Look again at an article that is kept: as it was, changed, taken away, or not to be had just now."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from crawler import jobs
from crawler.errors import Drop, PoolError
from crawler.events import Looked
from crawler.failure import (
    ANOTHER_PAGE,
    CUT_OFF,
    ELSEWHERE,
    PART_MISSING,
    Failure,
    failure_of,
    require_running,
)
from crawler.ingest import Strange, facts, save_again
from crawler.joining import complete, lacks_parts, validators
from crawler.landing import turned_away
from crawler.lane import Lane
from crawler.options import options_for
from crawler.replay import packed
from crawler.revisit import Missed, Plan, after_miss, age_at
from crawler.rules import plan_of
from crawler.watching import Had, look_later
from crawler.worker import Worker
from spiders.errors import FetchError, ParseError
from spiders.items import AS_USUAL, Document, Fetch
from storage.errors import ArticleNotFound, ValueDamaged
from storage.looks import Revisit
from storage.model import Lease, Source
from storage.store import Store

log = logging.getLogger(__name__)


async def look_again(worker: Worker, lane: Lane, revisit: Revisit, source: Source | None) -> Looked:
    """Look at an article again and keep what is found. Never raises for anything the web does."""
    plan = plan_of(source, worker.settings.revisit.after)
    if not plan:  # the plan was changed since
        await worker.in_store(worker.store.revisits.end, revisit, now=worker.clock(), lease=lane.lease)
        return _looked(revisit, "unchanged", "not_planned")
    entry = revisit.entry
    options = options_for(source.options, source.url, entry.url) if source else AS_USUAL
    target = lane.target(
        entry.url, "page", etag=revisit.etag, last_modified=revisit.last_modified, options=options
    )
    try:
        reading = await worker.engine.read_article(target)
    except FetchError as error:
        require_running(error)
        lane.blame(error, now=worker.clock(), chance=worker.chance())
        return await _missed(worker, lane, revisit, plan, failure_of(error))
    except (ParseError, PoolError) as error:
        return await _missed(worker, lane, revisit, plan, failure_of(error))
    lane.praise(reading.robots)
    document = reading.document
    if document is None:
        return await _as_it_was(worker, lane, revisit, plan)
    if document.truncated:
        return await _missed(worker, lane, revisit, plan, CUT_OFF)
    if turned_away(entry.url, document.url, expected=entry.title, title=document.title):
        return await _missed(worker, lane, revisit, plan, ELSEWHERE)
    document, others = await complete(worker, lane, document, options)
    if lacks_parts(document):
        return await _missed(worker, lane, revisit, plan, PART_MISSING)
    had = Had(plan=plan, **validators(reading, document))
    pages = (reading.page, *others) if reading.page is not None else ()
    return await _had(worker, lane, revisit, source, document, had, pages=pages)


async def _as_it_was(worker: Worker, lane: Lane, revisit: Revisit, plan: Plan) -> Looked:
    returned = await worker.in_store(_seen, worker.store, revisit, plan, lease=lane.lease, now=worker.clock())
    return _looked(revisit, "unchanged", "returned" if returned else None)


def _seen(store: Store, revisit: Revisit, plan: Plan, *, lease: Lease, now: float) -> bool:
    with store.transaction():
        content = store.articles.get(revisit.article_id).content
        at = datetime.fromtimestamp(now, UTC)
        store.articles.seen(revisit.article_id, url_keys=(), source_id=None, seen_at=at)
        returned = store.revisits.restore(revisit.article_id, at=now)
        look_later(store, revisit, content, plan, lease=lease, now=now)
    return returned


async def _had(
    worker: Worker,
    lane: Lane,
    revisit: Revisit,
    source: Source | None,
    document: Document,
    had: Had,
    *,
    pages: Sequence[Fetch],
) -> Looked:
    now = worker.clock()
    try:
        prepared = await worker.pool.run(jobs.prepare, document, facts(revisit.entry, source), now)
    except Drop as drop:
        failure = replace(ANOTHER_PAGE, reason=drop.reason, message=str(drop))
        return await _missed(worker, lane, revisit, had.plan, failure)
    except PoolError as error:
        return await _missed(worker, lane, revisit, had.plan, failure_of(error))
    raw = await packed(worker, pages, prepared.content)
    saved = await worker.in_store(
        save_again,
        worker.store,
        prepared,
        revisit=revisit,
        lease=lane.lease,
        likeness=worker.likeness,
        now=now,
        had=had,
        pages=raw,
    )
    if isinstance(saved, Strange):
        return await _missed(worker, lane, revisit, had.plan, ANOTHER_PAGE)
    return _looked(revisit, saved.outcome, saved.reason)


async def put_off(
    worker: Worker, lane: Lane, revisit: Revisit, source: Source | None, failure: Failure
) -> Looked:
    """Put a look off that failed by a defect or took too long.

    At an article whose values are damaged nobody looks any more: each look would meet the same. Nor at one
    that was pruned meanwhile.
    """
    plan = plan_of(source, worker.settings.revisit.after)
    try:
        return await _missed(worker, lane, revisit, plan, failure)
    except (ValueDamaged, ArticleNotFound) as error:
        log.error("%s", error, extra={"article": revisit.article_id})
        await worker.in_store(worker.store.revisits.end, revisit, now=worker.clock(), lease=lane.lease)
        return _looked(revisit, "not_had", failure.reason)


async def _missed(worker: Worker, lane: Lane, revisit: Revisit, plan: Plan, failure: Failure) -> Looked:
    missed = await worker.in_store(
        _note_missed,
        worker.store,
        revisit,
        plan,
        failure,
        attempts=worker.settings.poll.attempts,
        lease=lane.lease,
        now=worker.clock(),
    )
    outcome = "withdrawn" if missed.withdrawn_at is not None else "not_had"
    return _looked(revisit, outcome, failure.reason)


def _note_missed(
    store: Store,
    revisit: Revisit,
    plan: Plan,
    failure: Failure,
    *,
    attempts: int,
    lease: Lease,
    now: float,
) -> Missed:
    """Decide what a look means that did not find the article, and write it."""
    with store.transaction():
        article = store.articles.get(revisit.article_id)
        content = article.content
        missed = after_miss(
            revisit,
            plan,
            status=failure.status,
            transient=failure.transient,
            age=age_at(content.published_at, content.modified_at, since=revisit.since),
            had=content.text_source != "feed",
            known_gone=article.withdrawn_at is not None,
            attempts=attempts,
            now=now,
            retry_after=failure.retry_after,
        )
        if missed.withdrawn_at is not None:
            store.revisits.withdraw(article.id, at=missed.withdrawn_at)
        if missed.next_due_at is None:
            store.revisits.end(revisit, now=now, lease=lease)
        else:
            store.revisits.put_off(
                revisit,
                next_due_at=missed.next_due_at,
                looks=revisit.looks + (missed.attempts == 0),
                attempts=missed.attempts,
                missing_at=missed.missing_at,
                now=now,
                lease=lease,
            )
    return missed


def _looked(revisit: Revisit, outcome: str, reason: str | None) -> Looked:
    return Looked(entry=revisit.entry, article_id=revisit.article_id, outcome=outcome, reason=reason)
