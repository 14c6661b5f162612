"""One daemon to a store: a lock that is free at once when its holder dies."""

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from storage.database import Database
from storage.errors import StoreBusy, StoreHeld, StoreReadOnly, StoreUnavailable
from storage.faults import translated
from storage.stray_log import is_deleted, is_same, note_of

_KEY = 0x6B61626172  # "kabar"
_LABEL = "kabar daemon: "
_LABEL_BYTES = 63
"""PostgreSQL keeps no more of an application's name, and of that only ASCII."""
_UNKNOWN = "unknown"
_TRIES = 5
"""A process that only asks who holds the store locks it for a moment; hence more than one try."""

Renew = Callable[[], None]
"""Holds the store again where it is not held any more."""

_in_memory: dict[int, str] = {}
_guard = threading.Lock()
_open_locks: set[int] = set()


def _forget_in_child() -> None:
    # A forked child would keep the lock alive after its parent was killed.
    for descriptor in _open_locks:
        os.close(descriptor)
    _open_locks.clear()


os.register_at_fork(after_in_child=_forget_in_child)


@contextmanager
def _closed_in_child(descriptor: int) -> Iterator[None]:
    _open_locks.add(descriptor)
    try:
        yield
    finally:
        _open_locks.discard(descriptor)


def _stays_held() -> None:
    """A memory of one's own is never gone."""


def _is_there(database: Database, path: Path, was: os.stat_result) -> None:
    """Check that a store is still in its place: SQLite goes on writing to files that lost their names."""
    if is_same(path, was):
        if is_deleted(path):
            told = f"{path.name}-wal was deleted while the daemon ran; what it holds is saved when that ends"
            raise StoreUnavailable(database.name, told)
        return
    if not path.exists():
        raise StoreUnavailable(database.name, "its file was moved or deleted while the daemon ran")
    raise StoreUnavailable(
        database.name,
        "another file took the place of its own while the daemon ran. "
        f"{path.name}-wal and {path.name}-shm belong to the old one, and would destroy the new one: move "
        "them away before anything opens it",
    )


@contextmanager
def held(database: Database, description: str) -> Iterator[Renew]:
    """Hold the store as its one daemon. Raises StoreHeld with the description of who does already.

    Gives a function to be called now and then, which holds it again after the database was gone, and raises
    StoreUnavailable when the file of a store is.
    """
    database.require_writable()
    _require_open(database)
    how = _hold_postgres if database.postgres else _hold_memory if database.memory else _hold_file
    with how(database, description) as renew:
        yield renew


def holder(database: Database) -> str | None:
    """Return the description of the daemon that holds the store, or None."""
    _require_open(database)
    if database.postgres:
        return _holder_postgres(database)[1]
    return _in_memory.get(id(database)) if database.memory else _holder_file(database)


def _require_open(database: Database) -> None:
    """Raise StoreClosed where nothing is to be asked of a store any more. Its file could be held."""
    with database.read():
        pass


@contextmanager
def _hold_memory(database: Database, description: str) -> Iterator[Renew]:
    with _guard:
        if id(database) in _in_memory:
            raise StoreHeld(_in_memory[id(database)])
        _in_memory[id(database)] = description
    try:
        yield _stays_held
    finally:
        del _in_memory[id(database)]


def lock_path(database: Database) -> Path:
    """Return where the lock file of a SQLite store lies."""
    return Path(f"{database.engine.url.database}.lock")


@contextmanager
def _hold_file(database: Database, description: str) -> Iterator[Renew]:
    path = lock_path(database)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StoreReadOnly(f"cannot write the lock file {path}: {error.strerror}") from error
    try:
        if not _flock(descriptor, fcntl.LOCK_EX, tries=_TRIES):
            raise StoreHeld(_text_of(path))
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, description.encode("utf-8", "replace"), 0)
        store = Path(str(database.engine.url.database))
        was = store.stat()
        try:
            with _closed_in_child(descriptor):
                yield partial(_is_there, database, store, was)
        finally:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, note_of(store, was).encode(), 0)
    finally:
        os.close(descriptor)


def _flock(
    descriptor: int, kind: int, *, tries: int = 1, sleep: Callable[[float], None] = time.sleep
) -> bool:
    for left in range(tries, 0, -1):
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if left > 1:
                sleep(0.02)
        else:
            return True
    return False


def _text_of(path: Path) -> str:
    return path.read_text("utf-8", "replace").strip() or _UNKNOWN


def _holder_file(database: Database) -> str | None:
    path = lock_path(database)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return None if _flock(descriptor, fcntl.LOCK_SH) else _text_of(path)
    finally:
        os.close(descriptor)


@contextmanager
def _hold_postgres(database: Database, description: str) -> Iterator[Renew]:
    session = _Session(database, description)
    session.take()
    try:
        yield session.renew
    finally:
        session.give_up()


class _Session:
    """A connection of its own that holds the store.

    PostgreSQL frees the lock when the connection of a killed process closes, and when the server restarts.
    """

    def __init__(self, database: Database, description: str) -> None:
        self._database = database
        self._label = (_LABEL + description).encode("ascii", "replace")[:_LABEL_BYTES].decode()
        self._connection: Connection | None = None
        self._backend: int | None = None
        """The process of the server that serves it, or served it until it was lost."""
        self._descriptor = -1

    def take(self) -> None:
        """Hold the store. Raises StoreHeld."""
        with translated(self._database.name):
            connection = self._database.engine.connect()
            try:
                connection.detach()
                lock = text("SELECT pg_try_advisory_lock(:key, hashtext(current_schema()))")
                if not connection.scalar(lock.bindparams(key=_KEY >> 8)):
                    raise StoreHeld(_holder_postgres(self._database)[1] or _UNKNOWN)
                name = text("SELECT pg_backend_pid(), set_config('application_name', :label, false)")
                self._backend = connection.scalar(name, {"label": self._label})
                connection.commit()
            except BaseException:  # Ctrl-C too lets the lock go
                connection.close()
                raise
        self._connection, self._descriptor = connection, connection.connection.fileno()
        _open_locks.add(self._descriptor)

    def renew(self) -> None:
        """Hold the store again if the connection was lost. Raises StoreHeld, StoreBusy."""
        if self._connection is not None:
            try:
                self._connection.execute(text("SELECT 1"))
                self._connection.commit()
            except DBAPIError:
                self._forget()
        if self._connection is None:
            self._take_again()

    def _take_again(self) -> None:
        """Hold the store again. Raises StoreBusy where the server holds it yet for the lost connection."""
        try:
            self.take()
        except StoreHeld as error:
            if _holder_postgres(self._database)[0] in (self._backend, None):
                raise StoreBusy("the connection that was lost still holds the store") from error
            raise

    def give_up(self) -> None:
        """Give the lock up in so many words: the server notices a closed connection a moment later."""
        if self._connection is not None:
            try:
                with suppress(DBAPIError):  # the connection is lost, and the lock with it
                    self._connection.execute(text("SELECT pg_advisory_unlock_all()"))
            finally:
                self._forget()

    def _forget(self) -> None:
        _open_locks.discard(self._descriptor)
        if self._connection is not None:
            with suppress(DBAPIError):
                self._connection.close()
        self._connection = None


def _holder_postgres(database: Database) -> tuple[int | None, str | None]:
    """Return the process of the server that holds the store, and the description of the daemon behind it."""
    query = text(
        "SELECT a.pid, a.application_name FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid"
        " WHERE l.locktype = 'advisory' AND l.granted AND l.database ="
        " (SELECT oid FROM pg_database WHERE datname = current_database())"
        " AND l.classid = :key AND l.objsubid = 2"
        " AND l.objid = CAST(hashtext(current_schema()) AS bigint) & 4294967295"
    ).bindparams(key=_KEY >> 8)
    with database.read() as connection:
        found = connection.execute(query).first()
    return (None, None) if found is None else (found[0], str(found[1]).removeprefix(_LABEL))
