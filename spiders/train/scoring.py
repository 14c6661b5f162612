"""Scores texts against gold: precision and recall of runs of four words."""

import re
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_SCRIPTS = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_WORDS = re.compile(r"\w+")
_CHARACTERS = re.compile(rf"[{_SCRIPTS}]|[^\W{_SCRIPTS}]+")
Shingles = Counter[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Score:
    """How one text matches its gold."""

    precision: float
    recall: float
    f1: float
    empty: bool

    @property
    def exact(self) -> bool:
        """Whether nothing is missing and nothing too much."""
        return self.f1 == 1.0


def tokens(text: str, *, by_character: bool) -> list[str]:
    """Words; in scripts without spaces characters, where these count."""
    return (_CHARACTERS if by_character else _WORDS).findall(text)


def shingles(words: Sequence[str]) -> Shingles:
    """All runs of four words; the words themselves when there are fewer."""
    runs = (tuple(words[at : at + 4]) for at in range(max(1, len(words) - 3)))
    return Counter(run for run in runs if run)


def score(text: str, bodies: Iterable[str], *, by_character: bool) -> Score:
    """The score of a text beside the best matching of the acceptable ones."""
    found = shingles(tokens(text, by_character=by_character))
    golds = (shingles(tokens(body, by_character=by_character)) for body in bodies)
    return max((_score(found, gold) for gold in golds), key=lambda one: one.f1)


def _score(found: Shingles, gold: Shingles) -> Score:
    both = (found & gold).total()
    precision, recall = both / max(found.total(), 1), both / max(gold.total(), 1)
    f1 = 2 * precision * recall / (precision + recall) if both else 0.0
    return Score(precision, recall, f1, not found)


def summary(scores: Sequence[Score]) -> dict[str, float]:
    """Macro figures of a set: F1 of the mean precision and recall, and the share of exact texts."""
    precision = statistics.mean([one.precision for one in scores if not one.empty] or [0.0])
    recall = statistics.mean(one.recall for one in scores)
    return {
        "pages": len(scores),
        "f1": 2 * precision * recall / max(precision + recall, 1e-9),
        "precision": precision,
        "recall": recall,
        "exact": statistics.mean(float(one.exact) for one in scores),
        "empty": sum(one.empty for one in scores),
    }
