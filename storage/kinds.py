"""Are values of the kinds of their columns? SQLite keeps any: another program may write text for numbers."""

import json
from collections.abc import Iterable, Sequence
from types import NoneType
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    LargeBinary,
    Select,
    Table,
    Text,
    and_,
    case,
    cast,
    func,
    literal_column,
    or_,
    select,
)

from storage.errors import ValueDamaged

_NAMES = {str: "a text", bytes: "bytes", bool: "yes or no", int: "a number", float: "a number"}
_STORED = {
    str: ("text",),
    bytes: ("blob",),
    bool: ("integer",),
    int: ("integer",),
    float: ("real", "integer"),
}
"""What SQLite's typeof() says of values of a kind; of none it says ``null``."""

_LISTS = ("authors", "tags", "citations", "repeats", "credits")
_OBJECTS = ("reservations",)
"""Columns whose texts are lists or objects in JSON."""
NO_UTF8 = "kabar_no_utf8"
"""The function by which SQLite is asked whether bytes are no text in UTF-8: it keeps any as a text."""
_LARGEST = 1e12
"""No time in seconds since 1970, and no other fraction that is kept, is larger."""


class Kinds:
    """The kinds of some columns, to look through rows of them in no time."""

    def __init__(self, columns: Iterable[Any]) -> None:
        """Take what stands in a select: columns, as they are or labelled."""
        self._columns = [(column.name, column.type.python_type) for column in columns]
        self._sound: set[tuple[type, ...]] = set()

    def require(self, row: Sequence[Any]) -> None:
        """Raise ValueDamaged for a row whose first values are not of the kinds of the columns."""
        shape = tuple(map(type, row))
        if shape in self._sound:
            return
        for (name, kind), value in zip(self._columns, row, strict=False):
            if not isinstance(value, (kind, NoneType, int) if kind is float else (kind, NoneType)):
                raise ValueDamaged(str(value), f"{_NAMES[kind]} ({name})")
        self._sound.add(shape)


def misfits(table: Table) -> Select[Any]:
    """Return the select of what SQLite keeps in a table and is of another kind: the row, and which column."""
    keys = [*table.primary_key]
    numbered = table.dialect_options["sqlite"]["with_rowid"] and keys[0].type.python_type is int
    columns = [column for column in table.c if not (numbered and column.primary_key)]
    wrong = {column.name: _is_wrong(column) for column in columns}
    named = case(*((condition, literal_column(f"'{name}'")) for name, condition in wrong.items()))
    row = func.quote(keys[0], type_=Text)
    return select(row + literal_column("' ('") + named + literal_column("')'")).where(or_(*wrong.values()))


def _is_wrong(column: Column[Any]) -> ColumnElement[bool]:
    kind = column.type.python_type
    wrong: list[ColumnElement[bool]] = [func.typeof(column).not_in(["null", *_STORED[kind]])]
    if kind is float:
        wrong.append(func.abs(column) > _LARGEST)
    if kind is str:
        wrong.append(getattr(func, NO_UTF8)(cast(column, LargeBinary)) == 1)
    for names, form in ((_LISTS, "array"), (_OBJECTS, "object")):
        if column.name in names:
            is_other = case((func.json_valid(column) == 1, func.json_type(column) != form), else_=True)
            wrong.append(and_(column.is_not(None), is_other))
    return or_(*wrong)


def mended(table: Table, rows: Sequence[Sequence[Any]]) -> tuple[list[tuple[Any, ...]], int]:
    """Return rows of a table with empty lists and objects for those that are none, and how many they were."""
    kinds = dict.fromkeys(_LISTS, list) | dict.fromkeys(_OBJECTS, dict)
    places = [(place, kinds[column.name]) for place, column in enumerate(table.c) if column.name in kinds]
    found, number = [], 0
    for row in rows:
        wrong = {place: kind for place, kind in places if not _holds(row[place], kind)}
        number += len(wrong)
        made = (json.dumps(wrong[place]()) if place in wrong else value for place, value in enumerate(row))
        found.append(tuple(made) if wrong else tuple(row))
    return found, number


def _holds(value: Any, kind: type) -> bool:
    """Tell whether a text is a list or an object in JSON; what is left out is none, and no trouble."""
    try:
        return value in (None, "[]" if kind is list else "{}") or isinstance(json.loads(value), kind)
    except (ValueError, TypeError):
        return False


def no_utf8(value: bytes | None) -> bool:
    """Tell whether bytes are no text in UTF-8."""
    try:
        (value or b"").decode()
    except UnicodeDecodeError:
        return True
    return False
