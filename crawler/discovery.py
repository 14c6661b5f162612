"""Find the sources behind a URL: the URL itself, what its page announces, robots.txt, habits, the page.

Each step is taken only when the steps before found nothing good, so that a site is asked no more than
needed. Every request goes through the lane of its host.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

from crawler import jobs
from crawler.errors import CrawlerError, PoolError, UsageError
from crawler.lane import Lane
from crawler.normalize.dates import parse_date
from crawler.normalize.url import clean_url, host_lane, site_of
from crawler.options import options_for
from crawler.probe import Probed, leased, probe
from crawler.ranking import Facts, Judged, Origin, judge_candidate, same_entries
from crawler.worker import Worker
from spiders.errors import ParseError, SpiderError
from spiders.items import Feed, Fetch, SourceKind
from spiders.robots import sitemaps

MOST_CANDIDATES = 12
"""Addresses looked at behind one URL, those tried by habit not counted."""
MOST_SITEMAPS = 3
WELL_KNOWN = ("/feed/", "/rss.xml", "/feed.xml", "/rss", "/sitemap-news.xml")
"""Tried last, in this order, until one is found."""
_READ = frozenset(["feed", "jsonfeed", "sitemap"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A source that was found, read, and judged."""

    facts: Facts
    fetch: Fetch
    judged: Judged

    @property
    def url(self) -> str:
        """The address to follow: the final one when every redirect was permanent, else the one asked."""
        return self.facts.url

    @property
    def good(self) -> bool:
        """Whether it is worth following at all."""
        return self.judged.score >= 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a person wants of a discovery."""

    kind: SourceKind | None = None
    """Only sources of this kind."""
    everything: bool = False
    """Whether all steps are taken, although the first ones found something good."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """How the site wants to be fetched, as a source keeps it."""


ANYTHING = Wish()


async def discover(
    worker: Worker, url: str, probed: Probed, robots_lines: Sequence[str], *, wish: Wish
) -> tuple[Candidate, ...]:
    """Return the sources behind a fetched URL, the best first; several of one content count once.

    ``robots_lines`` are the sitemaps its robots.txt names.
    """
    found: list[Candidate] = []
    async for candidate in _steps(worker, url, probed, robots_lines, wish):
        if wish.kind in (None, candidate.facts.kind):
            found.append(candidate)
    return _best_first(found)


async def given(worker: Worker, url: str, probed: Probed) -> Candidate:
    """Read and judge a URL that should itself be a source. Raises ParseError and PoolError."""
    feed = await worker.pool.run(jobs.read_source, probed.fetch, "sitemap")
    return judged_candidate(worker, url, probed.fetch, feed, origin="given")


def best_of(found: Sequence[Candidate]) -> Candidate:
    """Return the best of what was found. Raises UsageError when nothing good was."""
    for candidate in found:
        if candidate.good:
            return candidate
    raise UsageError("no feed, sitemap or list of articles was found behind it")


async def examine(
    worker: Worker, asked: str, fetch: Fetch, *, kind: SourceKind, origin: Origin
) -> Candidate | None:
    """Read a fetched document as a source, or return None when it is none."""
    try:
        feed = await worker.pool.run(jobs.read_source, fetch, kind)
    except (ParseError, PoolError):
        return None
    return judged_candidate(worker, asked, fetch, feed, origin=origin)


def judged_candidate(worker: Worker, asked: str, fetch: Fetch, feed: Feed, *, origin: Origin) -> Candidate:
    """Judge a document that was read as a source of what is behind ``asked``."""
    now = datetime.fromtimestamp(worker.clock(), UTC)
    facts = Facts(
        url=_address(fetch), origin=origin, feed=feed, newest=newest_of(feed, now=now), kind=kind_of(feed)
    )
    return Candidate(facts=facts, fetch=fetch, judged=judge_candidate(facts, asked=asked, now=now))


def kind_of(feed: Feed) -> SourceKind:
    """Return the kind of source that a document is."""
    if feed.format == "section":
        return "section"
    return "sitemap" if "sitemap" in feed.format else "feed"


def newest_of(feed: Feed, *, now: datetime) -> datetime | None:
    """Return when the newest entry was published; dates that lie ahead are not believed."""
    texts = (entry.published or entry.updated for entry in feed.entries)
    moments = (parse_date(text) for text in texts if text)
    return max((moment for moment in moments if moment is not None and moment <= now), default=None)


def known_sitemaps(lane: Lane) -> tuple[str, ...]:
    """Return the sitemaps that the robots.txt files of a lane name; those of news come first."""
    found = [line for robots in lane.robots for line in sitemaps(robots)]
    cleaned = dict.fromkeys(url for line in found if (url := clean_url(line)))
    return tuple(sorted(cleaned, key=lambda url: "news" not in url.lower()))


async def _steps(
    worker: Worker, url: str, probed: Probed, robots_lines: Sequence[str], wish: Wish
) -> AsyncIterator[Candidate]:
    """Take one step after the other and yield what each finds, until one found something good."""
    if probed.kind != "html":
        yield await given(worker, url, probed)
        return
    named = await worker.pool.run(jobs.named_feeds, probed.fetch)
    listing = [line for line in robots_lines if site_of(line) == site_of(url)][:MOST_SITEMAPS]
    steps: tuple[tuple[Origin, Iterable[str]], ...] = (
        ("announced", named.announced),
        ("linked", [link for link in named.linked if site_of(link) == site_of(url)]),
        ("robots", listing),
        ("well_known", _habits(probed.fetch.url, wordpress=named.wordpress)),
    )
    tried: set[str] = {url, probed.fetch.url}
    left, enough = MOST_CANDIDATES, False
    for origin, addresses in steps:
        if enough and not wish.everything:
            return
        if origin == "well_known" and enough:
            continue  # guessing is for sites that say nothing
        for address in addresses:
            if address in tried or left <= 0:
                continue
            tried.add(address)
            left -= origin != "well_known"
            candidate = await _look_at(worker, url, address, origin, wish.options)
            if candidate is None:
                continue
            yield candidate
            wanted = wish.kind in (None, candidate.facts.kind)
            enough = enough or (candidate.good and wanted)
            if origin == "well_known" and enough:
                break
    if wish.kind == "section" or wish.everything or not enough:
        page = await examine(worker, url, probed.fetch, kind="section", origin="page")
        if page is not None:
            yield page


def _habits(url: str, *, wordpress: bool) -> tuple[str, ...]:
    """Return the addresses worth trying at a site that announces nothing, at most five."""
    return tuple(urljoin(url, path) for path in (WELL_KNOWN[:1] if wordpress else WELL_KNOWN))


async def _look_at(
    worker: Worker, asked: str, address: str, origin: Origin, options: Mapping[str, Any]
) -> Candidate | None:
    """Fetch and read one address; None when there is no source."""
    url = clean_url(address)
    if url is None:
        return None
    try:
        async with leased(worker, host_lane(url)) as lane:
            probed = await probe(worker, lane, url, options=options_for(options, asked, url))
    except (SpiderError, CrawlerError):
        return None
    if probed.kind not in _READ:
        return None
    return await examine(worker, asked, probed.fetch, kind="sitemap", origin=origin)


def _best_first(found: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Sort by score, and leave out what carries the same entries as something better."""
    kept: list[Candidate] = []
    for candidate in sorted(found, key=lambda item: -item.judged.score):
        if any(other.url == candidate.url or _twins(other, candidate) for other in kept):
            continue
        kept.append(candidate)
    return tuple(kept)


def _twins(one: Candidate, other: Candidate) -> bool:
    if one.fetch.body == other.fetch.body:
        return True
    return one.facts.kind == other.facts.kind and same_entries(one.facts.feed, other.facts.feed)


def _address(fetch: Fetch) -> str:
    """The address to follow: a permanent redirect is believed when a source is new."""
    return clean_url(fetch.moved_to or fetch.requested_url) or fetch.requested_url
