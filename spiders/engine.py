"""Engine: polls feeds and fetches pages with one long-lived Scrapy crawler. The only file that starts it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import aiohttp
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response

from spiders.answer import explained
from spiders.article import ArticleSpider
from spiders.browser import Browser
from spiders.errand import Errand, Result
from spiders.errors import FetchFailed
from spiders.handler import open_session
from spiders.items import Document, Fetch, Reading, Target
from spiders.policy import FetchPolicy
from spiders.requests import build_form, build_request
from spiders.scrapy_settings import scrapy_settings

_log = logging.getLogger(__name__)
_LONGEST_REPLY = 64 * 1024
"""Bytes read of the answer to a form."""
_GRACE = 0.5
"""The part of the time to stop in which exchanges under way may still end by themselves."""


@dataclass(frozen=True, slots=True)
class _Running:
    """What exists between start and stop."""

    session: aiohttp.ClientSession
    browser: Browser
    crawler: Crawler
    crawl: "asyncio.Task[None]"
    spider: ArticleSpider


class Engine:
    """Fetches what Targets name, from inside one asyncio loop.

    ``read`` turns the Fetch of a page into its Document (usually in another process); ``clock`` gives epoch
    seconds. Start it once, use it from any number of tasks, stop it once.
    """

    def __init__(
        self,
        policy: FetchPolicy,
        *,
        read: Callable[[Fetch], Awaitable[Document]],
        clock: Callable[[], float],
    ) -> None:
        self._policy = policy
        self._read = read
        self._clock = clock
        self._polls = asyncio.Semaphore(policy.polls)
        self._pages = asyncio.Semaphore(policy.pages)
        self._tasks: set[asyncio.Task[Fetch]] = set()
        self._running: _Running | None = None
        self._stopping = False
        self.ended = asyncio.Event()
        """Set when the crawler ended by accident: from then on nothing can be fetched."""

    async def start(self) -> None:
        """Open the session and start the crawler; returns when it takes requests."""
        if self._running is not None or self._stopping:
            raise RuntimeError("an Engine is started once")
        _quieten_scrapy()
        session, browser = open_session(self._policy), Browser(self._policy)
        crawler = Crawler(ArticleSpider, scrapy_settings(self._policy))
        crawler.signals.connect(_on_item, signals.item_scraped)
        crawler.signals.connect(_on_drop, signals.item_dropped)
        crawler.signals.connect(_on_item_error, signals.item_error)
        crawl = await _begin_crawl(crawler, self._policy, session, browser, self._read, self._clock)
        self._running = _Running(session, browser, crawler, crawl, ArticleSpider.of(crawler))
        crawl.add_done_callback(self._crawl_ended)

    async def poll(self, target: Target) -> Fetch:
        """Fetch a source directly, through the downloader alone. Raises FetchError."""
        errand = self._errand(target)
        request = build_request(errand)
        return cast(Fetch, await self._run(errand, request, self._polls, self._download))

    async def submit(self, target: Target, fields: Mapping[str, str]) -> Fetch:
        """Send a form to an address, past its robots.txt, which speaks to crawlers. Raises FetchError.

        Any 2xx is an answer. Redirects are followed where a form stays a form (307, 308).
        """
        errand = Errand(target, limit=_LONGEST_REPLY, cut=True, exempt=True)
        request = build_form(errand, fields)
        return cast(Fetch, await self._run(errand, request, self._polls, self._download))

    async def fetch(self, target: Target) -> Fetch:
        """Fetch a page through the whole Scrapy pipeline, without reading it. Raises FetchError."""
        return cast(Fetch, await self._crawled(self._errand(target)))

    async def read_article(self, target: Target) -> Reading:
        """Fetch a page and read it. Raises FetchError, and whatever ``read`` raises (ParseError).

        A target with validators may be as they say: then there is no document.
        """
        errand = self._errand(target, reading=True)
        result = await self._crawled(errand)
        if isinstance(result, Fetch):
            return Reading(None, tuple(errand.fresh), *errand.noted)
        noted = (None, None) if result.truncated else errand.noted
        return Reading(result, tuple(errand.fresh), *noted, page=errand.page)

    async def stop(self, deadline: float) -> None:
        """Stop within ``deadline`` seconds, whatever the servers do; may be called again.

        New calls and those still waiting for their turn fail at once. Exchanges under way may end during the
        first half of the time; then they fail too. The reason is always ``stopping``.
        """
        self._stopping = True
        running, self._running = self._running, None
        if running is None:
            return
        now = asyncio.get_running_loop().time()
        spider = running.spider
        _fail_waiting(spider)
        await _until_empty(spider.under_way, now + deadline * _GRACE)
        for errand in list(spider.under_way):
            errand.abort("stopping")
        await _close_crawler(running, now + deadline)
        _fail_all(spider)
        await running.session.close()
        await running.browser.close()

    def _errand(self, target: Target, *, reading: bool = False) -> Errand:
        return Errand(target, limit=self._policy.limit(target.kind), reading=reading)

    async def _crawled(self, errand: Errand) -> Result:
        return await self._run(errand, build_request(errand), self._pages, _enqueue)

    async def _run(
        self,
        errand: Errand,
        request: Request,
        permits: asyncio.Semaphore,
        begin: Callable[[_Running, Request], None],
    ) -> Result:
        """Wait for a permit, begin an errand, and wait for its end. The permit is held until that end."""
        if self._running is None and not self._stopping:
            raise RuntimeError("the Engine is not started")
        await permits.acquire()
        running = self._running
        if running is None:
            permits.release()
            raise errand.stopped("stopping")
        result = errand.expect(on_done=lambda: _leave(running.spider, errand, permits))
        running.spider.under_way.add(errand)
        begin(running, request)
        try:
            return await result
        except asyncio.CancelledError:
            errand.abort("cancelled")
            raise

    def _download(self, running: _Running, request: Request) -> None:
        task = asyncio.create_task(_downloaded(running, request))
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._downloaded(done, Errand.of(request)))

    def _downloaded(self, task: asyncio.Task[Fetch], errand: Errand) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            errand.fail(errand.stopped("stopping"))
        elif (error := task.exception()) is not None:
            errand.fail(explained(error, errand))
        else:
            errand.resolve(task.result())

    def _crawl_ended(self, task: asyncio.Task[None]) -> None:
        """When the crawler ends by accident nobody may be left waiting."""
        if self._running is None:
            return
        error = None if task.cancelled() else task.exception()
        _log.error("the Scrapy crawler ended by itself: %s", error)
        self._stopping = True
        running, self._running = self._running, None
        _fail_waiting(running.spider)
        _fail_all(running.spider)
        self.ended.set()


async def _begin_crawl(
    crawler: Crawler,
    policy: FetchPolicy,
    session: aiohttp.ClientSession,
    browser: Browser,
    read: Callable[[Fetch], Awaitable[Document]],
    clock: Callable[[], float],
) -> "asyncio.Task[None]":
    """Start the crawl and return its task once it takes requests; raise what kept it from starting."""
    opened = asyncio.get_running_loop().create_future()

    def on_started() -> None:
        opened.set_result(None)

    crawler.signals.connect(on_started, signals.engine_started)
    crawl = asyncio.create_task(
        crawler.crawl_async(policy=policy, session=session, browser=browser, read=read, clock=clock),
        name="scrapy",
    )
    await asyncio.wait((opened, crawl), return_when=asyncio.FIRST_COMPLETED)
    if not opened.done():
        await session.close()
        await crawl
        raise RuntimeError("Scrapy ended before it began")
    return crawl


def _enqueue(running: _Running, request: Request) -> None:
    running.spider.errands.put_nowait(request)


async def _downloaded(running: _Running, request: Request) -> Fetch:
    response = await running.crawler.engine.download_async(request)
    return running.spider.fetched(response, Errand.of(request))


def _leave(spider: ArticleSpider, errand: Errand, permits: asyncio.Semaphore) -> None:
    spider.under_way.discard(errand)
    permits.release()


def _on_item(item: Any, response: Response) -> None:
    _errand_of(response).resolve(item)


def _on_drop(response: Response, exception: Exception) -> None:
    errand = _errand_of(response)
    errand.fail(FetchFailed(errand.target.url, "dropped", f"an item pipeline dropped it: {exception}"))


def _on_item_error(response: Response, failure: Any) -> None:
    _errand_of(response).fail(failure.value)


def _errand_of(response: Response) -> Errand:
    return Errand.of(cast(Request, response.request))


def _fail_waiting(spider: ArticleSpider) -> None:
    while not spider.errands.empty():
        errand = Errand.of(spider.errands.get_nowait())
        errand.fail(errand.stopped("stopping"))


def _fail_all(spider: ArticleSpider) -> None:
    for errand in list(spider.under_way):
        errand.fail(errand.stopped("stopping"))


async def _until_empty(under_way: set[Errand], until: float) -> None:
    loop = asyncio.get_running_loop()
    while under_way and loop.time() < until:
        await asyncio.sleep(0.01)


async def _close_crawler(running: _Running, until: float) -> None:
    """Stop Scrapy; when it is not through in time, cancel it."""
    stopping = asyncio.create_task(running.crawler.stop_async())
    left = max(0.05, until - asyncio.get_running_loop().time())
    ended, late = await asyncio.wait((stopping, running.crawl), timeout=left)
    for task in late:
        task.cancel()
    if late:
        _log.warning("Scrapy did not stop in time and was cancelled")
    for task in ended:
        if not task.cancelled() and task.exception() is not None:
            _log.warning("Scrapy stopped with an error: %s", task.exception())


def _quieten_scrapy() -> None:
    """Scrapy's own lines below WARNING are of no use to anybody here, and cost time."""
    logger = logging.getLogger("scrapy")
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.WARNING)
