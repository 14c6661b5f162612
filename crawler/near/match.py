"""Is one text a copy of the other? The rule, its guards and its reasons. Pure.

Two texts are compared by their shingles of three tokens and by the share of each that stands in passages of
the other. Passages that agree prove nothing where a form was filled in (weather, earnings, gold
prices): there the numbers differ, or the names that stand in the same places. Both are asked too, and whether
what is common stands in the same order.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from crawler.near.fingerprint import Fingerprint
from crawler.near.passages import Passages, among, share
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
ORDERED = 0.75
"""Share of common shingles that follow each other closely in both texts."""
LOOSE_NAMES = 0.25
"""Share of names that may differ in long texts: editors correct some."""


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
    passages = Passages.of(short, long, least=LEAST)
    if passages is None or _is_furniture(passages):
        return None
    from_start = passages.begin_otherwise
    counted = [side.numbers(from_start=from_start) for side in (passages.short, passages.long)]
    numbers, few = _kept(*counted), min(map(len, counted)) < FEW
    if not _numbers_agree(short, numbers, few=few):
        return None
    containment = passages.common / len(short.shingles)
    jaccard = passages.common / (len(short.shingles) + len(long.shingles) - passages.common)
    how = _how(passages, jaccard, containment, size=short.size)
    if how is None or (few and _named_otherwise(passages)):
        return None
    if jaccard < BRIEF_ALIKE and passages.order < ORDERED:
        return None
    coverage = (passages.short.share, passages.long.share)
    return Match(
        score=round((jaccard + containment) / 2, 4),
        how=how,
        jaccard=round(jaccard, 4),
        containment=round(containment, 4),
        coverage=coverage if short is one else coverage[::-1],
        lead=passages.long.lead,
        numbers=numbers,
    )


def _is_furniture(passages: Passages) -> bool:
    """Tell whether the texts begin apart and have no more in common than a footer."""
    if passages.common >= FURNITURE or passages.short.share >= 0.85:
        return False
    return max(passages.short.lead, passages.long.lead) < 0.3


def _how(passages: Passages, jaccard: float, containment: float, *, size: int) -> How | None:
    """Return which part of the rule holds, numbers and names apart."""
    if jaccard >= (ALIKE if size >= BRIEF else BRIEF_ALIKE):
        return "alike"
    short, long = passages.short, passages.long
    if size >= BRIEF and (
        (containment >= 0.8 and jaccard >= 0.2) or (containment >= 0.7 and long.lead >= 0.2)
    ):
        return "contained"
    if short.share >= 0.55 and long.lead >= 0.3 and short.spread >= 0.9:
        return "shortened"
    if size < BRIEF or short.share < 0.6 or long.share < 0.45:
        return None
    # Copies that were edited agree a little everywhere; reports with a common background agree in one place.
    return "edited" if short.spread >= 0.7 and long.spread >= 0.5 else None


def _numbers_agree(short: Fingerprint, kept: float, *, few: bool) -> bool:
    if short.size < BRIEF:
        return kept >= 0.8
    return few or kept >= (0.7 if short.size >= SHORT else 0.9)


def _kept(one: Numbers, other: Numbers) -> float:
    few, many = (one, other) if len(one) <= len(other) else (other, one)
    return share(among(few, many)) if len(few) else 1.0


def _named_otherwise(passages: Passages) -> bool:
    """Tell whether each text has names of its own in places where all around agrees."""
    short, long = passages.short, passages.long
    if not (len(short.text.names) and len(long.text.names)):
        return False
    words = np.sort(short.text.sequence), np.sort(long.text.sequence)
    own = min(short.own_names(words[1]), long.own_names(words[0]))
    if not own or short.text.size < SHORT:
        return bool(own)
    held = min(_held(short.text, words[1]), _held(long.text, words[0]))
    return own / (own + held) >= LOOSE_NAMES


def _held(text: Fingerprint, known: Numbers) -> int:
    names = unique(text.sequence[text.names])
    return int(np.count_nonzero(among(names, known)))
