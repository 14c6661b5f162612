"""What is taken of a document that was read: its entries, and the documents behind it; gaps are seen here."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from crawler import backfill, gap
from crawler.cadence import DAY
from crawler.children import MOST_BEHIND, Index, is_told, plan
from crawler.normalize.dates import parse_date
from crawler.normalize.url import clean_url, host_lane, site_of
from crawler.novelty import Rules, choose, common_part
from crawler.worker import Worker
from spiders.items import Feed, Fetch, Robots, SourceKind
from storage.model import NewEntry, NewSource, PollResult, RobotsRow, Source

RECENT = 50
"""Polls looked back at."""
LEAST_QUOTA = 30
"""New links of one section page that are never too many."""
SURGE = 3
"""How many times the most new links that recent polls brought a section page may bring."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Which entries of a document a one-off crawl takes; what is left out stays for the next poll."""

    limit: int | None = None
    since: datetime | None = None
    backfill: bool = False
    """Whether older documents are read as well, back to ``since``."""


EVERYTHING = Offer()


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A document that was read, with the source it came from and those above that source."""

    source: Source
    lineage: tuple[Source, ...]
    fetch: Fetch
    feed: Feed
    entries: tuple[NewEntry, ...]
    offer: Offer
    known: int = 0
    """Lines left out because the store knows them to be unchanged."""

    @property
    def root(self) -> Source:
        """The source that the entries belong to."""
        return self.lineage[-1] if self.lineage else self.source

    @property
    def kind(self) -> SourceKind:
        """What the document is: one in the place of a feed may turn out to be a sitemap."""
        return "sitemap" if "sitemap" in self.feed.format else self.source.kind

    @property
    def fills(self) -> bool:
        """Whether it is a document behind a source that is read once, back to a moment."""
        return bool(self.lineage) and self.source.since is not None

    @property
    def asked(self) -> float | None:
        """The moment (epoch seconds) back to which a person wants older documents, when it is the root."""
        if self.lineage or not self.offer.backfill or self.offer.since is None:
            return None
        return self.offer.since.timestamp()

    @property
    def whole(self) -> bool:
        """Whether nothing of the document was cut off on the way."""
        return not (self.fetch.truncated or self.feed.truncated)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What is taken of a document."""

    entries: tuple[NewEntry, ...] = ()
    seen: int = 0
    new: int = 0
    """Of how many lines how many were new: what the cadence goes by."""
    children: tuple[NewSource, ...] = ()
    ended: tuple[int, ...] = ()
    gap_at: float | None = None
    whole: bool = True
    """Whether nothing was left for the next poll, so that the document's validators may be kept."""
    words: tuple[str, ...] = ()
    """Clauses about what was left out or is missing, for the reason of the poll."""


def inherited(source: Source, lineage: Sequence[Source]) -> Source:
    """Return a child with what a person chose for the source at its root."""
    if not lineage:
        return source
    root = lineage[-1]
    return replace(
        source,
        interval=None if source.since is not None else root.interval,
        schedule=root.schedule,
        options=root.options,
        language=root.language,
        country=root.country,
    )


def settled(result: PollResult, source: Source, *, whole: bool = True) -> PollResult:
    """Let a child that was read rest where its next reading is not its own affair."""
    if source.parent_id is None or not whole:
        return result
    if source.since is not None:
        return replace(result, state="done", due_reason="read once, to fill a gap")
    if is_told(source, at=result.at):
        return replace(result, state="done", due_reason="the index says when it changes")
    return result


def is_over(source: Source, *, status: int | None, transient: bool, failures: int, attempts: int) -> bool:
    """Tell whether a child that failed is given up; its index may name it anew."""
    if source.parent_id is None:
        return False
    gone = status in (404, 410)
    return gone or (source.since is not None and (not transient or failures >= attempts))


async def take(worker: Worker, read: Read) -> Intake:
    """Decide what of a document is taken."""
    if read.feed.format == "sitemap_index" or read.feed.children:
        return await _index(worker, read)
    if read.kind == "feed" and not read.fills:
        return await _feed(worker, read)
    return await _listing(worker, read)


async def _feed(worker: Worker, read: Read) -> Intake:
    """Take the entries of a feed, which is believed; see whether it left a gap."""
    entries = _young(read.entries, read.source.since)
    offered = _wanted(entries, read.offer)
    new = await worker.in_store(worker.store.entries.count_new, read.root.id, offered)
    found = Intake(
        entries=offered,
        seen=len(offered) + read.known,
        new=new,
        whole=read.whole and len(offered) == len(entries) and read.asked is None,
    )
    if read.asked is not None:
        return replace(found, children=await _older(worker, read, since=read.asked))
    if len(offered) < len(entries) or not await _shows_gap(worker, read, new=new):
        return found
    found = replace(found, gap_at=worker.clock(), words=(gap.told(read.source, len(offered)),))
    if not worker.settings.poll.backfill:
        return found
    return replace(found, children=await _older(worker, read, since=gap.begins(read.source)))


async def _shows_gap(worker: Worker, read: Read, *, new: int) -> bool:
    if read.known or not gap.may_miss(read.source, read.entries, new=new):
        return False
    # New names for pages that are known: nothing is missing, the feed's identifiers do not last.
    keys = [entry.url_key for entry in read.entries]
    return not await worker.in_store(worker.store.entries.knows_page, read.root.id, keys)


async def _older(worker: Worker, read: Read, *, since: float) -> tuple[NewSource, ...]:
    """Return the documents with which a back-fill begins."""
    source, store = read.source, worker.store
    hosts = {host_lane(source.url), host_lane(backfill.site_address(source))}
    followed = await worker.in_store(store.sources.sitemaps_on, hosts)
    kept = await worker.in_store(store.hosts.robots, sorted(hosts))
    lines = backfill.sitemap_lines([*map(_robots, kept), *read.fetch.robots])
    older = clean_url(read.feed.older, read.feed.url) if read.feed.older else None
    return backfill.documents(
        source,
        older=None if backfill.reaches(read.entries, since) else older,
        sitemaps=tuple(dict.fromkeys([*(each.url for each in followed), *lines])),
        part=common_part([entry.url for entry in read.entries]),
        since=since,
        known=await worker.in_store(store.sources.children, [source.id]),
        now=worker.clock(),
    )


def _robots(row: RobotsRow) -> Robots:
    return Robots(origin=row.origin, status=row.status, text=row.text, fetched_at=row.fetched_at)


async def _listing(worker: Worker, read: Read) -> Intake:
    """Take what is new work of a sitemap, a section page, or a page of an archive."""
    source = read.source
    stamps = await worker.in_store(worker.store.entries.stamps, read.root.id, read.entries)
    # A sitemap may have 50,000 lines: the loop goes on while their dates are read.
    choice = await asyncio.to_thread(choose, read.entries, stamps, await _rules(worker, read))
    # What a document that fills a gap offers was chosen by its own date.
    offer = replace(read.offer, since=None) if read.fills else read.offer
    offered = _wanted(choice.offered, offer)
    fetched = [entry for entry in offered if entry.rejected is None]
    new = await worker.in_store(worker.store.entries.count_new, read.root.id, fetched)
    found = Intake(
        entries=offered,
        seen=choice.seen,
        new=new,
        whole=read.whole and len(offered) == len(choice.offered) and read.asked is None,
        words=_left_out({**choice.left_out, **_remembered(offered)}),
    )
    if read.kind == "feed":
        return replace(found, children=await _next_page(worker, read))
    if source.kind == "section" and read.asked is not None:
        return replace(found, children=await _older(worker, read, since=read.asked))
    return found


async def _next_page(worker: Worker, read: Read) -> tuple[NewSource, ...]:
    older = clean_url(read.feed.older, read.feed.url) if read.feed.older else None
    if older is None:
        return ()
    known = await worker.in_store(worker.store.sources.children, [read.root.id])
    child = backfill.next_page(
        read.source,
        read.root,
        older=older,
        entries=read.entries,
        body_hash=hashlib.sha256(read.fetch.body).hexdigest(),
        known=known,
        now=worker.clock(),
    )
    return () if child is None else (child,)


async def _rules(worker: Worker, read: Read) -> Rules:
    source, root, poll = read.source, read.root, worker.settings.poll
    bounded = read.kind != "feed" and not read.fills and read.asked is None
    return Rules(
        format=read.feed.format,
        oldest=_oldest(worker, read),
        first=await _is_first(worker, read),
        gap=read.fills,
        quota=await _quota(worker, source, most=poll.quota) if bounded else None,
        sites=_sites(source, root) if read.kind != "feed" else None,
        within=source.site_url if read.kind == "sitemap" and read.fills else None,
    )


def _oldest(worker: Worker, read: Read) -> float | None:
    """Return the moment (epoch seconds) from which on lines are new work."""
    if read.asked is not None:
        return read.asked
    if read.fills or read.kind != "sitemap":
        return read.source.since
    return _latest(read.source.since, worker.clock() - worker.settings.poll.sitemap_age)


def _latest(since: float | None, age: float) -> float:
    """Return the later one of what a person and what the settings say about old entries."""
    return age if since is None else max(since, age)


def _sites(source: Source, root: Source) -> frozenset[str]:
    addresses = (source.url, root.url, root.site_url)
    return frozenset(site_of(url) for url in addresses if url)


async def _is_first(worker: Worker, read: Read) -> bool:
    """Tell whether a document may hold what was published before it was followed.

    A part that an index named only later is as new as what stands in it.
    """
    source = read.source
    if source.last_ok_at is not None:
        return False
    if source.parent_id is None:
        return True
    polls = await worker.in_store(worker.store.polls.latest, source.parent_id, RECENT)
    return not any(poll.outcome != "failed" and poll.at < source.created_at for poll in polls)


async def _quota(worker: Worker, source: Source, *, most: int) -> int:
    """Return the most lines fetched: for a section that was read before, not far more than ever."""
    if source.kind != "section" or source.last_ok_at is None:
        return most
    polls = await worker.in_store(worker.store.polls.latest, source.id, RECENT)
    usual = max((poll.entries_new for poll in polls), default=0)
    return min(most, max(LEAST_QUOTA, SURGE * usual))


async def _index(worker: Worker, read: Read) -> Intake:
    """Follow the parts of a sitemap index."""
    source, now, poll = read.source, worker.clock(), worker.settings.poll
    since = _since_of_parts(read, now - poll.sitemap_age)
    index = Index(
        source=source,
        lineage=read.lineage,
        sites=_sites(source, read.root),
        oldest=_latest(source.since, now - poll.sitemap_age) if since is None else since,
        since=since,
        shortest=poll.min_interval,
        first=poll.first_interval,
    )
    known = await worker.in_store(worker.store.sources.children, [source.id])
    mine = [child for child in known if child.parent_id == source.id]
    behind = await worker.in_store(worker.store.sources.count_children, [read.root.id])
    index = replace(index, room=MOST_BEHIND - sum(behind.get(read.root.id, {}).values()))
    found = plan(read.feed.children, mine, index, now=now)
    return Intake(
        seen=len(read.feed.children),
        new=len(found.children),
        children=found.children,
        ended=found.ended if read.whole else (),
        whole=read.whole and read.asked is None,
        words=(
            f"{len(found.children)} of {len(read.feed.children)} parts are to be read",
            *_left_out(found.left_out),
        ),
    )


def _since_of_parts(read: Read, age: float) -> float | None:
    """Return the moment from which on parts are read, once; None when they are followed."""
    if read.asked is not None:
        return read.asked
    if read.fills:
        return read.source.since
    # By the day, so that a second crawl reads only what changed since.
    return age - age % DAY if read.root.state == "once" else None


_SPELT = {
    "other_site": "on another site",
    "other_section": "in another section",
    "too_old": "too old",
    "undated": "without a date",
    "too_deep": "too deep",
    "over_limit": "over the limit",
    "over_quota": "over the quota",
    "before_following": "from before it was followed",
    "restamped": "only stamped anew",
}


def _left_out(counts: Mapping[str, int]) -> tuple[str, ...]:
    """Say in a clause what was left out, by reason."""
    parts = [f"{count} {_SPELT[reason]}" for reason, count in sorted(counts.items()) if count]
    return (f"left out: {', '.join(parts)}",) if parts else ()


def _remembered(offered: Sequence[NewEntry]) -> Mapping[str, int]:
    counts: dict[str, int] = {}
    for entry in offered:
        if entry.rejected is not None:
            counts[entry.rejected] = counts.get(entry.rejected, 0) + 1
    return counts


def _wanted(entries: tuple[NewEntry, ...], offer: Offer) -> tuple[NewEntry, ...]:
    """Return the entries that a one-off crawl takes; those only remembered cost nothing, and stay."""
    if offer.since is not None:
        entries = tuple(entry for entry in entries if entry.rejected or _not_before(entry, offer.since))
    if offer.limit is None:
        return entries
    fetched = [entry for entry in entries if entry.rejected is None][: offer.limit]
    return (*fetched, *(entry for entry in entries if entry.rejected is not None))


def _young(entries: tuple[NewEntry, ...], since: float | None) -> tuple[NewEntry, ...]:
    """Return the entries of a feed without those from before the moment that a person chose for it."""
    if since is None:
        return entries
    moment = datetime.fromtimestamp(since, UTC)
    return tuple(entry for entry in entries if _not_before(entry, moment))


def _not_before(entry: NewEntry, since: datetime) -> bool:
    """Tell whether an entry is new enough; one without a readable date is."""
    text = entry.published or entry.updated
    moment = parse_date(text) if text else None
    return moment is None or moment >= since
