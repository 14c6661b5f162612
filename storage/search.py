"""Searches made ready: what holds for an article, in which order, from where on."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, NoReturn, TypeVar, get_args

from sqlalchemy import ColumnElement, FromClause, Select, and_, case, exists, not_, or_, tuple_

from storage import cursors
from storage import query as language
from storage.conditions import Compiler
from storage.database import Database
from storage.errors import InvalidQuery
from storage.hits import Filters, SortOrder
from storage.order import Order
from storage.query import All, Is, Node, Within, Words
from storage.tables import articles
from storage.text import phrase
from storage.values import moment, seconds

SECONDS = 30.0
"""How long a search may take."""
TITLE_AHEAD = 14 * 86_400.0
"""By relevance, words in the title count as much as two weeks of freshness do."""

Row = TypeVar("Row", bound=tuple[object, ...])


@dataclass(frozen=True)
class Plan:
    """A search made ready: what holds for an article, how hits are sorted, where to go on."""

    database: Database
    tree: All
    """What the query and the filters say together."""
    phrases: tuple[Words, ...]
    """What passages are chosen by."""
    filters: Filters

    @cached_property
    def matching(self) -> ColumnElement[bool]:
        """What holds for an article, without regard to who tells a story."""
        return Compiler(self.database, articles).node(self.tree)

    @cached_property
    def condition(self) -> ColumnElement[bool]:
        """What holds for an article."""
        if not self.filters.one_per_story:
            return self.matching
        return and_(self.matching, not_(told_before(self)))

    @cached_property
    def rank(self) -> ColumnElement[int]:
        """1 when the words stand in the title, by relevance only; worth ``TITLE_AHEAD``."""
        return Compiler(self.database, articles).rank(self.tree)

    @property
    def ranks(self) -> bool:
        """Whether articles with the words in their titles come first."""
        return self.filters.sort == "relevance" and language.titled(self.tree) is not None


def asked(query: str | Filters, chosen: Mapping[str, Any]) -> Filters:
    """Return the filters that a query and keywords make; a text has no limit of its own.

    Raises InvalidQuery for a query of another kind, TypeError for keywords that are no fields of ``Filters``.
    """
    fields = Filters.__dataclass_fields__
    for name in chosen:
        if name not in fields:
            near = difflib.get_close_matches(name, fields, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(fields)}"
            raise TypeError(f"search() has no filter {name!r}; {hint}")
    if not isinstance(query, str | Filters):
        _refuse("query", "a text", query)
    return replace(query if isinstance(query, Filters) else Filters(words=query, limit=0), **chosen)


def plan(database: Database, filters: Filters) -> Plan:
    """Read the filters. Raises InvalidQuery."""
    _check(filters)
    tree = language.parse(filters.words, now=filters.now or moment(database.clock()))
    phrases = tuple(
        words for words in language.leaves(tree, found=True) if words.part not in ("tag", "cites")
    )
    return Plan(database, _whole(tree, filters), phrases, filters)


def _check(filters: Filters) -> None:
    """Raise InvalidQuery for values of another kind than the fields have: scripts are not typed."""
    if filters.sort not in get_args(SortOrder):
        _refuse("sort", f"one of {', '.join(get_args(SortOrder))}", filters.sort)
    for name in ("since", "until", "now"):
        if not isinstance(getattr(filters, name), datetime | None):
            _refuse(name, "a datetime.datetime", getattr(filters, name))
    if not isinstance(filters.words, str):
        _refuse("words", "a text", filters.words)
    for name in ("source", "site", "language", "author", "cursor"):
        if not isinstance(getattr(filters, name), str | None):
            _refuse(name, "a text", getattr(filters, name))
    if filters.story is not None and not _is_whole(filters.story):
        _refuse("story", "a whole number", filters.story)
    if not isinstance(filters.one_per_story, bool):
        _refuse("one_per_story", "True or False", filters.one_per_story)
    if not _is_whole(filters.limit) or filters.limit < 0:
        _refuse("limit", "a whole number, 0 for all", filters.limit)


def _is_whole(value: object) -> bool:
    """Tell whether a value is a whole number, as which Python takes True and False, too."""
    return isinstance(value, int) and not isinstance(value, bool)


def _refuse(name: str, kind: str, value: object) -> NoReturn:
    raise InvalidQuery("", 1, f"{name}: takes {kind}, not {repr(value)[:40]}")


def matching(database: Database, filters: Filters, row: FromClause) -> ColumnElement[bool]:
    """Return the condition that a row of articles, or of an alias of them, fits the filters.

    Raises InvalidQuery.
    """
    return Compiler(database, row).node(plan(database, filters).tree)


def told_before(plan: Plan) -> ColumnElement[bool]:
    """Return the condition that another article found tells the story of this one."""
    other = articles.alias("other")
    compiler = Compiler(plan.database, other)
    came = tuple_(other.c.order_at, other.c.id) < tuple_(articles.c.order_at, articles.c.id)
    if plan.ranks:
        fits = compiler.rank(plan.tree)
        came = or_(fits > plan.rank, and_(fits == plan.rank, came))
    same = other.c.story_id == articles.c.story_id
    return exists().where(same, came, compiler.node(plan.tree))


def _whole(tree: Node, filters: Filters) -> All:
    nodes = [*language.required(tree)]
    if filters.since is not None or filters.until is not None:
        nodes.append(Within("published", _epoch(filters.since), _epoch(filters.until)))
    for name, value in (("source", filters.source), ("site", filters.site), ("lang", filters.language)):
        if value is not None:
            wanted = value.strip()
            _require(name, wanted)
            nodes.append(Is(name, wanted.lower() if name != "source" else wanted))  # type: ignore[arg-type]  # names of Is
    if filters.author is not None:
        tokens, prefix = phrase(filters.author)
        _require("author", tokens)
        nodes.append(Words(tokens, prefix, "author"))
    if filters.story is not None:
        nodes.append(Is("story", str(filters.story)))
    return All(tuple(nodes))


def _require(name: str, value: object) -> None:
    if not value:
        raise InvalidQuery("", 1, f"{name}: has no value; leave the filter out")


def _epoch(when: datetime | None) -> float | None:
    return None if when is None else seconds(when)


def ordered(select_: Select[Row], search: Plan) -> Select[Row]:
    """Return a select on articles narrowed to a search, sorted, and gone on from its cursor."""
    sort = search.filters.sort
    key: ColumnElement[float] = articles.c.order_at
    if sort == "relevance":
        key = key + case((search.rank == 1, TITLE_AHEAD), else_=0.0)
    order = Order(down=sort != "oldest")
    narrowed = select_.where(search.condition, *order.behind(place(search.filters), key))
    return narrowed.order_by(*order.keys(key))


def cursor(filters: Filters, rank: int, order_at: float, article_id: int) -> str:
    """Return the opaque place behind an article."""
    ahead = rank * TITLE_AHEAD if filters.sort == "relevance" else 0.0
    return cursors.written(filters.sort, [order_at + ahead, article_id])


def place(filters: Filters) -> tuple[float, int] | None:
    """Return the place that a search goes on behind: what its articles are sorted by, and a number."""
    if filters.cursor is None:
        return None
    key, number = cursors.read(filters.cursor, filters.sort, (float, int))
    return float(key), int(number)
