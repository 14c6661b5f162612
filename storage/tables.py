"""The tables and their indexes, the same on SQLite and PostgreSQL.

Unique indexes stand on SHA-256 digests, never on text (of entries and URL keys: on their first 16 bytes).
The search index is no table of SQLAlchemy's; ``word_index.py`` and the migrations know it.
Long texts stand last in their rows, where SQLite need not read past them.
Migrations are frozen copies of what stood here when they were written; a test compares the two.
"""

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
    Table,
    Text,
    text,
)

from storage.columns import Id, metadata
from storage.hub_tables import subscriptions
from storage.page_tables import page_dictionaries, pages, templates

__all__ = ["HEAD", "metadata", "page_dictionaries", "pages", "subscriptions", "templates"]

HEAD = "0024"
"""The newest schema revision; ``open_store`` compares it without loading Alembic."""


SAMPLED = 32
"""Of every so many revisions there are indexes of their own, from which much is counted at a time."""


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
    Column("expires_at", Double, comment="when to ask for it again, where that is not as usual"),
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
    Column("parent_id", Id, comment="the source that named this document: a child sitemap, an archive page"),
    Column("since", Double, comment="entries published before are not taken"),
    Column("changed_at", Double, comment="when the parent says that it last changed"),
    Column("gap_at", Double, comment="when entries were last possibly missed"),
    Column("schedule", Text, nullable=False, server_default="{}", comment="chosen by a person"),
    Column("options", Text, nullable=False, server_default="{}", comment="how it wants to be fetched"),
    Column("hints", Text, nullable=False, server_default="{}", comment="what the publisher asks for"),
    Column("rhythm", Text, comment="when it publishes, as learnt"),
    Index("sources_key", "key", unique=True),
    _partial("sources_due", "host_id", "next_due_at", where="state = 'active'"),
    _partial("sources_parent", "parent_id", where="parent_id IS NOT NULL"),
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
    Column("key", LargeBinary, nullable=False, comment="digest of source and guid, or source and URL key"),
    Column("source_id", Id, ForeignKey("sources.id"), comment="null: a page crawled by hand"),
    Column("host_id", Id, ForeignKey("hosts.id"), nullable=False),
    Column("url", Text, nullable=False),
    Column("url_key", Text, nullable=False, comment="empty: as most are, ``values.key_of``"),
    Column("url_digest", LargeBinary, nullable=False, comment="digest of the whole url_key"),
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
    Column("mark", BigInteger, comment="hash of its feed line as last read"),
    Column("archive_id", Id, comment="the WARC file that its page was read from"),
    Column("summary", Text),
    Column("content", Text),
    CheckConstraint("(outcome IS NULL) = (next_due_at IS NOT NULL)", name="entries_wait_or_end"),
    Index("entries_key", "key", unique=True),
    Index("entries_url", "url_digest"),
    Index("entries_outcome", "outcome", "reason"),
    _partial("entries_due", "host_id", "next_due_at", where="next_due_at IS NOT NULL"),
    _partial("entries_waiting", "source_id", where="next_due_at IS NOT NULL"),
    _partial("entries_mark", "source_id", "mark", where="mark IS NOT NULL"),
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
    Column("content_hash", Text, nullable=False, comment="the first 16 digits of that of its text"),
    Column("canonical_digest", LargeBinary, comment="of the key of the URL it claims, where not its own"),
    Column("order_at", Double, nullable=False, comment="publication, or first sight where unknown"),
    Column("first_seen_at", Double, nullable=False),
    Column("last_seen_at", Double, nullable=False),
    Column("fetched_at", Double, nullable=False),
    Column("withdrawn_at", Double, comment="when its page was first found to be taken away, if it is"),
    Column("returned_at", Double, comment="when its page was last found to be there again"),
    Column(
        "edits",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="how often its publisher edited it",
    ),
    Index("articles_order", "order_at", "id", "revision_id"),
    Index("articles_site", "site", "order_at", "id", "revision_id"),
    Index("articles_language", "language", "order_at", "id", "revision_id"),
    Index("articles_hash", "content_hash"),
    _partial("articles_canonical", "canonical_digest", where="canonical_digest IS NOT NULL"),
    Index("articles_story", "story_id", "order_at", "id"),
    Index("articles_revision", "revision_id", "site", "language", "order_at", "story_id", "id"),
    _partial(
        "articles_sampled",
        *("revision_id", "site", "language", "order_at", "story_id", "id"),
        where=f"revision_id & {SAMPLED - 1} = 0",
    ),
    Index("articles_seen", "first_seen_at"),
    _partial("articles_edited", "order_at", "id", where="edits > 0"),
    _partial("articles_duplicates", "order_at", "id", where="duplicate_of IS NOT NULL"),
    _partial("articles_copies", "duplicate_of", where="duplicate_of IS NOT NULL"),
    _partial("articles_withdrawn", "withdrawn_at", where="withdrawn_at IS NOT NULL"),
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
    Column("canonical_url", Text, comment="empty: url"),
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
    Column("provenance", Text, nullable=False, comment="empty: that of provenance_id"),
    Column("content_hash", Text, nullable=False),
    Column("citations", Text, nullable=False),
    Column("repeats", Text, nullable=False),
    Column("lead", Text),
    Column("text", Text, nullable=False),
    Column("image_caption", Text),
    Column("image_credit", Text),
    Column("credits", Text, nullable=False, server_default="[]"),
    Column("reservations", Text, nullable=False, server_default="{}"),
    Column("reader", Text, comment="version of the page reader, and the site rule that spoke"),
    Column("kind", Text, nullable=False, server_default="published", comment="published reread"),
    Column("provenance_id", BigInteger, comment="which many may share"),
    Index("revisions_article", "article_id", "number", unique=True),
    sqlite_autoincrement=True,
)

provenances = Table(
    "provenances",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False, comment="begins its digest"),
    Column("value", Text, nullable=False, comment="where fields were found, as JSON"),
)

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

article_urls = Table(
    "article_urls",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", LargeBinary, nullable=False, comment="digest of the URL key"),
    Column("article_id", Id, ForeignKey("articles.id"), nullable=False),
    Column("url", Text, comment="null: that of its first revision"),
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

near_postings = Table(
    "near_postings",
    metadata,
    Column("key", BigInteger, primary_key=True, autoincrement=False, comment="hash of a passage, 47 bits"),
    Column("article_id", Id, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

near_docs = Table(
    "near_docs",
    metadata,
    Column("article_id", Id, primary_key=True, autoincrement=False),
    Column("day", Integer, nullable=False, comment="days from 1970 until it came"),
    Column("algorithm", Integer, nullable=False, comment="what made the keys"),
    Column("keys", LargeBinary, nullable=False, comment="its keys in near_postings, six bytes each"),
)

joins = Table(
    "joins",
    metadata,
    Column("article_id", Id, primary_key=True, autoincrement=False),
    Column("other_id", Id, nullable=False, comment="the article that it is a copy of"),
    Column("score", Double, nullable=False),
    Column("own_share", Double, nullable=False, comment="share of its text that both have"),
    Column("other_share", Double, nullable=False),
    Column("why", Text, nullable=False),
    Column("how", Text, comment="same alike contained edited shortened"),
    Index("joins_other", "other_id"),
)

story_choices = Table(
    "story_choices",
    metadata,
    Column("article_id", Id, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False, comment="apart alone joined"),
    Column("other_id", Id, comment="the first article of the story it was joined to, or taken out of"),
    Column("before_id", Id, comment="the article it had joined before a person said otherwise"),
    Column("at", Double, nullable=False),
)

archives = Table(
    "archives",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", LargeBinary, nullable=False, comment="SHA-256 of the path"),
    Column("path", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("modified_at", Double, nullable=False, comment="of the file; another one is another archive"),
    Column("position", BigInteger, nullable=False, server_default=text("0"), comment="bytes read and kept"),
    Column("records", BigInteger, nullable=False, server_default=text("0")),
    Column("counts", Text, nullable=False, server_default="{}"),
    Column("started_at", Double, nullable=False),
    Column("finished_at", Double),
    Index("archives_key", "key", unique=True),
)

exports = Table(
    "exports",
    metadata,
    Column("name", Text, primary_key=True),
    Column("query", Text, nullable=False, comment="what they are exports of, as JSON"),
    Column("revision_id", Id, nullable=False, comment="the newest revision that they hold"),
    Column("exported_at", Double, nullable=False),
    Column("articles", BigInteger, nullable=False, comment="how many the last one wrote"),
)

pruned = Table(
    "pruned",
    metadata,
    Column("key", LargeBinary, primary_key=True, comment="digest of the URL key of an article that was"),
    Column("article_id", Id, nullable=False, comment="the number that it had"),
    Column("at", Double, nullable=False, comment="when it was deleted"),
)
