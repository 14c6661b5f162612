"""The table of subscriptions at WebSub hubs; ``tables`` has it with all others."""

from sqlalchemy import Column, Double, ForeignKey, Index, Integer, Table, Text, text

from storage.columns import Id, metadata

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
