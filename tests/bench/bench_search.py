"""How long does a search take, on either database, beside plain FTS5 and news-please's table in the same run?

Run with ``-m bench``; KABAR_SEARCH_ARTICLES says how many articles (default 10,000; a million take most of an
hour). Times are of CPU, that of the database server included.
"""

import os
import sqlite3
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from storage import open_store
from storage.hits import Filters
from storage.store import Store
from tests.bulk import LASTS, START, articles, build, word
from tests.postgres import Server, server

ARTICLES = int(os.environ.get("KABAR_SEARCH_ARTICLES", "10000"))
ROUNDS = 20
GOALS = {"two words and a site": 50.0, "two words and a date": 50.0, "site and date": 10.0}
"""Milliseconds, for 95 of 100 searches on SQLite."""
SITE, SINCE = "site7.example", datetime.fromtimestamp(START + 0.75 * LASTS, UTC)

pytestmark = [pytest.mark.bench, pytest.mark.timeout(7200)]
Run = Callable[[int], object]


def pair(number: int) -> tuple[str, str]:
    """Return two words, the first of them in most articles when the number is small."""
    return word(40 + 7 * number), word(300 + 31 * number)


def searches(store: Store) -> dict[str, Run]:
    """Return what is measured of a store, by name."""
    found = store.articles

    def page(words: Callable[[int], tuple[str, ...]] = lambda _: (), **more: Any) -> Run:
        return lambda number: found.page(Filters(words=" ".join(words(number)), **more))

    return {
        "two words": page(pair),
        "two words and a site": page(pair, site=SITE),
        "two words and a date": page(pair, since=SINCE),
        "two words by relevance": page(pair, sort="relevance"),
        "site and date": page(site=SITE, since=SINCE),
        "language": page(language="nl"),
        "source": lambda number: found.page(Filters(source=str(number + 1))),
        "facets of two words": lambda number: found.facets(Filters(words=" ".join(pair(number)))),
    }


def measured(runs: dict[str, Run], running: psutil.Process | None = None) -> dict[str, float]:
    """Print the median and 95 of 100 of each, in milliseconds of CPU; return the latter."""
    worst = {}
    for name, run in runs.items():
        run(0)
        taken = []
        for number in range(ROUNDS):
            began = spent(running)
            run(number)
            taken.append((spent(running) - began) * 1e3)
        worst[name] = statistics.quantiles(taken, n=20)[-1]
        print(f"  {name:42} p50 {statistics.median(taken):8.1f}   p95 {worst[name]:8.1f} ms")
    return worst


def spent(running: psutil.Process | None) -> float:
    """Return the seconds of CPU of this process, and of the server's."""
    seconds = time.process_time()
    for process in running.children() if running else ():
        times = process.cpu_times()
        seconds += times.user + times.system
    return seconds


def plain(path: Path) -> sqlite3.Connection:
    """Return the same articles in a table beside FTS5 as it is by default."""
    file = sqlite3.connect(path)
    file.execute("CREATE TABLE articles (id INTEGER PRIMARY KEY, site TEXT, at REAL)")
    file.execute("CREATE VIRTUAL TABLE found USING fts5(title, text)")
    for made in articles(ARTICLES):
        article, revision = made.rows["articles"], made.rows["revisions"]
        row = (article["id"], article["site"], article["order_at"])
        file.execute("INSERT INTO articles VALUES (?, ?, ?)", row)
        words = (article["id"], revision["title"], revision["text"])
        file.execute("INSERT INTO found (rowid, title, text) VALUES (?, ?, ?)", words)
    file.commit()
    return file


def newsplease(url: str) -> "psycopg.Connection[Any]":
    """Return the same articles in a table like news-please's, which has no index on texts."""
    connection = psycopg.connect(url)
    connection.execute(
        "CREATE TABLE CurrentVersions (id SERIAL PRIMARY KEY, date_publish timestamptz,"
        " source_domain varchar(255), url varchar(2000) UNIQUE, title varchar(255), maintext text)"
    )
    columns = "date_publish, source_domain, url, title, maintext"
    with connection.cursor().copy(f"COPY CurrentVersions ({columns}) FROM STDIN") as copy:
        for made in articles(ARTICLES):
            row = made.rows["revisions"]
            copy.write_row((row["published_at"], row["site"], row["url"], row["title"][:255], row["text"]))
    connection.commit()
    return connection


def test_sqlite(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'kabar.db'}"
    build(url, ARTICLES)
    peer = plain(tmp_path / "plain.db")
    query = (
        "SELECT a.id, snippet(found, 1, '', '', '', 30) FROM found JOIN articles a ON a.id = found.rowid"
        " WHERE found MATCH ? AND {} ORDER BY rank LIMIT 20"
    )
    by_site, by_date = query.format("a.site = ?"), query.format("a.at >= ?")
    theirs: dict[str, Run] = {
        "FTS5: two words and a site": lambda n: peer.execute(by_site, (" ".join(pair(n)), SITE)).fetchall(),
        "FTS5: two words and a date": lambda n: peer.execute(
            by_date, (" ".join(pair(n)), SINCE.timestamp())
        ).fetchall(),
    }
    print(f"\nSQLite, {ARTICLES:,} articles")
    with open_store(url) as store:
        worst = measured(searches(store) | theirs)
    peer.close()
    for name, goal in GOALS.items():
        assert worst[name] <= goal, name


def test_postgres() -> None:
    with server() as running:
        for name in ("kabar", "peer"):
            running.run(f"CREATE DATABASE {name}")
        build(running.url("kabar"), ARTICLES)
        with newsplease(running.url("peer")) as peer, open_store(running.url("kabar")) as store:
            query = (
                "SELECT id FROM CurrentVersions WHERE maintext ILIKE %s AND maintext ILIKE %s"
                " AND source_domain = %s ORDER BY date_publish DESC LIMIT 20"
            )
            name = "news-please: two words and a site"
            theirs: dict[str, Run] = {
                name: lambda n: peer.execute(query, (*(f"%{one}%" for one in pair(n)), SITE)).fetchall()
            }
            print(f"\nPostgreSQL, {ARTICLES:,} articles")
            worst = measured(searches(store) | theirs, postmaster(running))
    if ARTICLES >= 100_000:
        assert worst["two words and a site"] < worst[name]


def postmaster(running: Server) -> psutil.Process:
    pid = (running.folder / "data" / "postmaster.pid").read_text().split()[0]
    return psutil.Process(int(pid))
