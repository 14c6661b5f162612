"""The query language: words, "phrases", -not, OR, ( ), prefix*, and fields like ``site:`` or ``after:``.

Whatever cannot be an operator is searched as text, so that nearly any text may be typed; a field without a
value or with one that makes no sense, a quote that is never closed, and a query that holds nothing to find,
raise InvalidQuery with the column.
Pure: text in, a small tree out. ``conditions.py`` turns the tree into SQL.
"""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NoReturn

from storage.dates import Reversed, read_stretch
from storage.errors import InvalidQuery
from storage.text import cite_token, phrase, stemmed, tag_token
from storage.values import LARGEST_ID, seconds

LONGEST = 4_000
"""Characters a query may have."""
MOST_WORDS = 256
"""Words a query may search for; a run of Chinese counts once for each pair of characters."""
DEEPEST = 40
"""Parentheses inside parentheses; deeper ones are read as text."""
_TYPESET = re.compile('[“”„«»]([^“”„«»"]+)[“”„«»"]')
"""Quotes as they stand in print, and in what is pasted from there; one alone is text."""

Part = Literal["any", "title", "author", "tag", "cites"]


@dataclass(frozen=True, slots=True)
class Words:
    """Words in a row, in one part of the article (``any``: title, lead, text or names)."""

    tokens: tuple[str, ...]
    prefix: bool = False
    """Whether the last word may go on."""
    part: Part = "any"


@dataclass(frozen=True, slots=True)
class Is:
    """A column has a value: ``site`` ``source`` ``lang`` ``story``, or ``is`` and a state."""

    name: Literal["site", "source", "lang", "story", "is"]
    value: str


@dataclass(frozen=True, slots=True)
class Within:
    """A time lies from ``since`` up to, not including, ``until`` (epoch seconds)."""

    time: Literal["published", "seen"]
    since: float | None
    until: float | None


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: "Node"


@dataclass(frozen=True, slots=True)
class All:
    """All parts hold; without parts everything does."""

    parts: tuple["Node", ...] = ()

    @property
    def words(self) -> list[Words]:
        """Return those of the parts that are words."""
        return [part for part in self.parts if isinstance(part, Words)]

    @property
    def times(self) -> list[Within]:
        """Return those of the parts that ask for a time of publication."""
        return [part for part in self.parts if isinstance(part, Within) and part.time == "published"]


@dataclass(frozen=True, slots=True)
class Any:
    """One of the parts holds; without parts nothing does."""

    parts: tuple["Node", ...] = ()


Node = Words | Is | Within | Not | All | Any

_STATES = ("new", "revised", "duplicate", "exclusive", "withdrawn")
_LATER = {"saved": "saved searches"}
_TIMES = "a date (2025-10-21, 2025-10, 2025-W43), a time, an age (7d), today, yesterday, now or A/B"
_WORDS = ("title", "author", "tag", "cites")
_NO_VALUE = "has no value; write it right behind the colon (to search for the word, put it in quotes)"
_SAME = {"language": "lang"}
"""Names that fields have elsewhere, in options and records."""
FIELDS = (*_WORDS, "source", "site", "lang", "story", "is", "after", "before", "seen")
_MEANT = {"since": "after", "until": "before", "date": "after"}
"""Fields that are looked for under another name, which is near to none of theirs."""
_LIKE_FIELD = re.compile(r"([^\W\d]{2,30}):(?!//)\S")

_LONGEST_FIELD = max(map(len, (*FIELDS, *_LATER, *_SAME)))


@dataclass(frozen=True, slots=True)
class _Piece:
    """What the eye sees: a word, a phrase, a parenthesis or OR; ``column`` counts from 1."""

    kind: Literal["word", "phrase", "open", "close", "or", "and"]
    text: str
    column: int
    negative: bool = False
    field: str = ""


def parse(query: str, *, now: datetime) -> Node:
    """Return the tree of a query; ages like ``7d`` count back from ``now``. Raises InvalidQuery."""
    if len(query) > LONGEST:
        raise InvalidQuery(query, LONGEST + 1, f"a query has at most {LONGEST} characters")
    pieces = _with_parentheses_paired(list(_pieces(query)))
    tree = _Reader(query, pieces, now).read()
    if tree is None:
        if query.strip():
            raise InvalidQuery(query, 1, "there is no word or number in it to search for")
        return All()
    if not positive(tree):
        column = next((piece.column for piece in pieces if piece.negative), 1)
        raise InvalidQuery(query, column, "a query needs something to find, not only things to leave out")
    if sum(len(words.tokens) for words in leaves(tree)) > MOST_WORDS:
        raise InvalidQuery(query, 1, f"a query has at most {MOST_WORDS} words")
    return tree


def positive(node: Node) -> bool:
    """Say whether a tree asks for something, rather than only leaving things out."""
    if isinstance(node, Not):
        return False
    if isinstance(node, All | Any):
        return any(positive(part) for part in node.parts)
    return True


def required(node: Node) -> tuple[Node, ...]:
    """Return the parts of a tree that all have to hold."""
    return node.parts if isinstance(node, All) else (node,)


def leaves(node: Node, *, found: bool = False) -> Iterator[Words]:
    """Yield the words of a tree; with ``found`` only those an article is found by."""
    return (part for part in terms(node, found=found) if isinstance(part, Words))


def terms(node: Node, *, found: bool = False) -> Iterator[Words | Is | Within]:
    """Yield all that a tree asks for; with ``found`` only what an article is found by."""
    match node:
        case Not(part):
            yield from () if found else terms(part)
        case All(parts) | Any(parts):
            for part in parts:
                yield from terms(part, found=found)
        case _:
            yield node


def titled(node: Node) -> "Node | None":
    """Return what holds for articles that have in their titles what a tree asks for in any part of them.

    Of alternatives one has to stand there. None: it asks for no words.
    """
    if isinstance(node, Words):
        return Words(node.tokens, node.prefix, "title") if node.part == "any" else None
    if isinstance(node, All | Any):
        parts = tuple(part for part in map(titled, node.parts) if part is not None)
        return _one([*parts], type(node)) if parts else None
    return None


def is_any_words(node: Node) -> bool:
    """Tell whether a tree asks for nothing but words in any part of an article."""
    if isinstance(node, All | Any):
        return all(map(is_any_words, node.parts))
    return isinstance(node, Words) and node.part == "any"


def strange_fields(query: str) -> dict[str, str]:
    """Return what looks like a field in a query and is searched as text, with the field that may be meant.

    Where none may be, as in ``mailto:`` and of one letter, it is text. Raises InvalidQuery.
    """
    words = (piece.text for piece in _pieces(query) if piece.kind == "word" and not piece.field)
    names = [found[1].lower() for found in map(_LIKE_FIELD.match, words) if found]
    near = {name: difflib.get_close_matches(name, [*FIELDS, *_SAME], n=1) for name in names}
    meant = {name: _MEANT.get(name, next(iter(near[name]), "")) for name in names}
    return {name: field for name, field in meant.items() if field}


# --- cutting into pieces


def _pieces(query: str) -> Iterator[_Piece]:
    at, end = 0, len(query)
    while at < end:
        if query[at].isspace():
            at += 1
            continue
        piece, at = _piece(query, at)
        yield piece


def _piece(query: str, at: int) -> tuple[_Piece, int]:
    column = at + 1
    if query[at] in "()":
        return _Piece("open" if query[at] == "(" else "close", query[at], column), at + 1
    start = at
    negative = query[at] == "-" and query[at + 1 : at + 2] not in ("", "-") and not query[at + 1].isspace()
    at += negative
    if negative and query[at] == "(":
        return _Piece("open", "(", column, negative=True), at + 1
    name, at = _field_at(query, at)
    if query[at : at + 1] == '"':
        close = query.find('"', at + 1)
        if close < 0:
            raise InvalidQuery(query, at + 1, "the quote that begins here is never closed")
        return _Piece("phrase", query[at + 1 : close], column, negative, name), close + 1
    if typeset := _TYPESET.match(query, at):
        return _Piece("phrase", typeset[1], column, negative, name), typeset.end()
    stop = _word_end(query, at)
    text = query[at:stop]
    if text in ("OR", "AND") and start == at:
        return _Piece("or" if text == "OR" else "and", text, column), stop
    return _Piece("word", text, column, negative, name), stop


def _field_at(query: str, at: int) -> tuple[str, int]:
    """Return the field that a part begins with, if it does, and where the rest begins."""
    colon = query.find(":", at, at + _LONGEST_FIELD + 1)
    written = query[at:colon].lower() if colon > 0 else ""
    name = _SAME.get(written, written)
    if name not in FIELDS and name not in _LATER:
        return "", at
    after = query[colon + 1 : colon + 2]
    if not after or after.isspace() or after in "()":
        raise InvalidQuery(query, at + 1, f"{written}: {_NO_VALUE}")
    return name, colon + 1


def _word_end(query: str, at: int) -> int:
    """Return where a word ends: at a space, or at a closing parenthesis that was not opened inside it."""
    depth = 0
    for place in range(at, len(query)):
        character = query[place]
        if character.isspace():
            return place
        if character == "(":
            depth += 1
        elif character == ")":
            if depth == 0 and place > at:
                return place
            depth -= depth > 0
    return len(query)


def _with_parentheses_paired(pieces: list[_Piece]) -> list[_Piece]:
    """Drop parentheses without a partner, with nothing inside, or nested too deep: they are text."""
    partner: dict[int, int] = {}
    opened: list[int] = []
    for place, piece in enumerate(pieces):
        if piece.kind == "open":
            opened.append(place)
        elif piece.kind == "close" and opened:
            start = opened.pop()
            if len(opened) < DEEPEST:
                partner |= {start: place, place: start}
    return [p for place, p in enumerate(pieces) if p.kind not in ("open", "close") or place in partner]


# --- building the tree


class _Reader:
    """Reads pieces from left to right; OR binds less tightly than standing side by side."""

    def __init__(self, query: str, pieces: list[_Piece], now: datetime) -> None:
        self.query = query
        self.pieces = pieces
        self.now = now
        self.at = 0

    def read(self) -> Node | None:
        return self._either()

    def _either(self) -> Node | None:
        """Read until the group closes. None: nothing to search for was in it."""
        alternatives: list[list[Node]] = [[]]
        while (piece := self._take()) is not None and piece.kind != "close":
            if piece.kind == "or" and self._joins(alternatives[-1]):
                alternatives.append([])
            elif piece.kind != "and" or not self._joins(alternatives[-1]):
                node = self._node(piece)
                alternatives[-1] += [node] if node is not None else []
        branches = [_one(parts, All) for parts in alternatives if parts]
        return _one(branches, Any) if branches else None

    def _take(self) -> _Piece | None:
        if self.at >= len(self.pieces):
            return None
        self.at += 1
        return self.pieces[self.at - 1]

    def _joins(self, left: list[Node]) -> bool:
        """Say whether OR or AND stands between two operands; elsewhere it is a word."""
        following = self.pieces[self.at].kind if self.at < len(self.pieces) else "close"
        return bool(left) and following not in ("close", "or", "and")

    def _node(self, piece: _Piece) -> Node | None:
        node = self._either() if piece.kind == "open" else self._term(piece)
        return Not(node) if node is not None and piece.negative else node

    def _term(self, piece: _Piece) -> Node | None:
        if piece.field == "":
            return _words(piece, "any")
        node = self._field(piece)
        if node is None:
            empty = f"there is no word or number in {piece.text[:30]!r}"
            self._refuse(piece, f"{piece.field}: {empty if piece.text.strip() else _NO_VALUE}")
        return node

    def _field(self, piece: _Piece) -> Node | None:
        match piece.field:
            case "title" | "author":
                return _words(piece, "title" if piece.field == "title" else "author")
            case "tag":
                token = tag_token(piece.text)
                return Words((token,), part="tag") if token else None
            case "cites":
                token = cite_token(piece.text)
                return Words((token,), part="cites") if token else None
            case "after" | "before" | "seen":
                return self._time(piece)
        return self._column(piece) if piece.text.strip() else None

    def _column(self, piece: _Piece) -> Node:
        name, value = piece.field, piece.text.strip()
        if name in _LATER:
            self._refuse(piece, f"{name}: is not there yet ({_LATER[name]})")
        if name == "is" and value.lower() not in _STATES:
            self._refuse(piece, f"is: takes {_one_of(_STATES)}, not {value[:30]!r}")
        if name == "story" and not (value.isascii() and value.isdigit() and int(value[:20]) <= LARGEST_ID):
            self._refuse(piece, f"story: takes the number of a story, not {value[:30]!r}")
        match name:
            case "is" | "lang" | "site":
                return Is(name, value.lower())
            case "story":
                return Is("story", value)
        return Is("source", value)

    def _time(self, piece: _Piece) -> Node:
        try:
            stretch = read_stretch(piece.text.strip(), now=self.now)
            start, end = seconds(stretch.start), seconds(stretch.end) if stretch.end else None
        except Reversed:
            self._refuse(piece, f"{piece.field}: the end lies before the start: nothing can be between them")
        except (ValueError, OverflowError):
            self._refuse(piece, f"{piece.field}: takes {_TIMES}, not {piece.text[:30]!r}")
        if piece.field == "seen":
            return Within("seen", start, end)
        if stretch.interval:
            return Within("published", start, end)
        return (
            Within("published", start, None) if piece.field == "after" else Within("published", None, start)
        )

    def _refuse(self, piece: _Piece, hint: str) -> NoReturn:
        raise InvalidQuery(self.query, piece.column, hint)


def _one_of(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"


def _words(piece: _Piece, part: Part) -> Node | None:
    prefix = piece.kind == "word" and len(piece.text) > 1 and piece.text.endswith("*")
    tokens, open_end = phrase(piece.text, prefix=prefix)
    if not tokens:
        return None
    whole = Words(tokens, open_end, part)
    stem = Words(*stemmed(tokens, prefix=open_end), part)
    # Articles in one language have the words whole, those in another without a suffix; names have none.
    return whole if stem == whole or part == "author" else Any((whole, stem))


def _one(parts: list[Node], kind: type[All] | type[Any]) -> Node:
    return parts[0] if len(parts) == 1 else kind(tuple(parts))
