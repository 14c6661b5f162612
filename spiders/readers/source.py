"""Read what a source of any kind returned."""

from spiders.items import Feed, SourceKind
from spiders.readers import feed


def read_source(body: bytes, *, kind: SourceKind, url: str, content_type: str = "") -> Feed:
    """Read the document of a source. Raises NotAFeed."""
    return feed.read_feed(body, url=url, content_type=content_type)
