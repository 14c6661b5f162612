"""The engine, its transactions, and every difference between SQLite and PostgreSQL.

SQLite: write-ahead log, one writer at a time (BEGIN IMMEDIATE behind a lock of this process), readers on
their own connections. In memory: one connection, used by one thread at a time. PostgreSQL: a pool.
"""

import json
import os
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import Any, cast
from urllib.parse import quote

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    Integer,
    Table,
    case,
    create_engine,
    event,
    func,
    select,
)
from sqlalchemy import cast as cast_to
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, CursorResult, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import StaticPool

from storage.errors import StoreUnavailable
from storage.faults import translated
from storage.values import clean

BUSY_SECONDS = 30.0
_STEPS = 100_000
"""Steps of SQLite's machine between two looks at the clock: some milliseconds."""
_CLEANED: dict[str, Any] = {"kabar_cleaned": True}
_PRAGMAS = (
    "PRAGMA busy_timeout = 30000",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA cache_size = -8000",
    "PRAGMA journal_size_limit = 67108864",
)
_PER_HOST_SQLITE = """
SELECT {columns} FROM json_each(?) h CROSS JOIN {table} t ON t.id IN (
  SELECT x.id FROM {table} x WHERE x.host_id = h.value AND {condition} ORDER BY x.next_due_at, x.id LIMIT ?
)"""
_PER_HOST_POSTGRES = """
SELECT {columns} FROM (SELECT unnest(CAST(? AS bigint[])) AS value) h CROSS JOIN LATERAL (
  SELECT * FROM {table} x WHERE x.host_id = h.value AND {condition} ORDER BY x.next_due_at, x.id LIMIT ?
) t"""
_SCHEMES = "use sqlite:///PATH or postgresql://USER@HOST/NAME"


class Database:
    """One database: its engine, its transactions and its dialect. Safe to share between threads."""

    def __init__(self, engine: Engine, *, clock: Callable[[], float] = time.time) -> None:
        self.engine = engine
        self.clock = clock
        self.name = engine.url.render_as_string(hide_password=True)
        self.postgres = engine.dialect.name == "postgresql"
        self.memory = not self.postgres and is_memory(engine.url)
        self._writing: AbstractContextManager[Any] = nullcontext() if self.postgres else threading.RLock()
        self._reading = self._writing if self.memory else nullcontext()
        self._joined = threading.local()
        self._statements: dict[str, str] = {}

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection inside a write transaction; joins the one this thread is in, if any."""
        joined = self._current("writer")
        if joined is not None:
            yield joined
            return
        with self._writing, translated(self.name), self.engine.connect() as connection:
            connection.execution_options(kabar_writes=True)
            with connection.begin(), self._joining("writer", connection):
                yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one state; inside a transaction of this thread it is that one's."""
        joined = self._current("writer") or self._current("reader")
        if joined is not None:
            yield joined
            return
        with (
            self._reading,
            translated(self.name),
            self.engine.connect() as connection,
            self._joining("reader", connection),
        ):
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Give a connection that sees one state throughout, however long that takes and whoever writes."""
        with self.read() as connection:
            if self.postgres:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    def _current(self, role: str) -> Connection | None:
        return getattr(self._joined, role, None)

    @contextmanager
    def _joining(self, role: str, connection: Connection) -> Iterator[None]:
        setattr(self._joined, role, connection)
        try:
            yield
        finally:
            setattr(self._joined, role, None)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    # The dialect. Statements of the hot paths run as they stand, in a notation for both databases.

    def run(
        self, connection: Connection, sql: str, values: Any = (), *, cleaned: bool = False
    ) -> CursorResult[*tuple[Any, ...]]:
        """Run a statement; a list of tuples runs it once for each. ``cleaned``: its texts are clean already.

        It is written with ``?``, ``COLUMN WITHIN ?`` (its value comes from ``each``), ``LARGER(A, B)`` and
        ``FOR UPDATE`` clauses, which SQLite does without.
        """
        known = self._statements.get(sql)
        if known is None:
            known = self._statements[sql] = _in_dialect(sql, postgres=self.postgres)
        return connection.exec_driver_sql(known, values, _CLEANED if cleaned else None)

    def fetch(self, connection: Connection, sql: str, values: Any, *, cleaned: bool = False) -> list[Any]:
        """Run a statement, as ``run`` does, and return its rows as plain tuples, the quickest way."""
        result = self.run(connection, sql, values, cleaned=cleaned)
        rows = [*result.cursor.fetchall()]
        result.close()
        return rows

    def prepared(self, connection: Connection, sql: str) -> Any:
        """Run one statement that a person wrote, as it stands, and return its cursor; two are refused."""
        if not self.postgres:
            return connection.exec_driver_sql(sql, (), _CLEANED).cursor
        raw = cast(Any, connection.connection.cursor())
        try:
            raw.execute(sql, prepare=True)
        except connection.dialect.loaded_dbapi.Error as error:
            raise DBAPIError(sql, None, error) from error
        return raw

    def reserve(self, connection: Connection, table: Table, number: int) -> Sequence[int]:
        """Return fresh ids for rows about to be inserted, in ascending order."""
        if self.postgres:
            sql = "SELECT nextval(pg_get_serial_sequence(?, 'id')) FROM generate_series(1, ?)"
            return sorted(row[0] for row in self.fetch(connection, sql, (table.name, number), cleaned=True))
        sql = "SELECT coalesce(max(id), 0) + 1 FROM TABLE".replace("TABLE", table.name)
        [(first,)] = self.fetch(connection, sql, (), cleaned=True)
        return range(first, first + number)

    def insert(self, table: Table) -> "sqlite.Insert":
        """Return an INSERT of the dialect, which knows ``on_conflict_do_nothing`` and ``..._do_update``."""
        # The two dialects' classes have the same methods; one of them stands for both in the types.
        return cast("sqlite.Insert", postgresql.insert(table) if self.postgres else sqlite.insert(table))

    def each(self, values: Sequence[int] | Sequence[str]) -> Any:
        """Return values as the one parameter that ``WITHIN ?`` and ``per_host`` take."""
        return list(values) if self.postgres else json.dumps(list(values))

    def picked(self, select: str) -> str:
        """Return the condition that ``id`` is among those selected for update, skipping locked rows."""
        # An array is made once; a plain IN might run the select again for each row.
        return f"id = ANY(ARRAY({select} FOR UPDATE SKIP LOCKED))" if self.postgres else f"id IN ({select})"

    def per_host(self, columns: str, table: str, condition: str) -> str:
        """Return a select of the first ``LIMIT ?`` rows of each host of an ``each`` parameter.

        Parameters in order: those of ``each``, those of ``condition``, the limit per host.
        """
        template = _PER_HOST_POSTGRES if self.postgres else _PER_HOST_SQLITE
        return (
            template.replace("{columns}", columns).replace("{table}", table).replace("{condition}", condition)
        )

    def days(self, epoch: ColumnElement[float]) -> ColumnElement[int]:
        """Return in whole days since 1970, in UTC, what a column holds in seconds."""
        days = epoch / 86_400.0
        if self.postgres:
            return cast_to(func.floor(days), BigInteger)
        whole = cast_to(days, Integer)  # towards zero
        return whole - case((days < whole, 1), else_=0)

    @contextmanager
    def impatient(self, connection: Connection, seconds: float) -> Iterator[None]:
        """End statements inside the block that run longer; they raise StoreBusy."""
        if self.postgres:
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {int(seconds * 1000)}")
            yield
            connection.exec_driver_sql("SET LOCAL statement_timeout TO DEFAULT")
            return
        raw = cast("sqlite3.Connection", connection.connection.dbapi_connection)
        end = time.monotonic() + seconds
        raw.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
        try:
            yield
        finally:
            raw.set_progress_handler(None, 0)

    def wait_for_writers(self, connection: Connection, table: Table) -> None:
        """Wait until all that write to a table now have ended, so that no smaller number comes later.

        SQLite has one writer at a time, whose numbers come in order.
        """
        if self.postgres:
            connection.exec_driver_sql(f"LOCK TABLE {table.name} IN SHARE MODE")

    def last_id(self, connection: Connection, table: Table) -> int:
        """Return the largest number that was ever given to a row of a table, 0 when none was."""
        if self.postgres:
            sql = "SELECT pg_sequence_last_value(CAST(pg_get_serial_sequence(?, 'id') AS regclass))"
        else:
            sql = "SELECT seq FROM sqlite_sequence WHERE name = ?"
        rows = self.fetch(connection, sql, (table.name,))
        return int(rows[0][0] or 0) if rows else 0

    def go_on_from(self, connection: Connection, table: Table, number: int) -> None:
        """Let the next row of a table get a number larger than ``number``, and than any that is there."""
        largest = connection.scalar(select(func.max(table.c.id))) or 0
        number = max(number, largest)
        if self.postgres:
            sql = "SELECT setval(pg_get_serial_sequence(?, 'id'), ?, true)"
            if number:
                self.run(connection, sql, (table.name, number))
        elif table.dialect_options["sqlite"]["autoincrement"]:
            self.run(connection, "DELETE FROM sqlite_sequence WHERE name = ?", (table.name,))
            statement = "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)"
            self.run(connection, statement, (table.name, number))

    def size(self, connection: Connection) -> int | None:
        """Return the bytes the database takes."""
        sql = "SELECT pg_database_size(current_database())"
        if not self.postgres:
            sql = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        value = connection.exec_driver_sql(sql).scalar()
        return None if value is None else int(value)


def _in_dialect(sql: str, *, postgres: bool) -> str:
    if postgres:
        sql = re.sub(r"(\S+) WITHIN \?", r"\1 = ANY(CAST(? AS bigint[]))", sql)
        return sql.replace("LARGER(", "greatest(").replace("?", "%s")
    sql = re.sub(r"(\S+) WITHIN \?", r"\1 IN (SELECT value FROM json_each(?))", sql)
    return re.sub(r"( ORDER BY \S+)? FOR (NO KEY )?(UPDATE|SHARE)", "", sql).replace("LARGER(", "max(")


def inserting(table: str, columns: Sequence[str]) -> str:
    """Return an INSERT of one row, written with ``?``."""
    places = ", ".join("?" * len(columns))
    return " ".join(("INSERT INTO", table, "(", ", ".join(columns), ") VALUES (", places, ")"))


def connect(url: str, *, clock: Callable[[], float] = time.time, reads_only: bool = False) -> Database:
    """Make the Database behind a URL, without opening it. Raises StoreUnavailable on a URL of no use.

    With ``reads_only`` nothing is ever written to it, not even the log of a SQLite file.
    """
    parsed = parse_url(url)
    try:
        if parsed.get_backend_name() == "postgresql":
            engine = _postgres_engine(parsed, reads_only=reads_only)
        else:
            engine = _sqlite_engine(parsed, reads_only=reads_only)
    except ArgumentError as error:  # sqlite://name, say, which lacks a slash
        raise StoreUnavailable(url, f"not a database URL; {_SCHEMES}") from error
    return Database(engine, clock=clock)


def parse_url(url: str) -> URL:
    """Return a database URL, read. Raises StoreUnavailable when it is none, or of an unknown kind."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise StoreUnavailable(url, f"not a database URL; {_SCHEMES}") from error
    if parsed.drivername == "postgres":
        parsed = parsed.set(drivername="postgresql")
    if parsed.drivername not in ("sqlite", "postgresql", "postgresql+psycopg"):
        shown = parsed.render_as_string(hide_password=True)
        raise StoreUnavailable(shown, f"unknown kind of database {parsed.drivername!r}; {_SCHEMES}")
    if parsed.drivername == "sqlite" and not is_memory(parsed):
        # A daemon that changes its folder must not come upon another file.
        return parsed.set(database=os.path.abspath(str(parsed.database)))
    return parsed


def is_memory(url: URL) -> bool:
    """Say whether a SQLite URL names a database in memory."""
    return url.database in (None, "", ":memory:")


def _sqlite_engine(url: URL, *, reads_only: bool) -> Engine:
    options: dict[str, Any] = {"connect_args": {"timeout": BUSY_SECONDS, "check_same_thread": False}}
    reads_only = reads_only and not is_memory(url)
    if reads_only:
        options["creator"] = partial(_open_to_read, str(url.database))
    if is_memory(url):
        options["poolclass"] = StaticPool
    else:
        options |= {"pool_use_lifo": True, "pool_size": 4, "max_overflow": 28}
    engine = create_engine(url, **options)
    event.listen(engine, "connect", _prepare_sqlite_reader if reads_only else _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "before_cursor_execute", _cleaned, retval=True)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in _PRAGMAS:
        connection.execute(pragma)
    if connection.execute("PRAGMA journal_mode").fetchone()[0] not in ("wal", "memory"):
        connection.execute("PRAGMA journal_mode = WAL")


def _open_to_read(path: str) -> sqlite3.Connection:
    address = f"file:{quote(path)}?mode=ro"
    if not os.access(os.path.dirname(path), os.W_OK) and not os.path.exists(f"{path}-wal"):
        address += "&immutable=1"  # nobody can be writing there, and SQLite could not make its index
    return sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, check_same_thread=False)


def _prepare_sqlite_reader(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA query_only = ON")


def _begin_sqlite(connection: Connection) -> None:
    # A read that later wants to write would fail at once when another writer came in between.
    writes = connection.get_execution_options().get("kabar_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgres_engine(url: URL, *, reads_only: bool) -> Engine:
    more = {"execution_options": {"postgresql_readonly": True}} if reads_only else {}
    try:
        engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            pool_use_lifo=True,
            pool_size=8,
            max_overflow=24,
            connect_args={"connect_timeout": 10, "application_name": "kabar", **url.query},
            **more,
        )
    except ModuleNotFoundError as error:
        shown = url.render_as_string(hide_password=True)
        raise StoreUnavailable(shown, "PostgreSQL needs psycopg: pip install 'kabar[postgres]'") from error
    event.listen(engine, "before_cursor_execute", _cleaned, retval=True)
    return engine


def _cleaned(
    _connection: Any, _cursor: Any, statement: str, values: Any, context: Any, many: bool
) -> tuple[str, Any]:
    """Clean every text on its way in; see ``values.clean``."""
    if "kabar_cleaned" in context.execution_options:
        return statement, values
    if many:
        return statement, [_clean_values(row) for row in values]
    return statement, _clean_values(values)


def _clean_values(values: Any) -> Any:
    if isinstance(values, dict):
        return {key: _clean_value(value) for key, value in values.items()}
    return tuple(_clean_value(value) for value in values)


def _clean_value(value: Any) -> Any:
    if type(value) is str:
        return clean(value)
    if type(value) is list:
        return [_clean_value(item) for item in value]
    return value
