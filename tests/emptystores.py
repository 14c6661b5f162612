"""Empty stores at no cost: the tables are made once in a process, and copied from then on."""

import sqlite3
import tempfile
from functools import cache
from pathlib import Path

from storage import open_store
from storage.database import connect
from storage.store import Store

_VERSIONS = slice(18, 20)
"""Bytes of a database file that say whether it has a write-ahead log, which one in memory has not."""


@cache
def _image() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kabar.db"
        open_store(f"sqlite:///{path}").close()
        return path.read_bytes()


@cache
def _template() -> sqlite3.Connection:
    image = bytearray(_image())
    image[_VERSIONS] = b"\1\1"
    template = sqlite3.connect(":memory:", check_same_thread=False)
    template.deserialize(bytes(image))
    return template


def put_empty_store(path: Path) -> None:
    """Write a file that holds an empty store."""
    path.write_bytes(_image())


def open_empty(url: str) -> Store:
    """Open the store behind a URL, which is empty, or ``sqlite://`` for a new one in memory."""
    if url != "sqlite://":
        return open_store(url)
    database = connect(url)
    raw = database.engine.raw_connection()
    assert isinstance(raw.driver_connection, sqlite3.Connection)
    _template().backup(raw.driver_connection)
    raw.close()
    return Store(database)
