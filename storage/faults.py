"""Foreign errors become ours here, and nowhere else."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from storage.errors import (
    RowMissing,
    StorageError,
    StoreBusy,
    StoreDamaged,
    StoreFull,
    StoreReadOnly,
    StoreUnavailable,
    ValueDamaged,
)

_SQLITE = {
    sqlite3.SQLITE_INTERRUPT: StoreBusy,  # took longer than it was given
    sqlite3.SQLITE_FULL: StoreFull,
    sqlite3.SQLITE_READONLY: StoreReadOnly,
}
_NO_ROOM = {
    sqlite3.SQLITE_IOERR_WRITE,
    sqlite3.SQLITE_IOERR_FSYNC,
    sqlite3.SQLITE_IOERR_TRUNCATE,
    sqlite3.SQLITE_IOERR_SHMSIZE,
}
"""What SQLite says of a file that cannot grow for another reason than a full disk: a quota, a limit."""
_SQLITE_UNUSABLE = {
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_PERM,
}
ONLY_READS = "25006"
"""How PostgreSQL says that a transaction is to write that may only read."""
_POSTGRES = {
    "53100": StoreFull,
    ONLY_READS: StoreReadOnly,
    "42501": StoreReadOnly,  # the user lacks a right
    "40001": StoreBusy,  # serialization failure
    "40P01": StoreBusy,  # deadlock
    "53300": StoreBusy,  # too many connections
    "57014": StoreBusy,  # statement timeout
    "23503": RowMissing,  # a foreign key
}
_NO_UTF8 = re.compile(r"Could not decode to UTF-8 column '(\w*)")
"""What Python's module says of a text in SQLite, with all of it and without a code."""
_FULL_UP = re.compile(r"too many (?:clients|connections)|remaining connection slots")
"""What PostgreSQL says, without a state, to whom it takes no connection any more, where it speaks English."""
_LOCKED = "55P03"
"""The state of PostgreSQL when a lock was waited for too long."""
_STOPPING = "57P"
"""How states begin that tell of a server that is shutting down, or starting up."""


@contextmanager
def translated(url: str, *, opening: bool = False) -> Iterator[None]:
    """Turn database errors inside the block into StorageErrors; ``url`` names the store, without password.

    A lost or refused connection is StoreUnavailable while ``opening`` and StoreBusy (try again) later.
    """
    try:
        yield
    except ValueDamaged as error:
        error.url = error.url or url
        raise
    except DBAPIError as error:
        raise _ours(error, url, opening=opening) from error
    except sqlite3.Error as error:  # rows are fetched without SQLAlchemy where that counts
        raise _from_sqlite(getattr(error, "sqlite_errorcode", 0), _line(error), url) from error
    except SQLAlchemyError as error:
        if opening:
            raise StoreUnavailable(url, _line(error)) from error
        raise StorageError(_line(error)) from error


def only_reads(error: BaseException | None) -> bool:
    """Tell whether PostgreSQL refused to write because its session may only read.

    It stays so, also when the server takes writes again: only a new session would.
    """
    return getattr(error, "sqlstate", None) == ONLY_READS


def ended_for_its_time(error: Exception) -> bool:
    """Tell whether an error of a database says that a statement was ended because it took too long."""
    cause = getattr(error, "orig", None) or error
    return (
        getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT
        or getattr(cause, "sqlstate", None) == "57014"
    )


def _ours(error: DBAPIError, url: str, *, opening: bool) -> StorageError:
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return _from_sqlite(int(code), _line(error.orig), url)
    if column := _NO_UTF8.match(_line(error.orig)):
        return _no_text(column[1], url)
    state = getattr(error.orig, "sqlstate", None)
    if state == _LOCKED:
        return _locked(_line(error.orig), url)
    if state in _POSTGRES:
        return _POSTGRES[state](f"{_line(error.orig)}: {url}")
    if opening and _FULL_UP.search(_line(error.orig)):
        told = f"the server of {url} takes no more connections: {_line(error.orig)}"
        return StoreBusy(f"{told}; end some, or raise its max_connections")
    if opening:
        return StoreUnavailable(url, _line(error.orig))
    if state is not None and state.startswith(_STOPPING):
        told = f"the server of {url} ended the connection, as it does when it stops or starts"
        return StoreBusy(f"{told}: {_line(error.orig)}")
    if error.connection_invalidated or state is None or state.startswith("08"):
        return StoreBusy(f"the connection to the database was lost: {_line(error.orig)}")
    return StorageError(_line(error.orig))


def _from_sqlite(code: int, line: str, url: str) -> StorageError:
    if column := _NO_UTF8.match(line):
        return _no_text(column[1], url)
    if code in _NO_ROOM:
        return StoreFull(f"{line} while writing (a quota, a limit of file sizes, or the disk itself): {url}")
    if code == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
        return RowMissing(f"{line}: {url}")
    code &= 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return _locked(line, url)
    if code in _SQLITE:
        return _SQLITE[code](f"{line}: {url}")
    if code == sqlite3.SQLITE_CORRUPT:
        return StoreDamaged(url, line)
    if code in _SQLITE_UNUSABLE:
        return StoreUnavailable(url, line)
    return StorageError(line)


def _locked(line: str, url: str) -> StoreBusy:
    told = f"the store {url} is busy: another program keeps it locked ({line})"
    return StoreBusy(f"{told}; let that one end, then try again in a moment")


def _no_text(column: str, url: str) -> ValueDamaged:
    error = ValueDamaged("bytes", f"a text in UTF-8 ({column})")
    error.url = url
    return error


def _line(error: BaseException | None) -> str:
    words = str(error).strip().split("\n", 1)[0]
    return words or type(error).__name__
