"""How much memory does an export of everything take, and does it stay the same?

Run with ``-m bench``; KABAR_EXPORT_ARTICLES says how many articles (default 100,000). Each export is a
process of its own, whose peak is what the system counted.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import insert

from storage import open_store, tables
from storage.values import digest
from tests.daemons import ROOT, environment
from tests.filler import made_up

ARTICLES = int(os.environ.get("KABAR_EXPORT_ARTICLES", "100000"))
LIMIT = 150.0
"""MB."""
EACH = 2_000
GOALS = ("all.jsonl", "all.jsonl.gz", "all.csv", "all.atom", "all.parquet", "days/", "notes/")
FORMATS = {"days/": "parquet", "notes/": "markdown"}

CHILD = """
import sys, time
from crawler.cli.main import run
begun = time.monotonic()
assert run(sys.argv[1:]) == 0
with open("/proc/self/status") as status:
    peak = next(line.split()[1] for line in status if line.startswith("VmHWM"))
print(peak, time.process_time(), time.monotonic() - begun, file=sys.stderr)
"""
"""Tells its own peak: what the system counts for a child is that of its parent at first."""

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]


def fill(url: str, number: int) -> None:
    """Put articles of some 400 words into a store, ten a minute, without an index of their words."""
    texts = [made_up(n, paragraphs=8) for n in range(500)]
    with open_store(url) as store:
        for start in range(1, number + 1, EACH):
            with store._database.write() as connection:
                for table, rows in _rows(texts, range(start, min(start + EACH, number + 1))).items():
                    connection.execute(insert(tables.metadata.tables[table]), rows)


def _rows(texts: list[tuple[str, str]], numbers: range) -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = {"articles": [], "revisions": [], "article_urls": []}
    for n in numbers:
        title, text = texts[n % len(texts)]
        seen, url = 1.76e9 + 6 * n, f"https://news.example/2025/10/story-{n}.html"
        found["articles"].append(
            {
                "id": n,
                "revision_id": n,
                "revision": 1,
                "story_id": n,
                "site": "news.example",
                "language": "en",
            }
            | {"content_hash": f"{n:064}", "order_at": seen, "first_seen_at": seen, "last_seen_at": seen}
            | {"fetched_at": seen}
        )
        found["revisions"].append(
            {"id": n, "article_id": n, "number": 1, "seen_at": seen, "url": url, "site": "news.example"}
            | {
                "title": f"{title} {n}",
                "language": "en",
                "authors": '["A. Writer"]',
                "tags": '["news","local"]',
            }
            | {"published_at": "2025-10-09T08:53:20+07:00", "word_count": 400, "text_source": "page"}
            | {"provenance": '{"title":"h1","text":"blocks"}', "content_hash": f"{n:064}", "citations": "[]"}
            | {"repeats": "[]", "text": f"{n}. {text}", "lead": text[:200]}
        )
        found["article_urls"].append({"key": digest(url), "article_id": n, "url": url})
    return found


def run(url: str, folder: Path, goal: str) -> tuple[float, float, float]:
    """Export everything; returns the peak in MB, seconds of CPU, and seconds."""
    given = [f"--format={FORMATS[goal]}"] if goal in FORMATS else []
    command = [sys.executable, "-c", CHILD, "export", "-q", "-o", f"{folder}/{goal}", *given]
    done = subprocess.run(command, cwd=ROOT, env=environment(url), capture_output=True, text=True, check=True)
    peak, cpu, wall = map(float, done.stderr.split())
    return peak / 1024, cpu, wall


def test_memory_of_an_export_of_everything(tmp_path: Path) -> None:
    print()
    stores = {number: f"sqlite:///{tmp_path}/{number}.db" for number in (ARTICLES // 10, ARTICLES)}
    for number, url in stores.items():
        fill(url, number)
    peaks = {}
    for goal in GOALS:
        for number, url in stores.items():
            folder = tmp_path / f"{number}"
            folder.mkdir(exist_ok=True)
            peaks[goal, number], cpu, wall = run(url, folder, goal)
            print(
                f"{goal:<13} {number:>9,}: {peaks[goal, number]:.0f} MB,"
                f" {number / cpu:,.0f} articles/s CPU, {number / wall:,.0f}/s"
            )
    assert max(peaks.values()) <= LIMIT
