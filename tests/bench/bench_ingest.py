"""What it costs to keep an article: the whole transaction, as stores grow, beside peers' tables.

Articles of some 500 words, one in ten a copy, each judged, kept, fingerprinted and indexed in a transaction
of its own, as the daemon does it, or 64 at a time, as archives are read. CPU time is that of the database as
well. ``KABAR_BENCH_ARTICLES`` is how far stores grow.
"""

import cProfile
import os
import pstats
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import psycopg
import pytest

from crawler.fingerprint import comparable, content_hash
from crawler.ingest import Saved
from crawler.likeness import Likeness
from crawler.near.fingerprint import fingerprint
from crawler.normalize.key import url_key
from crawler.prepare import Prepared
from crawler.together import Arrival, save_all, save_one
from storage import open_store
from storage.model import NewEntry
from storage.store import Store
from tests.keeping import NOW, at, content
from tests.postgres import server

pytestmark = [pytest.mark.bench, pytest.mark.timeout(7200)]
MOST = int(os.environ.get("KABAR_BENCH_ARTICLES", "10000"))
WINDOW = 1000
"""Articles over which a rate is taken."""
FIRST, LAST = slice(3), slice(-3, None)
BATCH = 64
SITES = 200
FIELDS = (
    *("title", "lead", "authors", "published_at", "modified_at", "publisher", "section", "tags"),
    *("image_url", "image_caption"),
)


class Press:
    """Articles without end: words by their rank, as texts have them, in sentences and paragraphs."""

    def __init__(self, seed: int = 7) -> None:
        self._chance = np.random.default_rng(seed)
        letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
        self._words = np.array(
            ["".join(self._chance.choice(letters, size=3 + n % 9)) for n in range(60_000)], dtype=object
        )
        self._recent: list[str] = []
        self.count = 0

    def text(self) -> str:
        if self._recent and self.count % 10 == 9:  # a copy, with another beginning
            return f"{self.words(12)}\n\n{self._recent[self.count % len(self._recent)]}"
        length = int(self._chance.integers(250, 750))
        ranks = np.minimum((self._chance.pareto(0.9, size=length) * 8).astype(int), 59_999)
        words = self._words[ranks].tolist()
        lines = [" ".join(words[n : n + 17]).capitalize() + "." for n in range(0, length, 17)]
        made = "\n\n".join(" ".join(lines[n : n + 3]) for n in range(0, len(lines), 3))
        self._recent = [*self._recent[-400:], made]
        return made

    def words(self, number: int) -> str:
        return " ".join(self._words[self._chance.integers(0, 60_000, size=number)])

    def articles(self, number: int) -> list[Prepared]:
        return [self._article() for _ in range(number)]

    def _found(self, site: int) -> dict[str, str]:
        """Where the fields were found: each site in its way, and now and then one in another."""
        ways = ("json-ld", "og", "meta")
        found = {name: ways[site // 3**place % 3] for place, name in enumerate(FIELDS[:6])}
        found |= dict.fromkeys(FIELDS[6:], "json-ld")
        found |= {"canonical_url": "link", "text": "blocks", "language": "normalize: words usual in en only"}
        if self.count % 3 == 0:
            found[FIELDS[self.count // 3 % len(FIELDS)]] = "figure"
        return found

    def _article(self) -> Prepared:
        self.count += 1
        text, title = self.text(), self.words(9).capitalize()
        site = f"s{self.count % SITES}.example"
        url = f"https://{site}/2026/11/{self.count}/{'-'.join(title.lower().split())}"
        made = replace(
            content(f"{self.count}"),
            url=url,
            site=site,
            title=title,
            lead=text[:200],
            text=text,
            authors=(self.words(2).title(),),
            tags=tuple(self.words(3).split()),
            published_at=at(NOW + self.count),
            word_count=len(text.split()),
            content_hash=content_hash(text, title),
            reader="4",
            canonical_url=url,
            provenance=self._found(self.count % SITES),
        )
        key = url_key(url)
        return Prepared(
            content=made, urls=((url, key),), canonical_key=key, comparable=comparable(text),
            fingerprint=fingerprint(text), fetched_at=at(NOW + self.count),
        )  # fmt: skip


@dataclass
class Watch:
    """CPU time of this process and of a database server, and the time on the wall."""

    server: psutil.Process | None = None
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def _spent(self) -> float:
        mine = time.process_time()
        if self.server is None:
            return mine
        for process in (self.server, *self.server.children(recursive=True)):
            times = process.cpu_times()
            mine += times.user + times.system
        return mine

    def run(self, work: Callable[[], None]) -> None:
        cpu, wall = self._spent(), time.perf_counter()
        work()
        self.wall.append(time.perf_counter() - wall)
        self.cpu.append(self._spent() - cpu)

    def each(self, part: slice) -> float:
        """Return the CPU time of a window among some of them."""
        return statistics.median(self.cpu[part])

    def told(self, name: str, *, each: int = WINDOW) -> str:
        first, last = (each / self.each(part) for part in (FIRST, LAST))
        walls = each / statistics.median(self.wall)
        return f"{name:<34} {first:>7,.0f} -> {last:>7,.0f} a second of CPU, {walls:>7,.0f} on the wall"


class Kabar:
    """The whole path from a prepared article to its row in the search index."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.likeness = Likeness(window=60.0)
        self.saved = 0

    def one_by_one(self, articles: list[Prepared]) -> None:
        for prepared in articles:
            with self.store.transaction():
                self._keep(prepared)

    def in_batches(self, articles: list[Prepared]) -> None:
        for start in range(0, len(articles), BATCH):
            with self.store.transaction():
                arrivals = self._arrivals(articles[start : start + BATCH])
                self._count(save_all(self.store, arrivals, likeness=self.likeness))

    def _keep(self, prepared: Prepared) -> None:
        [arrival] = self._arrivals([prepared])
        self._count([save_one(self.store, arrival, likeness=self.likeness)])

    def _arrivals(self, articles: list[Prepared]) -> list[Arrival]:
        now = articles[0].fetched_at.timestamp()
        lines = [
            NewEntry(url=url, url_key=key, host=prepared.content.site)
            for prepared in articles
            for url, key in prepared.urls
        ]
        entries = self.store.entries.add_archived(lines, archive_id=1, now=now)
        return [
            Arrival(prepared=prepared, entry=entry, lease=None, now=now)
            for prepared, entry in zip(articles, entries, strict=True)
        ]

    def _count(self, saved: Sequence[Saved]) -> None:
        self.saved += sum(one.outcome in ("stored", "duplicate") for one in saved)


class PlainFts:
    """What one writes by hand: a table with a unique URL, and FTS5 with its defaults, one commit each."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.executescript(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
            "CREATE TABLE articles (id INTEGER PRIMARY KEY, url TEXT UNIQUE, site TEXT, title TEXT,"
            " text TEXT, published TEXT); CREATE VIRTUAL TABLE found USING fts5(title, text);"
        )

    def keep(self, articles: list[Prepared]) -> None:
        for prepared in articles:
            made = prepared.content
            self.connection.execute("BEGIN IMMEDIATE")
            cursor = self.connection.execute(
                "INSERT INTO articles (url, site, title, text, published) VALUES (?, ?, ?, ?, ?)",
                (made.url, made.site, made.title, made.text, str(made.published_at)),
            )
            self.connection.execute(
                "INSERT INTO found (rowid, title, text) VALUES (?, ?, ?)",
                (cursor.lastrowid, made.title, made.text),
            )
            self.connection.execute("COMMIT")


_NEWSPLEASE = """
CREATE TABLE CurrentVersions (id SERIAL PRIMARY KEY, date_modify timestamp(0) NOT NULL,
 date_download timestamp(0) NOT NULL, localpath varchar(255) NOT NULL, filename varchar(2000) NOT NULL,
 source_domain varchar(255) NOT NULL, url varchar(2000) NOT NULL, image_url varchar(2000),
 title varchar(255) NOT NULL, title_page varchar(255) NOT NULL, title_rss varchar(255),
 maintext text NOT NULL, description text, date_publish timestamp(0), authors varchar(255) ARRAY,
 language varchar(255),
 ancestor int NOT NULL DEFAULT 0, descendant int NOT NULL DEFAULT 0, version int NOT NULL DEFAULT 1);
CREATE INDEX current_url ON CurrentVersions (url)"""


class NewsPlease:
    """The table of news-please and its statements; the index on the URL, which it lacks, is a present."""

    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url.replace("postgresql+psycopg", "postgresql"))
        self.connection.execute(_NEWSPLEASE)
        self.connection.commit()

    def keep(self, articles: list[Prepared]) -> None:
        for prepared in articles:
            made = prepared.content
            self.connection.execute("SELECT * FROM CurrentVersions WHERE url = %s", (made.url,)).fetchone()
            self.connection.execute(
                "INSERT INTO CurrentVersions (date_modify, date_download, localpath, filename, source_domain,"
                " url, title, title_page, maintext, description, date_publish, authors, language, ancestor,"
                " descendant, version) VALUES (%s, %s, '', %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 0, 0, 1)"
                " RETURNING id",
                (
                    *(prepared.fetched_at, prepared.fetched_at, made.url[-100:], made.site, made.url),
                    *(made.title[:255], made.title[:255], made.text, made.lead, made.published_at),
                    *(list(made.authors), made.language),
                ),
            ).fetchone()
            self.connection.commit()


def windows(press: Press) -> Iterator[tuple[list[Prepared], bool]]:
    """Yield articles, and whether they are measured: the first and the last ten thousand are."""
    number = MOST // WINDOW
    for window in range(number):
        yield press.articles(WINDOW), window < 10 or window >= number - 10


def bytes_of(articles: list[Prepared]) -> int:
    return sum(len(f"{one.content.title}{one.content.text}".encode()) for one in articles)


def test_sqlite(tmp_path: Path) -> None:
    press, total = Press(), 0
    ours, batched, plain = Watch(), Watch(), Watch()
    peer = PlainFts(tmp_path / "plain.db")
    one, other = (open_store(f"sqlite:///{tmp_path}/{name}.db") for name in ("one", "other"))
    with one, other:
        single, many = Kabar(one), Kabar(other)
        for articles, measured in windows(press):
            total += bytes_of(articles)
            one_by_one = single.one_by_one if measured else single.in_batches
            for watch, work in ((ours, one_by_one), (batched, many.in_batches), (plain, peer.keep)):
                (watch if measured else Watch()).run(lambda work=work, made=articles: work(made))  # type: ignore[misc]
        assert single.saved == many.saved == MOST
        if os.environ.get("KABAR_BENCH_PROFILE"):
            profile(lambda: single.one_by_one(press.articles(WINDOW)))
        with other._database.read() as connection:
            together = other._database.size(connection) or 0
        with one._database.read() as connection:
            taken = one._database.size(connection) or 0
            tables = connection.exec_driver_sql(
                "SELECT name, sum(pgsize), sum(unused) FROM dbstat GROUP BY name ORDER BY 2 DESC"
            ).all()
            indexes = {
                *connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'index'").scalars()
            }
    print(f"\nSQLite, {MOST:,} articles of {total / MOST:,.0f} bytes of text")
    print(ours.told("kabar, each in a transaction"))
    print(batched.told(f"kabar, {BATCH} in a transaction"))
    print(plain.told("a table and FTS5 with its defaults"))
    theirs = (tmp_path / "plain.db").stat().st_size
    print(f"size {taken / total:.2f} of the text, {BATCH} in a transaction {together / total:.2f}", end="")
    print(f", peer {theirs / total:.2f}")
    search = sum(size for name, size, _ in tables if name.startswith("search_index"))
    keys = sum(size for name, size, _ in tables if name in indexes)
    prints = sum(size for name, size, _ in tables if name.startswith("near_"))
    rows = sum(size for _, size, _ in tables) - search - keys - prints
    print(
        f"  rows {rows / total:.2f}, search index {search / total:.2f}, keys of copies {prints / total:.2f},"
    )
    empty = sum(unused for _, _, unused in tables)
    print(f"  other indexes {keys / total:.2f}; empty places in pages {empty / total:.2f}")
    print("  " + ", ".join(f"{name} {size / total:.3f}" for name, size, _ in tables[:16]))
    assert taken <= 1.9 * total
    assert together <= 1.83 * total
    assert rows <= 1.4 * total
    assert batched.each(LAST) <= 3 * plain.each(LAST)
    assert batched.each(LAST) / plain.each(LAST) <= 2 * batched.each(FIRST) / plain.each(FIRST)


def test_postgres() -> None:
    press, total = Press(), 0
    with server() as running:
        for name in ("one", "other", "peer"):
            running.run(f"CREATE DATABASE {name}")
        process = postmaster(str(running.folder))
        ours, batched, theirs = (Watch(server=process) for _ in range(3))
        peer = NewsPlease(running.url("peer"))
        with open_store(running.url("one")) as one, open_store(running.url("other")) as other:
            single, many = Kabar(one), Kabar(other)
            for articles, measured in windows(press):
                total += bytes_of(articles)
                for watch, work in (
                    (ours, single.one_by_one if measured else single.in_batches),
                    (batched, many.in_batches),
                    (theirs, peer.keep),
                ):
                    watch = watch if measured else Watch(server=process)
                    watch.run(lambda work=work, made=articles: work(made))  # type: ignore[misc]
            if os.environ.get("KABAR_BENCH_PROFILE"):
                profile(lambda: single.one_by_one(press.articles(WINDOW)))
            with one._database.read() as connection:
                taken = one._database.size(connection) or 0
                tables = connection.exec_driver_sql(
                    "SELECT relname, pg_total_relation_size(oid) FROM pg_class WHERE relkind = 'r'"
                    " ORDER BY 2 DESC LIMIT 10"
                ).all()
        [(other_size,)] = peer.connection.execute("SELECT pg_database_size('peer')").fetchall()
        peer.connection.close()
    print(f"\nPostgreSQL, {MOST:,} articles of {total / MOST:,.0f} bytes of text")
    print(ours.told("kabar, each in a transaction"))
    print(batched.told(f"kabar, {BATCH} in a transaction"))
    print(theirs.told("news-please's table"))
    print(f"size {taken / total:.2f} of the text, news-please's table {other_size / total:.2f}")
    print("  " + ", ".join(f"{name} {size / total:.3f}" for name, size in tables))
    assert taken <= 3.1 * total
    assert batched.each(LAST) <= 4 * theirs.each(LAST)


def postmaster(folder: str) -> psutil.Process:
    for process in psutil.process_iter(["cmdline", "ppid"]):
        line: list[Any] = process.info["cmdline"] or []
        if any(folder in str(part) for part in line) and "postgres" in str(line[0]):
            return process
    raise RuntimeError("the server of the tests was not found")


def profile(work: Callable[[], None]) -> None:
    profiler = cProfile.Profile()
    profiler.runcall(work)
    pstats.Stats(profiler).sort_stats("tottime").print_stats(28)
