"""Follow a source: look at the URL, make sure that it is a feed, remember it with its first entries."""

import asyncio
from dataclasses import dataclass

from crawler import jobs
from crawler.errors import CrawlerError, PoolError, UsageError
from crawler.lane import Lane
from crawler.normalize.url import host_lane
from crawler.polling import digest
from crawler.probe import Probed, known_source, leased, probe, web_address, web_page
from crawler.settings import Settings
from crawler.starters import Starter, starters
from crawler.visit import record
from crawler.worker import Worker, open_worker
from spiders.errors import SpiderError
from spiders.items import Feed
from storage import open_store
from storage.errors import StorageError
from storage.model import NewSource, Source
from storage.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What became of one URL that was to be followed."""

    url: str
    source_id: int | None = None
    title: str | None = None
    format: str | None = None
    language: str | None = None
    entries: int = 0
    already: bool = False
    error: str | None = None
    hints: tuple[str, ...] = ()
    """Feeds that the page announces, when it is a web page."""


def run_add(
    settings: Settings,
    urls: list[str],
    *,
    tags: tuple[str, ...] = (),
    dry_run: bool = False,
    title: str | None = None,
) -> list[Added]:
    """Look at each URL and follow it if it is a feed; with ``dry_run`` only look. One answer a URL."""
    with open_store(settings.database_url) as store:
        return asyncio.run(_add_all(settings, store, urls, tags=tags, dry_run=dry_run, title=title))


async def _add_all(
    settings: Settings,
    store: Store,
    urls: list[str],
    *,
    tags: tuple[str, ...],
    dry_run: bool,
    title: str | None,
) -> list[Added]:
    async with open_worker(settings, store) as worker:
        return [await _add(worker, url, tags=tags, dry_run=dry_run, title=title) for url in urls]


async def _add(worker: Worker, url: str, *, tags: tuple[str, ...], dry_run: bool, title: str | None) -> Added:
    try:
        address = web_address(url)
    except UsageError as error:
        return Added(url=url, error=str(error))
    known = await worker.in_store(known_source, worker.store, address)
    if known is not None and known.state != "once":
        return _already(address, known)
    try:
        async with leased(worker, host_lane(address)) as lane:
            probed = await probe(worker, lane, address)
            return await _look(worker, lane, address, probed, tags=tags, dry_run=dry_run, title=title)
    except (SpiderError, CrawlerError, StorageError) as error:
        return Added(url=address, error=getattr(error, "message", str(error)))


async def _look(
    worker: Worker,
    lane: Lane,
    url: str,
    probed: Probed,
    *,
    tags: tuple[str, ...],
    dry_run: bool,
    title: str | None,
) -> Added:
    """Say what the fetched URL is, and follow it when it is a feed."""
    if probed.kind == "html":
        links = tuple(link.url for link in await worker.pool.run(jobs.feed_links, probed.fetch))
        return Added(url=url, error=web_page(links), hints=links)
    try:
        feed = await worker.pool.run(jobs.read_source, probed.fetch, "feed")
    except PoolError as error:
        return Added(url=url, error=str(error))
    if dry_run:
        return _added(url, feed, source_id=None)
    source = await _follow(worker, lane, url, probed, feed, tags=tags, title=title)
    return _added(url, feed, source_id=source.id)


async def _follow(
    worker: Worker,
    lane: Lane,
    url: str,
    probed: Probed,
    feed: Feed,
    *,
    tags: tuple[str, ...],
    title: str | None,
) -> Source:
    new = NewSource(
        url=url,
        host=host_lane(url),
        title=title or feed.title,
        site_url=feed.site_url,
        language=feed.language,
        tags=tags,
        next_due_at=worker.clock(),
    )
    source = await worker.in_store(worker.store.sources.add, new, now=worker.clock())
    await record(worker, source, await digest(worker, lane, source, probed.fetch, feed=feed))
    return source


def _already(url: str, source: Source) -> Added:
    return Added(url=url, source_id=source.id, title=source.title, language=source.language, already=True)


def _added(url: str, feed: Feed, *, source_id: int | None) -> Added:
    return Added(
        url=url,
        source_id=source_id,
        title=feed.title,
        format=feed.format,
        language=feed.language,
        entries=len(feed.entries),
    )


def follow_starters(store: Store, *, now: float) -> int:
    """Follow the starter sources when the store has none; return how many were added."""
    if store.sources.list():
        return 0
    chosen = [_starter_source(starter) for starter in starters()]
    with store.transaction():
        for source in chosen:
            store.sources.add(source, now=now)
    return len(chosen)


def _starter_source(starter: Starter) -> NewSource:
    return NewSource(
        url=starter.url,
        host=host_lane(starter.url),
        title=starter.title,
        site_url=starter.site,
        language=starter.language,
        country=starter.country,
        tags=("starter",),
    )
