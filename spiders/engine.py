"""Engine: polls feeds and fetches pages with one long-lived Scrapy crawler. The only file that starts it."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, cast

import aiohttp
from scrapy import Request, signals
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.logformatter import LogFormatter

from spiders.answer import explained
from spiders.article import ArticleSpider, Reader
from spiders.errand import Errand, Result
from spiders.errors import FetchFailed
from spiders.feed import build_request
from spiders.handler import AiohttpHandler, open_session
from spiders.items import Document, Fetch, Target
from spiders.middleware import PlainRedirectMiddleware, ReportMiddleware, RobotsMiddleware
from spiders.policy import FetchPolicy


class Fifo(BaseScheduler):
    """First in, first out, nothing dropped: the frontier has already decided what is fetched and when."""

    def __init__(self) -> None:
        self._waiting: deque[Request] = deque()

    def has_pending_requests(self) -> bool:
        """Whether a request waits."""
        return bool(self._waiting)

    def enqueue_request(self, request: Request) -> bool:
        """Take a request; always True."""
        self._waiting.append(request)
        return True

    def next_request(self) -> Request | None:
        """Give out the oldest request."""
        return self._waiting.popleft() if self._waiting else None


class Quiet(LogFormatter):
    """No line for every page and item; what went wrong is told to the caller."""

    def crawled(self, *_: Any) -> None:  # type: ignore[override]
        """Say nothing."""

    def scraped(self, *_: Any) -> None:  # type: ignore[override]
        """Say nothing."""

    def dropped(self, *_: Any) -> None:  # type: ignore[override]
        """Say nothing."""


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
        self._read: Reader = read
        self._clock = clock
        self._polls = asyncio.Semaphore(policy.polls)
        self._pages = asyncio.Semaphore(policy.pages)
        self._tasks: set[asyncio.Task[Fetch]] = set()
        self._session: aiohttp.ClientSession | None = None
        self._crawler: Crawler | None = None
        self._crawl: asyncio.Task[None] | None = None
        self._stopping = False

    async def start(self) -> None:
        """Open the session and start the crawler; returns when it takes requests."""
        if self._crawl is not None:
            raise RuntimeError("an Engine is started once")
        _silence()
        self._session = open_session(self._policy)
        self._crawler = crawler = Crawler(ArticleSpider, scrapy_settings(self._policy))
        opened = asyncio.Event()
        on_opened = lambda **_: opened.set()  # noqa: E731 - Scrapy keeps receivers weakly; this one must live here
        crawler.signals.connect(on_opened, signals.engine_started)
        crawler.signals.connect(_on_item, signals.item_scraped)
        crawler.signals.connect(_on_drop, signals.item_dropped)
        crawler.signals.connect(_on_item_error, signals.item_error)
        self._crawl = asyncio.create_task(
            crawler.crawl_async(
                policy=self._policy, session=self._session, read=self._read, clock=self._clock
            ),
            name="scrapy",
        )
        self._crawl.add_done_callback(self._ended)
        waiting = asyncio.create_task(opened.wait())
        await asyncio.wait((waiting, self._crawl), return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if self._crawl.done():
            await self._crawl

    async def poll(self, target: Target) -> Fetch:
        """Fetch a source directly (downloader only). Raises FetchError."""
        errand = self._errand(target)
        request = build_request(errand)
        await self._polls.acquire()
        return cast(
            Fetch, await self._under_way(errand, self._polls, lambda: self._download(request, errand))
        )

    async def fetch(self, target: Target) -> Fetch:
        """Fetch a page through the whole Scrapy pipeline, without reading it. Raises FetchError."""
        return cast(Fetch, await self._crawled(self._errand(target)))

    async def read_article(self, target: Target) -> Document:
        """Fetch a page and read it. Raises FetchError, and whatever ``read`` raises (ParseError)."""
        return cast(Document, await self._crawled(self._errand(target, reading=True)))

    async def stop(self, deadline: float) -> None:
        """Stop within ``deadline`` seconds, whatever the servers do; may be called again.

        New calls are refused at once and what waits in the queue is failed. Exchanges under way may end in
        the first half of the time; then they fail with reason ``stopping``.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + deadline
        self._stopping = True
        spider = self._spider
        if spider is None or self._crawl is None:
            return
        _drain_queue(spider)
        await _until_empty(spider.under_way, loop.time() + deadline / 2)
        for errand in list(spider.under_way):
            errand.abort("stopping")
        await self._close_crawler(until)
        for errand in list(spider.under_way):
            errand.fail(errand.stopped("stopping"))
        if self._session is not None:
            await self._session.close()

    async def _close_crawler(self, until: float) -> None:
        crawler, crawl = self._crawler, self._crawl
        assert crawler is not None and crawl is not None
        stopping = asyncio.create_task(crawler.stop_async())
        left = max(0.05, until - asyncio.get_running_loop().time())
        _, late = await asyncio.wait((stopping, crawl), timeout=left)
        for task in late:
            task.cancel()
        if late:
            logging.getLogger(__name__).warning("Scrapy did not stop in time and was cancelled")

    @property
    def _spider(self) -> ArticleSpider | None:
        return cast(ArticleSpider | None, self._crawler.spider) if self._crawler else None

    def _errand(self, target: Target, *, reading: bool = False) -> Errand:
        feed = target.kind == "feed"
        limit = self._policy.max_feed_bytes if feed else self._policy.max_page_bytes
        return Errand(target, limit=limit, reading=reading)

    async def _crawled(self, errand: Errand) -> Result:
        spider = self._spider
        assert spider is not None, "the engine is not started"
        request = build_request(errand, errback=spider.failed)
        await self._pages.acquire()
        return await self._under_way(errand, self._pages, lambda: spider.errands.put_nowait(request))

    async def _under_way(
        self, errand: Errand, permits: asyncio.Semaphore, begin: Callable[[], None]
    ) -> Result:
        """Begin an errand under a permit already held, and wait for its end."""
        spider = self._spider
        if self._stopping or spider is None:
            permits.release()
            raise errand.stopped("stopping")

        def on_done() -> None:
            permits.release()
            spider.under_way.discard(errand)

        spider.under_way.add(errand)
        result = errand.expect(on_done=on_done)
        begin()
        try:
            return await result
        except asyncio.CancelledError:
            errand.abort("cancelled")
            raise

    def _download(self, request: Request, errand: Errand) -> None:
        task = asyncio.create_task(self._downloaded(request, errand))
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._settle(done, errand))

    async def _downloaded(self, request: Request, errand: Errand) -> Fetch:
        crawler, spider = self._crawler, self._spider
        assert crawler is not None and spider is not None
        response = await crawler.engine.download_async(request)
        return spider.fetched(response, errand)

    def _settle(self, task: asyncio.Task[Fetch], errand: Errand) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            errand.fail(errand.stopped("stopping"))
        elif (error := task.exception()) is not None:
            errand.fail(explained(error, errand))
        else:
            errand.resolve(task.result())

    def _ended(self, task: asyncio.Task[None]) -> None:
        """When the crawler ends, by stop or by accident, nobody may be left waiting."""
        self._stopping = True
        error = None if task.cancelled() else task.exception()
        if error is not None:
            logging.getLogger(__name__).error("the Scrapy crawler ended: %s", error)
        spider = self._spider
        for errand in list(spider.under_way) if spider else ():
            errand.fail(errand.stopped("stopping"))


def _on_item(item: Any, response: Response) -> None:
    _errand_of(response).resolve(item)


def _on_drop(response: Response, exception: Exception) -> None:
    errand = _errand_of(response)
    errand.fail(FetchFailed(errand.target.url, "dropped", f"an item pipeline dropped it: {exception}"))


def _on_item_error(response: Response, failure: Any) -> None:
    _errand_of(response).fail(failure.value)


def _errand_of(response: Response) -> Errand:
    return Errand.of(cast(Request, response.request))


def _drain_queue(spider: ArticleSpider) -> None:
    while not spider.errands.empty():
        errand = Errand.of(spider.errands.get_nowait())
        errand.fail(errand.stopped("stopping"))


async def _until_empty(under_way: set[Errand], until: float) -> None:
    loop = asyncio.get_running_loop()
    while under_way and loop.time() < until:
        await asyncio.sleep(0.01)


def _silence() -> None:
    """Scrapy's own lines below WARNING are of no use to anybody here, and cost time."""
    logger = logging.getLogger("scrapy")
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.WARNING)


def scrapy_settings(policy: FetchPolicy) -> dict[str, Any]:
    """Return the Scrapy settings of the engine.

    The ``_BASE`` lists are emptied, so that a component is on only if it stands here: Scrapy turns on a port
    that executes code, a growing duplicate filter and much else by default.
    """
    return {
        "TWISTED_REACTOR_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "EXTENSIONS_BASE": {},
        "SPIDER_MIDDLEWARES_BASE": {},
        "SPIDER_MIDDLEWARES": {ReportMiddleware: 50},
        "DOWNLOADER_MIDDLEWARES_BASE": {},
        "DOWNLOADER_MIDDLEWARES": {
            **({RobotsMiddleware: 100} if policy.obey_robots else {}),
            PlainRedirectMiddleware: 600,
        },
        "DOWNLOAD_HANDLERS": {
            "http": AiohttpHandler,
            "https": AiohttpHandler,
            "file": None,
            "data": None,
            "ftp": None,
            "s3": None,
        },
        "REDIRECT_MAX_TIMES": policy.max_redirects,
        "REDIRECT_PRIORITY_ADJUST": 0,
        "RETRY_ENABLED": False,
        "COOKIES_ENABLED": False,
        "HTTPCACHE_ENABLED": False,
        "AUTOTHROTTLE_ENABLED": False,
        "METAREFRESH_ENABLED": False,
        "REFERER_ENABLED": False,
        "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",
        "SCHEDULER": Fifo,
        "STATS_CLASS": "scrapy.statscollectors.DummyStatsCollector",
        "LOG_FORMATTER": Quiet,
        "LOG_ENABLED": False,
        # A poll may wait for a robots.txt, so each counts twice.
        "CONCURRENT_REQUESTS": 2 * (policy.polls + policy.pages),
        "CONCURRENT_REQUESTS_PER_DOMAIN": 2 * (policy.polls + policy.pages),
        "DOWNLOAD_DELAY": 0,
        "CONCURRENT_ITEMS": 1,
        "SCRAPER_SLOT_MAX_ACTIVE_SIZE": 32 * 1024 * 1024,
        "WARN_ON_GENERATOR_RETURN_VALUE": False,
    }
