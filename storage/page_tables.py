"""The tables of raw pages; ``tables`` has them with all others."""

from sqlalchemy import (
    BigInteger,
    Boolean,
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

page_dictionaries = Table(
    "page_dictionaries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("site", Text, nullable=False),
    Column("base_id", Id, ForeignKey("page_dictionaries.id"), comment="the one that it is laid behind"),
    Column("hash", LargeBinary, nullable=False, comment="SHA-256 of what it holds"),
    Column("made_at", Double, nullable=False),
    Column("size", Integer, nullable=False, comment="bytes"),
    Column("stored", Integer, nullable=False, comment="bytes, packed"),
    Column("data", LargeBinary, nullable=False, comment="bytes of a page of the site, packed (zstd)"),
    Index("page_dictionaries_site", "site", "id"),
    Index("page_dictionaries_base", "base_id"),
    sqlite_autoincrement=True,
)

pages = Table(
    "pages",
    metadata,
    Column("id", Id, primary_key=True),
    Column("article_id", Id, ForeignKey("articles.id"), nullable=False),
    Column("revision", Integer, nullable=False, comment="number of the newest revision read from it"),
    Column("part", Integer, nullable=False, server_default=text("1"), comment="which page of the article"),
    Column("dictionary_id", Id, ForeignKey("page_dictionaries.id"), comment="what it is packed by"),
    Column("entry_id", Id, comment="the entry through which it was asked for"),
    Column("reader", Text, comment="version that read it last; null: it is to be read"),
    Column("kept_at", Double, nullable=False),
    Column("fetched_at", Double, nullable=False),
    Column("status", Integer, nullable=False),
    Column("truncated", Boolean, nullable=False),
    Column("hash", LargeBinary, nullable=False, comment="SHA-256 of the body"),
    Column("size", BigInteger, nullable=False, comment="bytes of the body"),
    Column("stored", Integer, nullable=False, comment="bytes of the body, packed"),
    Column("url", Text, nullable=False),
    Column("requested_url", Text, nullable=False),
    Column("headers", Text, nullable=False, server_default="{}"),
    Column("body", LargeBinary, nullable=False, comment="the body, packed (zstd)"),
    Index("pages_article", "article_id", "id"),
    Index("pages_kept", "kept_at", "stored"),
    Index("pages_dictionary", "dictionary_id"),
    Index("pages_reader", "reader", "id"),
    sqlite_autoincrement=True,
)

templates = Table(
    "templates",
    metadata,
    Column("key", LargeBinary, primary_key=True, comment="SHA-256 of the site"),
    Column("mark", BigInteger, primary_key=True, autoincrement=False, comment="hash of the paragraph"),
    Column("site", Text, nullable=False),
    Column("stories", Integer, nullable=False, comment="how many of the newest stories have it"),
    Column("among", Integer, nullable=False, comment="how many stories were looked at"),
    Column("learned_at", Double, nullable=False),
    Column("text", Text, nullable=False, comment="its beginning"),
)
