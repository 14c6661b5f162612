"""100,000 sources at 10-minute intervals in one process, against loopback: how late, and how much memory?

Run with ``-m bench``; it takes as long as KABAR_SCALE_SECONDS says (default 240). Lag is judged after the
first minute: until then the daemon starts and the robots.txt files of all hosts are asked for.
"""

import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import insert

from storage import open_store, tables
from storage.values import digest
from tests.daemons import ROOT, environment

SOURCES, HOSTS = 100_000, 5_000
INTERVAL = 600.0
SECONDS = float(os.environ.get("KABAR_SCALE_SECONDS", "240"))
LAG_LIMIT = 2.0
"""Seconds between due and asked, for 99 of 100 polls."""
MEMORY_LIMIT = 160.0
GROWTH_LIMIT = 5.0
"""MB for 100,000 polls."""

pytestmark = [pytest.mark.bench, pytest.mark.timeout(SECONDS + 300)]


@contextmanager
def server() -> Iterator[int]:
    """Serve all hosts from one process; gives its port."""
    command = [sys.executable, "-m", "tests.scaling", "serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline())
        process.kill()


def fill(database: str, port: int) -> None:
    """Put the sources in, due evenly over one interval, the first of them in some seconds."""
    dice, start = random.Random(1), time.time() + 20
    names = [f"127.{1 + n // 62_500}.{n // 250 % 250}.{1 + n % 250}:{port}" for n in range(HOSTS)]
    due = [[start + dice.random() * INTERVAL for _ in range(SOURCES // HOSTS)] for _ in names]
    with open_store(database) as store, store._database.write() as connection:
        connection.execute(
            insert(tables.hosts),
            [
                {"id": n + 1, "key": digest(name), "name": name, "next_due_at": min(due[n])}
                for n, name in enumerate(names)
            ],
        )
        for n, name in enumerate(names):
            urls = [f"http://{name}/{place}.xml" for place in range(len(due[n]))]
            connection.execute(
                insert(tables.sources),
                [
                    {
                        **{"key": digest(url), "host_id": n + 1, "url": url, "kind": "feed"},
                        **{"state": "active", "created_at": start, "etag": '"a"', "interval": INTERVAL},
                        **{"next_due_at": moment, "title": f"Feed {url}"},
                    }
                    for url, moment in zip(urls, due[n], strict=True)
                ],
            )


def run(folder: Path) -> dict[str, object]:
    database = f"sqlite:///{folder / 'kabar.db'}"
    with server() as port, (folder / "log").open("wb") as log:
        fill(database, port)
        settings = environment(database, KABAR_FETCH__HOST_DELAY="1", KABAR_POOL__WORKERS="1")
        done = subprocess.run(
            [sys.executable, "-m", "tests.scaling", database, str(SECONDS)],
            env=settings,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=log,
            check=True,
        )
    return json.loads(done.stdout)


def test_a_hundred_thousand_sources(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seen = run(tmp_path)
    lags, memory, polls = seen["lags"], seen["memory"], seen["polls"]
    p99 = statistics.quantiles(lags, n=100)[98]
    settled = memory[len(memory) // 3 :]
    growth = statistics.linear_regression(*zip(*settled, strict=True)).slope * 100_000
    with capsys.disabled():
        print(
            f"\n{polls:,} polls ({seen['failed']} failed) in {seen['seconds']:.0f} s,"
            f" {seen['cpu'] / polls * 1e3:.2f} CPU-ms each; lag median {lags[len(lags) // 2]:.2f} s,"
            f" p99 {p99:.2f} s, most {lags[-1]:.2f} s"
        )
        print(f"memory {memory[-1][1]:.0f} MB at the end, {growth:+.1f} MB for 100,000 polls")
    assert polls >= 0.9 * (SECONDS - 30) * SOURCES / INTERVAL
    assert p99 <= LAG_LIMIT
    assert memory[-1][1] <= MEMORY_LIMIT
    assert growth <= GROWTH_LIMIT
