"""Stores of every schema there ever was are brought up to date with what they hold."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event

from storage import open_store
from storage.database import Database, connect
from storage.errors import SchemaOutdated, SchemaTooNew, StoreHeld
from storage.hits import Filters
from storage.hold import held
from storage.schema import alembic_config, found
from storage.store import Store
from storage.tables import HEAD, metadata
from tests.oldrows import ROWS, changed, counts, fill

RELEASED = [f"{number:04}" for number in range(1, int(HEAD) + 1)]


SLOW = [*RELEASED[1:-1]]
"""Schemas between the first and the newest, upgraded in the slow tests only."""


@pytest.fixture(params=("file", "postgres"))
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "file":
        return f"sqlite:///{tmp_path}/old.db"
    made: Callable[[], str] = request.getfixturevalue("new_database")
    return made()


def old_store(url: str, revision: str) -> dict[str, int]:
    """Make a store of an earlier schema with rows in it; returns how many by table."""
    database = connect(url)
    try:
        with database.write() as connection:
            command.upgrade(alembic_config(connection), revision)
            return fill(connection)
    finally:
        database.close()


def ours(_object: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
    return not (kind == "table" and name is not None and name.startswith("search_"))


def test_every_schema_is_here(store: Store) -> None:
    with store._database.read() as connection:
        scripts = ScriptDirectory.from_config(alembic_config(connection))
    assert sorted(script.revision for script in scripts.walk_revisions()) == RELEASED
    assert set(ROWS) == set(metadata.tables), "tests/oldrows.py has rows for every table"


@pytest.mark.parametrize(
    "revision", [RELEASED[0], *(pytest.param(one, marks=pytest.mark.slow) for one in SLOW), RELEASED[-1]]
)
def test_what_a_file_holds_is_taken_along(tmp_path: Path, revision: str) -> None:
    taken_along(f"sqlite:///{tmp_path}/old.db", revision)


@pytest.mark.parametrize(
    "revision", [RELEASED[0], *(pytest.param(one, marks=pytest.mark.slow) for one in SLOW)]
)
def test_what_postgres_holds_is_taken_along(new_database: Callable[[], str], revision: str) -> None:
    taken_along(new_database(), revision)


def taken_along(url: str, revision: str) -> None:
    before = old_store(url, revision)
    if revision != HEAD:
        with pytest.raises(SchemaOutdated):
            open_store(url)
    assert Store.upgrade(url) == (revision, HEAD)
    with open_store(url, create=False) as store:
        with store._database.read() as connection:
            after = counts(connection)
            assert {name: after[name] for name in before} == before
            assert not any(number for name, number in after.items() if name not in before)
            assert changed(connection, revision) == []
            options = {"include_object": ours, "compare_type": True, "compare_server_default": True}
            assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []
        assert [finding for finding in store.check() if finding.kind != "story.first"] == []
        assert store.articles.count(Filters(words="albatross harbour")) == 2
        assert store.articles.count(Filters(words="is:revised")) == 1
        article = store.articles.get(3)
        assert (article.revision, article.content.paywalled, len(store.articles.revisions(3))) == (2, True, 2)
        counted = store.entries.accounting()
        assert [counted[name] for name in ("offered", "stored", "duplicate", "deferred", "rejected")] == [
            *(4, 1, 1, 1, 1)
        ]


def test_a_store_that_a_daemon_holds_is_not_upgraded(url: str) -> None:
    """What that one wrote afterwards would be of the old form, and found by nothing."""
    old_store(url, RELEASED[-2])
    database = connect(url)
    with held(database, "process 7 on here"):
        with pytest.raises(StoreHeld, match="process 7 on here; stop it first"):
            Store.upgrade(url)
        assert found(database) == RELEASED[-2]
    database.close()
    assert Store.upgrade(url) == (RELEASED[-2], HEAD)
    with open_store(url) as store, store.hold_daemon("process 8 on here"):
        assert Store.upgrade(url) == (HEAD, HEAD), "nothing is to be done"


class PowerCut(Exception):
    """The power went in the middle of an upgrade."""


@pytest.mark.parametrize("after", [12, *(pytest.param(one, marks=pytest.mark.slow) for one in (0, 45))])
def test_an_upgrade_that_is_cut_off_leaves_the_store_as_it_was(
    url: str, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = old_store(url, "0001")
    statements = 0

    def count(*_: object) -> None:
        nonlocal statements
        statements += 1
        if statements > after + 5:
            raise PowerCut

    real = Database.__init__

    def cut(self: Database, engine: object, **named: object) -> None:
        event.listen(engine, "before_cursor_execute", count)
        real(self, engine, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(Database, "__init__", cut)
        with pytest.raises(PowerCut):
            Store.upgrade(url)
    database = connect(url)
    assert found(database) == "0001"
    with database.read() as connection:
        assert counts(connection) == before
    database.close()
    assert Store.upgrade(url) == ("0001", HEAD)
    with open_store(url) as store:
        assert store.check() == []


KILLED = """
import os, signal, sys
from sqlalchemy import event
from storage.database import Database
from storage.store import Store
import alembic.command

def upgrade(url, after):
    real, statements = Database.__init__, iter(range(after))
    def cut(self, engine, **named):
        dies = lambda *_: next(statements, None) is None and os.kill(os.getpid(), signal.SIGKILL)
        event.listen(engine, "after_cursor_execute", dies)
        real(self, engine, **named)
    Database.__init__ = cut
    Store.upgrade(url)
    os._exit(0)

for after in sys.argv[2:]:
    child = os.fork() or upgrade(sys.argv[1], int(after))
    print(os.waitpid(child, 0)[1])
"""
"""Upgrades a store in processes that die after so many statements, and prints how each ended."""


@pytest.mark.slow
@pytest.mark.parametrize("revision", RELEASED[:-1])
def test_a_process_killed_while_it_upgrades_a_file(tmp_path: Path, revision: str) -> None:
    upgraded_after_kills(f"sqlite:///{tmp_path}/old.db", revision)


@pytest.mark.slow
@pytest.mark.parametrize("revision", RELEASED[:-1:4])
def test_a_process_killed_while_it_upgrades_postgres(new_database: Callable[[], str], revision: str) -> None:
    upgraded_after_kills(new_database(), revision)


def upgraded_after_kills(url: str, revision: str) -> None:
    before = old_store(url, revision)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, url, "6", "20", "60"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
    )
    ends = done.stdout.split()
    assert ends[0] == str(int(signal.SIGKILL)), "a process dies"
    assert set(ends) <= {"0", ends[0]}
    database = connect(url)
    left = found(database)
    assert left in ({HEAD} if "0" in ends else {revision, HEAD}), (
        "all of it or nothing; a kill may come behind the end"
    )
    if left == revision:
        with database.read() as connection:
            assert counts(connection) == before
    database.close()
    assert Store.upgrade(url)[1] == HEAD
    with open_store(url) as store:
        assert [finding for finding in store.check() if finding.kind != "story.first"] == []
        assert store.articles.count(Filters(words="albatross harbour")) == 2


def test_a_newer_store_is_refused_in_one_line(url: str) -> None:
    open_store(url).close()
    database = connect(url)
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    for refuses in (Store.upgrade, open_store):
        with pytest.raises(SchemaTooNew, match="newer than this kabar") as caught:
            refuses(url)
        assert "\n" not in str(caught.value)
