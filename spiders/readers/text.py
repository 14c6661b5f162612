"""The text of an article: paragraphs in order, joined by a blank line."""

import re
from collections.abc import Iterator
from typing import Any

from spiders.readers import jsonld
from spiders.readers.head import Head
from spiders.readers.plain import plain
from spiders.readers.tree import HtmlTree

MAX_TEXT = 2_000_000
MAX_ELEMENTS = 40_000
"""Above that many elements only the linear extractor is tried."""
_PARTS = re.compile(r"\n\s*\n|<(?:br|/p|/div|/li|/h\d)\b[^<>]*>(?:\s*<(?:br|p|div|li|h\d)\b[^<>]*>)*", re.IGNORECASE)
_LINES = re.compile(r"\s*\n\s*")


def article_text(tree: HtmlTree, head: Head, markup: str) -> tuple[str, str]:
    """The text and which means found it: ``trafilatura``, ``json-ld`` or ``resiliparse``; both empty if none."""
    paragraphs, where = _from_tree(tree), "trafilatura"
    if not paragraphs:
        paragraphs, where = _from_markup(markup), "resiliparse"
    body = _from_structured(head)
    if sum(map(len, paragraphs)) * 2 < sum(map(len, body)):
        paragraphs, where = body, "json-ld"
    text = "\n\n".join(without_title(paragraphs, head))[:MAX_TEXT]
    return text, where if text else ""


def without_title(paragraphs: list[str], head: Head) -> list[str]:
    """Paragraphs without the headline repeated in front."""
    titles = {_fold(text) for text in (*head.h1s, head.title, head.meta("og:title")) if text}
    titles.add(_fold(jsonld.text_of(head.article.get("headline"))))
    return paragraphs[1:] if len(paragraphs) > 1 and _fold(paragraphs[0]) in titles else paragraphs


def _fold(text: str) -> str:
    return " ".join(plain(text).lower().split())


def _from_tree(tree: HtmlTree) -> list[str]:
    from trafilatura.core import bare_extraction

    if sum(1 for _ in tree.iter()) > MAX_ELEMENTS:
        return []
    found = bare_extraction(tree, favor_precision=True, include_comments=False)
    return list(_blocks(found.body)) if found is not None and found.body is not None else []


def _blocks(body: Any) -> Iterator[str]:
    """One string for each block of trafilatura's result."""
    for child in body:
        text = _block_text(child)
        if text:
            yield text


def _block_text(element: Any) -> str:
    if element.tag == "list":
        return "\n".join(f"- {line}" for item in element.iter("item") if (line := _line(item)))
    if element.tag == "table":
        rows = (" | ".join(cell for td in row.iter("cell") if (cell := _line(td))) for row in element.iter("row"))
        return "\n".join(row for row in rows if row)
    return _line(element)


def _line(element: Any) -> str:
    pieces = []
    for node in element.iter():
        if node is not element and node.tag in ("lb", "p", "item", "head", "quote"):
            pieces.append("\n")
        pieces.append(node.text or "")
        if node is not element:
            pieces.append(node.tail or "")
    lines = (" ".join(line.split()) for line in "".join(pieces).split("\n"))
    return "\n".join(line for line in lines if line)


def _from_markup(markup: str) -> list[str]:
    from resiliparse.extract.html2text import extract_plain_text

    text = extract_plain_text(markup, main_content=True, alt_texts=False, comments=False, list_bullets=False)
    return [" ".join(part.split()) for part in re.split(r"\n+", text) if part.strip()]


def _from_structured(head: Head) -> list[str]:
    body = jsonld.text_of(head.article.get("articleBody"))[:MAX_TEXT]
    return [text for part in _PARTS.split(body) if (text := plain(part, MAX_TEXT))] if body else []
