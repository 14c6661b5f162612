"""Addresses of articles that were deleted for their age, so that they are not fetched again as new ones."""

from alembic import op
from sqlalchemy import BigInteger, Column, Double, Integer, LargeBinary

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

Id = BigInteger().with_variant(Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "pruned",
        Column("key", LargeBinary, primary_key=True, comment="SHA-256 of the URL key of an article that was"),
        Column("article_id", Id, nullable=False, comment="the number that it had"),
        Column("at", Double, nullable=False, comment="when it was deleted"),
    )


def downgrade() -> None:
    raise NotImplementedError("a store is never taken back to an older schema; keep a copy of it instead")
