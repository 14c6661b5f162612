"""Where fields were found is kept once for all articles of which it is the same."""

import re

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, Text

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

Id = BigInteger().with_variant(Integer(), "sqlite")
_ARTICLES = """
CREATE VIEW v_articles AS
SELECT a.id, r.url, CASE WHEN r.canonical_url = '' THEN r.url ELSE r.canonical_url END AS canonical_url,
  r.site, r.publisher, r.title, r.lead, r.text, r.language, r.authors,
  r.byline, r.dateline, r.published_at, r.modified_at,
  {a.first_seen_at} AS first_seen_at, {a.last_seen_at} AS last_seen_at, {a.fetched_at} AS fetched_at,
  {a.order_at} AS sorted_at,
  r.section, r.tags, r.image_url, r.word_count, CAST(r.paywalled AS integer) AS paywalled, r.text_source,
  coalesce(nullif(r.provenance, ''), (SELECT p.value FROM provenances p WHERE p.id = r.provenance_id))
  AS provenance, r.content_hash, a.revision, a.story_id, a.duplicate_of,
  (SELECT [urls] FROM (SELECT s.url FROM article_sources c JOIN sources s ON s.id = c.source_id
    WHERE c.article_id = a.id ORDER BY c.seen_at, s.id) x) AS sources,
  r.citations, r.repeats, r.image_caption, r.image_credit, r.credits, r.reservations, r.reader,
  {a.withdrawn_at} AS withdrawn_at
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
    postgres = connection.dialect.name == "postgresql"
    connection.exec_driver_sql("DROP VIEW v_articles")
    op.create_table(
        "provenances",
        Column("id", Id, primary_key=True, autoincrement=False, comment="begins its digest"),
        Column("value", Text, nullable=False, comment="where fields were found, as JSON"),
    )
    op.add_column("revisions", Column("provenance_id", BigInteger, comment="which many may share"))
    if postgres:  # SQLite knows no comments
        comment = "empty: that of provenance_id"
        op.alter_column("revisions", "provenance", comment=comment, existing_type=Text)
    connection.exec_driver_sql(_view(_ARTICLES, postgres=postgres))


def downgrade() -> None:
    raise NotImplementedError("a store is never taken back to an older schema; keep a copy of it instead")
