"""HTML characters to an element tree, without losing the text of absurd documents silently."""

from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any

from lxml import etree, html
from lxml.etree import XPath

from spiders.readers.decode import decode, unmarked
from spiders.readers.guard import flatten, trim_attributes
from spiders.readers.lighten import Light, lighten, unswallow

HtmlTree = Any
"""An ``lxml.html.HtmlElement``; lxml carries no types."""

_CONTROL_BYTES = bytes([*range(9), 11, 12, *range(14, 32)])
"""What no text needs; NUL would end the document for the parser. In UTF-8 these bytes are nothing else."""
# What libraries expect, without a call of Python for each element to ask for a class of its own.
_ONE_CLASS = etree.ElementDefaultClassLookup(element=html.HtmlElement)
_FEW_PARAGRAPHS = 3
_COUNT_PARAGRAPHS = XPath("count(/descendant::p)")
_COUNT_INSIDE = XPath("count(descendant::p)")
_HAS_SOME_PARAGRAPHS = XPath(f"boolean(/descendant::p[{_FEW_PARAGRAPHS}])")
_FURNITURE = frozenset(
    [
        *("nav", "footer", "aside", "dialog", "menu", "noscript", "template", "iframe", "object", "select"),
        *("button", "label", "fieldset", "legend", "svg", "canvas", "audio", "video", "map", "datalist"),
    ]
)
"""Elements whose content is never read as text."""
_MOST_FURNITURE = 200
_NEARLY_ALL = 0.8


def line_of(element: HtmlTree) -> str:
    """The text of an element on one line, as it stands: words of which a part is bold stay whole."""
    return " ".join("".join(element.itertext()).split())


def spaced_line_of(element: HtmlTree) -> str:
    """The text of an element on one line, with a blank between its pieces: names side by side stay apart."""
    return " ".join(" ".join(element.itertext()).split())


@dataclass(frozen=True, slots=True)
class Parsed:
    """A page as a tree."""

    tree: HtmlTree | None
    """None when there is no element."""
    markup: str
    """The characters that were parsed."""
    notes: tuple[str, ...] = ()
    """What had to be done to the page, in plain words."""
    cut: bool = False
    """Whether a part was left out that may have held its text."""


def parse_html(text: str) -> tuple[HtmlTree | None, tuple[str, ...]]:
    """Parse once; the tree (None when there is no element) and what had to be done to the document."""
    parsed = _parsed(lighten(text.encode("utf-8", "replace")))
    return parsed.tree, parsed.notes


def parse_page(body: bytes, content_type: str = "") -> Parsed:
    """Parse a page, however large or broken, in any encoding. ``content_type`` is the HTTP header as sent.

    What is UTF-8 once it is lightened is decoded no sooner.
    """
    plain = unmarked(body)
    if plain is not None:
        with suppress(UnicodeDecodeError):
            return _parsed(lighten(plain))
    return _parsed(lighten(decode(body, content_type).text.encode("utf-8", "replace")))


def _parsed(light: Light) -> Parsed:
    """The tree; parsed twice or thrice only where text would be lost."""
    markup, notes = light.text, light.notes
    tree, lost = _parse(markup, light.encoded)
    if lost:
        notes = (*notes, "flattened: nested too deep")
        tree, markup, lost = _flattened(markup)
    if tree is not None and not _HAS_SOME_PARAGRAPHS(tree) and (mended := unswallow(markup)):
        notes = (*notes, "starts that swallowed the rest dropped")
        again, lost = _parse(mended)
        tree, markup, _ = _flattened(mended) if lost else (again, mended, False)
    if tree is not None and _free_from_furniture(tree):
        notes = (*notes, "an element around the whole page opened")
    return Parsed(tree, markup, notes, light.cut)


def _flattened(markup: str) -> tuple[HtmlTree | None, str, bool]:
    flat = flatten(markup)
    tree, lost = _parse(flat)
    if lost:
        flat = flatten(markup, entirely=True)
        tree, lost = _parse(flat)
    return tree, flat, lost


def _free_from_furniture(tree: HtmlTree) -> int:
    """Make a plain box of each side element that holds the headline and nearly all paragraphs.

    Such a one was not closed where it should have been. Returns how many they were.
    """
    total = 0.0
    freed = 0
    headlines = islice(tree.iter("h1"), _MOST_FURNITURE)
    around = dict.fromkeys(
        element for headline in headlines for element in headline.iterancestors() if element.tag in _FURNITURE
    )
    for element in islice(around, _MOST_FURNITURE):
        total = total or _COUNT_PARAGRAPHS(tree)
        if total >= _FEW_PARAGRAPHS and _COUNT_INSIDE(element) >= _NEARLY_ALL * total:
            element.tag = "div"
            freed += 1
    return freed


def _parse(text: str, encoded: bytes | None = None) -> tuple[HtmlTree | None, bool]:
    """The tree and whether the parser hit a limit and threw text away. ``encoded`` is the text in UTF-8."""
    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False, default_doctype=False
    )
    parser.set_element_class_lookup(_ONE_CLASS)
    if encoded is None:
        encoded = text.encode("utf-8", "replace")
    body = encoded.translate(None, _CONTROL_BYTES)
    if len(body) < len(encoded):  # they may have hidden a tag, or an end of one
        body = trim_attributes(body.decode("utf-8"))[0].encode("utf-8")
    try:
        tree = html.document_fromstring(body, parser=parser, ensure_head_body=False)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None, False
    lost = any(entry.level == etree.ErrorLevels.FATAL for entry in parser.error_log)
    return tree, lost
