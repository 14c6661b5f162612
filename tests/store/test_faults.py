"""When the database fails: one of our errors, in one line, and work goes on afterwards."""

import sqlite3
import threading
import time
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import make_url

from storage import open_store
from storage.errors import (
    StorageError,
    StoreBusy,
    StoreFull,
    StoreReadOnly,
    StoreUnavailable,
)
from storage.hits import Filters
from storage.store import Store
from tests.harm import no_file_larger_than
from tests.keeping import NOW, add_article, add_source
from tests.postgres import Server


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kabar.db"


@pytest.fixture
def file_store(path: Path) -> Store:
    return open_store(f"sqlite:///{path}")


def one_line(error: StorageError) -> bool:
    return bool(str(error)) and "\n" not in str(error)


class TestSqlite:
    def test_locked_by_another(self, file_store: Store, path: Path) -> None:
        with file_store._database.write() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout = 50")  # the pool gives the same connection again
        with sqlite3.connect(path, isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreBusy, match="locked") as caught:
                add_source(file_store, "a")
            assert caught.value.transient
            assert one_line(caught.value)
            assert f"{path} is busy: another program keeps it locked" in str(caught.value)
            assert file_store.sources.list() == [], "reading goes on"
            other.execute("ROLLBACK")
        add_source(file_store, "a")

    def test_it_waits_for_another_writer(self, file_store: Store, path: Path) -> None:
        other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        timer = threading.Timer(0.2, lambda: other.execute("COMMIT"))
        timer.start()
        add_source(file_store, "a")
        timer.join()
        other.close()

    def test_the_disk_is_full(self, file_store: Store) -> None:
        add_article(file_store, "before")
        with file_store._database.write() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StoreFull) as caught:
            add_article(file_store, "after", text="much text " * 100_000)
        assert caught.value.transient
        assert one_line(caught.value)
        assert file_store.articles.count(Filters()) == 1
        with file_store._database.write() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        add_article(file_store, "after")
        assert file_store.articles.count(Filters(words="text")) == 2

    def test_a_quota_is_used_up(self, file_store: Store, path: Path) -> None:
        """SQLite calls that a disk I/O error; the daemon waits for room all the same."""
        add_article(file_store, "before")
        with no_file_larger_than(path.stat().st_size + 4096), pytest.raises(StoreFull) as caught:
            add_article(file_store, "after", text="".join(f"word{number} " for number in range(400_000)))
        assert caught.value.transient
        assert one_line(caught.value)
        assert file_store.articles.count(Filters()) == 1
        add_article(file_store, "after")
        assert file_store.articles.count(Filters(words="text")) == 2
        assert file_store.check() == []

    def test_read_only(self, file_store: Store) -> None:
        with file_store._database.write() as connection:
            connection.exec_driver_sql("PRAGMA query_only = 1")
        with pytest.raises(StoreReadOnly) as caught:
            add_source(file_store, "a")
        assert not caught.value.transient
        assert one_line(caught.value)

    def test_a_broken_file(self, file_store: Store, path: Path) -> None:
        with file_store.transaction():
            for number in range(50):
                add_article(file_store, str(number), text="words " * 500)
        with file_store._database.read() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        file_store.close()
        broken = bytearray(path.read_bytes())
        broken[8192:] = b"\xff" * (len(broken) - 8192)
        path.write_bytes(bytes(broken))
        with pytest.raises(StoreUnavailable) as caught, open_store(f"sqlite:///{path}") as store:
            list(store.articles.iterate(Filters(limit=0)))
        assert one_line(caught.value)


class TestPostgres:
    @pytest.fixture
    def name(self, postgres: Server) -> str:
        name = f"faults_{time.monotonic_ns()}"
        postgres.run(f"CREATE DATABASE {name} TEMPLATE template_kabar")
        return name

    @pytest.fixture
    def pg_store(self, postgres: Server, name: str) -> Store:
        return open_store(postgres.url(name))

    def kill_connections(self, postgres: Server, name: str) -> None:
        postgres.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")

    def test_a_restart_between_two_calls_is_not_noticed(
        self, pg_store: Store, postgres: Server, name: str
    ) -> None:
        add_source(pg_store, "a")
        self.kill_connections(postgres, name)
        assert len(pg_store.sources.list()) == 1

    def test_a_restart_inside_a_transaction_is_busy(
        self, pg_store: Store, postgres: Server, name: str
    ) -> None:
        def work() -> None:
            with pg_store.transaction():
                add_source(pg_store, "a")
                self.kill_connections(postgres, name)
                add_source(pg_store, "b")

        with pytest.raises(StoreBusy, match=f"the server of .*{name}.* ended the connection, as") as caught:
            work()
        assert one_line(caught.value)
        assert pg_store.sources.list() == []

    def test_gone_for_good(self, pg_store: Store, postgres: Server, name: str) -> None:
        add_source(pg_store, "a")
        postgres.run(f"DROP DATABASE {name} WITH (FORCE)")
        with pytest.raises(StorageError) as caught:
            pg_store.sources.list()
        assert one_line(caught.value)

    def test_no_more_connections(self, postgres: Server, name: str) -> None:
        role = f"{name}_poor"
        postgres.run(f"CREATE ROLE {role} LOGIN CONNECTION LIMIT 0")
        with pytest.raises(StoreBusy, match=r"takes no more connections: .*too many connections") as caught:
            open_store(make_url(postgres.url(name)).set(username=role).render_as_string())
        assert one_line(caught.value)

    def test_read_only(self, pg_store: Store, postgres: Server, name: str) -> None:
        postgres.run(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        pg_store._database.engine.dispose()
        for _ in range(2):
            with pytest.raises(StoreReadOnly):
                add_source(pg_store, "a")
        assert pg_store.sources.list() == []
        postgres.run(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        with pytest.raises(StoreReadOnly):  # as the session began
            add_source(pg_store, "a")
        add_source(pg_store, "a")

    def test_another_program_is_not_waited_for_without_end(
        self, pg_store: Store, postgres: Server, name: str
    ) -> None:
        def limit(store: Store) -> object:
            with store._database.read() as connection:
                return connection.exec_driver_sql("SHOW lock_timeout").scalar()

        assert limit(pg_store) == "30s"
        with open_store(f"{postgres.url(name)}&options=-clock_timeout%3D50ms") as store:
            assert limit(store) == "50ms", "a person's own limit stands"
            with postgres.connect(name) as other, other.transaction():
                other.execute("LOCK TABLE sources IN ACCESS EXCLUSIVE MODE")
                with pytest.raises(StoreBusy, match=r"store postgresql://.* another program keeps it locked"):
                    store.sources.list()

    def test_a_user_who_may_only_read(self, pg_store: Store, postgres: Server, name: str) -> None:
        postgres.run(f"CREATE ROLE {name} LOGIN")
        try:
            postgres.run(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}", name)
            with open_store(postgres.url(name).replace("postgres@", f"{name}@")) as store:
                assert store.sources.list() == []
                with pytest.raises(StoreReadOnly, match="permission denied"):
                    add_source(store, "a")
        finally:
            postgres.run(f"DROP OWNED BY {name}; DROP ROLE {name}", name)

    @pytest.mark.parametrize(
        ("setting", "statement", "kind"),
        [
            ("statement_timeout", "SELECT pg_sleep(5)", StoreBusy),
            ("lock_timeout", "UPDATE sources SET title = 'x'", StoreBusy),
        ],
    )
    def test_too_slow(self, pg_store: Store, setting: str, statement: str, kind: type[StorageError]) -> None:
        add_source(pg_store, "a")
        with pg_store._database.engine.connect() as other:
            other.execute(text("SELECT * FROM sources FOR UPDATE"))
            with pytest.raises(kind):
                impatiently(pg_store, setting, statement)

    def test_two_that_wait_for_each_other(self, pg_store: Store) -> None:
        """PostgreSQL ends one of them; that one may try again."""
        one, two = add_source(pg_store, "a"), add_source(pg_store, "b")
        first_done = threading.Barrier(2)
        said: list[StorageError] = []

        def work(first: int, second: int) -> None:
            try:
                with pg_store.transaction():
                    pg_store.sources.update(first, now=NOW, title="x")
                    first_done.wait(10)
                    pg_store.sources.update(second, now=NOW, title="y")
            except StorageError as error:
                said.append(error)

        threads = [threading.Thread(target=work, args=pair) for pair in ((one.id, two.id), (two.id, one.id))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        [error] = said
        assert isinstance(error, StoreBusy)

    def test_full(self, pg_store: Store) -> None:
        """What the server says when its disk is full, put into the connection's mouth."""

        def full(*_: object) -> None:
            raise psycopg.errors.DiskFull(
                "could not extend file: No space left on device\nHINT: Check free disk."
            )

        event.listen(pg_store._database.engine, "do_execute", full)
        with pytest.raises(StoreFull) as caught:
            add_source(pg_store, "a")
        assert one_line(caught.value)


def impatiently(store: Store, setting: str, statement: str) -> None:
    with store._database.write() as connection:
        connection.exec_driver_sql(f"SET LOCAL {setting} = 50")
        connection.exec_driver_sql(statement)


def test_a_broken_rule_is_no_other_error(store: Store) -> None:
    with pytest.raises(StorageError) as caught, store._database.write() as connection:
        connection.exec_driver_sql("INSERT INTO article_urls (article_id) VALUES (1)")
    assert type(caught.value) is StorageError
    assert one_line(caught.value)
    with pytest.raises(StorageError), store._database.read() as connection:
        connection.exec_driver_sql("SELEC 1")
    add_source(store, "a")
