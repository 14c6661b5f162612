"""How rows hang together: by foreign keys, and by the columns that name an article without one.

Read from the tables themselves, so that a new table is taken along; a test fails when one cannot be.
"""

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import Column, Connection, Table, delete, select, update

from storage import indexing, tables
from storage.database import Database
from storage.fingerprints import Fingerprints
from storage.values import chunks

_TOGETHER = 500
LOOSE = {
    "near_docs.article_id": "goes",
    "near_postings.article_id": "goes",
    "joins.article_id": "goes",
    "joins.other_id": "goes",
    "story_choices.article_id": "goes",
    "story_choices.other_id": "stays",
    "story_choices.before_id": "stays",
    "articles.revision_id": "stays",
    "articles.story_id": "stays",
    "entries.article_id": "is emptied",
    "exports.revision_id": "stays",
    "pruned.article_id": "stays",
    "search_index.revision_id": "goes",
}
"""Columns that name an article or a revision without a foreign key, and what becomes of them, or of their
rows, when it is not there."""

NEEDED = frozenset(["pages.dictionary_id", "page_dictionaries.base_id"])
"""Columns that may be empty, but not in a row that named another: without that one it cannot be unpacked."""


def is_emptied(column: Column[int]) -> bool:
    """Tell whether a column by a foreign key is emptied when what it names goes; else its row goes, too."""
    return bool(column.nullable) and f"{column.table.name}.{column.name}" not in NEEDED


def foreign(table: Table) -> Iterator[tuple[Column[int], Column[int]]]:
    """Yield the columns of a table that name rows by a foreign key, with the columns that they name."""
    for column in table.c:
        for key in column.foreign_keys:
            yield column, key.column


def naming(table: Table) -> Iterator[tuple[Table, Column[int]]]:
    """Yield the tables with a foreign key to a table, each with the column that has it."""
    for other in tables.metadata.sorted_tables:
        for column, named in foreign(other):
            if named.table is table:
                yield other, column


def remove(connection: Connection, column: Column[int], values: Collection[int]) -> int:
    """Delete the rows whose column has one of these values, and those that name them; returns how many.

    What may be empty is emptied instead.
    """
    table = column.table
    assert isinstance(table, Table)
    total = 0
    for piece in chunks(values, _TOGETHER):
        for other, key in naming(table):
            own = next(iter(table.primary_key))
            ids = piece if own is column else connection.scalars(select(own).where(column.in_(piece))).all()
            if is_emptied(key):
                connection.execute(update(other).where(key.in_(ids)).values({key: None}))
            else:
                remove(connection, key, ids)
        total += connection.execute(delete(table).where(column.in_(piece))).rowcount
    return total


def remove_articles(database: Database, connection: Connection, article_ids: Sequence[int]) -> int:
    """Delete articles with everything that is kept of them; returns how many.

    Entries that led to them stay, and name them no more.
    """
    revision = tables.revisions.c
    entries = tables.entries
    for piece in chunks(article_ids, _TOGETHER):
        ids = connection.scalars(select(revision.id).where(revision.article_id.in_(piece))).all()
        indexing.forget(database, connection, ids)
    Fingerprints(database).remove(article_ids)
    for piece in chunks(article_ids, _TOGETHER):
        digests = select(tables.article_urls.c.key).where(tables.article_urls.c.article_id.in_(piece))
        led = (entries.c.url_digest.in_(digests), entries.c.article_id.in_(piece))
        connection.execute(update(entries).where(*led).values(article_id=None))
    return remove(connection, tables.articles.c.id, article_ids)
