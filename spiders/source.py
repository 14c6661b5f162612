"""SourceSpider: what the spiders for feeds, sitemaps and section pages have in common.

They are ordinary Scrapy spiders, for one's own Scrapy project or ``scrapy runspider``; kabar's daemon polls
with the same readers through its one long-lived crawler.
"""

from collections.abc import AsyncIterator, Iterator
from typing import Any, ClassVar

from scrapy import Request, Spider
from scrapy.http import Response

from spiders.items import Entry, Feed, SourceKind


class SourceSpider(Spider):
    """Reads one source, whose address is the argument ``url``, and yields its entries as items."""

    kind: ClassVar[SourceKind]
    custom_settings: ClassVar[dict[str, Any]] = {"ROBOTSTXT_OBEY": True}  # type: ignore[misc]

    def __init__(self, url: str = "", **kwargs: Any) -> None:
        if not url:
            raise ValueError(f"the {self.kind} spider needs the address of its source: -a url=https://...")
        super().__init__(**kwargs)
        self.url = url

    async def start(self) -> AsyncIterator[Request]:
        """Ask for the source."""
        yield Request(self.url, callback=self.parse)

    def parse(self, response: Response, **_: Any) -> Iterator[Entry | Request]:
        """Yield the entries of a document, and requests for what stands behind it. Raises NotAFeed."""
        from spiders.readers.source import read_source  # feedparser and lxml are loaded where they are used

        content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
        feed = read_source(response.body, kind=self.kind, url=response.url, content_type=content_type)
        yield from feed.entries
        yield from self.behind(feed)

    def behind(self, feed: Feed) -> Iterator[Request]:
        """Yield requests for further documents: none, unless a kind of source has some."""
        yield from ()
