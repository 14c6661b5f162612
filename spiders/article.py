"""ArticleSpider: an ordinary Scrapy spider whose requests come from a queue that never ends."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any, cast

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.http import Response

from spiders.answer import acknowledged, answer, explained
from spiders.errand import Errand
from spiders.items import Document, Fetch
from spiders.policy import FetchPolicy

if TYPE_CHECKING:
    from aiohttp import ClientSession
    from twisted.python.failure import Failure

    from spiders.browser import Browser

Reader = Callable[[Fetch], Awaitable[Document]]


class ArticleSpider(Spider):
    """Fetches pages and reads them. The engine puts errands into its queue; each ends in exactly one item.

    The item is a Document for errands that are to be read, else the Fetch. Back-pressure is the engine's:
    it never has more than ``policy.pages`` errands here at once.
    """

    name = "article"

    def __init__(
        self,
        *,
        policy: FetchPolicy,
        session: "ClientSession",
        browser: "Browser",
        read: Reader,
        clock: Callable[[], float],
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.policy = policy
        self.session = session
        self.browser = browser
        self.read = read
        self.clock = clock
        self.errands: asyncio.Queue[Request] = asyncio.Queue()
        self.under_way: set[Errand] = set()
        """Every errand that has not ended, polls and robots.txt included."""

    @staticmethod
    def of(crawler: Crawler) -> "ArticleSpider":
        """Return the spider of a crawler, for the components that share its policy and session."""
        return cast(ArticleSpider, crawler.spider)

    async def start(self) -> AsyncIterator[Request]:
        """Yield the next request whenever there is one, until the engine stops."""
        while True:
            request = await self.errands.get()
            errand = Errand.of(request)
            if errand.is_wanted:
                request.callback, request.errback = self.parse, self.failed
                yield request
            else:
                errand.fail(errand.stopped("cancelled"))

    async def parse(self, response: Response) -> AsyncIterator[Fetch | Document]:
        """Yield what a page is: its Document, or the bare Fetch. Errors go to the caller by way of Scrapy."""
        errand = Errand.of(cast(Request, response.request))
        fetch = self.fetched(response, errand)
        errand.noted = fetch.etag, fetch.last_modified
        errand.page = fetch
        is_read = errand.reading and fetch.status != 304
        yield await errand.bounded(None, self.read(fetch)) if is_read else fetch

    def fetched(self, response: Response, errand: Errand) -> Fetch:
        """Turn the final response of an errand into a Fetch. Raises FetchError."""
        began = errand.began or 0.0
        seconds = asyncio.get_running_loop().time() - began
        meaning = acknowledged if cast(Request, response.request).method == "POST" else answer
        return meaning(response, errand, now=self.clock(), seconds=seconds)

    def failed(self, failure: "Failure") -> None:
        """Tell the caller of an errand why its page could not be fetched."""
        errand = Errand.of(failure.request)  # type: ignore[attr-defined]
        errand.fail(explained(cast(BaseException, failure.value), errand))
