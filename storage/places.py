"""Where the hits of a page stand: looked for along their order, in stretches that grow.

The newest with some words, or of a source, are first looked for by their numbers (``numbers.py``).
Of words that many articles have, the first stretch has a page full: the index of words is then asked about
the revisions of that stretch alone. Of words that few have, all are fetched and sorted. Which it is shows
after the first stretch. What is found is the same either way.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from typing import Any as Whatever

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    tuple_,
    union_all,
)

from storage import numbers, search
from storage.conditions import Compiler, sites
from storage.numbers import Numbers
from storage.order import Fitting, Found, Key, Order
from storage.query import All, Is, Node, Not, Words, is_any_words, leaves, terms, titled
from storage.reach import Reach, far, reach_of
from storage.search import TITLE_AHEAD, Plan
from storage.tables import articles
from storage.values import chunks

_FIRST, _EACH = 300, 16
"""Articles of the first stretch: at least, and for each one wanted."""
_AT_ONCE = 4_000
"""Articles of a stretch that is left as soon as enough is found: at least."""
_DEARER = 2.5
"""To fetch an article that is found costs as much as to look at so many."""
_IDLE = 500
"""To fetch all that is found costs as much as walking past one of so many articles, and past each found."""
_FEW = 3_000
"""Articles of which each can be looked at."""
_TOGETHER = 500
_A = articles.c
_Row = Row[float, int, int]
"""Time, number and revision of an article."""


@dataclass(frozen=True, slots=True)
class Place:
    """An article that was found, and what it is sorted by."""

    id: int
    order_at: float
    rank: int = 0


def places(plan: Plan, connection: Connection, limit: int) -> list[Place]:
    """Return the first articles of a search behind its cursor, in its order, ``limit`` of them at most."""
    if not _walks(plan.tree) or (plan.ranks and plan.filters.one_per_story):
        return _sorted_by_database(plan, connection, limit)
    start = search.place(plan.filters)
    if not plan.ranks:
        walk = _Walk(plan, connection, plan.tree, start)
        return [Place(id_, order_at) for order_at, id_ in walk.first(limit)]
    ahead = titled(plan.tree) or All()
    ahead = ahead if isinstance(ahead, All) else All((ahead,))
    # What stands in the title stands in the article: the index need not be asked for both.
    others = tuple(part for part in plan.tree.parts if not is_any_words(part))
    found = []
    for rank, tree in ((1, All((*others, *ahead.parts))), (0, All((*plan.tree.parts, Not(ahead))))):
        later = rank * TITLE_AHEAD
        keys = _Walk(plan, connection, tree, start, ahead=later).first(limit)
        found.append([(order_at + later, id_, Place(id_, order_at, rank)) for order_at, id_ in keys])
    best = merge(*found, key=lambda item: item[:2], reverse=True)
    return [place for _, _, place in islice(best, limit)]


def _walks(tree: All) -> bool:
    """Say whether a tree asks for what the order of the articles does not show."""
    return _sought(tree) or any(isinstance(part, Is) and part.name == "lang" for part in tree.parts)


def _sought(node: Node) -> bool:
    """Say whether a tree asks for words, or for what a source carried."""
    return any(
        isinstance(part, Words) or (isinstance(part, Is) and part.name == "source") for part in terms(node)
    )


def _sorted_by_database(plan: Plan, connection: Connection, limit: int) -> list[Place]:
    rank = plan.rank if plan.ranks else literal(0)
    query = search.ordered(select(_A.id, _A.order_at, rank), plan).limit(limit)
    return [Place(*row) for row in connection.execute(query)]


class _Walk:
    """Goes through the articles that a tree holds for, by their times."""

    def __init__(
        self, plan: Plan, connection: Connection, tree: All, start: Key | None, *, ahead: float = 0.0
    ) -> None:
        self._plan, self._connection, self._tree = plan, connection, tree
        self._order = Order(down=plan.filters.sort != "oldest")
        self._behind = start
        self._ahead = ahead
        self._lanes = _lanes(connection, tree)
        self._bounds = [*_bounds(tree)]
        # Of which story it is stands in no index along the order: it is asked for where it is of use.
        story = _A.story_id if plan.filters.one_per_story else literal(0)
        self._fitting = (_A.order_at, _A.id, story)
        self._words = len(self._lanes) != 1 or any(True for _ in leaves(tree))
        self._by_number = self._order.down and numbers.are_known(tree)

    def first(self, limit: int) -> list[Key]:
        """Return the first of them, each by its time and its number."""
        found: list[Key] = []
        # With what is added to times, rounding could leave one out: a second more is looked through.
        at = self._behind and (self._behind[0] - self._ahead + (1.0 if self._ahead else 0.0), self._behind[1])
        newest = None
        if self._by_number:
            known = Numbers(self._plan.database, self._connection, self._tree, self._fitting)
            newest = known.newest(at, limit)
        if newest is not None:
            fitting, at = newest
            found = self._told(self._kept(fitting), limit)
            if len(found) >= limit or at is None:
                return found[:limit]
        return self._walked(found, at, limit)

    def _walked(self, found: list[Key], at: Key | None, limit: int) -> list[Key]:
        """Return what is found, and what follows along the order."""
        look = self._found_by_words if self._words else self._found_by_looking
        least, dearer = (_FIRST, 1.0) if self._words else (_AT_ONCE, _DEARER)
        size, looked, before = max(least, _EACH * limit), 0, len(found)
        while True:
            fitting, end = look(at, size, limit - len(found))
            found += self._told(self._kept(fitting), limit - len(found))
            if len(found) >= limit or end is None:
                return found[:limit]
            looked, at = looked + size, end
            share = (len(found) - before + 0.5) / looked
            size = max(least, int(1.2 * (limit - len(found)) / share))
            if size > self._all() * (dearer * share + 1 / _IDLE):
                return found + self._rest(at, limit - len(found))

    def _all(self) -> int:
        """Return about how many articles there are."""
        return self._connection.scalar(select(func.max(_A.id))) or 0

    def _found_by_looking(self, at: Key | None, size: int, limit: int) -> Found:
        """Return some of those of the next articles that the tree holds for, and where the stretch ends.

        Each article is looked at in turn, up to the last that is wanted.
        """
        ahead = [*self._lanes, *self._bounds, *self._order.behind(at)]
        keys = select(_A.order_at, _A.id).where(*ahead).order_by(*self._order.keys())
        row = self._connection.execute(keys.offset(size - 1).limit(1)).first()
        end = None if row is None else (row[0], row[1])
        query = select(*self._fitting).where(*ahead, self._holds(Reach(0, -1)))
        if end is not None:
            query = query.where(self._order.up_to(end))
        if not self._plan.filters.one_per_story:
            query = query.limit(limit)
        return self._read(query.order_by(*self._order.keys())), end

    def _found_by_words(self, at: Key | None, size: int, _limit: int) -> Found:
        """Return those of the next articles that the tree holds for, and where the stretch ends."""
        stretch = self._stretch(at, size)
        if not stretch:
            return [], None
        first, last = ((row[0], row[1]) for row in (stretch[0], stretch[-1]))
        low, high = sorted((first, last))
        here = tuple_(_A.order_at, _A.id)
        reach = reach_of([row[2] for row in stretch], far=far(postgres=self._plan.database.postgres))
        holds = self._holds(reach)
        query = select(*self._fitting).where(here >= tuple_(*low), here <= tuple_(*high), holds)
        return self._read(query), last if len(stretch) == size else None

    def _stretch(self, at: Key | None, size: int) -> Sequence[_Row]:
        """Return time, number and revision of the next articles, whatever they say."""
        columns = (_A.order_at, _A.id, _A.revision_id)
        each = [
            select(*columns)
            .where(lane, *self._bounds, *self._order.behind(at))
            .order_by(*self._order.keys())
            .limit(size)
            for lane in self._lanes
        ]
        if not each:
            return []
        if len(each) == 1:
            return self._connection.execute(each[0]).all()
        rows = self._connection.execute(union_all(*(select(one.subquery()) for one in each)))
        return sorted(rows, reverse=self._order.down)[:size]

    def _read(self, query: Select[Whatever]) -> list[Fitting]:
        rows = [(row[0], row[1], row[2]) for row in self._connection.execute(query)]
        return sorted(rows, reverse=self._order.down)

    def _kept(self, rows: list[Fitting]) -> list[Fitting]:
        """Leave out those that only rounding let through."""
        if self._behind is None or not self._ahead:
            return rows
        return [row for row in rows if (row[0] + self._ahead, row[1]) < self._behind]

    def _holds(self, reach: Reach | None) -> ColumnElement[bool]:
        return Compiler(self._plan.database, articles, reach).node(self._tree)

    def _told(self, rows: Sequence[Fitting], limit: int) -> list[Key]:
        if not self._plan.filters.one_per_story:
            return [row[:2] for row in rows]
        return told_first(self._plan, self._connection, self._tree, rows, limit)

    def _rest(self, at: Key | None, limit: int) -> list[Key]:
        """Return the first behind a place, of all that there are."""
        # An expression: PostgreSQL would read all articles for a bound on what the index of times holds.
        time = _A.order_at + 0.0
        holds = [self._holds(None), *self._order.behind(at, time)]
        if self._plan.filters.one_per_story:
            holds.append(not_(search.told_before(self._plan)))
        # Sorted by it too, so that all are fetched: the index of times would be gone through for them.
        query = select(*self._fitting).where(*holds).order_by(*self._order.keys(time))
        # What rounding lets through stands first, and is a second's worth.
        if self._ahead and self._behind is not None:
            key = tuple_(_A.order_at + self._ahead, _A.id)
            query = query.where(key < tuple_(*self._behind))
        return [row[:2] for row in self._kept(self._read(query.limit(limit)))]


def told_first(
    plan: Plan, connection: Connection, tree: All, rows: Sequence[Fitting], limit: int
) -> list[Key]:
    """Leave out those whose story an earlier article tells that the tree holds for as well."""
    found: list[Key] = []
    for piece in chunks(rows, _TOGETHER):
        if len(found) < limit:
            told = _first_told(plan, connection, tree, {story for _, _, story in piece})
            found += [row[:2] for row in piece if told.get(row[2], row[:2]) == row[:2]]
    return found


def _first_told(plan: Plan, connection: Connection, tree: All, stories: set[int]) -> dict[int, Key]:
    """Return which article that fits came out first, of the stories that several articles tell."""
    told = select(_A.story_id, _A.revision_id).where(_A.story_id.in_(stories))
    revisions: dict[int, list[int]] = {}
    for story, revision in connection.execute(told):
        revisions.setdefault(story, []).append(revision)
    several = {story: numbers for story, numbers in revisions.items() if len(numbers) > 1}
    told_of = [number for numbers in several.values() for number in numbers]
    reach = reach_of(told_of, far=far(postgres=plan.database.postgres))
    holds = Compiler(plan.database, articles, reach).node(tree)
    query = select(_A.order_at, _A.id, _A.story_id).where(_A.story_id.in_(several), holds)
    first: dict[int, Key] = {}
    for order_at, id_, story in connection.execute(query) if several else ():
        first[story] = min(first.get(story, (order_at, id_)), (order_at, id_))
    return first


def few(plan: Plan, connection: Connection) -> Sequence[int] | None:
    """Return the newest revisions of a search's site, language and days; None when these are not few."""
    lane = or_(false(), *_lanes(connection, plan.tree))
    query = select(_A.revision_id).where(lane, *_bounds(plan.tree)).limit(_FEW + 1)
    revisions = connection.execute(query).scalars().all()
    return None if len(revisions) > _FEW else revisions


def _bounds(tree: All) -> Iterator[ColumnElement[bool]]:
    for part in tree.times:
        yield from [_A.order_at >= part.since] if part.since is not None else []
        yield from [_A.order_at < part.until] if part.until is not None else []


def _lanes(connection: Connection, tree: All) -> list[ColumnElement[bool]]:
    """Return conditions, one of which holds for each article of a tree, with an index in order for each."""
    asked = _asked(tree)
    if "site" in asked:
        return [_A.site == site for site in sites(asked["site"])]
    if "lang" in asked:
        return [_A.language == code for code in _languages(connection, _means(asked["lang"]))]
    return [literal(1) == 1]


def _asked(tree: All) -> dict[str, str]:
    return {part.name: part.value for part in tree.parts if isinstance(part, Is)}


def _means(language: str) -> Callable[[str], bool]:
    return lambda code: code.lower() == language or code.lower().startswith(f"{language}-")


def _languages(connection: Connection, wanted: Callable[[str], bool]) -> list[str]:
    """Return the wanted ones of the languages that articles have; each costs one look into the index."""
    least = select(func.min(_A.language).label("code")).cte("languages", recursive=True)
    following = select(func.min(_A.language)).where(_A.language > least.c.code).scalar_subquery()
    every = least.union_all(select(following).where(least.c.code.is_not(None)))
    return [code for code in connection.execute(select(every.c.code)).scalars() if code and wanted(code)]
