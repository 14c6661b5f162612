"""Old fingerprints are found as they lie, the oldest first, and need no index of days."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("near_docs_day", "near_docs", if_exists=True)


def downgrade() -> None:
    raise NotImplementedError("a store is never taken back to an older schema; keep a copy of it instead")
