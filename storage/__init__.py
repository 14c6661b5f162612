"""Keep and find: sources, the frontier, articles and their revisions, in SQLite or PostgreSQL.

Knows SQLAlchemy, nothing of the other rooms. Importing this package does not load SQLAlchemy;
``open_store`` does, when called.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.store import Store

__all__ = ["open_store"]


def open_store(url: str, *, create: bool = True) -> "Store":
    """Open the store behind a database URL (``sqlite:///path``, ``postgresql://user@host/name``).

    An empty database gets the current schema when ``create`` is true. A SQLite file that cannot be written is
    opened to be read only. Raises ``SchemaOutdated`` or
    ``SchemaTooNew`` when the schema is not this version's, ``StoreUnavailable`` when it cannot be opened.
    """
    from storage.store import Store

    return Store.open(url, create=create)
