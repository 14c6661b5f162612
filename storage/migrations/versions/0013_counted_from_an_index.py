"""Articles that are found are counted by site, language, day and story from an index."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("articles_revision", "articles")
    columns = ["revision_id", "site", "language", "order_at", "story_id", "id"]
    op.create_index("articles_revision", "articles", columns)


def downgrade() -> None:
    raise NotImplementedError("a store is never taken back to an older schema; keep a copy of it instead")
