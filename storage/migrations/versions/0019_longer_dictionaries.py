"""The dictionaries of raw pages may be laid one behind the other."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    postgres = op.get_bind().dialect.name == "postgresql"
    kind = "BIGINT" if postgres else "INTEGER"
    op.execute(f"ALTER TABLE page_dictionaries ADD COLUMN base_id {kind} REFERENCES page_dictionaries (id)")
    if postgres:
        op.execute("COMMENT ON COLUMN page_dictionaries.base_id IS 'the one that it is laid behind'")
    op.create_index("page_dictionaries_base", "page_dictionaries", ["base_id"])


def downgrade() -> None:
    raise NotImplementedError("a store is never taken back to an older schema; keep a copy of it instead")
