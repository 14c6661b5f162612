"""HTML characters to an element tree, without losing the text of absurd documents silently."""

import re
from typing import Any

from lxml import etree, html

from spiders.readers.guard import flatten, trim_attributes

HtmlTree = Any
"""An ``lxml.html.HtmlElement``; lxml carries no types."""

MAX_CHARACTERS = 8_000_000
"""Larger documents lose their scripts and styles first and are refused when that is not enough."""
_CONTROL_BYTES = bytes([*range(9), 11, 12, *range(14, 32)])
"""What no text needs; NUL would end the document for the parser. In UTF-8 these bytes are nothing else."""
_HEAVY_SCRIPT = 1_000_000
_SCRIPT = re.compile(r"<(script|style|svg)\b[^<>]*+>", re.IGNORECASE)


class TooLarge(ValueError):
    """The document is larger than MAX_CHARACTERS even without scripts."""


def parse_html(text: str) -> tuple[HtmlTree | None, tuple[str, ...]]:
    """Parse once; the tree (None when there is no element) and what had to be done to the document.

    Raises TooLarge.
    """
    text, notes = _lighten(text)
    tree, lost = _parse(text)
    if lost:
        tree, _ = _parse(flatten(text))
        notes = (*notes, "flattened: nested too deep")
    return tree, notes


def _lighten(text: str) -> tuple[str, tuple[str, ...]]:
    """Drop what parsers choke on: scripts over a megabyte, tags with hundreds of attributes."""
    notes: list[str] = []
    if len(text) > _HEAVY_SCRIPT:
        text, dropped = drop_scripts(text, over=_HEAVY_SCRIPT if len(text) <= MAX_CHARACTERS else 0)
        notes += [f"{dropped} heavy scripts dropped"] if dropped else []
    if len(text) > MAX_CHARACTERS:
        raise TooLarge(len(text))
    text, heavy = trim_attributes(text)
    notes += [f"attributes of {heavy} overloaded tags dropped"] if heavy else []
    return text, tuple(notes)


def drop_scripts(text: str, *, over: int) -> tuple[str, int]:
    """Empty the script, style and svg elements longer than ``over`` characters; how many that were."""
    pieces, at, dropped, low = [], 0, 0, text.lower()
    while found := _SCRIPT.search(text, at):
        end = low.find(f"</{found.group(1).lower()}", found.end())
        end = len(text) if end < 0 else end
        heavy = end - found.end() > over
        pieces.append(text[at : found.end() if heavy else end])
        dropped += heavy
        at = end
    pieces.append(text[at:])
    return "".join(pieces), dropped


def _parse(text: str) -> tuple[HtmlTree | None, bool]:
    """The tree and whether the parser hit a limit and threw text away."""
    parser = html.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False, default_doctype=False
    )
    body = text.encode("utf-8", "replace").translate(None, _CONTROL_BYTES)
    try:
        tree = html.document_fromstring(body, parser=parser, ensure_head_body=False)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None, False
    lost = any(entry.level == etree.ErrorLevels.FATAL for entry in parser.error_log)
    return tree, lost
