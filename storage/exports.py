"""Exports: articles in batches, and how far the exports under a name have come.

What came or changed is told by the numbers of revisions, which only grow: an article is exported again when
its newest revision is newer than the one that the last export under that name ended with.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row, Select, func, select, update

from storage import search, tables
from storage.articles import cursor_after, read_places, read_rows, select_rows
from storage.database import Database
from storage.engines import remembering_little
from storage.errors import ExportMoved, InvalidQuery, StoreDamaged, ValueDamaged
from storage.hits import Filters
from storage.model import Article
from storage.places import Place, places

SIZE = 200
"""Articles that are held at once."""
_ARTICLE = tables.articles
_TABLE = tables.exports


@dataclass(frozen=True, slots=True)
class Batch:
    """Some articles of an export, and the cursor behind the last of them."""

    articles: tuple[Article, ...]
    cursor: str
    lost: int = 0
    """How many more there are that cannot be read, because the store is damaged."""


@dataclass(frozen=True, slots=True)
class Span:
    """Articles whose newest revision is later than ``after`` and not later than ``upto`` (numbers)."""

    after: int
    upto: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedExport:
    """How far the exports under a name have come."""

    name: str
    query: str
    """What they are exports of; articles are left out or doubled when this changes."""
    revision_id: int
    exported_at: float
    """Epoch seconds."""
    articles: int
    """How many articles the last one wrote."""


class Exports:
    """The exports of a store."""

    def __init__(self, database: Database) -> None:
        self._db = database

    @contextmanager
    def steady(self) -> Iterator[None]:
        """Let this thread see the store inside the block as it is now, whoever writes to it.

        So an article whose date changes meanwhile is neither left out nor comes twice. A store in memory has
        no other writers.
        """
        if self._db.memory:
            yield
            return
        with self._db.snapshot() as connection, remembering_little(connection):
            yield

    def batches(self, filters: Filters, *, span: Span | None = None, size: int = SIZE) -> Iterator[Batch]:
        """Yield the articles of a search in batches, ``filters.limit`` of them (0: all), from its cursor on.

        Articles added meanwhile never cause one to be left out or to come twice. With ``span`` the articles
        come in the order in which they came or changed, whatever ``filters.sort`` says. Where the store is
        damaged, what can be read is. Raises InvalidQuery, StoreDamaged when not even an index can be read.
        """
        left = filters.limit if filters.limit > 0 else None
        while left is None or left > 0:
            wanted = size if left is None else min(size, left)
            batch, ended = self._batch(filters, span, wanted)
            if batch is not None:
                yield batch
                filters = replace(filters, cursor=batch.cursor)
            if ended:
                return
            left = None if left is None else left - wanted

    def _batch(self, filters: Filters, span: Span | None, size: int) -> tuple[Batch | None, bool]:
        plan = search.plan(self._db, filters)
        lost = 0
        rows: Sequence[Row[Any] | Place]
        try:
            with self._db.read() as connection:
                if span is None:
                    rows = places(plan, connection, size)
                    found = read_places(self._db, connection, rows)
                else:
                    select_ = select_rows(plan.rank).add_columns(_ARTICLE.c.revision_id)
                    rows = connection.execute(_narrowed(select_, plan, span).limit(size)).all()
                    found = read_rows(self._db, connection, rows)
        except (StoreDamaged, ValueDamaged):
            rows, found = self._readable(plan, span, size)
            lost = len(rows) - len(found)
        if not rows:
            return None, True
        return Batch(tuple(found), _cursor(filters, rows[-1]), lost), len(rows) < size

    def _readable(
        self, plan: search.Plan, span: Span | None, size: int
    ) -> tuple[Sequence[Row[Any] | Place], list[Article]]:
        """Return the places of a batch, from an index, and those of its articles that can be read."""
        place = (
            select(_ARTICLE.c.id, _ARTICLE.c.revision_id)
            if span
            else select(_ARTICLE.c.id, _ARTICLE.c.order_at, plan.rank.label("rank"))
        )
        with self._db.read() as connection:
            rows = connection.execute(_narrowed(place, plan, span).limit(size)).all()
        found: list[Article] = []
        for row in rows:
            one = select_rows(plan.rank).where(_ARTICLE.c.id == row.id)
            with suppress(StoreDamaged, ValueDamaged), self._db.read() as connection:
                found += read_rows(self._db, connection, connection.execute(one).all())
        return [row if span else Place(*row) for row in rows], found

    def count(self, filters: Filters, span: Span) -> int:
        """Return how many articles of a search came or changed within a span. Raises InvalidQuery."""
        column = _ARTICLE.c.revision_id
        plan = search.plan(self._db, filters)
        query = select(func.count()).select_from(_ARTICLE)
        query = query.where(plan.condition, column > span.after, column <= span.upto)
        with self._db.read() as connection:
            return connection.scalar(query) or 0

    def newest_revision(self) -> int:
        """Return the largest number of a newest revision; none with a smaller one is still on its way."""
        with self._db.read() as connection, self._db.impatient(connection, search.SECONDS):
            self._db.wait_for_writers(connection, tables.revisions)
            return connection.scalar(select(func.max(_ARTICLE.c.revision_id))) or 0

    def named(self, name: str) -> NamedExport | None:
        """Return how far the exports under a name have come; None when there was none."""
        query = select(*(_TABLE.c[field] for field in NamedExport.__dataclass_fields__))
        with self._db.read() as connection:
            row = connection.execute(query.where(_TABLE.c.name == name)).first()
        return None if row is None else NamedExport(**row._mapping)

    def advance(self, export: NamedExport, *, before: int | None) -> None:
        """Note how far the exports under a name have come; ``before`` is where they were (None: nowhere).

        Raises ExportMoved when they are somewhere else: another export under that name was faster.
        """
        values = {field: getattr(export, field) for field in NamedExport.__dataclass_fields__}
        with self._db.write() as connection:
            if before is None:
                new = self._db.insert(_TABLE).values(**values).on_conflict_do_nothing()
                moved = connection.execute(new.returning(_TABLE.c.name)).first() is not None
            else:
                here = update(_TABLE).where(_TABLE.c.name == export.name, _TABLE.c.revision_id == before)
                moved = connection.execute(here.values(**values)).rowcount == 1
            if not moved:
                raise ExportMoved(export.name)


def _narrowed(select_: Select[Any], plan: search.Plan, span: Span | None) -> Select[Any]:
    """Return a select narrowed to a search, in its order, or to a span, in the order of revisions."""
    if span is None:
        return search.ordered(select_, plan)
    column, cursor = _ARTICLE.c.revision_id, plan.filters.cursor
    after = span.after if cursor is None else _number(cursor)
    return select_.where(plan.condition, column > after, column <= span.upto).order_by(column)


def _cursor(filters: Filters, row: Row[Any] | Place) -> str:
    return cursor_after(filters, row) if isinstance(row, Place) else str(row.revision_id)


def _number(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdigit()):
        raise InvalidQuery(cursor, 1, "the cursor does not belong to this export")
    return int(cursor)
