"""Killed at any moment, a worker leaves nothing half-written, and the next one goes on."""

import multiprocessing
import random
import time

import pytest

from storage import open_store
from storage.hits import Filters
from storage.store import Store
from tests.crashing import LINES, START, prepare, work
from tests.keeping import lease

ROUNDS = 8


def check(store: Store) -> int:
    """Check that everything kept is whole; returns the number of articles."""
    counts = store.entries.accounting()
    assert counts["offered"] == counts["stored"] + counts["deferred"]
    assert counts["stored"] == store.articles.count(Filters())
    for source in store.sources.list():
        check_source(store, source.id, int(source.etag or 0))
    for article in store.articles.iterate(Filters(limit=0)):
        name = article.content.url.rpartition("/")[2]
        assert (article.revision, len(article.urls), len(article.sources)) == (2, 2, 1)
        assert len(store.articles.revisions(article.id)) == 2
        assert store.articles.count(Filters(words="word" + name.replace("-", "x"))) == 1
        [entry] = store.entries.history(url_keys=[f"pages.example/{name}"])
        assert (entry.outcome, entry.article_id) == ("stored", article.id)
    return counts["stored"]


def check_source(store: Store, source_id: int, polls: int) -> None:
    """What the validators vouch for is there, and nothing more."""
    keys = [f"pages.example/{source_id}-{n}-{k}" for n in range(1, polls + 2) for k in range(LINES)]
    found = {entry.url_key for entry in store.entries.history(url_keys=keys)}
    assert found == set(keys[: polls * LINES])
    assert len(store.polls.latest(source_id, 10_000)) == polls


@pytest.mark.slow
def test_killed_at_any_moment(shared_url: str) -> None:
    dice = random.Random(3)
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.crashing", "storage.store"])
    prepare(shared_url)
    kept = 0
    for number in range(ROUNDS):
        worker = processes.Process(target=work, args=(shared_url, f"w{number}", START + number * 1e6))
        worker.start()
        with open_store(shared_url) as store:
            while not lively(store, f"w{number}"):
                assert worker.is_alive()
                time.sleep(0.01)
            while not (number or store.articles.count(Filters())):  # the first one gets that far
                assert worker.is_alive()
                time.sleep(0.01)
        time.sleep(dice.random() * 0.3)
        worker.kill()
        worker.join(20)
        assert worker.exitcode == -9
        with open_store(shared_url) as store:
            check(store)
            store.hosts.reap(lambda owner, number=number: owner == f"w{number}", now=START)
            assert store.status(now=START + number * 1e6).leases == ()
            now_kept = store.articles.count(Filters())
    with open_store(shared_url) as store:
        kept = check(store)
        assert kept >= now_kept > 0
        if not store._database.postgres:
            with store._database.read() as connection:
                assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
                index = "INSERT INTO search_index (search_index) VALUES ('integrity-check')"
            with store._database.write() as connection:
                connection.exec_driver_sql(index)
        assert lease(store, now=START + 1e9), "work goes on"


def lively(store: Store, owner: str) -> bool:
    """Say whether a worker has begun."""
    with store._database.read() as connection:
        found = connection.exec_driver_sql(
            f"SELECT count(*) FROM hosts WHERE lease_owner = '{owner}'"
        ).scalar()
    return bool(found)


SEEDS = (0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2)))


@pytest.mark.parametrize("seed", SEEDS)
def test_every_line_offered_is_accounted_for(store: Store, seed: int) -> None:
    """Whatever happens in whatever order, each line ever offered stands in exactly one place."""
    from tests.happenings import Happenings

    happenings = Happenings(store, random.Random(seed))
    for _ in range(150):
        happenings.next()
        counts = store.entries.accounting()
        total = sum(count for name, count in counts.items() if name != "offered")
        assert counts["offered"] == total == happenings.offered
        assert counts == {**counts, **happenings.expected()}
