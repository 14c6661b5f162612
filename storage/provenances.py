"""Where the fields of articles were found: what many articles share is kept once."""

from collections.abc import Mapping

from sqlalchemy import Connection

from storage.database import Database
from storage.dialect import inserting

_KNOWN = "SELECT id FROM provenances WHERE id WITHIN ?"
_ADD = inserting("provenances", ("id", "value")) + " ON CONFLICT DO NOTHING"


def keep(database: Database, connection: Connection, values: Mapping[int, str]) -> None:
    """Keep provenances, by their numbers, that are not there yet."""
    rows = database.fetch(connection, _KNOWN, (database.each([*values]),), cleaned=True)
    missing = values.keys() - {row[0] for row in rows}
    if missing:
        # In one order for all: two writers that each waited for the other's would not end.
        database.run(connection, _ADD, [(number, values[number]) for number in sorted(missing)], cleaned=True)
