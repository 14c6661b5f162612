"""The engine, its transactions, and every difference between SQLite and PostgreSQL.

SQLite: write-ahead log, one writer at a time (BEGIN IMMEDIATE behind a lock of this process), readers on
their own connections. In memory: one connection, used by one thread at a time. PostgreSQL: a pool.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import chain, islice
from typing import Any, NoReturn, cast

import orjson
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Engine,
    Integer,
    Table,
    case,
    func,
    select,
)
from sqlalchemy import cast as cast_to
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError

from storage.dialect import array, in_dialect, inserting, known, per_host
from storage.engines import (
    SCHEMES,
    has_changed,
    is_memory,
    parse_url,
    postgres_engine,
    shown,
    shut,
    sqlite_engine,
)
from storage.errors import StoreBusy, StoreReadOnly, StoreUnavailable, TookTooLong
from storage.faults import ended_for_its_time, only_reads, translated
from storage.patience import timed
from storage.values import cleaned as clean_values

Rows = Iterable[tuple[Any, ...]]
_STREAMED = 8
"""Rows that are worth a stream of their own."""
_NOT_UNIQUE = "23505"


class Database:
    """One database: its engine, its transactions and its dialect. Safe to share between threads."""

    def __init__(
        self, engine: Engine, *, clock: Callable[[], float] = time.time, frozen: str | None = None
    ) -> None:
        self.engine = engine
        self.clock = clock
        self.frozen = frozen
        """Why nothing may be written, or None."""
        self.name = shown(engine.url)
        self.postgres = engine.dialect.name == "postgresql"
        self.memory = not self.postgres and is_memory(engine.url)
        self._writing: AbstractContextManager[Any] = nullcontext() if self.postgres else threading.RLock()
        self._reading = self._writing if self.memory else nullcontext()
        self._joined = threading.local()
        self._statements: dict[str, str] = {}
        self._sequences: dict[str, str] = {}
        self._error: type[Exception] = engine.dialect.loaded_dbapi.Error

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection inside a write transaction; joins the one this thread is in, if any."""
        joined = self._current("writer")
        if joined is not None:
            yield joined
            return
        self.require_writable()
        with self._writing, translated(self.name), self.engine.connect() as connection:
            connection.execution_options(kabar_writes=True)
            with connection.begin(), self._joining("writer", connection):
                yield connection

    def require_writable(self) -> None:
        """Raise StoreReadOnly when the database was opened to be read only."""
        if self.frozen is not None:
            raise StoreReadOnly(self.frozen)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one state; inside a transaction of this thread it is that one's."""
        joined = self._current("writer")
        if joined is not None:
            yield joined
            return
        joined = self._current("reader")
        if joined is not None:
            with translated(self.name):  # whoever began it may go on after an error in here
                yield joined
            return
        with (
            self._reading,
            translated(self.name),
            self.engine.connect() as connection,
            self._joining("reader", connection),
        ):
            yield connection
            if self.frozen is not None and has_changed(connection):
                raise StoreBusy(f"another program began to write the store while it was read: {self.name}")
            if self.postgres and not connection.invalidated:
                connection.commit()  # with a rollback psycopg would forget all statements it has prepared

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
        """Close all connections; nothing is read or written any more (StoreClosed)."""
        shut(self.engine)

    # The dialect. Statements of the hot paths run as they stand, in a notation for both databases, on the
    # cursors of the driver: SQLAlchemy would take several times as long as a statement itself.

    def run(self, connection: Connection, sql: str, values: Any = (), *, cleaned: bool = False) -> int:
        """Run a statement, written as ``storage.dialect`` says, and return how many rows it changed.

        A list of tuples runs it once for each. ``cleaned``: its texts are clean already.
        """
        return int(self._execute(connection, sql, values, cleaned=cleaned).rowcount)

    def fetch(
        self, connection: Connection, sql: str, values: Any, *, cleaned: bool = False, once: bool = False
    ) -> list[Any]:
        """Run a statement, as ``run`` does, and return its rows as plain tuples.

        ``once``: PostgreSQL makes its plan for these values, and keeps none.
        """
        cursor = self._execute(connection, sql, values, cleaned=cleaned, once=once)
        try:
            return list(cursor.fetchall())
        except self._error as error:
            self._raise(connection, sql, error)

    def add_rows(
        self, connection: Connection, table: str, columns: Sequence[str], rows: Rows, *, cleaned: bool = False
    ) -> None:
        """Insert rows that are not there yet into a table; PostgreSQL takes many of them as a stream."""
        first = [*islice(rest := iter(rows), _STREAMED if self.postgres else None)]
        if not self.postgres or len(first) < _STREAMED:
            self.run(connection, inserting(table, columns), first, cleaned=cleaned)
            return
        sql = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
        try:
            with self._cursor(connection).copy(sql) as copy:
                for row in chain(first, rest):
                    copy.write_row(row if cleaned else clean_values(row))
        except self._error as error:
            self._raise(connection, sql, error)

    def add_unknown(
        self, connection: Connection, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]],
        *, cleaned: bool = False,
    ) -> int:  # fmt: skip
        """Insert rows, leaving out those with a key that is there already; returns how many were new.

        None should be there: as long as that is so, PostgreSQL takes many of them as a stream.
        """
        if self.postgres and len(rows) >= _STREAMED:
            try:
                self.run(connection, "SAVEPOINT fresh")
                self.add_rows(connection, table, columns, rows, cleaned=cleaned)
                self.run(connection, "RELEASE SAVEPOINT fresh")
                return len(rows)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) != _NOT_UNIQUE:
                    raise
                self.run(connection, "ROLLBACK TO SAVEPOINT fresh")
        statement = inserting(table, columns) + " ON CONFLICT DO NOTHING"
        return self.run(connection, statement, [*rows], cleaned=cleaned) if rows else 0

    def add_pairs(self, connection: Connection, table: Table, pairs: Sequence[tuple[int, int]]) -> None:
        """Add a few rows of two numbers to a table of such rows, leaving out those that are there."""
        sql = f"INSERT INTO {table.name} ({', '.join(table.c.keys())}) {{}} ON CONFLICT DO NOTHING"
        if self.postgres:
            lists = tuple(self.each(numbers) for numbers in zip(*pairs, strict=True))
            select = "SELECT * FROM unnest(CAST(? AS bigint[]), CAST(? AS bigint[]))"
            self.run(connection, sql.format(select), lists, cleaned=True)
        else:
            self.run(connection, sql.format("VALUES (?, ?)"), [*pairs], cleaned=True)

    def drop_pairs(self, connection: Connection, table: Table, pairs: Sequence[tuple[int, int]]) -> None:
        """Delete rows of a table of two numbers. In the order of its key that is quickest."""
        one, other = table.c.keys()
        sql = f"DELETE FROM {table.name} "  # noqa: S608 - names of our own
        if self.postgres:
            lists = tuple(self.each(numbers) for numbers in zip(*pairs, strict=True))
            sql += "USING unnest(CAST(? AS bigint[]), CAST(? AS bigint[])) AS gone (one, other)"
            sql += f" WHERE {table.name}.{one} = gone.one AND {table.name}.{other} = gone.other"
            self.run(connection, sql, lists, cleaned=True)
        else:
            self.run(connection, f"{sql}WHERE {one} = ? AND {other} = ?", [*pairs], cleaned=True)

    def known_among(
        self, connection: Connection, column: Column[Any], values: Sequence[bytes] | Sequence[str]
    ) -> set[Any]:
        """Return which of these values stand in a column that has an index."""
        if not values:
            return set()
        if self.postgres:
            sql = known(column, column.table.name, "bytea" if isinstance(values[0], bytes) else "text")
            # Planned anew each time: a plan from when the table was small would read all of it for ever.
            return {row[0] for row in self.fetch(connection, sql, (array(values),), once=True)}
        # Few different numbers of places make few statements to be compiled.
        places = 1 << (len(values) - 1).bit_length()
        sql = known(column, column.table.name, places)
        filled = (*values, *[values[-1]] * (places - len(values)))
        return {row[0] for row in self.fetch(connection, sql, filled)}

    @contextmanager
    def prepared(self, connection: Connection, sql: str) -> Iterator[Any]:
        """Run one statement that a person wrote, as it stands, and give its cursor; two are refused."""
        cursor = self._cursor(connection)
        try:
            if self.postgres:
                cursor.execute(sql, prepare=True)
            else:
                cursor.execute(sql)
            yield cursor  # of which any row may go wrong, too
        except self._error as error:
            self._raise(connection, sql, error)

    def _execute(
        self, connection: Connection, sql: str, values: Any, *, cleaned: bool, once: bool = False
    ) -> Any:
        known = self._statements.get(sql)
        if known is None:
            known = self._statements[sql] = in_dialect(sql, postgres=self.postgres)
        cursor = self._cursor(connection)
        try:
            if type(values) is list:
                rows = values if cleaned else [clean_values(row) for row in values]
                # One of a list is run as one alone: psycopg would go to more trouble for it.
                cursor.execute(known, rows[0]) if len(rows) == 1 else cursor.executemany(known, rows)
            else:
                made = values if cleaned else clean_values(values)
                cursor.execute(known, made, prepare=False) if once else cursor.execute(known, made)
        except self._error as error:
            self._raise(connection, sql, error)
        return cursor

    def _cursor(self, connection: Connection) -> Any:
        if not connection.in_transaction():
            connection.begin()
        return connection.connection.cursor()

    def _raise(self, connection: Connection, sql: str, error: Exception) -> NoReturn:
        """Raise an error of the driver as SQLAlchemy would, which forgets a connection that is lost."""
        lost = self.engine.dialect.is_disconnect(cast(Any, error), None, None) or only_reads(error)
        if lost:
            connection.invalidate(error)
        raise DBAPIError(sql, None, error, connection_invalidated=lost) from error

    def reserve(self, connection: Connection, table: Table, number: int) -> Sequence[int]:
        """Return fresh ids for rows about to be inserted, in ascending order."""
        if self.postgres:
            # From here on ``wait_for_writers`` waits: to insert may take long, where another has a key of it.
            self.run(connection, f"LOCK TABLE {table.name} IN ROW EXCLUSIVE MODE", cleaned=True)
            sql = "SELECT nextval(CAST(? AS regclass)) FROM generate_series(1, ?)"
            values = (self._sequence(connection, table), number)
            return sorted(row[0] for row in self.fetch(connection, sql, values, cleaned=True))
        last = self.last_id(connection, table) if _autoincrement(table) else self._largest(connection, table)
        return range(last + 1, last + 1 + number)

    def _sequence(self, connection: Connection, table: Table) -> str:
        # Its name is the table's own for good; to look it up takes longer than to take a number.
        if table.name not in self._sequences:
            sql = "SELECT pg_get_serial_sequence(?, 'id')"
            [(self._sequences[table.name],)] = self.fetch(connection, sql, (table.name,), cleaned=True)
        return self._sequences[table.name]

    def _largest(self, connection: Connection, table: Table) -> int:
        sql = "SELECT coalesce(max(id), 0) FROM TABLE".replace("TABLE", table.name)
        return int(self.fetch(connection, sql, (), cleaned=True)[0][0])

    def insert(self, table: Table) -> "sqlite.Insert":
        """Return an INSERT of the dialect, which knows ``on_conflict_do_nothing`` and ``..._do_update``."""
        # The two dialects' classes have the same methods; one of them stands for both in the types.
        return cast("sqlite.Insert", postgresql.insert(table) if self.postgres else sqlite.insert(table))

    def each(self, values: Sequence[int]) -> str:
        """Return values as the one parameter that ``WITHIN ?`` and ``per_host`` take."""
        listed = orjson.dumps([*values]).decode()
        # psycopg would look at each number; as a text PostgreSQL reads them all the same.
        return f"{{{listed[1:-1]}}}" if self.postgres else listed

    def picked(self, select: str) -> str:
        """Return the condition that ``id`` is among those selected for update, skipping locked rows."""
        # An array is made once; a plain IN might run the select again for each row.
        return f"id = ANY(ARRAY({select} FOR UPDATE SKIP LOCKED))" if self.postgres else f"id IN ({select})"

    def per_host(self, columns: str, table: str, condition: str) -> str:
        """Return a select of the first ``LIMIT ?`` rows of each host of an ``each`` parameter.

        Parameters in order: those of ``each``, those of ``condition``, the limit per host.
        """
        return per_host(columns, table, condition, postgres=self.postgres)

    def days(self, epoch: ColumnElement[float]) -> ColumnElement[int]:
        """Return in whole days since 1970, in UTC, what a column holds in seconds."""
        days = epoch / 86_400.0
        if self.postgres:
            return cast_to(func.floor(days), BigInteger)
        whole = cast_to(days, Integer)  # towards zero
        return whole - case((days < whole, 1), else_=0)

    @contextmanager
    def impatient(self, connection: Connection, seconds: float) -> Iterator[None]:
        """End statements inside the block that run longer; they raise TookTooLong."""
        try:
            with timed(connection, seconds, postgres=self.postgres):
                yield
        except (DBAPIError, self._error) as error:
            if not ended_for_its_time(error):
                raise
            raise TookTooLong(f"it took longer than {seconds:g} s, and was ended") from error

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
        rows = self.fetch(connection, sql, (table.name,), cleaned=True)
        return int(rows[0][0] or 0) if rows else 0

    def go_on_from(self, connection: Connection, table: Table, number: int) -> None:
        """Let the next row of a table get a number larger than ``number``, and than any that is there."""
        largest = connection.scalar(select(func.max(table.c.id))) or 0
        number = max(number, largest)
        if self.postgres:
            sql = "SELECT setval(pg_get_serial_sequence(?, 'id'), ?, true)"
            if number:
                self.run(connection, sql, (table.name, number))
        elif _autoincrement(table):
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


def _autoincrement(table: Table) -> bool:
    return bool(table.dialect_options["sqlite"]["autoincrement"])


def connect(url: str, *, clock: Callable[[], float] = time.time, frozen: str | None = None) -> Database:
    """Make the Database behind a URL, without opening it. Raises StoreUnavailable on a URL of no use.

    With ``frozen``, which says why, nothing is ever written to it, not even the log of a SQLite file.
    """
    parsed = parse_url(url)
    engine_of = postgres_engine if parsed.get_backend_name() == "postgresql" else sqlite_engine
    try:
        engine = engine_of(parsed, reads_only=frozen is not None)
    except ArgumentError as error:  # sqlite://name, say, which lacks a slash
        raise StoreUnavailable(url, f"not a database URL; {SCHEMES}") from error
    return Database(engine, clock=clock, frozen=frozen)
