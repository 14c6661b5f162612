"""Which words changed between two texts, in bounded time whatever their length. Pure.

Words are compared; scripts written without spaces between words are compared by characters.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Kind = Literal["same", "gone", "new"]

MOST_TOKENS = 5_000
"""Words of a stretch that are compared one by one; a longer one that changed is shown as replaced."""
MOST_PAIRS = 5_000_000
"""Equal pairs of words that are looked at in one diff; what is left then is shown as replaced."""
LEAST_SHARED = 0.4
"""Share of words that two lines have in common, from which their words are told apart."""
_JOINED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003134f"
)
_MARKS = (
    "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecd\u102b-\u103e\u17b4-\u17d3\u3099\u309a"
)
_TOKEN = re.compile(rf"[{_JOINED}][{_MARKS}]*\s*|[^\W{_JOINED}]+\s*|[^\w\s]\s*|\s+|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text that stayed, went or came."""

    kind: Kind
    text: str


def diff(old: str, new: str) -> tuple[Piece, ...]:
    """Return the pieces that make the new text (``same``, ``new``) and the old one (``same``, ``gone``).

    Where only blanks differ, the new text's stand. No piece is empty, and no two of one kind are neighbours.
    """
    return tuple(_joined(_Comparison().lines(old.splitlines(keepends=True), new.splitlines(keepends=True))))


def share_changed(pieces: Sequence[Piece]) -> float:
    """Return how much of two texts changed, from 0 (nothing) to 1 (everything), by characters."""
    changed = sum(len(piece.text) for piece in pieces if piece.kind != "same")
    kept = sum(len(piece.text) for piece in pieces if piece.kind == "same")
    return changed / (changed + 2 * kept) if changed else 0.0


class _Comparison:
    """One diff, and the work it may still do."""

    def __init__(self) -> None:
        self._left = MOST_PAIRS

    def lines(self, old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
        """Find the lines that stayed first: there are few of them, and they hold the rest in place."""
        for a, b, c, d, same in self._stretches(_keys(old), _keys(new)):
            if same:
                yield Piece("same", "".join(new[c:d]))
            elif b - a == d - c:  # line by line: what changed in one is not looked for in the next
                for one, other in zip(old[a:b], new[c:d], strict=True):
                    yield from self._words(one, other)
            else:
                yield from self._words("".join(old[a:b]), "".join(new[c:d]))

    def _words(self, old: str, new: str) -> Iterator[Piece]:
        before, after = _TOKEN.findall(old), _TOKEN.findall(new)
        keys, others = _keys(before), _keys(after)
        if _shared(keys, others) < LEAST_SHARED:
            yield from (Piece("gone", old), Piece("new", new))
            return
        for a, b, c, d, same in self._stretches(keys, others):
            if not same:
                yield from (Piece("gone", "".join(before[a:b])), Piece("new", "".join(after[c:d])))
            elif b < len(before) or d < len(after):
                yield from _ended("".join(before[a:b]), "".join(after[c:d]))
            else:
                yield Piece("same", "".join(after[c:d]))

    def _stretches(self, old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int, int, int, bool]]:
        """Yield where stretches of both begin and end, and whether they are the same."""
        start = _common(old, new)
        end = _common(old[start:][::-1], new[start:][::-1])
        middle, other = old[start : len(old) - end], new[start : len(new) - end]
        yield 0, start, 0, start, True
        if self._may_compare(middle, other):
            matcher = SequenceMatcher(None, middle, other, autojunk=False)
            for tag, a, b, c, d in matcher.get_opcodes():
                yield a + start, b + start, c + start, d + start, tag == "equal"
        else:
            yield start, start + len(middle), start, start + len(other), False
        yield len(old) - end, len(old), len(new) - end, len(new), True

    def _may_compare(self, old: Sequence[str], new: Sequence[str]) -> bool:
        if max(len(old), len(new)) > MOST_TOKENS:
            return False
        here = Counter(new)
        self._left -= len(old) + len(new) + sum(here[key] for key in old)
        return self._left > 0


def _ended(old: str, new: str) -> Iterator[Piece]:
    """Leave the blanks behind what stayed to what follows, where they differ: "Callow's", "Callow will"."""
    stayed, was = new.rstrip(), old[len(old.rstrip()) :]
    blanks = new[len(stayed) :]
    if was == blanks:
        yield Piece("same", new)
    else:
        yield from (Piece("same", stayed), Piece("gone", was), Piece("new", blanks))


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    pairs = zip(old, new, strict=False)
    return next((place for place, (one, other) in enumerate(pairs) if one != other), min(len(old), len(new)))


def _shared(old: Sequence[str], new: Sequence[str]) -> float:
    before, after = {key for key in old if key.isalnum()}, {key for key in new if key.isalnum()}
    smaller = min(len(before), len(after))
    return len(before & after) / smaller if smaller else 1.0


def _keys(tokens: Sequence[str]) -> list[str]:
    return [" ".join(token.split()) for token in tokens]


def _joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Join neighbours of one kind; between two that stayed, what went comes before what came."""
    texts: dict[Kind, str] = {"same": "", "gone": "", "new": ""}
    for piece in pieces:
        if not piece.text:
            continue
        if piece.kind == "same" and (texts["gone"] or texts["new"]):
            tail = _common_tail(texts["gone"], texts["new"])
            yield from _told(texts, tail)
            texts = {"same": tail, "gone": "", "new": ""}
        texts[piece.kind] += piece.text
    yield from _told(texts, _common_tail(texts["gone"], texts["new"]), last=True)


def _told(texts: dict[Kind, str], tail: str, *, last: bool = False) -> Iterator[Piece]:
    cut = len(tail)
    if texts["same"]:
        yield Piece("same", texts["same"])
    for kind in ("gone", "new"):
        if text := texts[kind][: len(texts[kind]) - cut]:
            yield Piece(kind, text)
    if last and tail:
        yield Piece("same", tail)


def _common_tail(gone: str, new: str) -> str:
    """Return the blanks that both end in: they stayed."""
    one, other = gone[len(gone.rstrip()) :], new[len(new.rstrip()) :]
    return one if one == other else ""
