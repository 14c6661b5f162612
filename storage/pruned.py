"""Articles that were deleted for their age: their addresses stay known."""

from collections.abc import Sequence

from sqlalchemy import select

from storage import tables
from storage.database import Database
from storage.dialect import placeholders
from storage.retained import Pruned
from storage.values import chunks, key_digest, moment

_TABLE = tables.pruned
_SEVERAL = 8
"""Addresses that are looked up together sooner than a statement is made for them."""
_READMIT = "DELETE FROM pruned WHERE key IN ({})"


class PrunedArticles:
    """The addresses of a store's articles that were deleted."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def of(self, url_keys: Sequence[str]) -> Pruned | None:
        """Return what is known of the deleted article at one of these URLs (given by their keys), if any."""
        keys = [key_digest(key) for key in url_keys]
        query = select(_TABLE.c.article_id, _TABLE.c.at).where(_TABLE.c.key.in_(keys))
        with self._db.read() as connection:
            row = connection.execute(query.order_by(_TABLE.c.at.desc()).limit(1)).first()
        return None if row is None else Pruned(article_id=row.article_id, at=moment(row.at))

    def readmit(self, url_keys: Sequence[str]) -> None:
        """Forget that articles were at these URLs: somebody wants them again."""
        keys = {key_digest(key) for key in url_keys}
        with self._db.write() as connection:
            for piece in chunks(keys, 500):
                few = len(piece) < _SEVERAL
                if gone := piece if few else [*self._db.known_among(connection, _TABLE.c.key, piece)]:
                    sql = _READMIT.format(placeholders(len(gone)))
                    self._db.run(connection, sql, tuple(gone), cleaned=True)
