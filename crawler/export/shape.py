"""The shape of a format: what stands before, between and after the articles of a file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

from crawler.record import aware
from storage.model import Article


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What an export is of: the same query has the same ``urn`` for ever."""

    title: str = "kabar"
    query: str = ""
    """What it is an export of, in any words that name it."""
    link: str | None = None
    """Where the file will be found, if it is to be published."""
    made_at: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    safe: bool = False
    """Whether spreadsheets are kept from running cells of CSV."""
    stem: str = "kabar"
    """What files in a folder are called."""
    name: str | None = None
    """Under which the export is one of several, whose files stand beside each other."""
    after: int = 0
    """Up to which revision files of those before it are needed beside its own."""
    ascii_only: bool = False
    """Whether the stream knows less than UTF-8."""

    @property
    def urn(self) -> str:
        """The number of the feed as a URN."""
        return _urn(f"kabar:export:{self.query}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How articles are written, one after the other: as text, or as bytes."""

    one: Callable[[Article], str | bytes]
    """Nothing for an article that there is nothing to write of."""
    head: str | bytes = ""
    between: str = ""
    tail: Callable[[datetime | None], str] = lambda _latest: ""
    """The end of the file; it is told when the youngest article was last changed (None: there is none)."""


@dataclass(frozen=True, slots=True)
class Fields:
    """Values for JSON, in order, without those that are unknown or empty."""

    values: Mapping[str, object]

    def known(self) -> dict[str, object]:
        """Return what is known."""
        return {name: value for name, value in self.values.items() if value not in (None, "", [], {})}


def urn(article: Article) -> str:
    """Return the number of an article as a URN, made of the first URL that led to it: it never changes."""
    return _urn(first_url(article))


def first_url(article: Article) -> str:
    """Return the first URL that led to an article."""
    return article.urls[0] if article.urls else article.content.url


def _urn(text: str) -> str:
    return uuid5(NAMESPACE_URL, text.encode("utf-8", "replace").decode()).urn


def published(article: Article) -> datetime:
    """Return when an article was published; when it was first seen, where nobody says."""
    return aware(article.content.published_at or article.first_seen_at)


def updated(article: Article) -> datetime:
    """Return when an article last changed, as its publisher says or as it was seen."""
    known = [published(article)]
    if article.content.modified_at is not None:
        known.append(aware(article.content.modified_at))
    if article.revision > 1:
        known.append(aware(article.fetched_at))
    return max(known)


def names(article: Article) -> tuple[str, ...]:
    """Return who wrote an article; the outlet, where nobody is named."""
    content = article.content
    return content.authors or ((content.publisher or content.site),)


def outlet(article: Article) -> str:
    """Return the name of the outlet, else its site."""
    return article.content.publisher or article.content.site


def home(article: Article) -> str:
    """Return an address for the outlet."""
    scheme = "http" if article.content.url.startswith("http://") else "https"
    return f"{scheme}://{article.content.site}/"
