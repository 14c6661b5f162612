"""The same flows with PostgreSQL behind them."""

import subprocess
import sys
import time

import pytest

from crawler.normalize.url import host_lane
from storage import open_store
from storage.hits import Filters
from storage.model import NewSource
from tests.crawling import crawl_one, settings_for
from tests.daemons import daemon, environment


@pytest.fixture
def database(postgres, request):
    name = request.node.name
    postgres.run(f"CREATE DATABASE {name} TEMPLATE template_kabar")
    yield postgres.url(name)
    postgres.run(f"DROP DATABASE {name} WITH (FORCE)")


def test_a_crawl(newspaper, database, tmp_path):
    settings = settings_for(tmp_path, database=database)
    outlet = newspaper.outlet("harian", language="id")
    outlet.publish_many(5)
    piece = outlet.publish(title="Feri kembali berlayar", text="Feri kembali berlayar pada Senin pagi. " * 9)
    assert crawl_one(settings, outlet.feed_url).stored == 6
    assert crawl_one(settings, outlet.feed_url).status == 304
    outlet.edit(piece, text="Feri berhenti lagi karena ombak tinggi di selat. " * 9)
    assert crawl_one(settings, piece.url).outcome == "revised"
    with open_store(database) as store:
        (hit,) = store.articles.search(Filters(words="ombak tinggi")).hits
        assert hit.article.revision == 2
        counts = store.entries.accounting()
        assert counts.pop("offered") == sum(counts.values()) == 7


@pytest.mark.slow
def test_the_daemon(newspaper, database, tmp_path):
    env = environment(database)
    outlet = newspaper.outlet()
    outlet.publish_many(10)
    with open_store(database) as store:
        store.sources.add(NewSource(url=outlet.feed_url, host=host_lane(outlet.feed_url)), now=time.time())
        with daemon(tmp_path / "log", env) as running:
            running.until(lambda: store.articles.count(Filters()) == 10)
            second = subprocess.run(
                [sys.executable, "-m", "crawler", "run"], env=env, capture_output=True, text=True,
                timeout=100, check=False,
            )  # fmt: skip
            assert second.returncode == 1
            assert f"process {running.process.pid}" in second.stderr
            assert running.stop() == 0
        assert store.status(now=time.time()).leases == ()
        assert store.daemon_holder() is None


@pytest.mark.slow
def test_a_killed_daemon(newspaper, database, tmp_path):
    env = environment(database)
    outlet = newspaper.outlet()
    outlet.publish_many(30)
    with open_store(database) as store:
        store.sources.add(NewSource(url=outlet.feed_url, host=host_lane(outlet.feed_url)), now=time.time())
        with daemon(tmp_path / "log", env) as running:
            running.until(lambda: store.articles.count(Filters()) >= 3)
            running.kill()
        with daemon(tmp_path / "second.log", env) as running:
            running.until(lambda: store.articles.count(Filters()) == 30)
            assert running.stop() == 0
        counts = store.entries.accounting()
        assert counts["offered"] == counts["stored"] == 30
