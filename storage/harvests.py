"""What articles of late came with, by site and day: what tells a changed page from a quiet one."""

from collections.abc import Iterator
from typing import Any, get_args

from sqlalchemy import ColumnElement, Connection, Integer, Select, and_, case, cast, func, select

from storage.database import Database
from storage.harvest import LENGTHS, Harvest, Part
from storage.tables import articles, revisions

MOST = 50_000
"""Articles looked at; where there are more, every second, third ... of them."""
_DAY = 86_400.0
_LATE = 7 * _DAY
"""Seconds from publication to first sight from which an article is of an archive, and no news."""


def harvests(database: Database, *, since: float) -> Iterator[Harvest]:
    """Count what the articles first seen since ``since`` (epoch seconds) have, by site, day and reader.

    Sites in alphabetical order, the days of each ascending. At most ``MOST`` articles are counted.
    """
    with database.read() as connection:
        for site, day, reader, count, *numbers in connection.execute(_query(connection, since)):
            yield Harvest(
                site=site,
                day=day,
                reader=reader,
                articles=count,
                having=tuple(zip(_HAVING, numbers, strict=False)),
                long=tuple(numbers[len(_HAVING) :]),
            )


def _query(connection: Connection, since: float) -> "Select[Any]":
    recent = articles.c.first_seen_at >= since
    first = select(articles.c.id).where(recent).order_by(articles.c.first_seen_at).limit(1)
    range_ = select(func.max(articles.c.id) - func.coalesce(first.scalar_subquery(), 0))
    every = max(connection.scalar(range_) or 0, 0) // MOST + 1
    # An article of a day belongs to it whole; a moment before midnight is rounded down on both databases.
    day = cast(func.round(articles.c.first_seen_at / _DAY - 0.5), Integer).label("day")
    parts = [_number(condition) for condition in _HAVING.values()]
    lengths = [_number(revisions.c.word_count >= length) for length in LENGTHS]
    # By its name: the expression would have parameters of its own in each place, and be another one.
    groups = (articles.c.site, "day", revisions.c.reader)
    return (
        select(articles.c.site, day, revisions.c.reader, func.count(), *parts, *lengths)
        .join(revisions, revisions.c.id == articles.c.revision_id)
        .where(recent, articles.c.id % every == 0, articles.c.order_at > articles.c.first_seen_at - _LATE)
        .group_by(*groups)
        .order_by(*groups)
    )


def _number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _filled(name: str, empty: str = "") -> ColumnElement[bool]:
    column = revisions.c[name]
    return and_(column.is_not(None), column != empty)


_HAVING: dict[Part, ColumnElement[bool]] = {
    "title": _filled("title"),
    "authors": _filled("authors", "[]"),
    "published": _filled("published_at"),
    "image": _filled("image_url"),
    "tags": _filled("tags", "[]"),
    "section": _filled("section"),
    "text": revisions.c.text_source != "feed",
    "rule": revisions.c.reader.like("%+%"),
}
assert tuple(_HAVING) == get_args(Part)
