"""Near-duplicates: keys by which copies are found, and why an article joined another."""

from alembic import op
from sqlalchemy import BigInteger, Column, Double, Index, Integer, LargeBinary, MetaData, Table, Text

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

metadata = MetaData()
Id = BigInteger().with_variant(Integer(), "sqlite")

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
    Index("near_docs_day", "day"),
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
    Index("joins_other", "other_id"),
)


def upgrade() -> None:
    metadata.create_all(op.get_bind(), checkfirst=False)


def downgrade() -> None:
    raise NotImplementedError("a store is never taken back to an older schema; keep a copy of it instead")
