"""Entries: what feeds offered, waiting for its page or ended in one counted outcome."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Update, func, select

from storage import ending, tables
from storage.database import Database
from storage.ending import Ending
from storage.errors import EntryNotFound, LeaseLost
from storage.hosts import fence, wake
from storage.model import Entry, EntryOutcome, Lease, NewEntry
from storage.offers import entry_key, shared_guids
from storage.values import chunks, key_digest, key_of

_OLDEST_FIRST = itemgetter(ending.FIELDS.index("next_due_at"), 0)
_OUTCOMES = ("stored", "revised", "duplicate", "unchanged", "rejected")
_MARKED = (
    "SELECT mark, min(id), max(id) FROM entries"
    " WHERE source_id = ? AND mark WITHIN ? AND mark IS NOT NULL GROUP BY mark"
)


class Entries:
    """The frontier of pages, and what became of each."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def due(
        self,
        leases: Sequence[Lease],
        *,
        now: float,
        per_host: int,
        source_ids: Collection[int | None] | None = None,
    ) -> dict[int, list[Entry]]:
        """Return due entries of leased hosts by host number, at most ``per_host`` each, the oldest due first.

        With ``source_ids`` only those of these sources; None among them stands for pages crawled by hand.
        """
        names = {lease.host_id: lease.host for lease in leases}
        condition = "x.next_due_at <= ? AND x.next_due_at IS NOT NULL"
        values: tuple[Any, ...] = (self._db.each([*names]), now)
        if source_ids is not None:
            by_hand = " OR x.source_id IS NULL" if None in source_ids else ""
            condition += f" AND (x.source_id WITHIN ?{by_hand})"
            values += (self._db.each([id_ for id_ in source_ids if id_ is not None]),)
        sql = self._db.per_host(", ".join(f"t.{name}" for name in ending.FIELDS), "entries", condition)
        found: dict[int, list[Entry]] = {}
        with self._db.read() as connection:
            rows = self._db.fetch(connection, sql, (*values, per_host))
        for row in sorted(rows, key=_OLDEST_FIRST):
            found.setdefault(row[2], []).append(ending.entry(*row, names[row[2]]))
        return found

    def get(self, entry_id: int) -> Entry:
        """Return an entry by its number. Raises EntryNotFound."""
        found = self._select(tables.entries.c.id == entry_id)
        if not found:
            raise EntryNotFound(entry_id, f"there is no entry {entry_id}")
        return found[0]

    def by_ids(self, entry_ids: Collection[int]) -> dict[int, Entry]:
        """Return entries by number; those that are not there are missing from the answer."""
        return {
            entry.id: entry
            for piece in chunks(entry_ids, 500)
            for entry in self._select(tables.entries.c.id.in_(piece))
        }

    def carriers(self, url_keys: Collection[str]) -> dict[int, tuple[int, int]]:
        """Return by source how many of these URL keys it has offered, and the number of the first entry."""
        table, found = tables.entries, dict[int, tuple[int, int]]()
        with self._db.read() as connection:
            for piece in chunks([key_digest(key) for key in url_keys], 500):
                counted = (func.count(table.c.url_digest.distinct()), func.min(table.c.id))
                query = select(table.c.source_id, *counted).where(
                    table.c.url_digest.in_(piece), table.c.source_id.is_not(None)
                )
                for source_id, count, first in connection.execute(query.group_by(table.c.source_id)):
                    before, lowest = found.get(source_id, (0, first))
                    found[source_id] = (before + count, min(lowest, first))
        return found

    def newest_keys(self, source_id: int, *, first_id: int, limit: int) -> list[str]:
        """Return the URL keys of a source's entries from one on (by number), the last ones offered first.

        Those of one poll stand in the order of its document.
        """
        table = tables.entries
        query = select(table.c.url, table.c.url_key)
        query = query.where(table.c.source_id == source_id, table.c.id >= first_id)
        with self._db.read() as connection:
            rows = connection.execute(query.order_by(table.c.first_seen_at.desc(), table.c.id).limit(limit))
            return [key_of(*row) for row in rows]

    def history(self, *, url_keys: Sequence[str]) -> list[Entry]:
        """Return every entry that led to one of these URLs (given by their keys), the oldest first."""
        return self._select(tables.entries.c.url_digest.in_([key_digest(key) for key in url_keys]))

    def _select(self, condition: ColumnElement[bool]) -> list[Entry]:
        columns = [tables.entries.c[name] for name in ending.FIELDS]
        query = select(*columns, tables.hosts.c.name).join_from(tables.entries, tables.hosts)
        with self._db.read() as connection:
            rows = connection.execute(query.where(condition).order_by(tables.entries.c.id))
            return [ending.entry(*row) for row in rows]

    def add_page(self, *, url: str, url_key: str, host: str, now: float) -> Entry:
        """Put a page into the frontier by hand, due now; a known one waits again. Returns its entry."""
        line = NewEntry(url=url, url_key=url_key, host=host)
        with self._db.write() as connection:
            entry = ending.put(self._db, connection, line, archive_id=None, now=now)
            wake(self._db, connection, {entry.host_id: now})
        return entry

    def add_archived(self, lines: Sequence[NewEntry], *, archive_id: int, now: float) -> list[Entry]:
        """Return the entries of pages that an archive holds, in their order, to be ended.

        That must happen in the same transaction, before others are asked for: those of pages that nobody has
        put there have numbers, and are written when they end. Nobody is woken to fetch them.
        """
        with self._db.write() as connection:
            return ending.archived(self._db, connection, lines, archive_id=archive_id, now=now)

    def finish(
        self,
        entry: Entry | int,
        *,
        outcome: EntryOutcome,
        reason: str | None = None,
        article_id: int | None = None,
        now: float,
        lease: Lease | None = None,
    ) -> None:
        """End an entry with its one outcome. Raises EntryNotFound; with ``lease``, LeaseLost if that is gone.

        Its number is enough for one that is written.
        """
        end = Ending(entry=entry, outcome=outcome, reason=reason, article_id=article_id, at=now)
        with self._db.write() as connection:
            self._hold(connection, lease, now)
            ending.finish(self._db, connection, [end])

    def finish_all(self, endings: Sequence[Ending]) -> None:
        """End entries, each once. Raises EntryNotFound."""
        with self._db.write() as connection:
            ending.finish(self._db, connection, endings)

    def defer(
        self,
        entry_id: int,
        *,
        reason: str,
        attempts: int,
        next_due_at: float,
        now: float,
        lease: Lease | None = None,
    ) -> None:
        """Let an entry wait for another try.

        Raises EntryNotFound; with ``lease``, LeaseLost if that is gone.
        """
        change = tables.entries.update().values(
            outcome=None, reason=ending.short(reason), attempts=attempts, next_due_at=next_due_at
        )
        with self._db.write() as connection:
            host_id = self._change(entry_id, change, lease, now)
            wake(self._db, connection, {host_id: next_due_at})

    def take_up(self, reason: str, *, now: float, source_ids: Collection[int] | None = None) -> int:
        """Let entries that were rejected for a reason wait again, due now; returns how many there are.

        They are those of ``source_ids``, or of all sources that are active.
        """
        table, sources = tables.entries, tables.sources
        active = select(sources.c.id).where(sources.c.state == "active")
        change = table.update().where(
            table.c.outcome == "rejected",
            table.c.reason == reason,
            table.c.source_id.in_(active if source_ids is None else source_ids),
        )
        change = change.values(outcome=None, reason=None, attempts=0, next_due_at=now)
        with self._db.write() as connection:
            hosts = connection.scalars(change.returning(table.c.host_id)).all()
            wake(self._db, connection, dict.fromkeys(hosts, now))
        return len(hosts)

    def _change(self, entry_id: int, change: Update, lease: Lease | None, now: float) -> int:
        """Change one entry under its lease; returns its host's number."""
        table = tables.entries
        with self._db.write() as connection:
            self._hold(connection, lease, now)
            statement = change.where(table.c.id == entry_id).returning(table.c.host_id)
            host_id = connection.scalar(statement)
        if host_id is None:
            raise EntryNotFound(entry_id, f"there is no entry {entry_id}")
        return int(host_id)

    def _hold(self, connection: Connection, lease: Lease | None, now: float) -> None:
        if lease is not None and not fence(self._db, connection, lease, now):
            raise LeaseLost(lease.host)

    def waiting(self, source_ids: Iterable[int | None]) -> int:
        """Return how many entries of these sources still wait; None stands for pages crawled by hand."""
        table = tables.entries
        ids = list(source_ids)
        count = select(func.count()).select_from(table).where(table.c.next_due_at.is_not(None))
        total = 0
        with self._db.read() as connection:
            for piece in chunks([id_ for id_ in ids if id_ is not None], 500):
                total += connection.scalar(count.where(table.c.source_id.in_(piece))) or 0
            if None in ids:
                total += connection.scalar(count.where(table.c.source_id.is_(None))) or 0
        return total

    def waiting_hosts(self, source_ids: Iterable[int]) -> dict[str, float]:
        """Return the hosts where entries of these sources wait, each with the moment its first is due."""
        table, hosts = tables.entries, tables.hosts
        query = (
            select(hosts.c.name, func.min(table.c.next_due_at))
            .join_from(table, hosts)
            .where(table.c.next_due_at.is_not(None))
            .group_by(hosts.c.name)
        )
        found: dict[str, float] = {}
        with self._db.read() as connection:
            for piece in chunks(list(source_ids), 500):
                for name, due_at in connection.execute(query.where(table.c.source_id.in_(piece))):
                    found[name] = min(due_at, found.get(name, due_at))
        return found

    def count_new(self, source_id: int, offered: Iterable[NewEntry]) -> int:
        """Return how many of these feed lines a source has never offered before."""
        lines = list(offered)
        shared = shared_guids(lines)
        keys = list({entry_key(source_id, entry, shared=shared) for entry in lines})
        count = select(func.count()).select_from(tables.entries)
        with self._db.read() as connection:
            known = sum(
                connection.scalar(count.where(tables.entries.c.key.in_(piece))) or 0
                for piece in chunks(keys, 500)
            )
        return len(keys) - known

    def stamps(self, source_id: int, offered: Sequence[NewEntry]) -> list[str | None]:
        """Return for each line the update stamp it is known with ("" when without), None for a new line.

        A line is known by its identity, or by its page where the source offered that under another one: the
        feed of a site names its entries, its sitemap does not.
        """
        shared = shared_guids(offered)
        keys = [entry_key(source_id, entry, shared=shared) for entry in offered]
        table = tables.entries
        found: dict[bytes, str] = {}
        with self._db.read() as connection:
            for piece in chunks(dict.fromkeys(keys), 500):
                query = select(table.c.key, table.c.updated).where(table.c.key.in_(piece))
                found |= {bytes(row[0]): row[1] or "" for row in connection.execute(query)}
            pages = {key: key_digest(entry.url_key) for key, entry in zip(keys, offered, strict=True)}
            missing = [page for key, page in pages.items() if key not in found]
            mine = select(table.c.url_digest, table.c.updated).where(table.c.source_id == source_id)
            for piece in chunks(missing, 500):
                rows = connection.execute(mine.where(table.c.url_digest.in_(piece)))
                found |= {bytes(row[0]): row[1] or "" for row in rows}
        return [found.get(key, found.get(pages[key])) for key in keys]

    def knows_page(self, source_id: int, url_keys: Sequence[str]) -> bool:
        """Tell whether a source ever offered one of these pages, under whatever identity."""
        table = tables.entries
        query = select(table.c.id).where(table.c.source_id == source_id).limit(1)
        with self._db.read() as connection:
            return any(
                connection.scalar(query.where(table.c.url_digest.in_([key_digest(key) for key in piece])))
                for piece in chunks(url_keys, 500)
            )

    def marked(self, source_id: int, marks: Sequence[int]) -> dict[int, int]:
        """Return the entries that a source's lines with these marks belong to: their numbers, by mark.

        A mark that several entries have belongs to none.
        """
        with self._db.read() as connection:
            rows = self._db.fetch(connection, _MARKED, (source_id, self._db.each(marks)), cleaned=True)
        return {mark: first for mark, first, last in rows if first == last}

    def numbers(self, source_id: int, offered: Sequence[NewEntry]) -> set[int]:
        """Return the numbers of the known entries that these feed lines of a source belong to."""
        shared = shared_guids(offered)
        keys = list({entry_key(source_id, entry, shared=shared) for entry in offered})
        table = tables.entries
        with self._db.read() as connection:
            return {
                id_
                for piece in chunks(keys, 500)
                for id_ in connection.scalars(select(table.c.id).where(table.c.key.in_(piece)))
            }

    def sightings(self, *, since: float) -> Iterator[tuple[int, str | None, float]]:
        """Yield source number, stated publication and first sight (epoch seconds) of entries seen since then.

        Only entries of sources; by source, the first seen first. The stated time is the feed's raw text.
        """
        table = tables.entries
        query = select(
            table.c.source_id, func.coalesce(table.c.published, table.c.updated), table.c.first_seen_at
        )
        query = query.where(table.c.source_id.is_not(None), table.c.first_seen_at >= since)
        with self._db.read() as connection:
            for row in connection.execute(query.order_by(table.c.source_id, table.c.first_seen_at)):
                yield row[0], row[1], row[2]

    def accounting(self) -> dict[str, int]:
        """Count by outcome; ``stored revised duplicate unchanged rejected deferred`` make ``offered``."""
        table = tables.entries
        query = select(table.c.outcome, func.count()).group_by(table.c.outcome)
        with self._db.read() as connection:
            found: dict[str | None, int] = {row[0]: row[1] for row in connection.execute(query)}
        counts = {outcome: found.get(outcome, 0) for outcome in _OUTCOMES}
        counts["deferred"] = found.get(None, 0)
        return {"offered": sum(counts.values()), **counts}
