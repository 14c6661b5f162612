"""Read a table from one end to the other in the order of its key, some rows at a time, in constant memory."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Select, Table, literal_column, select, tuple_
from sqlalchemy.exc import DatabaseError

from storage.values import clean

MOST_ROWS = 1000
_MOST_BYTES = 8 * 1024 * 1024
"""What rows read at once should take, about."""
_WHOLE = 1 << 128
_FARTHEST = 2**62

Row = tuple[Any, ...]
Key = Sequence[Any]


@dataclass(slots=True)
class Sum:
    """Rows counted, and a hash of them all that does not depend on their order."""

    rows: int = 0
    hash: int = 0

    def add(self, rows: Sequence[Row]) -> None:
        """Take rows in."""
        for row in rows:
            made = blake2b(repr(row).encode("utf-8", "surrogatepass"), digest_size=16)
            self.hash = (self.hash + int.from_bytes(made.digest())) % _WHOLE
        self.rows += len(rows)

    def __str__(self) -> str:
        return f"{self.rows:,} rows (hash {self.hash:032x})"


@dataclass(slots=True)
class Reader:
    """Reads a table behind a key, always a few rows more."""

    connection: Connection
    table: Table
    patient: bool = False
    """Whether rows that cannot be read are left out, instead of being an error."""
    lost: int = 0
    """How many such places there were."""
    _limit: int = field(default_factory=lambda: MOST_ROWS)
    _key: list[ColumnElement[Any]] = field(init=False)
    _query: Select[Any] = field(init=False)

    def batches(self, after: Key | None = None) -> Iterator[tuple[list[Row], Key]]:
        """Yield rows behind a key, in the order of the key, each lot with the key of its last row."""
        columns = [*self.table.c]
        # Rows of a damaged file are found by their place in it, which those with keys of text have, too.
        by_place = self.patient and self.table.dialect_options["sqlite"]["with_rowid"]
        key: list[ColumnElement[Any]] = [*self.table.primary_key]
        self._key = [literal_column("rowid", Integer)] if by_place else key
        places = [len(columns)] if by_place else [columns.index(column) for column in key]
        self._query = select(*columns, *(self._key if by_place else ()))
        while found := self._readable(after) if self.patient else self._read(after, self._limit):
            after = [found[-1][place] for place in places]
            rows = [row[: len(columns)] for row in found] if by_place else found
            yield rows, after
            self._limit = _next_limit(rows)

    def _read(self, after: Key | None, limit: int, *, from_: int | None = None) -> list[Row]:
        key = self._key
        query = self._query.order_by(*key).limit(limit)
        if after is not None:
            query = query.where(tuple_(*key) > tuple_(*after) if len(key) > 1 else key[0] > after[0])
        if from_ is not None:
            query = query.where(key[0] >= from_)
        return [tuple(map(_plain, row)) for row in self.connection.execute(query)]

    def _readable(self, after: Key | None) -> list[Row]:
        """Return rows that can be read, however many cannot."""
        for limit in (self._limit, 1):
            try:
                return self._read(after, limit)
            except (DatabaseError, sqlite3.Error):
                continue
        self.lost += 1
        return self._beyond(int(after[0]) if after is not None else -1)

    def _beyond(self, last: int) -> list[Row]:
        """Return the first row that can be read behind one that cannot; found by ever longer strides."""
        stride = 1
        while stride < _FARTHEST and not (rows := self._try(last + 1 + stride)):
            if rows == []:
                return []
            stride *= 2
        low, high = last + 1 + stride // 2, last + 1 + stride
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self._try(middle) else (middle, high)
        return self._try(high) or []

    def _try(self, from_: int) -> list[Row] | None:
        try:
            return self._read(None, 1, from_=from_)
        except (DatabaseError, sqlite3.Error):
            return None


def _next_limit(rows: Sequence[Row]) -> int:
    """Return how many rows to read next, by how large these were."""
    size = sum(len(value) for row in rows for value in row if isinstance(value, str | bytes))
    return max(1, min(MOST_ROWS, int(_MOST_BYTES / (size / len(rows) + 1))))


def _plain(value: Any) -> Any:
    if type(value) is str:
        return clean(value)
    return bytes(value) if isinstance(value, memoryview) else value


def summed(
    connection: Connection, table: Table, *, step: Callable[[int], None], patient: bool = False
) -> Sum:
    """Return the sum of a table, with ``patient`` of what can be read; ``step`` is told the rows done."""
    total = Sum()
    for rows, _ in Reader(connection, table, patient=patient).batches():
        total.add(rows)
        step(total.rows)
    return total
