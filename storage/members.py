"""The articles of stories, with what tells where their texts come from."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from storage import tables
from storage.database import Database
from storage.likeness import Join
from storage.membership import Choice, Member
from storage.values import chunks, from_iso, moment, unpack

_ARTICLE = tables.articles
_REVISION = tables.revisions
_ENDS = 200
"""Characters of a text's beginning, and of its end, that may name who wrote it."""
_TOGETHER = 200
_PLAIN = ("url", "site", "publisher", "title", "language", "byline", "dateline", "image_credit", "word_count")
_LISTS = ("authors", "credits")
_JOIN = tuple(Join.__dataclass_fields__)
_CHOICE = tuple(Choice.__dataclass_fields__)


def members(
    database: Database, connection: Connection, story_ids: Sequence[int], *, each: int
) -> list[Member]:
    """Return the articles of stories in the order in which they came out, at most ``each`` of a story."""
    found: list[Member] = []
    for piece in chunks(story_ids, _TOGETHER):
        place = func.row_number().over(
            partition_by=_ARTICLE.c.story_id, order_by=(_ARTICLE.c.order_at, _ARTICLE.c.id)
        )
        first = select(_ARTICLE.c.id, place.label("place")).where(_ARTICLE.c.story_id.in_(piece)).subquery()
        wanted = select(first.c.id).where(first.c.place <= each)
        found += _read(database, connection, wanted)
    return found


def _read(database: Database, connection: Connection, wanted: Any) -> list[Member]:
    text = _REVISION.c.text
    closing = func.right(text, _ENDS) if database.postgres else func.substr(text, -_ENDS)
    query = select(
        *(
            _ARTICLE.c[name]
            for name in ("id", "story_id", "first_seen_at", "revision", "edits", "withdrawn_at")
        ),
        *(_REVISION.c[name] for name in (*_PLAIN, *_LISTS, "published_at")),
        func.substr(text, 1, _ENDS).label("opening"),
        closing.label("closing"),
    ).select_from(_ARTICLE.join(_REVISION, _REVISION.c.id == _ARTICLE.c.revision_id))
    query = query.where(_ARTICLE.c.id.in_(wanted)).order_by(_ARTICLE.c.order_at, _ARTICLE.c.id)
    rows = connection.execute(query).all()
    joins = _by_article(connection, tables.joins, _JOIN, wanted)
    choices = _by_article(connection, tables.story_choices, _CHOICE, wanted)
    return [_member(row, joins.get(row.id), choices.get(row.id)) for row in rows]


def _by_article(connection: Connection, table: Any, names: Sequence[str], wanted: Any) -> dict[int, Any]:
    query = select(*(table.c[name] for name in names)).where(table.c.article_id.in_(wanted))
    return {row.article_id: dict(row._mapping) for row in connection.execute(query)}


def _member(row: Any, join: Any, choice: Any) -> Member:
    values: dict[str, Any] = {name: getattr(row, name) for name in _PLAIN}
    values |= {name: unpack(getattr(row, name)) for name in _LISTS}
    return Member(
        id=row.id,
        story_id=row.story_id,
        **values,
        opening=row.opening,
        closing=row.closing,
        published_at=from_iso(row.published_at),
        first_seen_at=moment(row.first_seen_at),
        revision=row.revision,
        edits=row.edits,
        withdrawn_at=None if row.withdrawn_at is None else moment(row.withdrawn_at),
        join=Join(**join) if join else None,
        choice=Choice(**{**choice, "at": moment(choice["at"])}) if choice else None,
    )
