"""What stands around a text: caption and credit of the picture, credits, reservations; who read it."""

import re

from alembic import op
from sqlalchemy import Column, Text

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ARTICLES = """
CREATE VIEW v_articles AS
SELECT a.id, r.url, r.canonical_url, r.site, r.publisher, r.title, r.lead, r.text, r.language, r.authors,
  r.byline, r.dateline, r.published_at, r.modified_at,
  {a.first_seen_at} AS first_seen_at, {a.last_seen_at} AS last_seen_at, {a.fetched_at} AS fetched_at,
  {a.order_at} AS sorted_at,
  r.section, r.tags, r.image_url, r.word_count, CAST(r.paywalled AS integer) AS paywalled, r.text_source,
  r.provenance, r.content_hash, a.revision, a.story_id, a.duplicate_of,
  (SELECT [urls] FROM (SELECT s.url FROM article_sources c JOIN sources s ON s.id = c.source_id
    WHERE c.article_id = a.id ORDER BY c.seen_at, s.id) x) AS sources,
  r.citations, r.repeats, r.image_caption, r.image_credit, r.credits, r.reservations, r.reader
FROM articles a JOIN revisions r ON r.id = a.revision_id
"""


def _view(sql: str, *, postgres: bool) -> str:
    """Fill in times (RFC 3339 in UTC) and lists (JSON) as each database writes them."""
    time = "strftime('%Y-%m-%dT%H:%M:%SZ', CAST(\\1 AS integer), 'unixepoch')"
    urls = "json_group_array(x.url)"
    if postgres:
        time = """to_char(to_timestamp(floor(\\1)) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"""
        urls = "coalesce(json_agg(x.url), '[]')::text"
    return re.sub(r"\{(.*?)\}", time, sql).replace("[urls]", urls)


def upgrade() -> None:
    connection = op.get_bind()
    connection.exec_driver_sql("DROP VIEW v_articles")
    for column in (
        Column("image_caption", Text),
        Column("image_credit", Text),
        Column("credits", Text, nullable=False, server_default="[]"),
        Column("reservations", Text, nullable=False, server_default="{}"),
        Column("reader", Text, comment="version of the page reader, and the site rule that spoke"),
    ):
        op.add_column("revisions", column)
    connection.exec_driver_sql(_view(_ARTICLES, postgres=connection.dialect.name == "postgresql"))


def downgrade() -> None:
    raise NotImplementedError("a store is never taken back to an older schema; keep a copy of it instead")
