"""Statements of the hot paths: written once, turned into what each database reads.

They are written with ``?``, ``COLUMN WITHIN ?`` (its value comes from ``Database.each``),
``FROM TABLE BY COLUMN WITHIN ?`` (the same for many values that are sorted, each of them once),
``FROM EACH ?`` (these values, as a table with the column ``value``),
``LARGER(A, B)`` and ``FOR UPDATE`` clauses, which SQLite does without.
"""

import re
from collections.abc import Sequence

_PER_HOST_SQLITE = """
SELECT {columns} FROM json_each(?) h CROSS JOIN {table} t ON t.id IN (
  SELECT x.id FROM {table} x WHERE x.host_id = h.value AND {condition} ORDER BY x.next_due_at, x.id LIMIT ?
)"""
_PER_HOST_POSTGRES = """
SELECT {columns} FROM (SELECT unnest(CAST(? AS bigint[])) AS value) h CROSS JOIN LATERAL (
  SELECT * FROM {table} x WHERE x.host_id = h.value AND {condition} ORDER BY x.next_due_at, x.id LIMIT ?
) t"""

_KNOWN_SQLITE = "SELECT DISTINCT {0} FROM {1} WHERE {0} IN ({2})"
_KNOWN_POSTGRES = """
SELECT known.value FROM unnest(CAST(? AS {2}[])) AS known (value)
WHERE EXISTS (SELECT 1 FROM {1} WHERE {0} = known.value)"""
_BY = re.compile(r"FROM (\w+) BY (\w+) WITHIN \?")
_EACH = "FROM EACH ?"
_BY_SQLITE = r"FROM json_each(?) g CROSS JOIN \1 ON \1.\2 = g.value"


def in_dialect(sql: str, *, postgres: bool) -> str:
    """Return a statement as the database reads it."""
    if postgres:
        sql = sql.replace(_EACH, "FROM unnest(CAST(? AS bigint[])) AS each (value)")
        sql = _BY.sub(r"FROM \1 WHERE \2 WITHIN ?", sql)
        sql = re.sub(r"(\S+) WITHIN \?", r"\1 = ANY(CAST(? AS bigint[]))", sql)
        return sql.replace("LARGER(", "greatest(").replace("?", "%s")
    sql = _BY.sub(_BY_SQLITE, sql.replace(_EACH, "FROM json_each(?)"))
    sql = re.sub(r"(\S+) WITHIN \?", r"\1 IN (SELECT value FROM json_each(?))", sql)
    return re.sub(r"( ORDER BY \S+)? FOR (NO KEY )?(UPDATE|SHARE)", "", sql).replace("LARGER(", "max(")


def per_host(columns: str, table: str, condition: str, *, postgres: bool) -> str:
    """Return a select of the first ``LIMIT ?`` rows of each host of an ``each`` parameter."""
    template = _PER_HOST_POSTGRES if postgres else _PER_HOST_SQLITE
    return template.replace("{columns}", columns).replace("{table}", table).replace("{condition}", condition)


def known(column: object, table: str, values: int | str) -> str:
    """Return a select of those of some values that stand in a column: so many places, or the array's type."""
    if isinstance(values, str):
        return _KNOWN_POSTGRES.format(column, table, values)
    return _KNOWN_SQLITE.format(column, table, placeholders(values))


def among(column: str, values: Sequence[bytes], *, postgres: bool) -> tuple[str, tuple[bytes | str, ...]]:
    """Return the condition that a column has one of these values, and its parameters."""
    if postgres and len(values) > 1:
        return f"{column} = ANY(CAST(? AS bytea[]))", (array(values),)
    return f"{column} IN ({placeholders(len(values))})", tuple(values)


def array(values: Sequence[bytes] | Sequence[str]) -> str:
    """Return values as an array of PostgreSQL, as a text: psycopg would go to more trouble for each."""
    made = [rf"\\x{value.hex()}" if isinstance(value, bytes) else _quoted(value) for value in values]
    return '{"' + '","'.join(made) + '"}' if made else "{}"


def _quoted(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"")


def placeholders(number: int) -> str:
    """Return so many places for values, as between the brackets of a list."""
    return ", ".join("?" * number)


def inserting(table: str, columns: Sequence[str]) -> str:
    """Return an INSERT of one row."""
    places = placeholders(len(columns))
    return " ".join(("INSERT INTO", table, "(", ", ".join(columns), ") VALUES (", places, ")"))
