"""FeedSpider: reads a feed, RSS, Atom, RDF or JSON."""

from typing import ClassVar

from spiders.items import SourceKind
from spiders.source import SourceSpider


class FeedSpider(SourceSpider):
    """Yields the entries of a feed, in its order."""

    name = "feed"
    kind: ClassVar[SourceKind] = "feed"
