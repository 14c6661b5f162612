"""Nothing is kept twice: digests are shorter, URLs and their keys are there where they say something."""

import re

from alembic import op
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

Id = BigInteger().with_variant(Integer(), "sqlite")
metadata = MetaData()
Table("articles", metadata, Column("id", Id, primary_key=True))  # what the foreign key below points at
article_urls = Table(
    "article_urls",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", LargeBinary, nullable=False, comment="digest of the URL key"),
    Column("article_id", Id, ForeignKey("articles.id"), nullable=False),
    Column("url", Text, comment="null: that of its first revision"),
)
_INDEXES = (
    ("entries_key", "entries", "key", True),
    ("entries_url", "entries", "url_digest", False),
    ("articles_hash", "articles", "content_hash", False),
    ("article_urls_key", "article_urls", "key", True),
    ("article_urls_article", "article_urls", "article_id", False),
)
_CLAIMS = text("canonical_digest IS NOT NULL")
# What most URLs have for a key; see ``values.shortened``.
_REST = "substr(url, {instr} + 3)"
_BARE = f"CASE WHEN substr({_REST}, 1, 4) = 'www.' THEN substr({_REST}, 5) ELSE {_REST} END"
_KEY = f"CASE WHEN {{instr}} > 0 AND url_key = 'https://' || rtrim({_BARE}, '/') THEN '' ELSE url_key END"
_OWN_CLAIMS = """
UPDATE articles SET canonical_digest = NULL WHERE canonical_digest IS NOT NULL AND EXISTS (
  SELECT 1 FROM article_urls u WHERE u.key = articles.canonical_digest AND u.article_id = articles.id)
"""
_TABLES = {
    "entries": {"key": "substr(key, 1, 16)", "url_digest": "substr(url_digest, 1, 16)", "url_key": _KEY},
    "articles": {
        "content_hash": "substr(content_hash, 1, 16)",
        "canonical_digest": "substr(canonical_digest, 1, 16)",
    },
    "pruned": {"key": "substr(key, 1, 16)"},
}
_EMPTIED_URLS = """
UPDATE article_urls SET url = NULL WHERE EXISTS (
  SELECT 1 FROM revisions r
  WHERE r.article_id = article_urls.article_id AND r.number = 1 AND r.url = article_urls.url)
"""
_MOVED_URLS = """
INSERT INTO article_urls (id, key, article_id, url)
SELECT u.id, substr(u.key, 1, 16), u.article_id, CASE WHEN r.url = u.url THEN NULL ELSE u.url END
FROM former_urls u LEFT JOIN revisions r ON r.article_id = u.article_id AND r.number = 1 ORDER BY u.id
"""
_COMMENTS = (
    ("entries", "key", LargeBinary, "digest of source and guid, or source and URL key"),
    ("entries", "url_key", Text, "empty: as most are, ``values.key_of``"),
    ("entries", "url_digest", LargeBinary, "digest of the whole url_key"),
    ("articles", "content_hash", Text, "the first 16 digits of that of its text"),
    ("articles", "canonical_digest", LargeBinary, "of the key of the URL it claims, where not its own"),
    ("revisions", "canonical_url", Text, "empty: url"),
    ("article_urls", "key", LargeBinary, "digest of the URL key"),
    ("article_urls", "url", Text, "null: that of its first revision"),
    ("pruned", "key", LargeBinary, "digest of the URL key of an article that was"),
)
_ARTICLES = """
CREATE VIEW v_articles AS
SELECT a.id, r.url, CASE WHEN r.canonical_url = '' THEN r.url ELSE r.canonical_url END AS canonical_url,
  r.site, r.publisher, r.title, r.lead, r.text, r.language, r.authors,
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
    postgres = connection.dialect.name == "postgresql"
    connection.exec_driver_sql("DROP VIEW v_articles")
    connection.exec_driver_sql(_OWN_CLAIMS)
    for name, table, _, _ in _INDEXES:
        op.drop_index(name, table)
    op.drop_index("articles_canonical", "articles")
    (_in_postgres if postgres else _in_sqlite)(connection)
    for name, table, column, unique in _INDEXES:
        op.create_index(name, table, [column], unique=unique)
    op.create_index(
        "articles_canonical", "articles", ["canonical_digest"],
        sqlite_where=_CLAIMS, postgresql_where=_CLAIMS,
    )  # fmt: skip
    connection.exec_driver_sql(_view(_ARTICLES, postgres=postgres))


def _in_sqlite(connection: Connection) -> None:
    for table, changes in _TABLES.items():
        values = ", ".join(f"{name} = {made}" for name, made in changes.items())
        sql = f"UPDATE {table} SET {values}"  # noqa: S608 - names of our own
        connection.exec_driver_sql(sql.replace("{instr}", "instr(url, '://')"))
    op.rename_table("article_urls", "former_urls")
    article_urls.create(connection)
    connection.exec_driver_sql(_MOVED_URLS)
    op.drop_table("former_urls")


def _in_postgres(connection: Connection) -> None:
    op.alter_column("article_urls", "url", nullable=True, existing_type=Text)
    connection.exec_driver_sql(_EMPTIED_URLS)
    # To give columns their type anew writes tables anew, without the places of the rows of before.
    for table, changes in {**_TABLES, "article_urls": {"key": "substr(key, 1, 16)"}}.items():
        kinds = {name: "text" if name in ("url_key", "content_hash") else "bytea" for name in changes}
        made = ", ".join(f"ALTER {name} TYPE {kinds[name]} USING {sql}" for name, sql in changes.items())
        sql = f"ALTER TABLE {table} {made}".replace("{instr}", "strpos(url, '://')")
        connection.exec_driver_sql(sql)
    for table, name, kind, comment in _COMMENTS:
        op.alter_column(table, name, comment=comment, existing_type=kind)


def downgrade() -> None:
    raise NotImplementedError("a store is never taken back to an older schema; keep a copy of it instead")
