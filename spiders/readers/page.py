"""Read an article page: bytes in, Document out, every field with where it was found."""

import re
from functools import cache
from collections.abc import Iterator
from typing import Any

from spiders.errors import NotAnArticle
from spiders.items import Document
from spiders.readers import fields
from spiders.readers.bylines import page_bylines
from spiders.readers.decode import decode
from spiders.readers.discover import sniff
from spiders.readers.fields import Finding, Findings
from spiders.readers.head import Head, read_head
from spiders.readers.mend import drop_controls
from spiders.readers.taglinks import tag_links
from spiders.readers.text import article_text
from spiders.readers.tree import HtmlTree, TooLarge, parse_html

MAX_BYTES = 64 * 1024 * 1024
_END = re.compile(r"</html\s*>", re.IGNORECASE)
_REFUSALS = {
    "empty": ("empty_page", "the page is empty"),
    "pdf": ("pdf", "this is a PDF file, not a web page"),
    "image": ("image", "this is an image, not a web page"),
    "json": ("binary", "this is data (JSON), not a web page"),
    "feed": ("feed", "this is a feed, not an article page"),
}
_SAMPLE = b"<html><head><title>Sample</title></head><body><article>" + b"<p>Some words of a text.</p>" * 20


def read_page(
    body: bytes,
    *,
    url: str,
    content_type: str = "",
    requested_url: str,
    fetched_at: float,
    truncated: bool = False,
    x_robots_tag: str | None = None,
) -> Document:
    """Read an article page.

    ``url`` is the address that answered, ``requested_url`` the one asked for, ``fetched_at`` epoch seconds.
    A page with structured data but no text gives a Document with an empty text.
    Raises NotAnArticle with the reasons ``pdf``, ``image``, ``binary``, ``feed``, ``empty_page``, ``oversize``.
    """
    markup = _markup(body, url, content_type)
    tree, cut = _tree(markup, url), _END.search(markup, max(0, len(markup) - 65_536)) is None
    head = read_head(tree, url)
    found = {name: finding for name, finding in _findings(tree, head) if finding[0]}
    body = article_text(tree, head, markup, authors=found.get("authors", Findings()).values)
    if not body.text and not found:
        raise NotAnArticle(url, "empty_page", "the page holds neither text nor anything about itself")
    return Document(
        url=url,
        requested_url=requested_url,
        fetched_at=fetched_at,
        text=body.text,
        text_source="structured" if body.where == "json-ld" else "page",
        paywalled=fields.paywalled(head),
        truncated=truncated or cut,
        provenance={name: finding.where for name, finding in found.items()} | ({"text": body.where} if body.text else {}),
        **{name: finding[0] for name, finding in found.items()},
    )


def warm() -> None:
    """Load the libraries of the reader and read one small page, so that the first real one is not slow."""
    read_page(_SAMPLE, url="https://example.org/a", requested_url="https://example.org/a", fetched_at=0.0)


def _markup(body: bytes, url: str, content_type: str) -> str:
    """The page's characters. Raises NotAnArticle for what is no page."""
    if len(body) > MAX_BYTES:
        raise NotAnArticle(url, "oversize", f"the page has {len(body)} bytes")
    kind = sniff(body, content_type)
    if kind in _REFUSALS:
        raise NotAnArticle(url, *_REFUSALS[kind])
    if kind == "other" and b"\x00" in body[:1024] and "html" not in content_type.lower():
        raise NotAnArticle(url, "binary", "this is binary data, not a web page")
    return drop_controls(decode(body, content_type).text)


def _tree(markup: str, url: str) -> HtmlTree:
    try:
        tree, _ = parse_html(markup)
    except TooLarge as error:
        raise NotAnArticle(url, "oversize", f"the page has {error} characters without its scripts") from None
    if tree is None:
        raise NotAnArticle(url, "empty_page", "the page holds no element")
    return tree


def _findings(tree: HtmlTree, head: Head) -> Iterator[tuple[str, Finding | Findings | Any]]:
    """Every field of the Document with its finding."""
    yield "title", fields.title(head)
    yield "lead", fields.lead(head)
    yield "authors", fields.authors(head, cache(lambda: page_bylines(tree)))
    yield "published", fields.published(head)
    yield "modified", fields.modified(head)
    yield "language", fields.language(head)
    yield "canonical_url", fields.canonical_url(head)
    yield "publisher", fields.publisher(head)
    yield "section", fields.section(head)
    yield "tags", fields.tags(head, lambda: tag_links(tree))
    yield "image_url", fields.image_url(head)
