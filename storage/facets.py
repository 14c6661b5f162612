"""Facets: the articles of a search, counted by site, language, day, tag, author and story."""

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select
from sqlalchemy import text as sql

from storage import search
from storage.database import Database
from storage.hits import Facet, FacetName, Filters
from storage.tables import articles, revisions
from storage.text import tag_token, tokens
from storage.values import chunks, unpack

_FIRST_DAY = date(1970, 1, 1).toordinal()
_TOGETHER = 10_000
"""Articles whose tags are looked at at a time."""


def counted(
    database: Database, filters: Filters, *, by: Sequence[FacetName], most: int
) -> dict[FacetName, tuple[Facet, ...]]:
    """Count the articles of a search. Raises InvalidQuery, StoreBusy."""
    fits = search.plan(database, filters).condition
    with database.read() as connection, database.impatient(connection, search.SECONDS):
        return {name: _COUNTS[name](database, connection, fits, most) for name in by}


def _sites(
    _database: Database, connection: Connection, fits: ColumnElement[bool], most: int
) -> tuple[Facet, ...]:
    return _most_frequent(connection, articles.c.site, fits, most)


def _languages(
    _database: Database, connection: Connection, fits: ColumnElement[bool], most: int
) -> tuple[Facet, ...]:
    return _most_frequent(connection, articles.c.language, fits, most)


def _most_frequent(
    connection: Connection, column: ColumnElement[Any], fits: ColumnElement[bool], most: int
) -> tuple[Facet, ...]:
    rows = connection.execute(_grouped(column, fits))
    # Sorted here: PostgreSQL's order of texts depends on its locale.
    return _largest((Facet(value=value, count=count) for value, count in rows), most)


def _grouped(column: ColumnElement[Any], fits: ColumnElement[bool]) -> Select[Any]:
    return select(column, func.count()).select_from(articles).where(fits).group_by(column)


def _largest(facets: Iterable[Facet], most: int) -> tuple[Facet, ...]:
    return tuple(heapq.nsmallest(most, facets, key=lambda facet: (-facet.count, str(facet.value or ""))))


def _days(
    database: Database, connection: Connection, fits: ColumnElement[bool], most: int
) -> tuple[Facet, ...]:
    query = _grouped(database.days(articles.c.order_at).label("day"), fits).order_by(sql("day DESC"))
    rows = connection.execute(query.limit(most))
    return tuple(Facet(value=date.fromordinal(_FIRST_DAY + day), count=count) for day, count in rows)


def _stories(
    _database: Database, connection: Connection, fits: ColumnElement[bool], most: int
) -> tuple[Facet, ...]:
    query = _grouped(articles.c.story_id, fits).order_by(func.count().desc(), articles.c.story_id)
    rows = connection.execute(query.limit(most)).all()
    titles = _titles(connection, [row[0] for row in rows])
    return tuple(Facet(value=story, count=count, title=titles.get(story)) for story, count in rows)


def _titles(connection: Connection, story_ids: Sequence[int]) -> Mapping[int, str]:
    """Return the titles of the articles that stories are named after."""
    query = select(articles.c.id, revisions.c.title).join(revisions, revisions.c.id == articles.c.revision_id)
    found: dict[int, str] = {}
    for piece in chunks(story_ids, 500):
        found |= {row[0]: row[1] for row in connection.execute(query.where(articles.c.id.in_(piece)))}
    return found


def _tags(
    _database: Database, connection: Connection, fits: ColumnElement[bool], most: int
) -> tuple[Facet, ...]:
    """Count tags as ``tag:`` finds them."""
    return _listed(connection, revisions.c.tags, fits, most, _tag_key)


def _authors(
    _database: Database, connection: Connection, fits: ColumnElement[bool], most: int
) -> tuple[Facet, ...]:
    """Count authors by their names, without regard to case and accents."""
    return _listed(connection, revisions.c.authors, fits, most, _author_key)


def _listed(
    connection: Connection,
    column: ColumnElement[Any],
    fits: ColumnElement[bool],
    most: int,
    key_of: Callable[[str], str],
) -> tuple[Facet, ...]:
    """Count what stands in lists, each under its most frequent spelling."""
    query = select(column).join(articles, revisions.c.id == articles.c.revision_id).where(fits)
    counts: Counter[str] = Counter()
    spellings: dict[str, Counter[str]] = {}
    rows = connection.execute(query.execution_options(yield_per=_TOGETHER))
    for piece in chunks(rows.scalars(), _TOGETHER):
        for packed, number in Counter(piece).items():
            by_key = {key_of(text): text for text in reversed(unpack(packed))}
            for key, text in by_key.items():
                counts[key] += number
                spellings.setdefault(key, Counter())[text] += number
    del counts[""]
    frequent = heapq.nsmallest(most, counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Facet(value=_spelling(spellings[key]), count=count) for key, count in frequent)


_tag_key = lru_cache(maxsize=50_000)(tag_token)


@lru_cache(maxsize=50_000)
def _author_key(name: str) -> str:
    return " ".join(tokens(name))


def _spelling(spellings: Counter[str]) -> str:
    return min(spellings, key=lambda text: (-spellings[text], text))


_Count = Callable[[Database, Connection, ColumnElement[bool], int], tuple[Facet, ...]]
_COUNTS: Mapping[FacetName, _Count] = {
    "site": _sites,
    "language": _languages,
    "day": _days,
    "tag": _tags,
    "author": _authors,
    "story": _stories,
}
