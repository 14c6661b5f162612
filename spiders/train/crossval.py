"""Trains the two forests so that no page is judged by one that saw its site, and once on all pages to ship.

Blocks are first judged by a forest that knows neither the block's site nor, where the second forest is to be
measured, the sites it is measured on: for that a first forest is fitted without each two of the folds.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import combinations

from spiders.readers.body.context import context_of
from spiders.readers.body.forest import Forest
from spiders.readers.body.letters import Numbers
from spiders.train.dataset import Sample
from spiders.train.fit import fit
from spiders.train.gold import FOLDS

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """The two forests."""

    first: Forest
    second: Forest


def train(samples: Sequence[Sample], say: Say) -> tuple[Pair, list[Pair]]:
    """The forests of all pages, and for each fold those that never saw its sites."""
    without: dict[frozenset[int], Forest] = {}
    for size in (1, 2):
        for left_out in map(frozenset, combinations(range(FOLDS), size)):
            without[left_out] = _first(samples, left_out)
            say(f"first forest without {sorted(left_out)}")
    pairs = []
    for fold in range(FOLDS):
        others = [one for one in samples if one.fold != fold]
        firsts = [_judged(one, without[frozenset((fold, one.fold))]) for one in others]
        pairs.append(Pair(without[frozenset((fold,))], _second(others, firsts)))
        say(f"second forest without [{fold}]")
    firsts = [_judged(one, without[frozenset((one.fold,))]) for one in samples]
    whole = Pair(_first(samples, ()), _second(samples, firsts))
    say("both forests of all pages")
    return whole, pairs


def probabilities(one: Sample, pair: Pair) -> Numbers:
    """What a pair of forests says of a page's blocks."""
    context = context_of(one.traits, one.frame, _judged(one, pair.first))
    return pair.second.judge(context.some(pair.second.names))


def _judged(one: Sample, forest: Forest) -> Numbers:
    return forest.judge(one.traits.some(forest.names))


def _first(samples: Sequence[Sample], left_out: Collection[int]) -> Forest:
    used = [one for one in samples if one.fold not in left_out]
    return fit(
        [one.traits for one in used], [one.labels.content for one in used], [one.weight for one in used]
    )


def _second(samples: Sequence[Sample], firsts: Sequence[Numbers]) -> Forest:
    contexts = [context_of(one.traits, one.frame, first) for one, first in zip(samples, firsts, strict=True)]
    return fit(contexts, [one.labels.content for one in samples], [one.weight for one in samples])
