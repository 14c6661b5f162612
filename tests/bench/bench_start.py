"""What a daemon costs before it does anything: CPU to start and memory, with 100,000 sources in the store."""

import os
import time

import pytest

from storage import open_store
from storage.model import NewSource
from tests.daemons import daemon, environment

SOURCES = 100_000
HOSTS = 20_000
CPU_LIMIT = 1.5
"""CPU-seconds until the daemon says that it runs."""
MEMORY_LIMIT = 160
"""MB of resident memory then."""


def cpu_seconds(pid: int) -> float:
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int) -> float:
    with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def fill(store, count: int) -> None:
    far = time.time() + 86400
    with store.transaction():
        for number in range(count):
            host = f"h{number % HOSTS}.example"
            store.sources.add(
                NewSource(url=f"https://{host}/{number}.xml", host=host, next_due_at=far), now=far
            )


def measure(folder, count: int) -> tuple[float, float]:
    database = f"sqlite:///{folder / f'{count}.db'}"
    with open_store(database) as store:
        fill(store, count)
    with daemon(folder / f"{count}.log", environment(database)) as running:
        running.until(lambda: "running" in running.messages, seconds=60)
        time.sleep(1)
        figures = cpu_seconds(running.process.pid), resident_mb(running.process.pid)
        running.stop()
    return figures


@pytest.mark.bench
@pytest.mark.timeout(600)
def test_start_costs_little_however_many_sources_there_are(tmp_path, capsys):
    few_cpu, few_mb = measure(tmp_path, 10)
    many_cpu, many_mb = measure(tmp_path, SOURCES)
    with capsys.disabled():
        print(f"\nstart with 10 sources: {few_cpu:.2f} CPU-s, {few_mb:.0f} MB")
        print(f"start with {SOURCES:,} sources: {many_cpu:.2f} CPU-s, {many_mb:.0f} MB")
    assert many_cpu <= CPU_LIMIT
    assert many_mb <= MEMORY_LIMIT
