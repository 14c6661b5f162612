"""A store is copied whole, between both kinds of database, however often it is cut off on the way."""

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from storage import open_store
from storage.errors import (
    CopyDiffers,
    CopyRefused,
    SchemaOutdated,
    SchemaTooNew,
    StoreDamaged,
    StoreUnavailable,
    ValueDamaged,
)
from storage.hits import Filters
from storage.store import Store
from storage.tables import metadata
from storage.upkeep import copying, rows
from storage.upkeep.copying import copy_store
from tests.fullstore import fill
from tests.harm import damage
from tests.keeping import NOW, add_article, add_source

Made = Callable[[], str]


def quiet(done: int, total: int | None, message: str = "") -> None:
    pass


@pytest.fixture
def new_file(tmp_path: Path) -> Made:
    numbers = iter(range(100))
    return lambda: f"sqlite:///{tmp_path}/made{next(numbers)}.db"


@pytest.fixture(params=("file", "postgres"))
def target(request: pytest.FixtureRequest, new_file: Made) -> str:
    made: Made = new_file if request.param == "file" else request.getfixturevalue("new_database")
    return made()


def everything(store: Store) -> dict[str, list[tuple[object, ...]]]:
    with store._database.read() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in metadata.sorted_tables
        }


def test_all_is_there(shared_url: str, target: str) -> None:
    with open_store(shared_url) as store:
        numbers = fill(store)
        before = everything(store)
        assert all(before.values()), "every table has something in it"
    copied = copy_store(shared_url, target, step=quiet)
    assert copied.rows == {name: len(found) for name, found in before.items()}
    assert (copied.indexed, copied.resumed, copied.damaged) == (4, False, {})
    with open_store(target, create=False) as store:
        assert everything(store) == before
        assert store.check() == []
        assert [hit.article.id for hit in store.articles.search(Filters(words="another")).hits] == [
            numbers[1]
        ]
        assert add_article(store, "new") > max(numbers), "numbers are given on"
        assert add_source(store, "later").id not in [row[0] for row in before["sources"]]


@pytest.mark.slow
def test_numbers_are_never_given_twice(shared_url: str, target: str) -> None:
    with open_store(shared_url) as store:
        add_article(store, "a")
        last = add_article(store, "b")
        from storage.upkeep.ties import remove_articles

        with store._database.write() as connection:
            remove_articles(store._database, connection, [last])
    copy_store(shared_url, target, step=quiet)
    with open_store(target) as store:
        assert add_article(store, "c") == last + 1


@pytest.mark.slow
def test_an_empty_store(shared_url: str, target: str) -> None:
    assert copy_store(shared_url, target, step=quiet).indexed == 0
    with open_store(target, create=False) as store:
        add_article(store, "a")


class Cut(Exception):
    """The power went."""


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MOST_ROWS", 2)
    monkeypatch.setattr(copying, "_INDEXED_AT_ONCE", 2)


@pytest.mark.slow
@pytest.mark.usefixtures("small")
def test_a_copy_that_is_cut_off_goes_on(tmp_path: Path, target: str) -> None:
    """Cut off at every step in turn, it comes to its end and is whole."""
    source = f"sqlite:///{tmp_path}/source.db"
    with open_store(source) as store:
        fill(store)
        before = everything(store)
    cuts = 0
    while True:
        steps = 0

        def step(done: int, total: int | None, message: str = "") -> None:
            nonlocal steps
            steps += message.startswith(("copying", "indexing"))
            if steps == 8:
                raise Cut

        try:
            copied = copy_store(source, target, step=step)
        except Cut:
            cuts += 1
            with pytest.raises(StoreUnavailable, match="a copy into it has not ended"):
                open_store(target)
        else:
            break
        assert cuts < 100
    assert cuts > 3
    assert copied.resumed
    with open_store(target) as store:
        assert everything(store) == before
        assert store.check() == []


def test_a_source_that_was_written_in_between_is_noticed(tmp_path: Path, target: str) -> None:
    source = f"sqlite:///{tmp_path}/source.db"
    with open_store(source) as store:
        fill(store)

    def step(done: int, total: int | None, message: str = "") -> None:
        if message == "copying revisions":
            raise Cut

    with pytest.raises(Cut):
        copy_store(source, target, step=step)
    with open_store(source) as store:
        add_source(store, "new")
    with pytest.raises(CopyDiffers, match="table hosts differs"):
        copy_store(source, target, step=quiet)


def test_a_copy_that_something_changed_is_noticed(tmp_path: Path) -> None:
    source, target = f"sqlite:///{tmp_path}/source.db", f"sqlite:///{tmp_path}/target.db"
    with open_store(source) as store:
        fill(store)

    def step(done: int, total: int | None, message: str = "") -> None:
        if message == "indexing":
            with sqlite3.connect(tmp_path / "target.db") as other:
                other.execute("UPDATE sources SET title = 'x'")

    with pytest.raises(CopyDiffers, match="table sources differs"):
        copy_store(source, target, step=step)


class TestRefused:
    def test_a_store_that_holds_something(self, shared_url: str, tmp_path: Path) -> None:
        other = f"sqlite:///{tmp_path}/other.db"
        for url in (shared_url, other):
            with open_store(url) as store:
                add_article(store, "a")
        with pytest.raises(CopyRefused, match="holds a store already"):
            copy_store(other, shared_url, step=quiet)

    def test_itself(self, shared_url: str) -> None:
        with pytest.raises(CopyRefused, match="the source itself"):
            copy_store(shared_url, shared_url, step=quiet)

    def test_the_tables_of_another_program(self, shared_url: str, tmp_path: Path) -> None:
        with sqlite3.connect(tmp_path / "other.db") as other:
            other.execute("CREATE TABLE recipes (name)")
        with pytest.raises(StoreUnavailable, match="another program"):
            copy_store(shared_url, f"sqlite:///{tmp_path}/other.db", step=quiet)

    def test_a_copy_of_another_store(self, tmp_path: Path) -> None:
        one, two = (f"sqlite:///{tmp_path}/{name}.db" for name in ("one", "two"))
        for url in (one, two):
            with open_store(url) as store:
                fill(store)

        def step(done: int, total: int | None, message: str = "") -> None:
            raise Cut

        with pytest.raises(Cut):
            copy_store(one, f"sqlite:///{tmp_path}/t.db", step=step)
        with pytest.raises(CopyRefused, match=r"unfinished copy of .*one\.db"):
            copy_store(two, f"sqlite:///{tmp_path}/t.db", step=quiet)
        with sqlite3.connect(tmp_path / "t.db") as other:
            other.execute("UPDATE alembic_version SET version_num = '0001'")
        with pytest.raises(CopyRefused, match=r"of another version.*: delete it, or name another"):
            copy_store(one, f"sqlite:///{tmp_path}/t.db", step=quiet)

    def test_what_is_rescued_into_postgresql(self, tmp_path: Path) -> None:
        open_store(f"sqlite:///{tmp_path}/a.db").close()
        with pytest.raises(CopyRefused, match=r"postgresql://\S+@there/x: .*into a SQLite file first"):
            copy_store(
                f"sqlite:///{tmp_path}/a.db", "postgresql://me:secret@there/x", step=quiet, rescue=True
            )

    @pytest.mark.parametrize("table", ["page_dictionaries", "pages"])
    def test_a_source_that_lost_a_dictionary(self, tmp_path: Path, target: str, table: str) -> None:
        with open_store(f"sqlite:///{tmp_path}/a.db") as store:
            fill(store)
        with sqlite3.connect(tmp_path / "a.db") as other:
            if table == "pages":
                other.execute("DELETE FROM page_dictionaries")
            else:
                other.execute("UPDATE page_dictionaries SET base_id = 99")
        told = rf"damaged: rows of {table} name .*page_dictionaries.*`kabar db check --repair .*/a\.db`"
        with pytest.raises(CopyRefused, match=told):
            copy_store(f"sqlite:///{tmp_path}/a.db", target, step=quiet)

    def test_no_source(self, tmp_path: Path) -> None:
        with pytest.raises(StoreUnavailable, match="no such file"):
            copy_store(f"sqlite:///{tmp_path}/none.db", f"sqlite:///{tmp_path}/t.db", step=quiet)
        assert not (tmp_path / "t.db").exists()

    def test_a_newer_source(self, tmp_path: Path) -> None:
        open_store(f"sqlite:///{tmp_path}/new.db").close()
        with sqlite3.connect(tmp_path / "new.db") as other:
            other.execute("UPDATE alembic_version SET version_num = '9999'")
        with pytest.raises(SchemaTooNew, match=r"/new\.db has schema 9999"):
            copy_store(f"sqlite:///{tmp_path}/new.db", f"sqlite:///{tmp_path}/t.db", step=quiet)

    @pytest.mark.parametrize("older", ["one", "two"])
    def test_which_of_the_two_is_older_is_told(self, tmp_path: Path, older: str) -> None:
        urls = {name: f"sqlite:///{tmp_path}/{name}.db" for name in ("one", "two")}
        for url in urls.values():
            open_store(url).close()
        with sqlite3.connect(tmp_path / f"{older}.db") as other:
            other.execute("UPDATE alembic_version SET version_num = '0001'")
        told = f"the store {urls[older]} has schema 0001.*: run `kabar db upgrade --database {urls[older]}`"
        with pytest.raises(SchemaOutdated, match=told):
            copy_store(urls["one"], urls["two"], step=quiet)


def test_the_source_is_only_read(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "source.db"
    with open_store(f"sqlite:///{path}") as store:
        fill(store)
    before = path.read_bytes()
    copy_store(f"sqlite:///{path}", f"sqlite:///{tmp_path}/t.db", step=quiet)
    assert path.read_bytes() == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_source_in_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    with open_store(f"sqlite:///{folder}/source.db") as store:
        fill(store)
    folder.chmod(0o500)
    try:
        copy_store(f"sqlite:///{folder}/source.db", f"sqlite:///{tmp_path}/t.db", step=quiet)
    finally:
        folder.chmod(0o700)


@pytest.mark.slow
def test_what_is_written_meanwhile_is_not_in_it(shared_url: str, target: str) -> None:
    """The copy shows one moment, whole."""
    with open_store(shared_url) as store:
        fill(store)
        before = everything(store)
        late = iter(range(1000))

        def step(done: int, total: int | None, message: str = "") -> None:
            add_article(store, f"late{next(late)}")

        copy_store(shared_url, target, step=step)
    with open_store(target) as copied:
        assert everything(copied) == before


class TestDamaged:
    """A part of a SQLite file cannot be read any more."""

    @pytest.fixture
    def damaged(self, tmp_path: Path) -> Path:
        path = tmp_path / "damaged.db"
        with open_store(f"sqlite:///{path}") as store:
            for number in range(120):
                add_article(store, f"a{number}", text=f"word{number} " * 500)
        shutil.copy(path, tmp_path / "whole.db")
        damage(path, "revisions", slice(40, 43))
        return path

    def test_so_it_is_of_tables_without_numbers(self, tmp_path: Path) -> None:
        path = tmp_path / "damaged.db"
        with open_store(f"sqlite:///{path}") as store:
            add_article(store, "a")
            keys = [hashlib.sha256(b"%d" % number).digest() for number in range(900)]
            with store._database.write() as connection:
                rows = [{"key": key, "at": NOW, "article_id": 1} for key in keys]
                connection.execute(insert(metadata.tables["pruned"]), rows)
        leaves = damage(path, "pruned", slice(3, 5))
        url = f"sqlite:///{tmp_path}/saved.db"
        copied = copy_store(f"sqlite:///{path}", url, step=quiet, rescue=True)
        assert copied.damaged["pruned"] >= 1
        each = 900 / leaves
        assert 900 - 4 * each < copied.rows["pruned"] < 900 - each

    def test_values_that_cannot_be_read_cost_no_other_article(self, tmp_path: Path) -> None:
        place, url = f"sqlite:///{tmp_path}/kabar.db", f"sqlite:///{tmp_path}/saved.db"
        with open_store(place) as store:
            for number in range(4):
                add_article(store, str(number), text=f"word{number} same")
            with store._database.write() as connection:
                connection.exec_driver_sql("UPDATE revisions SET tags = '' WHERE id = 2")
        copied = copy_store(place, url, step=quiet, rescue=True)
        assert (copied.indexed, copied.damaged) == (4, {"revisions": 1})
        with open_store(url) as store:
            assert store.check() == []
            assert [article.id for article in store.articles.search("same")] == [4, 3, 2, 1]
            assert store.articles.get(2).content.tags == ()
        with pytest.raises(ValueDamaged, match=r"kabar\.db holds '' where a list"):
            copy_store(place, f"sqlite:///{tmp_path}/copy.db", step=quiet)

    def test_a_file_that_was_cut_off(self, damaged: Path, tmp_path: Path) -> None:
        path, url = tmp_path / "whole.db", f"sqlite:///{tmp_path}/saved.db"
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
        os.truncate(path, path.stat().st_size * 3 // 4)
        with pytest.raises(StoreDamaged):
            open_store(f"sqlite:///{path}")
        size = path.stat().st_size
        copied = copy_store(f"sqlite:///{path}", url, step=quiet, rescue=True)
        assert sum(copied.damaged.values())
        assert path.stat().st_size == size
        with open_store(url) as store:
            store.check(repair=True)
            assert 20 <= len([*store.articles.iterate(Filters(limit=0))]) < 120

    def test_what_can_be_read_is_saved(self, damaged: Path, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path}/saved.db"
        copied = copy_store(f"sqlite:///{damaged}", url, step=quiet, rescue=True)
        assert copied.damaged["revisions"] >= 1
        with open_store(url) as store:
            found = store.check(repair=True)
            assert [finding.left for finding in found] == [0] * len(found)
            kept = store.articles.count(Filters())
            assert 100 <= kept < 120
            assert store.articles.count(Filters(words="word119")) == 1
            assert len([*store.articles.iterate(Filters(limit=0))]) == kept
            assert store.check() == []

    def test_a_rescue_that_is_cut_off_goes_on(self, damaged: Path, tmp_path: Path) -> None:
        """Wherever it was cut off, it saves and counts the same in the end."""
        source, url = f"sqlite:///{damaged}", f"sqlite:///{tmp_path}/saved.db"
        meant = copy_store(source, f"sqlite:///{tmp_path}/at_once.db", step=quiet, rescue=True)
        cuts = 0

        def step(done: int, total: int | None, message: str = "") -> None:
            if message.startswith("copying"):
                raise Cut

        while True:
            try:
                copied = copy_store(source, url, step=step, rescue=True)
            except Cut:
                cuts += 1
                assert cuts < 300
            else:
                break
        assert cuts > 1
        assert (copied.rows, copied.damaged, copied.resumed) == (meant.rows, meant.damaged, True)
