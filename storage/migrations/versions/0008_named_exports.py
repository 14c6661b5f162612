"""Named exports: how far each of them has come. And comments that another kind of choice changed."""

from alembic import op
from sqlalchemy import BigInteger, Column, Double, Integer, Text

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

Id = BigInteger().with_variant(Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "exports",
        Column("name", Text, primary_key=True),
        Column("query", Text, nullable=False, comment="what they are exports of, as JSON"),
        Column("revision_id", Id, nullable=False, comment="the newest revision that they hold"),
        Column("exported_at", Double, nullable=False),
        Column("articles", BigInteger, nullable=False, comment="how many the last one wrote"),
    )
    if op.get_bind().dialect.name == "postgresql":  # SQLite knows no comments
        op.alter_column("story_choices", "kind", comment="apart alone joined", existing_type=Text)
        op.alter_column(
            "story_choices",
            "other_id",
            comment="the first article of the story it was joined to, or taken out of",
            existing_type=Id,
        )


def downgrade() -> None:
    raise NotImplementedError("a store is never taken back to an older schema; keep a copy of it instead")
