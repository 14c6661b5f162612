"""What many articles have in common is counted from an even sample, which has indexes of its own."""

from alembic import op
from sqlalchemy import text

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_SAMPLED = "revision_id & 31 = 0"


def upgrade() -> None:
    where = text(_SAMPLED)
    op.create_index(
        "articles_sampled", "articles", ["revision_id"], sqlite_where=where, postgresql_where=where
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"CREATE INDEX search_sampled ON search_index USING gin (tokens) WHERE {_SAMPLED}")


def downgrade() -> None:
    raise NotImplementedError("a store is never taken back to an older schema; keep a copy of it instead")
