"""Is one text a copy of the other? The rule, its guards and its reasons. Pure.

Two texts are compared by their shingles of three tokens and by the share of each that stands in passages of
the other. Passages that agree prove nothing where a form was filled in (weather, earnings, gold
prices): there the numbers differ, or the names that stand in the same places. Both are asked too, and whether
what is common stands in the same order.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from crawler.near.fingerprint import LEAD, Fingerprint
from crawler.near.tokens import Numbers, unique

How = Literal["alike", "contained", "edited", "shortened"]
"""Which part of the rule took them for copies."""

ALIKE = 0.45
"""Jaccard likeness from which texts are one."""
LINE, BRIEF, SHORT = 16, 50, 120
"""Sizes below which a text proves nothing, little, or less."""
BRIEF_ALIKE = 0.8
LEAST = 0.3
"""Share of the shorter text's shingles below which no part of the rule can hold."""
FURNITURE = 250
"""Shingles that the furniture of a site (terms of use, about us) may have. Where two texts begin apart, fewer
common ones are no proof."""
FEW = 3
"""With fewer numbers than this the names are asked."""
STRETCH, TOUCHED = 24, 0.25
"""Tokens of a stretch, and the share of them in common passages from which it counts as found."""
STEP, ORDERED = 12, 0.75
"""Most tokens from one common shingle to the next, and the share of them that follow each other so."""
SLOT, TABLE = 4, 40
"""Most tokens that a filled-in name takes, and a filled-in table."""
LOOSE_NAMES = 0.25
"""Share of names that may differ in long texts: editors correct some."""
_SHINGLE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Why one text is taken for a copy of another."""

    score: float
    """How much they agree, from 0 to 1: the mean of ``jaccard`` and ``containment``."""
    how: How
    jaccard: float
    """Common shingles over all of both."""
    containment: float
    """Common shingles over those of the shorter text."""
    coverage: tuple[float, float]
    """Share of the one and of the other text that stands in common passages."""
    lead: float
    """Share of the longer text's beginning that stands in common passages."""
    numbers: float
    """Share of the numbers of the text with fewer of them that the other has too."""

    @property
    def why(self) -> str:
        """The reason in one sentence."""
        ours, theirs = (f"{share:.0%}" for share in self.coverage)
        match self.how:
            case "alike":
                return f"{self.jaccard:.0%} of their passages of three words are the same"
            case "contained":
                return f"{self.containment:.0%} of the shorter text stands in the other"
            case "edited":
                return f"the same passages run through both texts ({ours} and {theirs} of them)"
            case "shortened":
                return f"the shorter text is how the other begins ({self.lead:.0%} of its beginning)"


SAME_WORDS = Match(
    score=1.0, how="alike", jaccard=1.0, containment=1.0, coverage=(1.0, 1.0), lead=1.0, numbers=1.0
)
"""What texts of the same words in the same order are to each other."""


def match(one: Fingerprint, other: Fingerprint) -> Match | None:
    """Compare two texts; None when neither is a copy of the other. Which comes first does not matter."""
    short, long = (one, other) if len(one.shingles) <= len(other.shingles) else (other, one)
    if short.size < LINE:
        return None
    common = int(np.count_nonzero(among(short.shingles, long.shingles)))
    containment = common / len(short.shingles)
    if containment < LEAST:
        return None
    passages = _Passages.of(short, long)
    if common < FURNITURE and passages.begin_apart and share(passages.short) < 0.85:
        return None
    counted = _counted(short, passages.short, passages), _counted(long, passages.long, passages)
    numbers, few = _kept(*counted), min(map(len, counted)) < FEW
    if not _numbers_agree(short, numbers, few=few):
        return None
    jaccard = common / (len(short.shingles) + len(long.shingles) - common)
    how = _how(passages, jaccard, containment, size=short.size)
    if how is None or (few and _named_otherwise(short, long, passages)):
        return None
    if jaccard < BRIEF_ALIKE and _order(short, long) < ORDERED:
        return None
    coverage = (share(passages.short), share(passages.long))
    return Match(
        score=round((jaccard + containment) / 2, 4),
        how=how,
        jaccard=round(jaccard, 4),
        containment=round(containment, 4),
        coverage=coverage if short is one else coverage[::-1],
        lead=passages.lead,
        numbers=numbers,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Passages:
    """Which tokens of two texts stand in passages that both have."""

    short: NDArray[np.bool_]
    long: NDArray[np.bool_]

    @classmethod
    def of(cls, short: Fingerprint, long: Fingerprint) -> "_Passages":
        return cls(_covered(short, long), _covered(long, short))

    @property
    def lead(self) -> float:
        return share(self.long[:LEAD])

    @property
    def begin_otherwise(self) -> bool:
        """Whether neither begins with a common passage; a dateline is put before one of them alone."""
        return not (self.short[0] or self.long[0])

    @property
    def begin_apart(self) -> bool:
        return max(share(self.short[:LEAD]), self.lead) < 0.3


def _how(passages: _Passages, jaccard: float, containment: float, *, size: int) -> How | None:
    """Return which part of the rule holds, numbers and names apart."""
    if jaccard >= (ALIKE if size >= BRIEF else BRIEF_ALIKE):
        return "alike"
    found, lead = share(passages.short), passages.lead
    if size >= BRIEF and ((containment >= 0.8 and jaccard >= 0.2) or (containment >= 0.7 and lead >= 0.2)):
        return "contained"
    if found >= 0.55 and lead >= 0.3 and _spread(passages.short) >= 0.9:
        return "shortened"
    if size < BRIEF or found < 0.6 or share(passages.long) < 0.45:
        return None
    # Copies that were edited agree a little everywhere; reports with a common background agree in one place.
    edited = _spread(passages.short) >= 0.7 and _spread(passages.long) >= 0.5
    return "edited" if edited else None


def _numbers_agree(short: Fingerprint, kept: float, *, few: bool) -> bool:
    if short.size < BRIEF:
        return kept >= 0.8
    return few or kept >= (0.7 if short.size >= SHORT else 0.9)


def _counted(one: Fingerprint, covered: NDArray[np.bool_], passages: _Passages) -> Numbers:
    """Return the numbers of a text, without those that stand apart from what both texts have."""
    near = covered.copy()
    for start, end in _gaps(covered):
        inside = start > 0 or passages.begin_otherwise
        if inside and end < len(covered) and end - start <= TABLE:
            near[start:end] = True
    numbers = one.sequence[near]
    return unique(numbers[among(numbers, one.numerals)])


def _named_otherwise(short: Fingerprint, long: Fingerprint, passages: _Passages) -> bool:
    """Tell whether each text has names of its own in places where all around agrees."""
    own = min(_own_names(short, long, passages.short), _own_names(long, short, passages.long))
    if not own or short.size < SHORT:
        return bool(own)
    held = min(_held(short, long), _held(long, short))
    return own / (own + held) >= LOOSE_NAMES


def _own_names(one: Fingerprint, other: Fingerprint, covered: NDArray[np.bool_]) -> int:
    """Return in how many gaps of a few tokens ``one`` has a name that ``other`` has nowhere."""
    known = np.sort(other.sequence)
    count = 0
    for start, end in _gaps(covered):
        if start and end < len(covered) and end - start <= SLOT:
            gap = one.sequence[start:end]
            names = gap[among(gap, one.names)]
            count += bool(len(names)) and not among(names, known).all()
    return count


def _gaps(covered: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return beginning and end of each stretch that is not covered."""
    turns = (np.flatnonzero(covered[1:] != covered[:-1]) + 1).tolist()
    edges = [*([] if covered[0] else [0]), *turns, *([] if covered[-1] else [len(covered)])]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _held(one: Fingerprint, other: Fingerprint) -> int:
    return int(np.count_nonzero(among(one.names, np.sort(other.sequence))))


def _kept(one: Numbers, other: Numbers) -> float:
    few, many = (one, other) if len(one) <= len(other) else (other, one)
    return share(among(few, many)) if len(few) else 1.0


def share(told: NDArray[np.bool_]) -> float:
    """Return the share of those that are true."""
    return int(np.count_nonzero(told)) / len(told)


def among(some: Numbers, ordered: Numbers) -> NDArray[np.bool_]:
    """Tell of each number whether it is among the ascending ones."""
    if not len(ordered):
        return np.zeros(len(some), dtype=bool)
    places = ordered.searchsorted(some)
    places[places == len(ordered)] = 0
    return np.asarray(ordered[places] == some)


def _covered(one: Fingerprint, other: Fingerprint) -> NDArray[np.bool_]:
    """Tell of each token of ``one`` whether it stands in a shingle that ``other`` has too."""
    found = among(one.ordered, other.shingles)
    covered = np.zeros(len(found) + _SHINGLE - 1, dtype=bool)
    for offset in range(_SHINGLE):
        covered[offset : offset + len(found)] |= found
    return covered[: one.length]


def _order(short: Fingerprint, long: Fingerprint) -> float:
    """Return how often common shingles follow each other closely in both texts; set phrases do not."""
    places = long.ordered.argsort(kind="stable")
    known = long.ordered[places]
    found = known.searchsorted(short.ordered)
    found[found == len(known)] = 0
    steps = np.diff(places[found[known[found] == short.ordered]])
    return share((steps > 0) & (steps <= STEP)) if len(steps) else 0.0


def _spread(covered: NDArray[np.bool_]) -> float:
    """Return the share of a text's stretches that are found in the other."""
    count = max(1, round(len(covered) / STRETCH))
    edges = np.arange(count) * len(covered) // count
    found = np.add.reduceat(covered, edges, dtype=np.int64)
    return share(found >= TOUCHED * len(covered) / count)
