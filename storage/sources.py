"""Sources: what is polled, when next, and what the last polls taught."""

import difflib
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from operator import itemgetter
from typing import Any, get_args

from sqlalchemy import ColumnElement, Connection, Select, delete, func, or_, select, update

from storage import adding, families, polls, revisits, tables
from storage.adding import FORGOTTEN, REMOVED, folded, revive
from storage.database import Database
from storage.errors import AlreadyExists, SourceNotFound
from storage.hosts import known_hosts, wake
from storage.model import Admitted, Lease, NewSource, PollCounts, PollResult, Source, SourceState
from storage.values import LARGEST_ID, chunks, clean, digest, lane, maker, pack

_COLUMNS = (
    *("id", "host_id", "url", "kind", "state", "title", "site_url", "language", "country"),
    *("interval", "etag", "last_modified", "body_hash", "pace", "next_due_at", "due_reason", "failures"),
    *("last_error", "last_status", "moved_to", "moved_seen", "created_at", "last_polled_at", "last_ok_at"),
    *("last_new_at", "tags", "parent_id", "since", "gap_at", "schedule", "options", "hints", "rhythm"),
    "changed_at",
)
_OLDEST_FIRST = itemgetter(_COLUMNS.index("next_due_at"), 0)
_CHANGEABLE = (
    *("title", "language", "country", "tags", "interval", "state", "url", "next_due_at", "due_reason"),
    *("site_url", "kind", "host", "failures", "since", "gap_at", "schedule", "options"),
)
_AT_ROOT = tables.sources.c.parent_id.is_(None)
_NEAR = 5_000
"""Sources compared by likeness when one is not found."""

# ``list`` is a method of Sources, so these are named out here.
_List = list[Source]
_Counts = list[PollCounts]
_Admitted = list[Admitted]
_Conditions = list[ColumnElement[bool]]


class Sources:
    """The sources of a store."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, new: NewSource, *, now: float) -> Source:
        """Add a source and return it.

        One crawled by hand (``once``) that is now to be followed becomes active; one removed before comes
        back under its old number. Raises AlreadyExists otherwise when its URL is known.
        """
        key = families.source_key(new.url, new.parent_id)
        with self._db.write() as connection:
            known = _known(connection, key)
            if known is not None and not _may_take_over(known.state, new):
                raise AlreadyExists(f"the source {new.url}", known.id)
            host_id = known_hosts(self._db, connection, [new.host])[new.host]
            values = adding.row(new, host_id=host_id, now=now)
            source_id = self._save(connection, values) if known is None else revive(connection, known, values)
            wake(self._db, connection, {values["host_id"]: new.next_due_at} if new.state == "active" else {})
            return self._one(connection, source_id)

    def add_all(self, new: Sequence[NewSource], *, reason: str, now: float) -> _Admitted:
        """Add sources (each URL once) in one transaction, and say for each what became of it, in order.

        Sources followed before keep what they have and are given further tags; those that were removed or
        crawled by hand are followed from now on. ``reason`` says why new ones are polled when they are.
        """
        return adding.add_all(self._db, new, reason=reason, now=now)

    def would_add(self, new: Sequence[NewSource]) -> _Admitted:
        """Say what ``add_all`` would do, and do nothing."""
        return adding.would_add(self._db, new)

    def _save(self, connection: Connection, values: Mapping[str, Any]) -> int:
        table = tables.sources
        statement = self._db.insert(table).on_conflict_do_nothing().returning(table.c.id)
        source_id = connection.scalar(statement, values)
        if source_id is None:  # another process was faster
            raise AlreadyExists(f"the source {values['url']}", _known(connection, values["key"]).id)
        return int(source_id)

    def get(self, ref: int | str) -> Source:
        """Return a source by its number, its exact URL, or a part of its title or URL that only it has.

        Raises SourceNotFound, whose message names near ones, or those that are meant equally.
        """
        text = clean(str(ref)).strip()
        with self._db.read() as connection:
            for condition in _exact(text) if isinstance(ref, str) else _exact(str(ref))[:1]:
                found = self._fetch(connection, condition, limit=2)
                if len(found) == 1:
                    return found[0]
            part = contains(text) & _AT_ROOT
            found = self._fetch(connection, part, limit=4) if text and isinstance(ref, str) else []
            if len(found) == 1:
                return found[0]
            raise SourceNotFound(ref, _ambiguous(text, found) if found else self._unknown(connection, text))

    def _unknown(self, connection: Connection, text: str) -> str:
        table = tables.sources
        query = select(table.c.title, table.c.url).where(table.c.state != REMOVED, _AT_ROOT).limit(_NEAR)
        names = {name.casefold(): name for row in connection.execute(query) for name in row if name}
        near = [names[key] for key in difflib.get_close_matches(text.casefold(), names, n=3)]
        hint = f"did you mean {' or '.join(near)}?" if near else "`kabar sources` lists them"
        return f"there is no source {text!r}; {hint}"

    def list(
        self, *, states: Collection[SourceState] = ("active", "paused", "gone"), tag: str | None = None
    ) -> _List:
        """Return sources in these states, with this tag if one is given (case does not matter), by number.

        The documents behind them are not among them; see ``children``. Raises ValueError for a state that
        there is not.
        """
        asked = _states(states)
        with self._db.read() as connection:
            found = self._fetch(connection, tables.sources.c.state.in_(asked) & _AT_ROOT)
        wanted = None if tag is None else tag.casefold()
        return [s for s in found if wanted is None or wanted in (tag.casefold() for tag in s.tags)]

    def children(self, source_ids: Collection[int], *, states: Collection[SourceState] = ()) -> _List:
        """Return the documents behind sources, children of children included, in these states (or any)."""
        table = tables.sources
        found: _List = []
        with self._db.read() as connection:
            for piece in chunks(families.descendants(self._db, connection, source_ids), 500):
                meant = table.c.id.in_(piece)
                found += self._fetch(connection, meant & table.c.state.in_(list(states)) if states else meant)
        return found

    def sitemaps_on(self, hosts: Collection[str]) -> _List:
        """Return the sitemaps that are followed on some hosts (by name), the documents behind them aside."""
        table = tables.sources
        followed = (table.c.state == "active") & (table.c.kind == "sitemap") & _AT_ROOT
        named = select(tables.hosts.c.id).where(tables.hosts.c.key.in_([digest(name) for name in hosts]))
        with self._db.read() as connection:
            return self._fetch(connection, followed & table.c.host_id.in_(named))

    def count_children(self, source_ids: Collection[int]) -> dict[int, dict[str, int]]:
        """Return by source how many documents stand behind it, by state; those without any are left out."""
        with self._db.read() as connection:
            return families.counted(self._db, connection, source_ids)

    def failing_children(self, source_ids: Collection[int], *, least: int) -> dict[int, tuple[int, int]]:
        """Return by source how many documents behind it failed ``least`` times in a row, and one of them."""
        with self._db.read() as connection:
            return families.failing(self._db, connection, source_ids, least=least)

    def lineage(self, source_id: int) -> tuple[Source, ...]:
        """Return the sources above a child, its parent first and the root last; none for a root."""
        with self._db.read() as connection:
            above = families.ancestors(self._db, connection, source_id)
            found = {s.id: s for s in self._fetch(connection, tables.sources.c.id.in_(above))}
        return tuple(found[number] for number in above if number in found)

    def resume_children(self, source_id: int, *, now: float) -> int:
        """Go on with documents read to fill a gap that stopped at a limit or an error; returns how many."""
        with self._db.write() as connection:
            return families.resume(self._db, connection, source_id, now=now)

    def update(self, source_id: int, *, now: float, **changes: Any) -> Source:
        """Change a source and return it: title, language, country, tags, interval, state, url, next_due_at …

        A new ``url`` forgets the validators of the old one (``host`` names its lane, or it is derived).
        Raises SourceNotFound, AlreadyExists when the URL is another source's, TypeError for other names.
        """
        unknown = set(changes) - set(_CHANGEABLE)
        if unknown:
            raise TypeError(f"a source has nothing to change called {', '.join(sorted(unknown))}")
        with self._db.write() as connection:
            values = self._changed_columns(connection, source_id, changes)
            if values:
                table = tables.sources
                change = update(table).where(table.c.id == source_id, table.c.state != REMOVED)
                connection.execute(change.values(**values))
            self._tell_children(connection, source_id, changes, now)
            source = self._one(connection, source_id)
            wake(
                self._db, connection, {source.host_id: source.next_due_at} if source.state == "active" else {}
            )
            return source

    def _tell_children(
        self, connection: Connection, source_id: int, changes: Mapping[str, Any], now: float
    ) -> None:
        """Pause and resume the documents behind a source with it; those of an old address end."""
        told = partial(families.change, self._db, connection, source_id)
        if "url" in changes:
            told(states=("active", "paused"), state="done", due_reason=families.ENDED)
        elif changes.get("state") == "paused":
            told(states=("active",), state="paused", due_reason="paused with its source")
        elif changes.get("state") == "active":
            told(states=("paused",), state="active", next_due_at=now, due_reason="resumed with its source")

    def _changed_columns(
        self, connection: Connection, source_id: int, changes: Mapping[str, Any]
    ) -> dict[str, Any]:
        values = {name: value for name, value in changes.items() if name not in ("url", "host")}
        if "title" in values:
            values["folded"] = folded(values["title"])
        if "tags" in values:
            values["tags"] = pack(tuple(values["tags"]))
        values |= {name: pack(values[name]) for name in ("schedule", "options") if name in values}
        if "url" in changes and changes["url"] != self._one(connection, source_id).url:
            values |= FORGOTTEN
            values |= self._address(connection, source_id, changes["url"], changes.get("host"))
        return values

    def _address(self, connection: Connection, source_id: int, url: str, host: str | None) -> dict[str, Any]:
        key = digest(url)
        table = tables.sources
        taken = connection.scalar(select(table.c.id).where(table.c.key == key, table.c.id != source_id))
        if taken is not None:
            raise AlreadyExists(f"the source {url}", taken)
        name = host or lane(url)
        return {"url": url, "key": key, "host_id": known_hosts(self._db, connection, [name])[name]}

    def remove(self, source_id: int) -> None:
        """Stop following a source. Its waiting entries go; articles and finished entries stay.

        Articles are looked at again through what other sources offered, as far as those led to them.

        Raises SourceNotFound.
        """
        entries = tables.entries
        waiting = (entries.c.source_id == source_id, entries.c.next_due_at.is_not(None))
        with self._db.write() as connection:
            self._one(connection, source_id)
            # An article was made of it before: it ends as it stood, and is not counted as lost.
            kept = update(entries).where(*waiting, entries.c.article_id.is_not(None))
            connection.execute(kept.values(outcome="unchanged", next_due_at=None))
            revisits.leave(self._db, connection, source_id)
            connection.execute(delete(entries).where(*waiting))
            gone = [source_id, *families.descendants(self._db, connection, [source_id])]
            for piece in chunks(gone, 500):
                meant = tables.sources.c.id.in_(piece)
                connection.execute(update(tables.sources).where(meant).values(state=REMOVED))

    def prune_children(self, *, before: float) -> int:
        """Forget documents behind sources that ended and were not read since ``before`` (epoch seconds)."""
        with self._db.write() as connection:
            return families.prune(connection, before=before)

    def due(self, leases: Sequence[Lease], *, now: float, per_host: int) -> dict[int, _List]:
        """Return due active sources by leased host (its number), at most ``per_host``, oldest due first."""
        names = {lease.host_id: lease.host for lease in leases}
        columns = ", ".join(f"t.{name}" for name in _COLUMNS)
        sql = self._db.per_host(columns, "sources", "x.state = 'active' AND x.next_due_at <= ?")
        found: dict[int, _List] = {}
        with self._db.read() as connection:
            rows = self._db.fetch(connection, sql, (self._db.each([*names]), now, per_host), cleaned=True)
        for row in sorted(rows, key=_OLDEST_FIRST):
            found.setdefault(row[1], []).append(_source(*row, names[row[1]]))
        return found

    def by_ids(self, source_ids: Collection[int]) -> dict[int, Source]:
        """Return sources by number; those that are not there are missing from the answer."""
        found: dict[int, Source] = {}
        with self._db.read() as connection:
            for piece in chunks(sorted(source_ids), 500):
                found |= {s.id: s for s in self._fetch(connection, tables.sources.c.id.in_(piece))}
        return found

    def last_poll_at(self) -> float | None:
        """Return when (epoch seconds) any source was last polled; None when none ever was."""
        with self._db.read() as connection:
            last: float | None = connection.scalar(select(func.max(tables.sources.c.last_polled_at)))
            return last

    def by_url(self, url: str) -> Source | None:
        """Return the source with exactly this URL, or None."""
        with self._db.read() as connection:
            return next(iter(self._fetch(connection, tables.sources.c.key == digest(url), limit=1)), None)

    def by_body(self, body_hash: str) -> Source | None:
        """Return a followed source whose document hashed to this when it was last read, or None.

        ``body_hash`` is the SHA-256 in hexadecimal, as polls record it. It may be a document behind a source.
        """
        table = tables.sources
        followed = table.c.state.in_(["active", "paused"]) & (table.c.body_hash == body_hash)
        with self._db.read() as connection:
            return next(iter(self._fetch(connection, followed, limit=1)), None)

    def record_polls(self, results: Sequence[PollResult], *, now: float) -> _Counts:
        """Write everything polls change, in one transaction, and return the counts of each.

        A result whose lease ran out or went to another owner is dropped as a whole, and missing from the
        answer. Validators are never kept before the entries they vouch for.
        """
        return polls.record(self._db, results, now=now) if results else []

    def matching(self, ref: str) -> Select[int]:
        """Return a select of the numbers of all sources that a number, or a part of URL or title, means."""
        by_number, *_ = _exact(clean(ref))
        meant = by_number if ref.isascii() and ref.isdigit() else contains(clean(ref))
        return select(tables.sources.c.id).where(meant)

    def means_any(self, ref: str) -> bool:
        """Tell whether a number, or a part of URL or title, means any source, as ``matching`` reads it."""
        with self._db.read() as connection:
            return connection.scalar(self.matching(ref).limit(1)) is not None

    def _one(self, connection: Connection, source_id: int) -> Source:
        for source in self._fetch(connection, tables.sources.c.id == source_id):
            return source
        raise SourceNotFound(source_id, f"there is no source {source_id}")

    def _fetch(
        self, connection: Connection, condition: ColumnElement[bool], limit: int | None = None
    ) -> _List:
        table = tables.sources
        columns = [table.c[name] for name in _COLUMNS]
        query = select(*columns, tables.hosts.c.name).join_from(table, tables.hosts)
        query = query.where(condition, table.c.state != REMOVED).order_by(table.c.id).limit(limit)
        return [_source(*row) for row in connection.execute(query).all()]


def _may_take_over(state: str, new: NewSource) -> bool:
    return state == REMOVED or (state == "once" and new.state == "active")


def _known(connection: Connection, key: bytes) -> Any:
    table = tables.sources
    return connection.execute(select(table.c.id, table.c.state).where(table.c.key == key)).first()


def _states(names: Collection[SourceState]) -> list[SourceState]:
    """Return states that are asked for, one of them alone too. Raises ValueError for what is none."""
    asked: list[SourceState] = [names] if isinstance(names, str) else [*names]  # type: ignore[list-item]  # no list, but scripts are not typed
    for name in asked:
        if name not in get_args(SourceState):
            raise ValueError(f"states: takes {', '.join(get_args(SourceState))}, not {str(name)[:30]!r}")
    return asked


def _exact(ref: str) -> _Conditions:
    """Return what a source may be called by exactly: number, URL, whole title; in this order."""
    table = tables.sources
    number = int(ref) if ref.isascii() and ref.isdigit() and len(ref) < 19 else -1
    by_number = table.c.id == (number if number <= LARGEST_ID else -1)
    return [by_number, table.c.key == digest(ref), table.c.folded == ref.casefold()]


def contains(part: str) -> ColumnElement[bool]:
    """Return the condition that the title or URL of a source contains a text, whatever its case."""
    folded = part.strip().casefold()
    return or_(
        tables.sources.c.folded.contains(folded, autoescape=True),
        func.lower(tables.sources.c.url).contains(folded, autoescape=True),
    )


def _ambiguous(text: str, found: _List) -> str:
    names = ", ".join(f"{source.id} ({source.title or source.url})" for source in found[:3])
    more = " and others" if len(found) > 3 else ""
    return f"several sources are meant by {text!r}: {names}{more}; name one by its number"


_source = maker(Source, (*_COLUMNS, "host"), lists=("tags",), maps=("schedule", "options", "hints"))
