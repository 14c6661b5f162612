"""What it costs to dispatch a due source: lease, read, record the poll, release. Run with ``-m bench``.

CPU time, not the clock: the machine may be shared.
"""

import random
import time
from collections.abc import Sequence

import pytest

from storage import open_store
from storage.model import Lease, NewSource, PollResult, Release, Source
from storage.store import Store

SOURCES, HOSTS = 100_000, 20_000
LIMIT_MICROSECONDS = 15.0
NOW = 1_760_000_000.0

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    opened = open_store(f"sqlite:///{tmp_path_factory.mktemp('bench') / 'kabar.db'}")
    dice = random.Random(1)
    with opened.transaction():
        for number in range(SOURCES):
            host = f"host{number % HOSTS}.example"
            due = NOW - dice.random() * 600
            url = f"https://{host}/feed/{number}"
            opened.sources.add(
                NewSource(url=url, host=host, next_due_at=due, title=f"Feed {number}"), now=NOW
            )
    return opened


def results(lease: Lease, sources: Sequence[Source], now: float) -> list[PollResult]:
    return [
        PollResult(
            lease=lease,
            source_id=source.id,
            at=now,
            outcome="not_modified",
            next_due_at=now + 600,
            due_reason="every 10 minutes, as it publishes",
            pace=600.0,
            status=304,
            etag='"5f3c-1a2b"',
            last_modified="Tue, 21 Oct 2025 20:43:00 GMT",
            keep_validators=True,
            seconds=0.2,
        )
        for source in sources
    ]


def dispatch(store: Store, now: float, hosts: int) -> tuple[int, float]:
    """Poll everything that is due once; returns the number of sources and the CPU seconds of the store."""
    polled, spent = 0, 0.0
    while True:
        start = time.process_time()
        leases = store.hosts.lease("bench", now=now, limit=hosts, ttl=60)
        due = store.sources.due(leases, now=now, per_host=20)
        spent += time.process_time() - start
        if not leases:
            return polled, spent
        found = [r for lease in leases for r in results(lease, due.get(lease.host_id, []), now)]
        releases = [Release(lease=lease, polite_at=now + 1) for lease in leases]
        start = time.process_time()
        counts = store.sources.record_polls(found, now=now)
        store.hosts.release(releases, now=now)
        spent += time.process_time() - start
        assert len(counts) == len(found)
        polled += len(counts)


@pytest.mark.parametrize("hosts", [100, 500])
def test_dispatch_cpu_per_due_source(store: Store, hosts: int, capsys: pytest.CaptureFixture[str]) -> None:
    rounds = []
    for number in range(3):
        now = NOW + 700 * (number + 1) + hosts * 10_000
        polled, spent = dispatch(store, now, hosts)
        assert polled == SOURCES
        rounds.append(spent / polled * 1e6)
    with capsys.disabled():
        print(f"\n{hosts} hosts at once: {', '.join(f'{r:.1f}' for r in rounds)} us CPU per due source")
    assert min(rounds) <= LIMIT_MICROSECONDS
