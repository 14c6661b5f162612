"""Articles on several pages: fetch the others in the host's lane, read them, join their texts to the first.

Joining never loses what the first page gave: a page that cannot be had leaves the text before it, and a note.
"""

import asyncio
import re
from dataclasses import replace
from typing import TypedDict

from crawler.errors import PoolError
from crawler.failure import require_running
from crawler.landing import turned_away
from crawler.lane import Lane
from crawler.worker import Worker
from spiders.errors import FetchError, ParseError
from spiders.items import Document, FetchOptions, Parts, Reading

MAX_PARTS = 20
"""Pages of one article, the first included."""
LONGEST_PAUSE = 10.0
"""Seconds between two requests; where a host asks for more, an article's other pages are left alone."""

_SHORT = 20
_WORD = re.compile(r"\w+")


class Validators(TypedDict):
    """What a server can be asked by whether a page changed."""

    etag: str | None
    last_modified: str | None


class _Missing(Exception):
    """A page of the article that could not be had."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


async def complete(worker: Worker, lane: Lane, document: Document, options: FetchOptions) -> Document:
    """Join the other pages of an article to its first; the document itself where it has none.

    Where a page could not be had now, ``parts`` stays as it was.
    Takes at most as long as one fetch and one reading may. Raises CalledOff when the worker stops.
    """
    if not document.parts or document.parts.number != 1:
        return document
    if lane.delay > LONGEST_PAUSE:
        return replace(_noted(document, "1", "its host asks for long pauses"), parts=Parts())
    limit = worker.settings.fetch.timeout + worker.settings.pool.timeout
    joining = _Joining(worker, lane, document, options)
    try:
        async with asyncio.timeout(limit):
            await joining.run()
    except TimeoutError:
        joining.missing = "they took too long"
    return joining.document()


def lacks_parts(document: Document) -> bool:
    """Tell whether a page of the article could not be had: then its text is no revision of the whole."""
    return bool(document.parts) and document.parts.number == 1


def validators(reading: Reading, document: Document) -> Validators:
    """Return the validators of a page, none where it is the first of several: they speak for it alone."""
    if document.joined:
        return Validators(etag=None, last_modified=None)
    return Validators(etag=reading.etag, last_modified=reading.last_modified)


class _Joining:
    """One article while its pages come in."""

    def __init__(self, worker: Worker, lane: Lane, document: Document, options: FetchOptions) -> None:
        self._worker, self._lane, self._first, self._options = worker, lane, document, options
        self._pages: list[Document] = [document]
        self._whole: Document | None = None
        self.missing = ""
        """Why not all pages could be had; empty when they could."""

    async def run(self) -> None:
        """Read the view of the whole where there is one, else page after page."""
        parts = self._first.parts
        if parts.whole is not None:
            try:
                whole = await self._read(parts.whole)
            except _Missing as missing:
                self.missing = missing.reason
            else:
                if len(whole.text) > len(self._first.text):
                    self._whole = whole
                    return
        await self._one_by_one(list(parts.numbered))

    async def _one_by_one(self, waiting: list[str]) -> None:
        asked = set(waiting)
        while waiting and len(self._pages) < MAX_PARTS and not self._lane.tired:
            url = waiting.pop(0)
            try:
                page = await self._read(url)
            except _Missing as missing:
                self.missing = f"page {len(self._pages) + 1}: {missing.reason}"
                return
            if not any(_fresh_blocks(self._pages, page)):
                return  # the first page again, or a page behind the last
            self.missing = ""
            self._pages.append(page)
            further = [part for part in page.parts.numbered if part not in asked]
            asked.update(further)
            waiting += further

    async def _read(self, url: str) -> Document:
        """Fetch and read one page, after the pause that the host is owed. Raises _Missing."""
        await asyncio.sleep(self._lane.delay)
        try:
            target = self._lane.target(url, "page", options=self._options)
            reading = await self._worker.engine.read_article(target)
        except FetchError as error:
            require_running(error)
            self._lane.blame(error, now=self._worker.clock(), chance=self._worker.chance())
            raise _Missing(error.reason) from error
        except (ParseError, PoolError) as error:
            raise _Missing(error.reason) from error
        self._lane.praise(reading.robots)
        page = reading.document
        if page is None or turned_away(url, page.url, expected=self._first.title, title=page.title):
            raise _Missing("elsewhere")
        return page

    def document(self) -> Document:
        """The article as far as its pages were had."""
        if self._whole is not None:
            joined = replace(
                self._first,
                text=self._whole.text,
                left_out=self._whole.left_out,
                joined=_addresses(self._whole),
            )
            return _noted(joined, "all", "")
        joined = replace(
            self._first,
            text=_joined_text(self._pages),
            joined=tuple(address for page in self._pages[1:] for address in _addresses(page)),
        )
        return _noted(joined, str(len(self._pages)), self.missing)


def _addresses(page: Document) -> tuple[str, ...]:
    return tuple(dict.fromkeys((page.requested_url, page.url)))


def _noted(document: Document, count: str, missing: str) -> Document:
    """The document with a note of how many of its pages it holds."""
    note = f"{count}, then missing: {missing}" if missing else count
    parts = document.parts if missing else Parts()
    return replace(document, parts=parts, provenance={**document.provenance, "parts": note})


def _joined_text(pages: list[Document]) -> str:
    """The texts of the pages, each without the blocks that pages before it have."""
    blocks: list[str] = []
    for number, page in enumerate(pages):
        blocks += _fresh_blocks(pages[:number], page) if number else page.text.split("\n\n")
    return "\n\n".join(block for block in blocks if block)


def _fresh_blocks(before: list[Document], page: Document) -> list[str]:
    """The blocks of a page that no page before it has: without headline and lead, which are repeated."""
    known = {_folded(block) for each in before for block in (*each.text.split("\n\n"), each.title or "")}
    known |= {_folded(each.lead or "") for each in before}
    return [
        block
        for block in page.text.split("\n\n")
        if (folded := _folded(block)) not in known or len(folded) < _SHORT
    ]


def _folded(block: str) -> str:
    return " ".join(_WORD.findall(block.lower()))
