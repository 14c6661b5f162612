"""What is kept, for how long, and what was deleted. Values of the standard library."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What decides how long an article is kept."""

    id: int
    first_seen_at: float
    """Epoch seconds: when it came into the store."""
    tags: tuple[str, ...]
    source_ids: tuple[int, ...]
    """The sources that carried it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """An article that was deleted."""

    article_id: int
    """The number that it had."""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruning:
    """How much was deleted, or would be."""

    looked_at: int = 0
    """Articles."""
    articles: int = 0
    revisions: int = 0
    pages: int = 0
    """Raw pages."""
    first: datetime | None = None
    """When the first of the articles came into the store."""
    last: datetime | None = None
