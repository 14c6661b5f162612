"""Every kind of source: schedules, options, hints and rhythms, subscriptions, archives, marks of lines."""

import re

from alembic import op
from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

metadata = MetaData()
Id = BigInteger().with_variant(Integer(), "sqlite")
Table("sources", metadata, Column("id", Id, primary_key=True))  # what the foreign keys below point at

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source_id", Id, ForeignKey("sources.id"), nullable=False),
    Column("hub", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("token", Text, nullable=False, comment="last part of the callback address; nobody can guess it"),
    Column("secret", Text, nullable=False),
    Column("state", Text, nullable=False, comment="wanted pending verified denied failed leaving ended"),
    Column("callback", Text, comment="the whole callback address as the hub was last told"),
    Column("next_due_at", Double, nullable=False),
    Column("requested_at", Double),
    Column("verified_at", Double),
    Column("lease_until", Double),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("last_error", Text),
    Column("pushes", Integer, nullable=False, server_default=text("0")),
    Column("last_push_at", Double),
    Column(
        "refused", Integer, nullable=False, server_default=text("0"), comment="pushes with a bad signature"
    ),
    Column(
        "brought", Integer, nullable=False, server_default=text("0"), comment="entries since the last poll"
    ),
    Column(
        "trust", Integer, nullable=False, server_default=text("0"), comment="polls in a row it made needless"
    ),
    Column(
        "missed",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="polls that found what it had not",
    ),
    Index("subscriptions_source", "source_id"),
    Index("subscriptions_token", "token", unique=True),
    Index("subscriptions_due", "next_due_at"),
)

archives = Table(
    "archives",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", LargeBinary, nullable=False, comment="SHA-256 of the path"),
    Column("path", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("modified_at", Double, nullable=False, comment="of the file; another one is another archive"),
    Column("position", BigInteger, nullable=False, server_default=text("0"), comment="bytes read and kept"),
    Column("records", BigInteger, nullable=False, server_default=text("0")),
    Column("counts", Text, nullable=False, server_default="{}"),
    Column("started_at", Double, nullable=False),
    Column("finished_at", Double),
    Index("archives_key", "key", unique=True),
)

_SOURCES = """
CREATE VIEW v_sources AS
SELECT s.id, s.url, s.kind, s.state, s.title, s.site_url, h.name AS host, s.language, s.country, s.tags,
  s.interval, s.pace, {s.next_due_at} AS next_due_at, s.due_reason, s.failures, s.last_error, s.last_status,
  s.moved_to, {s.created_at} AS created_at, {s.last_polled_at} AS last_polled_at,
  {s.last_ok_at} AS last_ok_at, {s.last_new_at} AS last_new_at, s.parent_id, {s.gap_at} AS gap_at
FROM sources s JOIN hosts h ON h.id = s.host_id WHERE s.state <> 'removed'
"""


def _view(sql: str, *, postgres: bool) -> str:
    """Fill in times (RFC 3339 in UTC) as each database writes them."""
    time = "strftime('%Y-%m-%dT%H:%M:%SZ', CAST(\\1 AS integer), 'unixepoch')"
    if postgres:
        time = """to_char(to_timestamp(floor(\\1)) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"""
    return re.sub(r"\{(.*?)\}", time, sql)


def _partial(name: str, table: str, *columns: str, where: str) -> None:
    op.create_index(name, table, list(columns), sqlite_where=text(where), postgresql_where=text(where))


def upgrade() -> None:
    connection = op.get_bind()
    connection.exec_driver_sql("DROP VIEW v_sources")
    for column in (
        Column(
            "parent_id", Id, comment="the source that named this document: a child sitemap, an archive page"
        ),
        Column("since", Double, comment="entries published before are not taken"),
        Column("changed_at", Double, comment="when the parent says that it last changed"),
        Column("gap_at", Double, comment="when entries were last possibly missed"),
        Column("schedule", Text, nullable=False, server_default="{}", comment="chosen by a person"),
        Column("options", Text, nullable=False, server_default="{}", comment="how it wants to be fetched"),
        Column("hints", Text, nullable=False, server_default="{}", comment="what the publisher asks for"),
        Column("rhythm", Text, comment="when it publishes, as learnt"),
    ):
        op.add_column("sources", column)
    op.add_column("entries", Column("mark", BigInteger, comment="hash of its feed line as last read"))
    op.add_column("entries", Column("archive_id", Id, comment="the WARC file that its page was read from"))
    op.add_column(
        "robots",
        Column("expires_at", Double, comment="when to ask for it again, where that is not as usual"),
    )
    _partial("sources_parent", "sources", "parent_id", where="parent_id IS NOT NULL")
    _partial("entries_mark", "entries", "source_id", "mark", where="mark IS NOT NULL")
    subscriptions.create(connection)
    archives.create(connection)
    postgres = connection.dialect.name == "postgresql"
    connection.exec_driver_sql(_view(_SOURCES, postgres=postgres))


def downgrade() -> None:
    raise NotImplementedError("a store is never taken back to an older schema; keep a copy of it instead")
