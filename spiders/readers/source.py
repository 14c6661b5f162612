"""Read what a source of any kind returned: feed, JSON Feed, sitemap, section page.

The bytes decide: a feed that turns out to be a sitemap is read as one. Only a web page is read as a section
if that is what the source is, because a page in the place of a feed is a block page or a log-in.
"""

from collections.abc import Collection

from spiders.errors import NotAFeed
from spiders.items import Feed, Sifted, SourceKind
from spiders.readers import feed, jsonfeed, section, sift, sitemap
from spiders.readers.discover import sniff
from spiders.readers.unpack import unpacked


def read_source(body: bytes, *, kind: SourceKind, url: str, content_type: str = "") -> Feed:
    """Read the document of a source. ``url`` is where it came from, ``content_type`` its header.

    Raises NotAFeed when it holds nothing that a source of this kind may hold.
    """
    if len(body) > feed.MAX_BYTES:
        raise NotAFeed(url, "oversize", f"the document has {len(body)} bytes, more than {feed.MAX_BYTES}")
    body = unpacked(body, url=url)
    found = sniff(body, content_type)
    if found == "jsonfeed":
        return jsonfeed.read_json_feed(body, url=url, content_type=content_type)
    if found == "sitemap":
        return sitemap.read_sitemap(body, url=url, content_type=content_type)
    if found == "other" and kind == "sitemap":
        return sitemap.read_url_list(body, url=url, content_type=content_type)
    if found == "html" and kind == "section":
        return section.read_section(body, url=url, content_type=content_type)
    return sift.read_marked(body, url=url, content_type=content_type)


def sift_source(body: bytes, *, kind: SourceKind, url: str, content_type: str = "") -> Sifted | Feed:
    """Tell the lines of a feed apart unread; read whole what cannot be sifted. Raises NotAFeed."""
    sifted = sift.sift(unpacked(body, url=url), url=url, content_type=content_type)
    return sifted or read_source(body, kind=kind, url=url, content_type=content_type)


def read_new(
    body: bytes, sifted: Sifted, known: Collection[int], *, url: str, content_type: str = ""
) -> Feed:
    """Read the lines of a sifted feed whose marks are not known; ``Feed.known`` says which were left out."""
    return sift.read_new(unpacked(body, url=url), sifted, known, url=url, content_type=content_type)
