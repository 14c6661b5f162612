"""Hosts, the politeness lanes, and the leases on them.

A lease is crash recovery and politeness in one: nobody else touches a host until its lease is given back
or runs out. ``next_due_at`` is moved to the lease's end, so a lease that runs out is due by itself.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from sqlalchemy import Connection, select

from storage import tables
from storage.database import Database
from storage.dialect import among
from storage.errors import LeaseLost
from storage.model import Lease, Release, RobotsRow
from storage.values import chunks, digest

_KEPT_ROBOTS = 8
"""robots.txt files kept for one host: its origins, and those its pages redirect to."""

_LEASE = "UPDATE hosts SET lease_owner = ?, lease_until = ?, next_due_at = ?"
_ROBOTS = "SELECT host_id, origin, status, text, fetched_at, expires_at FROM robots WHERE host_id WITHIN ?"
_FREE = """
UPDATE hosts SET lease_owner = NULL, lease_until = NULL, next_due_at = (
  SELECT CASE WHEN min(d) IS NULL THEN NULL ELSE LARGER(POLITE, min(d)) END FROM (
    SELECT min(next_due_at) AS d FROM sources WHERE host_id = hosts.id AND state = 'active'
    UNION ALL SELECT min(next_due_at) FROM entries WHERE host_id = hosts.id AND next_due_at IS NOT NULL
    UNION ALL SELECT min(next_due_at) FROM revisits WHERE host_id = hosts.id
  ) waiting
)"""
"""Next due when the first source, entry or revisit is, not before POLITE; null when nothing waits."""
_RELEASE = (
    _FREE.replace("POLITE", "?")
    + ", polite_at = ?, resume_at = ?, backoff = ? WHERE id = ? AND lease_owner = ?"
)
_RELEASE_OWNER = (
    _FREE.replace("POLITE", "LARGER(hosts.polite_at, hosts.resume_at)")
    + " WHERE lease_owner = ? OR substr(lease_owner, 1, ?) = ?"
)
_NEXT_DUE = "SELECT min(next_due_at) FROM hosts WHERE lease_owner IS NULL AND next_due_at IS NOT NULL"
_FENCE = "SELECT 1 FROM hosts WHERE id = ? AND lease_owner = ? AND lease_until > ? FOR SHARE"
_HOLD = "SELECT id FROM hosts WHERE id WITHIN ? ORDER BY id FOR NO KEY UPDATE"
_WAKE = (
    "UPDATE hosts SET next_due_at = LARGER(polite_at, resume_at, ?)"
    " WHERE id = ? AND lease_owner IS NULL AND (next_due_at IS NULL OR next_due_at > ?)"
)


class Hosts:
    """Leases on hosts, and when a host may next be asked."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def lease(
        self, owner: str, *, now: float, limit: int, ttl: float, only: Sequence[str] | None = None
    ) -> list[Lease]:
        """Lease up to ``limit`` hosts that are due, the longest overdue first, for ``ttl`` seconds.

        With ``only`` (host names) whatever is free and may politely be asked is leased, due or not.
        """
        condition = "next_due_at <= ?" if only is None else "polite_at <= ? AND id WITHIN ?"
        free = "(lease_until IS NULL OR lease_until <= ?) ORDER BY next_due_at, id LIMIT ?"
        picked = self._db.picked(f"SELECT id FROM hosts WHERE {condition} AND {free}")  # noqa: S608 - no values
        until = now + ttl
        sql = f"{_LEASE} WHERE {picked} RETURNING id, name, backoff, polite_at, resume_at"
        with self._db.write() as connection:
            due = (now,) if only is None else (now, self._db.each(_numbers(connection, only)))
            rows = self._db.fetch(connection, sql, (owner, until, until, *due, now, limit))
            kept = self._robots(connection, [row[0] for row in rows])
        return [
            Lease(
                host_id=id_,
                host=name,
                owner=owner,
                until=until,
                backoff=backoff,
                polite_at=polite_at,
                resume_at=resume_at,
                robots=kept.get(id_, ()),
            )
            for id_, name, backoff, polite_at, resume_at in rows
        ]

    def _robots(self, connection: Connection, host_ids: Sequence[int]) -> Mapping[int, tuple[RobotsRow, ...]]:
        found: dict[int, tuple[RobotsRow, ...]] = {}
        rows = self._db.fetch(connection, _ROBOTS, (self._db.each(host_ids),), cleaned=True)
        for host_id, origin, status, text, fetched_at, expires_at in rows:
            row = RobotsRow(
                origin=origin, status=status, text=text, fetched_at=fetched_at, expires_at=expires_at
            )
            found[host_id] = (*found.get(host_id, ()), row)
        return found

    def extend(self, leases: Sequence[Lease], *, until: float) -> None:
        """Move the end of leases that are still their owner's to ``until``; lost ones stay lost."""
        sql = "UPDATE hosts SET lease_until = ?, next_due_at = ? WHERE id = ? AND lease_owner = ?"
        rows = [(until, until, lease.host_id, lease.owner) for lease in _in_order(leases)]
        if rows:
            with self._db.write() as connection:
                self._db.run(connection, sql, rows)

    def release(self, releases: Sequence[Release], *, now: float) -> None:
        """Give hosts back with what was learnt; those meanwhile leased by another owner are left alone.

        A host is next due when its first source, entry or revisit is, but not before ``polite_at`` and
        ``resume_at``.
        """
        ordered = sorted(releases, key=lambda release: release.lease.host_id)
        rows = [
            (
                max(r.polite_at, r.resume_at),
                r.polite_at,
                r.resume_at,
                r.backoff,
                r.lease.host_id,
                r.lease.owner,
            )
            for r in ordered
        ]
        if not rows:
            return
        with self._db.write() as connection:
            hold(self._db, connection, [release.lease.host_id for release in ordered])
            self._db.run(connection, _RELEASE, rows, cleaned=True)
            self._keep_robots(connection, [release for release in ordered if release.robots])

    def hold(self, leases: Iterable[Lease]) -> None:
        """Keep leased hosts from changing until the transaction that this is called in ends.

        Whoever writes about several hosts calls it first: hosts that were kept one by one, in any order,
        would let two workers wait for each other.
        """
        with self._db.write() as connection:
            hold(self._db, connection, {lease.host_id for lease in leases})

    def fence(self, leases: Iterable[tuple[Lease, float]]) -> None:
        """Keep the hosts of leases from changing until the transaction that this is called in ends.

        Each lease comes with the moment at which it must hold. Raises LeaseLost for one that does not.
        """
        wanted: dict[tuple[int, str], tuple[Lease, float]] = {}
        for lease, now in leases:
            wanted[lease.host_id, lease.owner] = lease, now
        with self._db.write() as connection:
            for _, (lease, now) in sorted(wanted.items()):
                if not fence(self._db, connection, lease, now):
                    raise LeaseLost(lease.host)

    def _keep_robots(self, connection: Connection, releases: Iterable[Release]) -> None:
        for release in releases:
            host_id = release.lease.host_id
            rows = [
                {
                    "key": digest(f"{host_id} {row.origin}"),
                    "host_id": host_id,
                    "origin": row.origin,
                    "status": row.status,
                    "text": row.text,
                    "fetched_at": row.fetched_at,
                    "expires_at": row.expires_at,
                }
                for row in release.robots[-_KEPT_ROBOTS:]
            ]
            statement = self._db.insert(tables.robots)
            columns = ("status", "text", "fetched_at", "expires_at")
            new = {name: statement.excluded[name] for name in columns}
            connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_=new), rows)
            self._drop_old_robots(connection, host_id)

    def _drop_old_robots(self, connection: Connection, host_id: int) -> None:
        table = tables.robots
        mine = select(table.c.key).where(table.c.host_id == host_id)
        kept = mine.order_by(table.c.fetched_at.desc(), table.c.key).limit(_KEPT_ROBOTS)
        connection.execute(table.delete().where(table.c.host_id == host_id, table.c.key.not_in(kept)))

    def release_owner(self, owner: str, *, now: float) -> int:
        """Give back every host an owner has leased; returns how many. For shutdown.

        A name with a mark (``owner#mark``) belongs to the owner as well.
        """
        with self._db.write() as connection:
            return self._release_owner(connection, owner)

    def _release_owner(self, connection: Connection, owner: str) -> int:
        prefix = f"{owner}#"
        return self._db.run(connection, _RELEASE_OWNER, (owner, len(prefix), prefix))

    def reap(self, is_dead: Callable[[str], bool], *, now: float) -> int:
        """Give back the hosts of owners that ``is_dead`` says are dead; returns how many. For start-up."""
        owners = select(tables.hosts.c.lease_owner).where(tables.hosts.c.lease_owner.is_not(None)).distinct()
        with self._db.write() as connection:
            dead = [owner for owner in connection.scalars(owners).all() if is_dead(owner)]
            return sum(self._release_owner(connection, owner) for owner in dead)

    def ensure(self, names: Iterable[str]) -> None:
        """Make sure that there is a row for each of these hosts, so that it can be leased."""
        with self._db.write() as connection:
            known_hosts(self._db, connection, names)

    def next_due_at(self) -> float | None:
        """Return when (epoch seconds) the next free host is due, or None when nothing waits."""
        with self._db.read() as connection:
            [(due,)] = self._db.fetch(connection, _NEXT_DUE, (), cleaned=True)
        return None if due is None else float(due)

    def robots(self, names: Sequence[str]) -> tuple[RobotsRow, ...]:
        """Return the robots.txt files that are kept with these hosts."""
        with self._db.read() as connection:
            kept = self._robots(connection, _numbers(connection, names))
        return tuple(row for rows in kept.values() for row in rows)

    def politeness(self, names: Iterable[str]) -> dict[str, float]:
        """Return by host name the moment before which it must not be asked (0 for one never asked)."""
        wanted = dict.fromkeys(names, 0.0)
        table = tables.hosts
        with self._db.read() as connection:
            for piece in chunks(list(wanted), 500):
                keys = {digest(name): name for name in piece}
                query = select(table.c.key, table.c.polite_at).where(table.c.key.in_(list(keys)))
                wanted |= {keys[bytes(row[0])]: row[1] for row in connection.execute(query)}
        return wanted

    def alone_until(self, name: str) -> float:
        """Return the moment until which a host is to be left alone (0 for one never asked)."""
        table = tables.hosts
        query = select(table.c.polite_at, table.c.resume_at).where(table.c.key == digest(name))
        with self._db.read() as connection:
            row = connection.execute(query).first()
        return 0.0 if row is None else max(row.polite_at, row.resume_at)


def _in_order(leases: Iterable[Lease]) -> list[Lease]:
    """Sort by host, so that two workers never wait for each other crosswise."""
    return sorted(leases, key=lambda lease: lease.host_id)


def _numbers(connection: Connection, names: Iterable[str]) -> list[int]:
    table = tables.hosts
    found: list[int] = []
    for piece in chunks(names, 500):
        keys = [digest(name) for name in piece]
        found += connection.scalars(select(table.c.id).where(table.c.key.in_(keys)))
    return found


def hold(database: Database, connection: Connection, host_ids: Iterable[int]) -> None:
    """Keep hosts from changing until the transaction ends.

    Without it, on PostgreSQL, a release and a new entry for the same host may each miss what the other does,
    and nobody would ever look at the entry.
    """
    if database.postgres:
        database.fetch(connection, _HOLD, (database.each(sorted(host_ids)),))


def fence(database: Database, connection: Connection, lease: Lease, now: float) -> bool:
    """Tell whether a lease still holds; if so, the host is kept from changing until the transaction ends."""
    values = (lease.host_id, lease.owner, now)
    return bool(database.fetch(connection, _FENCE, values))


def known_hosts(database: Database, connection: Connection, names: Iterable[str]) -> dict[str, int]:
    """Return host numbers by name; hosts never seen before are added."""
    table = tables.hosts
    found: dict[str, int] = {}
    for piece in chunks(sorted(set(names)), 500):
        keys = {digest(name): name for name in piece}
        found |= _by_keys(database, connection, keys)
        missing = [{"key": key, "name": name} for key, name in keys.items() if name not in found]
        if missing:
            connection.execute(database.insert(table).on_conflict_do_nothing(), missing)
            found |= _by_keys(database, connection, keys)
    return found


def _by_keys(database: Database, connection: Connection, names: Mapping[bytes, str]) -> dict[str, int]:
    condition, values = among("key", [*names], postgres=database.postgres)
    sql = f"SELECT key, id FROM hosts WHERE {condition}"  # noqa: S608 - no values
    # For several it is planned anew each time, as in ``known_among``.
    once = database.postgres and len(names) > 1
    rows = database.fetch(connection, sql, values, cleaned=True, once=once)
    return {names[bytes(key)]: id_ for key, id_ in rows}


def wake(database: Database, connection: Connection, due: Mapping[int, float]) -> None:
    """Make hosts due no later than given (epoch seconds by host number), politeness permitting.

    Leased hosts are left alone: their release looks at everything that waits.
    """
    rows = [(at, host_id, at) for host_id, at in sorted(due.items())]
    if rows:
        hold(database, connection, due)
        database.run(connection, _WAKE, rows)
