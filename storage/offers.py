"""What feeds offer: the bulk way of feed lines into the frontier."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from storage import tables
from storage.database import Database
from storage.families import hosts_named
from storage.hosts import hold, known_hosts, wake
from storage.model import NewEntry, PollCounts, PollResult
from storage.values import chunks, clean, key_digest, maker, pack, shortened

_AT_ONCE = 500
MOST_VISITS = 50
"""Times an entry's page is asked for again because its feed line changed."""
REST = 300.0
LONGEST_REST = 86400.0
"""Seconds a page rests after it was read before it is asked for again, however often its feed line changes;
doubled each time, because some feeds stamp every line anew whenever they are made."""

_SEEN = "UPDATE entries SET last_seen_at = ? WHERE id WITHIN ?"
_MARK = "UPDATE entries SET mark = ? WHERE id = ?"
_SET_ASIDE = "UPDATE entries SET key = ?, mark = NULL WHERE id = ?"
_KNOWN_FIELDS = ("key", "id", "url_digest", "title", "updated", "outcome", "finished_at", "visits", "mark")
_KNOWN = [tables.entries.c[n] for n in _KNOWN_FIELDS]

_make_counts = maker(PollCounts, ("source_id", "new", "changed", "known"))


@dataclass(frozen=True, slots=True)
class _Line:
    """A feed line with its identity, and the poll it came in."""

    key: bytes
    entry: NewEntry
    at: float
    source_id: int
    poll: int
    """Place of the poll among those recorded together."""


def entry_key(source_id: int | None, entry: NewEntry, *, shared: Collection[str] = frozenset()) -> bytes:
    """Return the identity of a feed line: its guid within its source, or its URL key without one.

    A guid among the ``shared`` ones is no identity; there the URL key joins it.
    """
    if entry.guid and entry.guid in shared:
        return key_digest(f"{source_id or 0} {entry.guid} {entry.url_key}")
    return key_digest(f"{source_id or 0} {entry.guid or entry.url_key}")


def shared_guids(entries: Iterable[NewEntry]) -> frozenset[str]:
    """Return the guids that one feed gives to several URLs."""
    first: dict[str, str] = {}
    return frozenset(
        entry.guid
        for entry in entries
        if entry.guid and first.setdefault(entry.guid, entry.url_key) != entry.url_key
    )


def hosts_of(database: Database, connection: Connection, results: Sequence[PollResult]) -> Mapping[str, int]:
    """Return the hosts that the lines of polls lead to, by name, and keep them and the leased ones.

    All in one go and in order: two workers that each kept one and then asked for the other's would wait
    for each other.
    """
    names = {entry.host for result in results for entry in result.entries} | hosts_named(results)
    if not names:
        return {}
    host_ids = known_hosts(database, connection, names)
    hold(database, connection, {*host_ids.values(), *(result.lease.host_id for result in results)})
    return host_ids


def offer(
    database: Database,
    connection: Connection,
    results: Sequence[PollResult],
    host_ids: Mapping[str, int],
) -> list[PollCounts]:
    """Put the lines of polls into the frontier; returns the counts of each poll, in order.

    Lines never seen become due at the poll's time; known ones, by their marks or read again, are marked
    seen; a finished one whose title or update stamp changed becomes due again, after a rest. Where its link
    changed as well, the entry stays with what it led to, and a new one takes its place.
    """
    for result in results:
        if result.seen:
            database.run(connection, _SEEN, (result.at, database.each(result.seen)))
    lines = [line for place, result in enumerate(results) if result.entries for line in _lines(result, place)]
    if not lines:
        return [_make_counts(result.source_id, 0, 0, len(result.seen)) for result in results]
    due: dict[int, float] = {}
    tally = [[0, 0] for _ in results]
    for piece in chunks(lines, _AT_ONCE):
        _offer_piece(connection, database, piece, host_ids, due, tally)
    wake(database, connection, due)
    return [_counts(result, *counts) for result, counts in zip(results, tally, strict=True)]


def _counts(result: PollResult, new: int, changed: int) -> PollCounts:
    known = len(result.entries) + len(result.seen) - new - changed
    return PollCounts(source_id=result.source_id, new=new, changed=changed, known=known)


def _lines(result: PollResult, poll: int) -> Iterable[_Line]:
    """Return the lines of a poll, each identity once, the first one standing.

    A guid that stands at several URLs of one feed names nothing: there the URL is part of the identity.
    """
    found: dict[bytes, _Line] = {}
    shared = shared_guids(result.entries)
    source_id = result.source_id if result.root_id is None else result.root_id
    for entry in result.entries:
        key = entry_key(source_id, entry, shared=shared)
        found.setdefault(key, _Line(key, entry, result.at, source_id, poll))
    return found.values()


def _offer_piece(
    connection: Connection,
    database: Database,
    piece: Sequence[_Line],
    host_ids: Mapping[str, int],
    due: dict[int, float],
    tally: Sequence[list[int]],
) -> None:
    known = _known(connection, [line.key for line in piece])
    new = [line for line in piece if line.key not in known]
    changed = {
        line: _again_at(line, known[line.key]) for line in piece if _changed(line, known.get(line.key))
    }
    moved = {line: known[line.key] for line in changed if _leads_elsewhere(line, known[line.key])}
    _set_aside(connection, database, list(moved.values()))
    starts = {line: _start(line, visits=0, due_at=line.at) for line in new}
    starts |= {line: _start(line, visits=row.visits + 1, due_at=changed[line]) for line, row in moved.items()}
    _insert(connection, database, starts, host_ids)
    _seen(connection, database, [(line, known[line.key].id) for line in piece if line.key in known])
    _restamp(connection, [line for line in piece if line.entry.rejected and line.key in known])
    _mark(connection, database, [(line, known[line.key]) for line in piece if line.key in known])
    _again(connection, {line: at for line, at in changed.items() if line not in moved}, host_ids)
    moments = {line: line.at for line in new if not line.entry.rejected} | changed
    for line, at in moments.items():
        tally[line.poll][line in changed] += 1
        host_id = host_ids[line.entry.host]
        due[host_id] = min(due.get(host_id, at), at)


def _known(connection: Connection, keys: Sequence[bytes]) -> dict[bytes, Any]:
    query = select(*_KNOWN).where(tables.entries.c.key.in_(keys))
    return {row.key: row for row in connection.execute(query)}


def _changed(line: _Line, row: Any) -> bool:
    if row is None or row.outcome is None or row.visits >= MOST_VISITS or line.entry.rejected:
        return False
    return _differs(line, row)


def _differs(line: _Line, row: Any) -> bool:
    pairs = ((row.title, line.entry.title), (row.updated, line.entry.updated))
    return any(old and new and old != new for old, new in pairs)


def _again_at(line: _Line, row: Any) -> float:
    """Return when the page of a changed line is asked for again."""
    rest: float = min(REST * 2.0**row.visits, LONGEST_REST)
    return max(line.at, (row.finished_at or 0.0) + rest)


def _leads_elsewhere(line: _Line, row: Any) -> bool:
    return bool(row.url_digest != key_digest(line.entry.url_key))


def _set_aside(connection: Connection, database: Database, rows: Sequence[Any]) -> None:
    """Let finished entries give their identity to those that take their place.

    What their articles are looked at again through must not lead to another article.
    """
    if rows:
        values = [(key_digest(f"{row.key.hex()} {row.id}"), row.id) for row in rows]
        database.run(connection, _SET_ASIDE, values, cleaned=True)


def facts(entry: NewEntry) -> dict[str, Any]:
    """Return the columns of an entry that its feed line decides."""
    return {
        "url": entry.url,
        "url_key": shortened(clean(entry.url), clean(entry.url_key)),
        "url_digest": key_digest(entry.url_key),
        "title": entry.title,
        "summary": entry.summary,
        "content": entry.content,
        "published": entry.published,
        "updated": entry.updated,
        "authors": pack(entry.authors),
        "tags": pack(entry.tags),
        "language": entry.language,
        "image_url": entry.image_url,
        "mark": entry.mark,
    }


def _start(line: _Line, *, visits: int, due_at: float) -> dict[str, Any]:
    """Return the columns that say how an entry begins: waiting, or ended by what its line alone tells."""
    rejected = line.entry.rejected
    return {
        "outcome": "rejected" if rejected else None,
        "reason": rejected,
        "next_due_at": None if rejected else due_at,
        "finished_at": line.at if rejected else None,
        "visits": visits,
    }


def _insert(
    connection: Connection,
    database: Database,
    starts: Mapping[_Line, Mapping[str, Any]],
    host_ids: Mapping[str, int],
) -> None:
    rows = [
        {
            **facts(line.entry),
            **start,
            "key": line.key,
            "guid": None if line.entry.guid == line.entry.url else line.entry.guid,
            "source_id": line.source_id,
            "host_id": host_ids[line.entry.host],
            "first_seen_at": line.at,
            "last_seen_at": line.at,
        }
        for line, start in starts.items()
    ]
    if rows:
        connection.execute(database.insert(tables.entries).on_conflict_do_nothing(), rows)


def _seen(connection: Connection, database: Database, lines: Sequence[tuple[_Line, int]]) -> None:
    by_time: dict[float, list[int]] = {}
    for line, id_ in lines:
        by_time.setdefault(line.at, []).append(id_)
    for at, ids in by_time.items():
        database.run(connection, _SEEN, (at, database.each(ids)))


def _restamp(connection: Connection, lines: Sequence[_Line]) -> None:
    """Let known entries take the stamp of their line, so that it does not count as a change next time."""
    table = tables.entries
    change = update(table).where(table.c.key == bindparam("line"))
    rows = [{"line": line.key, "stamp": line.entry.updated} for line in lines if line.entry.updated]
    if rows:
        connection.execute(change.values(updated=bindparam("stamp")), rows)


def _mark(connection: Connection, database: Database, lines: Sequence[tuple[_Line, Any]]) -> None:
    """Keep the marks of known lines that will change nothing however often they are read again.

    A change that is not taken up yet, because the page waits, must be found again: it leaves the mark.
    """
    rows = [
        (line.entry.mark, row.id)
        for line, row in lines
        if line.entry.mark not in (None, row.mark) and (row.visits >= MOST_VISITS or not _differs(line, row))
    ]
    if rows:
        database.run(connection, _MARK, rows, cleaned=True)


def _again(connection: Connection, lines: Mapping[_Line, float], host_ids: Mapping[str, int]) -> None:
    table = tables.entries
    for line, at in lines.items():
        change = table.update().where(table.c.key == line.key)
        connection.execute(
            change.values(
                **facts(line.entry),
                host_id=host_ids[line.entry.host],
                outcome=None,
                reason=None,
                attempts=0,
                next_due_at=at,
                visits=table.c.visits + 1,
            )
        )
