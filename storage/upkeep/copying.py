"""Copy a store into another database: table by table, resumable, verified at the end."""

import json
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    MetaData,
    Table,
    Text,
    event,
    func,
    inspect,
    select,
)

from storage import hold, indexing, schema, tables, word_index
from storage.database import Database
from storage.dialect import inserting
from storage.engines import parse_url, shown
from storage.errors import CopyDiffers, CopyRefused, RowMissing, ValueDamaged
from storage.kinds import mended
from storage.upkeep.rows import Key, Reader, Row, Sum, summed

_INDEX = "search_index"
_SOURCE = "source"
"""The name of the row that says what is being copied; no table has it."""
_LOST = "lost of "
"""How the names of rows begin that say how much of a table could not be read."""
_INDEXED_AT_ONCE = 200
_INTO_A_FILE = "what can be read goes into a SQLite file first, from which `kabar db copy` moves it"
_ELSEWHERE = "delete that, or name another place"

_notes = Table(
    schema.COPYING,
    MetaData(),
    Column("name", Text, primary_key=True, comment="a table, or what is copied"),
    Column("last", Text, comment="key of the last row copied, or the URL of the source"),
    Column("rows", BigInteger, nullable=False),
    Column("hash", Text, nullable=False),
    Column("done", Boolean, nullable=False),
)


class Step(Protocol):
    """Is told how far a job has come: ``done`` of ``total``, and of what."""

    def __call__(self, done: int, total: int | None, message: str = "") -> None:
        """Take it in."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """What was copied."""

    rows: Mapping[str, int]
    """By table."""
    indexed: int
    """Articles in the search index, which is made anew."""
    resumed: bool
    """Whether a copy that had been cut off was gone on with."""
    damaged: Mapping[str, int]
    """Places of tables that could not be read, by table."""


@dataclass(slots=True)
class _Note:
    """How far the copy of a table has come."""

    name: str
    last: Key | None
    sum: Sum
    done: bool


def copy_store(source_url: str, target_url: str, *, step: Step, rescue: bool = False) -> Copied:
    """Copy the store behind one URL into the database behind another, and verify what came of it.

    The source is only read, and seen as it was at one moment. The target must be empty, or hold such a copy
    that was cut off, which is gone on with. With ``rescue`` rows that cannot be read are left out, and the
    target is a SQLite file: PostgreSQL takes no row whose counterpart is lost. Raises CopyRefused,
    CopyDiffers, StoreHeld, and what opening a store raises.
    """
    with ExitStack() as stack:
        source = schema.readable(source_url, cut_off=rescue)
        stack.callback(source.close)
        target = stack.enter_context(_filling(source, target_url, lenient=rescue))
        from_ = stack.enter_context(source.snapshot())
        copy = _Copy(source, target, from_, step=step, rescue=rescue)
        return copy.run()


@contextmanager
def _filling(source: Database, url: str, *, lenient: bool) -> Iterator[Database]:
    parsed = parse_url(url)
    if lenient and parsed.get_backend_name() == "postgresql":
        raise CopyRefused(shown(parsed), _INTO_A_FILE)
    target = schema.fillable(url)
    try:
        if target.name == source.name:
            raise CopyRefused(target.name, "it is the source itself")
        if lenient:
            event.listen(target.engine, "connect", _without_rules)
            target.engine.dispose()
        with hold.held(target, "kabar db copy"):
            yield target
    finally:
        target.close()


def _without_rules(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA foreign_keys = OFF")


class _Copy:
    """A copy on its way."""

    def __init__(
        self, source: Database, target: Database, from_: Connection, *, step: Step, rescue: bool
    ) -> None:
        self._source, self._target, self._from = source, target, from_
        self._step = step
        self._rescue = rescue
        self._partly: Table | None = None
        """The table in the middle of which an earlier copy was cut off."""

    def run(self) -> Copied:
        resumed = self._begin()
        if resumed:
            self._compare_source()
        for table in tables.metadata.sorted_tables:
            try:
                self._copy(table)
            except RowMissing as error:
                raise CopyRefused(self._target.name, _lacking(table, self._source.name)) from error
        indexed = self._index()
        if not self._rescue:
            for table in tables.metadata.sorted_tables:
                self._verify(table)
        names = [table.name for table in tables.metadata.sorted_tables]
        rows = {name: self._note(name).sum.rows for name in names}
        lost = {name: self._note(_LOST + name).sum.rows for name in (*names, _INDEX)}
        damaged = {name: number for name, number in lost.items() if number}
        with self._target.write() as connection:
            _notes.drop(connection)
        return Copied(rows=rows, indexed=indexed, resumed=resumed, damaged=damaged)

    def _begin(self) -> bool:
        """Make the notes in the target, or find them; returns whether they were there."""
        with self._target.write() as connection:
            if inspect(connection).has_table(schema.COPYING):
                known = connection.scalar(select(_notes.c.last).where(_notes.c.name == _SOURCE))
                if known != self._source.name:
                    raise CopyRefused(
                        self._target.name, f"it holds an unfinished copy of {known}; {_ELSEWHERE}"
                    )
                return True
            filled = next(
                (table.name for table in tables.metadata.sorted_tables if _rows(connection, table)), None
            )
            if filled:
                raise CopyRefused(
                    self._target.name, f"it holds a store already ({filled} is not empty); {_ELSEWHERE}"
                )
            _notes.create(connection)
            self._put(connection, _Note(_SOURCE, None, Sum(), done=False), last=self._source.name)
        return False

    def _compare_source(self) -> None:
        """Check that what was copied before is still what the source has: the rest would not fit to it."""
        for table in tables.metadata.sorted_tables:
            note = self._note(table.name)
            if note.done:
                step = self._stepper("comparing", table, note)
                now = summed(self._from, table, step=step, patient=self._rescue)
                if now != note.sum:
                    raise CopyDiffers(table.name, str(now), str(note.sum))
            elif note.sum.rows:
                self._partly = table

    def _stepper(self, doing: str, table: Table, note: _Note) -> Callable[[int], None]:
        return lambda done: self._step(done, note.sum.rows, f"{doing} {table.name}")

    def _copy(self, table: Table) -> None:
        note = self._note(table.name)
        if note.done:
            return
        lost = self._note(_LOST + table.name)
        reader = Reader(self._from, table, patient=self._rescue, lost=lost.sum.rows)
        total = None if self._rescue else _total(self._from, table)
        inner = [] if self._rescue else _inner(table)
        for rows, last in reader.batches(note.last):
            note.last = last
            note.sum.add(rows)
            if self._rescue:
                rows, emptied = mended(table, rows)
                reader.lost += emptied
            with self._target.write() as connection:
                self._load(connection, table, _without(rows, inner))
                self._put(connection, note)
                self._put_lost(connection, lost, reader)
            self._step(note.sum.rows, total, f"copying {table.name}")
        note.done = True
        with self._target.write() as connection:
            for place in inner:
                self._link(connection, table, place)
            if "id" in table.c and table.autoincrement_column is not None:
                self._target.go_on_from(connection, table, self._source.last_id(self._from, table))
            self._put(connection, note)
            self._put_lost(connection, lost, reader)

    def _put_lost(self, connection: Connection, note: _Note, reader: Reader) -> None:
        if reader.lost:
            note.sum.rows = reader.lost
            self._put(connection, note)

    def _load(self, connection: Connection, table: Table, rows: Sequence[Row]) -> None:
        self._target.run(connection, inserting(table.name, table.c.keys()), rows, cleaned=True)

    def _link(self, connection: Connection, table: Table, place: int) -> None:
        """Let rows name rows of their own table, now that all of these are there."""
        key, column = next(iter(table.primary_key)), [*table.c][place]
        query = select(key, column).where(column.is_not(None)).order_by(key)
        statement = f"UPDATE {table.name} SET {column.name} = ? WHERE {key.name} = ?"  # noqa: S608 - names of our own
        after = -1
        while pairs := self._from.execute(query.where(key > after).limit(1000)).all():
            after = pairs[-1][0]
            self._target.run(connection, statement, [(other, number) for number, other in pairs])

    def _index(self) -> int:
        """Make the search index of the target; returns how many articles are in it."""
        note = self._note(_INDEX)
        query = select(tables.articles.c.id, tables.articles.c.revision_id).order_by(tables.articles.c.id)
        total = self._note("articles").sum.rows
        while not note.done:
            after = note.last[0] if note.last is not None else -1
            with self._target.write() as connection:
                some = query.where(tables.articles.c.id > after).limit(_INDEXED_AT_ONCE)
                rows = connection.execute(some).all()
                note.sum.rows += self._indexed(connection, sorted(row[1] for row in rows))
                note.last = [rows[-1][0]] if rows else note.last
                note.done = not rows
                self._put(connection, note)
            self._step(note.sum.rows, total, "indexing")
        return note.sum.rows

    def _indexed(self, connection: Connection, revisions: Sequence[int]) -> int:
        """Put revisions into the index; to rescue a store, without those whose values are damaged."""
        try:
            return indexing.index(self._target, connection, revisions)
        except ValueDamaged as error:
            if not self._rescue:
                error.url = self._source.name
                raise
            if len(revisions) == 1:
                lost = self._note(_LOST + _INDEX)
                lost.sum.rows += 1
                self._put(connection, lost)
                return 0
            return sum(self._indexed(connection, [number]) for number in revisions)

    def _verify(self, table: Table) -> None:
        note = self._note(table.name)
        step = self._stepper("verifying", table, note)
        meant = summed(self._from, table, step=step) if table is self._partly else note.sum
        with self._target.read() as connection:
            found = summed(connection, table, step=step)
            if table.name == "articles":
                self._verify_index(connection, found.rows)
        if found != meant:
            raise CopyDiffers(table.name, str(meant), str(found))

    def _verify_index(self, connection: Connection, articles: int) -> None:
        statement = f"SELECT count(*) FROM {word_index.documents(self._target)}"  # noqa: S608 - names of our own
        [(found,)] = self._target.fetch(connection, statement, ())
        if found != articles:
            raise CopyDiffers(_INDEX, f"{articles:,} articles", f"{found:,}")

    def _note(self, name: str) -> _Note:
        with self._target.read() as connection:
            row = connection.execute(select(_notes).where(_notes.c.name == name)).first()
        if row is None:
            return _Note(name, None, Sum(), done=False)
        last = None if row.last is None else [_unpacked(value) for value in json.loads(row.last)]
        return _Note(name, last, Sum(row.rows, int(row.hash, 16)), done=row.done)

    def _put(self, connection: Connection, note: _Note, *, last: str | None = None) -> None:
        if note.last is not None:
            last = json.dumps([_packed(value) for value in note.last])
        values = {"last": last, "rows": note.sum.rows, "hash": f"{note.sum.hash:x}", "done": note.done}
        statement = self._target.insert(_notes).values(name=note.name, **values)
        connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))


def _lacking(table: Table, url: str) -> str:
    """Return what is said of a table whose rows name rows that the source has lost."""
    named = " or ".join(sorted({key.column.table.name for key in table.foreign_keys}))
    return (
        f"the source is damaged: rows of {table.name} name rows of {named} that are not there; back it up,"
        f" run `kabar db check --repair --database {shlex.quote(url)}`, then copy it anew into an empty place"
    )


def _packed(value: Any) -> Any:
    return {"bytes": value.hex()} if isinstance(value, bytes) else value


def _unpacked(value: Any) -> Any:
    return bytes.fromhex(value["bytes"]) if isinstance(value, dict) else value


def _rows(connection: Connection, table: Table) -> bool:
    return connection.execute(select(1).select_from(table).limit(1)).first() is not None


def _total(connection: Connection, table: Table) -> int | None:
    return connection.scalar(select(func.count()).select_from(table))


def _inner(table: Table) -> list[int]:
    """Return the places of columns that name a row of the same table."""
    return [
        place
        for place, column in enumerate(table.c)
        if any(key.column.table is table for key in column.foreign_keys)
    ]


def _without(rows: Sequence[Row], places: Sequence[int]) -> list[Row]:
    """Return rows that name none of their own table, which may not be there yet."""
    if not places:
        return list(rows)
    return [tuple(None if place in places else value for place, value in enumerate(row)) for row in rows]
