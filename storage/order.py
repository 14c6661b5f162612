"""The order of articles by time: the newest first, or the oldest."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, tuple_

from storage.tables import articles

_A = articles.c
Key = tuple[float, int]
"""Time and number of an article: its place in the order."""
Fitting = tuple[float, int, int]
"""Time, number and, where each is told once, story of an article that a search holds for."""
Found = tuple[list[Fitting], Key | None]
"""What a stretch of the order holds, and its last place; None: there is nothing behind it."""


@dataclass(frozen=True, slots=True)
class Order:
    """An order of articles; ``down``: the newest first."""

    down: bool

    def keys(self, time: ColumnElement[float] = _A.order_at) -> list[ColumnElement[Any]]:
        """Return what rows are sorted by."""
        return [time.desc(), _A.id.desc()] if self.down else [time, _A.id]

    def behind(self, at: Key | None, time: ColumnElement[float] = _A.order_at) -> list[ColumnElement[bool]]:
        """Return the conditions that an article stands behind a place."""
        if at is None:
            return []
        here, there = tuple_(time, _A.id), tuple_(*at)
        return [here < there if self.down else here > there]

    def up_to(self, end: Key) -> ColumnElement[bool]:
        """Return the condition that an article stands at a place, or before it."""
        here, there = tuple_(_A.order_at, _A.id), tuple_(*end)
        return here >= there if self.down else here <= there
