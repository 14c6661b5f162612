"""Polls: one visit to a source with its one outcome, and all it changes in one transaction."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete, select

from storage import offers, tables
from storage.database import Database
from storage.hosts import known_hosts, wake
from storage.model import Poll, PollCounts, PollResult
from storage.values import clean, digest, lane

_PRUNED_AT_ONCE = 5_000

_FENCE = (
    "SELECT s.id, s.host_id, h.lease_owner FROM sources s JOIN hosts h ON h.id = s.host_id"
    " WHERE s.id WITHIN ? AND h.lease_until > ? AND s.state <> 'removed' ORDER BY h.id FOR NO KEY UPDATE"
)
_INSERT = (
    "INSERT INTO polls (source_id, at, outcome, status, entries_seen, entries_new, error, seconds, size)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_UPDATE = (
    "UPDATE sources SET next_due_at = ?, due_reason = ?, pace = coalesce(?, pace), failures = ?,"
    " last_error = ?, last_status = ?, moved_to = ?, moved_seen = ?, last_polled_at = ?,"
    " last_ok_at = coalesce(?, last_ok_at), last_new_at = coalesce(?, last_new_at),"
    " state = coalesce(?, state)"
)
_VALIDATORS = ", etag = ?, last_modified = ?, body_hash = ?"
_FACTS = (
    ", folded = coalesce(folded, ?), title = coalesce(title, ?), site_url = coalesce(site_url, ?),"
    " language = coalesce(language, ?)"
)
_WHERE = " WHERE id = ?"


class Polls:
    """The history of visits to sources."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def latest(self, source_id: int, limit: int) -> list[Poll]:
        """Return the last ``limit`` polls of a source, the newest first."""
        table = tables.polls
        query = select(table).where(table.c.source_id == source_id)
        with self._db.read() as connection:
            rows = connection.execute(query.order_by(table.c.at.desc(), table.c.id.desc()).limit(limit))
            return [Poll(**row._mapping) for row in rows]

    def prune(self, *, before: float) -> int:
        """Delete polls older than ``before`` (epoch seconds), in short transactions; returns how many."""
        table = tables.polls
        old = select(table.c.id).where(table.c.at < before).order_by(table.c.at).limit(_PRUNED_AT_ONCE)
        total = 0
        while True:
            with self._db.write() as connection:
                gone = connection.execute(delete(table).where(table.c.id.in_(old))).rowcount
            total += gone
            if gone < _PRUNED_AT_ONCE:
                return total


def record(database: Database, results: Sequence[PollResult], *, now: float) -> list[PollCounts]:
    """Write all that polls change, in one transaction; see ``Sources.record_polls``."""
    with database.write() as connection:
        valid = _fenced(database, connection, results, now)
        if not valid:
            return []
        counts = offers.offer(database, connection, valid)
        rows = [_poll(result, count.new) for result, count in zip(valid, counts, strict=True)]
        database.run(connection, _INSERT, rows, cleaned=True)
        _update_sources(database, connection, valid)
    return counts


def _fenced(
    database: Database, connection: Connection, results: Sequence[PollResult], now: float
) -> list[PollResult]:
    """Return the results whose lease still stands, on a source that is still there and on that host."""
    values = (database.each([result.source_id for result in results]), now)
    rows = database.run(connection, _FENCE, values, cleaned=True).all()
    owners = {id_: (host_id, owner) for id_, host_id, owner in rows}
    return [
        result
        for result in results
        if owners.get(result.source_id) == (result.lease.host_id, result.lease.owner)
    ]


def _poll(result: PollResult, new: int) -> tuple[Any, ...]:
    return (
        result.source_id,
        result.at,
        result.outcome,
        result.status,
        result.entries_seen,
        new,
        _clean(result.error),
        result.seconds,
        result.size,
    )


def _clean(text: str | None) -> str | None:
    return clean(text) if text else None


def _update_sources(database: Database, connection: Connection, results: Sequence[PollResult]) -> None:
    # Four statements, so that a poll without news writes no more than it must.
    batches: dict[tuple[bool, bool], list[tuple[Any, ...]]] = {}
    for result in results:
        facts = bool(result.title or result.site_url or result.language)
        batches.setdefault((not result.keep_validators, facts), []).append(
            (*_always(result), *_sometimes(result, facts=facts), result.source_id)
        )
    for (validators, facts), rows in batches.items():
        sql = _UPDATE + (_VALIDATORS if validators else "") + (_FACTS if facts else "") + _WHERE
        database.run(connection, sql, rows, cleaned=True)
    for result in results:
        if result.url is not None:
            _move(database, connection, result)


def _always(result: PollResult) -> tuple[Any, ...]:
    at = result.at
    return (
        result.next_due_at,
        clean(result.due_reason),
        result.pace,
        result.failures,
        _clean(result.error),
        result.status,
        _clean(result.moved_to),
        result.moved_seen,
        at,
        None if result.outcome == "failed" else at,
        at if result.outcome == "new" else None,
        result.state,
    )


def _sometimes(result: PollResult, *, facts: bool) -> tuple[Any, ...]:
    values: tuple[Any, ...] = ()
    if not result.keep_validators:
        values = (_clean(result.etag), _clean(result.last_modified), _clean(result.body_hash))
    if facts:
        title = _clean(result.title)
        folded = title.casefold() if title else None
        values += (folded, title, _clean(result.site_url), _clean(result.language))
    return values


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
