"""Meet a URL that is no source yet, to crawl it once: a source, the page of an article, or a list."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from crawler import jobs
from crawler.discovery import ANYTHING, UNREADABLE, Candidate, Start, discover, given, known_sitemaps
from crawler.errors import NothingFound, PoolError
from crawler.lane import Lane
from crawler.normalize.url import host_lane
from crawler.probe import Probed, leased, probe
from crawler.revisit import GONE
from crawler.watching import take_away
from crawler.worker import Worker, template_for
from spiders.errors import FetchError, ParseError
from spiders.items import Document, Fetch

FEWEST = 5
"""Links to articles in a page without a date from which it is a section, and no article itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticlePage:
    """The page of a single article."""

    fetch: Fetch
    document: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceList:
    """A list of sources (OPML)."""

    fetch: Fetch


Met = Candidate | ArticlePage | SourceList


@asynccontextmanager
async def met(worker: Worker, url: str) -> AsyncIterator[tuple[Lane, Met]]:
    """Say what a URL is, with the lane of its host leased while open.

    A front page or a section leads to the best source behind it, whose host is leased then. Raises
    FetchError, ParseError, PoolError, HostBusy and NothingFound. What is kept of a page that is gone for
    good is noted to be taken away.
    """
    async with leased(worker, host_lane(url)) as lane:
        try:
            probed = await probe(worker, lane, url)
        except FetchError as error:
            if error.status == GONE:
                after, now = worker.settings.revisit.after, worker.clock()
                await worker.in_store(take_away, worker.store, url, after, now=now)
            raise
        robots_lines = known_sitemaps(lane)
        thing = await _identify(worker, url, probed)
        if thing is not None and (
            not isinstance(thing, Candidate) or host_lane(thing.url) == lane.lease.host
        ):
            yield lane, thing
            return
    if not isinstance(thing, Candidate):
        start = Start(url=url, page=probed.fetch, sitemaps=robots_lines)
        thing = (await discover(worker, start, wish=ANYTHING)).best()
    async with leased(worker, host_lane(thing.url)) as lane:
        yield lane, thing


async def _identify(worker: Worker, url: str, probed: Probed) -> Met | None:
    """Say what a fetched URL is; None for a page behind which sources are to be looked for."""
    if probed.kind == "opml":
        return SourceList(fetch=probed.fetch)
    if probed.kind in UNREADABLE:
        raise NothingFound(UNREADABLE[probed.kind])
    if probed.kind != "html":
        return await given(worker, url, probed)
    if urlsplit(url).path in ("", "/"):
        return None
    template = await template_for(worker, probed.fetch.url)
    document = await worker.pool.run(jobs.read_page, probed.fetch, template)
    if document.published is None and await _lists_articles(worker, probed.fetch):
        return None
    return ArticlePage(fetch=probed.fetch, document=document)


async def _lists_articles(worker: Worker, page: Fetch) -> bool:
    try:
        return len((await worker.pool.run(jobs.read_source, page, "section")).entries) >= FEWEST
    except (ParseError, PoolError):
        return False
