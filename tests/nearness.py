"""Sets of documents with gold clusters, and scores of what finds them: by pairs, by clusters, by articles."""

import gzip
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import comb
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Doc:
    """A document and the cluster it belongs to."""

    cluster: str
    kind: str
    lang: str
    title: str
    text: str
    edits: frozenset[str] = frozenset()
    """What was done to it, if it is a copy."""

    def part(self, parts: int) -> int:
        """Return in which of so many parts its cluster is: what is tuned on one is read off the other."""
        return hashlib.sha1(self.cluster.encode(), usedforsecurity=False).digest()[0] % parts


def read_docs(path: Path) -> list[Doc]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = map(json.loads, lines)
        return [
            Doc(row["cluster"], row["kind"], row["lang"], row["title"], row["text"], frozenset(row["ops"]))
            for row in rows
        ]


def gold_pairs(docs: Sequence[Doc]) -> set[Pair]:
    members = defaultdict(list)
    for number, doc in enumerate(docs):
        members[doc.cluster].append(number)
    return {(a, b) for group in members.values() for a in group for b in group if a < b}


def f1(found: set[Pair], gold: set[Pair]) -> float:
    return 2 * len(found & gold) / (len(found) + len(gold)) if found and gold else 0.0


def ari(one: Sequence[object], other: Sequence[object]) -> float:
    """Return the adjusted Rand index of two clusterings."""

    def pairs(groups: Iterable[object]) -> int:
        return sum(comb(count, 2) for count in Counter(groups).values())

    both, left, right = pairs(zip(one, other, strict=True)), pairs(one), pairs(other)
    chance = left * right / comb(len(one), 2)
    return (both - chance) / ((left + right) / 2 - chance)


def per_article(docs: Sequence[Doc], of: Sequence[int | None]) -> float:
    """Return the F1 of "this is a copy of that earlier one", article by article."""
    seen: set[str] = set()
    right = wrong = missed = 0
    for doc, original in zip(docs, of, strict=True):
        hit = original is not None and docs[original].cluster == doc.cluster
        right += hit
        wrong += original is not None and not hit
        missed += doc.cluster in seen and not hit
        seen.add(doc.cluster)
    return 2 * right / (2 * right + wrong + missed)


def common_counts(sets: Sequence[NDArray[np.uint64]]) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """Yield for each set its number and how many members it has in common with every set after it."""
    lists: dict[int, list[int]] = defaultdict(list)
    for number, some in enumerate(sets):
        for member in some.tolist():
            lists[member].append(number)
    arrays = {member: np.array(numbers) for member, numbers in lists.items() if len(numbers) > 1}
    for number, some in enumerate(sets):
        hit = [arrays[member] for member in some.tolist() if member in arrays]
        counts = np.bincount(np.concatenate(hit), minlength=len(sets)) if hit else np.zeros(len(sets), int)
        counts[: number + 1] = 0
        yield number, counts


def best_f1(scored: Sequence[tuple[float, Pair]], gold: set[Pair]) -> float:
    """Return the best F1 that any threshold on a score reaches."""
    best, right = 0.0, 0
    for taken, (_, pair) in enumerate(sorted(scored, reverse=True), start=1):
        right += pair in gold
        best = max(best, 2 * right / (taken + len(gold)))
    return best
