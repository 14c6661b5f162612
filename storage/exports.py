"""Exports: articles in batches, and how far the exports under a name have come.

What came or changed is told by the numbers of revisions, which only grow: an article is exported again when
its newest revision is newer than the one that the last export under that name ended with.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlalchemy import func, select, update

from storage import search, tables
from storage.articles import cursor_after, read_rows, select_rows
from storage.database import Database
from storage.errors import ExportMoved, InvalidQuery
from storage.hits import Filters
from storage.model import Article

SIZE = 200
"""Articles that are held at once."""
_ARTICLE = tables.articles
_TABLE = tables.exports


@dataclass(frozen=True, slots=True)
class Batch:
    """Some articles of an export, and the cursor behind the last of them."""

    articles: tuple[Article, ...]
    cursor: str


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

    def batches(self, filters: Filters, *, span: Span | None = None, size: int = SIZE) -> Iterator[Batch]:
        """Yield the articles of a search in batches, ``filters.limit`` of them (0: all), from its cursor on.

        Articles added meanwhile never cause one to be left out or to come twice. With ``span`` the articles
        come in the order in which they came or changed, whatever ``filters.sort`` says. Raises InvalidQuery.
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
        select_ = select_rows(plan.rank)
        if span is None:
            query = search.ordered(select_, plan)
        else:
            column = _ARTICLE.c.revision_id
            after = span.after if filters.cursor is None else _number(filters.cursor)
            query = select_.add_columns(column).where(plan.condition, column > after, column <= span.upto)
            query = query.order_by(column)
        with self._db.read() as connection:
            rows = connection.execute(query.limit(size)).all()
            found = read_rows(connection, rows)
        if not rows:
            return None, True
        cursor = cursor_after(filters, rows[-1]) if span is None else str(rows[-1].revision_id)
        return Batch(tuple(found), cursor), len(rows) < size

    def count(self, filters: Filters, span: Span) -> int:
        """Return how many articles of a search came or changed within a span. Raises InvalidQuery."""
        column = _ARTICLE.c.revision_id
        plan = search.plan(self._db, filters)
        query = select(func.count()).select_from(_ARTICLE)
        query = query.where(plan.condition, column > span.after, column <= span.upto)
        with self._db.read() as connection:
            return connection.scalar(query) or 0

    def newest_revision(self) -> int:
        """Return the number of the newest revision; none with a smaller number is still on its way."""
        with self._db.read() as connection, self._db.impatient(connection, search.SECONDS):
            self._db.wait_for_writers(connection, tables.revisions)
            return connection.scalar(select(func.max(tables.revisions.c.id))) or 0

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


def _number(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdigit()):
        raise InvalidQuery(cursor, 1, "the cursor does not belong to this export")
    return int(cursor)
