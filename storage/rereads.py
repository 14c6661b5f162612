"""Rereads: which kept pages are to be read again, in what order, and which have been."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select, true, update

from storage import search, tables
from storage.database import Database
from storage.hits import Filters

_PAGE = tables.pages
_ARTICLE = tables.articles


class Rereads:
    """The kept pages of a store that a newer reader is to read."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def begin(self, filters: Filters) -> int:
        """Note that the pages of some articles are to be read whoever read them last; returns how many."""
        wanted = self._wanted(filters, None)
        with self._db.write() as connection:
            change = update(_PAGE).where(_PAGE.c.id.in_(wanted)).values(reader=None)
            return connection.execute(change).rowcount

    def left(self, filters: Filters, *, reader: str | None) -> int:
        """Return how many articles have a page that another ``reader`` read last; with None all count."""
        wanted = self._wanted(filters, reader).subquery()
        with self._db.read() as connection:
            return int(connection.scalar(select(func.count()).select_from(wanted)) or 0)

    def last(self) -> int:
        """Return the number of the page that was kept last; 0 when there is none."""
        with self._db.read() as connection:
            return int(connection.scalar(select(func.max(_PAGE.c.id))) or 0)

    def next(
        self, filters: Filters, *, reader: str | None, after: int, last: int | None = None, limit: int
    ) -> list[tuple[int, int]]:
        """Return number of page and of article of the next ones, with page numbers above ``after``.

        Up to ``last`` every article comes once, though it be revised from other pages meanwhile.
        """
        query = self._wanted(filters, reader).add_columns(_PAGE.c.article_id).where(_PAGE.c.id > after)
        query = query if last is None else query.where(_PAGE.c.id <= last)
        query = query.order_by(_PAGE.c.id).limit(limit)
        with self._db.read() as connection:
            return [(page_id, article_id) for page_id, article_id in connection.execute(query)]

    def newest(self, article_id: int) -> int | None:
        """Return the number of an article's newest revision; None when it is not there any more.

        Until the transaction ends it stays the newest one.
        """
        query = select(_ARTICLE.c.revision).where(_ARTICLE.c.id == article_id)
        with self._db.write() as connection:
            number = connection.scalar(query.with_for_update())
        return None if number is None else int(number)

    def done(self, article_id: int, *, revision: int, now_revision: int, reader: str) -> None:
        """Note which ``reader`` has read the pages of an article's revision, and which one came of it."""
        change = update(_PAGE).where(_PAGE.c.article_id == article_id, _PAGE.c.revision == revision)
        with self._db.write() as connection:
            connection.execute(change.values(reader=reader, revision=now_revision))

    def _wanted(self, filters: Filters, reader: str | None) -> Select[Any]:
        """Select the first page of each article whose newest text was read from a kept page."""
        newest = and_(_ARTICLE.c.id == _PAGE.c.article_id, _ARTICLE.c.revision == _PAGE.c.revision)
        other: ColumnElement[bool] = true()
        if reader is not None:
            other = _PAGE.c.reader.is_(None) | (_PAGE.c.reader != reader)
        query = select(_PAGE.c.id).join_from(_PAGE, _ARTICLE, newest)
        return query.where(_PAGE.c.part == 1, other, search.matching(self._db, filters, _ARTICLE))
