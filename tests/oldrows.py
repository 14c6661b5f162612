"""Rows as stores of earlier schemas held them, put in through SQL, for the tests that upgrade such stores."""

import hashlib
from typing import Any

from sqlalchemy import Connection, inspect, text

from storage.packing import packed
from storage.tables import metadata

NEWEST = 1_700_000_000.0
DIGEST = bytes(range(32))
LAYOUT = b"<ul>" + b"".join(b"<li>%d</li>" % number for number in range(99)) + b"</ul>"
PAGE = LAYOUT + b"<p>The albatross.</p>"
TEXT = "The albatross came back to the harbour."

ROWS: dict[str, list[dict[str, Any]]] = {
    "hosts": [
        {"id": 1, "key": b"h1", "name": "a.example", "next_due_at": 5.0},
        {
            "id": 2,
            "key": b"h2",
            "name": "b.example",
            "lease_owner": "me",
            "lease_until": 9.0,
            "next_due_at": 9.0,
        },
    ],
    "robots": [
        {
            "key": b"r1",
            "host_id": 1,
            "origin": "https://a.example",
            "status": 200,
            "text": "User-agent: *",
            "fetched_at": 3.0,
        },
    ],
    "sources": [
        {
            "id": 7,
            "key": b"s7",
            "host_id": 1,
            "url": "https://a.example/feed",
            "kind": "feed",
            "state": "active",
            "title": "Harian \N{SNOWMAN}",
            "tags": '["x"]',
            "created_at": 5.0,
            "last_poll_id": 1,
            "next_due_at": 5.0,
        },
        {
            "id": 9,
            "key": b"s9",
            "host_id": 2,
            "url": "https://b.example/feed",
            "kind": "feed",
            "state": "removed",
            "created_at": 6.0,
        },
    ],
    "polls": [
        {
            "id": 1,
            "source_id": 7,
            "at": 6.0,
            "outcome": "new",
            "status": 200,
            "entries_seen": 3,
            "entries_new": 3,
            "seconds": 0.5,
            "size": 1234,
        },
    ],
    "articles": [
        {
            "id": 3,
            "revision_id": 6,
            "revision": 2,
            "story_id": 3,
            "site": "a.example",
            "content_hash": "h6",
            "order_at": 10.0,
            "first_seen_at": 10.0,
            "last_seen_at": 12.0,
            "fetched_at": 12.0,
            "edits": 1,
        },
        {
            "id": 4,
            "revision_id": 8,
            "revision": 1,
            "story_id": 3,
            "duplicate_of": 3,
            "site": "b.example",
            "content_hash": "0123456789abcdef" * 4,
            "canonical_digest": DIGEST,
            "order_at": 11.0,
            "first_seen_at": 11.0,
            "last_seen_at": 11.0,
            "fetched_at": NEWEST,
        },
    ],
    "revisions": [
        {
            "id": number,
            "article_id": article,
            "number": order,
            "seen_at": 10.0,
            "url": f"https://{site}/{number}",
            "site": site,
            "title": f"Title {number}",
            "authors": '["An Author"]',
            "tags": '["x"]',
            "word_count": 7,
            "text_source": "page",
            "provenance": "{}",
            "content_hash": f"h{number}",
            "citations": "[]",
            "repeats": "[]",
            "text": TEXT,
            "paywalled": True,
            "published_at": "2023-11-14T22:13:20+07:00",
        }
        for number, article, order, site in (
            (5, 3, 1, "a.example"),
            (6, 3, 2, "a.example"),
            (8, 4, 1, "b.example"),
        )
    ],
    "provenances": [{"id": 5, "value": '{"title":"og"}'}],
    "article_urls": [
        {"id": 1, "key": b"u3", "article_id": 3, "url": "https://a.example/6"},
        {"id": 2, "key": DIGEST, "article_id": 4, "url": "https://b.example/8"},
    ],
    "article_sources": [{"article_id": 3, "source_id": 7, "seen_at": 10.0}],
    "entries": [
        {
            "id": 1,
            "key": b"e1",
            "source_id": 7,
            "host_id": 1,
            "url": "https://a.example/6",
            "url_key": "a.example/6",
            "url_digest": b"u3",
            "guid": "g1",
            "outcome": "stored",
            "article_id": 3,
            "first_seen_at": 9.0,
            "last_seen_at": 9.0,
            "finished_at": 10.0,
        },
        {
            "id": 2,
            "key": b"e2",
            "source_id": 7,
            "host_id": 1,
            "url": "https://a.example/w",
            "url_key": "a.example/w",
            "url_digest": b"w",
            "next_due_at": 20.0,
            "first_seen_at": 9.0,
            "last_seen_at": 9.0,
            "summary": "Short.",
        },
        {
            "id": 3,
            "key": DIGEST,
            "source_id": 7,
            "host_id": 1,
            "url": "http://www.a.example/r/",
            "url_key": "https://a.example/r",
            "url_digest": DIGEST,
            "outcome": "rejected",
            "reason": "no_text",
            "first_seen_at": 9.0,
            "last_seen_at": 9.0,
            "finished_at": 10.0,
            "summary": TEXT * 60,
            "content": f"<p>{TEXT}</p>",
        },
        {
            "id": 4,
            "key": b"e4",
            "source_id": 7,
            "host_id": 1,
            "url": "https://b.example/8",
            "url_key": "b.example/8",
            "url_digest": b"u4",
            "outcome": "duplicate",
            "reason": "near",
            "article_id": 4,
            "first_seen_at": 9.0,
            "last_seen_at": 9.0,
            "finished_at": 10.0,
            "summary": "Short.",
            "content": f"<p>{TEXT}</p>",
        },
    ],
    "subscriptions": [
        {
            "id": 1,
            "source_id": 7,
            "hub": "https://hub.example",
            "topic": "https://a.example/feed",
            "token": "t",
            "secret": "s",
            "state": "verified",
            "next_due_at": 20.0,
        },
    ],
    "archives": [
        {"id": 1, "key": b"a1", "path": "/a.warc", "size": 10, "modified_at": 1.0, "started_at": 2.0}
    ],
    "revisits": [{"id": 3, "entry_id": 1, "host_id": 1, "next_due_at": 30.0, "since": 10.0}],
    "near_docs": [{"article_id": 3, "day": 19000, "algorithm": 1, "keys": (77).to_bytes(6, "little")}],
    "near_postings": [{"key": 77, "article_id": 3}],
    "joins": [
        {"article_id": 4, "other_id": 3, "score": 0.9, "own_share": 1.0, "other_share": 0.8, "why": "same"},
    ],
    "story_choices": [{"article_id": 4, "kind": "joined", "other_id": 3, "at": 12.0}],
    "page_dictionaries": [
        {
            "id": 1,
            "site": "a.example",
            "hash": hashlib.sha256(LAYOUT).digest(),
            "made_at": 1.0,
            "size": len(LAYOUT),
            "stored": 1,
            "data": packed(LAYOUT),
        },
        {
            "id": 2,
            "site": "a.example",
            "base_id": 1,
            "hash": b"e",
            "made_at": 2.0,
            "size": 1,
            "stored": 1,
            "data": b"\x01\xff",
        },
    ],
    "pages": [
        {
            "id": 1,
            "article_id": 3,
            "revision": 2,
            "dictionary_id": 1,
            "kept_at": 1.0,
            "fetched_at": 1.0,
            "status": 200,
            "truncated": False,
            "hash": hashlib.sha256(PAGE).digest(),
            "size": len(PAGE),
            "stored": 2,
            "url": "u",
            "requested_url": "u",
            "body": packed(PAGE, LAYOUT),
        },
    ],
    "exports": [{"name": "daily", "query": "{}", "revision_id": 6, "exported_at": 3.0, "articles": 2}],
    "pruned": [{"key": b"gone", "article_id": 2, "at": 4.0}],
    "templates": [
        {
            "key": b"t1",
            "mark": 3_000_000_000,
            "site": "a.example",
            "stories": 3,
            "among": 9,
            "learned_at": 4.0,
            "text": TEXT,
        }
    ],
}
"""By table, in the order in which they may be put in; columns that a schema lacks are left out."""
SINCE: dict[str, dict[str, dict[str, Any]]] = {
    "0014": {
        "articles 4": {"content_hash": "0123456789abcdef", "canonical_digest": None},
        "article_urls 2": {"key": DIGEST[:16], "url": None},
        "entries 3": {"key": DIGEST[:16], "url_key": "", "url_digest": DIGEST[:16]},
    },
    "0019": {"page_dictionaries 2": {"base_id": None}},
    "0023": {"entries 3": {"summary": None, "content": None}, "entries 4": {"content": None}},
}
"""What schemas keep otherwise than those before them, by table and number."""


def fill(connection: Connection) -> dict[str, int]:
    """Put the rows into the tables that a schema has; returns how many by table."""
    there = set(inspect(connection).get_table_names())
    for name, rows in ROWS.items():
        if name in there:
            columns = connection.exec_driver_sql(f"SELECT * FROM {name} WHERE 1 = 0").keys()
            for row in rows:
                _put(connection, name, {key: value for key, value in row.items() if key in columns})
    _index(connection)
    return {name: len(rows) for name, rows in ROWS.items() if name in there}


def _put(connection: Connection, name: str, row: dict[str, Any]) -> None:
    places = ", ".join(f":{key}" for key in row)
    connection.execute(text(f"INSERT INTO {name} ({', '.join(row)}) VALUES ({places})"), row)


def counts(connection: Connection) -> dict[str, int]:
    """Return the number of rows of each of the tables that a schema has."""
    there = set(inspect(connection).get_table_names())
    return {
        name: connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one()
        for name in ROWS
        if name in there
    }


def _index(connection: Connection) -> None:
    words = TEXT.lower().rstrip(".").split()
    for number in (6, 8):
        values: dict[str, Any] = {"body": " ".join(words), "number": number}
        sql = "INSERT INTO search_index (rowid, body) VALUES (:number, :body)"
        if connection.dialect.name == "postgresql":
            values["words"] = f"  \n  \n {' '.join(words)} \n  \n "
            sql = "INSERT INTO search_index (revision_id, words) VALUES (:number, :words)"
            if "tokens" in {column["name"] for column in inspect(connection).get_columns("search_index")}:
                values["tokens"] = words
                sql = (
                    "INSERT INTO search_index (revision_id, words, tokens)"
                    " VALUES (:number, :words, array_to_tsvector(:tokens))"
                )
        connection.execute(text(sql), values)


def changed(connection: Connection, revision: str) -> list[str]:
    """Return what of the rows is not as it should be in a store of the newest schema, coming from another."""
    later: dict[str, dict[str, Any]] = {}
    for schema, changes in SINCE.items():
        if schema > revision:
            for place, made in changes.items():
                later[place] = later.get(place, {}) | made
    found = []
    for name, rows in ROWS.items():
        keys = [column.name for column in metadata.tables[name].primary_key]
        kept = {
            tuple(_plain(row[key]) for key in keys): row
            for row in connection.exec_driver_sql(f"SELECT * FROM {name}").mappings()
        }
        for row in rows:
            known = kept.get(tuple(row[key] for key in keys))
            if known is None:
                continue
            meant = {**row, **later.get(f"{name} {row.get('id')}", {})}
            found += [f"{name}.{key}" for key, value in meant.items() if _plain(known[key]) != value]
    return found


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value
