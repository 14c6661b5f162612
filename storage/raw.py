"""The noun of raw pages: frozen values made of the standard library alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class RawPage:
    """The answer that an article was read from, as it came: the page, or one of several that make it."""

    url: str
    """The URL that answered, after redirects."""
    requested_url: str
    status: int
    body: bytes
    """Decoded from its Content-Encoding; character encoding untouched."""
    fetched_at: float
    """Epoch seconds."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Those that matter to a reader, by lower-case name: ``content-type``, ``x-robots-tag`` ..."""
    truncated: bool = False
    """The body ended before its announced length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPage(RawPage):
    """A raw page as kept."""

    id: int
    article_id: int
    revision: int
    """Number of the newest revision that was read from it."""
    part: int
    """Which page of the article it is, from 1."""
    entry_id: int | None
    """The entry through which it was asked for."""
    reader: str | None
    """Version of the page reader that read it last; None: it is to be read."""
    kept_at: float
    """Epoch seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PagesKept:
    """How many pages are kept, and what they take."""

    number: int
    size: int
    """Bytes as they were fetched."""
    stored: int
    """Bytes as they are kept, what they are packed by included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PagesPruned:
    """What retention took away."""

    number: int
    stored: int
    """Bytes."""
