"""The pages of an article as one document. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from spiders.items import Document, Parts

_SHORT = 20
_WORD = re.compile(r"\w+")


def with_whole(first: Document, whole: Document) -> Document:
    """Return the article of which ``whole`` shows all pages in one."""
    joined = replace(first, text=whole.text, left_out=whole.left_out, joined=_addresses(whole))
    return noted(joined, "all", "")


def with_pages(pages: Sequence[Document], *, missing: str = "") -> Document:
    """Return the article of these pages, in their order; ``missing`` says why there are no more, if so."""
    joined = replace(
        pages[0],
        text=_joined_text(pages),
        joined=tuple(address for page in pages[1:] for address in _addresses(page)),
    )
    return noted(joined, str(len(pages)), missing)


def joined(pages: Sequence[Document], *, missing: str = "") -> Document:
    """Return the article of pages that were joined before, and are now read again; ``missing`` says why there
    are no more of them, if so.
    """
    first, *rest = pages
    if not rest:
        return first
    if rest[0].requested_url == first.parts.whole:
        return with_whole(first, rest[0])
    return with_pages(pages, missing=missing)


def noted(document: Document, count: str, missing: str) -> Document:
    """Return the document with a note of how many of its pages it holds."""
    note = f"{count}, then missing: {missing}" if missing else count
    parts = document.parts if missing else Parts()
    return replace(document, parts=parts, provenance={**document.provenance, "parts": note})


def fresh_blocks(before: Sequence[Document], page: Document) -> Iterator[str]:
    """Yield the blocks of a page that no page before it has, without headline and lead."""
    known = {_folded(block) for each in before for block in (*each.text.split("\n\n"), each.title or "")}
    known |= {_folded(each.lead or "") for each in before}
    for block in page.text.split("\n\n"):
        if (folded := _folded(block)) not in known or len(folded) < _SHORT:
            yield block


def _addresses(page: Document) -> tuple[str, ...]:
    return tuple(dict.fromkeys((page.requested_url, page.url)))


def _joined_text(pages: Sequence[Document]) -> str:
    """The texts of the pages, each without the blocks that pages before it have."""
    blocks: list[str] = []
    for number, page in enumerate(pages):
        blocks += fresh_blocks(pages[:number], page) if number else page.text.split("\n\n")
    return "\n\n".join(block for block in blocks if block)


def _folded(block: str) -> str:
    return " ".join(_WORD.findall(block.lower()))
