"""Find articles: the index of words of either database, and searches made ready.

The index holds the words that ``text.py`` cuts, one document for each revision; only documents of newest
revisions are looked at, so an index entry never has to be taken back. SQLite: an FTS5 table without
content. PostgreSQL: an index of the words without places narrows down, the words in a row decide.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any as Whatever
from typing import TypeVar

from sqlalchemy import ColumnElement, Connection, FromClause, Select, and_, case, exists, not_, or_, tuple_

from storage import cursors
from storage import query as language
from storage.conditions import Compiler
from storage.database import Database
from storage.errors import InvalidQuery
from storage.hits import Filters
from storage.query import All, Is, Node, Within, Words
from storage.tables import articles
from storage.text import Indexed, phrase
from storage.values import moment, seconds

_SQLITE = ("rowid", "title", "lead", "body", "names", "tags")
_POSTGRES = ("revision_id", "words")
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
        return Compiler(self.database, articles).rank(self.phrases)

    @property
    def ranks(self) -> bool:
        """Whether articles with the words in their titles come first."""
        return self.filters.sort == "relevance" and any(words.part == "any" for words in self.phrases)


def add(database: Database, connection: Connection, revisions: Iterable[tuple[int, Indexed]]) -> None:
    """Put revisions into the index, each with its words; PostgreSQL writes some while others are made."""
    columns, made = (_POSTGRES, _in_postgres) if database.postgres else (_SQLITE, Indexed.parts)
    rows = ((number, *made(words)) for number, words in revisions)
    database.add_rows(connection, "search_index", columns, rows, cleaned=True)


def _in_postgres(words: Indexed) -> tuple[str]:
    return ("\n".join([f" {part} " for part in words.parts()]),)


def drop(database: Database, connection: Connection, revision_id: int) -> None:
    """Take a revision that is no longer the newest out of the index, where that is cheap."""
    if database.postgres:
        database.run(connection, "DELETE FROM search_index WHERE revision_id = ?", (revision_id,))


def known(database: Database, connection: Connection, revision_ids: Sequence[int]) -> list[int]:
    """Return which of these revisions are in the index."""
    statement = f"SELECT {number(database)} FROM {documents(database)} WHERE {number(database)} WITHIN ?"  # noqa: S608
    return [row[0] for row in database.fetch(connection, statement, (database.each(revision_ids),))]


def documents(database: Database) -> str:
    """Return the table that has a row for each revision in the index, numbered by ``number``."""
    return "search_index" if database.postgres else "search_index_docsize"


def number(database: Database) -> str:
    """Return the column of ``documents`` that holds the revision's number."""
    return f"{documents(database)}.{'revision_id' if database.postgres else 'id'}"


def forget(database: Database, connection: Connection, revisions: Sequence[tuple[int, Indexed]]) -> None:
    """Take revisions out of the index, each with the words it was put in with."""
    if not revisions:
        return
    if database.postgres:
        ids = database.each([revision_id for revision_id, _ in revisions])
        database.run(connection, "DELETE FROM search_index WHERE revision_id WITHIN ?", (ids,))
        return
    statement = (
        "INSERT INTO search_index (search_index, rowid, title, lead, body, names, tags)"
        " VALUES ('delete', ?, ?, ?, ?, ?, ?)"
    )
    database.run(connection, statement, [(number, *words.parts()) for number, words in revisions])


def clear(database: Database, connection: Connection) -> None:
    """Empty the index."""
    if database.postgres:
        database.run(connection, "DELETE FROM search_index")
    else:
        database.run(connection, "INSERT INTO search_index (search_index) VALUES ('delete-all')")


def look_through(database: Database, connection: Connection) -> None:
    """Let SQLite check its index; damage raises an error."""
    if not database.postgres:
        database.run(connection, "INSERT INTO search_index (search_index) VALUES ('integrity-check')")


def plan(database: Database, filters: Filters) -> Plan:
    """Read the filters. Raises InvalidQuery."""
    tree = language.parse(filters.words, now=moment(database.clock()))
    phrases = tuple(
        words for words in language.leaves(tree, found=True) if words.part not in ("tag", "cites")
    )
    return Plan(database, _whole(tree, filters), phrases, filters)


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
        fits = compiler.rank(plan.phrases)
        came = or_(fits > plan.rank, and_(fits == plan.rank, came))
    same = other.c.story_id == articles.c.story_id
    return exists().where(same, came, compiler.node(plan.tree))


def _whole(tree: Node, filters: Filters) -> All:
    nodes = [*tree.parts] if isinstance(tree, All) else [tree]
    if filters.since is not None or filters.until is not None:
        nodes.append(Within("published", _epoch(filters.since), _epoch(filters.until)))
    for name, value in (("source", filters.source), ("site", filters.site), ("lang", filters.language)):
        if value is not None:
            _require(name, value.strip())
            nodes.append(Is(name, value.lower() if name != "source" else value))  # type: ignore[arg-type]
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
    keys: list[ColumnElement[Whatever]] = [key, articles.c.id]
    narrowed = select_.where(search.condition)
    behind = place(search.filters)
    if behind is not None:
        here, there = tuple_(*keys), tuple_(*behind)
        narrowed = narrowed.where(here > there if sort == "oldest" else here < there)
    return narrowed.order_by(*(key if sort == "oldest" else key.desc() for key in keys))


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
