"""One daemon to a store, and none once it is dead."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from storage import open_store
from storage.errors import StoreBusy, StoreHeld, StoreUnavailable
from storage.hits import Filters
from storage.schema import readable
from storage.store import Store
from tests.emptystores import put_empty_store
from tests.keeping import add_article

HOLD = """
import os, sys
from storage import open_store
store = open_store(sys.argv[1])
with store.hold_daemon("other process"):
    if "fork" in sys.argv:
        child = os.fork()
        if child == 0:
            import time
            time.sleep(60)
    print(child if "fork" in sys.argv else 0, flush=True)
    sys.stdin.read()
"""


@contextmanager
def holding(url: str, *more: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A process that holds the store until its input ends; also the number of the child it forked, or 0."""
    command = [sys.executable, "-c", HOLD, url, *more]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    child = int(process.stdout.readline())
    try:
        yield process, child
    finally:
        process.kill()
        if child:
            os.kill(child, signal.SIGKILL)
        process.communicate()


def test_one_at_a_time(store: Store) -> None:
    assert store.daemon_holder() is None
    with store.hold_daemon("first, pid 1"):
        assert store.daemon_holder() == "first, pid 1"
        with pytest.raises(StoreHeld, match="first, pid 1") as caught, store.hold_daemon("second"):
            pass
        assert caught.value.holder == "first, pid 1"
        assert store.daemon_holder() == "first, pid 1"
    assert store.daemon_holder() is None
    with store.hold_daemon("third"):
        assert store.daemon_holder() == "third"


def test_let_go_when_the_daemon_fails(store: Store) -> None:
    with pytest.raises(RuntimeError), store.hold_daemon("failing"):
        raise RuntimeError
    assert store.daemon_holder() is None


def test_the_same_words_twice(store: Store) -> None:
    words = "same words"
    with store.hold_daemon(words), pytest.raises(StoreHeld), store.hold_daemon(words):
        pass


def test_two_opened_stores(shared_url: str) -> None:
    with open_store(shared_url) as one, open_store(shared_url) as two, one.hold_daemon("one"):
        assert two.daemon_holder() == "one"
        with pytest.raises(StoreHeld, match="one"), two.hold_daemon("two"):
            pass


def test_a_file_under_another_name_is_the_same_store(tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "kabar.db")
    one, two = (open_store(f"sqlite:///{tmp_path / name}.db") for name in ("kabar", "link"))
    with one, two, one.hold_daemon("one"):
        assert two.daemon_holder() == "one"
        with pytest.raises(StoreHeld, match="one"), two.hold_daemon("two"):
            pass


def test_stores_do_not_hold_each_other() -> None:
    with open_store("sqlite://") as one, open_store("sqlite://") as two, one.hold_daemon("one"):
        assert two.daemon_holder() is None
        with two.hold_daemon("two"):
            assert one.daemon_holder() == "one"


def test_another_process_holds_it(shared_url: str) -> None:
    open_store(shared_url).close()
    with holding(shared_url) as (process, _), open_store(shared_url) as store:
        assert store.daemon_holder() == "other process"
        with pytest.raises(StoreHeld, match="other process"), store.hold_daemon("me"):
            pass
        process.communicate()
        assert store.daemon_holder() is None


@pytest.mark.parametrize("more", [(), ("fork",)])
def test_free_at_once_after_kill_9(shared_url: str, more: tuple[str, ...]) -> None:
    """Even when a child that the daemon forked lives on."""
    open_store(shared_url).close()
    with holding(shared_url, *more) as (process, _), open_store(shared_url) as store:
        assert store.daemon_holder() == "other process"
        process.kill()
        process.wait()
        until = time.monotonic() + 5
        while store.daemon_holder() is not None and time.monotonic() < until:
            time.sleep(0.01)  # PostgreSQL must notice that the connection closed
        with store.hold_daemon("next"):
            assert store.daemon_holder() == "next"


LOCKED = "FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database"
LOCKED += " WHERE datname = current_database())"


def cut_off(store: Store) -> None:
    """End the connection of whoever holds a store in PostgreSQL, and wait until the lock is free."""
    with store._database.write() as connection:
        connection.exec_driver_sql(f"SELECT pg_terminate_backend(pid, 5000) {LOCKED}")


@pytest.fixture
def server_url(shared_url: str) -> str:
    """The URL of a store in PostgreSQL."""
    if not shared_url.startswith("postgresql"):
        pytest.skip("a file is held by no connection")
    return shared_url


def test_a_connection_that_is_lost_is_no_end(server_url: str) -> None:
    with open_store(server_url) as store, store.hold_daemon("one") as renew:
        cut_off(store)
        assert store.daemon_holder() is None
        renew()
        assert store.daemon_holder() == "one"


def test_another_took_over_while_the_connection_was_lost(server_url: str) -> None:
    with open_store(server_url) as one, open_store(server_url) as two, one.hold_daemon("one") as renew:
        cut_off(one)
        with two.hold_daemon("two"):
            for _ in range(2):
                with pytest.raises(StoreHeld, match="two"):
                    renew()
        renew()
        assert two.daemon_holder() == "one"


def test_another_with_the_same_words_took_over(server_url: str) -> None:
    with open_store(server_url) as one, open_store(server_url) as two, one.hold_daemon("one") as renew:
        cut_off(one)
        with two.hold_daemon("one"), pytest.raises(StoreHeld, match="one"):
            renew()  # not by their words: those of two containers may be the same
        renew()
        assert two.daemon_holder() == "one"


def test_a_lost_connection_that_lives_on_is_nobody_else(server_url: str) -> None:
    """A server that cannot tell that the network was cut keeps the lock for as long as TCP waits."""
    with open_store(server_url) as store, store.hold_daemon("one") as renew:
        session = renew.__self__  # type: ignore[attr-defined]
        lost, session._connection = session._connection, None
        with pytest.raises(StoreBusy, match="connection that was lost"):
            renew()
        lost.close()
        renew()
        assert store.daemon_holder() == "one"


def test_asking_does_not_get_in_the_way(shared_url: str) -> None:
    with open_store(shared_url) as store:
        for _ in range(50):
            assert store.daemon_holder() is None
            with store.hold_daemon("quick"):
                pass


def test_long_and_odd_descriptions(store: Store) -> None:
    with store.hold_daemon("host ü " + "x" * 200 + "\ud800"):
        holder = store.daemon_holder()
        assert holder is not None
        assert holder.startswith("host ")
        assert "xxxxx" in holder


def test_a_file_that_is_moved_or_deleted(tmp_path: Path) -> None:
    """SQLite would go on writing to it, and all of that would be lost."""
    path = tmp_path / "kabar.db"
    put_empty_store(path)
    with open_store(f"sqlite:///{path}") as store, store.hold_daemon("one") as renew:
        renew()
        path.rename(tmp_path / "moved.db")
        with pytest.raises(StoreUnavailable, match="moved or deleted"):
            renew()
        put_empty_store(path)
        with pytest.raises(StoreUnavailable, match=r"another file .* move them away before"):
            renew()
        (tmp_path / "moved.db").replace(path)
        renew()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux tells")
def test_a_log_that_is_deleted_under_a_daemon_is_noticed_and_saved(tmp_path: Path) -> None:
    path = tmp_path / "kabar.db"
    with open_store(f"sqlite:///{path}") as store, store.hold_daemon("one") as renew:
        add_article(store, "kept")
        renew()
        path.with_name("kabar.db-wal").unlink()
        with pytest.raises(StoreUnavailable, match=r"kabar\.db-wal was deleted while the daemon ran"):
            renew()
    with open_store(f"sqlite:///{path}") as store:
        assert store.articles.count(Filters()) == 1
        assert store.check() == []


@pytest.fixture
def replaced(tmp_path: Path) -> Path:
    """A store with 20 articles that took the place of another one while a daemon held that."""
    path, other = tmp_path / "kabar.db", tmp_path / "other.db"
    put_empty_store(other)
    with open_store(f"sqlite:///{other}") as store:
        for number in range(20):
            add_article(store, f"a{number}", text="another text " * 300)
    put_empty_store(path)
    with open_store(f"sqlite:///{path}") as store, store.hold_daemon("one"):
        for number in range(30):
            add_article(store, f"b{number}", text=f"text {number} " * 200)
        path.rename(tmp_path / "moved.db")
        other.rename(path)
    assert (tmp_path / "kabar.db-wal").stat().st_size
    return path


def test_a_log_that_belongs_to_another_file_is_not_worked_in(replaced: Path, tmp_path: Path) -> None:
    before = replaced.read_bytes()
    for open_ in (open_store, readable):
        with pytest.raises(StoreUnavailable, match=r"kabar\.db-wal and kabar\.db-shm belong to the file"):
            open_(f"sqlite:///{replaced}")
    assert replaced.read_bytes() == before
    for suffix in ("-wal", "-shm"):
        Path(f"{replaced}{suffix}").rename(tmp_path / f"moved.db{suffix}")
    with open_store(f"sqlite:///{replaced}") as store:
        add_article(store, "new")
        with open_store(f"sqlite:///{replaced}") as second:  # while the new file has a log of its own
            assert second.articles.count(Filters()) == 21
            assert second.check() == []
    with open_store(f"sqlite:///{tmp_path}/moved.db") as store:
        assert store.articles.count(Filters()) == 30


def test_a_file_that_was_put_back_keeps_its_log(replaced: Path, tmp_path: Path) -> None:
    (tmp_path / "moved.db").replace(replaced)
    with open_store(f"sqlite:///{replaced}") as store:
        assert store.articles.count(Filters()) == 30
        assert store.check() == []
