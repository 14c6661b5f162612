"""The blocks of a page's text, as the libraries for that find them."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree

from spiders.readers.furniture import Block
from spiders.readers.tree import HtmlTree

# It warns about every page without text, which is ours to report.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)

MAX_ELEMENTS = 15_000
"""Above that many elements only the linear extractor is tried; articles have hundreds."""
ENOUGH = 25
"""Fewer characters than this are no text."""
_PLENTY = 250
_MOST = 0.5
"""Text of that share of the page's paragraphs needs no second opinion; it would hardly ever differ."""
_MAX_COMPARED = 200_000
"""Characters; trafilatura's fallbacks take seconds for more."""
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
_BOXES = ("div", "section", "article", "main", "td", "body")
_PARAGRAPHS = 2
_INLINE = frozenset(
    [
        "a",
        "b",
        "strong",
        "i",
        "em",
        "u",
        "span",
        "font",
        "sup",
        "sub",
        "q",
        "cite",
        "abbr",
        "mark",
        "small",
        "br",
    ]
)
_LONGEST_POINTER = 400
_LINES_AROUND = ("li", "p", "h2", "h3", "h4", "div", "td")
_LONG_LINE = 80
"""A line that long is a paragraph, not a line of a poem or an address."""
_LINE_BREAKS = frozenset(["lb", "p", "item", "head", "quote"])


LIBRARY_ERRORS = (
    *(ValueError, TypeError, LookupError, AttributeError, AssertionError, ArithmeticError, RecursionError),
    etree.LxmlError,
)
"""What heuristics over strange trees are known to stumble over; another means is tried then."""


class TooManyElements(ValueError):
    """The page is a heap of links, too large to look for an article in it."""


def size_of(blocks: list[Block]) -> int:
    """Characters in all blocks."""
    return sum(len(block.text) for block in blocks)


def page_blocks(tree: HtmlTree, markup: str) -> tuple[list[Block], str]:
    """The blocks found on the page and the extractor that found them, ``trafilatura`` or ``resiliparse``.

    Takes the tree apart. Raises TooManyElements.
    """
    etree.strip_elements(tree, *_NEVER_TEXT, with_tail=False)
    if sum(1 for _ in tree.iter()) > MAX_ELEMENTS:
        if _link_share(tree) > 0.5:
            raise TooManyElements
        return _from_markup(markup), "resiliparse"
    _wrap_loose_text(tree)
    paragraphs = sum(len(text.strip()) for element in tree.iter("p") for text in element.itertext())
    blocks = _from_tree(tree, paragraphs)
    size = size_of(blocks)
    if size >= max(ENOUGH, _SCANT * paragraphs):
        return blocks, "trafilatura"
    others = _from_markup(markup)
    if size < ENOUGH or size_of(others) >= _AMPLE * size:
        return others, "resiliparse"
    return blocks, "trafilatura"


def _wrap_loose_text(tree: HtmlTree) -> None:
    """Make paragraphs of text that stands loose between paragraphs (datelines, initials), else it is lost."""
    for box in list(tree.iter(*_BOXES)):
        if sum(1 for _ in box.iterchildren("p")) >= _PARAGRAPHS:
            _wrap_runs(box)


def _wrap_runs(box: HtmlTree) -> None:
    run = _wrapped(box, 0, box.text)
    if run is not None:
        box.text = None
    for child in list(box)[run is not None :]:
        if child.tag in _INLINE:
            if run is None and "".join(child.itertext()).strip():
                run = _wrapped(box, box.index(child), " ")
            if run is not None:
                run.append(child)  # its tail comes along
        else:
            run = _wrapped(box, box.index(child) + 1, child.tail)
            child.tail = None if run is not None else child.tail


def _wrapped(box: HtmlTree, at: int, text: str | None) -> HtmlTree | None:
    """A new paragraph with that text in the box; None when there is no text."""
    if not text or not (text.strip() or text == " "):
        return None
    paragraph = box.makeelement("p")
    paragraph.text = text
    box.insert(at, paragraph)
    return paragraph


def _link_share(tree: HtmlTree) -> float:
    total = sum(len(text.strip()) for text in tree.itertext())
    return sum(len(text.strip()) for link in tree.iter("a") for text in link.itertext()) / max(total, 1)


def _from_tree(tree: HtmlTree, paragraphs: int) -> list[Block]:
    """What trafilatura finds; with its fallbacks, which are slow, only where it finds little."""
    # The links are looked up by their texts: asked to keep them, trafilatura loses text around them.
    pointers = _pointers(tree)
    blocks = list(_blocks(_trafilatura(tree, fast=True), pointers))
    if size_of(blocks) >= max(_PLENTY, _MOST * paragraphs) or paragraphs > _MAX_COMPARED:
        return blocks
    return list(_blocks(_trafilatura(tree, fast=False), pointers))


def _trafilatura(tree: HtmlTree, *, fast: bool) -> Any:
    """The body element that trafilatura makes of the page; an empty list when it finds nothing."""
    from trafilatura.core import bare_extraction

    try:
        found = bare_extraction(tree, favor_precision=True, include_comments=False, fast=fast)
    except LIBRARY_ERRORS:
        return []
    body = getattr(found, "body", None)
    return [] if body is None else body


def _pointers(tree: HtmlTree) -> dict[str, float]:
    """Lines that are mostly links: the text of a link, or of the line around it, to its linked share."""
    found: dict[str, float] = {}
    for link in tree.iter("a"):
        text = "".join(link.itertext())
        if not 2 < len(text) <= _LONGEST_POINTER:
            continue
        found[_key(text)] = 1.0
        line = next(link.iterancestors(*_LINES_AROUND), None)
        around = "".join(line.itertext()) if line is not None else ""
        if len(text) < len(around) <= _LONGEST_POINTER:
            whole = _key(around)
            found[whole] = min(1.0, found.get(whole, 0.0) + len(text) / len(around))
    return found


def _key(text: str) -> str:
    """A text without white space: extraction moves that around."""
    return "".join(text.split())


def _squeeze(text: str) -> str:
    return " ".join(text.split())


def _blocks(body: Any, pointers: Mapping[str, float]) -> Iterator[Block]:
    """The blocks of trafilatura's result; paragraphs that only line breaks divide become several."""
    for element in body:
        lines = _block_lines(element)
        if element.tag == "p" and max(map(len, lines), default=0) >= _LONG_LINE:
            yield from (Block(line, "p", _linked([line], pointers)) for line in lines)
        elif lines:
            mark = "- " if element.tag == "list" else ""
            text = "\n".join(f"{mark}{line}" for line in lines)
            yield Block(text, str(element.tag), _linked(lines, pointers))
        tail = _squeeze(element.tail or "")
        if tail:
            yield Block(tail)


def _block_lines(element: Any) -> list[str]:
    if element.tag == "list":
        items = ["\n".join(_lines(item)) for item in element.iter("item")]
        return [item for item in items if item] or _lines(element)
    if element.tag == "table":
        rows = ([" ".join(_lines(cell)) for cell in row.iter("cell")] for row in element.iter("row"))
        return [" | ".join(filter(None, row)) for row in rows if any(row)]
    return _lines(element)


def _linked(lines: list[str], pointers: Mapping[str, float]) -> float:
    """The share of a block's characters inside links, as far as its lines are known to be links."""
    return sum(len(line) * pointers.get(_key(line), 0.0) for line in lines) / sum(map(len, lines))


def _lines(element: Any) -> list[str]:
    """An element's lines; white space within them folded."""
    lines = map(_squeeze, "".join(_pieces(element)).split("\n"))
    return [line for line in lines if line]


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
    return [Block(line) for part in text.split("\n") if (line := _squeeze(part))]
