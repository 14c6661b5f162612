"""What a search finds, for scripts: read when it is asked for, in constant memory."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from storage.hits import FACETS, Facet, FacetName, Filters, Hit, Page
from storage.model import Article

if TYPE_CHECKING:
    import pandas
    import pyarrow

PAGE = 20
"""Hits of a page, where nothing else is said."""


class Reads(Protocol):
    """What is asked of the articles of a store."""

    def page(self, filters: Filters) -> Page:
        """Return one page of hits."""
        ...

    def count(self, filters: Filters) -> int:
        """Return how many there are."""
        ...

    def facets(
        self, filters: Filters, *, by: Sequence[FacetName] = FACETS, most: int = 10, exact: bool = False
    ) -> dict[FacetName, tuple[Facet, ...]]:
        """Count them."""
        ...

    def iterate(self, filters: Filters, *, batch: int = 500) -> Iterator[Article]:
        """Yield them."""
        ...


class Found:
    """The articles of a search. Nothing is read before it is asked for, and each time it is read anew.

    ::

        for article in found:        every article, as many as there are, in constant memory
        found.count()                how many there are
        found.facets(by=["site"])    how many of each site
        found.hits, found.cursor     one page with passages, and where the next one begins
        found.to_arrow()             a typed table (needs the extra "arrow")
        found.to_pandas()            a data frame (needs the extra "arrow")
    """

    def __init__(self, reads: Reads, filters: Filters) -> None:
        self._reads = reads
        self.filters = filters

    def __repr__(self) -> str:
        return f"Found({self.filters!r})"

    def __iter__(self) -> Iterator[Article]:
        """Yield the articles, each once, whatever is added meanwhile; ``limit`` of them (0: all)."""
        return self._reads.iterate(self.filters)

    def count(self) -> int:
        """Return how many articles there are, whatever the limit; stories with ``one_per_story``."""
        return self._reads.count(self.filters)

    def facets(
        self, by: Sequence[FacetName] = FACETS, *, most: int = 10, exact: bool = False
    ) -> dict[FacetName, tuple[Facet, ...]]:
        """Count the articles by ``site``, ``language``, ``day`` (in UTC), ``tag``, ``author`` and ``story``.

        At most ``most`` values of each: the newest days, the most frequent of everything else. Of very many
        articles an even sample is counted, unless they are to be ``exact``.
        """
        return self._reads.facets(self.filters, by=by, most=most, exact=exact)

    def page(self, cursor: str | None = None) -> Page:
        """Return one page of hits: ``limit`` of them (0: twenty), going on from ``cursor``."""
        filters = self.filters
        return self._reads.page(
            replace(filters, limit=filters.limit or PAGE, cursor=cursor or filters.cursor)
        )

    @cached_property
    def _first(self) -> Page:
        return self.page()

    @property
    def hits(self) -> tuple[Hit, ...]:
        """The hits of the first page, each an article with the passage that was found."""
        return self._first.hits

    @property
    def cursor(self) -> str | None:
        """Where the page after the first begins; None when there is none."""
        return self._first.cursor

    def batches(self, size: int = 1_000) -> "Iterator[pyarrow.RecordBatch]":
        """Yield the articles as typed batches of Arrow, ``size`` articles at a time, in constant memory.

        Raises NeedsArrow without the extra "arrow", and ValueError for a size below 1.
        """
        from storage import arrow

        if not isinstance(size, int) or size < 1:
            raise ValueError(f"size: takes 1 or more articles, not {size!r}")
        return arrow.batches(iter(self), size=size)

    def to_arrow(self) -> "pyarrow.Table":
        """Return the articles as a table of Arrow, one row each. Raises NeedsArrow without the extra."""
        from storage import arrow

        return arrow.table(iter(self))

    def to_pandas(self) -> "pandas.DataFrame":
        """Return the articles as a data frame of pandas. Raises NeedsArrow without the extra."""
        from storage import arrow

        return arrow.frame(iter(self))
