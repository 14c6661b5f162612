"""Archives: WARC files that were read, and how far."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, select, update

from storage import tables
from storage.captures import Archive
from storage.database import Database
from storage.errors import ArchiveHeld
from storage.values import chunks, digest, pack, unpack_map

_TABLE = tables.archives
_FIELDS = tuple(Archive.__dataclass_fields__)
_ANEW: Mapping[str, Any] = {"position": 0, "records": 0, "counts": "{}", "finished_at": None}


class Archives:
    """The archives of a store."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def open(self, path: str, *, size: int, modified_at: float, now: float, again: bool = False) -> Archive:
        """Return the archive at a path as far as it has been read.

        A file of another size or time is another archive: it begins anew, as it does with ``again``.
        """
        file = {"size": size, "modified_at": modified_at}
        with self._db.write() as connection:
            new = {**file, **_ANEW, "key": digest(path), "path": path, "started_at": now}
            connection.execute(self._db.insert(_TABLE).on_conflict_do_nothing(), new)
            [found] = _read(connection, _TABLE.c.key == digest(path))
            if again or (found.size, found.modified_at) != (size, modified_at):
                anew = update(_TABLE).where(_TABLE.c.id == found.id)
                connection.execute(anew.values(**file, **_ANEW, started_at=now))
                [found] = _read(connection, _TABLE.c.id == found.id)
        return found

    def advance(
        self,
        archive: Archive,
        *,
        position: int,
        records: int,
        counts: Mapping[str, int],
        finished_at: float | None = None,
    ) -> Archive:
        """Note that an archive has been read up to a byte, ``records`` in all; returns it as it is now.

        Raises ArchiveHeld when it is not where ``archive`` says: somebody else reads it too.
        """
        change = update(_TABLE).where(
            _TABLE.c.id == archive.id,
            _TABLE.c.records == archive.records,
            _TABLE.c.started_at == archive.started_at,
        )
        values = {"position": position, "records": records, "finished_at": finished_at}
        with self._db.write() as connection:
            if connection.execute(change.values(**values, counts=pack(counts))).rowcount == 0:
                raise ArchiveHeld(archive.path)
            [found] = _read(connection, _TABLE.c.id == archive.id)
        return found

    def by_ids(self, archive_ids: Collection[int]) -> dict[int, Archive]:
        """Return archives by number; those that are not there are missing from the answer."""
        found: dict[int, Archive] = {}
        with self._db.read() as connection:
            for piece in chunks(sorted(archive_ids), 500):
                found |= {archive.id: archive for archive in _read(connection, _TABLE.c.id.in_(piece))}
        return found


def _read(connection: Connection, condition: Any) -> list[Archive]:
    query = select(*(_TABLE.c[name] for name in _FIELDS)).where(condition)
    rows = [dict(row._mapping) for row in connection.execute(query)]
    return [Archive(**{**row, "counts": unpack_map(row["counts"])}) for row in rows]
