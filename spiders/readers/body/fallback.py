"""Other means for pages whose blocks say little: libraries that look for an article in their own ways."""

import logging
from collections.abc import Iterator
from typing import Any

from lxml import etree

from spiders.readers.tree import HtmlTree

# It warns about every page without text, which is ours to report.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)

MAX_ELEMENTS = 15_000
"""Above that many elements only the linear extractor is tried; articles have hundreds."""
_LINE_BREAKS = frozenset(["lb", "p", "item", "head", "quote"])

LIBRARY_ERRORS = (
    *(ValueError, TypeError, LookupError, AttributeError, AssertionError, ArithmeticError, RecursionError),
    etree.LxmlError,
)
"""What heuristics over strange trees are known to stumble over; another means is tried then."""


def from_tree(tree: HtmlTree) -> list[str]:
    """The paragraphs trafilatura finds. Takes the tree apart."""
    from trafilatura.core import bare_extraction

    if sum(1 for _ in tree.iter()) > MAX_ELEMENTS:
        return []
    try:
        found = bare_extraction(tree, favor_precision=True, include_comments=False)
    except LIBRARY_ERRORS:
        return []
    body = getattr(found, "body", None)
    return [] if body is None else list(_paragraphs(body))


def from_markup(markup: str) -> list[str]:
    """The main content as resiliparse finds it: linear, forgiving, less exact."""
    from resiliparse.extract.html2text import extract_plain_text

    text = extract_plain_text(markup, main_content=True, alt_texts=False, comments=False, list_bullets=False)
    return [line for part in text.split("\n") if (line := " ".join(part.split()))]


def link_share(tree: HtmlTree) -> float:
    """The share of a page's characters inside links."""
    total = sum(len(text.strip()) for text in tree.itertext())
    return sum(len(text.strip()) for link in tree.iter("a") for text in link.itertext()) / max(total, 1)


def _paragraphs(body: Any) -> Iterator[str]:
    for element in body:
        lines = _lines(element)
        mark = "- " if element.tag == "list" else ""
        if lines:
            yield "\n".join(f"{mark}{line}" for line in lines)
        tail = " ".join((element.tail or "").split())
        if tail:
            yield tail


def _lines(element: Any) -> list[str]:
    if element.tag == "table":
        rows = ([" ".join(_lines(cell)) for cell in row.iter("cell")] for row in element.iter("row"))
        return [" | ".join(filter(None, row)) for row in rows if any(row)]
    lines = (" ".join(line.split()) for line in "".join(_pieces(element)).split("\n"))
    return [line for line in lines if line]


def _pieces(element: Any) -> Iterator[str]:
    yield (element.text or "").replace("\n", " ")
    for child in element:
        breaks = child.tag in _LINE_BREAKS
        yield "\n" if breaks else ""
        yield from _pieces(child)
        yield "\n" if breaks and child.tag != "lb" else ""
        yield (child.tail or "").replace("\n", " ")
