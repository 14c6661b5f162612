"""The tree of a query as a condition on rows of articles, on the index of words of either database.

Every value travels as a parameter. A condition may be narrowed to a reach of revisions: it then says the same
of articles whose newest revision is within, and asks the index for nothing else.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    CompoundSelect,
    FromClause,
    Select,
    and_,
    any_,
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
    union_all,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import TSQUERY

from storage import word_index
from storage.database import Database
from storage.query import All, Any, Is, Node, Not, Part, Within, Words, titled
from storage.reach import BLOCK, Reach
from storage.sources import Sources
from storage.tables import SAMPLED, article_sources, articles
from storage.values import LARGEST_ID, ascii_label

_COLUMNS: dict[Part, str] = {"any": "", "title": "title", "author": "names", "tag": "tags", "cites": "tags"}
_MARKS: dict[Part, str] = {"any": "", "title": "=", "author": "@", "tag": "", "cites": ""}
"""What stands before the words of a part in PostgreSQL's index, besides the bare word."""
_LINES = {"title": 1, "author": 4, "tag": 5, "cites": 5}
_BLOCKS = 1_000
"""More blocks than that are not worth naming one by one."""


@dataclass(frozen=True, slots=True)
class Every:
    """Revisions whose numbers a step, a power of two, divides; ``worded``: they are found by words."""

    step: int
    worded: bool = False

    def holds(self, number: ColumnElement[int]) -> ColumnElement[bool]:
        """Return the condition that a number is one of them."""
        if self.step < SAMPLED:
            # Of something smaller PostgreSQL expects a third to be; of an equal, next to nothing.
            return _rest(number, self.step) < literal_column("1")
        # Of a larger step too it is said that an index of samples has it, and written out as there.
        zero: ColumnElement[int] = literal_column("0")
        return and_(*(_rest(number, step) == zero for step in sorted({SAMPLED, self.step})))


def _rest(number: ColumnElement[int], step: int) -> ColumnElement[int]:
    """Return what is left when a number is divided by a power of two."""
    return number.op("&")(literal_column(str(step - 1)))


class Compiler:
    """Turns a tree into a condition on rows of articles; every value travels as a parameter."""

    def __init__(
        self,
        database: Database,
        row: FromClause,
        reach: Reach | Every | None = None,
        *,
        by_number: bool = False,
    ) -> None:
        """``by_number``: rows are found by their numbers, and no index of another column is of use."""
        self._db = database
        self._row = row.c
        self._reach = reach
        # An expression is in no index.
        self._site: ColumnElement[str] = row.c.site + literal_column("''") if by_number else row.c.site

    def node(self, node: Node) -> ColumnElement[bool]:
        """Return the condition that a part of a tree holds for a row."""
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
        if not isinstance(self._reach, Reach):
            return self._row.revision_id.in_(self.found(words))
        # An expression, so that rows are not looked up by what is found: the reach holds more than is asked.
        revision: ColumnElement[int] = self._row.revision_id + 0
        found: Select[int] | CompoundSelect[int] = self.found(words)
        if self._reach.others:
            found = union_all(found, self._look_up(words, self._reach.others))
        return revision.in_(found)

    def found(self, words: Sequence[Words]) -> Select[int]:
        """Return a select of the revisions that have words: of all, of a run, or of every so many."""
        match self._reach:
            case Every():
                return self._find(words, [self._reach.holds(self._number)])
            case Reach():
                return self._find(words, self._run(self._number, self._reach))
        return self._find(words, [])

    @property
    def _number(self) -> ColumnElement[int]:
        """The column of the index that holds a revision's number."""
        return literal_column("revision_id" if self._db.postgres else "rowid")

    def among(self, column: ColumnElement[int], numbers: Sequence[int]) -> ColumnElement[bool]:
        """Return the condition that a column has one of many numbers, as one parameter."""
        if self._db.postgres:
            return column == any_(literal([*numbers], ARRAY(BigInteger)))
        return column.in_(select(func.json_each(json.dumps([*numbers])).table_valued("value").c.value))

    def all_but_words(self, tree: All) -> ColumnElement[bool]:
        """Return the condition that all parts hold which are not words."""
        return self._all([part for part in tree.parts if not isinstance(part, Words)])

    def _run(self, column: ColumnElement[int], reach: Reach) -> list[ColumnElement[bool]]:
        blocks = range(reach.first >> BLOCK, (reach.last >> BLOCK) + 1)
        if not self._db.postgres or len(blocks) > _BLOCKS:
            return [column >= reach.first, column <= reach.last]
        # Not the bounds as well: PostgreSQL would unpack the words of each, or expect next to nothing.
        number: ColumnElement[object] = literal_column(f"(ARRAY[revision_id >> {BLOCK}])")
        numbers: ColumnElement[Sequence[int]] = literal([*blocks], ARRAY(BigInteger))
        return [number.op("&&", is_comparison=True)(numbers)]

    def _find(self, words: Sequence[Words], within: Sequence[ColumnElement[bool]]) -> Select[int]:
        """Return a select of the revisions within that the index finds by words."""
        if not self._db.postgres:
            match = " AND ".join(_fts(phrase) for phrase in words)
            held: ColumnElement[bool] = literal_column(self._index).op("MATCH", is_comparison=True)(match)
            return self._indexed.where(held, *within)
        tokens = " & ".join(map(_tsquery, words))
        column: ColumnElement[object] = literal_column("kabar_tokens(words)")
        held = column.op("@@", is_comparison=True)(cast(tokens, TSQUERY))
        in_a_row = [_in_a_row(phrase) for phrase in words if len(phrase.tokens) > 1]
        # All at once, by the index: joined to articles, the tokens of each might be made again.
        return self._indexed.where(held, *in_a_row, *within).offset(literal_column("0"))

    def _look_up(self, words: Sequence[Words], numbers: Sequence[int]) -> Select[int]:
        """Return a select of those of some revisions that have words."""
        among = self.among(self._number, numbers)
        if not self._db.postgres:
            return self._find(words, [among])
        # To look into the words of each is quicker than to make again what the index holds of them.
        return self._indexed.where(among, *map(_in_a_row, words))

    @property
    def _indexed(self) -> Select[int]:
        return select(self._number).select_from(sql(self._index))

    @property
    def _index(self) -> str:
        """The table that is asked for words: SQLite has one of the sample alone."""
        sampled = isinstance(self._reach, Every) and self._reach.step >= SAMPLED
        return word_index.SAMPLE if sampled and not self._db.postgres else word_index.ALL

    def rank(self, tree: Node) -> ColumnElement[int]:
        """Return 1 for articles that have in their titles what is looked for anywhere, else 0."""
        ahead = titled(tree)
        return case((self.node(ahead), 1), else_=0) if ahead is not None else literal(0)

    def _is(self, node: Is) -> ColumnElement[bool]:
        match node.name:
            case "site":
                return self._site.in_(sites(node.value))
            case "lang":
                column = func.lower(self._row.language)
                # Said of those without one, too: what is not known to be so is no other, but is not it.
                spoken = or_(column == node.value, column.startswith(f"{node.value}-", autoescape=True))
                return and_(column.is_not(None), spoken)
            case "story":
                number = int(node.value)
                return self._row.story_id == number if abs(number) <= LARGEST_ID else false()
            case "source":
                return self._carried(node.value)
            case "is":
                return self._state(node.value)

    def carried_by(self, source: str) -> Select[int]:
        """Return a select of the articles that a source carried: of all, or of a run of their numbers."""
        article = article_sources.c.article_id
        carried = select(article).where(self._of(source))
        if isinstance(self._reach, Reach):
            carried = carried.where(article >= self._reach.first, article <= self._reach.last)
        return carried

    def _carried(self, source: str) -> ColumnElement[bool]:
        # Of few articles each is looked at; what a source ever carried may be a million.
        if not isinstance(self._reach, Reach):
            return self._row.id.in_(self.carried_by(source))
        return exists().where(article_sources.c.article_id == self._row.id, self._of(source))

    def _of(self, source: str) -> ColumnElement[bool]:
        return article_sources.c.source_id.in_(Sources(self._db).matching(source))

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
            return self._row.edits > literal_column("0")  # as its index says
        return and_(self._row.duplicate_of.is_(None), self._row.edits == 0)

    def _within(self, node: Within) -> ColumnElement[bool]:
        column: ColumnElement[float] = self._row.first_seen_at
        if node.time == "published":
            # An expression, so that what words find is looked up, rather than all articles of a time.
            by_words = isinstance(self._reach, Every) and self._reach.worded
            column = self._row.order_at + 0.0 if by_words else self._row.order_at
        conditions = [] if node.since is None else [column >= node.since]
        conditions += [] if node.until is None else [column < node.until]
        return and_(true(), *conditions)


def _fts(words: Words) -> str:
    # Words are made of letters and digits alone (and of # and _ in tags): quoting them is all it takes.
    quoted = '"' + " ".join(words.tokens) + '"' + (" *" if words.prefix else "")
    column = _COLUMNS[words.part]
    return f"({{{column}}} : {quoted})" if column else quoted


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


def sites(name: str) -> list[str]:
    """Return the sites that a name stands for; in the store they are in ASCII (Punycode, RFC 3492)."""
    ascii_ = ".".join(map(ascii_label, name.split(".")))
    return sorted({ascii_, ascii_.removeprefix("www.")})
