"""The text of an article: paragraphs in order, joined by a blank line."""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from spiders.readers import jsonld
from spiders.readers.extract import ENOUGH, page_blocks, size_of
from spiders.readers.furniture import Block, fold, trim
from spiders.readers.head import Head
from spiders.readers.mend import drop_controls
from spiders.readers.plain import plain
from spiders.readers.tree import HtmlTree

MAX_TEXT = 2_000_000
"""Most characters of text kept."""
_SEPARATOR = re.compile(r"\s+[|\-–—·»:]\s+")
_OPEN_DATELINE = re.compile(r"^\w[^\n]{0,60}\s?[-–—]$")
_PARTS = re.compile(
    r"\n\s*\n|<(?:br|/p|/div|/li|/h\d)\b[^<>]*>(?:\s*<(?:br|p|div|li|h\d)\b[^<>]*>)*", re.IGNORECASE
)


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
    blocks, where = page_blocks(tree, markup)
    structured = _structured_blocks(head)
    if size_of(blocks) * 2 < size_of(structured):
        blocks, where = structured, "json-ld"
    if size_of(blocks) < ENOUGH:
        return Text()
    titles = _titles(head)
    kept, left_out = trim(_with_datelines(blocks), titles=titles, authors=authors)
    if len(kept) == 1 and fold(kept[0].text) in map(fold, titles):
        return Text()
    text = drop_controls("\n\n".join(block.text for block in kept))[:MAX_TEXT]
    return Text(text, where, tuple(drop_controls(block.text) for block in left_out))


def _titles(head: Head) -> tuple[str, ...]:
    """What may stand above the text as its headline."""
    longest = max(_SEPARATOR.split(head.title), key=len)
    stated = (plain(head.meta("og:title")), plain(_structured(head, "headline")))
    return (*head.h1s, head.title, longest, *stated)


def _with_datelines(blocks: list[Block]) -> list[Block]:
    """A place with a dash behind it ("Jakarta -") belongs to the paragraph that follows."""
    found: list[Block] = []
    for block in blocks:
        if found and block.tag == "p" and _OPEN_DATELINE.match(found[-1].text):
            found[-1] = replace(block, text=f"{found[-1].text} {block.text}")
        else:
            found.append(block)
    return found


def _structured(head: Head, name: str) -> str:
    return jsonld.text_of(head.article.get(name))


def _structured_blocks(head: Head) -> list[Block]:
    body = _structured(head, "articleBody")[:MAX_TEXT]
    return [Block(text) for part in _PARTS.split(body) if (text := plain(part, MAX_TEXT))] if body else []
