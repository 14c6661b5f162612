"""SQLite, too, has an index of the words of sampled articles alone: to count in it takes a thirtieth."""

import json
from collections.abc import Iterator
from typing import Any

from alembic import op
from sqlalchemy import Connection

from storage.text import indexed

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_TOGETHER = 500
_INDEX = """
CREATE VIRTUAL TABLE search_sampled USING fts5(title, lead, body, names, tags, content='',
  tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N* P* S* Cf Cn Co Cs'")
"""
_SAMPLED = """
SELECT r.id, r.title, r.lead, r.text, r.authors, r.byline, r.tags, r.citations
FROM search_index_docsize d JOIN revisions r ON r.id = d.id
WHERE d.id > ? AND d.id & 31 = 0 ORDER BY d.id LIMIT ?
"""
_INSERT = "INSERT INTO search_sampled (rowid, title, lead, body, names, tags) VALUES (?, ?, ?, ?, ?, ?)"


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    connection.exec_driver_sql(_INDEX)
    connection.exec_driver_sql("INSERT INTO search_sampled (search_sampled, rank) VALUES ('automerge', 8)")
    for piece in _documents(connection):
        connection.exec_driver_sql(_INSERT, piece)


def _documents(connection: Connection) -> Iterator[list[tuple[int | str, ...]]]:
    """Yield the sampled documents of the index, some at a time, as this version cuts their words."""
    after = 0
    while rows := connection.exec_driver_sql(_SAMPLED, (after, _TOGETHER)).fetchall():
        yield [
            (
                number,
                *indexed(
                    title=title,
                    lead=lead,
                    text=text,
                    names=(*map(str, _list(authors)), byline or ""),
                    tags=[*map(str, _list(tags))],
                    cited=[
                        str(one["name"])
                        for one in _list(citations)
                        if isinstance(one, dict) and "name" in one
                    ],
                ).parts(),
            )
            for number, title, lead, text, authors, byline, tags, citations in rows
        ]
        after = rows[-1][0]


def _list(packed: str) -> list[Any]:
    """Return a packed list; nothing where another program wrote something else, which ``db check`` tells."""
    try:
        made = json.loads(packed)
    except (ValueError, TypeError):
        return []
    return made if isinstance(made, list) else []


def downgrade() -> None:
    raise NotImplementedError("a store is never taken back to an older schema; keep a copy of it instead")
