"""The store in numbers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, case, func, or_, select

from storage.database import Database
from storage.entries import Entries
from storage.model import Lease
from storage.revisits import Revisits
from storage.subscriptions import Subscriptions
from storage.tables import HEAD, articles, entries, hosts, revisions, sources
from storage.values import moment

_DAY = 86_400.0
_USUAL_PAUSE = 60.0
"""Seconds that a host may want between two requests while all is well; more means that it is left alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreStatus:
    """The store in numbers."""

    sources: Mapping[str, int] = field(default_factory=dict)
    """Number of sources by state; ``failing`` counts active ones whose last poll failed."""
    sources_due: int = 0
    overdue_seconds: float = 0.0
    """How late the latest due source is."""
    sources_held: int = 0
    """Sources that would be due, but whose host is to be left alone for now: it asked for that, or failed."""
    entries: Mapping[str, int] = field(default_factory=dict)
    """``offered`` and, adding up to it, ``stored revised duplicate unchanged rejected deferred``."""
    rejected: Mapping[str, int] = field(default_factory=dict)
    """Rejected entries by reason code."""
    articles: int = 0
    revisions: int = 0
    withdrawn: int = 0
    """Articles that their publisher took away."""
    revisits: Mapping[str, int] = field(default_factory=dict)
    """Articles that are to be looked at again, ``planned``, and ``due`` among them."""
    articles_last_day: int = 0
    last_new_article_at: datetime | None = None
    last_poll_at: float | None = None
    leases: tuple[Lease, ...] = ()
    subscriptions: Mapping[str, int] = field(default_factory=dict)
    """Number of subscriptions at hubs by state; ``trusted`` counts those that slow the polls down."""
    schema: str = ""
    size_bytes: int | None = None


def measured(database: Database, *, now: float) -> StoreStatus:
    """Return the store in numbers at ``now`` (epoch seconds)."""
    with database.read() as connection:
        last_article = connection.scalar(select(func.max(articles.c.first_seen_at)))
        return StoreStatus(
            sources=_sources(connection),
            entries=Entries(database).accounting(),
            rejected=_rejected(connection),
            articles=_count(connection, articles.c.id),
            revisions=_count(connection, revisions.c.id),
            withdrawn=_count(connection, articles.c.id, articles.c.withdrawn_at.is_not(None)),
            revisits=Revisits(database).counts(now=now),
            articles_last_day=_count(connection, articles.c.id, articles.c.first_seen_at > now - _DAY),
            last_new_article_at=None if last_article is None else moment(last_article),
            last_poll_at=connection.scalar(select(func.max(sources.c.last_polled_at))),
            leases=_leases(connection, now),
            subscriptions=Subscriptions(database).counts(),
            schema=HEAD,
            size_bytes=database.size(connection),
            **_due(connection, now),
        )


def _count(connection: Connection, column: Any, *conditions: Any) -> int:
    return connection.scalar(select(func.count(column)).where(*conditions)) or 0


def _sources(connection: Connection) -> Mapping[str, int]:
    root = sources.c.parent_id.is_(None)
    query = select(sources.c.state, func.count()).where(sources.c.state != "removed", root)
    counts = _pairs(connection.execute(query.group_by(sources.c.state)))
    failing = _count(connection, sources.c.id, sources.c.state == "active", sources.c.failures > 0, root)
    return {**dict.fromkeys(("active", "paused", "gone", "once"), 0), **counts, "failing": failing}


def _pairs(rows: Iterable[Row[str, int]]) -> dict[str, int]:
    return {name: count for name, count in rows}  # noqa: C416 - mypy needs to see the pair


def _due(connection: Connection, now: float) -> dict[str, Any]:
    # A source that is due at once is due since it is there, not since 1970.
    since = case(
        (sources.c.next_due_at < sources.c.created_at, sources.c.created_at), else_=sources.c.next_due_at
    )
    held = or_(hosts.c.polite_at > now + _USUAL_PAUSE, hosts.c.resume_at > now)
    due = select(held, func.count(), func.min(since)).join(hosts, hosts.c.id == sources.c.host_id)
    due = due.where(sources.c.state == "active", sources.c.next_due_at <= now).group_by(held)
    found = {bool(row[0]): (row[1], row[2]) for row in connection.execute(due)}
    count, oldest = found.get(False, (0, now))
    return {
        "sources_due": count,
        "overdue_seconds": max(now - oldest, 0.0),
        "sources_held": found.get(True, (0, now))[0],
    }


def _rejected(connection: Connection) -> Mapping[str, int]:
    query = select(func.coalesce(entries.c.reason, "unknown"), func.count())
    query = query.where(entries.c.outcome == "rejected").group_by(entries.c.reason)
    return _pairs(connection.execute(query))


def _leases(connection: Connection, now: float) -> tuple[Lease, ...]:
    columns = (hosts.c.id, hosts.c.name, hosts.c.lease_owner, hosts.c.lease_until, hosts.c.backoff)
    query = select(*columns).where(hosts.c.lease_until > now).order_by(hosts.c.id)
    return tuple(
        Lease(host_id=id_, host=name, owner=owner, until=until, backoff=backoff)
        for id_, name, owner, until, backoff in connection.execute(query)
    )
