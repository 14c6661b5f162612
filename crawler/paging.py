"""The walk over the pages of an article: the view of the whole where there is one, else page after page.

It reads nothing itself: who walks says how a page is had.
"""

from collections.abc import Awaitable, Callable

from crawler.joined import fresh_blocks, with_pages, with_whole
from crawler.landing import turned_away
from spiders.items import Document
from spiders.readers.parts import MAX_PARTS

Read = Callable[[str], Awaitable[Document]]
"""Has the page of an address. Raises PageMissing."""


class PageMissing(Exception):
    """A page of the article that could not be had."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def is_first_of_several(document: Document) -> bool:
    """Tell whether a page is the first of an article on several, others of which are known."""
    return bool(document.parts) and document.parts.number == 1


class Walk:
    """One article while its pages come in; as far as it came, it can be joined at any time."""

    def __init__(self, first: Document, read: Read, *, is_over: Callable[[], bool] = lambda: False) -> None:
        self._first, self._read, self._is_over = first, read, is_over
        self._pages = [first]
        self._whole: Document | None = None
        self.missing = ""
        """Why not all pages could be had; empty when they could."""

    async def run(self) -> None:
        """Read the view of the whole, unless it shows no more than the first page, else page after page."""
        parts = self._first.parts
        if parts.whole is not None:
            try:
                whole = await self._page(parts.whole)
            except PageMissing as missing:
                self.missing = missing.reason
            else:
                if len(whole.text) > len(self._first.text):
                    self._whole = whole
                    return
        await self._one_by_one(list(parts.numbered))

    @property
    def others(self) -> list[Document]:
        """The pages that are joined to the first."""
        return self._pages[1:] if self._whole is None else [self._whole]

    def article(self) -> Document:
        """Return the article as far as its pages were had."""
        if self._whole is not None:
            return with_whole(self._first, self._whole)
        return with_pages(self._pages, missing=self.missing)

    async def _one_by_one(self, waiting: list[str]) -> None:
        asked = set(waiting)
        while waiting and len(self._pages) < MAX_PARTS and not self._is_over():
            try:
                page = await self._page(waiting.pop(0))
            except PageMissing as missing:
                self.missing = f"page {len(self._pages) + 1}: {missing.reason}"
                return
            if not any(fresh_blocks(self._pages, page)):
                return  # the first page again, or a page behind the last
            self.missing = ""
            self._pages.append(page)
            further = [part for part in page.parts.numbered if part not in asked]
            asked.update(further)
            waiting += further

    async def _page(self, url: str) -> Document:
        page = await self._read(url)
        if turned_away(url, page.url, expected=self._first.title, title=page.title):
            raise PageMissing("elsewhere")
        return page
