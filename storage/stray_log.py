"""The log of a SQLite file that another one took the place of: worked into that one, it would destroy it.

SQLite takes any log of the right name for the file's own. Who held the file that is gone notes in the lock
file which log is its.
"""

import os
from contextlib import suppress
from pathlib import Path

_WORD = "another file's log: "
_HEAD_BYTES = 32
"""The head of a log, which has random numbers in it, and new ones each time the log is begun anew."""


def note_of(store: Path, was: os.stat_result) -> str:
    """Return what to leave in the lock file when it is let go; nothing where the file is in its place."""
    head = _head(store)
    return "" if not head or is_same(store, was) else _noted(head, was)


def is_stray(store: Path, lock: Path) -> bool:
    """Say whether the log beside a file was noted as that of another one."""
    head = _head(store)
    try:
        noted = lock.read_text("utf-8", "replace") if head else ""
        return noted.startswith(f"{_WORD}{head.hex()} ") and noted != _noted(head, store.stat())
    except OSError:
        return False


def is_same(store: Path, was: os.stat_result) -> bool:
    """Say whether a name stands for a file still."""
    try:
        return os.path.samestat(store.stat(), was)
    except OSError:
        return False


def is_deleted(store: Path) -> bool:
    """Say whether the log that this process writes lost its name, where the system tells (Linux does)."""
    lost = f"{store}-wal (deleted)"
    for file in Path("/proc/self/fd").glob("*"):
        with suppress(OSError):  # closed meanwhile
            if os.readlink(file) == lost:
                return True
    return False


def _noted(head: bytes, file: os.stat_result) -> str:
    return f"{_WORD}{head.hex()} of {file.st_dev}:{file.st_ino}"


def _head(store: Path) -> bytes:
    try:
        with store.with_name(f"{store.name}-wal").open("rb") as log:
            return log.read(_HEAD_BYTES)
    except OSError:
        return b""
