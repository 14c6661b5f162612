"""What a document is, told from its bytes."""

import re
from typing import Literal

from spiders.readers.decode import decode
from spiders.readers.jsonfeed import is_json_feed
from spiders.readers.mend import root_start

Kind = Literal["feed", "jsonfeed", "sitemap", "opml", "html", "pdf", "image", "json", "empty", "other"]

_HEAD = 65_536
_FEED_ROOTS = frozenset(["rss", "feed", "rdf", "channel"])
_SITEMAP_ROOTS = frozenset(["urlset", "sitemapindex"])
_IMAGES = (b"\x89PNG\r\n", b"GIF87a", b"GIF89a", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*", b"\x00\x00\x01\x00")
_BINARY = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f]")
_HTML_START = re.compile(rb"\s*<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_PLAIN_HTML = re.compile(rb"\s{0,100}<(?:!doctype\s{1,100}html[\s>]|html[\s>])", re.IGNORECASE)
"""How most pages begin: of these there is nothing more to know."""
_FEW_PARAGRAPHS = 3
_ROOT_NAME = re.compile(r"<(?:[\w.-]+:)?([\w.-]+)")
_FEED_ROOT = re.compile(r"<(?:rss|(?:\w+:)?RDF|(?:\w+:)?feed|channel)[\s>]")
_HTML_NAMES = frozenset(
    [
        *("html", "head", "body", "meta", "title", "link", "script", "style", "base", "noscript", "iframe"),
        *("div", "p", "a", "h1", "h2", "h3", "table", "br", "b", "i", "ul", "img", "span", "center", "font"),
        *("main", "article", "section", "header", "nav", "form", "input"),
    ]
)
_FEW = 100
"""Bytes among which something stands in all documents but a few."""
_NOTHING = b" \t\r\n\x00\xef\xbb\xbf"
"""Bytes of which an empty document is made."""
_JSON = re.compile(r"\s*(?:\{\s*[\"}]|\[\s*[\"{\[\]\d])")


def sniff(body: bytes, content_type: str = "") -> Kind:
    """What kind of document the bytes are; the Content-Type header is only heard when they do not tell.

    ``feed`` is RSS, RDF, Atom and CDF; ``sitemap`` includes indexes; JSON that is no JSON Feed is ``json``;
    plain text is ``other``.
    """
    if not (body[:_FEW].strip(_NOTHING) or body.strip(_NOTHING)):
        return "empty"
    binary = _binary_kind(body, content_type)
    if binary is None and _PLAIN_HTML.match(body):
        return "html"
    return binary or _text_kind(decode(body[:_HEAD], content_type).text, content_type)


def root_name(text: str) -> str:
    """The local name of the root element, lower case; ``html`` for a bare HTML document type; else empty."""
    start, _ = root_start(text)
    if re.search(r"<!doctype\s+html", text[:start], re.IGNORECASE):
        return "html"
    found = _ROOT_NAME.match(text, start)
    return found.group(1).lower() if found else ""


def feed_start(text: str) -> int | None:
    """Where a feed's root element begins, passing over junk before it; None when there is no feed root."""
    start, _ = root_start(text)
    if root_name(text) in _FEED_ROOTS:
        return start
    if re.search(r"<html[\s>]|<!doctype\s+html", text[:_HEAD], re.IGNORECASE):
        return None
    found = _FEED_ROOT.search(text[:_HEAD])
    return found.start() if found else None


def _binary_kind(body: bytes, content_type: str) -> Kind | None:
    head = body[:1024]
    if b"%PDF-" in head.partition(b"<")[0]:
        return "pdf"
    if head.startswith(_IMAGES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP") or _is_heif(head):
        return "image"
    if not is_binary(body):
        return None
    return "image" if content_type.lower().startswith("image/") else "other"


def is_binary(body: bytes) -> bool:
    """Whether the beginning is full of control bytes, as no text in any encoding is.

    A web page with paragraphs is none, whatever strays into it.
    """
    head = body[:1024]
    if _looks_wide(head) or len(_BINARY.findall(head)) <= len(head) // 20:
        return False
    return not (_HTML_START.match(head) and body.count(b"</p>") >= _FEW_PARAGRAPHS)


def _is_heif(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and head[8:12] in (b"avif", b"avis", b"heic", b"heix", b"mif1")


def _looks_wide(head: bytes) -> bool:
    return head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"<\x00" in head[:64] or b"\x00<" in head[:64]


def _text_kind(head: str, content_type: str) -> Kind:
    if feed_start(head) is not None:
        return "feed"
    name, media = root_name(head), content_type.split(";")[0].strip().lower()
    if name == "svg":
        return "image"
    if _JSON.match(head):
        return "jsonfeed" if is_json_feed(head) else "json"
    if name in _SITEMAP_ROOTS:
        return "sitemap"
    if name == "opml":
        return "opml"
    if name in _HTML_NAMES or (name and "html" in media):
        return "html"
    return "html" if media in ("text/html", "application/xhtml+xml") else "other"
