"""PostgreSQL keeps the words of an article once: what its index of words holds is made from them.

And on either database the index of sampled articles says of them what the index of all articles does.
"""

from alembic import op
from sqlalchemy import text

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

# The words of each part stand in a line, each with a space on both sides. Those of the title are in the index
# behind a "=" as well, those of names behind a "@"; no word begins with either. It takes 0.1 ms for an
# article of 500 words: its cost keeps PostgreSQL from doing so for all rows where it could ask the index.
_TOKENS = r"""
CREATE FUNCTION kabar_tokens(words text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 4000 AS $$
BEGIN
  RETURN array_to_tsvector(array_remove(string_to_array(
    replace(words, E'\n', '')
    || replace(rtrim(split_part(words, E'\n', 1)), ' ', ' =')
    || replace(rtrim(split_part(words, E'\n', 4)), ' ', ' @'), ' '), ''));
END $$
"""
_INDEXES = (
    "CREATE INDEX search_tokens ON search_index USING gin (kabar_tokens(words), (ARRAY[revision_id >> 11]))",
    "CREATE INDEX search_sampled ON search_index USING gin (kabar_tokens(words)) WHERE revision_id & 31 = 0",
)


def upgrade() -> None:
    op.drop_index("articles_sampled", "articles")
    columns = ["revision_id", "site", "language", "order_at", "story_id", "id"]
    where = text("revision_id & 31 = 0")
    op.create_index("articles_sampled", "articles", columns, sqlite_where=where, postgresql_where=where)
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(_TOKENS)
    # The indexes go with the column. An expression counts as a new type, for which all rows are written anew.
    op.execute("ALTER TABLE search_index DROP COLUMN tokens, ALTER COLUMN words TYPE text USING words || ''")
    for index in _INDEXES:
        op.execute(index)
    op.execute("ANALYZE search_index")


def downgrade() -> None:
    raise NotImplementedError("a store is never taken back to an older schema; keep a copy of it instead")
