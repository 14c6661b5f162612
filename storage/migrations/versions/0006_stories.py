"""Stories: what people decided about them, how articles joined, a view, members in the order of time."""

import re

from alembic import op
from sqlalchemy import BigInteger, Column, Double, Integer, MetaData, Table, Text

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

metadata = MetaData()
Id = BigInteger().with_variant(Integer(), "sqlite")

story_choices = Table(
    "story_choices",
    metadata,
    Column("article_id", Id, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False, comment="apart joined"),
    Column("other_id", Id, comment="the article it was joined to by a person; null: it stands apart"),
    Column("before_id", Id, comment="the article it had joined before a person said otherwise"),
    Column("at", Double, nullable=False),
)

_STORIES = """
CREATE VIEW v_stories AS
SELECT a.story_id AS id, count(*) AS articles, count(DISTINCT a.site) AS outlets,
  {min(a.order_at)} AS first_at, {max(a.order_at)} AS last_at
FROM articles a GROUP BY a.story_id
"""


def _view(sql: str, *, postgres: bool) -> str:
    """Fill in times (RFC 3339 in UTC) as each database writes them."""
    time = "strftime('%Y-%m-%dT%H:%M:%SZ', CAST(\\1 AS integer), 'unixepoch')"
    if postgres:
        time = """to_char(to_timestamp(floor(\\1)) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"""
    return re.sub(r"\{(.*?)\}", time, sql)


def upgrade() -> None:
    connection = op.get_bind()
    op.drop_index("articles_story", "articles")
    op.create_index("articles_story", "articles", ["story_id", "order_at", "id"])
    op.add_column("joins", Column("how", Text, comment="same alike contained edited shortened"))
    story_choices.create(connection)
    connection.exec_driver_sql(_view(_STORIES, postgres=connection.dialect.name == "postgresql"))


def downgrade() -> None:
    raise NotImplementedError("a store is never taken back to an older schema; keep a copy of it instead")
