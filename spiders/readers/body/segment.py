"""A page as the blocks of text a reader sees, each with the place it stands in.

The tree is written out once without what is never text, and read as one row of tags and texts: walking the
elements of a tree one by one from Python would cost several times as much.
"""

from dataclasses import dataclass, field
from html import unescape
from itertools import islice
from typing import Final

from lxml import etree

from spiders.readers.body.places import PLACES, Tag, known, places_of, tag_of
from spiders.readers.tree import HtmlTree

MAX_TAGS = 120_000
"""Pages with more tags are no articles."""
FAR: Final = 24
"""The distance of places that are farther, and of places that an element is not in."""

_NEVER_TEXT = (
    *("head", "script", "style", "noscript", "template", "svg", "math", "iframe", "object", "embed"),
    *("input", "select", "option", "optgroup", "button", "textarea", "datalist", "progress", "meter"),
    *("canvas", "audio", "video", "source", "track", "map", "area", "frame", "frameset", "param", "use"),
    *("link", "meta", "img"),
)
_UNREAD = (
    *(
        "href",
        "src",
        "srcset",
        "title",
        "target",
        "rel",
        "alt",
        "width",
        "height",
        "data-src",
        "sizes",
        "onclick",
    ),
    *(
        "data-href",
        "data-url",
        "data-srcset",
        "aria-label",
        "aria-labelledby",
        "data-id",
        "datetime",
        "content",
    ),
)
_FOOT_WORDS, _FOOT_PIECES = 12, 60
"""Of a foot of a page so many words stay, from so many of its pieces of text."""
_FURNITURE = etree.XPath(
    "/descendant::nav[not(descendant::h1) and count(descendant::p) < 3] | "
    "/descendant::aside[not(descendant::h1) and count(descendant::p) < 6] | "
    "/descendant::header[not(ancestor::article or ancestor::main or descendant::h1)"
    " and count(descendant::p) < 3] | "
    "/descendant::footer[not(ancestor::article or ancestor::blockquote or descendant::h1)"
    " and count(descendant::p) < 6] | "
    "/descendant::ul/li[5]/parent::ul"  # a third less to look through than ul[li[5]]
    "[not(ancestor::article or ancestor::main or descendant::p or descendant::h1)"
    " and count(descendant::a) >= count(descendant::li)] | "
    "/descendant::div/*[5]/parent::div"
    "[not(ancestor::article or descendant::p or descendant::h1 or descendant::br)"
    " and count(descendant::a) >= count(*)]"
)
"""Menus, marked or lists of links alone, rows of teasers, asides, the heads and feet of pages: more than half
of the blocks, and hardly one is text.
"""
_HEAP = 30_000
"""Pages with so many tags that are mostly links are no articles either."""
_ENOUGH = 80
"""A line break ends a block that has so many characters."""
_BREAK = "\x00"
_FARTHER = bytes([*range(1, FAR + 1), FAR, *range(FAR + 1, 256)])


class TooManyElements(ValueError):
    """The page is a heap of tags, too large to look for an article in it."""


@dataclass(slots=True, eq=False)
class Standing:
    """Where an element stands: what is known of the elements around it, the same for all that stand so.

    Elements stand in each other in much the same ways on all pages, so what was found out once is kept.
    """

    distances: bytes = bytes([FAR]) * len(PLACES)
    """For each kind of place how many elements up it is, at most FAR."""
    counts: bytes = bytes(3)
    """Depth, and how many elements around have a good, how many a bad name."""
    inside: dict[int, "Standing"] = field(default_factory=dict)
    """Where the elements in it stand, by the places that these are."""

    def enter(self, bits: int) -> "Standing":
        """Find out where an element in it stands that is such places."""
        if len(_kept) >= _MAX_KEPT:
            for standing in _kept:
                standing.inside.clear()
            del _kept[1:]
        found = self.inside[bits] = Standing(*_inside(self.distances, self.counts, bits))
        _kept.append(found)
        return found


_MAX_KEPT = 5_000
_kept = [Standing()]
"""All that are kept, the root of a page first."""


@dataclass(slots=True)
class Blocks:
    """The blocks of a page in reading order, as columns of equal length, and the elements around them."""

    texts: list[str] = field(default_factory=list)
    """White space folded; lines parted by line breaks."""
    owners: list[int] = field(default_factory=list)
    """The element each block belongs to, an index into the columns below."""
    linked: list[int] = field(default_factory=list)
    """Characters inside links, then inside bold, then inside italic type."""
    bold: list[int] = field(default_factory=list)
    italic: list[int] = field(default_factory=list)
    inner: list[Tag | None] = field(default_factory=list)
    """The inline element the block begins with."""
    breaks: list[int] = field(default_factory=list)
    """How many line breaks came before the block in its element."""
    parents: list[int] = field(default_factory=lambda: [0])
    tags: list[Tag] = field(default_factory=lambda: [tag_of("html")])
    standings: list[Standing] = field(default_factory=lambda: _kept[:1])
    """Where an element stands."""

    def enter(self, parent: int, tag: Tag) -> int:
        """Add an element that stands in another; its index."""
        standing = self.standings[parent]
        self.parents.append(parent)
        self.tags.append(tag)
        self.standings.append(standing.inside.get(tag.bits) or standing.enter(tag.bits))
        return len(self.tags) - 1


def clear_furniture(tree: HtmlTree) -> None:
    """Empty the menus of a page, its rows of teasers, its asides, its head and its foot.

    Pages are read without them, which is a fifth quicker. Models are trained on whole pages: what stands
    there teaches them what menus look like that no element marks as such. Of a foot its first words stay: the
    last paragraph is judged by what is behind it.
    """
    for element in _FURNITURE(tree):
        foot = _beginning(element) if element.tag == "footer" else None
        element.clear(keep_tail=True)
        element.text = foot


def _beginning(element: HtmlTree) -> str:
    return " ".join(" ".join(islice(element.itertext(), _FOOT_PIECES)).split()[:_FOOT_WORDS])


def segment(tree: HtmlTree) -> Blocks:
    """Cut a page into blocks. Takes what is never text out of the tree. Raises TooManyElements."""
    etree.strip_elements(tree, *_NEVER_TEXT, with_tail=False)
    etree.strip_attributes(tree, *_UNREAD)
    markup = etree.tostring(tree, encoding="unicode", method="xml", with_tail=False)
    if (tags := markup.count("<")) > MAX_TAGS:
        raise TooManyElements(tags)
    cutter = _Cutter()
    cutter.take(_parted(markup, tags))
    blocks = cutter.blocks_found()
    if tags > _HEAP and sum(blocks.linked) > 0.5 * sum(map(len, blocks.texts)):
        raise TooManyElements(tags)
    return blocks


def _parted(markup: str, tags: int) -> list[str]:
    """Tags without their brackets, each followed by the text behind it; empty where there is none."""
    if markup.count(">") == tags:
        return markup.replace(">", "<").split("<")[1:]
    pieces = (piece.partition(">") for piece in markup.split("<"))  # the parser lets brackets into names
    return [part for tag, end, text in pieces if tag and end for part in (tag, text)]


class _Cutter:
    """Walks along the tags and texts of a page."""

    def __init__(self) -> None:
        self.blocks = Blocks()
        self._rows: list[tuple[str, int, int, int, int, Tag | None, int]] = []

    def take(self, parts: list[str]) -> None:
        """Take a page: tags and texts in turn."""
        blocks, enter, flush, find = self.blocks, self.blocks.enter, self._flush, known.get
        open_tags: list[Tag] = []
        run: list[str] = []
        roles, sums = [0, 0, 0, 0], [0, 0, 0, 0]  # open links, bold and italic elements; characters in them
        node, inner, broken, size, marked, unseen = 0, None, 0, 0, 0, 0
        each = iter(parts)
        for markup, text in zip(each, each, strict=True):
            tag, closing = find(markup), False
            if tag is None:
                closing = markup[0] == "/"
                if closing and not open_tags:
                    continue
                tag = open_tags.pop() if closing else tag_of(markup)
            if tag.inline:
                if closing:
                    if tag.marks:
                        roles[tag.role] -= 1
                        marked -= tag.role > 0
                        unseen -= tag.hidden
                elif not tag.empty:
                    open_tags.append(tag)
                    if tag.marks:
                        roles[tag.role] += 1
                        marked += tag.role > 0
                        unseen += tag.hidden
                    if not run and (inner is None or tag.places):
                        inner = tag
            else:
                is_break = tag.name == "br"
                if run:
                    twice = is_break and run[-1] is _BREAK
                    if not is_break or twice or (size >= _ENOUGH and blocks.tags[node].breaks):
                        flush(run, node, sums, inner, broken)
                        run, sums, inner, size = [], [0, 0, 0, 0], None, 0
                    else:
                        run.append(_BREAK)
                inner, broken = (inner, broken + 1) if is_break else (None, 0)
                if closing:
                    node = blocks.parents[node]
                elif not tag.empty:
                    open_tags.append(tag)
                    node = enter(node, tag)
            if text and not unseen and (run or not text.isspace()):
                run.append(text)
                size += len(text)
                if marked:
                    length = len(text.strip())
                    sums = [had + length * (many > 0) for had, many in zip(sums, roles, strict=True)]
        flush(run, node, sums, inner, broken)

    def blocks_found(self) -> Blocks:
        """Return what was found."""
        blocks = self.blocks
        if self._rows:
            texts, owners, linked, bold, italic, inners, breaks = zip(*self._rows, strict=True)
            blocks.texts, blocks.owners, blocks.breaks = list(texts), list(owners), list(breaks)
            blocks.linked, blocks.bold, blocks.italic = list(linked), list(bold), list(italic)
            blocks.inner = list(inners)
        return blocks

    def _flush(self, run: list[str], node: int, sums: list[int], inner: Tag | None, broken: int) -> None:
        """End a block."""
        text = "".join(run)
        if "&" in text:
            text = unescape(text)
        if _BREAK in text:
            lines = (" ".join(line.split()) for line in text.split(_BREAK))
            text = "\n".join(line for line in lines if line)
        elif "  " in text or not text.isprintable():
            text = " ".join(text.split())
        else:
            text = text.strip()  # no white space but single blanks: the same at a third of the cost
        if text:
            _, linked, bold, italic = sums
            most = len(text)
            if linked > most or bold > most or italic > most:
                linked, bold, italic = min(linked, most), min(bold, most), min(italic, most)
            self._rows.append((text, node, linked, bold, italic, inner, broken))


def _inside(distances: bytes, counts: bytes, bits: int) -> tuple[bytes, bytes]:
    """Distances and counts inside of an element, from those around it and the places that it is."""
    near = bytearray(distances.translate(_FARTHER))
    places, good, bad = places_of(bits)
    for place in places:
        near[place] = 0
    depth, goods, bads = counts
    return bytes(near), bytes((min(depth + 1, 60), min(goods + good, 10), min(bads + bad, 10)))
