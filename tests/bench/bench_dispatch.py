"""What it costs to dispatch a due source: lease, read, record the poll, release. Run with ``-m bench``.

CPU time of the store alone, on SQLite, at 100,000 sources on 20,000 hosts. Other work on the machine makes
memory slower and so takes CPU time as well. Hence the same rows are read and written by bare statements
between the batches: where those take longer than on a quiet machine, so may the store.
"""

import gc
import itertools
import json
import random
import sqlite3
import statistics
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert

from storage import open_store, tables
from storage.model import Lease, PollResult, Release, Source
from storage.store import Store
from storage.values import digest
from tests.keeping import add_article, add_source

SOURCES, HOSTS = 100_000, 20_000
LIMIT_MICROSECONDS = 15.0
"""For one due source, on a machine where bare statements take so many microseconds:"""
BARE_MICROSECONDS = 7.8
NOW = 1_760_000_000.0

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path_factory.mktemp('bench') / 'kabar.db'}") as opened:
        fill(opened)
        gc.collect()
        gc.freeze()  # what importing left behind is not the store's to look through
        yield opened


def fill(store: Store) -> None:
    """Put the sources in by the thousand, those of a host beside each other, as subscription lists do."""
    dice = random.Random(1)
    names = [f"host{number}.example" for number in range(HOSTS)]
    hosts = [
        {"id": n + 1, "key": digest(name), "name": name, "next_due_at": 0.0} for n, name in enumerate(names)
    ]
    with store._database.write() as connection:
        connection.execute(insert(tables.hosts), hosts)
        for host in hosts:
            host["next_due_at"] = NOW - dice.random() * 600
        connection.execute(insert(tables.sources), [row(number, dice) for number in range(SOURCES)])


def row(number: int, dice: random.Random) -> dict[str, object]:
    host = number * HOSTS // SOURCES
    url = f"https://host{host}.example/feed/{number}"
    return {
        **{"key": digest(url), "host_id": host + 1, "url": url, "kind": "feed", "state": "active"},
        **{"title": f"Feed {number}", "folded": f"feed {number}", "created_at": NOW},
        **{"next_due_at": NOW - dice.random() * 600, "etag": '"5f3c-1a2b"', "language": "en"},
    }


def not_modified(lease: Lease, source: Source, now: float) -> PollResult:
    return PollResult(
        lease=lease,
        source_id=source.id,
        at=now,
        outcome="not_modified",
        next_due_at=now + 600,
        due_reason="every 10 minutes, as it publishes",
        pace=600.0,
        status=304,
        keep_validators=True,
        seconds=0.2,
    )


def batches(store: Store, hosts: int, now: float) -> Iterator[float]:
    """Poll everything that is due once; yields the microseconds per source of each batch."""
    clock = time.process_time
    while True:
        start = clock()
        leases = store.hosts.lease("bench", now=now, limit=hosts, ttl=60)
        due = store.sources.due(leases, now=now, per_host=20)
        spent = clock() - start
        if not leases:
            return
        results = [not_modified(held, source, now) for held in leases for source in due.get(held.host_id, [])]
        releases = [Release(lease=held, polite_at=now + 1) for held in leases]
        start = clock()
        counts = store.sources.record_polls(results, now=now)
        store.hosts.release(releases, now=now)
        spent += clock() - start
        assert len(counts) == len(results) > 0
        yield spent / len(results) * 1e6


class Bare:
    """The least there is to do for a poll without news, in bare statements on a copy of the database."""

    READ = (
        "SELECT s.* FROM json_each(?) h CROSS JOIN sources s WHERE s.host_id = h.value AND s.state = 'active'"
    )
    NOTE = "INSERT INTO polls VALUES (NULL, ?, ?, 'not_modified', 304, 0, 0, NULL, 0.2, 0, NULL)"
    WRITE = (
        "UPDATE sources SET next_due_at = ?, due_reason = 'every 10 minutes, as it publishes', pace = 600.0,"
        " failures = 0, last_error = NULL, last_status = 304, last_polled_at = ?, last_ok_at = ? WHERE id = ?"
    )

    def __init__(self, original: str, copy: Path) -> None:
        self.connection = sqlite3.connect(copy, isolation_level=None)
        with closing(sqlite3.connect(original)) as source:
            source.backup(self.connection)
        for pragma in (
            "journal_mode = WAL",
            "synchronous = NORMAL",
            "foreign_keys = ON",
            "cache_size = -8000",
        ):
            self.connection.execute(f"PRAGMA {pragma}")
        self.dice = random.Random(5)

    def batch(self, now: float) -> float:
        """Do it for the sources of a hundred hosts; returns microseconds of CPU per source."""
        hosts = json.dumps(self.dice.sample(range(1, HOSTS + 1), 100))
        start = time.process_time()
        self.connection.execute("BEGIN IMMEDIATE")
        numbers = [found[0] for found in self.connection.execute(self.READ, (hosts,)).fetchall()]
        self.connection.executemany(self.NOTE, [(number, now) for number in numbers])
        self.connection.executemany(self.WRITE, [(now + 600, now, now, number) for number in numbers])
        self.connection.execute("COMMIT")
        return (time.process_time() - start) / len(numbers) * 1e6


@pytest.fixture(scope="module")
def bare(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Bare:
    return Bare(str(store._database.engine.url.database), tmp_path_factory.mktemp("bare") / "copy.db")


@pytest.mark.parametrize(("hosts", "day"), [(100, 1), (250, 2), (500, 3)])
def test_dispatch(store: Store, bare: Bare, hosts: int, day: int, capsys: pytest.CaptureFixture[str]) -> None:
    now = NOW + day * 86_400
    costs, floors = [], []
    for cost in batches(store, hosts, now):
        costs.append(cost)
        floors += [bare.batch(now) for _ in range(hosts // 50)]
    assert store.status(now=now).sources_due == 0, "everything due was polled"
    typical, floor = (statistics.quantiles(found, n=4)[0] for found in (costs, floors))
    with capsys.disabled():
        ratio = f"{typical / floor:.2f} x the {floor:.1f} of bare statements"
        print(f"\n{hosts} hosts at once: {typical:.1f} us CPU per due source, {ratio}")
    assert typical <= LIMIT_MICROSECONDS * max(floor / BARE_MICROSECONDS, 1.0)


def test_a_look_at_nothing_due(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    now = NOW + 4 * 86_400
    for _ in batches(store, 500, now):
        pass
    start = time.process_time()
    for _ in range(200):
        assert store.hosts.lease("bench", now=now, limit=100, ttl=60) == []
    cost = (time.process_time() - start) / 200 * 1e6
    with capsys.disabled():
        print(f"\nnothing due: {cost:.0f} us CPU a look")
    assert cost < 2_000


def test_keeping_articles(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Articles of 3 KB, fifty in a transaction."""
    dice = random.Random(2)
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(dice.choices(letters, k=dice.randint(3, 9))) for _ in range(30_000)]
    frequent = list(itertools.accumulate(1 / (place + 1) for place in range(len(words))))
    texts = [" ".join(dice.choices(words, cum_weights=frequent, k=440)) for _ in range(1_000)]
    with open_store(f"sqlite:///{tmp_path / 'kabar.db'}") as store:
        source = add_source(store, "a")
        start = time.process_time()
        for first in range(0, len(texts), 50):
            with store.transaction():
                for number in range(first, first + 50):
                    when = datetime.fromtimestamp(NOW + number, UTC)
                    add_article(store, str(number), source=source, text=texts[number], published_at=when)
        cost = (time.process_time() - start) / len(texts)
    size = statistics.mean(map(len, texts)) / 1000
    with capsys.disabled():
        print(f"\narticles of {size:.1f} KB: {1 / cost:.0f} in a second of CPU")
    assert cost < 0.005
