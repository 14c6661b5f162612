"""Families: a source and the documents behind it, its children, which are sources of their own.

A sitemap index names its parts, a feed its archived pages. Entries belong to the source at the root.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from storage import tables
from storage.database import Database
from storage.hosts import wake
from storage.model import NewSource, PollResult
from storage.values import digest, pack

DEEPEST = 8
"""Generations that are ever looked at, so that no accident in the table makes a query endless."""

_ANCESTORS = """
WITH RECURSIVE line (id, place) AS (
  SELECT parent_id, 1 FROM sources WHERE id = ?
  UNION ALL
  SELECT s.parent_id, l.place + 1 FROM line l JOIN sources s ON s.id = l.id
  WHERE s.parent_id IS NOT NULL AND l.place < ?
)
SELECT id FROM line WHERE id IS NOT NULL ORDER BY place
"""
_DESCENDANTS = """
WITH RECURSIVE line (id, place) AS (
  SELECT id, 1 FROM sources WHERE parent_id WITHIN ?
  UNION ALL
  SELECT s.id, l.place + 1 FROM line l JOIN sources s ON s.parent_id = l.id WHERE l.place < ?
)
SELECT DISTINCT id FROM line ORDER BY id
"""
_COUNTED = """
WITH RECURSIVE line (root, id, place) AS (
  SELECT parent_id, id, 1 FROM sources WHERE parent_id WITHIN ?
  UNION ALL
  SELECT l.root, s.id, l.place + 1 FROM line l JOIN sources s ON s.parent_id = l.id WHERE l.place < ?
)
SELECT l.root, s.state, count(*) FROM line l JOIN sources s ON s.id = l.id WHERE s.state <> 'removed'
GROUP BY l.root, s.state
"""
_FAILING = """
WITH RECURSIVE line (root, id, place) AS (
  SELECT parent_id, id, 1 FROM sources WHERE parent_id WITHIN ?
  UNION ALL
  SELECT l.root, s.id, l.place + 1 FROM line l JOIN sources s ON s.parent_id = l.id WHERE l.place < ?
)
SELECT l.root, count(*), min(s.id) FROM line l JOIN sources s ON s.id = l.id
WHERE s.state = 'active' AND s.failures >= ? GROUP BY l.root
"""


def source_key(url: str, parent_id: int | None) -> bytes:
    """Return what a source is known by: its URL, for a child its URL within its parent."""
    return digest(url if parent_id is None else f"{parent_id} {url}")


def ancestors(database: Database, connection: Connection, source_id: int) -> list[int]:
    """Return the numbers of the sources above one, its parent first, the root last."""
    rows = database.fetch(connection, _ANCESTORS, (source_id, DEEPEST))
    return [row[0] for row in rows]


def descendants(database: Database, connection: Connection, source_ids: Iterable[int]) -> list[int]:
    """Return the numbers of all documents behind some sources, children of children included."""
    rows = database.fetch(connection, _DESCENDANTS, (database.each([*source_ids]), DEEPEST))
    return [row[0] for row in rows]


def change(
    database: Database,
    connection: Connection,
    source_id: int,
    *,
    states: Collection[str],
    **values: Any,
) -> None:
    """Change all documents behind a source that are in one of these states; awakened ones wake hosts."""
    table = tables.sources
    ids = descendants(database, connection, [source_id])
    meant = (table.c.id.in_(ids), table.c.state.in_(list(states)))
    if not ids:
        return
    rows = connection.execute(update(table).where(*meant).values(**values).returning(table.c.host_id)).all()
    if values.get("state") == "active":
        wake(database, connection, {row.host_id: values["next_due_at"] for row in rows})


def hosts_named(results: Iterable[PollResult]) -> set[str]:
    """Return the hosts of the children that polls name."""
    return {child.host for result in results for child in result.children}


def record(
    database: Database,
    connection: Connection,
    results: Sequence[PollResult],
    host_ids: Mapping[str, int],
) -> None:
    """Write what polls say about children: those to be read, those that end; with a gone source all rest."""
    table = tables.sources
    due: dict[int, float] = {}
    for result in results:
        for child in result.children:
            _follow(database, connection, child, host_ids[child.host], result.at)
            at = due.get(host_ids[child.host], child.next_due_at)
            due[host_ids[child.host]] = min(at, child.next_due_at)
        if result.ended:
            mine = (table.c.parent_id == result.source_id, table.c.id.in_(result.ended))
            connection.execute(update(table).where(*mine).values(state="done", due_reason=ENDED))
        if result.state == "gone":
            change(database, connection, result.source_id, states=("active",), state="paused")
    wake(database, connection, due)


ENDED = "the document that named it no longer does, or calls it old"


def _follow(database: Database, connection: Connection, child: NewSource, host_id: int, now: float) -> None:
    """Add a child, or awaken the one that is known."""
    table = tables.sources
    new = {
        "host_id": host_id,
        "kind": child.kind,
        "state": child.state,
        "site_url": child.site_url,
        "since": child.since,
        "changed_at": child.changed_at,
        "next_due_at": child.next_due_at,
        "due_reason": child.due_reason,
    }
    first = {
        "key": source_key(child.url, child.parent_id),
        "url": child.url,
        "parent_id": child.parent_id,
        "tags": pack(child.tags),
        "created_at": now,
    }
    again: dict[str, Any] = {**new, "failures": 0, "last_error": None}
    if child.since is not None:  # it is read for what was not wanted before: what it vouched for is void
        again |= dict.fromkeys(("etag", "last_modified", "body_hash"))
    statement = database.insert(table).values(**new, **first)
    connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_=again))


def resume(database: Database, connection: Connection, source_id: int, *, now: float) -> int:
    """Go on with documents of a back-fill that were left at a limit or an error; returns how many."""
    table = tables.sources
    ids = descendants(database, connection, [source_id])
    left = (table.c.state == "paused") | ((table.c.state == "done") & table.c.last_error.is_not(None))
    if not ids:
        return 0
    change_ = update(table).where(table.c.id.in_(ids), table.c.since.is_not(None), left)
    values = {"state": "active", "next_due_at": now, "due_reason": "resumed by hand", "failures": 0}
    rows = connection.execute(change_.values(**values).returning(table.c.host_id)).all()
    wake(database, connection, {row.host_id: now for row in rows})
    return len(rows)


def prune(connection: Connection, *, before: float) -> int:
    """Forget children that ended and were not read since ``before`` (epoch seconds); returns how many.

    No entry or article names them. Those with children of their own wait until these are forgotten.
    """
    table = tables.sources
    child = table.alias()
    last = func.coalesce(table.c.last_polled_at, table.c.created_at)
    above = select(child.c.id).where(child.c.parent_id == table.c.id).exists()
    named = select(tables.subscriptions.c.id).where(tables.subscriptions.c.source_id == table.c.id).exists()
    old = (table.c.parent_id.is_not(None), table.c.state.in_(("done", "removed")), last < before)
    return connection.execute(delete(table).where(*old, ~above, ~named)).rowcount


def counted(
    database: Database, connection: Connection, source_ids: Collection[int]
) -> dict[int, dict[str, int]]:
    """Return by source how many documents stand behind it, by state; those without any are left out."""
    found: dict[int, dict[str, int]] = {}
    rows = database.fetch(connection, _COUNTED, (database.each([*source_ids]), DEEPEST))
    for root, state, count in rows:
        found.setdefault(root, {})[state] = count
    return found


def failing(
    database: Database, connection: Connection, source_ids: Collection[int], *, least: int
) -> dict[int, tuple[int, int]]:
    """Return by source how many documents behind it failed ``least`` times in a row, and one of them."""
    rows = database.fetch(connection, _FAILING, (database.each([*source_ids]), DEEPEST, least))
    return {root: (count, first) for root, count, first in rows}
