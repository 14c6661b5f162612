"""Many sources at once: new ones are added, known ones keep what they have and are given further tags."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select, update

from storage import tables
from storage.database import Database
from storage.families import source_key
from storage.hosts import known_hosts, wake
from storage.model import Admitted, NewSource
from storage.values import chunks, digest, pack, unpack

REMOVED = "removed"
"""State of a source that is no longer followed but stands in the history of articles."""
FORGOTTEN: Mapping[str, Any] = {
    **dict.fromkeys(("etag", "last_modified", "body_hash", "moved_to", "last_error")),
    **{"moved_seen": 0, "failures": 0},
}
"""What belongs to an address and goes with it."""
_NOT_FOLLOWED = (REMOVED, "once")
_AT_ONCE = 500
_SOURCE = tables.sources
_Known = Mapping[bytes, Any]


def row(new: NewSource, *, host_id: int, now: float) -> dict[str, Any]:
    """Return the row of a new source."""
    return {
        "key": source_key(new.url, new.parent_id),
        "host_id": host_id,
        "url": new.url,
        "kind": new.kind,
        "state": new.state,
        "title": new.title,
        "folded": folded(new.title),
        "site_url": new.site_url,
        "language": new.language,
        "country": new.country,
        "tags": pack(new.tags),
        "interval": new.interval,
        "parent_id": new.parent_id,
        "since": new.since,
        "changed_at": new.changed_at,
        "due_reason": new.due_reason,
        "schedule": pack(new.schedule),
        "options": pack(new.options),
        "next_due_at": new.next_due_at,
        "created_at": now,
    }


def folded(title: str | None) -> str | None:
    """Return a title as it is compared."""
    return None if title is None else title.casefold()


def revive(connection: Connection, known: Any, values: Mapping[str, Any]) -> int:
    """Follow a source again that was removed or crawled by hand (its row); returns its number."""
    given = {name: value for name, value in values.items() if value is not None and name != "created_at"}
    if known.state == REMOVED:  # what waited went with it: the whole feed must be read again
        given |= FORGOTTEN
    connection.execute(update(_SOURCE).where(_SOURCE.c.id == known.id).values(**given))
    return int(known.id)


def would_add(database: Database, new: Sequence[NewSource]) -> list[Admitted]:
    """Say what ``add_all`` would do, and do nothing."""
    found: list[Admitted] = []
    with database.read() as connection:
        for piece in chunks(new, _AT_ONCE):
            known = _known(connection, piece)
            found += [_admitted(source, known, known) for source in piece]
    return found


def add_all(database: Database, new: Sequence[NewSource], *, reason: str, now: float) -> list[Admitted]:
    """Add sources in one transaction, each URL once, and say for each what became of it.

    ``reason`` says why the new ones are first polled when they are.
    """
    found: list[Admitted] = []
    with database.write() as connection:
        for piece in chunks(new, _AT_ONCE):
            known = _known(connection, piece)
            _follow(database, connection, [s for s in piece if not _followed(s, known)], known, reason, now)
            made = _known(connection, piece)
            admitted = [_admitted(source, known, made) for source in piece]
            _tag(connection, admitted, made.values())
            found += admitted
    return found


def _known(connection: Connection, sources: Sequence[NewSource]) -> dict[bytes, Any]:
    columns = (_SOURCE.c.key, _SOURCE.c.id, _SOURCE.c.state, _SOURCE.c.tags)
    query = select(*columns).where(_SOURCE.c.key.in_([digest(source.url) for source in sources]))
    return {bytes(found.key): found for found in connection.execute(query)}


def _followed(source: NewSource, known: _Known) -> bool:
    found = known.get(digest(source.url))
    return found is not None and found.state not in _NOT_FOLLOWED


def _follow(
    database: Database,
    connection: Connection,
    sources: Sequence[NewSource],
    known: _Known,
    reason: str,
    now: float,
) -> None:
    hosts = known_hosts(database, connection, [source.host for source in sources])
    fresh, due = [], dict[int, float]()
    for source in sources:
        host_id = hosts[source.host]
        values = {**row(source, host_id=host_id, now=now), "due_reason": reason}
        if values["key"] in known:
            revive(connection, known[values["key"]], values)
        else:
            fresh.append(values)
        if source.state == "active":
            due[host_id] = min(due.get(host_id, source.next_due_at), source.next_due_at)
    if fresh:
        connection.execute(database.insert(_SOURCE).on_conflict_do_nothing(), fresh)
    wake(database, connection, due)


def _admitted(source: NewSource, known: _Known, made: _Known) -> Admitted:
    found = made.get(digest(source.url))
    if found is None or not _followed(source, known):
        return Admitted(source_id=None if found is None else int(found.id), already=False)
    kept = {tag.casefold() for tag in unpack(found.tags)}
    more = tuple(tag for tag in source.tags if tag.casefold() not in kept)
    return Admitted(source_id=int(found.id), already=True, tags_added=more)


def _tag(connection: Connection, admitted: Sequence[Admitted], made: Iterable[Any]) -> None:
    kept = {int(found.id): unpack(found.tags) for found in made}
    for one in admitted:
        if one.tags_added and one.source_id is not None:
            change = update(_SOURCE).where(_SOURCE.c.id == one.source_id)
            connection.execute(change.values(tags=pack((*kept[one.source_id], *one.tags_added))))
