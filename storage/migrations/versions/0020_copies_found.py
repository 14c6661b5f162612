"""Copies have an index by what they copy: whether any names an article that goes is known at once."""

from alembic import op
from sqlalchemy import text

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    where = text("duplicate_of IS NOT NULL")
    op.create_index(
        "articles_copies", "articles", ["duplicate_of"], sqlite_where=where, postgresql_where=where
    )


def downgrade() -> None:
    raise NotImplementedError("a store is never taken back to an older schema; keep a copy of it instead")
