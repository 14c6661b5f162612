"""Revisits: when articles are looked at again, until their plan is over; and which were taken away.

An article has a row while something is left of its plan. Those whose plan is over cost nothing.
"""

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from storage import spent, tables
from storage.database import Database
from storage.entries import Entries
from storage.errors import LeaseLost
from storage.hosts import fence, wake
from storage.looks import Revisit
from storage.model import Entry, Lease

_FIELDS = ("id", "entry_id", "host_id", "next_due_at", "since", "looks", "attempts", "missing_at")
_COLUMNS = (*_FIELDS, "etag", "last_modified")
_OLDEST_FIRST = itemgetter(3, 0)
_TABLE = tables.revisits
_ARTICLE = tables.articles
# In this order: SQLite, which knows no numbers of rows, would go through all entries.
_HEIRS = """
SELECT p.id, p.next_due_at, e.id, e.host_id, e.url <> o.url
FROM revisits p CROSS JOIN entries o CROSS JOIN article_urls u CROSS JOIN entries e CROSS JOIN sources s
WHERE o.id = p.entry_id AND o.source_id = ? AND u.article_id = p.id
AND e.url_digest = u.key AND e.article_id = p.id
AND s.id = e.source_id AND s.id <> ? AND s.state NOT IN ('removed', 'once')
ORDER BY p.id, e.url <> o.url, e.id
"""
_TAKE = "UPDATE revisits SET entry_id = ?, host_id = ? WHERE id = ?"
_TAKE_ELSEWHERE = (
    "UPDATE revisits SET entry_id = ?, host_id = ?, attempts = 0, missing_at = NULL, etag = NULL,"
    " last_modified = NULL WHERE id = ?"
)


class Revisits:
    """The plans of articles that are looked at again."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._entries = Entries(database)

    def plan(
        self,
        article_id: int,
        entry: Entry,
        *,
        next_due_at: float,
        since: float,
        etag: str | None = None,
        last_modified: str | None = None,
    ) -> None:
        """Look at an article again, through this entry, at that moment; a plan it had before is replaced."""
        values = {
            "id": article_id,
            "entry_id": entry.id,
            "host_id": entry.host_id,
            "next_due_at": next_due_at,
            "since": since,
            "etag": etag,
            "last_modified": last_modified,
            "looks": 0,
            "attempts": 0,
            "missing_at": None,
        }
        statement = self._db.insert(_TABLE)
        new = {name: statement.excluded[name] for name in values if name != "id"}
        with self._db.write() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=new), values)
            wake(self._db, connection, {entry.host_id: next_due_at})

    def had(self, article_id: int, entry: Entry, *, etag: str | None, last_modified: str | None) -> None:
        """Note that a page of an article was just had outside its plan: it is there, under this address.

        The plan goes on at this address if a source is followed that led there. Else a person asked for it
        once: the plan stays where it is, and what vouches for the text of before is forgotten.
        """
        values: dict[str, Any] = {"missing_at": None, "etag": None, "last_modified": None}
        source = select(tables.sources.c.state).where(tables.sources.c.id == entry.source_id)
        with self._db.write() as connection:
            if connection.scalar(source) not in (None, "once", "removed"):
                values |= {"entry_id": entry.id, "host_id": entry.host_id}
                values |= {"etag": etag, "last_modified": last_modified}
            change = update(_TABLE).where(_TABLE.c.id == article_id).values(values)
            found = connection.execute(change.returning(_TABLE.c.host_id, _TABLE.c.next_due_at)).first()
            if found is not None:
                wake(self._db, connection, {found[0]: found[1]})

    def of(self, article_id: int) -> Revisit | None:
        """Return what is planned for an article, or None when nothing is."""
        query = select(*(_TABLE.c[name] for name in _COLUMNS)).where(_TABLE.c.id == article_id)
        with self._db.read() as connection:
            rows = connection.execute(query).all()
            return next(iter(self._made(rows)), None)

    def due(self, leases: Sequence[Lease], *, now: float, per_host: int) -> dict[int, list[Revisit]]:
        """Return due revisits of leased hosts by host number, at most ``per_host`` each, the oldest first."""
        columns = ", ".join(f"t.{name}" for name in _COLUMNS)
        sql = self._db.per_host(columns, "revisits", "x.next_due_at <= ?")
        hosts = self._db.each([lease.host_id for lease in leases])
        found: dict[int, list[Revisit]] = {}
        with self._db.read() as connection:
            rows = self._db.fetch(connection, sql, (hosts, now, per_host), cleaned=True)
            for revisit in self._made(sorted(rows, key=_OLDEST_FIRST)):
                found.setdefault(revisit.entry.host_id, []).append(revisit)
        return found

    def _made(self, rows: Sequence[Any]) -> list[Revisit]:
        entries = self._entries.by_ids([row[1] for row in rows])
        return [_revisit(row, entries[row[1]]) for row in rows]

    def put_off(
        self,
        revisit: Revisit,
        *,
        next_due_at: float,
        looks: int,
        attempts: int,
        missing_at: float | None,
        now: float,
        lease: Lease | None = None,
    ) -> None:
        """Let an article wait for its next look. Raises LeaseLost when ``lease`` is gone."""
        change = update(_TABLE).where(_TABLE.c.id == revisit.article_id)
        values = {
            "next_due_at": next_due_at,
            "looks": looks,
            "attempts": attempts,
            "missing_at": missing_at,
        }
        with self._db.write() as connection:
            self._fence(connection, lease, now)
            connection.execute(change.values(**values))
            wake(self._db, connection, {revisit.entry.host_id: next_due_at})

    def end(self, revisit: Revisit, *, now: float, lease: Lease | None = None) -> None:
        """Look at an article no more. Raises LeaseLost when ``lease`` is gone."""
        with self._db.write() as connection:
            self._fence(connection, lease, now)
            connection.execute(delete(_TABLE).where(_TABLE.c.id == revisit.article_id))
            self.over(revisit.article_id)

    def over(self, article_id: int) -> None:
        """Empty the texts that feeds carried of an article, if nobody is to look at it again."""
        with self._db.write() as connection:
            spent.of_article(self._db, connection, article_id)

    def _fence(self, connection: Connection, lease: Lease | None, now: float) -> None:
        if lease is not None and not fence(self._db, connection, lease, now):
            raise LeaseLost(lease.host)

    def withdraw(self, article_id: int, *, at: float) -> bool:
        """Note that an article was taken away at that moment; False when that was known."""
        change = update(_ARTICLE).where(_ARTICLE.c.id == article_id, _ARTICLE.c.withdrawn_at.is_(None))
        with self._db.write() as connection:
            return connection.execute(change.values(withdrawn_at=at)).rowcount > 0

    def restore(self, article_id: int, *, at: float) -> bool:
        """Note that an article's page is there; True when it had been taken away."""
        change = update(_ARTICLE).where(_ARTICLE.c.id == article_id, _ARTICLE.c.withdrawn_at.is_not(None))
        with self._db.write() as connection:
            return connection.execute(change.values(withdrawn_at=None, returned_at=at)).rowcount > 0

    def counts(self, *, now: float) -> Mapping[str, int]:
        """Count the articles that are to be looked at again (``planned``), and those due (``due``)."""
        with self._db.read() as connection:
            query = select(func.count()).select_from(_TABLE)
            return {
                "planned": connection.scalar(query) or 0,
                "due": connection.scalar(query.where(_TABLE.c.next_due_at <= now)) or 0,
            }


def leave(database: Database, connection: Connection, source_id: int) -> None:
    """Ask for articles through entries of this source no more, as it is no longer followed.

    A plan passes to an entry by which another followed source led to the article, rather one with the same
    address, and otherwise ends. What was learnt of one address is not told to another.
    """
    found: dict[int, tuple[Any, ...]] = {}
    due: dict[int, float] = {}
    for article_id, at, *heir in database.fetch(connection, _HEIRS, (source_id, source_id), cleaned=True):
        if found.setdefault(article_id, (*heir, article_id))[1] == heir[1]:
            due[heir[1]] = min(at, due.get(heir[1], at))
    for sql, elsewhere in ((_TAKE, False), (_TAKE_ELSEWHERE, True)):
        rows = [(entry, host, number) for entry, host, other, number in found.values() if other == elsewhere]
        if rows:
            database.run(connection, sql, rows, cleaned=True)
    mine = select(tables.entries.c.id).where(tables.entries.c.source_id == source_id)
    connection.execute(delete(_TABLE).where(_TABLE.c.entry_id.in_(mine)))
    wake(database, connection, due)


def _revisit(row: Sequence[Any], entry: Entry) -> Revisit:
    values = dict(zip(_COLUMNS, row, strict=True))
    return Revisit(
        article_id=values["id"],
        entry=entry,
        **{name: values[name] for name in _COLUMNS if name not in ("id", "entry_id", "host_id")},
    )
