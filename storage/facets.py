"""Facets: the articles of a search, counted by site, language, day, tag, author and story.

Of many articles an even sample is counted, unless all are asked for.
"""

import heapq
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import chain, islice
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, func, literal_column, not_, select

from storage import sampling, search
from storage.database import Database
from storage.errors import InvalidQuery
from storage.hits import FACETS, Facet, FacetName, Filters
from storage.places import told_first
from storage.tables import articles, revisions
from storage.text import tag_token, tokens
from storage.values import chunks, unpack

_FIRST_DAY = date(1970, 1, 1).toordinal()
_LAST_DAY = date.max.toordinal()
_TOGETHER = 1_000
"""Articles that are counted at a time."""
_COUNTED, _LISTED = 16_000, 4_000
"""Articles that are all counted; tags and authors, which lie elsewhere, of fewer."""


def counted(
    database: Database, filters: Filters, *, by: Sequence[FacetName], most: int, exact: bool
) -> dict[FacetName, tuple[Facet, ...]]:
    """Count the articles of a search. Raises InvalidQuery, TookTooLong."""
    by = _names(by)
    plan = search.plan(database, filters)
    with database.read() as connection, database.impatient(connection, search.SECONDS):
        if exact:
            return _told(connection, _all(plan, connection, by), most, step=1)
        lists = any(name in _LISTS for name in by)
        among = sampling.chosen(plan, connection, most=_LISTED if lists else _COUNTED)
        return _told(connection, _looked_at(plan, connection, by, among), most, step=among.step)


def _names(by: Sequence[FacetName]) -> list[FacetName]:
    """Return what to count by, each once. Raises InvalidQuery."""
    names: list[FacetName] = [by] if isinstance(by, str) else [*dict.fromkeys(by)]  # type: ignore[list-item]  # no list, but scripts are not typed
    for name in names:
        if name not in FACETS:
            raise InvalidQuery("", 1, f"by: takes {', '.join(FACETS)}, not {str(name)[:30]!r}")
    return names


def _all(plan: search.Plan, connection: Connection, by: Sequence[FacetName]) -> dict[FacetName, "_Counts"]:
    """Count all articles of a search: without any filter from an index, where there is one."""
    grouped = () if plan.tree.parts or plan.filters.one_per_story else {*by} - {*_LISTS}
    looked = [name for name in by if name not in grouped]
    counts = _looked_at(plan, connection, looked, sampling.Chosen(plan.matching)) if looked else {}
    return {name: _grouped(plan, connection, name) if name in grouped else counts[name] for name in by}


def _told(
    connection: Connection, counts: Mapping[FacetName, "_Counts"], most: int, *, step: int
) -> dict[FacetName, tuple[Facet, ...]]:
    """Return the values with the highest counts, each counted article standing for ``step`` of them."""
    return {
        name: tuple(
            Facet(value=value, count=number * step, title=title, exact=step == 1)
            for value, number, title in _first(connection, name, found, most)
        )
        for name, found in counts.items()
    }


def _first(
    connection: Connection, name: FacetName, counts: "_Counts", most: int
) -> Iterator[tuple[Any, int, str | None]]:
    """Yield value, number and title of the facets that are told."""
    numbers = counts.numbers
    if name == "day":
        days: Counter[date] = Counter()
        for day, number in numbers.items():
            days[_date(day)] += number
        yield from ((day, number, None) for day, number in heapq.nlargest(most, days.items()))
    elif name == "story":
        frequent = heapq.nsmallest(most, numbers.items(), key=lambda item: (-item[1], item[0]))
        titles = _titles(connection, [story for story, _ in frequent])
        yield from ((story, number, titles.get(story)) for story, number in frequent)
    else:
        # Sorted here: PostgreSQL's order of texts depends on its locale.
        by_text = heapq.nsmallest(most, numbers.items(), key=lambda item: (-item[1], str(item[0] or "")))
        yield from ((counts.spelling(value), number, None) for value, number in by_text)


class _Counts:
    """How many articles have each value."""

    def __init__(self) -> None:
        self.numbers: Counter[Any] = Counter()

    def add(self, values: Iterable[Any]) -> None:
        """Count values, one of each article."""
        self.numbers.update(values)

    def spelling(self, value: Any) -> Any:
        """Return how a value is written."""
        return value


class _ListCounts(_Counts):
    """How many articles have each value in their lists: under its key, in its most frequent spelling."""

    def __init__(self, key_of: Callable[[str], str]) -> None:
        super().__init__()
        self._key_of = key_of
        self._keys: dict[str, str] = {}
        self._spellings: dict[str, dict[str, int]] = {}

    def add(self, values: Iterable[str]) -> None:
        """Count what stands in packed lists, each key once in a list."""
        packed = list(values)
        try:
            lists: list[list[str]] = orjson.loads("[" + ",".join(packed) + "]")
            texts = Counter(chain.from_iterable(lists))
        except (ValueError, TypeError):  # one of them is no list, and is named
            lists = [list(unpack(text)) for text in packed]
            texts = Counter(chain.from_iterable(lists))
        for text in texts.keys() - self._keys.keys():
            self._keys[text] = key = self._key_of(text)
            self._spellings.setdefault(key, {})[text] = 0
        self._take_doubles(texts, lists)
        for text, number in texts.items():
            key = self._keys[text]
            if key:
                self.numbers[key] += number
                self._spellings[key][text] += number

    def _take_doubles(self, texts: Counter[str], lists: Iterable[list[str]]) -> None:
        """Take from the counts of texts what stands under the key of another before it in its list."""
        several = {text for text in texts if len(self._spellings[self._keys[text]]) > 1}
        for one in lists:
            if len(one) > 1 and (len(set(one)) < len(one) or not several.isdisjoint(one)):
                seen: set[str] = set()
                for text in one:
                    if self._keys[text] in seen:
                        texts[text] -= 1
                    seen.add(self._keys[text])

    def spelling(self, value: Any) -> Any:
        """Return the most frequent spelling of a key."""
        found = self._spellings[value]
        return min(found, key=lambda text: (-found[text], text))


def _grouped(plan: search.Plan, connection: Connection, name: FacetName) -> _Counts:
    """Count all articles there are, from an index."""
    column = plan.database.days(articles.c.order_at) if name == "day" else _COLUMNS[name]
    counts = _Counts()
    query = select(column, func.count()).select_from(articles).group_by(column)
    counts.numbers.update({row[0]: row[1] for row in connection.execute(query)})
    return counts


def _looked_at(
    plan: search.Plan, connection: Connection, by: Sequence[FacetName], among: sampling.Chosen
) -> dict[FacetName, _Counts]:
    """Count what the articles of a search have, looking at each of them once."""
    counts = {name: _ListCounts(_KEYS[name]) if name in _KEYS else _Counts() for name in by}
    places = (articles.c.order_at, articles.c.id, articles.c.story_id)
    query = select(*places, *(_COLUMNS[name] for name in by)).where(among.condition)
    if plan.filters.one_per_story and plan.ranks:
        query = query.where(not_(search.told_before(plan)))
    if any(name in _LISTS for name in by):
        # An expression: SQLite would look up the lists of all that has the words before it asks for more.
        newest = revisions.c.id == articles.c.revision_id + literal_column("0")
        query = query.select_from(articles.join(revisions, newest))
    rows = connection.execute(query.execution_options(yield_per=_TOGETHER))
    if plan.filters.one_per_story and not plan.ranks:
        pieces = _once_told(plan, connection, rows.all(), among)
    else:
        pieces = rows.partitions()
    for piece in pieces:
        for name, values in zip(by, islice(zip(*piece, strict=True), len(places), None), strict=True):
            counts[name].add(map(_day, values) if name == "day" else values)
    return counts


def _once_told(
    plan: search.Plan, connection: Connection, rows: Sequence[Any], among: sampling.Chosen
) -> Iterator[Sequence[Any]]:
    """Yield the articles that came out first, each of its story, at one time if there are any."""
    if among.step > 1:
        told = {*told_first(plan, connection, plan.tree, [row[:3] for row in rows], len(rows))}
        first = [row for row in rows if row[:2] in told]
    else:
        earliest: dict[int, Any] = {}
        for row in rows:
            known = earliest.get(row[2])
            if known is None or row[:2] < known[:2]:
                earliest[row[2]] = row
        first = [*earliest.values()]
    if first:
        yield first


def _day(at: float) -> int:
    return math.floor(at / 86_400.0)


def _date(day: int) -> date:
    """Return the date of a day since 1970; in UTC the year 1 may begin, and 9999 end, outside of dates."""
    return date.fromordinal(min(max(_FIRST_DAY + day, 1), _LAST_DAY))


def _titles(connection: Connection, story_ids: Sequence[int]) -> Mapping[int, str]:
    """Return the titles of the articles that stories are named after."""
    query = select(articles.c.id, revisions.c.title).join(revisions, revisions.c.id == articles.c.revision_id)
    found: dict[int, str] = {}
    for piece in chunks(story_ids, 500):
        found |= {row[0]: row[1] for row in connection.execute(query.where(articles.c.id.in_(piece)))}
    return found


_tag_key = lru_cache(maxsize=50_000)(tag_token)


@lru_cache(maxsize=50_000)
def _author_key(name: str) -> str:
    return " ".join(tokens(name))


_KEYS: Mapping[FacetName, Callable[[str], str]] = {"tag": _tag_key, "author": _author_key}
_LISTS = tuple(_KEYS)
_COLUMNS: Mapping[FacetName, ColumnElement[Any]] = {
    "site": articles.c.site,
    "language": articles.c.language,
    "day": articles.c.order_at,
    "tag": revisions.c.tags,
    "author": revisions.c.authors,
    "story": articles.c.story_id,
}
