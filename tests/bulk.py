"""Build a store of very many articles in minutes, on either database, always the same: for measurements.

Words are drawn as languages have them (the rank of a word times its frequency is about the same for all),
sites, tags and authors likewise. Articles come in the order in which they were first seen; most came out
within hours before, one in thirty long ago; one in five tells a story that another told before.
Rows go past the repositories, straight into the tables and into the index of words.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from storage import open_store, tables
from storage.database import Database
from storage.tables import SAMPLED
from storage.text import Indexed
from storage.values import digest, iso, key_digest, moment
from storage.word_index import ALL, SAMPLE

START = 1_730_000_000.0
LASTS = 365 * 86_400.0
"""Seconds between the first article and the last."""
SITES, WORDS, TAGS, AUTHORS, SOURCES = 200, 50_000, 5_000, 5_000, 400
LANGUAGES = ("id", "id", "id", "en", "en", "ms", "nl", "de", None)
_TOGETHER = 1_000
_Row = tuple[Any, ...]
_EMPTY: dict[str, Any] = {"text_source": "page", "provenance": "{}", "repeats": "[]", "credits": "[]"}
_EMPTY |= {"reservations": "{}", "kind": "published", "citations": "[]", "number": 1}
TABLES = ("articles", "revisions", "article_urls", "article_sources")


@dataclass(frozen=True)
class Made:
    """The rows of one article by table, and the words that are indexed."""

    rows: dict[str, dict[str, Any]]
    words: Indexed


def word(rank: int) -> str:
    """Return the word of a rank."""
    letters, left = "", rank * 2_654_435_761 % 2**32
    for _ in range(3 + rank % 7):
        letters, left = letters + "bcdefghiklmoprstuvwz"[left % 20], left // 20 + rank
    return f"{letters}{rank:x}"


def _zipf(most: int, ahead: float) -> Any:
    """Return the summed shares of ranks; the first have less than Zipf gives them by ``ahead``."""
    sums = np.cumsum(1 / (np.arange(most) + ahead))
    return sums / sums[-1]


def articles(number: int, *, seed: int = 4) -> Iterator[Made]:
    """Yield that many articles, the first seen first."""
    chance = np.random.default_rng(seed)
    known = np.array([word(rank) for rank in range(WORDS)], dtype=object)
    shares = {"word": _zipf(WORDS, 10), "site": _zipf(SITES, 5), "tag": _zipf(TAGS, 20)}
    drawn = {
        name: np.searchsorted(shares[name], chance.random(4 * number if name == "tag" else number))
        for name in ("site", "tag")
    }
    for first in range(0, number, _TOGETHER):
        lengths = np.clip(chance.lognormal(5.9, 0.45, _TOGETHER), 80, 2_000).astype(int)
        ranks = np.searchsorted(shares["word"], chance.random(int(lengths.sum())))
        cut = np.split(known[ranks], np.cumsum(lengths)[:-1])
        lag = chance.exponential(5_000, _TOGETHER)
        lag = np.where(chance.random(_TOGETHER) < 0.03, chance.random(_TOGETHER) * LASTS, lag)
        copied, author = chance.random(_TOGETHER) < 0.2, chance.integers(0, AUTHORS, _TOGETHER)
        for place in range(min(_TOGETHER, number - first)):
            at = first + place
            seen = START + LASTS * at / number
            original = max(1, at - at % 97) if copied[place] and at > 200 else None
            tags = sorted({f"tag{rank}" for rank in drawn["tag"][4 * at : 4 * at + 4]})
            site, name = f"site{drawn['site'][at]}.example", f"Ana N{author[place]}"
            yield _made(
                at + 1, cut[place].tolist(), site, tags, name, seen=seen, published=float(seen - lag[place]),
                original=original,
            )  # fmt: skip


def _made(
    number: int,
    words: list[str],
    site: str,
    tags: list[str],
    author: str,
    *,
    seen: float,
    published: float,
    original: int | None,
) -> Made:
    text = "\n\n".join(" ".join(words[at : at + 60]) + "." for at in range(0, len(words), 60))
    title, lead = " ".join(words[5:14]), " ".join(words[:25])
    url, language = f"https://{site}/{number}", LANGUAGES[number * 7_919 % len(LANGUAGES)]
    both = {"site": site, "language": language, "content_hash": f"{number:064x}"}
    article = {
        **both,
        "content_hash": f"{number:016x}",
        **{"id": number, "revision_id": number, "revision": 1, "story_id": original or number},
        **{"duplicate_of": original, "order_at": published, "edits": 0},
        **dict.fromkeys(("first_seen_at", "last_seen_at", "fetched_at"), seen),
    }
    revision = {
        **both, **_EMPTY, "id": number, "article_id": number, "seen_at": seen, "url": url, "title": title,
        "authors": json.dumps([author]), "published_at": iso(moment(published)), "tags": json.dumps(tags),
        "word_count": len(words), "lead": lead, "text": text, "reader": "4",
    }  # fmt: skip
    link = {"id": number, "key": key_digest(url), "article_id": number, "url": None}
    carried = {"article_id": number, "source_id": 1 + number * 31 % SOURCES, "seen_at": seen}
    rows = dict(zip(TABLES, (article, revision, link, carried), strict=True))
    labels = " ".join(f"#{tag}" for tag in tags)
    return Made(rows, Indexed(title, lead, " ".join(words), author.lower(), labels))


def build(url: str, number: int) -> None:
    """Fill an empty store with that many articles."""
    with open_store(url) as store:
        _follow(store._database)
        (_fill_postgres if store._database.postgres else _fill_sqlite)(store._database, number)


def _follow(database: Database) -> None:
    hosts = [{"id": n, "key": digest(f"h{n}"), "name": f"h{n}.example"} for n in range(1, SOURCES + 1)]
    sources = [
        {"id": n, "key": digest(f"s{n}"), "host_id": n, "url": f"https://h{n}.example/feed", "kind": "feed",
         "state": "active", "title": f"Feed {n}", "folded": f"feed {n}", "created_at": START}
        for n in range(1, SOURCES + 1)
    ]  # fmt: skip
    with database.write() as connection:
        connection.execute(tables.hosts.insert(), hosts)
        connection.execute(tables.sources.insert(), sources)


def _pieces(number: int) -> Iterator[list[Made]]:
    made = articles(number)
    while piece := list(islice(made, _TOGETHER)):
        yield piece


def _fill_sqlite(database: Database, number: int) -> None:
    with database.engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        for pragma in (
            "journal_mode = OFF",
            "synchronous = OFF",
            "cache_size = -200000",
            "foreign_keys = OFF",
        ):
            raw.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]
        _set(raw, ALL, "hashsize", 1 << 27)
        raw.execute("BEGIN")  # type: ignore[attr-defined]
        for piece in _pieces(number):
            for table in TABLES:
                rows = [made.rows[table] for made in piece]
                names = ", ".join(rows[0])
                places = ", ".join(f":{name}" for name in rows[0])
                raw.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", rows)  # type: ignore[attr-defined]
            words = [(made.rows["articles"]["id"], *made.words.parts()) for made in piece]
            for name, some in ((ALL, words), (SAMPLE, [row for row in words if row[0] % SAMPLED == 0])):
                sql = f"INSERT INTO {name} (rowid, title, lead, body, names, tags) VALUES (?, ?, ?, ?, ?, ?)"
                raw.executemany(sql, some)  # type: ignore[attr-defined]
        _set(raw, ALL, "hashsize", 1 << 20)
        raw.execute("COMMIT")  # type: ignore[attr-defined]
        raw.execute("PRAGMA journal_mode = WAL")  # type: ignore[attr-defined]


def _set(raw: Any, table: str, name: str, value: int) -> None:
    raw.execute(f"INSERT INTO {table} ({table}, rank) VALUES (?, ?)", (name, value))


def _fill_postgres(database: Database, number: int) -> None:
    with database.write() as connection:
        raw: Any = connection.connection.dbapi_connection
        cursor = raw.cursor()
        cursor.execute("SET maintenance_work_mem = '1GB'")
        cursor.execute("SET session_replication_role = replica")  # without a look at foreign keys
        indexes = "SELECT indexdef FROM pg_indexes WHERE indexname IN ('search_tokens', 'search_sampled')"
        made_last = cursor.execute(indexes).fetchall()
        cursor.execute("DROP INDEX search_tokens, search_sampled")
        for piece in _pieces(number):
            for table in TABLES:
                rows = [made.rows[table] for made in piece]
                with cursor.copy(f"COPY {table} ({', '.join(rows[0])}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(tuple(row.values()))
            with cursor.copy("COPY search_index (revision_id, words) FROM STDIN") as copy:
                for made in piece:
                    words = "\n".join(f" {part} " for part in made.words.parts())
                    copy.write_row((made.rows["articles"]["id"], words))
        for (statement,) in made_last:
            cursor.execute(statement)
        for table in TABLES[:3]:
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {number})")
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")


if __name__ == "__main__":
    build(sys.argv[1], int(sys.argv[2]))
