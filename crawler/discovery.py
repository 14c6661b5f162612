"""Find the sources behind a URL: what its page announces and links to, robots.txt, habits, the page itself.

Each step is taken only when the steps before found nothing good enough, so that a site is asked no more than
needed. Every request goes through the lane of its host.
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from crawler import jobs
from crawler.errors import CalledOff, CrawlerError, NothingFound, PoolError
from crawler.habits import MOST_GUESSES, made_here, usual_places
from crawler.lane import OVERLOADED, Lane
from crawler.normalize.dates import parse_date
from crawler.normalize.url import clean_url, host_lane, site_of
from crawler.options import options_for
from crawler.probe import PATIENCE, Probed, leased, probe
from crawler.ranking import Facts, Judged, Origin, in_order, judge_candidate, same_entries, sitemaps_in_order
from crawler.sifting import read_whole
from crawler.worker import Worker
from spiders.errors import Denied, FetchFailed, Gone, ParseError, SpiderError
from spiders.items import Feed, Fetch, SourceKind
from spiders.readers.alternates import Named
from spiders.robots import sitemaps

MOST_CANDIDATES = 12
"""Addresses looked at behind one URL, guesses not counted."""
MOST_SITEMAPS = 3
_CALLED: dict[SourceKind | None, str] = {
    None: "feed, sitemap or list of articles",
    "feed": "feed",
    "sitemap": "sitemap",
    "section": "list of articles",
}
LONGEST = 120.0
"""Seconds after which no further address is looked at: a host may ask for a minute between two requests."""
UNREADABLE = {
    "pdf": "is a PDF; kabar reads feeds and web pages",
    "image": "is an image; kabar reads feeds and web pages",
    "empty": "answered with nothing",
    "opml": "is a list of sources; `kabar sources import` takes it",
}
"""What holds no source, by the kind of its bytes."""
_PROMISED: tuple[Origin, ...] = ("announced", "robots")
_GUESSED: tuple[Origin, ...] = ("well_known",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A source that was found, read, and judged."""

    behind: str
    """The URL behind which it was found, which may be its own."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A URL that is no source itself, and what one request for it has brought."""

    url: str
    page: Fetch | None
    """None when the server does not give out the page, though its robots.txt."""
    sitemaps: tuple[str, ...] = ()
    """The sitemaps its robots.txt names."""
    refusal: Denied | None = None
    """With which words the page was not given out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovered:
    """What a discovery came to."""

    candidates: tuple[Candidate, ...]
    """The best first; several of one content count once."""
    wanted: SourceKind | None = None
    """The kind that was looked for, if not any."""
    misses: tuple[str, ...] = ()
    """Addresses that were named, and why they could not be had."""

    @property
    def good(self) -> tuple[Candidate, ...]:
        """What is worth following."""
        return tuple(candidate for candidate in self.candidates if candidate.good)

    def best(self) -> Candidate:
        """Return the best of what was found. Raises NothingFound when nothing good was."""
        for candidate in self.good:
            return candidate
        words = f"no {_CALLED[self.wanted]} was found behind it"
        if self.misses:
            words += f"; could not be had: {', '.join(self.misses[:3])}"
        raise NothingFound(words)


async def discover(worker: Worker, start: Start, *, wish: Wish) -> Discovered:
    """Find the sources behind a URL."""
    return await _Search(worker, start, wish).run()


async def given(worker: Worker, url: str, probed: Probed) -> Candidate:
    """Read and judge a URL that should itself be a source. Raises ParseError and PoolError."""
    feed = await read_whole(worker, probed.fetch, "sitemap")
    return _judged(worker, url, url, probed.fetch, feed, origin="given")


def _judged(
    worker: Worker,
    behind: str,
    asked: str,
    fetch: Fetch,
    feed: Feed,
    *,
    origin: Origin,
    language: str | None = None,
) -> Candidate:
    """Judge a document that was read as a source of what is behind a URL, which led to ``asked``."""
    now = datetime.fromtimestamp(worker.clock(), UTC)
    facts = Facts(
        url=_address(fetch), origin=origin, feed=feed, newest=newest_of(feed, now=now), kind=kind_of(feed)
    )
    judged = judge_candidate(facts, asked=asked, now=now, language=language)
    return Candidate(behind=behind, facts=facts, fetch=fetch, judged=judged)


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
    lines = (line for robots in lane.robots for line in sitemaps(robots))
    return tuple(sitemaps_in_order(url for line in lines if (url := clean_url(line))))


class _Search:
    """One discovery while it goes on: what was found, what was tried, what may still be asked."""

    def __init__(self, worker: Worker, start: Start, wish: Wish) -> None:
        self._worker = worker
        self._start = start
        self._wish = wish
        self._asked = start.page.url if start.page else start.url
        self._sites = {site_of(start.url), site_of(self._asked)}
        self._language: str | None = None
        self._found: list[Candidate] = []
        self._misses: list[str] = []
        self._tried = {start.url, self._asked}
        self._tired: set[str] = set()
        self._left, self._guesses = MOST_CANDIDATES, MOST_GUESSES
        self._enough = False
        self._until = asyncio.get_running_loop().time() + LONGEST

    async def run(self) -> Discovered:
        """Take one step after the other until something good was found, or all are taken."""
        kind = self._wish.kind
        if kind != "section":
            await self._look_at_pages()
            if kind != "feed" and self._goes_on():
                await self._try("robots", self._own(self._start.sitemaps)[:MOST_SITEMAPS])
            if not self._enough and self._start.page is not None:
                await self._try("well_known", usual_places(self._asked, kind=kind))
        await self._read_page()
        return Discovered(candidates=_best_first(self._found), wanted=kind, misses=tuple(self._misses))

    def _goes_on(self) -> bool:
        return self._wish.everything or not self._enough

    async def _look_at_pages(self) -> None:
        """Look at the feeds that the page names, or the front page of its site, or what made it makes."""
        page = self._start.page
        if page is None or self._wish.kind == "sitemap":
            return
        named = await self._worker.pool.run(jobs.named_feeds, page)
        self._language = named.language
        await self._follow(named)
        front = Named() if self._enough else await self._front_page()
        if not self._enough:
            await self._try("well_known", made_here(self._asked, named.generator or front.generator))

    async def _follow(self, named: Named) -> None:
        """Look at what a page announces, then at what it links to."""
        await self._try("announced", named.announced)
        if self._goes_on():
            await self._try("linked", self._own(named.linked))

    async def _front_page(self) -> Named:
        """Ask the front page of the site what it names, when it was not that page we began with."""
        front = urljoin(self._asked, "/")
        if front in self._tried:
            return Named()
        self._guesses -= 1
        probed = await self._fetch(front, "well_known")
        if probed is None or probed.kind != "html":
            return Named()
        named = await self._worker.pool.run(jobs.named_feeds, probed.fetch)
        await self._follow(named)
        return named

    async def _read_page(self) -> None:
        """See whether the page lists articles itself; that costs no request."""
        page = self._start.page
        if page is None:
            return
        is_front = urlsplit(self._start.url).path in ("", "/") or urlsplit(page.url).path in ("", "/")
        if self._enough and is_front and self._wish.kind != "section" and not self._wish.everything:
            return
        self._keep(await self._examined(page, "section", "page"))

    async def _try(self, origin: Origin, addresses: Iterable[str]) -> None:
        """Look at addresses one after the other; what was guessed only until something good is found."""
        guessing = origin in _GUESSED
        waiting = deque((url, True) for url in in_order(addresses, asked=self._asked))
        while waiting and not self._over(guessing=guessing):
            url, deeper = waiting.popleft()
            if url in self._tried:
                continue
            if guessing:
                self._guesses -= 1
            else:
                self._left -= 1
            probed = await self._fetch(url, origin)
            if probed is None:
                continue
            if probed.kind == "html":
                if origin in _PROMISED:
                    self._misses.append(f"{url} (is a web page)")
                elif deeper:
                    waiting.extend((address, False) for address in await self._listed(probed.fetch))
                continue
            kind: SourceKind = "sitemap" if origin == "robots" else "feed"
            self._keep(await self._examined(probed.fetch, kind, origin))

    def _over(self, *, guessing: bool) -> bool:
        if asyncio.get_running_loop().time() > self._until:
            return True
        return (self._guesses <= 0 or self._enough) if guessing else self._left <= 0

    async def _listed(self, page: Fetch) -> list[str]:
        """Return the feeds that a page in the place of a feed lists: many sites have one at ``/rss``."""
        if not self._own([page.url]):
            return []
        named = await self._worker.pool.run(jobs.named_feeds, page)
        return in_order(self._own([*named.linked, *named.announced]), asked=self._asked)

    async def _fetch(self, address: str, origin: Origin) -> Probed | None:
        """Fetch one address in its turn; None when it cannot be had."""
        self._tried.add(address)
        url, worker = clean_url(address), self._worker
        if url is None or host_lane(url) in self._tired:
            return None
        self._tried.add(url)
        patience = max(PATIENCE, self._until - asyncio.get_running_loop().time())
        try:
            async with leased(worker, host_lane(url), patience=patience) as lane:
                options = options_for(self._wish.options, self._start.url, url)
                probed = await probe(worker, lane, url, options=options)
        except CalledOff:
            raise
        except (SpiderError, CrawlerError) as error:
            self._miss(url, error, origin)
            return None
        self._tried.add(probed.fetch.url)
        return probed

    def _miss(self, url: str, error: SpiderError | CrawlerError, origin: Origin) -> None:
        if isinstance(error, FetchFailed) and (error.status is None or error.status in OVERLOADED):
            self._tired.add(host_lane(url))
        if origin in _GUESSED and isinstance(error, Gone):
            return
        self._misses.append(f"{url} ({error.message if isinstance(error, SpiderError) else error})")

    async def _examined(self, fetch: Fetch, kind: SourceKind, origin: Origin) -> Candidate | None:
        """Read a fetched document as a source, or return None when it is none."""
        try:
            feed = await read_whole(self._worker, fetch, kind)
        except (ParseError, PoolError) as error:
            if origin in _PROMISED:
                self._misses.append(f"{fetch.requested_url} ({getattr(error, 'message', error)})")
            return None
        return _judged(
            self._worker, self._start.url, self._asked, fetch, feed, origin=origin, language=self._language
        )

    def _keep(self, candidate: Candidate | None) -> None:
        if candidate is None or self._wish.kind not in (None, candidate.facts.kind):
            return
        self._found.append(candidate)
        self._enough = self._enough or candidate.judged.enough

    def _own(self, addresses: Iterable[str]) -> list[str]:
        return [url for url in addresses if site_of(url) in self._sites]


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
        return one.facts.kind == other.facts.kind
    return one.facts.kind == other.facts.kind and same_entries(one.facts.feed, other.facts.feed)


def _address(fetch: Fetch) -> str:
    """The address to follow: a permanent redirect is believed when a source is new."""
    return clean_url(fetch.moved_to or fetch.requested_url) or fetch.requested_url
