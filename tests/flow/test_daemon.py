"""The daemon as a process: it starts, crawls, refuses a second one, and stops in time."""

import fcntl
import random
import signal
import subprocess
import sys
import time

import pytest

from crawler.normalize.url import host_lane
from storage import open_store
from storage.hits import Filters
from storage.model import NewSource
from tests.crawling import crawl_one, settings_for
from tests.daemons import KABAR, daemon, environment


@pytest.fixture
def place(tmp_path):
    """A database URL, its environment and an open store."""
    database = f"sqlite:///{tmp_path / 'kabar.db'}"
    with open_store(database) as store:
        yield database, environment(database), store


def follow(store, *urls, interval=None):
    for url in urls:
        store.sources.add(NewSource(url=url, host=host_lane(url), interval=interval), now=time.time())


def stored(store):
    return store.articles.count(Filters())


def test_it_crawls_refuses_a_second_one_and_leaves_no_lease(newspaper, place, tmp_path):
    _, env, store = place
    outlet = newspaper.outlet()
    outlet.publish_many(8)
    follow(store, outlet.feed_url)
    with daemon(tmp_path / "log", env) as running:
        running.until(lambda: stored(store) == 8)
        assert store.daemon_holder() is not None
        second = subprocess.run(
            [sys.executable, "-m", "crawler", "run"], env=env, capture_output=True, text=True, timeout=100,
            check=False,
        )  # fmt: skip
        assert second.returncode == 1
        assert f"process {running.process.pid}" in second.stderr
        assert second.stderr.count("\n") == 1
        assert running.stop() == 0
    status = store.status(now=time.time())
    assert status.leases == ()
    assert status.entries["offered"] == status.entries["stored"] == 8
    assert store.daemon_holder() is None


@pytest.mark.parametrize(
    ("number", "expected"), [(signal.SIGTERM, 0), pytest.param(signal.SIGINT, 130, marks=pytest.mark.slow)]
)
def test_it_stops_although_a_server_hangs(newspaper, place, tmp_path, number, expected):
    _, env, store = place
    outlet = newspaper.outlet()
    pieces = outlet.publish_many(2)
    outlet.fail_articles("never")
    follow(store, outlet.feed_url)
    with daemon(tmp_path / "log", {**env, "KABAR_FETCH__TIMEOUT": "300"}) as running:
        running.until(lambda: any(newspaper.visits_to(piece.path) for piece in pieces))
        assert store.status(now=time.time()).leases
        assert running.stop(number) == expected
    status = store.status(now=time.time())
    assert status.leases == ()
    assert status.entries["deferred"] == 2


NEVER_ENDS = """
import asyncio, os, signal, sys
from crawler import stop

async def main():
    with stop.Stop().on_signals():
        os.kill(os.getpid(), int(sys.argv[1]))
        await asyncio.Event().wait()

stop.PATIENCE = 0.1
asyncio.run(main())
"""


@pytest.mark.parametrize(("number", "expected"), [(signal.SIGTERM, 1), (signal.SIGINT, 130)])
def test_what_does_not_end_in_time_is_left(place, number, expected):
    _, env, _ = place
    command = [sys.executable, "-c", NEVER_ENDS, str(int(number))]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == expected
    assert "not everything ended in time" in done.stderr


@pytest.mark.slow
def test_a_second_ctrl_c_ends_it_at_once(newspaper, place, tmp_path):
    _, env, store = place
    outlet = newspaper.outlet()
    outlet.fail_feed("never")
    follow(store, outlet.feed_url)
    with daemon(tmp_path / "log", {**env, "KABAR_FETCH__TIMEOUT": "300"}) as running:
        running.until(lambda: store.status(now=time.time()).leases)
        running.process.send_signal(signal.SIGINT)
        running.until(lambda: any("stopping" in message for message in running.messages))
        assert running.stop(signal.SIGINT) == 130
        assert "stopped" not in running.messages, "it did not wait for what was under way"


@pytest.mark.slow
def test_a_one_off_crawl_works_beside_it(newspaper, place, tmp_path):
    database, env, store = place
    followed, other = newspaper.outlet("followed"), newspaper.outlet("other")
    followed.publish_many(2)
    other.publish_many(3)
    follow(store, followed.feed_url)
    with daemon(tmp_path / "log", env) as running:
        running.until(lambda: stored(store) == 2)
        followed.publish()
        settings = settings_for(tmp_path, database=database)
        assert crawl_one(settings, other.feed_url).stored == 3
        assert crawl_one(settings, followed.feed_url).new == 1
        running.until(lambda: stored(store) == 6)
        assert running.stop() == 0


@pytest.mark.slow
def test_run_once_polls_what_is_due_and_exits(newspaper, place):
    _, env, store = place
    outlet = newspaper.outlet()
    outlet.publish_many(3)
    follow(store, outlet.feed_url)
    done = subprocess.run(
        [sys.executable, "-m", "crawler", "run", "--once"],
        env=env,
        capture_output=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0
    assert stored(store) == 3


@pytest.mark.slow
def test_sources_fail_and_come_back_while_it_runs(newspaper, place, tmp_path):
    _, env, store = place
    good, bad = newspaper.outlet("good"), newspaper.outlet("bad")
    bad.fail_feed("portal")
    bad.publish()
    follow(store, bad.feed_url, interval=1)
    with daemon(tmp_path / "log", env) as running:
        running.until(lambda: store.sources.get(bad.feed_url).failures)
        good.publish()
        follow(store, good.feed_url, interval=1)
        running.until(lambda: stored(store) == 1)
        bad.heal()
        store.sources.update(1, now=time.time(), next_due_at=time.time())
        running.until(lambda: stored(store) == 2)
        running.until(lambda: store.sources.get(bad.feed_url).failures == 0)
        good.publish()
        running.until(lambda: stored(store) == 3)


def kill_and_restart(store, env, log, *, kills, seed, done):
    """Kill a crawling daemon at random moments, then let one finish."""
    moments = random.Random(seed)
    for _ in range(kills):
        with daemon(log, env) as running:
            running.until(lambda: "running" in running.messages)
            time.sleep(moments.uniform(0.05, 1.2))
            running.kill()
        log.unlink()
    with daemon(log, env) as running:
        running.until(lambda: "running" in running.messages)  # before it, a signal is not waited for
        running.until(done, seconds=90)
        assert running.stop() == 0


def check_whole(store, *, entries):
    """Nothing lost, nothing twice, nothing half."""
    status = store.status(now=time.time())
    counts = dict(status.entries)
    assert counts.pop("offered") == entries == sum(counts.values())
    assert status.leases == ()
    found = list(store.articles.iterate(Filters(limit=0)))
    urls = [url for article in found for url in article.urls]
    assert len(urls) == len(set(urls))
    assert all(article.content.title and article.content.text for article in found)
    assert all(len(store.articles.revisions(article.id)) == article.revision for article in found)
    return found


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_killed_daemon_loses_nothing_and_stores_nothing_twice(newspaper, place, tmp_path):
    _, env, store = place
    outlet = newspaper.outlet()
    outlet.publish_many(40)
    follow(store, outlet.feed_url)
    kill_and_restart(store, env, tmp_path / "log", kills=2, seed=2, done=lambda: stored(store) == 40)
    assert len(check_whole(store, entries=40)) == 40


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_ten_kills_during_a_crawl_of_real_pages(newspaper, place, tmp_path, test_data):
    _, env, store = place
    press = newspaper.serve_real_pages("wcxb", 200, data=test_data)
    follow(store, *press.feeds)
    total = len(press.pages)

    def done():
        counts = store.status(now=time.time()).entries
        return counts["offered"] == total and counts["deferred"] == 0

    kill_and_restart(store, env, tmp_path / "log", kills=10, seed=3, done=done)
    found = check_whole(store, entries=total)
    assert len(found) > 0.9 * total


@pytest.mark.slow
def test_a_log_that_nobody_reads_stops_nothing(newspaper, place):
    _, env, store = place
    outlet = newspaper.outlet()
    outlet.publish_many(120)
    follow(store, outlet.feed_url)
    with subprocess.Popen(
        [*KABAR, "run", "--no-starters"], env={**env, "KABAR_LOG__LEVEL": "debug"}, stderr=subprocess.PIPE
    ) as unread:
        if hasattr(fcntl, "F_SETPIPE_SZ"):
            fcntl.fcntl(unread.stderr, fcntl.F_SETPIPE_SZ, 4096)  # that of others is full much later
        give_up = time.monotonic() + 100
        while stored(store) < 120 and time.monotonic() < give_up:
            time.sleep(0.05)
        unread.send_signal(signal.SIGTERM)
        assert unread.wait(60) == 0
        assert stored(store) == 120
