"""What a search takes and gives: frozen values made of the standard library alone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from storage.model import Article

SortOrder = Literal["newest", "oldest", "relevance"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What to look for. Times compare with publication, or with first sight where that is unknown."""

    words: str = ""
    """A query in kabar's query language; empty matches everything."""
    since: datetime | None = None
    until: datetime | None = None
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
