"""Stores to test on: SQLite in memory, SQLite in a file, PostgreSQL."""

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psycopg
import pytest

from storage.store import Store
from storage.tables import HEAD, metadata
from tests.emptystores import open_empty, put_empty_store
from tests.postgres import Server

_numbers = itertools.count(1)


def _new_name() -> str:
    # The server is everybody's: the name says in which process of the test run the database is used.
    return f"kabar_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}_{next(_numbers)}"


@dataclass(frozen=True, slots=True)
class Spare:
    """A database with an empty store, and a connection that empties it again after each test.

    To empty one takes a tenth of the time of making one, and by a new connection it took twice as long.
    """

    name: str
    sweeper: psycopg.Connection


@pytest.fixture(scope="session")
def spares(postgres: Server) -> Iterator[list[Spare]]:
    """The databases that no test uses at the moment."""
    kept: list[Spare] = []
    yield kept
    for spare in kept:
        spare.sweeper.close()


def _made(running: Server) -> Spare:
    name = _new_name()
    running.run(f"CREATE DATABASE {name} TEMPLATE template_kabar")
    return Spare(name, running.connect(name))


@cache
def _emptying() -> str:
    tables = [*(table.name for table in reversed(metadata.sorted_tables)), "search_index"]
    tables.sort(key=lambda table: table != "search_index")
    counted = ("hosts", "sources", "polls", "entries", "articles", "revisions", "article_urls")
    statements = [
        "SET lock_timeout = '1s'",
        *(f"DELETE FROM {table}" for table in tables),
        *(f"SELECT setval('{table}_id_seq', 1, false)" for table in counted),
        f"UPDATE alembic_version SET version_num = '{HEAD}'",
    ]
    return "; ".join(statements)


def _emptied(running: Server, spare: Spare) -> bool:
    try:
        spare.sweeper.execute(_emptying())  # type: ignore[arg-type]
    except psycopg.Error:  # a test that kills connections and databases has been at it
        spare.sweeper.close()
        running.run(f"DROP DATABASE IF EXISTS {spare.name} WITH (FORCE)")
        return False
    return True


@contextmanager
def _empty_store(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    if kind == "memory":
        yield "sqlite://"
    elif kind == "file":
        put_empty_store(folder / "kabar.db")
        yield f"sqlite:///{folder / 'kabar.db'}"
    else:
        running: Server = request.getfixturevalue("postgres")
        spares: list[Spare] = request.getfixturevalue("spares")
        spare = spares.pop() if spares else _made(running)
        yield running.url(spare.name)
        if _emptied(running, spare):
            spares.append(spare)


@pytest.fixture(params=("memory", pytest.param("file", marks=pytest.mark.slow), "postgres"))
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty store of each kind.

    A file is the same SQLite as one in memory, and dearer: quick runs leave files to the tests of commands.
    """
    with _empty_store(request.param, request, tmp_path) as url:
        yield url


@pytest.fixture(params=("file", "postgres"))
def shared_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty store that several processes can open."""
    with _empty_store(request.param, request, tmp_path) as url:
        yield url


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An open, empty store of each kind."""
    with open_empty(store_url) as opened:
        yield opened


@pytest.fixture
def new_database(postgres: Server) -> Iterator[Callable[[], str]]:
    """Make PostgreSQL databases without anything in them; they are dropped after the test."""
    names: list[str] = []

    def make() -> str:
        names.append(_new_name())
        postgres.run(f"CREATE DATABASE {names[-1]}")
        return postgres.url(names[-1])

    yield make
    for name in names:
        postgres.run(f"DROP DATABASE {name} WITH (FORCE)")
