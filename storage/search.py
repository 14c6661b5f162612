"""Find articles: the tree of a query as SQL, on the full-text index of either database.

The index holds the words that ``text.py`` cuts, one document for each revision; only documents of newest
revisions are looked at, so an index entry never has to be taken back. SQLite: an FTS5 table without
content. PostgreSQL: a tsvector without positions narrows down, the words in a row decide.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any as Whatever
from typing import TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import TSQUERY

from storage import cursors
from storage import query as language
from storage.database import Database
from storage.hits import Filters
from storage.query import All, Any, Is, Node, Not, Part, Within, Words
from storage.sources import Sources
from storage.tables import article_sources, articles
from storage.text import Indexed, phrase
from storage.values import LARGEST_ID, moment, seconds

_ADD_SQLITE = "INSERT INTO search_index (rowid, title, lead, body, names, tags) VALUES (?, ?, ?, ?, ?, ?)"
_ADD_POSTGRES = """
INSERT INTO search_index (revision_id, tokens, words)
VALUES (?, array_to_tsvector(string_to_array(?, ' ')), ?)"""
SECONDS = 30.0
"""How long a search may take."""
TITLE_AHEAD = 14 * 86_400.0
"""By relevance, words in the title count as much as two weeks of freshness do."""

Row = TypeVar("Row", bound=tuple[object, ...])

_COLUMNS: dict[Part, str] = {"any": "", "title": "title", "author": "names", "tag": "tags", "cites": "tags"}
_MARKS: dict[Part, str] = {"any": "", "title": "t:", "author": "n:", "tag": "", "cites": ""}
"""What stands before the words of a part in PostgreSQL's index, besides the bare word."""
_LINES = {"title": 1, "author": 4, "tag": 5, "cites": 5}


@dataclass(frozen=True, slots=True)
class Plan:
    """A search made ready: what holds for an article, how hits are sorted, where to go on."""

    condition: ColumnElement[bool]
    matching: ColumnElement[bool]
    """The same without regard to who tells a story."""
    rank: ColumnElement[int]
    """1 when the words stand in the title, by relevance only; worth ``TITLE_AHEAD``."""
    phrases: tuple[Words, ...]
    """What passages are chosen by."""
    filters: Filters


def add(database: Database, connection: Connection, revisions: Sequence[tuple[int, Indexed]]) -> None:
    """Put revisions into the index, each with its words."""
    statement, made = (_ADD_POSTGRES, _in_postgres) if database.postgres else (_ADD_SQLITE, Indexed.parts)
    rows = [(number, *made(words)) for number, words in revisions]
    database.run(connection, statement, rows, cleaned=True)


def _in_postgres(words: Indexed) -> tuple[str, ...]:
    parts = words.parts()
    tokens = set(" ".join(parts).split())
    tokens.update(f"t:{token}" for token in words.title.split())
    tokens.update(f"n:{token}" for token in words.names.split())
    return " ".join(tokens), "\n".join(f" {part} " for part in parts)


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
    compiler = _Compiler(database, articles)
    fits = condition = compiler.all_of(tree, filters)
    rank = compiler.rank(phrases)
    if filters.one_per_story:
        condition = and_(fits, not_(_told_before(database, tree, phrases, filters, rank)))
    return Plan(condition, fits, rank, phrases, filters)


def matching(database: Database, filters: Filters, row: FromClause) -> ColumnElement[bool]:
    """Return the condition that a row of articles, or of an alias of them, fits the filters.

    Raises InvalidQuery.
    """
    tree = language.parse(filters.words, now=moment(database.clock()))
    return _Compiler(database, row).all_of(tree, filters)


def _told_before(
    database: Database, tree: Node, phrases: tuple[Words, ...], filters: Filters, rank: ColumnElement[int]
) -> ColumnElement[bool]:
    """Return the condition that another article found tells the story of this one."""
    other = articles.alias("other")
    compiler = _Compiler(database, other)
    came = tuple_(other.c.order_at, other.c.id) < tuple_(articles.c.order_at, articles.c.id)
    if filters.sort == "relevance" and any(words.part == "any" for words in phrases):
        fits = compiler.rank(phrases)
        came = or_(fits > rank, and_(fits == rank, came))
    same = other.c.story_id == articles.c.story_id
    return exists().where(same, came, compiler.all_of(tree, filters))


def _filters(compiler: "_Compiler", filters: Filters) -> list[ColumnElement[bool]]:
    nodes: list[Node] = []
    if filters.since is not None or filters.until is not None:
        nodes.append(Within("published", _epoch(filters.since), _epoch(filters.until)))
    for name, value in (("source", filters.source), ("site", filters.site), ("lang", filters.language)):
        if value is not None:
            nodes.append(Is(name, value.lower() if name != "source" else value))  # type: ignore[arg-type]
    if filters.author is not None:
        tokens, prefix = phrase(filters.author)
        nodes.append(Words(tokens, prefix, "author") if tokens else Any())
    if filters.story is not None:
        nodes.append(Is("story", str(filters.story)))
    return [compiler.node(node) for node in nodes]


def _epoch(when: datetime | None) -> float | None:
    return None if when is None else seconds(when)


class _Compiler:
    """Turns a tree into a condition on rows of articles; every value travels as a parameter."""

    def __init__(self, database: Database, row: FromClause) -> None:
        self._db = database
        self._row = row.c

    def all_of(self, tree: Node, filters: Filters) -> ColumnElement[bool]:
        return and_(true(), self.node(tree), *_filters(self, filters))

    def node(self, node: Node) -> ColumnElement[bool]:
        match node:
            case Words():
                return self._words((node,))
            case Not(part):
                return not_(self.node(part))
            case All(parts):
                return self._all(parts)
            case Any(parts):
                return or_(false(), *(self.node(part) for part in parts))
            case Within():
                return self._within(node)
            case Is():
                return self._is(node)

    def _all(self, parts: Sequence[Node]) -> ColumnElement[bool]:
        """One look into the index finds all words that must stand together."""
        words = tuple(part for part in parts if isinstance(part, Words))
        rest = [self.node(part) for part in parts if not isinstance(part, Words)]
        return and_(true(), *rest, *([self._words(words)] if words else []))

    def _words(self, words: Sequence[Words]) -> ColumnElement[bool]:
        found = _postgres_words(words) if self._db.postgres else _sqlite_words(words)
        return self._row.revision_id.in_(found)

    def rank(self, phrases: Sequence[Words]) -> ColumnElement[int]:
        """Return 1 for articles whose title has every word that is looked for, else 0."""
        titled = tuple(Words(p.tokens, p.prefix, "title") for p in phrases if p.part == "any")
        return case((self._words(titled), 1), else_=0) if titled else literal(0)

    def _is(self, node: Is) -> ColumnElement[bool]:
        match node.name:
            case "site":
                return self._row.site.in_([node.value, node.value.removeprefix("www.")])
            case "lang":
                column = func.lower(self._row.language)
                return or_(column == node.value, column.startswith(f"{node.value}-", autoescape=True))
            case "story":
                number = int(node.value)
                return self._row.story_id == number if abs(number) <= LARGEST_ID else false()
            case "source":
                matching = Sources(self._db).matching(node.value)
                carried = select(article_sources.c.article_id).where(
                    article_sources.c.source_id.in_(matching)
                )
                return self._row.id.in_(carried)
            case "is":
                return self._state(node.value)

    def _state(self, value: str) -> ColumnElement[bool]:
        if value == "duplicate":
            return self._row.duplicate_of.is_not(None)
        if value == "exclusive":
            other = articles.alias()
            return not_(
                exists().where(other.c.story_id == self._row.story_id, other.c.site != self._row.site)
            )
        if value == "withdrawn":
            return self._row.withdrawn_at.is_not(None)
        if value == "revised":
            return self._row.edits > 0
        return and_(self._row.duplicate_of.is_(None), self._row.edits == 0)

    def _within(self, node: Within) -> ColumnElement[bool]:
        column = self._row.order_at if node.time == "published" else self._row.first_seen_at
        conditions = [] if node.since is None else [column >= node.since]
        conditions += [] if node.until is None else [column < node.until]
        return and_(true(), *conditions)


def _sqlite_words(words: Sequence[Words]) -> Select[int]:
    match = " AND ".join(_fts(phrase) for phrase in words)
    condition = literal_column("search_index").op("MATCH", is_comparison=True)(match)
    return select(literal_column("rowid")).select_from(sql("search_index")).where(condition)


def _fts(words: Words) -> str:
    # Words are made of letters and digits alone (and of # and _ in tags): quoting them is all it takes.
    quoted = '"' + " ".join(words.tokens) + '"' + (" *" if words.prefix else "")
    column = _COLUMNS[words.part]
    return f"({{{column}}} : {quoted})" if column else quoted


def _postgres_words(words: Sequence[Words]) -> Select[int]:
    tokens = " & ".join(_tsquery(phrase) for phrase in words)
    column: ColumnElement[object] = literal_column("tokens")
    conditions: list[ColumnElement[bool]] = [column.op("@@", is_comparison=True)(cast(tokens, TSQUERY))]
    conditions += [_in_a_row(phrase) for phrase in words if len(phrase.tokens) > 1]
    return select(literal_column("revision_id")).select_from(sql("search_index")).where(*conditions)


def _tsquery(words: Words) -> str:
    quoted = [f"'{_MARKS[words.part]}{token}'" for token in words.tokens]
    return " & ".join(quoted) + (":*" if words.prefix else "")


def _in_a_row(words: Words) -> ColumnElement[bool]:
    """Return the condition that words stand side by side; positions in a tsvector end at 16,383."""
    column: ColumnElement[str] = literal_column("words")
    if words.part in _LINES:
        column = func.split_part(column, "\n", _LINES[words.part])
    row = " " + " ".join(words.tokens) + ("" if words.prefix else " ")
    return func.strpos(column, row) > 0


def ordered(select_: Select[Row], search: Plan) -> Select[Row]:
    """Return a select on articles narrowed to a search, sorted, and gone on from its cursor."""
    sort = search.filters.sort
    key: ColumnElement[float] = articles.c.order_at
    if sort == "relevance":
        key = key + case((search.rank == 1, TITLE_AHEAD), else_=0.0)
    keys: list[ColumnElement[Whatever]] = [key, articles.c.id]
    narrowed = select_.where(search.condition)
    if search.filters.cursor is not None:
        place = tuple_(*_place(search.filters))
        narrowed = narrowed.where(tuple_(*keys) > place if sort == "oldest" else tuple_(*keys) < place)
    return narrowed.order_by(*(key if sort == "oldest" else key.desc() for key in keys))


def cursor(filters: Filters, rank: int, order_at: float, article_id: int) -> str:
    """Return the opaque place behind an article."""
    ahead = rank * TITLE_AHEAD if filters.sort == "relevance" else 0.0
    return cursors.written(filters.sort, [order_at + ahead, article_id])


def _place(filters: Filters) -> Sequence[float | int]:
    return cursors.read(str(filters.cursor), filters.sort, (float, int))
