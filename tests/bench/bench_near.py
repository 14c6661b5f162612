"""What it costs to find copies: fingerprints beside MinHash, look-ups as a store grows, all of it together.

CPU time of this process, medians of rounds, measured in turns with a peer. ``KABAR_BENCH_ARTICLES`` is how
far stores grow (a million takes some minutes and a gigabyte).
"""

import os
import random
import statistics
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crawler.likeness import Likeness, Neighbourhood, kept_print
from crawler.near.candidates import ENOUGH, FULL, Lists
from crawler.near.fingerprint import PROBED, Fingerprint, fingerprint
from crawler.near.joining import keys_to_store
from crawler.near.match import match
from storage import open_store
from storage.likeness import KeptPrint
from storage.store import Store
from storage.sweeping import LOT, sweep
from tests.copies import EDITS, copied, prose
from tests.keeping import NOW
from tests.postgres import server

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]
MOST = int(os.environ.get("KABAR_BENCH_ARTICLES", "100000"))
FEW = 10_000
BATCH = 50
DAY = int(NOW // 86_400)
RECENT = 2000
COPIES, VERBATIM = 5, 4
"""One article in so many is a copy, and one copy in so many so like its original that it gets no keys: of
the copies among the real texts of ``tests/gate`` 27 in a hundred are."""
FOOTERS, MANY = 2, 250
"""Keys of an article that many have, and how many such there are: few enough for their lists to be full."""


def cpu(function: Callable[[], Any], *, rounds: int = 7) -> float:
    """Return the CPU-seconds that a call takes, the median of several."""
    taken = []
    for _ in range(rounds):
        begun = time.process_time()
        function()
        taken.append(time.process_time() - begun)
    return statistics.median(taken)


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """Articles of some 500 words, every fifth one a copy."""
    made: list[str] = []
    names = [*EDITS]
    for number in range(500):
        if number % 5 == 4:
            made.append(copied(made[number - 3], names[number % len(names)], number))
        else:
            made.append(prose(number, words=350 + 40 * (number % 9)))
    return made


def minhash(shingles: list[list[bytes]]) -> None:
    from datasketch import MinHash

    for some in shingles:
        MinHash(num_perm=128).update_batch(some)


def shingled(texts: list[str]) -> list[list[bytes]]:
    split = [text.split() for text in texts]
    return [
        [" ".join(words[at : at + 5]).encode() for at in range(max(1, len(words) - 4))] for words in split
    ]


def test_fingerprint_beside_minhash(texts: list[str]) -> None:
    """The whole fingerprint from the text, beside MinHash alone with its shingles given."""
    shingles = shingled(texts)
    fingerprint("ÿ")
    peers, ours = [], []
    for _ in range(5):
        peers.append(cpu(lambda: minhash(shingles), rounds=1))
        ours.append(cpu(lambda: [complete(text) for text in texts], rounds=1))
    ratio = statistics.median(ours) / statistics.median(peers)
    tell("fingerprint", ours, peers, texts)
    assert ratio < 1


def complete(text: str) -> Fingerprint:
    """Return a fingerprint with what is otherwise made only for texts that are compared."""
    made = fingerprint(text)
    assert made.size
    assert made.exact
    return made


def tell(what: str, ours: list[float], peers: list[float], texts: list[str]) -> None:
    mine, peer = (statistics.median(rounds) / len(texts) * 1e6 for rounds in (ours, peers))
    length = statistics.mean(map(len, texts))
    print(f"\n{what} {mine:.0f} us ({1e6 / mine:,.0f}/s), MinHash {peer:.0f} us: {mine / peer:.2f} of it")
    print(f"  texts have {length:.0f} characters in the mean")


def test_end_to_end(texts: list[str], tmp_path: Path) -> None:
    """Fingerprint, candidates, verification and keeping, beside MinHash alone with its shingles given."""
    shingles = shingled(texts)
    peers, ours, copies = [], [], 0
    for turn in range(5):
        with open_store(f"sqlite:///{tmp_path}/{turn}.db") as store:
            fill_articles(store, 1, len(texts), texts)
            begun = time.process_time()
            copies = judge_all(store, texts)
            ours.append(time.process_time() - begun)
        peers.append(cpu(lambda: minhash(shingles), rounds=1))
    ratio = statistics.median(ours) / statistics.median(peers)
    tell(f"all of it ({copies} copies)", ours, peers, texts)
    assert copies >= 0.9 * len(texts) / 5
    assert ratio < 0.5  # where MinHash takes 408 us, that is 4,900 articles a second


def judge_all(store: Store, texts: list[str]) -> int:
    likeness = Likeness(window=60)
    copies = 0
    for start in range(0, len(texts), BATCH):
        prints = [fingerprint(text) for text in texts[start : start + BATCH]]
        with store.transaction():
            around = Neighbourhood(likeness, store, prints)
            kept = []
            for number, new in enumerate(prints, start=start + 1):
                found = around.find(new, now=NOW)
                kept.append(kept_print(number, found, now=NOW))
                around.note(kept[-1], new, story_id=found.best[0] if found.best else number, revision=1)
                copies += found.best is not None
            store.fingerprints.add(kept)
    return copies


def fill_articles(store: Store, first: int, number: int, texts: list[str] | None = None) -> None:
    """Put rows there that are just enough to be found."""
    article = (
        "INSERT INTO articles (id, revision_id, revision, story_id, site, content_hash, order_at,"
        " first_seen_at, last_seen_at, fetched_at) VALUES (?, ?, 1, ?, 'a.example', ?, 1, 1, 1, 1)"
    )
    revision = (
        "INSERT INTO revisions (id, article_id, number, seen_at, url, site, title, authors, tags, word_count,"
        " text_source, provenance, content_hash, citations, repeats, text)"
        " VALUES (?, ?, 1, 1, '', '', '', '[]', '[]', 1, 'page', '{}', '', '[]', '[]', ?)"
    )
    ids = range(first, first + number)
    with store._database.write() as connection:
        store._database.run(connection, article, [(n, n, n, f"h{n}") for n in ids])
        if texts is not None:
            store._database.run(connection, revision, [(n, n, texts[n - first]) for n in ids])


class Grown:
    """A store whose articles have keys by chance, some of them those of footers; it grows on demand."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.likeness = Likeness(window=60)
        self.any = fingerprint("any text")
        self.chance = np.random.default_rng(7)
        self.kept: deque[tuple[int, ...]] = deque(maxlen=RECENT)
        self.size = 0
        self.footers = self.chance.integers(0, 1 << 47, size=MANY).tolist()
        self.under = dict.fromkeys(self.footers, 0)

    def probes(self, number: int) -> list[tuple[int, ...]]:
        """Keys of texts to come: every fifth has most of a recent one's, all have a footer's.

        Copies follow their originals closely, so stories have as many articles in a large store as in a
        small one.
        """
        made = self.chance.integers(0, 1 << 47, size=(number, PROBED)).tolist()
        chosen = self.chance.integers(0, len(self.kept) or 1, size=number).tolist()
        for at, keys in enumerate(made):
            if self.kept and at % COPIES == 0:
                some = self.kept[chosen[at]][:-2]
                keys[: len(some)] = some
            keys[-FOOTERS:] = [self.footers[n] for n in self.chance.integers(0, MANY, size=FOOTERS)]
        return [tuple(sorted(set(keys))) for keys in made]

    def grow(self, size: int) -> None:
        while self.size < size:
            number = min(RECENT, size - self.size)
            fill_articles(self.store, self.size + 1, number)
            prints = []
            for at, keys in enumerate(self.probes(number)):
                kept = tuple(key for key in keys if self.under.get(key, 0) < FULL)[:ENOUGH]
                if at % (COPIES * VERBATIM) == 0:
                    kept = ()
                for key in kept:
                    if key in self.under:
                        self.under[key] += 1
                if kept:
                    self.kept.append(kept)
                prints.append(KeptPrint(article_id=self.size + 1 + at, keys=kept, day=DAY, algorithm=1))
            self.add(prints)
            self.size += number
        if self.store._database.postgres:  # what a running server does by itself; the one of tests does not
            engine = self.store._database.engine.execution_options(isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                connection.exec_driver_sql("VACUUM ANALYZE")

    def add(self, prints: list[KeptPrint]) -> None:
        database = self.store._database
        if not database.postgres:
            return self.store.fingerprints.add(prints)
        postings = [(key, one.article_id) for one in prints for key in one.keys]
        docs = [(one.article_id, one.day, one.algorithm, b"") for one in prints]
        with database.write() as connection:
            cursor: Any = connection.connection.cursor()
            for table, rows in (("near_postings", postings), ("near_docs", docs)):
                with cursor.copy(f"COPY {table} FROM STDIN") as copy:  # a million takes an hour otherwise
                    for row in rows:
                        copy.write_row(row)
        return None

    def lookups(self, *, batch: int, number: int = 1000) -> tuple[float, float]:
        """Return CPU-microseconds and median wall-microseconds a look-up takes."""
        probes = [replace(self.any, keys=keys) for keys in self.probes(number)]
        walls = []
        begun = time.process_time()
        for start in range(0, number, batch):
            at = time.perf_counter()
            with self.store._database.read():
                Neighbourhood(self.likeness, self.store, probes[start : start + batch])
            walls.append((time.perf_counter() - at) / batch)
        return (time.process_time() - begun) / number * 1e6, statistics.median(walls) * 1e6

    def bytes(self) -> dict[str, float]:
        """Return the bytes an article takes in each table of fingerprints, indexes included."""
        sql = "SELECT name, sum(pgsize) FROM dbstat WHERE name LIKE 'near_%' GROUP BY name"
        if self.store._database.postgres:
            sql = (
                "SELECT relname, pg_total_relation_size(oid) FROM pg_class"
                " WHERE relkind = 'r' AND relname LIKE 'near_%%'"
            )
        with self.store._database.read() as connection:
            rows = connection.exec_driver_sql(sql).all()
        return {name: round(size / self.size, 1) for name, size in rows}


def measured(small: Grown, large: Grown) -> tuple[float, float, float]:
    """Return how CPU time and median wall time of a look-up grow, and which part of MinHash's it takes.

    Measured in turns, of texts that are looked up together, as where articles are kept.
    """
    rounds: dict[int, list[tuple[float, float]]] = {FEW: [], MOST: []}
    shingles = shingled([prose(number, words=500) for number in range(50)])
    peers = []
    for grown, size in ((small, FEW), (large, MOST)):
        grown.grow(size)
        grown.lookups(batch=BATCH)
    for _ in range(9):
        for grown in (small, large):
            rounds[grown.size].append(grown.lookups(batch=BATCH))
        peers.append(cpu(lambda: minhash(shingles), rounds=1) / len(shingles) * 1e6)
    told = {}
    for grown in (small, large):
        cost, wall = (statistics.median(one[n] for one in rounds[grown.size]) for n in (0, 1))
        alone = grown.lookups(batch=1)
        told[grown.size] = cost, wall
        print(
            f"{grown.size:>9,}: {cost:.0f} us CPU ({1e6 / cost:,.0f}/s), p50 {wall:.0f} us;"
            f" one by one {alone[0]:.0f} us CPU, p50 {alone[1]:.0f} us; bytes {grown.bytes()}"
        )
    (cost, wall), (more, longer) = told[FEW], told[MOST]
    peer = statistics.median(peers)
    print(
        f"growth: CPU {more / cost:.2f}, wall {longer / wall:.2f};"
        f" MinHash {peer:.0f} us: {more / peer:.2f} of it"
    )
    return more / cost, longer / wall, more / peer


def removed(grown: Grown) -> float:
    """Return the CPU-microseconds that an article's keys take to go, where as many go as in a large prune.

    The oldest ones go, and others by chance, a hundred at once, to tell what that costs.
    """
    most = min(LOT, grown.size // 2)
    begun = time.process_time()
    assert max(sweep(grown.store._database, range(1, most + 1))) == most
    with grown.store._database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    together = (time.process_time() - begun) / most * 1e6
    some = (most + grown.chance.choice(grown.size - most, size=1000, replace=False)).tolist()
    begun = time.process_time()
    for start in range(0, len(some), 100):
        grown.store.fingerprints.remove(some[start : start + 100])
    few = (time.process_time() - begun) / len(some) * 1e6
    print(f"removal {together:.0f} us CPU, {most:,} at once; a hundred at once {few:.0f} us")
    return together


def test_sqlite_grows(tmp_path: Path) -> None:
    print()
    small, large = (f"sqlite:///{tmp_path}/{name}.db" for name in ("small", "large"))
    with open_store(small) as few, open_store(large) as most:
        grown = Grown(most)
        growth, _, part = measured(Grown(few), grown)
        sizes = grown.bytes()
        removal = removed(grown)
        assert growth <= 2.5
        assert part <= 0.15  # where MinHash takes 408 us, that is 16,300 look-ups a second
        assert removal <= 50
        assert sizes["near_postings"] <= 200
        assert sum(sizes.values()) <= 300


def test_postgres_grows() -> None:
    print()
    with server() as running:
        for name in ("small", "large"):
            running.run(f"CREATE DATABASE {name}")
        with open_store(running.url("small")) as few, open_store(running.url("large")) as most:
            _, growth, _ = measured(Grown(few), Grown(most))
            assert growth <= 2


def test_recall_of_candidates() -> None:
    """What the rule accepts is nearly always found by keys, among thousands of others."""
    lists = Lists()
    originals: list[Fingerprint] = []
    for number in range(2000):
        new = fingerprint(prose(number, words=200 + number % 400))
        lists.add(number, keys_to_store(new, None, lists.full))
        originals.append(new)
    chance, accepted, found = random.Random(3), 0, 0
    for number in range(2000):
        name = chance.choice([*EDITS])
        copy = fingerprint(copied(prose(number, words=200 + number % 400), name, number))
        if match(copy, originals[number]):
            accepted += 1
            found += any(number in lists.under.get(key, ()) for key in copy.keys)
    print(f"\n{found} of {accepted} found: {found / accepted:.4f}")
    assert found / accepted >= 0.995
