"""An article as the watch over sites sees it: which fields it has, and how long its text is. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """An article kept, without its text."""

    site: str
    seen_at: float
    """Epoch seconds of its first sight."""
    words: int
    filled: Mapping[str, bool]
    """Fields of the record, and whether they have a value."""
