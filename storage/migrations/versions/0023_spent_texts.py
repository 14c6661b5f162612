"""Texts that feeds carried are emptied of entries that came after the last look, or ended as no article."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_EMPTY = """
UPDATE entries SET content = NULL, summary = CASE WHEN length(summary) > 2000 THEN NULL ELSE summary END
WHERE next_due_at IS NULL AND (content IS NOT NULL OR length(summary) > 2000) AND (
  outcome = 'rejected'
  OR NOT EXISTS (SELECT 1 FROM revisits p WHERE p.id = entries.article_id) AND EXISTS (
    SELECT 1 FROM articles a JOIN revisions r ON r.id = a.revision_id
    WHERE a.id = entries.article_id AND r.text_source <> 'feed'))
"""


def upgrade() -> None:
    op.execute(_EMPTY)


def downgrade() -> None:
    raise NotImplementedError("a store is never taken back to an older schema; keep a copy of it instead")
