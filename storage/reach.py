"""Which revisions an index of words is asked about: a run of numbers, and single ones beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

BLOCK = 11
"""PostgreSQL's index of words also knows the number of each revision, without its last bits."""
_FAR, _FAR_IN_POSTGRES = 1_000, 150
"""Looking up one revision costs as much as looking through a run of so many."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Revisions by their numbers: a run from ``first`` to ``last``, and single ones beside it."""

    first: int
    last: int
    others: tuple[int, ...] = ()


def far(*, postgres: bool) -> int:
    """Return how many revisions are as dear to look through as one to look up."""
    return _FAR_IN_POSTGRES if postgres else _FAR


def reach_of(revisions: Sequence[int], *, far: int) -> Reach:
    """Return the run of revisions that it pays to look through, and those that are looked up one by one."""
    numbers = sorted(revisions)
    if not numbers:
        return Reach(0, -1)
    best, gain, start, ends = 0.0, 0.0, 0, (0, 0)
    for at in range(1, len(numbers)):
        gain += 1 - (numbers[at] - numbers[at - 1]) / far
        if gain <= 0:
            gain, start = 0.0, at
        elif gain > best:
            best, ends = gain, (start, at)
    first, last = ends
    return Reach(numbers[first], numbers[last], (*numbers[:first], *numbers[last + 1 :]))
