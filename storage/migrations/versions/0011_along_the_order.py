"""Searches walk along the order of articles: indexes that hold all it takes, by time, site and language."""

from alembic import op
from sqlalchemy import text

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("articles_order", "articles")
    op.drop_index("articles_site", "articles")
    for name, first in (("order", ()), ("site", ("site",)), ("language", ("language",))):
        op.create_index(f"articles_{name}", "articles", [*first, "order_at", "id", "revision_id"])
    for name, where in (("edited", "edits > 0"), ("duplicates", "duplicate_of IS NOT NULL")):
        op.create_index(
            f"articles_{name}", "articles", ["order_at", "id"],
            sqlite_where=text(where), postgresql_where=text(where),
        )  # fmt: skip
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index("search_tokens", "search_index")
        op.execute(
            "CREATE INDEX search_tokens ON search_index USING gin (tokens, (ARRAY[revision_id >> 11]))"
        )


def downgrade() -> None:
    raise NotImplementedError("a store is never taken back to an older schema; keep a copy of it instead")
