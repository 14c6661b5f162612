"""What a simulation polls: a feed with the moments at which its entries appeared."""

from collections.abc import Sequence
from dataclasses import dataclass

from crawler.hints import NO_HINTS, PublisherHints


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """One feed and all that ever appears in it."""

    name: str
    kind: str
    """Its class, by which results are told apart: ``newspaper``, ``magazine`` ..."""
    window: int
    """Entries that the feed shows at once: the newest ones."""
    appeared: Sequence[float]
    """When each entry appeared in the feed, epoch seconds, sorted."""
    stated: Sequence[float | None]
    """The publication time that each of them states; None where it states none."""
    hints: PublisherHints = NO_HINTS
