"""Words without accents: the index of words is made anew. A view of revisions; DuckDB can read stories."""

import json
import re
from collections.abc import Iterator
from typing import Any

from alembic import op
from sqlalchemy import Connection

from storage.text import Indexed, indexed

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_TOGETHER = 500
# DuckDB writes count(*) as count_star(), which SQLite does not know.
_STORIES = """
CREATE VIEW v_stories AS
SELECT a.story_id AS id, count(a.id) AS articles, count(DISTINCT a.site) AS outlets,
  {min(a.order_at)} AS first_at, {max(a.order_at)} AS last_at
FROM articles a GROUP BY a.story_id
"""
_REVISIONS = """
CREATE VIEW v_revisions AS
SELECT r.article_id, r.number AS revision, r.kind, {r.seen_at} AS seen_at, r.url, r.site, r.title, r.lead,
  r.text, r.language, r.authors, r.byline, r.dateline, r.published_at, r.modified_at, r.word_count,
  r.content_hash
FROM revisions r
"""
_NEWEST = """
SELECT a.id, r.id, r.title, r.lead, r.text, r.authors, r.byline, r.tags, r.citations
FROM articles a JOIN revisions r ON r.id = a.revision_id
WHERE a.id > PLACE ORDER BY a.id LIMIT PLACE
"""
_SQLITE = "INSERT INTO search_index (rowid, title, lead, body, names, tags) VALUES (?, ?, ?, ?, ?, ?)"
_POSTGRES = "INSERT INTO search_index (revision_id, tokens, words) VALUES (%s, array_to_tsvector(%s), %s)"


def _view(sql: str, *, postgres: bool) -> str:
    """Fill in times (RFC 3339 in UTC) as each database writes them."""
    time = "strftime('%Y-%m-%dT%H:%M:%SZ', CAST(\\1 AS integer), 'unixepoch')"
    if postgres:
        time = """to_char(to_timestamp(floor(\\1)) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"""
    return re.sub(r"\{(.*?)\}", time, sql)


def upgrade() -> None:
    connection = op.get_bind()
    postgres = connection.dialect.name == "postgresql"
    connection.exec_driver_sql("DROP VIEW v_stories")
    for view in (_STORIES, _REVISIONS):
        connection.exec_driver_sql(_view(view, postgres=postgres))
    if postgres:
        connection.exec_driver_sql("DELETE FROM search_index")
    else:
        connection.exec_driver_sql("INSERT INTO search_index (search_index) VALUES ('delete-all')")
    for number, words in _newest(connection, "%s" if postgres else "?"):
        if postgres:
            connection.exec_driver_sql(_POSTGRES, _in_postgres(number, words))
        else:
            connection.exec_driver_sql(_SQLITE, (number, *words.parts()))


def _newest(connection: Connection, place: str) -> Iterator[tuple[int, Indexed]]:
    """Yield the newest revision of each article with its words, as this version cuts them."""
    query, after = _NEWEST.replace("PLACE", place), 0
    while rows := connection.exec_driver_sql(query, (after, _TOGETHER)).fetchall():
        for _, number, title, lead, text, authors, byline, tags, citations in rows:
            yield (
                number,
                indexed(
                    title=title,
                    lead=lead,
                    text=text,
                    names=(*json.loads(authors), byline or ""),
                    tags=json.loads(tags),
                    cited=[str(citation.get("name", "")) for citation in json.loads(citations)],
                ),
            )
        after = rows[-1][0]


def _in_postgres(number: int, words: Indexed) -> tuple[Any, ...]:
    tokens = {token for part in words.parts() for token in part.split()}
    tokens |= {f"t:{token}" for token in words.title.split()}
    tokens |= {f"n:{token}" for token in words.names.split()}
    return number, sorted(tokens), "\n".join(f" {part} " for part in words.parts())


def downgrade() -> None:
    raise NotImplementedError("a store is never taken back to an older schema; keep a copy of it instead")
