"""How long does a search take as the store grows, and beside plain FTS5 with its defaults in the same run?

Run with ``-m bench``; KABAR_SEARCH_ARTICLES says how many articles (default 10,000; 100,000 take minutes).
Words are drawn as languages have them: the rank of a word times its frequency is about the same for all.
"""

import itertools
import os
import random
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage import open_store
from storage.hits import Filters
from storage.store import Store
from storage.values import chunks
from tests.keeping import NOW, content

ARTICLES = int(os.environ.get("KABAR_SEARCH_ARTICLES", "10000"))
WORDS = 400
"""Words of an article."""
SITES = 200
ROUNDS = 40
LIMITS = {"words": 50.0, "filters": 10.0, "facets": 200.0}
"""Milliseconds, for 95 of 100 searches."""

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]

_VOCABULARY = [f"kata{rank}" for rank in range(50_000)]
_SUMS = list(itertools.accumulate(1 / (rank + 10) for rank in range(50_000)))


def texts() -> Iterator[tuple[int, str, str, str]]:
    """Yield number, site, title and text of made-up articles, always the same."""
    dice = random.Random(4)
    for number in range(ARTICLES):
        words = dice.choices(_VOCABULARY, cum_weights=_SUMS, k=WORDS)
        yield number, f"site{dice.randrange(SITES)}.example", " ".join(words[:9]), " ".join(words)


def fill(store: Store, plain: sqlite3.Connection) -> None:
    """Put the same articles into a store and into a table of FTS5 as it is by default."""
    plain.execute("CREATE TABLE articles (id INTEGER PRIMARY KEY, site TEXT, at REAL, title TEXT, text TEXT)")
    plain.execute("CREATE VIRTUAL TABLE found USING fts5(title, text)")
    for piece in chunks(texts(), 1_000):
        with store.transaction():
            for number, site, title, text in piece:
                when = datetime.fromtimestamp(NOW + number * 60, UTC)
                made = content(
                    str(number), site=site, title=title, text=text, published_at=when,
                    tags=tuple(text.split()[20:24]), content_hash=str(number),
                )  # fmt: skip
                store.articles.add(
                    made, url_keys=[(made.url, made.url)], source_id=None, fetched_at=when, duplicate_of=None
                )
        rows = [(number + 1, site, NOW + number * 60, title, text) for number, site, title, text in piece]
        plain.executemany("INSERT INTO articles VALUES (?, ?, ?, ?, ?)", rows)
        plain.executemany(
            "INSERT INTO found (rowid, title, text) VALUES (?, ?, ?)", [(row[0], *row[3:]) for row in rows]
        )
    plain.commit()


def p95(run: Callable[[int], object]) -> float:
    """Return the milliseconds of CPU that 95 of 100 runs stay below."""
    taken = []
    for number in range(ROUNDS):
        began = time.process_time()
        run(number)
        taken.append((time.process_time() - began) * 1e3)
    return statistics.quantiles(taken, n=20)[-1]


def pair(number: int) -> str:
    return f"kata{40 + 7 * number} kata{300 + 31 * number}"


def test_searches(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain = sqlite3.connect(tmp_path / "plain.db")
    with open_store(f"sqlite:///{tmp_path / 'kabar.db'}") as store:
        fill(store, plain)
        articles = store.articles
        site, since = "site7.example", datetime.fromtimestamp(NOW + ARTICLES * 45, UTC)
        default = (
            "SELECT a.id, snippet(found, 1, '', '', '', 30) FROM found JOIN articles a ON a.id = found.rowid"
            " WHERE found MATCH ? AND a.site = ? ORDER BY rank LIMIT 20"
        )

        def plainly(number: int) -> object:
            return plain.execute(default, (pair(number), site)).fetchall()

        measured = {
            "two words and a site": p95(lambda n: articles.page(Filters(words=pair(n), site=site))),
            "two words and a date": p95(lambda n: articles.page(Filters(words=pair(n), since=since))),
            "two words by relevance": p95(lambda n: articles.page(Filters(words=pair(n), sort="relevance"))),
            "two words and a site, plain FTS5": p95(plainly),
            "site and date without words": p95(lambda n: articles.page(Filters(site=site, since=since))),
            "facets of two words": p95(lambda n: articles.facets(Filters(words=pair(n)))),
            "facets of a site": p95(lambda n: articles.facets(Filters(site=site))),
        }
        began = time.process_time()
        articles.facets(Filters())
        measured["facets of everything, once"] = (time.process_time() - began) * 1e3
    plain.close()
    with capsys.disabled():
        print(f"\n{ARTICLES:,} articles")
        for name, taken in measured.items():
            print(f"{name:40} {taken:9.1f} ms")
    assert measured["two words and a site"] <= LIMITS["words"]
    assert measured["two words and a date"] <= LIMITS["words"]
    assert measured["site and date without words"] <= LIMITS["filters"]
    assert measured["facets of two words"] <= LIMITS["facets"]
