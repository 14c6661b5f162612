"""What two texts have in common, and where in each it stands."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crawler.near.fingerprint import LEAD, Fingerprint
from crawler.near.tokens import Numbers, unique

Told = NDArray[np.bool_]

STRETCH, TOUCHED = 24, 0.25
"""Tokens of a stretch, and the share of them in common passages from which it counts as found."""
STEP = 12
"""Most tokens from one common shingle to the next where a text goes on in the same order."""
SLOT, TABLE = 4, 40
"""Most tokens that a filled-in name takes, and a filled-in table."""
_SHINGLE = 3


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One of the two texts."""

    text: Fingerprint
    common: Told
    """Of each of its different shingles, whether the other has it."""
    covered: Told
    """Of each of its tokens, whether it stands in a common shingle."""

    @classmethod
    def of(cls, text: Fingerprint, common: Told) -> "Side":
        """Find out where the common shingles stand."""
        found = common[text.ranks]
        covered = np.zeros(len(found) + _SHINGLE - 1, dtype=bool)
        covered[: len(found)] = found
        covered[1:-1] |= found
        covered[2:] |= found
        return cls(text, common, covered[: text.length])

    @property
    def share(self) -> float:
        """Share of the text that stands in common passages."""
        return share(self.covered)

    @property
    def lead(self) -> float:
        """The same of its beginning."""
        return share(self.covered[:LEAD])

    @property
    def spread(self) -> float:
        """Share of its stretches that are found in the other text."""
        count = max(1, round(len(self.covered) / STRETCH))
        edges = np.arange(count) * len(self.covered) // count
        found = np.add.reduceat(self.covered, edges, dtype=np.int64)
        return share(found >= TOUCHED * len(self.covered) / count)

    def gaps(self) -> list[tuple[int, int]]:
        """Return beginning and end of each stretch that is not common, in tokens."""
        covered = self.covered
        turns = ((covered[1:] != covered[:-1]).nonzero()[0] + 1).tolist()
        edges = [*([] if covered[0] else [0]), *turns, *([] if covered[-1] else [len(covered)])]
        return list(zip(edges[::2], edges[1::2], strict=True))

    def numbers(self, *, from_start: bool) -> Numbers:
        """Return its numbers, without those that stand apart from what is common.

        ``from_start``: what stands before the first common passage counts as well.
        """
        places = self.text.numerals
        if not len(places):
            return self.text.sequence[:0]
        near = self.covered.copy()
        for start, end in self.gaps():
            if (start or from_start) and end < len(near) and end - start <= TABLE:
                near[start:end] = True
        return unique(self.text.sequence[places[near[places]]])

    def own_names(self, known: Numbers) -> int:
        """Return in how many gaps of a few tokens it has a name that the other text has nowhere."""
        places = self.text.names
        if not len(places):
            return 0
        strange = places[~among(self.text.sequence[places], known)]
        edges = [
            (start, end)
            for start, end in self.gaps()
            if start and end < len(self.covered) and end - start <= SLOT
        ]
        if not edges or not len(strange):
            return 0
        starts, ends = np.array(edges).T
        return int(np.count_nonzero(strange.searchsorted(starts) < strange.searchsorted(ends)))


@dataclass(frozen=True, slots=True, eq=False)
class Passages:
    """Two texts side by side, the one with fewer different shingles first."""

    short: Side
    long: Side
    places: NDArray[np.intp]
    """Of each different shingle of the shorter text, its number among those of the longer, if it is there."""
    common: int
    """Shingles that both have."""

    @classmethod
    def of(cls, short: Fingerprint, long: Fingerprint, *, least: float) -> "Passages | None":
        """Compare two texts; None when less than ``least`` of the shorter one is common."""
        places = long.shingles.searchsorted(short.shingles)
        places[places == len(long.shingles)] = 0
        common = long.shingles[places] == short.shingles
        count = int(np.count_nonzero(common))
        if count < least * len(short.shingles):
            return None
        back = np.zeros(len(long.shingles), dtype=bool)
        back[places[common]] = True
        return cls(Side.of(short, common), Side.of(long, back), places, count)

    @property
    def begin_otherwise(self) -> bool:
        """Whether neither begins with a common passage; a dateline is put before one of them alone."""
        return not (self.short.covered[0] or self.long.covered[0])

    @property
    def order(self) -> float:
        """How often common shingles follow each other closely in both texts; set phrases do not."""
        ranks = self.long.text.ranks
        first = np.empty(len(self.long.text.shingles), dtype=np.intp)
        first[ranks[::-1]] = np.arange(len(ranks) - 1, -1, -1)
        short = self.short.text.ranks
        followed = first[self.places[short[self.short.common[short]]]]
        steps = followed[1:] - followed[:-1]
        return share((steps > 0) & (steps <= STEP)) if len(steps) else 0.0


def share(told: Told) -> float:
    """Return the share of those that are true."""
    return int(np.count_nonzero(told)) / len(told)


def among(some: Numbers, ordered: Numbers) -> Told:
    """Tell of each number whether it is among the ascending ones."""
    if not len(ordered):
        return np.zeros(len(some), dtype=bool)
    places = ordered.searchsorted(some)
    places[places == len(ordered)] = 0
    return np.asarray(ordered[places] == some)
