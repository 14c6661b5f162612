"""Check a store from one end to the other, and mend what can be mended."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import count

from sqlalchemy import func, select

from storage import tables, word_index
from storage.database import Database
from storage.errors import StorageError, StoreBusy, StoreClosed, StoreDamaged
from storage.kinds import misfits
from storage.upkeep import unpacking
from storage.upkeep.copying import Step
from storage.upkeep.findings import DAMAGED, Finding
from storage.upkeep.rule import Rule
from storage.upkeep.rules import MISFIT, rules

_EXAMPLES = 5
_AT_ONCE = 200
_INDEXES = {word_index.ALL: "search.damaged", word_index.SAMPLE: "search.sample.damaged"}
"""SQLite's indexes of words, and how findings are named that tell of damage to them."""
_INVERTED = "inverted index"
"""What newer SQLites say beside all else of the search index, which is looked at by itself."""
RESCUE = "`kabar db check --rescue FILE` saves what can be read into a new store"


def check(database: Database, *, step: Step) -> list[Finding]:
    """Return everything that is wrong in a store, the gravest first; an empty list when all is well."""
    found = [*_damage(database, step)]
    known = [*rules()]
    for number, rule in enumerate(known):
        step(number, len(known), f"checking: {rule.what}")
        finding = _look(database, rule)
        found += [finding] if finding is not None else []
    pages = _pages(database, step)
    return [*found, *([pages] if pages is not None else [])]


def _pages(database: Database, step: Step) -> Finding | None:
    try:
        return unpacking.finding(unpacking.damaged(database, step))
    except StoreBusy:
        raise
    except StorageError:
        return None  # of a table that cannot be read, which is told already


def misfit(database: Database, *, seconds: float) -> str | None:
    """Return where a store holds a value that is not of the kind of its column; None where none is found in
    these seconds.
    """
    with suppress(StorageError), database.read() as connection, database.impatient(connection, seconds):
        for table in tables.metadata.sorted_tables if not database.postgres else ():
            found = connection.scalar(misfits(table).limit(1))
            if found is not None:
                return f"{table.name} {found}"
    return None


def mend(database: Database, found: list[Finding], *, step: Step) -> list[Finding]:
    """Mend what can be mended of what was found, a few rows in a transaction; returns it with the results.

    Nothing is mended in a damaged file: what cannot be read there would count as gone, and more would go. Nor
    where values are of a wrong kind, which would be taken for numbers.
    """
    if not found or any(finding.kind == DAMAGED or finding.kind.endswith(MISFIT) for finding in found):
        return found
    kinds = {finding.kind for finding in found}
    if _INDEXES[word_index.ALL] in kinds:
        _clear(database, [*_INDEXES])  # what is filled again goes into both
    elif _INDEXES[word_index.SAMPLE] in kinds:
        _clear(database, [word_index.SAMPLE])
    for rule in rules():  # all of them: one thing mended may bring another to light
        try:
            _mend(database, rule, step)
        except StoreBusy:
            raise
        except StorageError:
            continue  # it is found again below, as not mended
    if unpacking.KIND in kinds:
        unpacking.remove(database, unpacking.damaged(database, step))
    left = {finding.kind: finding for finding in check(database, step=step)}
    done = [_with_result(finding, left.pop(finding.kind, None)) for finding in found]
    return [*done, *left.values()]


def _clear(database: Database, names: Sequence[str]) -> None:
    """Empty SQLite's indexes of words, which are filled again by the rules."""
    try:
        with database.write() as connection:
            word_index.clear(database, connection, names)
    except StoreBusy:
        raise
    except StorageError:
        return  # it is found again, as not mended


def _with_result(finding: Finding, left: Finding | None) -> Finding:
    still = 0 if left is None else left.count
    return replace(finding, mended=max(0, finding.count - still), count=max(finding.count, still))


def _damage(database: Database, step: Step) -> Iterator[Finding]:
    """Find what SQLite itself says is wrong; PostgreSQL looks after its pages itself."""
    if database.postgres:
        return
    step(0, None, "reading every page")
    said: list[str] = []
    try:
        with database.read() as connection:
            for (line,) in connection.exec_driver_sql("PRAGMA integrity_check(100)"):
                said += [line] if _INVERTED not in line else []
    except StoreClosed:
        raise
    except StorageError as error:
        said = said or [_why(error)]
    is_whole = said in ([], ["ok"])
    if not is_whole:
        yield Finding(
            kind=DAMAGED,
            what="places of the file are damaged",
            count=len(said),
            examples=tuple(said[:_EXAMPLES]),
            remedy=RESCUE,
        )
    if database.frozen is not None:
        return  # to look the search index through is to write, for SQLite
    for name, kind in _INDEXES.items():
        try:
            with database.write() as connection:
                word_index.look_through(database, connection, name)
        except StoreBusy:
            raise
        except StorageError as error:
            yield Finding(
                kind=kind,
                what=f"search index is damaged ({name})",
                count=1,
                examples=(_why(error),),
                remedy=None if is_whole else RESCUE,
            )


def _look(database: Database, rule: Rule) -> Finding | None:
    try:
        with database.read() as connection:
            broken = rule.broken(database)
            number = connection.scalar(select(func.count()).select_from(broken.subquery())) or 0
            rows = connection.execute(broken.limit(_EXAMPLES)).all() if number else []
    except (StoreBusy, StoreClosed):
        raise
    except StorageError as error:
        return Finding(
            kind=rule.kind,
            what=f"check could not be made ({rule.what})",
            count=1,
            examples=(_why(error),),
            remedy=RESCUE,
        )
    if not number:
        return None
    examples = tuple(str(row[0]) if not isinstance(row[0], bytes) else row[0].hex() for row in rows)
    return Finding(kind=rule.kind, what=rule.what, count=number, examples=examples, remedy=rule.remedy)


def _why(error: StorageError) -> str:
    return error.why if isinstance(error, StoreDamaged) else str(error)


def _mend(database: Database, rule: Rule, step: Step) -> None:
    before: list[object] = []
    for round_ in count():
        with database.write() as connection:
            rows = connection.execute(rule.broken(database).limit(_AT_ONCE)).all()
            if not rows or [*rows] == before:
                return
            rule.mend(database, connection, rows)
        before = [*rows]
        step(round_ * _AT_ONCE, None, f"mending: {rule.what}")
