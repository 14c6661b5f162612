"""The database is full, locked, read-only or gone for a while: the daemon waits, loses nothing, goes on."""

import re
import resource
import signal
import sqlite3
import threading
import time

import pytest

from crawler.normalize.url import host_lane
from storage import open_store
from storage.errors import StorageError
from storage.hits import Filters
from storage.model import NewSource
from tests.daemons import daemon, environment
from tests.postgres import CannotStart, server

LIMIT = 90.0
"""Seconds the daemon may take to go on."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def postgres():
    """A server of these tests' own, to be stopped."""
    try:
        context = server()
        running = context.__enter__()
    except CannotStart as error:
        pytest.skip(f"NO POSTGRESQL, these flows are not tested: {error}")
    yield running
    context.__exit__(None, None, None)


@pytest.fixture
def file(tmp_path):
    return f"sqlite:///{tmp_path / 'kabar.db'}"


@pytest.fixture
def database(postgres, request):
    name = "_".join(re.findall(r"\w+", request.node.name.lower()))
    postgres.run(f"CREATE DATABASE {name}")
    yield postgres.url(name)
    postgres.run(f"DROP DATABASE {name} WITH (FORCE)")


def follow(store, outlet):
    store.sources.add(
        NewSource(url=outlet.feed_url, host=host_lane(outlet.feed_url), interval=1.0), now=time.time()
    )


def stored(store):
    try:
        return store.articles.count(Filters())
    except StorageError:
        return -1


def complains(running, words):
    return any(words in message for message in running.messages)


def accounted_for(store, number):
    counts = store.entries.accounting()
    assert counts.pop("offered") == sum(counts.values()) == number
    assert counts["stored"] == number
    assert store.check() == []


def test_postgres_is_gone_for_a_while(newspaper, postgres, database, tmp_path):
    outlet = newspaper.outlet()
    outlet.publish_many(40)
    with open_store(database) as store:
        follow(store, outlet)
        with daemon(tmp_path / "log", environment(database)) as running:
            running.until(lambda: stored(store) >= 3)
            with postgres.gone():
                outlet.publish_many(10)
                running.until(lambda: complains(running, "trying again"))
                time.sleep(2)
            running.until(lambda: stored(store) == 50, seconds=LIMIT)
            running.until(lambda: store.daemon_holder() is not None, seconds=30)
            assert running.stop() == 0
        accounted_for(store, 50)
        assert store.status(now=time.time()).leases == ()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGQUIT], ids=lambda how: how.name)
def test_postgres_crashes_under_load(newspaper, postgres, database, tmp_path, how):
    """In the middle of writing; hosts are not left alone until their leases run out."""
    outlets = [newspaper.outlet(name) for name in ("one", "two", "three")]
    for outlet in outlets:
        outlet.publish_many(12)
    with open_store(database) as store:
        for outlet in outlets:
            follow(store, outlet)
        with daemon(tmp_path / "log", environment(database)) as running:
            running.until(lambda: stored(store) >= 5)
            with postgres.gone(how):
                outlets[0].publish_many(5)
            running.until(lambda: stored(store) == 41, seconds=LIMIT)
            running.until(lambda: store.daemon_holder() is not None, seconds=30)
            assert running.stop() == 0
        accounted_for(store, 41)


def test_another_daemon_took_over_while_postgres_was_gone(newspaper, postgres, database, tmp_path, request):
    outlet = newspaper.outlet()
    outlet.publish_many(3)
    with open_store(database) as store:
        follow(store, outlet)
        with daemon(tmp_path / "log", environment(database)) as running:
            running.until(lambda: stored(store) == 3)
            locks = "pg_locks l JOIN pg_database d ON d.oid = l.database WHERE l.locktype = 'advisory'"
            end = (
                f"SELECT pg_terminate_backend(l.pid, 5000) FROM {locks} AND d.datname = '{request.node.name}'"
            )
            postgres.run(end)
            with store.hold_daemon("another"):
                assert running.process.wait(30) == 1
            assert complains(running, "another; stop it first; this one ends")
        accounted_for(store, 3)
        assert store.status(now=time.time()).leases == ()


def test_postgres_is_read_only_for_a_while(newspaper, postgres, database, tmp_path, request):
    outlet = newspaper.outlet()
    outlet.publish_many(5)
    name = request.node.name

    def switch(value):
        postgres.run(f"ALTER DATABASE {name} SET default_transaction_read_only = {value}")
        postgres.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")

    with open_store(database) as store:
        follow(store, outlet)
        with daemon(tmp_path / "log", environment(database)) as running:
            running.until(lambda: stored(store) == 5)
            switch("on")
            outlet.publish_many(5)
            running.until(lambda: complains(running, "read-only"), seconds=LIMIT)
            switch("off")
            running.until(lambda: stored(store) == 10, seconds=LIMIT)
            assert running.stop() == 0
        accounted_for(store, 10)


def test_the_disk_is_full_for_a_while(newspaper, file, tmp_path):
    """No file may grow beyond a limit, as on a full disk; then it may."""
    outlet = newspaper.outlet()
    outlet.publish_many(3)
    with open_store(file) as store:
        follow(store, outlet)
        with daemon(tmp_path / "log", environment(file)) as running:
            running.until(lambda: stored(store) == 3)
            unlimited = resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE)
            full = (max(path.stat().st_size for path in tmp_path.glob("kabar.db*")), unlimited[1])
            resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE, full)
            for _ in range(30):
                outlet.publish(text="Much text, of which there is no end. " * 2000)
            running.until(
                lambda: complains(running, "disk I/O error") or complains(running, "full"), seconds=LIMIT
            )
            assert stored(store) >= 3
            resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE, unlimited)
            running.until(lambda: stored(store) == 33, seconds=LIMIT)
            assert running.stop() == 0
        accounted_for(store, 33)


def test_the_file_is_deleted(newspaper, file, tmp_path):
    """A restart may mend that; to go on would lose all that comes."""
    outlet = newspaper.outlet()
    outlet.publish_many(2)
    with open_store(file) as store:
        follow(store, outlet)
        with daemon(tmp_path / "log", environment(file)) as running:
            running.until(lambda: stored(store) == 2)
            (tmp_path / "kabar.db").unlink()
            assert running.process.wait(60) == 1
            assert complains(running, "moved or deleted")


def test_another_file_takes_the_place_of_the_store(newspaper, file, tmp_path):
    """The log of the old one is never worked into it, not even by a service that is started again."""
    outlet = newspaper.outlet()
    outlet.publish_many(2)
    place, other = tmp_path / "kabar.db", tmp_path / "other.db"
    open_store(f"sqlite:///{other}").close()
    before = other.read_bytes()
    with open_store(file) as store:
        follow(store, outlet)
        with daemon(tmp_path / "log", environment(file)) as running:
            running.until(lambda: stored(store) == 2)
            other.replace(place)
            assert running.process.wait(60) == 1
            assert complains(running, "another file took the place")
            assert not complains(running, "in this process; start it again")
    with daemon(tmp_path / "again", environment(file)) as running:
        assert running.process.wait(60) == 1
        assert "belong to the file that was here before" in running.log.read_text()
    assert place.read_bytes() == before


def test_another_program_locks_the_file_for_a_while(newspaper, file, tmp_path):
    outlet = newspaper.outlet()
    outlet.publish_many(5)
    with open_store(file) as store:
        follow(store, outlet)
        with daemon(tmp_path / "log", environment(file)) as running:
            running.until(lambda: stored(store) >= 1)
            other = sqlite3.connect(tmp_path / "kabar.db", isolation_level=None, check_same_thread=False)
            other.execute("BEGIN IMMEDIATE")
            timer = threading.Timer(3.0, lambda: other.execute("COMMIT"))
            timer.start()
            outlet.publish_many(5)
            running.until(lambda: stored(store) == 10, seconds=LIMIT)
            timer.join()
            other.close()
            assert running.stop() == 0
        accounted_for(store, 10)
