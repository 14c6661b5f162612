"""How entries wait by hand, and how they end; new ones of archives are written once, as they ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from storage import spent, tables
from storage.database import Database
from storage.dialect import inserting
from storage.errors import EntryNotFound
from storage.hosts import known_hosts
from storage.model import Entry, EntryOutcome, NewEntry
from storage.offers import entry_key
from storage.values import clean, key_digest, key_of, maker, shortened

FIELDS = (
    *("id", "source_id", "host_id", "url", "url_key", "guid", "title", "summary", "content", "published"),
    *("updated", "language", "image_url", "outcome", "reason", "attempts", "next_due_at"),
    *(
        "article_id",
        "first_seen_at",
        "last_seen_at",
        "finished_at",
        "visits",
        "archive_id",
        "authors",
        "tags",
    ),
)
_URL, _KEY = FIELDS.index("url"), FIELDS.index("url_key")
_REASON_CHARACTERS = 500
_FINISH = (
    "UPDATE entries SET outcome = ?, reason = ?, article_id = coalesce(?, article_id), next_due_at = NULL,"
    " finished_at = ? WHERE id = ?"
)
_THERE = "SELECT id, key FROM entries WHERE id WITHIN ?"
_ENDED = (
    *("id", "key", "host_id", "url", "url_key", "url_digest", "archive_id", "first_seen_at", "last_seen_at"),
    *("outcome", "reason", "article_id", "finished_at"),
)
_PUT_COLUMNS = (
    *("key", "host_id", "url", "url_key", "url_digest"),
    *("archive_id", "next_due_at", "first_seen_at", "last_seen_at"),
)
_PUT = (
    inserting("entries", _PUT_COLUMNS)
    + """
ON CONFLICT (key) DO UPDATE SET url = excluded.url, url_key = excluded.url_key, host_id = excluded.host_id,
visits = entries.visits + CASE WHEN entries.outcome IS NULL THEN 0 ELSE 1 END, outcome = NULL, reason = NULL,
attempts = 0, next_due_at = excluded.next_due_at, last_seen_at = excluded.last_seen_at,
archive_id = excluded.archive_id RETURNING """
    + ", ".join(FIELDS)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How an entry ended: its one outcome, and when, in epoch seconds."""

    entry: Entry | int
    """Its number is enough for one that is written."""
    outcome: EntryOutcome
    reason: str | None
    article_id: int | None
    at: float

    @property
    def fresh(self) -> Entry | None:
        """The entry, where it is still to be written."""
        return None if isinstance(self.entry, int) or self.entry.written else self.entry


def entry(*row: Any, written: bool = True) -> Entry:
    """Return the entry of a row of ``FIELDS`` and the name of its host."""
    return _made(*row[:_KEY], key_of(row[_URL], row[_KEY]), *row[_KEY + 1 :], written)


def short(reason: str | None) -> str | None:
    """Return as much of a reason as is kept."""
    return None if reason is None else reason[:_REASON_CHARACTERS]


def put(
    database: Database, connection: Connection, line: NewEntry, *, archive_id: int | None, now: float
) -> Entry:
    """Let a page wait, due now, whether it is known or not. Returns its entry."""
    host_id = known_hosts(database, connection, [line.host])[line.host]
    values = (entry_key(None, line), host_id, *_address(line), archive_id, now, now, now)
    [row] = database.fetch(connection, _PUT, values)
    return entry(*row, line.host)


def archived(
    database: Database, connection: Connection, lines: Sequence[NewEntry], *, archive_id: int, now: float
) -> list[Entry]:
    """Return the entries of pages that an archive holds, in their order; new ones are not written yet."""
    keys = [entry_key(None, line) for line in lines]
    known = database.known_among(connection, tables.entries.c.key, keys)
    fresh = {key: line for key, line in zip(keys, lines, strict=True) if key not in known}
    hosts = known_hosts(database, connection, [line.host for line in fresh.values()])
    ids = database.reserve(connection, tables.entries, len(fresh)) if fresh else ()
    made = {
        key: _fresh(id_, line, hosts[line.host], archive_id, now)
        for id_, (key, line) in zip(ids, fresh.items(), strict=True)
    }
    return [
        made.get(key) or put(database, connection, line, archive_id=archive_id, now=now)
        for key, line in zip(keys, lines, strict=True)
    ]


def _fresh(id_: int, line: NewEntry, host_id: int, archive_id: int, now: float) -> Entry:
    values = {
        "id": id_, "host_id": host_id, "url": clean(line.url), "url_key": clean(line.url_key), "attempts": 0,
        "next_due_at": now, "first_seen_at": now, "last_seen_at": now, "visits": 0, "archive_id": archive_id,
        "authors": "[]", "tags": "[]",
    }  # fmt: skip
    return entry(*map(values.get, FIELDS), line.host, written=False)


def finish(database: Database, connection: Connection, endings: Sequence[Ending]) -> None:
    """End entries, each once. Raises EntryNotFound."""
    ended = [
        (end.entry if isinstance(end.entry, int) else end.entry.id, end) for end in endings if not end.fresh
    ]
    ended += _write(database, connection, [(end.fresh, end) for end in endings if end.fresh])
    rows = [(end.outcome, short(end.reason), end.article_id, end.at, number) for number, end in ended]
    if rows and database.run(connection, _FINISH, rows) < len(rows):
        first = rows[0][-1]
        raise EntryNotFound(first, f"there is no entry {first}" + (" or another" if len(rows) > 1 else ""))
    if rejected := [number for number, end in ended if end.outcome == "rejected"]:
        spent.of_entries(database, connection, rejected)


def _write(
    database: Database, connection: Connection, fresh: Sequence[tuple[Entry, Ending]]
) -> list[tuple[int, Ending]]:
    """Write new entries as they ended; returns those that others put there meanwhile, by their numbers."""
    lines = [NewEntry(url=one.url, url_key=one.url_key, host=one.host) for one, _ in fresh]
    rows = [
        (
            one.id, entry_key(None, line), one.host_id, *_address(line), one.archive_id, one.first_seen_at,
            one.last_seen_at, end.outcome, short(end.reason), end.article_id, end.at,
        )
        for line, (one, end) in zip(lines, fresh, strict=True)
    ]  # fmt: skip
    if database.add_unknown(connection, "entries", _ENDED, rows) == len(rows):
        return []
    numbers = database.each([one.id for one, _ in fresh])
    there = {(id_, bytes(key)) for id_, key in database.fetch(connection, _THERE, (numbers,))}
    return [
        (put(database, connection, line, archive_id=one.archive_id, now=end.at).id, end)
        for line, (one, end) in zip(lines, fresh, strict=True)
        if (one.id, entry_key(None, line)) not in there
    ]


def _address(line: NewEntry) -> tuple[str, str, bytes]:
    """Return URL, key and digest of the key as they are kept."""
    url = clean(line.url)
    return url, shortened(url, clean(line.url_key)), key_digest(line.url_key)


_made = maker(Entry, (*FIELDS, "host", "written"), lists=("authors", "tags"))
