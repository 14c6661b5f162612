"""Opening a store: set up when empty, refused in one plain line otherwise."""

import os
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest

from storage import engines, open_store
from storage.address import sqlite_url
from storage.engines import log_bytes
from storage.errors import (
    SchemaOutdated,
    SchemaTooNew,
    StorageError,
    StoreBusy,
    StoreClosed,
    StoreDamaged,
    StoreReadOnly,
    StoreUnavailable,
)
from storage.hits import Filters
from storage.store import Store
from storage.tables import HEAD
from storage.upkeep.copying import copy_store
from tests.emptystores import put_empty_store
from tests.keeping import add_article
from tests.postgres import Server


def refused(url: str, kind: type[StorageError], *, create: bool = True) -> str:
    """Open a store that cannot be opened; returns what is said."""
    with pytest.raises(kind) as caught:
        open_store(url, create=create)
    assert type(caught.value) is kind
    said = str(caught.value)
    assert said
    assert "\n" not in said
    return said


def test_a_file_is_made_with_its_folders(tmp_path: Path) -> None:
    path = tmp_path / "new" / "50% of ü?" / "kabar.db"
    url = f"sqlite:///{quote(str(path))}"
    with open_store(url) as store:
        add_article(store, "a")
    assert path.is_file()
    with open_store(url, create=False) as store:
        assert store.articles.count(Filters()) == 1
        assert store.status(now=0.0).schema == HEAD


def test_what_is_kept_outlives_the_process(shared_url: str) -> None:
    with open_store(shared_url) as store:
        number = add_article(store, "a", title="Kept")
    with open_store(shared_url) as store:
        assert store.articles.get(number).content.title == "Kept"


def test_a_new_store_is_told_of_once(
    new_database: Callable[[], str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for url in (f"sqlite:///{tmp_path / 'kabar.db'}", new_database()):
        caplog.clear()
        with caplog.at_level("INFO", "storage.schema"):
            for _ in range(2):
                open_store(url).close()
        [told] = [record.getMessage() for record in caplog.records if record.name == "storage.schema"]
        assert told.startswith("made a new store: ")


def test_what_is_asked_of_a_closed_store_is_refused(shared_url: str) -> None:
    with open_store(shared_url) as store:
        for name in "abc":
            add_article(store, name)
        going = iter(store.articles.search(""))
        next(going)
    asked: tuple[Callable[[], object], ...] = (
        lambda: store.articles.search("text").count(),
        lambda: store.articles.get(1),
        lambda: store.sql("SELECT 1"),
        lambda: add_article(store, "d"),
        store.check,
        store.daemon_holder,
        lambda: store.hold_daemon("one").__enter__(),
    )
    for ask in asked:
        with pytest.raises(StoreClosed, match="`open_store` opens it again"):
            ask()
    store.close()
    with open_store(shared_url) as store:
        assert store.articles.count(Filters()) == 3


def test_a_relative_path_stays_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    with open_store("sqlite:///kabar.db") as store:
        store._database.engine.dispose()
        monkeypatch.chdir(tmp_path / "elsewhere")
        assert store.articles.count(Filters()) == 0
    assert (tmp_path / "kabar.db").is_file()


def test_an_empty_file_is_set_up(tmp_path: Path) -> None:
    path = tmp_path / "kabar.db"
    path.touch()
    assert "empty" in refused(f"sqlite:///{path}", StoreUnavailable, create=False)
    open_store(f"sqlite:///{path}").close()


def test_sqlite_is_set_as_it_should_be(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 'kabar.db'}") as store, store._database.write() as connection:
        wanted = {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1, "busy_timeout": 30_000}
        wanted |= {"page_size": 2048, "wal_autocheckpoint": 16_384, "secure_delete": 0}
        for name, value in wanted.items():
            assert connection.exec_driver_sql(f"PRAGMA {name}").scalar() == value


@pytest.mark.parametrize(("store", "log"), [(0, 32), (256, 32), (640, 80), (1024, 128), (100_000, 128)])
def test_the_log_grows_with_the_store(store: int, log: int) -> None:
    assert log_bytes(store * 2**20) == log * 2**20


def test_the_log_grows_with_a_store_that_is_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("_SMALLEST_LOG", 2**16), ("_LOG_SHARE", 1), ("_SIZED_EACH", 4)):
        monkeypatch.setattr(engines, name, value)
    with open_store(f"sqlite:///{tmp_path / 'kabar.db'}") as store:
        sizes = []
        for name in "abcde":
            with store._database.write() as connection:
                sizes.append(connection.exec_driver_sql("PRAGMA wal_autocheckpoint").scalar_one())
                add_article(store, name, text=f"{name} " * 2**16)
        assert sizes[-1] >= sizes[0] + 64


def test_a_store_keeps_its_pages_until_it_is_copied(tmp_path: Path) -> None:
    old, new = (tmp_path / f"{name}.db" for name in ("old", "new"))
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("PRAGMA page_size = 4096")
        connection.execute("PRAGMA journal_mode = WAL")
    with open_store(f"sqlite:///{old}") as store:
        add_article(store, "a", title="Kept")
        with store._database.read() as connection:
            assert connection.exec_driver_sql("PRAGMA page_size").scalar() == 4096
            assert connection.exec_driver_sql("PRAGMA wal_autocheckpoint").scalar() == 8192
    copy_store(f"sqlite:///{old}", f"sqlite:///{new}", step=lambda *_: None)
    with open_store(f"sqlite:///{new}", create=False) as store, store._database.read() as connection:
        assert store.articles.count(Filters(words="kept")) == 1
        assert connection.exec_driver_sql("PRAGMA page_size").scalar() == 2048


class TestRefused:
    def test_no_such_file(self, tmp_path: Path) -> None:
        path = tmp_path / "sub" / "kabar.db"
        assert "no such file" in refused(f"sqlite:///{path}", StoreUnavailable, create=False)
        assert not path.parent.exists()

    def test_a_folder(self, tmp_path: Path) -> None:
        said = refused(f"sqlite:///{tmp_path}", StoreUnavailable)
        assert "folder" in said
        assert str(tmp_path) in said

    def test_a_folder_that_is_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("x")
        refused(f"sqlite:///{tmp_path / 'file' / 'kabar.db'}", StoreUnavailable)

    def test_not_a_database(self, tmp_path: Path) -> None:
        path = tmp_path / "notes.txt"
        path.write_text("Dear diary, " * 1000)
        assert "not a database" in refused(f"sqlite:///{path}", StoreUnavailable)
        assert path.read_text().startswith("Dear diary")

    def test_a_cut_database(self, tmp_path: Path) -> None:
        path = tmp_path / "kabar.db"
        open_store(f"sqlite:///{path}").close()
        path.write_bytes(path.read_bytes()[:5000])
        refused(f"sqlite:///{path}", StoreDamaged)

    def test_the_database_of_another_program(self, tmp_path: Path) -> None:
        path = tmp_path / "other.db"
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE bookmarks (id)")
        assert "another program" in refused(f"sqlite:///{path}", StoreUnavailable)

    def test_older_and_newer_schemas(self, shared_url: str) -> None:
        with open_store(shared_url) as store, store._database.write() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
        assert "kabar db upgrade" in refused(shared_url, SchemaOutdated)
        with Store(_database(shared_url))._database.write() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        assert "9999" in refused(shared_url, SchemaTooNew)
        with pytest.raises(SchemaTooNew):
            Store.upgrade(shared_url)

    @pytest.mark.parametrize(
        "url",
        [
            *("mysql://u@h/d", "oracle://x", "sqlite+aiosqlite:///x", "postgresql+asyncpg://x/y", "http://x"),
            *("kabar.db", "", "://", "sqlite:/x.db", "C:\\kabar.db", "postgresql+psycopg2://x/y"),
        ],
    )
    def test_unknown_urls(self, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        assert "sqlite:///PATH" in refused(url, StoreUnavailable)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("name", ["p%20c.db", "q?x=1.db", "a b#ü.db", "100%.db", "%25.db"])
    def test_a_file_of_any_name_has_a_url(self, tmp_path: Path, name: str) -> None:
        open_store(sqlite_url(tmp_path / name)).close()
        assert (tmp_path / name).exists()

    @pytest.mark.parametrize("name", ["q?x=1.db", "what?.db", "q?"])
    def test_what_stands_behind_a_question_mark_is_not_left_out_in_silence(
        self, tmp_path: Path, name: str
    ) -> None:
        said = refused(f"sqlite:///{tmp_path}/{name}", StoreUnavailable)
        assert "nothing behind a question mark; one in its name is %3F" in said
        assert list(tmp_path.iterdir()) == []

    def test_postgres_that_is_not_there(self, tmp_path: Path) -> None:
        refused("postgresql://user:secret@127.0.0.1:1/x", StoreUnavailable)
        said = refused(f"postgresql://user:secret@/x?host={tmp_path}&sslpassword=secret", StoreUnavailable)
        assert f"the store postgresql://user:***@/x?host={tmp_path}&sslpassword=***: " in said

    def test_a_postgres_database_that_is_not_there(self, postgres: Server) -> None:
        assert "nothing_here" in refused(postgres.url("nothing_here"), StoreUnavailable)

    def test_a_name_of_nul(self) -> None:
        refused("sqlite:///a\0b.db", StoreUnavailable)


def _database(url: str) -> "Database":  # noqa: F821 - the name is a text here
    from storage.database import connect

    return connect(url)


def as_nobody(folder: Path, url: str) -> str:
    """Open a store in a process without a superuser's rights, count its articles, delete its polls.

    Returns the number, and the error's name and words.
    """
    script = """
        import os, sys
        if os.geteuid() == 0:
            import pwd
            from storage import open_store, store, hits  # read as root: the checkout may be root's alone
            import alembic.command, alembic.config, sqlalchemy.dialects.sqlite.pysqlite, storage.snippet
            os.setgroups([])
            os.setgid(pwd.getpwnam("nobody").pw_gid)
            os.setuid(pwd.getpwnam("nobody").pw_uid)
        from storage import open_store
        from storage.errors import StorageError
        from storage.hits import Filters
        try:
            with open_store(sys.argv[1]) as store:
                print(store.articles.count(Filters(words="text")), end=" ")
                store.polls.prune(before=0.0)
        except StorageError as error:
            print(type(error).__name__, error, end="")
    """
    for parent in (folder, *folder.parents):
        if parent.stat().st_uid == os.geteuid() and not parent.stat().st_mode & 0o001:
            parent.chmod(parent.stat().st_mode | 0o011)
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), url],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={**os.environ, "PYTHONPATH": os.getcwd(), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    return done.stdout


class TestRights:
    @pytest.fixture
    def path(self) -> Iterator[Path]:
        # Not pytest's own folder, which every run of it that begins closes to others.
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder) / "kabar.db"
            with open_store(f"sqlite:///{made}") as store:
                add_article(store, "a", text="text")
            yield made

    def test_a_file_that_cannot_be_read(self, path: Path) -> None:
        path.chmod(0)
        path.parent.chmod(0o777)
        assert as_nobody(path.parent, f"sqlite:///{path}").startswith("StoreUnavailable cannot open")

    def test_a_file_that_cannot_be_written_is_read(self, path: Path) -> None:
        path.chmod(0o444)
        path.parent.chmod(0o777)
        said = as_nobody(path.parent, f"sqlite:///{path}")
        assert said == f"1 StoreReadOnly the store cannot be written: {path}"
        assert [*path.parent.iterdir()] == [path]  # a log that a reader makes would keep writers out

    def test_a_folder_that_cannot_be_written(self, path: Path) -> None:
        path.chmod(0o666)
        path.parent.chmod(0o555)
        said = as_nobody(path.parent, f"sqlite:///{path}")
        path.parent.chmod(0o755)
        assert said == f"1 StoreReadOnly the folder of the store cannot be written: {path.parent}"

    def test_a_store_that_another_user_writes(self, path: Path) -> None:
        path.parent.chmod(0o755)
        with open_store(f"sqlite:///{path}") as store:
            add_article(store, "b", text="text")
            assert as_nobody(path.parent, f"sqlite:///{path}").startswith("2 StoreReadOnly")

    def test_a_log_without_its_index(self, path: Path) -> None:
        path.with_name("kabar.db-wal").touch()
        path.parent.chmod(0o555)
        said = as_nobody(path.parent, f"sqlite:///{path}")
        path.parent.chmod(0o755)
        assert said.endswith(
            "its log kabar.db-wal is read only where a file can be made beside it: copy both"
        )

    def test_a_folder_where_nothing_can_be_made(self, path: Path) -> None:
        path.parent.chmod(0o555)
        said = as_nobody(path.parent, f"sqlite:///{path.parent / 'new' / 'kabar.db'}")
        path.parent.chmod(0o755)
        assert said.startswith("StoreUnavailable cannot open")


class TestStill:
    """A file that cannot be written is read as one that nobody writes, until somebody does."""

    @pytest.fixture
    def path(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        made = tmp_path / "kabar.db"
        put_empty_store(made)
        allowed = os.access
        monkeypatch.setattr(
            "storage.schema.os.access", lambda path, how: how == os.R_OK and allowed(path, how)
        )
        return made

    def test_what_is_written_later_is_seen(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with open_store(f"sqlite:///{path}") as reader:
            assert reader.is_frozen
            assert reader.articles.count(Filters()) == 0
            monkeypatch.undo()
            with open_store(f"sqlite:///{path}") as writer:
                add_article(writer, "a")
                assert reader.articles.count(Filters()) == 1
            assert reader.articles.count(Filters()) == 1
            with pytest.raises(StoreReadOnly):
                add_article(reader, "b")

    def test_what_is_written_while_it_is_read(self, path: Path) -> None:
        def read() -> None:
            with reader._database.snapshot():
                path.with_name("kabar.db-wal").touch()

        with open_store(f"sqlite:///{path}") as reader, pytest.raises(StoreBusy, match="began to write"):
            read()


@pytest.mark.slow
def test_two_processes_set_up_one_store(tmp_path: Path, new_database: Callable[[], str]) -> None:
    script = "import sys; from storage import open_store; open_store(sys.argv[1]).close()"
    for url in (f"sqlite:///{tmp_path / 'kabar.db'}", new_database()):
        both = [
            subprocess.Popen([sys.executable, "-c", script, url], stderr=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        for process in both:
            _, complaint = process.communicate(timeout=60)
            assert process.returncode == 0, complaint
        open_store(url, create=False).close()


def test_an_up_to_date_store_opens_without_alembic(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'kabar.db'}"
    open_store(url).close()
    script = (
        "import sys; from storage import open_store; open_store(sys.argv[1]).close();"
        "print([name for name in ('alembic', 'scrapy', 'psycopg') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, url], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_url_that_lacks_a_slash_is_named() -> None:
    with pytest.raises(StoreUnavailable, match="not a database URL"):
        open_store("sqlite://name")
