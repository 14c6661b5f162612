"""Passages that stand twice inside one text, word for word or nearly so. Nothing is taken away."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from crawler.marks.words import words

T = TypeVar("T")

SHORTEST = 14
"""Words; shorter paragraphs (lines of a song, rows of a table, refrains) may well stand twice."""
ALIKE = 0.7
"""Share of the words of two passages that they have in common, from which they are the same, told again."""
IN_ORDER = 0.35
"""Share of neighbouring pairs of words that they must have in common as well: the same words in another order
say something else."""
MOST = 50
"""Repeats told of one text."""
_MOST_LINES = 10_000
_MOST_WORDS = 400
_RARE = 8
"""Paragraphs looked at for each pair of words, and closely for each paragraph."""
_WORTH = 0.25


@dataclass(frozen=True, slots=True)
class Repeat:
    """Two passages that say the same: characters of the text from a start up to, not including, an end."""

    first: tuple[int, int]
    second: tuple[int, int]
    score: float
    """How alike they are, from 0 to 1 (word for word)."""


@dataclass(frozen=True, slots=True)
class _Passage:
    span: tuple[int, int]
    words: list[str]

    @property
    def pairs(self) -> Iterator[tuple[str, str]]:
        return zip(self.words, self.words[1:], strict=False)


def repeats(text: str) -> tuple[Repeat, ...]:
    """Return the paragraphs that repeat an earlier one, in the order of the text; at most ``MOST``."""
    passages: list[_Passage] = []
    known: dict[tuple[str, str], list[int]] = {}
    found: list[Repeat] = []
    for passage in _passages(text):
        if (repeat := _of_earlier(passage, passages, known)) is not None:
            found.append(repeat)
            if len(found) == MOST:
                break
            continue
        for pair in passage.pairs:
            known.setdefault(pair, []).append(len(passages))
        passages.append(passage)
    return tuple(found)


def _passages(text: str) -> Iterator[_Passage]:
    at = 0
    for line in text.split("\n", _MOST_LINES)[:_MOST_LINES]:
        start, at = at, at + len(line) + 1
        own = words(line[: 10 * _MOST_WORDS])[:_MOST_WORDS] if len(line) >= SHORTEST else []
        if len(own) >= SHORTEST:
            begin = start + len(line) - len(line.lstrip())
            yield _Passage((begin, start + len(line.rstrip())), own)


def _of_earlier(
    passage: _Passage, passages: Sequence[_Passage], known: Mapping[tuple[str, str], list[int]]
) -> Repeat | None:
    """Return the repeat of the earlier passage that this one is most like."""
    shared: Counter[int] = Counter()
    for pair in passage.pairs:
        if places := known.get(pair):
            shared.update(places[:_RARE])
    best: Repeat | None = None
    for place, count in shared.most_common(_RARE):
        other = passages[place]
        # The cheap count says first whether a close look can be worth it.
        if count < _WORTH * min(len(passage.words), len(other.words)):
            break
        score = _common(Counter(passage.words), Counter(other.words))
        in_order = _common(Counter(passage.pairs), Counter(other.pairs))
        if score >= ALIKE and in_order >= IN_ORDER and (best is None or score > best.score):
            best = Repeat(other.span, passage.span, round(score, 3))
    return best


def _common(one: Counter[T], other: Counter[T]) -> float:
    """Return the share of two bags that they have in common (Dice)."""
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 0.0
