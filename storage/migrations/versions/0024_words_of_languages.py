"""Words are cut otherwise: ``-nya`` belongs to some languages alone, signs are no letters, names end.

SQLite's index of words is made anew, as nothing can be taken out of it without its words; in PostgreSQL the
rows are written whose words are others now.
"""

import json
from collections.abc import Iterator
from typing import Any

from alembic import op
from sqlalchemy import Connection

from storage.text import Indexed, indexed

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_TOGETHER = 500
_SAMPLED = 32
_NEWEST = """
SELECT a.id, r.id, r.title, r.lead, r.text, r.authors, r.byline, r.tags, r.citations, r.language
FROM articles a JOIN revisions r ON r.id = a.revision_id
WHERE a.id > PLACE ORDER BY a.id LIMIT PLACE
"""
_CLEAR = "INSERT INTO {0} ({0}) VALUES ('delete-all')"
_INSERT = "INSERT INTO {0} (rowid, title, lead, body, names, tags) VALUES (?, ?, ?, ?, ?, ?)"
_UPDATE = "UPDATE search_index SET words = %s WHERE revision_id = %s AND words <> %s"


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        for piece in _newest(connection, "%s"):
            rows = [("\n".join(f" {part} " for part in words.parts()), number) for number, words in piece]
            connection.exec_driver_sql(_UPDATE, [(words, number, words) for words, number in rows])
        return
    for name in ("search_index", "search_sampled"):
        connection.exec_driver_sql(_CLEAR.format(name))
    for piece in _newest(connection, "?"):
        documents = [(number, *words.parts()) for number, words in piece]
        connection.exec_driver_sql(_INSERT.format("search_index"), documents)
        if sampled := [document for document in documents if document[0] % _SAMPLED == 0]:
            connection.exec_driver_sql(_INSERT.format("search_sampled"), sampled)


def _newest(connection: Connection, place: str) -> Iterator[list[tuple[int, Indexed]]]:
    """Yield the newest revisions with their words, as this version cuts them, some at a time."""
    query, after = _NEWEST.replace("PLACE", place), 0
    while rows := connection.exec_driver_sql(query, (after, _TOGETHER)).fetchall():
        yield [(row[1], _words(*row[2:])) for row in rows]
        after = rows[-1][0]


def _words(
    title: str,
    lead: str | None,
    text: str,
    authors: str,
    byline: str | None,
    tags: str,
    citations: str,
    language: str | None,
) -> Indexed:
    cited = [str(one["name"]) for one in _list(citations) if isinstance(one, dict) and "name" in one]
    return indexed(
        title=title,
        lead=lead,
        text=text,
        names=(*map(str, _list(authors)), byline or ""),
        tags=[*map(str, _list(tags))],
        cited=cited,
        language=language,
    )


def _list(packed: str) -> list[Any]:
    """Return a packed list; nothing where another program wrote something else, which ``db check`` tells."""
    try:
        made = json.loads(packed)
    except (ValueError, TypeError):
        return []
    return made if isinstance(made, list) else []


def downgrade() -> None:
    raise NotImplementedError("a store is never taken back to an older schema; keep a copy of it instead")
