"""Looking again: the plans of articles that are visited again, and which were taken away."""

import re

from alembic import op
from sqlalchemy import BigInteger, Column, Double, ForeignKey, Index, Integer, MetaData, Table, Text, text

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

metadata = MetaData()
Id = BigInteger().with_variant(Integer(), "sqlite")
for _table in ("articles", "entries", "hosts"):  # what the foreign keys below point at
    Table(_table, metadata, Column("id", Id, primary_key=True))

revisits = Table(
    "revisits",
    metadata,
    Column("id", Id, ForeignKey("articles.id"), primary_key=True, autoincrement=False, comment="the article"),
    Column("entry_id", Id, ForeignKey("entries.id"), nullable=False, comment="through which it is asked for"),
    Column("host_id", Id, ForeignKey("hosts.id"), nullable=False),
    Column("next_due_at", Double, nullable=False),
    Column("since", Double, nullable=False, comment="when its page was first had"),
    Column("looks", Integer, nullable=False, server_default=text("0")),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("missing_at", Double, comment="when its page was first not there any more"),
    Column("etag", Text),
    Column("last_modified", Text),
    Index("revisits_due", "host_id", "next_due_at"),
    Index("revisits_entry", "entry_id"),
)

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
    connection.exec_driver_sql("DROP VIEW v_articles")
    for column in (
        Column("withdrawn_at", Double, comment="when its page was first found to be taken away, if it is"),
        Column("returned_at", Double, comment="when its page was last found to be there again"),
    ):
        op.add_column("articles", column)
    where = text("withdrawn_at IS NOT NULL")
    op.create_index(
        "articles_withdrawn", "articles", ["withdrawn_at"], sqlite_where=where, postgresql_where=where
    )
    revisits.create(connection)
    connection.exec_driver_sql(_view(_ARTICLES, postgres=connection.dialect.name == "postgresql"))


def downgrade() -> None:
    raise NotImplementedError("a store is never taken back to an older schema; keep a copy of it instead")
