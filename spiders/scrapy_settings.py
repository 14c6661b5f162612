"""The Scrapy settings of the engine, and the two small components they name."""

from collections import deque
from typing import Any

from scrapy import Request
from scrapy.core.scheduler import BaseScheduler
from scrapy.logformatter import LogFormatter

from spiders.handler import HttpHandler
from spiders.middleware import PlainRedirectMiddleware, ReportMiddleware, RobotsMiddleware
from spiders.policy import FetchPolicy

_BODIES_IN_READING = 32 * 1024 * 1024


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


def scrapy_settings(policy: FetchPolicy) -> dict[str, Any]:
    """Return the settings of the one crawler.

    The ``_BASE`` lists are emptied, so that a component is on only if it stands here: out of the box Scrapy
    opens a port that executes code, keeps a duplicate filter that grows for ever, and much else.
    """
    # A poll or page may wait for a robots.txt, so each counts twice. The Engine itself bounds both.
    most = 2 * (policy.polls + policy.pages)
    return {
        "TWISTED_REACTOR_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "EXTENSIONS_BASE": {},
        "SPIDER_MIDDLEWARES_BASE": {},
        "SPIDER_MIDDLEWARES": {ReportMiddleware: 50},
        "DOWNLOADER_MIDDLEWARES_BASE": {},
        "DOWNLOADER_MIDDLEWARES": {RobotsMiddleware: 100, PlainRedirectMiddleware: 600},
        "DOWNLOAD_HANDLERS": _download_handlers(),
        "REDIRECT_MAX_TIMES": policy.max_redirects,
        "REDIRECT_PRIORITY_ADJUST": 0,
        "METAREFRESH_ENABLED": False,
        "REFERER_ENABLED": False,
        "RETRY_ENABLED": False,
        "COOKIES_ENABLED": False,
        "HTTPCACHE_ENABLED": False,
        "AUTOTHROTTLE_ENABLED": False,
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",
        "SCHEDULER": Fifo,
        "STATS_CLASS": "scrapy.statscollectors.DummyStatsCollector",
        "LOG_FORMATTER": Quiet,
        "LOG_ENABLED": False,
        "CONCURRENT_REQUESTS": most,
        "CONCURRENT_REQUESTS_PER_DOMAIN": most,  # politeness is the host lanes' of the crawler room
        "DOWNLOAD_DELAY": 0,
        "CONCURRENT_ITEMS": 1,  # Scrapy starts this many tasks for every response
        "SCRAPER_SLOT_MAX_ACTIVE_SIZE": _BODIES_IN_READING,
        "WARN_ON_GENERATOR_RETURN_VALUE": False,
    }


def _download_handlers() -> dict[str, Any]:
    off = dict.fromkeys(("data", "file", "ftp", "s3"))
    return {"http": HttpHandler, "https": HttpHandler, **off}
