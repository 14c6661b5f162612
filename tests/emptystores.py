"""Empty stores at no cost: the tables are made once in a process, and copied from then on."""

import sqlite3
import tempfile
from functools import cache
from pathlib import Path

from sqlalchemy import Engine

from storage import open_store
from storage.database import Database, connect
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


class _Lent(Database):
    """One whose engine the next test has as well."""

    def close(self) -> None:
        self.engine.dispose()


@cache
def _engine(url: str) -> Engine:
    return connect(url).engine


def open_empty(url: str) -> Store:
    """Open the store behind a URL, which is empty, or ``sqlite://`` for a new one in memory.

    What SQLAlchemy compiled for a URL is kept from test to test: that took a fifth of the time of most.
    """
    if url.startswith("sqlite:///"):  # the file of one test
        return open_store(url)
    engine = _engine(url)
    if url == "sqlite://":
        engine.dispose()
        raw = engine.raw_connection()
        assert isinstance(raw.driver_connection, sqlite3.Connection)
        _template().backup(raw.driver_connection)
        raw.close()
    return Store(_Lent(engine))
