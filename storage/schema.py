"""Opening a store and bringing its schema up to date. Alembic is loaded only when something must change."""

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, event, inspect, text
from sqlalchemy.engine import URL

from storage import hold
from storage.database import Database, connect
from storage.engines import is_memory
from storage.errors import CopyRefused, SchemaOutdated, SchemaTooNew, StoreReadOnly, StoreUnavailable
from storage.faults import translated
from storage.stray_log import is_stray
from storage.tables import HEAD

if TYPE_CHECKING:
    from alembic.config import Config

log = logging.getLogger(__name__)

EMPTY = "empty"
"""What stands for the schema revision of a database without tables."""
COPYING = "copying"
"""The table that a store has while another one is copied into it."""
_SCRIPTS = Path(__file__).parent / "migrations"
_UPGRADE_LOCK = 0x6B616273


def opened(url: str, *, create: bool) -> Database:
    """Return the database behind a URL, with the schema this version needs.

    An empty one is set up when ``create`` is true. A file that cannot be written is opened to be read only.
    Raises SchemaOutdated, SchemaTooNew, StoreReadOnly, or StoreUnavailable with the reason.
    """
    database = _placed(url, create=create)
    try:
        revision = found(database)
        _check(database, revision, create=create)
    except BaseException:  # Ctrl-C too leaves no connection open
        database.close()
        raise
    if revision == EMPTY and not is_memory(database.engine.url):  # a name that is mistyped makes one, too
        log.info("made a new store: %s", database.name)
    return database


def _placed(url: str, *, create: bool) -> Database:
    database = connect(url)
    try:
        _prepare_place(database, create=create)
    except StoreReadOnly as error:
        if not Path(str(database.engine.url.database)).exists():
            raise
        return connect(url, frozen=str(error))
    return database


def readable(url: str, *, whatever_schema: bool = False, cut_off: bool = False) -> Database:
    """Return the database of a store, opened to be read only, with the schema this version needs.

    With ``whatever_schema`` it may have that of an older or a newer one; with ``cut_off`` a SQLite file may
    be shorter than it says. Raises SchemaOutdated, SchemaTooNew, or StoreUnavailable with the reason.
    """
    database = connect(url, frozen="the store is only to be read")
    if cut_off and not database.postgres:
        event.listen(database.engine, "connect", _whatever_its_size)
    try:
        _check_place(database, create=False)
        revision = found(database)
        _check(database, HEAD if whatever_schema and revision != EMPTY else revision, create=False)
    except BaseException:  # Ctrl-C too leaves no connection open
        database.close()
        raise
    return database


def _whatever_its_size(connection: Any, _record: Any) -> None:
    """Let SQLite read a file that is shorter than it says; nothing can be written in any case."""
    connection.execute("PRAGMA writable_schema = ON")


def fillable(url: str) -> Database:
    """Return a database that a store is to be copied into, with the tables; an empty one is set up.

    Raises what ``opened`` raises, and CopyRefused when another version of kabar began to fill it.
    """
    database = connect(url)
    try:
        _prepare_place(database, create=True)
        revision = found(database, unfinished=True)
        if revision not in (HEAD, EMPTY) and _is_unfinished(database):
            why = "it holds an unfinished copy of another version of kabar, which cannot be gone on with"
            raise CopyRefused(database.name, f"{why}: delete it, or name another place, and begin anew")
        _check(database, revision, create=True)
    except BaseException:  # Ctrl-C too leaves no connection open
        database.close()
        raise
    return database


def _is_unfinished(database: Database) -> bool:
    with translated(database.name, opening=True), database.engine.connect() as connection:
        return inspect(connection).has_table(COPYING)


def upgraded(url: str) -> tuple[str, str]:
    """Bring the store behind a URL to the newest schema. Returns the revision before and after.

    A store that holds something must not have a daemon: what that one wrote afterwards would be of the old
    form. Raises StoreHeld, SchemaTooNew, and what opening a store raises.
    """
    database = connect(url)
    try:
        _prepare_place(database, create=True)
        before = found(database)
        if before > HEAD and before != EMPTY:
            raise SchemaTooNew(database.name, before, HEAD)
        if before == EMPTY:
            _migrate(database)
        elif before != HEAD:
            with hold.held(database, "kabar db upgrade"):
                _migrate(database)
        return before, found(database)
    finally:
        database.close()


def found(database: Database, *, unfinished: bool = False) -> str:
    """Return the schema revision of a database, or EMPTY. Raises StoreUnavailable if it is not ours.

    A copy that has not ended is none of ours, unless ``unfinished`` ones are asked for.
    """
    with translated(database.name, opening=True), database.engine.connect() as connection:
        return _revision(connection, database.name, unfinished=unfinished)


def _revision(connection: Connection, name: str, *, unfinished: bool = False) -> str:
    tables = set(inspect(connection).get_table_names())
    if not tables:
        return EMPTY
    if COPYING in tables and not unfinished:
        again = "run again what made it: `kabar db copy`, or `kabar db check --rescue`"
        raise StoreUnavailable(name, f"a copy into it has not ended; {again}")
    if not {"alembic_version", "articles"} <= tables:
        raise StoreUnavailable(name, "it holds the tables of another program")
    return str(connection.scalar(text("SELECT max(version_num) FROM alembic_version")))


def _check(database: Database, revision: str, *, create: bool) -> None:
    if revision == HEAD:
        return
    if revision == EMPTY:
        if not create:
            raise StoreUnavailable(database.name, "it is empty")
        _migrate(database)
    elif revision > HEAD:
        raise SchemaTooNew(database.name, revision, HEAD)
    else:
        raise SchemaOutdated(database.name, revision, HEAD)


def _migrate(database: Database) -> None:
    from alembic import command

    with database.write() as connection:
        if database.postgres:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
        # Another process may have been faster while we waited for the lock.
        if _revision(connection, database.name) != HEAD:
            command.upgrade(alembic_config(connection), "head")


def alembic_config(connection: Connection) -> "Config":
    """Return an Alembic configuration that works on one open connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _check_place(database: Database, *, create: bool) -> Path | None:
    """Check what SQLite would report badly or late; returns the path of its file."""
    url = database.engine.url
    if database.postgres or is_memory(url):
        return None
    path = Path(str(url.database))
    problem = _problem(path, url, create=create)
    if problem is None and is_stray(path, hold.lock_path(database)):
        problem = (
            f"{path.name}-wal and {path.name}-shm belong to the file that was here before, and would destroy "
            "this one: move them away, then run `kabar db check`"
        )
    if problem:
        raise StoreUnavailable(database.name, problem)
    return path


def _prepare_place(database: Database, *, create: bool) -> None:
    path = _check_place(database, create=create)
    if path is None:
        return
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise StoreReadOnly(f"the store cannot be written: {path}")
    if not os.access(path.parent, os.W_OK):
        raise StoreReadOnly(f"the folder of the store cannot be written: {path.parent}")


def _has_lone_log(path: Path) -> bool:
    log, index = (path.with_name(f"{path.name}{suffix}") for suffix in ("-wal", "-shm"))
    return log.exists() and not index.exists()


def _problem(path: Path, url: URL, *, create: bool) -> str | None:
    if "\0" in str(path):
        return "that is no file name"
    try:
        if path.is_dir():
            return "it is a folder; name a file"
        if not path.exists():
            if not create:
                return "there is no such file"
            path.parent.mkdir(parents=True, exist_ok=True)
        elif not os.access(path, os.R_OK):
            return "the file cannot be read (permission denied)"
        elif not os.access(path.parent, os.W_OK) and _has_lone_log(path):
            return f"its log {path.name}-wal is read only where a file can be made beside it: copy both"
    except (OSError, ValueError) as error:
        return getattr(error, "strerror", None) or str(error)
    return None
