"""The first schema: hosts, sources, polls, entries, articles with their revisions, search, views."""

import re

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

metadata = MetaData()
Id = BigInteger().with_variant(Integer(), "sqlite")


def _partial(name: str, *columns: str, where: str) -> Index:
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


hosts = Table(
    "hosts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", LargeBinary, nullable=False, comment="SHA-256 of the name"),
    Column("name", Text, nullable=False),
    Column("polite_at", Double, nullable=False, server_default=text("0")),
    Column("resume_at", Double, nullable=False, server_default=text("0")),
    Column("backoff", Double, nullable=False, server_default=text("0")),
    Column("next_due_at", Double, comment="null: nothing waits"),
    Column("lease_owner", Text),
    Column("lease_until", Double),
    Index("hosts_key", "key", unique=True),
    _partial("hosts_due", "next_due_at", where="next_due_at IS NOT NULL"),
)

robots = Table(
    "robots",
    metadata,
    Column("key", LargeBinary, primary_key=True, comment="SHA-256 of host and origin"),
    Column("host_id", Id, ForeignKey("hosts.id"), nullable=False),
    Column("origin", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("fetched_at", Double, nullable=False),
    Index("robots_host", "host_id"),
)

sources = Table(
    "sources",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", LargeBinary, nullable=False, comment="SHA-256 of the URL"),
    Column("host_id", Id, ForeignKey("hosts.id"), nullable=False),
    Column("url", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False, comment="active paused gone once removed"),
    Column("title", Text),
    Column("folded", Text, comment="title, case-folded"),
    Column("site_url", Text),
    Column("language", Text),
    Column("country", Text),
    Column("tags", Text, nullable=False, server_default="[]"),
    Column("interval", Double),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("body_hash", Text),
    Column("pace", Double),
    Column("next_due_at", Double, nullable=False, server_default=text("0")),
    Column("due_reason", Text, nullable=False, server_default=text("''")),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("last_error", Text),
    Column("last_status", Integer),
    Column("moved_to", Text),
    Column("moved_seen", Integer, nullable=False, server_default=text("0")),
    Column("created_at", Double, nullable=False),
    Column("last_polled_at", Double),
    Column("last_ok_at", Double),
    Column("last_new_at", Double),
    Column(
        "last_poll_id", Id, comment="the newest poll; with polls.previous_id a chain in place of an index"
    ),
    Index("sources_key", "key", unique=True),
    _partial("sources_due", "host_id", "next_due_at", where="state = 'active'"),
    sqlite_autoincrement=True,
)

polls = Table(
    "polls",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source_id", Id, nullable=False),
    Column("at", Double, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("status", Integer),
    Column("entries_seen", Integer, nullable=False),
    Column("entries_new", Integer, nullable=False),
    Column("error", Text),
    Column("seconds", Double, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("previous_id", Id, comment="the poll of this source before"),
)

entries = Table(
    "entries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", LargeBinary, nullable=False, comment="SHA-256 of source and guid, or source and URL key"),
    Column("source_id", Id, ForeignKey("sources.id"), comment="null: a page crawled by hand"),
    Column("host_id", Id, ForeignKey("hosts.id"), nullable=False),
    Column("url", Text, nullable=False),
    Column("url_key", Text, nullable=False),
    Column("url_digest", LargeBinary, nullable=False, comment="SHA-256 of url_key"),
    Column("guid", Text),
    Column("title", Text),
    Column("published", Text),
    Column("updated", Text),
    Column("authors", Text, nullable=False, server_default="[]"),
    Column("tags", Text, nullable=False, server_default="[]"),
    Column("language", Text),
    Column("image_url", Text),
    Column("outcome", Text),
    Column("reason", Text),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("next_due_at", Double),
    Column("article_id", Id),
    Column("first_seen_at", Double, nullable=False),
    Column("last_seen_at", Double, nullable=False),
    Column("finished_at", Double),
    Column("visits", Integer, nullable=False, server_default=text("0")),
    Column("summary", Text),
    Column("content", Text),
    CheckConstraint("(outcome IS NULL) = (next_due_at IS NOT NULL)", name="entries_wait_or_end"),
    Index("entries_key", "key", unique=True),
    Index("entries_url", "url_digest"),
    Index("entries_outcome", "outcome", "reason"),
    _partial("entries_due", "host_id", "next_due_at", where="next_due_at IS NOT NULL"),
    _partial("entries_waiting", "source_id", where="next_due_at IS NOT NULL"),
    sqlite_autoincrement=True,
)

articles = Table(
    "articles",
    metadata,
    Column("id", Id, primary_key=True),
    Column("revision_id", Id, nullable=False, comment="the newest revision"),
    Column("revision", Integer, nullable=False, comment="its number, from 1"),
    Column("story_id", Id, nullable=False),
    Column("duplicate_of", Id, ForeignKey("articles.id")),
    Column("site", Text, nullable=False),
    Column("language", Text),
    Column("content_hash", Text, nullable=False),
    Column("canonical_digest", LargeBinary, comment="SHA-256 of the key of the canonical URL it claims"),
    Column("order_at", Double, nullable=False, comment="publication, or first sight where unknown"),
    Column("first_seen_at", Double, nullable=False),
    Column("last_seen_at", Double, nullable=False),
    Column("fetched_at", Double, nullable=False),
    Index("articles_order", "order_at", "id"),
    Index("articles_site", "site", "order_at"),
    Index("articles_hash", "content_hash"),
    _partial("articles_canonical", "canonical_digest", where="canonical_digest IS NOT NULL"),
    Index("articles_story", "story_id"),
    Index("articles_revision", "revision_id"),
    Index("articles_seen", "first_seen_at"),
    sqlite_autoincrement=True,
)

revisions = Table(
    "revisions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("article_id", Id, ForeignKey("articles.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("seen_at", Double, nullable=False),
    Column("url", Text, nullable=False),
    Column("canonical_url", Text),
    Column("site", Text, nullable=False),
    Column("publisher", Text),
    Column("title", Text, nullable=False),
    Column("language", Text),
    Column("authors", Text, nullable=False),
    Column("byline", Text),
    Column("dateline", Text),
    Column("published_at", Text, comment="ISO 8601 with the published offset"),
    Column("modified_at", Text),
    Column("section", Text),
    Column("tags", Text, nullable=False),
    Column("image_url", Text),
    Column("word_count", Integer, nullable=False),
    Column("paywalled", Boolean),
    Column("text_source", Text, nullable=False),
    Column("provenance", Text, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("citations", Text, nullable=False),
    Column("repeats", Text, nullable=False),
    Column("lead", Text),
    Column("text", Text, nullable=False),
    Index("revisions_article", "article_id", "number", unique=True),
    sqlite_autoincrement=True,
)

article_urls = Table(
    "article_urls",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", LargeBinary, nullable=False, comment="SHA-256 of the URL key"),
    Column("article_id", Id, ForeignKey("articles.id"), nullable=False),
    Column("url", Text, nullable=False),
    Index("article_urls_key", "key", unique=True),
    Index("article_urls_article", "article_id"),
)

article_sources = Table(
    "article_sources",
    metadata,
    Column("article_id", Id, ForeignKey("articles.id"), primary_key=True),
    Column("source_id", Id, ForeignKey("sources.id"), primary_key=True),
    Column("seen_at", Double, nullable=False),
    Index("article_sources_source", "source_id", "article_id"),
)


_SEARCH_SQLITE = """
CREATE VIRTUAL TABLE search_index USING fts5(title, lead, body, names, tags, content='',
  tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N* P* S* Cf Cn Co Cs'")
"""
# ``words`` holds the parts one below the other, each word with a space on both sides.
_SEARCH_POSTGRES = """
CREATE TABLE search_index (
  revision_id bigint PRIMARY KEY REFERENCES revisions (id),
  tokens tsvector NOT NULL,
  words text NOT NULL
);
CREATE INDEX search_tokens ON search_index USING gin (tokens)
"""

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
  r.citations, r.repeats
FROM articles a JOIN revisions r ON r.id = a.revision_id
"""
_SOURCES = """
CREATE VIEW v_sources AS
SELECT s.id, s.url, s.kind, s.state, s.title, s.site_url, h.name AS host, s.language, s.country, s.tags,
  s.interval, s.pace, {s.next_due_at} AS next_due_at, s.due_reason, s.failures, s.last_error, s.last_status,
  s.moved_to, {s.created_at} AS created_at, {s.last_polled_at} AS last_polled_at,
  {s.last_ok_at} AS last_ok_at, {s.last_new_at} AS last_new_at
FROM sources s JOIN hosts h ON h.id = s.host_id WHERE s.state <> 'removed'
"""
_POLLS = """
CREATE VIEW v_polls AS
SELECT p.id, p.source_id, s.url AS source_url, {p.at} AS polled_at, p.outcome, p.status, p.entries_seen,
  p.entries_new, p.error, p.seconds, p.size
FROM polls p JOIN sources s ON s.id = p.source_id
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
    metadata.create_all(connection, checkfirst=False)
    search = _SEARCH_POSTGRES if postgres else _SEARCH_SQLITE
    views = (_view(view, postgres=postgres) for view in (_ARTICLES, _SOURCES, _POLLS))
    for statement in (*search.split(";\n"), *views):
        connection.exec_driver_sql(statement)


def downgrade() -> None:
    raise NotImplementedError("there is nothing before the first schema")
