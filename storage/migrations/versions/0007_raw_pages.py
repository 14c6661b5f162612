"""Raw pages kept for replay, and revisions that come of reading them anew."""

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
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

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

metadata = MetaData()
Id = BigInteger().with_variant(Integer(), "sqlite")
Table("articles", metadata, Column("id", Id, primary_key=True))  # what a foreign key below points at

page_dictionaries = Table(
    "page_dictionaries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("site", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False, comment="SHA-256 of what it holds"),
    Column("made_at", Double, nullable=False),
    Column("size", Integer, nullable=False, comment="bytes"),
    Column("stored", Integer, nullable=False, comment="bytes, packed"),
    Column("data", LargeBinary, nullable=False, comment="bytes of a page of the site, packed (zstd)"),
    Index("page_dictionaries_site", "site", "id"),
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


def upgrade() -> None:
    connection = op.get_bind()
    edits = Column(
        "edits",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="how often its publisher edited it",
    )
    op.add_column("articles", edits)
    kind = Column("kind", Text, nullable=False, server_default="published", comment="published reread")
    op.add_column("revisions", kind)
    connection.exec_driver_sql("UPDATE articles SET edits = revision - 1 WHERE revision > 1")
    page_dictionaries.create(connection)
    pages.create(connection)
    if connection.dialect.name == "postgresql":  # what is packed already is not packed again
        connection.exec_driver_sql("ALTER TABLE pages ALTER COLUMN body SET STORAGE EXTERNAL")
        connection.exec_driver_sql("ALTER TABLE page_dictionaries ALTER COLUMN data SET STORAGE EXTERNAL")


def downgrade() -> None:
    raise NotImplementedError("a store is never taken back to an older schema; keep a copy of it instead")
