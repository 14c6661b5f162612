"""What a rule is that rows of a store keep."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select

from storage.database import Database

Rows = Sequence[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule: what is wrong with rows that break it, how to select them, how to mend some of them."""

    kind: str
    what: str
    broken: Callable[[Database], Select[Any]]
    """The number of the row stands first."""
    mend: Callable[[Database, Connection, Rows], None]
    remedy: str | None = None
