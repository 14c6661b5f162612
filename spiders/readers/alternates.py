"""Addresses of feeds that a web page names: announced in its head, or linked to from its text. Pure."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from spiders.readers.decode import decode
from spiders.readers.plain import plain, web_url
from spiders.readers.tree import HtmlTree, parse_html

_MOST = 30
_FEED_TYPES = frozenset(
    [
        *("application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json"),
        *("application/x-rss+xml", "text/rss+xml", "application/rss", "application/json+feed"),
    ]
)
_VAGUE_TYPES = frozenset(["text/xml", "application/xml", "application/json"])
_FEED_PATH = re.compile(
    r"(?:^|/)(?:feeds?|rss[\d.]*|atom)(?:\.?(?:xml|php|aspx?|rdf|json))?/?$|\.(?:rss|atom|rdf)$|/(?:rss|feeds?|atom)/"
    r"[\w/-]*\.?(?:xml|rss)?$|(?:^|/)(?:rss|feed|atom|index)[\w-]*\.(?:xml|rdf|rss)$",
    re.IGNORECASE,
)
_FEED_HOST = re.compile(r"^(?:feeds?|rss)\d?\.", re.IGNORECASE)
_WORDPRESS = re.compile(r"wordpress|/wp-(?:content|includes|json)/", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The feeds that a page names, each address once and in page order."""

    announced: tuple[str, ...] = ()
    """Named by ``<link rel="alternate">`` with a feed's media type, or one of plain XML or JSON whose
    address is a feed's."""
    linked: tuple[str, ...] = ()
    """Linked to, with an address that can hardly be anything but a feed's."""
    generator: str = ""
    """What made the page, as its meta elements say; ends in ``WordPress`` where its addresses tell of it."""
    language: str | None = None
    """The language the page says it is in."""


def named_feeds(body: bytes, *, url: str, content_type: str = "") -> Named:
    """Return the feeds that a web page names. ``url`` is its address."""
    tree = _tree(body, content_type)
    wordpress = "WordPress" if _WORDPRESS.search(body[:200_000].decode("latin-1")) else ""
    if tree is None:
        return Named(generator=wordpress)
    base = next((found for item in tree.iter("base") if (found := web_url(item.get("href"), url))), url)
    heads = dict.fromkeys(found for item in tree.iter("link") if (found := _announcement(item, base)))
    links = (web_url(item.get("href"), base) for item in tree.iter("a"))
    linked = dict.fromkeys(link for link in links if link and is_feed_address(link) and link not in heads)
    return Named(
        announced=tuple(heads)[:_MOST],
        linked=tuple(linked)[:_MOST],
        generator=" ".join(filter(None, (_generator(tree), wordpress))),
        language=_language(tree),
    )


def is_feed_address(url: str) -> bool:
    """Tell whether an address is one that feeds have by habit: ``/rss``, ``/feed/``, ``index.xml`` ..."""
    parts = urlsplit(url)
    return bool(_FEED_PATH.search(parts.path) or _FEED_HOST.match(parts.hostname or ""))


def _tree(body: bytes, content_type: str) -> HtmlTree | None:
    return parse_html(decode(body, content_type).text)[0]


def _generator(tree: HtmlTree) -> str:
    names = (item for item in tree.iter("meta") if (item.get("name") or "").lower() == "generator")
    return " ".join(plain(item.get("content") or "", 200) for item in names)


def _language(tree: HtmlTree) -> str | None:
    return next((plain(item.get("lang") or "", 35) or None for item in tree.iter("html")), None)


def _announcement(link: HtmlTree, base: str) -> str | None:
    relations = plain(link.get("rel") or "").lower().split()
    media = (link.get("type") or "").split(";")[0].strip().lower()
    if "alternate" not in relations and "feed" not in relations:
        return None
    address = web_url(link.get("href"), base)
    if address is None or "stylesheet" in relations:
        return None
    if media in _FEED_TYPES or "feed" in relations:
        return address
    return address if media in _VAGUE_TYPES and is_feed_address(address) else None
