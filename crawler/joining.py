"""Articles on several pages: fetch the others in the host's lane, read them, join their texts to the first.

Joining never loses what the first page gave: a page that cannot be had leaves the text before it, and a note.
"""

import asyncio
from dataclasses import replace
from typing import TypedDict

from crawler.errors import PoolError
from crawler.failure import require_running
from crawler.joined import fresh_blocks, noted, with_pages, with_whole
from crawler.landing import turned_away
from crawler.lane import Lane
from crawler.worker import Worker
from spiders.errors import FetchError, ParseError
from spiders.items import Document, Fetch, FetchOptions, Parts, Reading

MAX_PARTS = 20
"""Pages of one article, the first included."""
LONGEST_PAUSE = 10.0
"""Seconds between two requests; where a host asks for more, an article's other pages are left alone."""


class Validators(TypedDict):
    """What a server can be asked by whether a page changed."""

    etag: str | None
    last_modified: str | None


class _Missing(Exception):
    """A page of the article that could not be had."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


async def complete(
    worker: Worker, lane: Lane, document: Document, options: FetchOptions
) -> tuple[Document, tuple[Fetch, ...]]:
    """Join the other pages of an article to its first; the document itself where it has none.

    Returns the answers as well that were joined to the first. Where a page could not be had now, ``parts``
    stays as it was.
    Takes at most as long as one fetch and one reading may. Raises CalledOff when the worker stops.
    """
    if not document.parts or document.parts.number != 1:
        return document, ()
    if lane.delay > LONGEST_PAUSE:
        return replace(noted(document, "1", "its host asks for long pauses"), parts=Parts()), ()
    limit = worker.settings.fetch.timeout + worker.settings.pool.timeout
    joining = _Joining(worker, lane, document, options)
    try:
        async with asyncio.timeout(limit):
            await joining.run()
    except TimeoutError:
        joining.missing = "they took too long"
    return joining.joined()


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
        self._fetched: dict[str, Fetch] = {}
        """The answers that pages were read from, by the URL asked for."""
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
            if not any(fresh_blocks(self._pages, page)):
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
        if reading.page is not None:
            self._fetched[page.requested_url] = reading.page
        return page

    def joined(self) -> tuple[Document, tuple[Fetch, ...]]:
        """The article as far as its pages were had, and the answers that it was joined from."""
        if self._whole is not None:
            return with_whole(self._first, self._whole), self._answers([self._whole])
        return with_pages(self._pages, missing=self.missing), self._answers(self._pages[1:])

    def _answers(self, pages: list[Document]) -> tuple[Fetch, ...]:
        return tuple(
            self._fetched[page.requested_url] for page in pages if page.requested_url in self._fetched
        )
