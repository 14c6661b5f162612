"""The index of words of either database: what is put into it, taken out of it, and known of it.

It holds the words that ``text.py`` cuts, one document for each revision; only documents of newest
revisions are looked at, so an index entry never has to be taken back. SQLite: an FTS5 table without
content, and a second one of an even sample of its documents. PostgreSQL: an index of the words without places
narrows down, the words in a row decide.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from storage.database import Database
from storage.dialect import inserting
from storage.tables import SAMPLED
from storage.text import Indexed

ALL, SAMPLE = "search_index", "search_sampled"
"""SQLite's tables: of all documents, and of those whose numbers ``SAMPLED`` divides."""
_SQLITE = ("rowid", "title", "lead", "body", "names", "tags")
_POSTGRES = ("revision_id", "words")

Documents = Sequence[tuple[int, Indexed]]
"""Revisions by their numbers, each with its words."""


def add(database: Database, connection: Connection, revisions: Iterable[tuple[int, Indexed]]) -> None:
    """Put revisions into the index, each with its words; PostgreSQL writes some while others are made."""
    if database.postgres:
        rows = ((number, *_in_postgres(words)) for number, words in revisions)
        database.add_rows(connection, ALL, _POSTGRES, rows, cleaned=True)
        return
    documents = [*revisions]
    _add(database, connection, ALL, documents)
    add_sampled(database, connection, documents)


def add_sampled(database: Database, connection: Connection, revisions: Documents) -> None:
    """Put those that belong to the sample into its index; PostgreSQL sees to that by itself."""
    sampled = _sampled(revisions)
    if sampled and not database.postgres:
        _add(database, connection, SAMPLE, sampled)


def _add(database: Database, connection: Connection, name: str, revisions: Documents) -> None:
    rows = [(number, *words.parts()) for number, words in revisions]
    database.add_rows(connection, name, _SQLITE, rows, cleaned=True)


def _sampled(revisions: Documents) -> Documents:
    return [revision for revision in revisions if revision[0] % SAMPLED == 0]


def _in_postgres(words: Indexed) -> tuple[str]:
    return ("\n".join([f" {part} " for part in words.parts()]),)


def drop(database: Database, connection: Connection, revision_id: int) -> None:
    """Take a revision that is no longer the newest out of the index, where that is cheap."""
    if database.postgres:
        database.run(connection, "DELETE FROM search_index WHERE revision_id = ?", (revision_id,))


def known(
    database: Database, connection: Connection, revision_ids: Sequence[int], name: str = ALL
) -> list[int]:
    """Return which of these revisions are in the index, or in one of SQLite's tables."""
    column = number(database, name)
    statement = f"SELECT {column} FROM {documents(database, name)} WHERE {column} WITHIN ?"  # noqa: S608 - own names
    return [row[0] for row in database.fetch(connection, statement, (database.each(revision_ids),))]


def documents(database: Database, name: str = ALL) -> str:
    """Return the table that has a row for each revision in the index, numbered by ``number``."""
    return ALL if database.postgres else f"{name}_docsize"


def number(database: Database, name: str = ALL) -> str:
    """Return the column of ``documents`` that holds the revision's number."""
    return f"{documents(database, name)}.{'revision_id' if database.postgres else 'id'}"


def forget(database: Database, connection: Connection, revisions: Documents) -> None:
    """Take revisions out of the index, each with the words it was put in with."""
    if not revisions:
        return
    if database.postgres:
        ids = database.each([revision_id for revision_id, _ in revisions])
        database.run(connection, "DELETE FROM search_index WHERE revision_id WITHIN ?", (ids,))
        return
    _forget(database, connection, ALL, revisions)
    sampled = _sampled(revisions)
    there = known(database, connection, [number for number, _ in sampled], SAMPLE) if sampled else []
    _forget(database, connection, SAMPLE, [revision for revision in sampled if revision[0] in there])


def _forget(database: Database, connection: Connection, name: str, revisions: Documents) -> None:
    rows = [("delete", number, *words.parts()) for number, words in revisions]
    if rows:
        database.run(connection, inserting(name, (name, *_SQLITE)), rows)


def clear(database: Database, connection: Connection, names: Sequence[str] = (ALL, SAMPLE)) -> None:
    """Empty the index, or some of SQLite's tables."""
    if database.postgres:
        database.run(connection, "DELETE FROM search_index")
        return
    for name in names:
        database.run(connection, inserting(name, (name,)), ("delete-all",))


def look_through(database: Database, connection: Connection, name: str) -> None:
    """Let SQLite check one of its tables; damage raises an error."""
    database.run(connection, inserting(name, (name,)), ("integrity-check",))
