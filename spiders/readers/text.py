"""The text of an article: paragraphs in order, joined by a blank line."""

import logging
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from spiders.readers import jsonld
from spiders.readers.furniture import Block, fold, trim
from spiders.readers.head import Head
from spiders.readers.mend import drop_controls
from spiders.readers.plain import plain
from spiders.readers.tree import HtmlTree

# It warns about every page without text, which is ours to report.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)

MAX_TEXT = 2_000_000
"""Most characters of text kept."""
MAX_ELEMENTS = 15_000
"""Above that many elements only the linear extractor is tried; articles have hundreds."""
_ENOUGH = 25
"""Fewer characters than this are no text."""
_SCANT = 0.36
"""Text that is a smaller share of the page's paragraphs may be a teaser found instead of the article ..."""
_AMPLE = 2.5
"""... and gives way to the second extractor when that finds so many times as much."""

# Elements that trafilatura drops in any case. Out of the tree first, they are neither copied nor searched:
# a third of its time, and the same text.
_NEVER_TEXT = (
    *("head", "script", "style", "link", "meta", "noscript", "svg", "template", "iframe", "object", "embed"),
    *("source", "input", "select", "option", "button", "canvas", "audio", "video", "map", "area", "textarea"),
    *(
        "datalist",
        "math",
        "progress",
        "frame",
        "frameset",
        "param",
        "track",
        "use",
        "img",
        "picture",
        "label",
    ),
    *("legend", "fieldset", "nav", "footer", "aside", "dialog", "menu"),
)
_LONGEST_POINTER = 400
_LINE_BREAKS = frozenset(["lb", "p", "item", "head", "quote"])
_PARTS = re.compile(
    r"\n\s*\n|<(?:br|/p|/div|/li|/h\d)\b[^<>]*>(?:\s*<(?:br|p|div|li|h\d)\b[^<>]*>)*", re.IGNORECASE
)


class TooManyElements(ValueError):
    """The page is a heap of links, too large to look for an article in it."""


@dataclass(frozen=True, slots=True)
class Text:
    """An article's text and how it was found."""

    text: str = ""
    where: str = ""
    """``trafilatura``, ``json-ld`` or ``resiliparse``; empty when there is no text."""
    left_out: tuple[str, ...] = ()
    """Blocks next to the text that were judged not to belong to it, in page order."""


def article_text(tree: HtmlTree, head: Head, markup: str, *, authors: Collection[str] = ()) -> Text:
    """The text of the page. Takes the tree apart: nothing else can be read from it afterwards.

    JSON-LD's articleBody replaces the page's text when that is under half of it (paywalls, lost text).
    Raises TooManyElements.
    """
    blocks, where = _from_page(tree, markup)
    structured = _from_structured(head)
    if _size(blocks) * 2 < _size(structured):
        blocks, where = structured, "json-ld"
    if _size(blocks) < _ENOUGH:
        return Text()
    titles = (*head.h1s, head.title, plain(head.meta("og:title")), plain(_structured(head, "headline")))
    kept, left_out = trim(blocks, titles=titles, authors=authors)
    if len(kept) == 1 and fold(kept[0].text) in map(fold, titles):
        return Text()
    text = drop_controls("\n\n".join(block.text for block in kept))[:MAX_TEXT]
    return Text(text, where, tuple(drop_controls(block.text) for block in left_out))


def _from_page(tree: HtmlTree, markup: str) -> tuple[list[Block], str]:
    """The blocks found on the page and the extractor that found them."""
    etree.strip_elements(tree, *_NEVER_TEXT, with_tail=False)
    if sum(1 for _ in tree.iter()) > MAX_ELEMENTS:
        if _link_share(tree) > 0.5:
            raise TooManyElements
        return _from_markup(markup), "resiliparse"
    paragraphs = sum(len(text.strip()) for element in tree.iter("p") for text in element.itertext())
    blocks = _from_tree(tree)
    size = _size(blocks)
    if size >= max(_ENOUGH, _SCANT * paragraphs):
        return blocks, "trafilatura"
    others = _from_markup(markup)
    if size < _ENOUGH or _size(others) >= _AMPLE * size:
        return others, "resiliparse"
    return blocks, "trafilatura"


def _link_share(tree: HtmlTree) -> float:
    total = sum(len(text.strip()) for text in tree.itertext())
    return sum(len(text.strip()) for link in tree.iter("a") for text in link.itertext()) / max(total, 1)


def _size(blocks: list[Block]) -> int:
    return sum(len(block.text) for block in blocks)


def _structured(head: Head, name: str) -> str:
    return jsonld.text_of(head.article.get(name))


def _from_tree(tree: HtmlTree) -> list[Block]:
    from trafilatura.core import bare_extraction

    # The links are looked up by their texts: asked to keep them, trafilatura loses text around them.
    pointers = _pointers(tree)
    found = bare_extraction(tree, favor_precision=True, include_comments=False)
    body = getattr(found, "body", None)
    return [] if body is None else list(_blocks(body, pointers))


def _pointers(tree: HtmlTree) -> dict[str, float]:
    """Lines that are mostly links: folded text of a link, or of the line around it, to its linked share."""
    found: dict[str, float] = {}
    for link in tree.iter("a"):
        text = "".join(link.itertext())
        if not 2 < len(text) <= _LONGEST_POINTER:
            continue
        found[fold(text)] = 1.0
        line = next(link.iterancestors("li", "p", "h2", "h3", "h4", "div", "td"), None)
        around = "".join(line.itertext()) if line is not None else ""
        if len(text) < len(around) <= _LONGEST_POINTER:
            folded = fold(around)
            found[folded] = min(1.0, found.get(folded, 0.0) + len(text) / len(around))
    return found


def _blocks(body: Any, pointers: Mapping[str, float]) -> Iterator[Block]:
    """The blocks of trafilatura's result."""
    for element in body:
        text = _block_text(element)
        if text:
            yield Block(text, str(element.tag), _linked(text, pointers))
        tail = " ".join((element.tail or "").split())
        if tail:
            yield Block(tail)


def _block_text(element: Any) -> str:
    if element.tag == "list":
        lines = [line for item in element.iter("item") if (line := _lines(item))]
        return "\n".join(f"- {line}" for line in lines) or _lines(element)
    if element.tag == "table":
        rows = ([_lines(cell) for cell in row.iter("cell")] for row in element.iter("row"))
        return "\n".join(" | ".join(filter(None, row)) for row in rows if any(row))
    return _lines(element)


def _linked(text: str, pointers: Mapping[str, float]) -> float:
    """The share of a text's characters inside links, as far as its lines are known to be links."""
    lines = text.split("\n")
    return sum(len(line) * pointers.get(fold(line), 0.0) for line in lines) / sum(map(len, lines))


def _lines(element: Any) -> str:
    """An element's text with its line breaks; other white space folded."""
    lines = (" ".join(line.split()) for line in "".join(_pieces(element)).split("\n"))
    return "\n".join(line for line in lines if line)


def _pieces(element: Any) -> Iterator[str]:
    yield (element.text or "").replace("\n", " ")
    for child in element:
        breaks = child.tag in _LINE_BREAKS
        yield "\n" if breaks else ""
        yield from _pieces(child)
        yield "\n" if breaks and child.tag != "lb" else ""
        yield (child.tail or "").replace("\n", " ")


def _from_markup(markup: str) -> list[Block]:
    """The main content as resiliparse finds it: linear, forgiving, less exact."""
    from resiliparse.extract.html2text import extract_plain_text

    text = extract_plain_text(markup, main_content=True, alt_texts=False, comments=False, list_bullets=False)
    return [Block(" ".join(part.split())) for part in text.split("\n") if part.strip()]


def _from_structured(head: Head) -> list[Block]:
    body = _structured(head, "articleBody")[:MAX_TEXT]
    return [Block(text) for part in _PARTS.split(body) if (text := plain(part, MAX_TEXT))] if body else []
