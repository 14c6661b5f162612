"""What a search takes and gives: frozen values made of the standard library alone."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, TypedDict

from storage.model import Article

SortOrder = Literal["newest", "oldest", "relevance"]
FacetName = Literal["site", "language", "day", "tag", "author", "story"]
FACETS: tuple[FacetName, ...] = ("site", "language", "day", "tag", "author", "story")
"""What the articles of a search can be counted by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What to look for. Times compare with publication, or with first sight where that is unknown."""

    words: str = ""
    """A query in kabar's query language; empty matches everything."""
    since: datetime | None = None
    until: datetime | None = None
    """The first moment that is left out."""
    source: str | None = None
    """Number, URL or part of the title of a source."""
    site: str | None = None
    language: str | None = None
    author: str | None = None
    story: int | None = None
    one_per_story: bool = False
    """Whether each story is told once: by the article found that came out first, with the sort
    ``relevance`` by the one of these that fits best."""
    sort: SortOrder = "newest"
    limit: int = 20
    cursor: str | None = None
    """Opaque place to go on from, taken from the page before."""
    now: datetime | None = None
    """The moment that ages in ``words`` count back from (None: the present)."""


class Chosen(TypedDict, total=False):
    """Fields of ``Filters`` as keywords."""

    since: datetime | None
    until: datetime | None
    source: str | None
    site: str | None
    language: str | None
    author: str | None
    story: int | None
    one_per_story: bool
    sort: SortOrder
    limit: int
    cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An article found, with the passage that matched (matches between \\x02 and \\x03)."""

    article: Article
    snippet: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of hits, and the cursor of the next one (None at the end)."""

    hits: tuple[Hit, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """How many of the articles found have one value: a site, a language, a day, a tag, an author, a story."""

    value: str | int | date | None
    """Text for ``site``, ``language`` (None: unknown), ``tag`` and ``author``; a date in UTC for ``day``; a
    number for ``story``."""
    count: int
    """Articles."""
    title: str | None = None
    """Of a story: the title of its first article."""
    exact: bool = True
    """Whether all articles were counted; else an even sample was, and ``count`` is an estimate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a statement of SQL answers."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
