"""Engines of SQLAlchemy for the databases that a URL may name, and how their connections are prepared."""

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from urllib.parse import quote, unquote

from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.pool import StaticPool

from storage.errors import StoreClosed, StoreUnavailable
from storage.faults import only_reads
from storage.kinds import NO_UTF8, no_utf8
from storage.values import clean, cleaned

BUSY_SECONDS = 30.0
SCHEMES = "use sqlite:///PATH or postgresql://USER@HOST/NAME"
_SECRET = re.compile(r"(?<=password=)[^&]*")
_FOUND = "as it was found"
_STATEMENTS = 512
"""Statements that a connection to SQLite keeps compiled."""
_PAGE_BYTES = 2048
"""Pages of new SQLite stores: of an article's row, larger ones would stay half empty."""
_SMALLEST_LOG, _LARGEST_LOG = 32 * 2**20, 128 * 2**20
_LOG_SHARE = 8
"""Between the two, the log of a SQLite store is one in so many parts of it."""
_WRITTEN = "transactions written"
_SIZED_EACH = 200
"""After so many of a connection, its store may have grown: a daemon keeps one for months."""
_CACHE, _SMALL_CACHE = (f"PRAGMA cache_size = -{size}" for size in (32_000, 4_000))
_PRAGMAS = (
    f"PRAGMA page_size = {_PAGE_BYTES}",  # of no effect on a store that is there
    "PRAGMA busy_timeout = 30000",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA foreign_keys = ON",
    _CACHE,
    "PRAGMA secure_delete = OFF",  # in some builds on: each merge of the search index would write zeros
)

# Compiling a statement takes longer than nearly all of them. What is found by words frequent in millions of
# articles has to have room: else PostgreSQL remembers pages only, and looks into all that stands there. What
# another program locks is waited for as long as on SQLite: a daemon would hang, and not say why.
_POSTGRES_SETTINGS = f"""
SELECT set_config('jit', 'off', false),
  set_config('lock_timeout', CASE current_setting('lock_timeout')
    WHEN '0' THEN '{BUSY_SECONDS:.0f}s' ELSE current_setting('lock_timeout') END, false),
  set_config('work_mem', greatest(pg_size_bytes(current_setting('work_mem')), 67108864) / 1024 || 'kB',
    false)"""


def shut(engine: Engine) -> None:
    """Close all connections of an engine; who asks for another one meets StoreClosed."""
    engine.dispose()
    event.listen(engine, "do_connect", _refuse)


def _refuse(*_: Any) -> None:
    raise StoreClosed


def parse_url(url: str) -> URL:
    """Return a database URL, read. Raises StoreUnavailable when it is none, or of an unknown kind."""
    if not isinstance(url, str):
        raise StoreUnavailable(str(url), f"it is no text, and no database URL; {SCHEMES}")
    if clean(url) != url:
        raise StoreUnavailable(clean(url), "its name has to be text in UTF-8")
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise StoreUnavailable(url, f"not a database URL; {SCHEMES}") from error
    if parsed.drivername == "postgres":
        parsed = parsed.set(drivername="postgresql")
    if parsed.drivername not in ("sqlite", "postgresql", "postgresql+psycopg"):
        raise StoreUnavailable(shown(parsed), f"unknown kind of database {parsed.drivername!r}; {SCHEMES}")
    if parsed.drivername == "sqlite" and "?" in url:
        raise StoreUnavailable(
            shown(parsed), "a file's URL has nothing behind a question mark; one in its name is %3F"
        )
    if parsed.drivername == "sqlite" and not is_memory(parsed):
        # A daemon that changes its folder must not come upon another file. One file has one name, one lock.
        return parsed.set(database=os.path.realpath(str(parsed.database)))
    return parsed


def shown(url: URL) -> str:
    """Return a database URL as a person writes it, without its password."""
    name = "postgresql" if url.drivername == "postgresql+psycopg" else url.drivername
    text = url.set(drivername=name).render_as_string(hide_password=True)
    address, mark, query = text.partition("?")
    return f"{address}{mark}{_SECRET.sub('***', unquote(query))}"


def is_memory(url: URL) -> bool:
    """Say whether a SQLite URL names a database in memory."""
    return url.database in (None, "", ":memory:")


def sqlite_engine(url: URL, *, reads_only: bool) -> Engine:
    """Return the engine for a SQLite URL; with ``reads_only`` nothing is ever written, not even its log."""
    options: dict[str, Any] = {"connect_args": {"timeout": BUSY_SECONDS, "check_same_thread": False}}
    options["connect_args"]["cached_statements"] = _STATEMENTS
    reads_only = reads_only and not is_memory(url)
    if reads_only:
        options["creator"] = partial(_open_to_read, str(url.database))
    if is_memory(url):
        options["poolclass"] = StaticPool
    else:
        options |= {"pool_use_lifo": True, "pool_size": 4, "max_overflow": 28}
    engine = create_engine(url, **options)
    if reads_only:
        event.listen(engine, "connect", partial(_prepare_sqlite_reader, str(url.database)))
        event.listen(engine, "checkout", partial(_forget_what_changed, str(url.database)))
    else:
        event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "before_cursor_execute", _cleaned, retval=True)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    connection.create_function(NO_UTF8, 1, no_utf8, deterministic=True)
    for pragma in _PRAGMAS:
        connection.execute(pragma)
    if connection.execute("PRAGMA journal_mode").fetchone()[0] not in ("wal", "memory"):
        connection.execute("PRAGMA journal_mode = WAL")
    _size_log(connection)


def _size_log(connection: Any) -> None:
    [page_bytes] = connection.execute("PRAGMA page_size").fetchone()
    [pages] = connection.execute("PRAGMA page_count").fetchone()
    size = log_bytes(pages * page_bytes)
    connection.execute(f"PRAGMA wal_autocheckpoint = {size // page_bytes}")
    connection.execute(f"PRAGMA journal_size_limit = {2 * size}")


def log_bytes(store_bytes: int) -> int:
    """Return how far the log of a SQLite store of this size grows before it is worked into the file.

    The longer it is, the more pages are in it more than once, and written to the file once.
    """
    return min(max(_SMALLEST_LOG, store_bytes // _LOG_SHARE), _LARGEST_LOG)


def _open_to_read(path: str) -> sqlite3.Connection:
    address = f"file:{quote(path)}?mode=ro"
    if _is_still(path):
        # SQLite would want to make a log, or could not; one that a reader makes would keep writers out.
        address += "&immutable=1"
    return sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, check_same_thread=False)


def _is_still(path: str) -> bool:
    """Whether nobody has a log open beside a file that cannot be written from here."""
    writable = os.access(path, os.W_OK) and os.access(os.path.dirname(path), os.W_OK)
    return not writable and not os.path.exists(f"{path}-wal")


def _prepare_sqlite_reader(path: str, connection: Any, record: Any) -> None:
    connection.isolation_level = None
    connection.create_function(NO_UTF8, 1, no_utf8, deterministic=True)
    connection.execute("PRAGMA query_only = ON")
    record.info[_FOUND] = _found(path)


def _found(path: str) -> tuple[int, int] | None:
    """Return by what a still file is known, None of one that is not."""
    file = os.stat(path)
    return (file.st_size, file.st_mtime_ns) if _is_still(path) else None


def _forget_what_changed(path: str, _connection: Any, record: Any, _proxy: Any) -> None:
    if record.info[_FOUND] not in (None, _found(path)):
        raise DisconnectionError  # which opens the file anew


def has_changed(connection: Connection) -> bool:
    """Whether a file that was opened as one that nobody writes was written since."""
    was = connection.info.get(_FOUND)
    return was is not None and was != _found(str(connection.engine.url.database))


def _begin_sqlite(connection: Connection) -> None:
    # A read that later wants to write would fail at once when another writer came in between.
    writes = connection.get_execution_options().get("kabar_writes")
    if writes:
        connection.info[_WRITTEN] = written = connection.info.get(_WRITTEN, 0) + 1
        if written % _SIZED_EACH == 0:
            _size_log(connection.connection.dbapi_connection)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def postgres_engine(url: URL, *, reads_only: bool) -> Engine:
    """Return the engine for a PostgreSQL URL. Raises StoreUnavailable where its driver is missing."""
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
        raise StoreUnavailable(
            shown(url), "PostgreSQL needs psycopg: pip install 'kabar[postgres]'"
        ) from error
    event.listen(engine, "connect", _prepare_postgres)
    event.listen(engine, "before_cursor_execute", _cleaned, retval=True)
    event.listen(engine, "handle_error", _give_up)
    return engine


def _give_up(context: ExceptionContext) -> None:
    if only_reads(context.original_exception):
        context.is_disconnect = True


def _prepare_postgres(connection: Any, _record: Any) -> None:
    connection.execute(_POSTGRES_SETTINGS)
    connection.commit()


def _cleaned(
    _connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, many: bool
) -> tuple[str, Any]:
    """Clean every text on its way in; see ``values.clean``."""
    return statement, [cleaned(row) for row in values] if many else cleaned(values)


@contextmanager
def remembering_little(connection: Connection) -> Iterator[None]:
    """Let a connection keep little of what it reads: everything is read once, and not asked for again."""
    if connection.dialect.name != "sqlite":
        yield
        return
    connection.exec_driver_sql(_SMALL_CACHE)
    try:
        yield
    finally:
        connection.exec_driver_sql(_CACHE)
