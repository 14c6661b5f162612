"""Visit one source: fetch it, read it in the pool, and say everything that the visit changes."""

import asyncio
import hashlib
from dataclasses import replace

from crawler import cadence
from crawler.cadence import Decision, Polled
from crawler.errors import PoolError
from crawler.failure import Failure, failure_of, require_running
from crawler.health.history import SIGHTINGS_TO_MOVE
from crawler.hints import PublisherHints, keep_hints, read_hints
from crawler.intake import EVERYTHING, Intake, Offer, Read, inherited, is_over, settled, take
from crawler.lane import Lane
from crawler.normalize.dates import quick_date
from crawler.normalize.url import clean_url, host_lane, site_of, url_key
from crawler.options import options_for, read_options
from crawler.rules import known_of, rules_of
from crawler.sifting import Reading, is_whole, may_sift, read_changed, read_whole
from crawler.subscribe import brought
from crawler.websub.protocol import announcement
from crawler.worker import Worker
from spiders.errors import FetchError, ParseError
from spiders.items import Entry, Feed, Fetch, FetchOptions
from storage.model import NewEntry, PollOutcome, PollResult, Source

GONE = 410
BE_SURE = 3600.0
"""Seconds at least between the first 410 and the next look, which decides."""
MANY = 500
"""Entries that are made ready beside the loop, so that it goes on meanwhile."""
MOST_DATES = 500
"""Entries of a feed whose dates tell its rhythm; to read more would cost more than they tell."""


async def poll(worker: Worker, lane: Lane, source: Source, *, offer: Offer = EVERYTHING) -> PollResult:
    """Fetch a source and return the result to record; never raises for anything the web does."""
    lineage = await _lineage(worker, source)
    source = inherited(source, lineage)
    if offer.backfill and not lineage:  # where its older entries stand is to be read, news or not
        source = replace(source, etag=None, last_modified=None, body_hash=None)
    target = lane.target(
        source.url,
        source.kind,
        etag=source.etag,
        last_modified=source.last_modified,
        options=_options(source, lineage),
    )
    try:
        fetch = await worker.engine.poll(target)
    except FetchError as error:
        require_running(error)
        lane.blame(error, now=worker.clock(), chance=worker.chance())
        return failed(worker, lane, source, failure_of(error))
    lane.praise(fetch.robots)
    return await digest(worker, lane, source, fetch, offer=offer, lineage=lineage)


def _options(source: Source, lineage: tuple[Source, ...]) -> FetchOptions:
    """A document behind a source is fetched as its root is."""
    root = lineage[-1] if lineage else source
    return options_for(root.options, root.url, source.url)


async def _lineage(worker: Worker, source: Source) -> tuple[Source, ...]:
    """Return the sources above a child; a root needs no look at the store."""
    if source.parent_id is None:
        return ()
    return await worker.in_store(worker.store.sources.lineage, source.id)


async def digest(
    worker: Worker,
    lane: Lane,
    source: Source,
    fetch: Fetch,
    *,
    offer: Offer = EVERYTHING,
    feed: Feed | None = None,
    lineage: tuple[Source, ...] = (),
) -> PollResult:
    """Turn a fetched source into the result to record; ``feed`` is what it holds, if it was read before.

    ``lineage`` are the sources above it, the root last.
    """
    base = _base(worker, lane, source, fetch)
    body_hash = hashlib.sha256(fetch.body).hexdigest() if fetch.status != 304 else source.body_hash
    if fetch.status == 304 or body_hash == source.body_hash:
        outcome: PollOutcome = "not_modified" if fetch.status == 304 else "unchanged"
        return settled(
            _quiet(worker, source, replace(base, outcome=outcome, body_hash=body_hash), fetch), source
        )
    try:
        reading = Reading(feed) if feed else await _read(worker, source, fetch, offer)
    except (ParseError, PoolError) as error:
        return failed(worker, lane, source, failure_of(error), fetch=fetch)
    seen = reading.seen
    base = replace(base, body_hash=body_hash, seen=seen, entries_seen=len(seen))
    pushed = await _pushed(worker, source)
    if reading.feed is None:
        result = replace(base, outcome="unchanged")
        return _quiet(worker, source, result, fetch, pushed=pushed)
    read = Read(
        source=source,
        lineage=lineage,
        fetch=fetch,
        feed=reading.feed,
        entries=await _rows(reading.feed),
        known=len(seen),
        offer=offer,
    )
    return _changed(worker, read, await take(worker, read), base, pushed=pushed)


async def _read(worker: Worker, source: Source, fetch: Fetch, offer: Offer) -> Reading:
    """Read the document: only what is new of it where that gives the same."""
    if offer == EVERYTHING and may_sift(source, fetch):
        reading = await read_changed(worker, source, fetch)
        lines = new_entries(reading.feed) if reading.feed else ()
        if await is_whole(worker, source, lines, reading.seen):
            return reading
    return Reading(await read_whole(worker, fetch, source.kind))


async def _rows(feed: Feed) -> tuple[NewEntry, ...]:
    if len(feed.entries) < MANY:
        return new_entries(feed)
    return await asyncio.to_thread(new_entries, feed)


def failed(
    worker: Worker, lane: Lane, source: Source, failure: Failure, *, fetch: Fetch | None = None
) -> PollResult:
    """Return the result of a failed poll: back off, keep what is known, stop at the second 410 in a row.

    RFC 9110, 15.5.11: gone is likely to be for good; but one such answer may be a mistake of the server's.
    """
    now, failures = worker.clock(), source.failures + 1
    decision = cadence.after_failure(
        failures, source.pace, now=now, chance=worker.chance(), retry_after=failure.retry_after,
        answered=failure.status is not None, rules=rules_of(source, worker.settings.poll),
    )  # fmt: skip
    gone = failure.status == GONE
    sure = gone and source.failures > 0 and source.last_status == GONE
    if gone and not sure:
        decision = replace(
            decision,
            next_due_at=max(decision.next_due_at, now + BE_SURE),
            reason="the server says it is gone (410): asked once more to be sure",
        )
    over = is_over(
        source,
        status=failure.status,
        transient=failure.transient,
        failures=failures,
        attempts=worker.settings.poll.attempts,
    )
    return PollResult(
        lease=lane.lease,
        source_id=source.id,
        at=now,
        outcome="failed",
        next_due_at=decision.next_due_at,
        due_reason="the publisher took it away (410, twice in a row)" if sure else decision.reason,
        pace=source.pace,
        status=fetch.status if fetch else failure.status,
        keep_validators=True,
        failures=failures,
        error=str(failure),
        state="done" if over else "gone" if sure else None,
        seconds=fetch.seconds if fetch else 0.0,
        size=len(fetch.body) if fetch else 0,
    )


def _base(worker: Worker, lane: Lane, source: Source, fetch: Fetch) -> PollResult:
    moved_to = fetch.moved_to
    seen = (source.moved_seen + 1 if moved_to == source.moved_to else 1) if moved_to else 0
    return PollResult(
        lease=lane.lease,
        source_id=source.id,
        at=worker.clock(),
        outcome="new",
        next_due_at=0.0,
        due_reason="",
        status=fetch.status,
        # A server may leave validators out of a 304: the ones that were sent still hold (RFC 9111, 4.3.4).
        etag=fetch.etag or (source.etag if fetch.status == 304 else None),
        last_modified=fetch.last_modified or (source.last_modified if fetch.status == 304 else None),
        moved_to=moved_to,
        moved_seen=seen,
        url=moved_to if moved_to and _believed(source, moved_to, seen) else None,
        seconds=fetch.seconds,
        size=len(fetch.body),
    )


def _believed(source: Source, moved_to: str, seen: int) -> bool:
    # A child stands where its parent says.
    if source.parent_id is not None or seen < SIGHTINGS_TO_MOVE or site_of(moved_to) != site_of(source.url):
        return False
    # What is for the old origin alone, like a login, must not move with the source to another one.
    return options_for(source.options, source.url, moved_to) == read_options(source.options)


def _quiet(
    worker: Worker, source: Source, result: PollResult, fetch: Fetch, *, pushed: int = 0
) -> PollResult:
    """Decide after a poll without news. What the feed asks for is known from the last one that was read."""
    seen = len(result.seen)
    known = replace(known_of(source), seen=seen, new=min(pushed, seen))
    if fetch.max_age is not None:
        known = replace(known, hints=replace(known.hints, max_age=fetch.max_age))
    return _scheduled(result, _decide(worker, source, known))


def _changed(worker: Worker, read: Read, taken: Intake, base: PollResult, *, pushed: int = 0) -> PollResult:
    source, fetch, feed = read.source, read.fetch, read.feed
    announced = announcement(fetch.links, hubs=feed.hubs, self_url=feed.self_url, url=source.url)
    hints = _hints(feed, fetch)
    seen = len(read.entries) + read.known if read.kind == "feed" else taken.seen
    found = replace(
        known_of(source),
        seen=seen,
        new=min(taken.new + pushed, seen),
        published=_published(read.entries),
        hints=hints,
    )
    decision = _decide(worker, source, found)
    is_root = source.parent_id is None
    result = replace(
        base,
        outcome="new" if taken.new else "unchanged",
        entries=taken.entries,
        entries_seen=len(read.entries) + len(feed.children) + read.known,
        title=feed.title if is_root else None,
        site_url=feed.site_url if is_root else None,
        language=feed.language if is_root else None,
        # An archived page names the hub of its feed, which is asked for the feed alone.
        hubs=announced.hubs if is_root else None,
        topic=announced.topic if is_root else None,
        root_id=read.root.id,
        children=taken.children,
        ended=taken.ended,
        gap_at=taken.gap_at,
        hints=None if hints == read_hints(source.hints) else keep_hints(hints),
    )
    # Validators vouch for everything in the feed: never keep them when part of it was cut off or left out.
    if not taken.whole:
        result = replace(result, etag=None, last_modified=None, body_hash=None)
    result = settled(_scheduled(result, decision), source, whole=taken.whole)
    return replace(result, due_reason="; ".join((*taken.words, result.due_reason)))


async def _pushed(worker: Worker, source: Source) -> int:
    """Count the entries a hub pushed since the last poll: news all the same to whoever learns a rhythm."""
    if worker.settings.websub.callback is None:
        return 0
    return await worker.in_store(brought, worker.store, source)


def _decide(worker: Worker, source: Source, found: Polled) -> Decision:
    rules = rules_of(source, worker.settings.poll)
    return cadence.after_success(found, rules, now=worker.clock(), chance=worker.chance())


def _hints(feed: Feed, fetch: Fetch) -> PublisherHints:
    """Return what feed and server ask for; kept, because a 304 does not say it again."""
    return PublisherHints(
        ttl=feed.ttl, max_age=fetch.max_age, skip_hours=feed.skip_hours, skip_days=feed.skip_days
    )


def _published(entries: tuple[NewEntry, ...]) -> list[float]:
    """Return the publication times (epoch seconds) that the entries of a feed state."""
    moments = (quick_date(entry.published or entry.updated) for entry in entries[:MOST_DATES])
    return [moment for moment in moments if moment is not None]


def _scheduled(result: PollResult, decision: Decision) -> PollResult:
    return replace(
        result,
        next_due_at=decision.next_due_at,
        due_reason=decision.reason,
        pace=decision.pace,
        rhythm=decision.rhythm,
    )


def new_entries(feed: Feed) -> tuple[NewEntry, ...]:
    """Turn the lines of a feed into frontier rows; lines whose link is no address are left out."""
    return tuple(row for entry in feed.entries if (row := _new_entry(entry, feed)) is not None)


def _new_entry(entry: Entry, feed: Feed) -> NewEntry | None:
    url = clean_url(entry.link, feed.url)
    if url is None:
        return None
    return NewEntry(
        url=url,
        url_key=url_key(url),
        host=host_lane(url),
        guid=entry.guid,
        title=entry.title,
        summary=entry.summary,
        content=entry.content,
        published=entry.published,
        updated=entry.updated,
        authors=entry.authors,
        tags=entry.tags,
        language=entry.language or feed.language,
        image_url=entry.image_url,
        mark=entry.mark,
    )
