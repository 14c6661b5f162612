"""A statement of SQL that a person wrote: run for reading only, with an end, on either database."""

import difflib
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, cast

from sqlalchemy import Connection, inspect
from sqlalchemy.exc import DBAPIError

from storage.database import Database
from storage.errors import InvalidSql, StorageError
from storage.faults import ONLY_READS
from storage.hits import Answer
from storage.values import clean

MOST_ROWS = 1_000_000
SHORTEST, LONGEST = 0.001, 86_400.0
"""Seconds that a statement may be given: no database can be told less, and zero is no end for PostgreSQL."""
_FETCHED = 1_000
_BEGINNING = re.compile(r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/|\()*(\w*)", re.S)
_READING = ("SELECT", "WITH", "VALUES", "EXPLAIN")
_MISNAMED = re.compile(r'no such (table|column): "?([\w.]+)|(relation|column) "?([\w.]+)"? does not exist')
"""How SQLite, and how PostgreSQL, tells that it does not know a name."""
_ALLOWED = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
}
_PRAGMAS = {"data_version", "table_info", "table_xinfo", "table_list"}
"""Pragmas that read; the index of words asks for the first."""
_MISTAKES = {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_RANGE}
_MISTAKEN = {"0A", "21", "22", "3F", "42", "54"}
"""How states of PostgreSQL begin that tell of mistakes: a schema that is not there, and too much, too."""


def answered(database: Database, statement: str, *, seconds: float) -> Answer:
    """Run one reading statement. Raises InvalidSql, TookTooLong when it takes longer than ``seconds``."""
    if not isinstance(statement, str):
        raise InvalidSql(f"statement: takes a text, not {statement!r}")
    if not isinstance(seconds, int | float) or not SHORTEST <= seconds <= LONGEST:  # nor is it true of nan
        raise InvalidSql(f"seconds: takes a number from {SHORTEST:g} to {LONGEST:,.0f}, not {seconds!r}")
    statement = clean(statement)
    first = _first_word(statement)
    if first.upper() not in _beginnings(database):
        told = f"{_only_reading(database)}; this one begins with {first[:30]!r}"
        raise InvalidSql(told if first else "there is no statement")
    try:
        return _answered(database, statement, seconds)
    except InvalidSql as error:
        hint = ""
        with suppress(StorageError, DBAPIError):  # an open transaction answers nothing more after an error
            hint = _hint(database, statement, error.why)
        raise InvalidSql(error.why + hint) from error.__cause__


def _beginnings(database: Database) -> tuple[str, ...]:
    return (*_READING, "TABLE") if database.postgres else _READING


def _only_reading(database: Database) -> str:
    return f"only statements that read are run: {', '.join(_beginnings(database))}"


def _first_word(statement: str) -> str:
    """Return the first word behind comments and parentheses, or what stands in its place."""
    found = cast("re.Match[str]", _BEGINNING.match(statement))
    return found[1] or next(iter(statement[found.end() :].split()), "")


def _hint(database: Database, statement: str, why: str) -> str:
    """Return which table may be meant, or which column of the tables named, where there is no such one."""
    found = _MISNAMED.search(why)
    if found is None:
        return ""
    name = (found[2] or found[4]).rpartition(".")[2].lower()
    with database.read() as connection:
        relations = inspect(connection)
        names = [*relations.get_view_names(), *relations.get_table_names()]
        if "column" in found.groups():
            words = set(re.findall(r"\w+", statement.lower()))
            named = [table for table in names if table in words]
            names = [str(column["name"]) for table in named for column in relations.get_columns(table)]
    near = difflib.get_close_matches(name, names, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _answered(database: Database, statement: str, seconds: float) -> Answer:
    with database.read() as connection, _reading(database, connection):
        try:
            with database.impatient(connection, seconds):
                return _run(database, connection, statement)
        except DBAPIError as error:
            raise _explained(error, database) from error


def _explained(error: DBAPIError, database: Database) -> Exception:
    """Return what a person is told: mistakes in the statement are theirs, everything else is not."""
    cause = error.orig
    line = str(cause).strip().split("\n", 1)[0]
    state = getattr(cause, "sqlstate", None)
    if state is not None:
        told = _only_reading(database) if state == ONLY_READS else line
        return InvalidSql(told) if state == ONLY_READS or state[:2] in _MISTAKEN else error
    code = getattr(cause, "sqlite_errorcode", None)
    if code is None:  # of the library itself: two statements, say
        return _from_library(database.engine.dialect.loaded_dbapi, cause, line) or error
    if code == sqlite3.SQLITE_AUTH or code == sqlite3.SQLITE_READONLY:
        return InvalidSql(_only_reading(database))
    return InvalidSql(line) if code in _MISTAKES else error


def _from_library(library: Any, cause: object, line: str) -> StorageError | None:
    if isinstance(cause, library.DataError):  # a time that Python does not have, such as infinity
        return InvalidSql(f"{line}; cast it to text")
    return InvalidSql(line) if isinstance(cause, library.ProgrammingError) else None


def _run(database: Database, connection: Connection, statement: str) -> Answer:
    # Prepared, PostgreSQL takes one statement only; SQLite always does.
    with database.prepared(connection, statement) as found:
        columns = tuple(str(column[0]) for column in found.description or ())
        rows: list[Sequence[Any]] = []
        while piece := found.fetchmany(_FETCHED):
            rows += piece
            if len(rows) > MOST_ROWS:
                raise InvalidSql(f"the answer has more than {MOST_ROWS:,} rows; add a LIMIT")
        found.close()
    return Answer(columns=columns, rows=tuple(tuple(row) for row in rows))


@contextmanager
def _reading(database: Database, connection: Connection) -> Iterator[None]:
    """Keep statements inside the block from changing anything."""
    if database.postgres:
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        yield
        connection.rollback()  # what it set for its session, say
        return
    raw = cast("sqlite3.Connection", connection.connection.dbapi_connection)
    # Virtual tables are made at their first use, which looks like a CREATE to the authorizer.
    connection.exec_driver_sql(
        "SELECT 1 FROM json_each('[]'), json_tree('[]'), search_index, search_sampled LIMIT 0"
    )
    connection.exec_driver_sql("PRAGMA query_only = ON")
    raw.set_authorizer(_authorized)
    try:
        yield
    finally:
        raw.set_authorizer(None)
        connection.exec_driver_sql("PRAGMA query_only = OFF")


def _authorized(action: int, first: str | None, *_rest: str | None) -> int:
    if action in _ALLOWED or (action == sqlite3.SQLITE_PRAGMA and first in _PRAGMAS):
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY
