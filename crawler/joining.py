"""Articles on several pages: fetch the others in the host's lane, read them, join their texts to the first.

Joining never loses what the first page gave: a page that cannot be had leaves the text before it, and a note.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TypedDict

from crawler.errors import PoolError
from crawler.failure import require_running
from crawler.joined import noted
from crawler.lane import Lane
from crawler.paging import PageMissing, Walk, is_first_of_several
from crawler.worker import Worker
from spiders.errors import FetchError, ParseError
from spiders.items import Document, Fetch, FetchOptions, Parts, Reading

LONGEST_PAUSE = 10.0
"""Seconds between two requests; where a host asks for more, an article's other pages are left alone."""


class Validators(TypedDict):
    """What a server can be asked by whether a page changed."""

    etag: str | None
    last_modified: str | None


async def complete(
    worker: Worker, lane: Lane, document: Document, options: FetchOptions
) -> tuple[Document, tuple[Fetch, ...]]:
    """Join the other pages of an article to its first; the document itself where it has none.

    Returns the answers as well that were joined to the first. Where a page could not be had now, ``parts``
    stays as it was.
    Takes at most as long as one fetch and one reading may. Raises CalledOff when the worker stops.
    """
    if not is_first_of_several(document):
        return document, ()
    if lane.delay > LONGEST_PAUSE:
        return replace(noted(document, "1", "its host asks for long pauses"), parts=Parts()), ()
    limit = worker.settings.fetch.timeout + worker.settings.pool.timeout
    pages = _Pages(worker, lane, options)
    walk = Walk(document, pages.read, is_over=lambda: lane.tired)
    try:
        async with asyncio.timeout(limit):
            await walk.run()
    except TimeoutError:
        walk.missing = "they took too long"
    return walk.article(), pages.answers(walk.others)


def lacks_parts(document: Document) -> bool:
    """Tell whether a page of the article could not be had: then its text is no revision of the whole."""
    return is_first_of_several(document)


def validators(reading: Reading, document: Document) -> Validators:
    """Return the validators of a page, none where it is the first of several: they speak for it alone."""
    if document.joined:
        return Validators(etag=None, last_modified=None)
    return Validators(etag=reading.etag, last_modified=reading.last_modified)


class _Pages:
    """The other pages of one article, had in the lane of their host."""

    def __init__(self, worker: Worker, lane: Lane, options: FetchOptions) -> None:
        self._worker, self._lane, self._options = worker, lane, options
        self._fetched: dict[str, Fetch] = {}
        """The answers that pages were read from, by the URL asked for."""

    async def read(self, url: str) -> Document:
        """Fetch and read one page, after the pause that the host is owed. Raises PageMissing."""
        await asyncio.sleep(self._lane.delay)
        try:
            target = self._lane.target(url, "page", options=self._options)
            reading = await self._worker.engine.read_article(target)
        except FetchError as error:
            require_running(error)
            self._lane.blame(error, now=self._worker.clock(), chance=self._worker.chance())
            raise PageMissing(error.reason) from error
        except (ParseError, PoolError) as error:
            raise PageMissing(error.reason) from error
        self._lane.praise(reading.robots)
        page = reading.document
        if page is None:
            raise PageMissing("elsewhere")
        if reading.page is not None:
            self._fetched[page.requested_url] = reading.page
        return page

    def answers(self, pages: Sequence[Document]) -> tuple[Fetch, ...]:
        """Return the answers that these pages were read from."""
        return tuple(
            self._fetched[page.requested_url] for page in pages if page.requested_url in self._fetched
        )
