"""Harm done on purpose: damaged files of SQLite, and disks on which nothing more finds room."""

import resource
import signal
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

LAST = slice(-1, None)


def damage(path: Path, table: str, leaves: slice = LAST) -> int:
    """Overwrite some leaves of a table or an index in a SQLite file; returns how many there were in all."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        sql = "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY pageno"
        numbers = [row[0] for row in connection.execute(sql, (table,))]
        [size] = connection.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        for number in numbers[leaves]:
            file.seek((number - 1) * size)
            file.write(b"\xa5" * size)
    return len(numbers)


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """Let writes behind so many bytes of a file fail, as they do when a quota is used up."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    # A module that is imported meanwhile would be kept cut off, and fail every later run.
    compiled, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        sys.dont_write_bytecode = compiled
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
