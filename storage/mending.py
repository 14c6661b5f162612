"""Mend what a clock that was wrong, or was set, leaves behind: due times and leases too far ahead."""

from collections.abc import Collection
from itertools import repeat
from typing import Any

from sqlalchemy import ColumnElement, Connection, Update, case, func, select, update

from storage import families, tables
from storage.database import Database
from storage.values import chunks

_YEAR = 370 * 86400.0
MOST = 1.2 * 86400.0
"""Seconds: nothing but a person's own interval puts anything off for more than a day and its jitter."""

LONGEST_LEASE = 15 * 86400.0
"""Seconds: no subscription is put off for longer."""


_SOURCES, _HUBS, _ROBOTS = tables.sources.c, tables.subscriptions.c, tables.robots.c
_MOMENTS = (
    *(_SOURCES.next_due_at, _SOURCES.last_polled_at, _SOURCES.last_ok_at, _SOURCES.last_new_at),
    tables.entries.c.next_due_at,
    *(tables.hosts.c.polite_at, tables.hosts.c.resume_at),
    *(_ROBOTS.fetched_at, _ROBOTS.expires_at),
    *(_HUBS.next_due_at, _HUBS.lease_until, _HUBS.requested_at, _HUBS.verified_at, _HUBS.last_push_at),
)
"""What waits for a moment, and when that was decided. What is told of articles is history, and stays."""


def mend_clock(database: Database, *, now: float, longest: float) -> int:
    """Bring back what is due too far ahead of ``now`` (epoch seconds); return how many things were.

    ``longest`` is the longest wait, in seconds, that a source without an interval of its own may have.
    """
    longest = max(longest, MOST)
    with database.write() as connection:
        behind = _documents(database, connection, now=now, longest=longest)
        changes = [*map(_brought_back, chunks(behind, 500), repeat(now)), *_changes(now, longest)]
        return sum(_changed(connection, change) for change in changes)


def follow_clock(database: Database, *, by: float, now: float, machine: str) -> int:
    """Move what waits along with a clock that was set ``by`` seconds (negative: back); return how much.

    ``now`` is what the clock shows since, in epoch seconds. Of a clock that was set back everything ahead is
    brought forward by as much, so that it waits as long as it would have. Where one was set ahead only leases
    are moved: what else is due sooner is asked for sooner, and the machine may just have slept. Of leases
    those move whose owners' names begin with ``machine``: others are held by clocks that nobody set.
    """
    with database.write() as connection:
        if database.postgres:  # in the order in which all others take hosts, so that none waits crosswise
            database.fetch(connection, "SELECT id FROM hosts ORDER BY id FOR NO KEY UPDATE", ())
        changes = [*(_brought_forward(by, now) if by < 0 else ()), _leases(by, now, machine)]
        return sum(_changed(connection, change) for change in changes)


def _brought_forward(by: float, now: float) -> list[Update]:
    hosts, revisits = tables.hosts, tables.revisits
    return [
        update(hosts)
        .where(hosts.c.lease_owner.is_(None), hosts.c.next_due_at > now)
        .values(next_due_at=hosts.c.next_due_at + by),
        update(revisits)
        .where(revisits.c.next_due_at > now)
        .values({name: revisits.c[name] + by for name in ("next_due_at", "since", "missing_at")}),
        *(update(moment.table).where(moment > now).values({moment.name: moment + by}) for moment in _MOMENTS),
    ]


def _leases(by: float, now: float, machine: str) -> Update:
    """Move leases so that they last as long as before; those that ran out before the clock was set do not."""
    hosts = tables.hosts
    own = func.substr(hosts.c.lease_owner, 1, len(machine)) == machine
    moved = {name: hosts.c[name] + by for name in ("lease_until", "next_due_at")}
    return update(hosts).where(own, hosts.c.lease_until > now - by).values(moved)


def _documents(database: Database, connection: Connection, *, now: float, longest: float) -> list[int]:
    """Return the documents behind sources that are due too far ahead.

    They go by what a person chose for the source at their root, which their own rows do not say.
    """
    sources = tables.sources
    far = (sources.c.state == "active", sources.c.next_due_at > now + longest)
    found = connection.scalars(select(sources.c.id).where(*far, sources.c.parent_id.is_not(None))).all()
    if not found:
        return []
    seldom = select(sources.c.id).where(sources.c.parent_id.is_(None), _allowed(longest) > longest)
    meant = {*families.descendants(database, connection, connection.scalars(seldom).all())}
    return [number for number in found if number not in meant]


def _allowed(longest: float) -> ColumnElement[float]:
    """Seconds that a source may have to wait.

    A person may have chosen to look once a month, by interval, bound or cron; quiet hours add up to a day.
    """
    sources = tables.sources
    return case(
        (sources.c.interval > longest, 1.2 * sources.c.interval),
        (sources.c.schedule.contains('"cron"') | sources.c.schedule.contains('"max"'), _YEAR),
        (sources.c.schedule != "{}", longest + 86400.0),
        else_=longest,
    )


def _brought_back(source_ids: Collection[int], now: float) -> Update:
    return _due_now(now).where(tables.sources.c.id.in_(source_ids))


def _due_now(now: float) -> Update:
    reason = "the clock was wrong when its due time was set"
    return update(tables.sources).values(next_due_at=now, due_reason=reason)


def _changes(now: float, longest: float) -> list[Update]:
    sources, entries, hosts = tables.sources, tables.entries, tables.hosts
    far = now + MOST
    return [
        _due_now(now).where(
            sources.c.parent_id.is_(None),
            sources.c.state == "active",
            sources.c.next_due_at > now + _allowed(longest),
        ),
        update(entries).where(entries.c.next_due_at > far).values(next_due_at=now),
        update(hosts).where(hosts.c.polite_at > far).values(polite_at=now),
        update(hosts).where(hosts.c.resume_at > far).values(resume_at=0.0),
        update(hosts).where(hosts.c.lease_until > far).values(lease_until=None, lease_owner=None),
        update(tables.subscriptions)
        .where(tables.subscriptions.c.next_due_at > now + LONGEST_LEASE)
        .values(next_due_at=now),
        update(tables.revisits).where(tables.revisits.c.since > far).values(next_due_at=now, since=now),
        *_wakings(now, far),
    ]


def _wakings(now: float, far: float) -> list[Update]:
    """Hosts are looked at again as soon as anything of theirs is due."""
    sources, entries, hosts = tables.sources, tables.entries, tables.hosts
    due_sources = (
        func.coalesce(_first(sources.c.next_due_at, sources.c.host_id, sources.c.state == "active"), far)
        <= now
    )
    due_entries = func.coalesce(_first(entries.c.next_due_at, entries.c.host_id), far) <= now
    due_revisits = func.coalesce(_first(tables.revisits.c.next_due_at, tables.revisits.c.host_id), far) <= now
    waits = due_sources | due_entries | due_revisits
    return [update(hosts).where(hosts.c.next_due_at > far, waits).values(next_due_at=now)]


def _first(column: Any, host_id: Any, *conditions: Any) -> Any:
    return select(func.min(column)).where(host_id == tables.hosts.c.id, *conditions).scalar_subquery()


def _changed(connection: Connection, change: Update) -> int:
    return connection.execute(change).rowcount
