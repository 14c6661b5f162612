"""Polls: one visit to a source with its one outcome, and all it changes in one transaction."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, select

from storage import families, offers, tables
from storage.database import Database
from storage.hosts import known_hosts, wake
from storage.model import Poll, PollCounts, PollResult
from storage.values import chunks, clean, digest, lane, pack

_PRUNED_AT_ONCE = 5_000

_LEASED = (
    "SELECT id, lease_owner FROM hosts WHERE id WITHIN ? AND lease_until > ? ORDER BY id FOR NO KEY UPDATE"
)
_POLLED = (
    "SELECT id, host_id, last_poll_id FROM sources WHERE id WITHIN ? AND state <> 'removed'"
    " ORDER BY id FOR NO KEY UPDATE"
)
_INSERT = (
    "INSERT INTO polls (id, source_id, at, outcome, status, entries_seen, entries_new, error, seconds, size,"
    " previous_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_ALWAYS = "UPDATE sources SET last_poll_id = ?, next_due_at = ?, due_reason = ?, last_status = ?"
_QUIET = (
    ", last_polled_at = ?, pace = ?, last_ok_at = ?,"
    " failures = 0, last_error = NULL, moved_to = NULL, moved_seen = 0"
)
_LOUD = (
    ", last_polled_at = ?, pace = coalesce(?, pace), last_ok_at = coalesce(?, last_ok_at),"
    " failures = ?, last_error = ?, moved_to = ?, moved_seen = ?,"
    " last_new_at = coalesce(?, last_new_at), state = coalesce(?, state),"
    " hints = coalesce(?, hints), rhythm = coalesce(?, rhythm), gap_at = coalesce(?, gap_at)"
)
_VALIDATORS = ", etag = ?, last_modified = ?, body_hash = ?"
_FACTS = (
    ", folded = coalesce(folded, ?), title = coalesce(title, ?), site_url = coalesce(site_url, ?),"
    " language = coalesce(language, ?)"
)
_WHERE = " WHERE id = ?"
_ROOT_NEWS = "UPDATE sources SET last_new_at = LARGER(coalesce(last_new_at, 0), ?) WHERE id = ?"
"""What a document brings is news of the source at the root, to which its entries belong."""
_QUIET_KEEPING = _ALWAYS + _QUIET + _WHERE
_QUIET_CHANGING = _ALWAYS + _QUIET + _VALIDATORS + _WHERE
_WELL = ("not_modified", "unchanged")
_POLL = (
    *("id", "source_id", "at", "outcome", "status"),
    *("entries_seen", "entries_new", "error", "seconds", "size", "previous_id"),
)
_CHAIN = """
WITH RECURSIVE chain (id, place) AS (
  SELECT last_poll_id, 1 FROM sources WHERE id = ?
  UNION ALL
  SELECT p.previous_id, c.place + 1 FROM chain c JOIN polls p ON p.id = c.id
  WHERE p.source_id = ? AND p.previous_id < p.id AND c.place < ?
)
SELECT COLUMNS FROM chain c JOIN polls p ON p.id = c.id WHERE p.source_id = ? ORDER BY c.place
""".replace("COLUMNS", ", ".join(f"p.{name}" for name in _POLL))
"""A pruned poll ends the chain; its number may since be another source's."""
_BODIES = """
WITH RECURSIVE chain (source_id, id, place) AS (
  SELECT id, last_poll_id, 1 FROM sources WHERE id WITHIN ?
  UNION ALL
  SELECT c.source_id, p.previous_id, c.place + 1 FROM chain c JOIN polls p ON p.id = c.id
  WHERE p.source_id = c.source_id AND p.previous_id < p.id AND c.place < ? AND p.entries_seen = 0
)
SELECT COLUMNS FROM chain c JOIN polls p ON p.id = c.id
WHERE p.source_id = c.source_id AND (p.previous_id IS NULL OR p.outcome <> 'failed' AND p.status <> 304)
ORDER BY c.source_id, c.place
""".replace("COLUMNS", ", ".join(f"p.{name}" for name in _POLL))
"""Each chain no further back than to a poll that found entries."""


class Polls:
    """The history of visits to sources."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def latest(self, source_id: int, limit: int) -> list[Poll]:
        """Return the last ``limit`` polls of a source, the newest first."""
        values = (source_id, source_id, limit, source_id)
        with self._db.read() as connection:
            rows = self._db.fetch(connection, _CHAIN, values)
        return [Poll(**dict(zip(_POLL, row, strict=True))) for row in rows]

    def bodies(self, source_ids: Collection[int], limit: int) -> dict[int, list[Poll]]:
        """Return by source its last polls that brought a document, the newest first.

        They go back to one with entries. Of each source ``limit`` polls are looked at; those without a
        document are missing from the answer, but for the first of all, which says that none came before.
        """
        found: dict[int, list[Poll]] = {}
        with self._db.read() as connection:
            for piece in chunks(source_ids, 500):
                for row in self._db.fetch(connection, _BODIES, (self._db.each(piece), limit)):
                    found.setdefault(row[1], []).append(Poll(**dict(zip(_POLL, row, strict=True))))
        return found

    def prune(self, *, before: float) -> int:
        """Delete polls older than ``before`` (epoch seconds), in short transactions; returns how many."""
        table = tables.polls
        old = table.c.at < before
        with self._db.read() as connection:  # a look at the whole table, which holds nobody up
            last = connection.scalar(select(func.max(table.c.id)).where(old)) or 0
        some = select(table.c.id).where(old, table.c.id <= last).order_by(table.c.id).limit(_PRUNED_AT_ONCE)
        total = 0
        while True:
            with self._db.write() as connection:
                gone = connection.execute(delete(table).where(table.c.id.in_(some))).rowcount
            total += gone
            if gone < _PRUNED_AT_ONCE:
                return total


def record(database: Database, results: Sequence[PollResult], *, now: float) -> list[PollCounts]:
    """Write all that polls change, in one transaction; see ``Sources.record_polls``."""
    with database.write() as connection:
        host_ids = offers.hosts_of(database, connection, results)
        valid, previous = fenced(database, connection, results, now)
        if not valid:
            return []
        counts = offers.offer(database, connection, valid, host_ids)
        families.record(database, connection, valid, host_ids)
        ids = database.reserve(connection, tables.polls, len(valid))
        polls = []
        for id_, result, count in zip(ids, valid, counts, strict=True):
            polls.append(_poll(id_, result, count.new, previous[result.source_id]))
            previous[result.source_id] = id_
        database.run(connection, _INSERT, polls, cleaned=True)
        _update_sources(database, connection, valid, ids)
    return counts


def fenced(
    database: Database, connection: Connection, results: Sequence[PollResult], now: float
) -> tuple[list[PollResult], dict[int, int | None]]:
    """Return the results whose lease stands, on a source still there, and each source's newest poll."""
    leased = database.each(sorted({result.lease.host_id for result in results}))
    owners = dict(database.fetch(connection, _LEASED, (leased, now), cleaned=True))
    # With a document its root is held, whose row it changes: always above before below.
    above = [result.root_id for result in results if result.root_id is not None]
    polled = database.each([*(result.source_id for result in results), *above])
    hosts: dict[int, int] = {}
    newest: dict[int, int | None] = {}
    for source_id, host_id, poll_id in database.fetch(connection, _POLLED, (polled,), cleaned=True):
        hosts[source_id] = host_id
        newest[source_id] = poll_id
    return [result for result in results if _stands(result, owners, hosts)], newest


def _stands(result: PollResult, owners: Mapping[int, str], hosts: Mapping[int, int]) -> bool:
    host_id = result.lease.host_id
    return owners.get(host_id) == result.lease.owner and hosts.get(result.source_id) == host_id


def _poll(id_: int, result: PollResult, new: int, previous_id: int | None) -> tuple[Any, ...]:
    return (
        id_,
        result.source_id,
        result.at,
        result.outcome,
        result.status,
        result.entries_seen,
        new,
        _clean(result.error),
        result.seconds,
        result.size,
        previous_id,
    )


def _clean(text: str | None) -> str | None:
    return clean(text) if text else None


def _update_sources(
    database: Database, connection: Connection, results: Sequence[PollResult], ids: Sequence[int]
) -> None:
    """Write what was learnt; a poll without news writes no more than it must."""
    batches: dict[str, list[tuple[Any, ...]]] = {}
    for id_, result in zip(ids, results, strict=True):
        sql, values = _change(result)
        batches.setdefault(sql, []).append(
            (id_, result.next_due_at, clean(result.due_reason), result.status, result.at, *values)
        )
    for sql, rows in batches.items():
        database.run(connection, sql, rows, cleaned=True)
    for result in results:
        if result.url is not None:
            _move(database, connection, result)
    news = [_news(result) for result in results if result.outcome == "new" and _is_behind(result)]
    if news:
        database.run(connection, _ROOT_NEWS, news)


def _is_behind(result: PollResult) -> bool:
    return result.root_id not in (None, result.source_id)


def _news(result: PollResult) -> tuple[float, int | None]:
    return result.at, result.root_id


def _change(result: PollResult) -> tuple[str, tuple[Any, ...]]:
    """Return the statement for a source and its values, but for those that every poll changes."""
    quiet = _is_quiet(result)
    if quiet and result.keep_validators:
        return _QUIET_KEEPING, (result.pace, result.at, result.source_id)
    validators = (_clean(result.etag), _clean(result.last_modified), _clean(result.body_hash))
    if quiet:
        return _QUIET_CHANGING, (result.pace, result.at, *validators, result.source_id)
    sql, values = _ALWAYS + _LOUD, _loud(result)
    if not result.keep_validators:
        sql, values = sql + _VALIDATORS, values + validators
    if result.title or result.site_url or result.language:
        sql, values = sql + _FACTS, values + _facts(result)
    return sql + _WHERE, (*values, result.source_id)


def _is_quiet(result: PollResult) -> bool:
    return (
        result.outcome in _WELL
        and result.pace is not None
        and not (result.failures or result.moved_seen or result.title or result.site_url or result.language)
        and not (result.error or result.moved_to or result.state)
        and result.hints is None
        and result.rhythm is None
        and result.gap_at is None
    )


def _loud(result: PollResult) -> tuple[Any, ...]:
    return (
        result.pace,
        None if result.outcome == "failed" else result.at,
        result.failures,
        _clean(result.error),
        _clean(result.moved_to),
        result.moved_seen,
        result.at if result.outcome == "new" else None,
        result.state,
        None if result.hints is None else pack(result.hints),
        result.rhythm,
        result.gap_at,
    )


def _facts(result: PollResult) -> tuple[Any, ...]:
    title = _clean(result.title)
    folded = title.casefold() if title else None
    return folded, title, _clean(result.site_url), _clean(result.language)


def _move(database: Database, connection: Connection, result: PollResult) -> None:
    """Give a source its new address, unless another source stands there already."""
    table = tables.sources
    url = str(result.url)
    key = digest(url)
    taken = connection.scalar(select(table.c.id).where(table.c.key == key))
    if taken is not None:
        return
    name = result.host or lane(url)
    host_id = known_hosts(database, connection, [name])[name]
    change = table.update().where(table.c.id == result.source_id)
    connection.execute(change.values(url=url, key=key, host_id=host_id))
    wake(database, connection, {host_id: result.next_due_at})
