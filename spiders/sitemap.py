"""SitemapSpider: reads a sitemap, or an index with the parts that changed of late."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from scrapy import Request

from spiders.items import Feed, SourceKind
from spiders.source import SourceSpider


class SitemapSpider(SourceSpider):
    """Yields the entries of a sitemap; of an index, those of its parts.

    ``days`` leaves out parts that have not changed for so long (7 by default); parts without a date are read.
    """

    name = "sitemap"
    kind: ClassVar[SourceKind] = "sitemap"

    def __init__(self, url: str = "", days: str | float = 7, **kwargs: Any) -> None:
        super().__init__(url, **kwargs)
        self.oldest = (datetime.now(UTC) - timedelta(days=float(days))).date().isoformat()

    def behind(self, feed: Feed) -> Iterator[Request]:
        """Yield a request for each part that changed since then. Dates of W3C compare as text."""
        for child in feed.children:
            if child.modified is None or child.modified >= self.oldest:
                yield Request(child.url, callback=self.parse)
