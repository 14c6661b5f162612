"""Passages that stand twice inside one text, word for word or nearly so. Nothing is taken away."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TypeVar

from crawler.marks.words import words

T = TypeVar("T")

SHORTEST = 14
"""Words; shorter paragraphs (lines of a song, refrains) may well stand twice."""
SHORT = 24
"""Words; below it few words make the difference between two rows of a list, and ``ALIKE_IF_SHORT`` holds."""
ALIKE = 0.7
"""Share of the words of two passages that they have in common, from which they are the same, told again."""
ALIKE_IF_SHORT = 0.8
IN_ORDER = 0.35
"""Share of neighbouring pairs of words that they must have in common as well: the same words in another order
say something else."""
FIGURES = 3
"""From so many numbers on, these must be alike too: equal words with other numbers are rows of a table."""
MOST = 50
"""Repeats told of one text."""
_MOST_LINES = 10_000
_MOST_WORDS = 400
_MOST_LOOKS = 2_000
_RARE = 8
"""Pairs of words in more paragraphs tell nothing; so many paragraphs are looked at closely for each."""
_WORTH = 0.25
_GLANCE = 0.25
"""Share of what stands side by side that must have stood so before, for a paragraph to be worth a look."""
_OF_ONE = 0.18
"""Share that must have stood so in one earlier paragraph, as far as a glance tells."""
_FEW = 10
"""Runs between blanks; a paragraph with fewer has no ``SHORTEST`` words."""
_BLANKS = 20
"""Characters a word has at most on average where words are parted by blanks."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """Two passages that say the same: characters of the text from a start up to, not including, an end."""

    first: tuple[int, int]
    second: tuple[int, int]
    score: float
    """How alike they are, from 0 to 1 (word for word)."""


class _Passage:
    """A paragraph with its words, which are counted when it is looked at closely."""

    def __init__(self, text: str, span: tuple[int, int]) -> None:
        self._own = words(text[span[0] : span[1]][: 10 * _MOST_WORDS])[:_MOST_WORDS]
        self.span = span
        self.length = len(self._own)

    @cached_property
    def distinct(self) -> dict[tuple[str, str], None]:
        """Pairs of neighbouring words, each once, in their order."""
        return dict.fromkeys(pairwise(self._own))

    def among(self, asked: frozenset[tuple[str, str]]) -> frozenset[tuple[str, str]]:
        """Those of its pairs that are asked for."""
        return asked.intersection(pairwise(self._own))

    @cached_property
    def words(self) -> Counter[str]:
        return Counter(self._own)

    @cached_property
    def pairs(self) -> Counter[tuple[str, str]]:
        return Counter(pairwise(self._own))

    @cached_property
    def figures(self) -> Counter[str]:
        return Counter(word for word in self._own if word[0].isdecimal())


def repeats(text: str) -> tuple[Repeat, ...]:
    """Return the paragraphs that repeat an earlier one, in the order of the text; at most ``MOST``."""
    spans = list(_paragraphs(text))
    suspects = _suspects(text, spans)
    if not suspects:
        return ()
    suspected = {number: _Passage(text, spans[number]) for number in suspects}
    search = _Search(frozenset().union(*(passage.distinct for passage in suspected.values())))
    for number, span in enumerate(spans[: max(suspects) + 1]):
        passage = suspected.get(number) or _Passage(text, span)
        if passage.length >= SHORTEST:
            search.take(passage, suspect=number in suspects)
        if len(search.found) == MOST:
            break
    return tuple(search.found)


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Yield where paragraphs stand that are long enough and no rows of a table."""
    at = 0
    for line in text.split("\n", _MOST_LINES)[:_MOST_LINES]:
        start, at = at, at + len(line) + 1
        if len(line) >= SHORTEST and line.count("|") < 2 and not line.isspace():
            yield start + len(line) - len(line.lstrip()), start + len(line.rstrip())


def _suspects(text: str, spans: Sequence[tuple[int, int]]) -> set[int]:
    """Return the paragraphs much of which stood side by side before: at a glance, which nearly all fail."""
    last: dict[int, int] = {}
    found: set[int] = set()
    for number, (start, end) in enumerate(spans):
        rows = _rows(text[start:end][: 10 * _MOST_WORDS].casefold())
        if sum(map(last.__contains__, rows)) > _GLANCE * len(rows):
            [(_, most)] = Counter(last[row] for row in rows if row in last).most_common(1)
            if most > _OF_ONE * len(rows):
                found.add(number)
        last.update(dict.fromkeys(rows, number))
    return found


def _rows(line: str) -> list[int]:
    """Return hashes of what stands side by side: runs between blanks, or characters where there are none."""
    parts = line.split()
    if len(parts) * _BLANKS < len(line):
        return list(map(hash, zip(line, line[1:], line[2:], strict=False)))
    return list(map(hash, pairwise(parts))) if len(parts) >= _FEW else []


class _Search:
    """Paragraphs so far, and what was found among them. ``asked`` are the pairs of words of all suspects."""

    def __init__(self, asked: frozenset[tuple[str, str]]) -> None:
        self._asked = asked
        self.found: list[Repeat] = []
        self._passages: list[_Passage] = []
        self._known: dict[tuple[str, str], list[int]] = {}
        self._looks = _MOST_LOOKS

    def take(self, passage: _Passage, *, suspect: bool) -> None:
        """Find the earlier passage that this one repeats; one that repeats none may be repeated."""
        repeat = self._of_earlier(passage) if suspect else None
        if repeat is not None:
            self.found.append(repeat)
            return
        known, number = self._known, len(self._passages)
        for pair in passage.among(self._asked):
            places = known.get(pair)
            if places is None:
                known[pair] = [number]
            elif len(places) <= _RARE:
                places.append(number)
        self._passages.append(passage)

    def _of_earlier(self, passage: _Passage) -> Repeat | None:
        shared: Counter[int] = Counter()
        for pair in passage.distinct:
            places = self._known.get(pair, ())
            if len(places) <= _RARE:
                shared.update(places)
        best: Repeat | None = None
        for place, count in shared.most_common(_RARE):
            other = self._passages[place]
            # The cheap count says first whether a close look can be worth it.
            if count < _WORTH * min(len(passage.distinct), len(other.distinct)) or self._looks == 0:
                break
            self._looks -= 1
            score = _score(passage, other)
            if score is not None and (best is None or score > best.score):
                best = Repeat(other.span, passage.span, score)
        return best


def _score(one: _Passage, other: _Passage) -> float | None:
    """Return how alike two passages are; None when they do not say the same."""
    score = _common(one.words, other.words)
    enough = ALIKE if min(one.length, other.length) >= SHORT else ALIKE_IF_SHORT
    if score < enough or _common(one.pairs, other.pairs) < IN_ORDER:
        return None
    figures = max(one.figures.total(), other.figures.total())
    if figures >= FIGURES and _common(one.figures, other.figures) < ALIKE:
        return None
    return round(score, 3)


def _common(one: Counter[T], other: Counter[T]) -> float:
    """Return the share of two bags that they have in common (Dice)."""
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 0.0
