"""Templates: the paragraphs that repeat on the pages of a site."""

from alembic import op
from sqlalchemy import BigInteger, Column, Double, Integer, LargeBinary, Text

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "templates",
        Column("key", LargeBinary, primary_key=True, comment="SHA-256 of the site"),
        Column("mark", BigInteger, primary_key=True, autoincrement=False, comment="hash of the paragraph"),
        Column("site", Text, nullable=False),
        Column("stories", Integer, nullable=False, comment="how many of the newest stories have it"),
        Column("among", Integer, nullable=False, comment="how many stories were looked at"),
        Column("learned_at", Double, nullable=False),
        Column("text", Text, nullable=False, comment="its beginning"),
    )


def downgrade() -> None:
    raise NotImplementedError("a store is never taken back to an older schema; keep a copy of it instead")
