"""SectionSpider: reads a page that lists articles."""

from typing import ClassVar

from spiders.items import SourceKind
from spiders.source import SourceSpider


class SectionSpider(SourceSpider):
    """Yields the articles that a section page lists, with what the page says of them."""

    name = "section"
    kind: ClassVar[SourceKind] = "section"
