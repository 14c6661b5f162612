"""Back up a store while it is written: into one file, which appears whole or not at all."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from sqlalchemy.engine import URL

from storage import schema
from storage.address import sqlite_url
from storage.durable import sync_file
from storage.engines import parse_url
from storage.errors import BackupFailed, SchemaOutdated, StorageError, StoreFull
from storage.upkeep.copying import Step, copy_store
from storage.values import clean

DUMP = ".dump"
"""The suffix of backups that pg_dump makes."""
NO_ROOM = "there is no room for it; make room on that disk, or name a file on another"
_PAGES = 4000
"""Pages of SQLite copied at once: 8 MB, or 16 of a store with larger ones."""
_MAGIC = (b"SQLite format 3\0", b"PGDMP")
_LOGS = ("-journal", "-wal", "-shm")
_AROUND = (*_LOGS, ".lock")
"""What SQLite, and kabar, put beside a database."""
_PATIENCE = 10.0
"""Seconds in which who looks into the backup of before may end."""


def back_up(url: str, path: Path, *, step: Step) -> int:
    """Back up the store behind a URL into a file; returns its size in bytes.

    Of a SQLite store the backup is one as well, and so it is of PostgreSQL unless the name ends in ``.dump``:
    that is made by pg_dump. A backup of that name is replaced. Raises BackupFailed, and what opening a store
    raises.
    """
    path = path.absolute()
    _check_place(url, path)
    postgres = parse_url(url).get_backend_name() == "postgresql"
    with _appearing(path) as part:
        if not postgres:
            _copy_pages(url, part, step=step)
        elif path.suffix == DUMP:
            _dump(parse_url(url), part)
        else:
            copy_store(url, sqlite_url(part), step=step)
        if path.suffix != DUMP or not postgres:
            _check_whole(part)
    return path.stat().st_size


def _check_place(url: str, path: Path) -> None:
    if clean(str(path)) != str(path):
        raise BackupFailed(clean(str(path)), "its name has to be text in UTF-8")
    if path.is_dir():
        raise BackupFailed(str(path), "it is a folder; name a file")
    if not path.parent.is_dir():
        raise BackupFailed(str(path), f"there is no folder {path.parent}")
    if not os.access(path.parent, os.W_OK):
        raise BackupFailed(str(path), f"the folder {path.parent} cannot be written")
    own = parse_url(url)
    if own.drivername == "sqlite" and own.database and path.resolve() == Path(own.database).resolve():
        raise BackupFailed(str(path), "it is the store itself")
    if path.exists() and path.stat().st_size and not _head(path).startswith(_MAGIC):
        raise BackupFailed(str(path), "a file is there already that is no backup; name another")


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(16)


@contextmanager
def _appearing(path: Path) -> Iterator[Path]:
    """Give a name to write to, which becomes the real one at the end; nothing is left after a failure."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        sync_file(part)
        with _without_log(path):
            os.replace(part, path)
        sync_file(path.parent)
    except OSError as error:
        raise BackupFailed(str(path), error.strerror or str(error)) from error
    except sqlite3.Error as error:
        raise BackupFailed(str(path), str(error)) from error
    except BackupFailed as error:
        raise BackupFailed(str(path), error.why) from error
    except StoreFull as error:  # SQLite says it of the store that is read, though the other file has no room
        raise BackupFailed(str(path), NO_ROOM) from error
    except SchemaOutdated as error:
        advice = f"{error}; before that, name a file that ends in {DUMP}"
        raise BackupFailed(str(path), advice) from error
    except StorageError as error:
        raise BackupFailed(str(path), str(error)) from error
    finally:
        for suffix in ("", *_AROUND):
            with suppress(OSError):
                Path(f"{part}{suffix}").unlink(missing_ok=True)


@contextmanager
def _without_log(path: Path) -> Iterator[None]:
    """Let the backup of before be whole without its log, and nobody open it, while another takes its place.

    SQLite would work a log that is left there into the new file, and destroy it.
    """
    logs = [log for suffix in _LOGS if (log := Path(f"{path}{suffix}")).exists()]
    if not logs:
        yield
        return
    connection = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None) if path.exists() else None
    try:
        if connection is not None:
            _work_in(connection)
        for log in logs:
            log.unlink(missing_ok=True)
        yield
    finally:
        if connection is not None:
            connection.close()


def _work_in(connection: sqlite3.Connection) -> None:
    """Work the log of a file into it, and lock it. Of a damaged one, nothing that its log holds is of use."""
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            why = "another program has the backup of before open; let that one end first"
            raise BackupFailed("", why) from error


def _copy_pages(url: str, part: Path, *, step: Step) -> None:
    source = schema.readable(url, whatever_schema=True)  # the time for a backup is before an upgrade
    try:
        with source.snapshot() as connection:
            # Inside one transaction the backup sees one state, and need not begin anew when others write.
            connection.exec_driver_sql("SELECT count(*) FROM sqlite_master")
            raw = connection.connection.dbapi_connection
            target = sqlite3.connect(part)
            try:
                raw.backup(  # type: ignore[union-attr]
                    target,
                    pages=_PAGES,
                    progress=lambda _, left, total: step(total - left, total, "backing up"),
                )
            finally:
                target.close()
    finally:
        source.close()


def _check_whole(part: Path) -> None:
    """Check that a backup can be read from one end to the other."""
    connection = sqlite3.connect(f"file:{quote(str(part))}?mode=ro&immutable=1", uri=True)
    try:
        [(found,), *_] = connection.execute("PRAGMA integrity_check(1)").fetchall()
    finally:
        connection.close()
    if found != "ok":
        raise BackupFailed(str(part), f"the copy is damaged ({found}); `kabar db check` looks at the store")


def _dump(url: URL, part: Path) -> None:
    program = shutil.which("pg_dump")
    if program is None:
        raise BackupFailed(
            str(part),
            "pg_dump is not on the PATH: install PostgreSQL's client programs, or name a file ending in .db, "
            "which becomes a SQLite store",
        )
    with_password = {"PGPASSWORD": url.password} if url.password else {}
    plain = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    done = subprocess.run(  # noqa: S603 - the arguments are a list, no shell reads them
        [program, "--format=custom", "--no-password", f"--file={part}", f"--dbname={plain}"],
        env={**os.environ, **with_password},
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        raise BackupFailed(str(part), lines[0] if lines else f"pg_dump ended with {done.returncode}")
