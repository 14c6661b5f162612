"""What a page says about its article elsewhere, which blocks are compared with."""

from collections.abc import Sequence
from dataclasses import dataclass, field

_PROBE = 24
_NEAR = 40
_TITLE = 400
"""Longer blocks are no titles."""
_TITLED = 15
_LINE = 250
"""Longer blocks are no bylines."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of an article before its text is looked for; all in lower case, white space folded."""

    titles: tuple[str, ...] = ()
    lead: str = ""
    names: tuple[str, ...] = ()
    """Names of authors."""
    body: str = ""
    """The text that structured data gives; often empty or cut."""
    title_words: frozenset[str] = field(init=False, default=frozenset())

    def __post_init__(self) -> None:
        words = frozenset(word for title in self.titles for word in title.split())
        object.__setattr__(self, "title_words", words)


def likeness(
    lows: Sequence[str], split: Sequence[Sequence[str]], evidence: Evidence
) -> dict[str, Sequence[float]]:
    """How each block is like a title, like the lead, whether it names an author, and its share of the body.

    ``lows`` are the texts in lower case, ``split`` their words; those of long blocks may be left out.
    """
    names, lead, body = evidence.names, evidence.lead, evidence.body
    return {
        "same_title": _titles(lows, split, evidence),
        "same_lead": [_lead(low, lead) if lead and len(low) >= _NEAR else 0.0 for low in lows],
        "names": [bool(names) and len(low) < _LINE and any(name in low for name in names) for low in lows],
        "structured": [_share(low, body) if body else -1.0 for low in lows],
    }


def _titles(lows: Sequence[str], split: Sequence[Sequence[str]], evidence: Evidence) -> list[float]:
    """2 for a title, 1.5 when one is in it or it in one, else the share of its words that titles have."""
    titles, known = evidence.titles, evidence.title_words
    long = tuple(title for title in titles if len(title) > _TITLED)
    longest = max(map(len, titles), default=0)
    found = []
    for low, words in zip(lows, split, strict=True):
        size = len(low)
        if size > _TITLE:
            found.append(0.0)
        elif low in titles:
            found.append(2.0)
        elif size > _TITLED and (
            (size < longest and any(low in title for title in titles)) or any(title in low for title in long)
        ):
            found.append(1.5)
        else:
            found.append(len(known.intersection(words)) / len(words))
    return found


def _lead(low: str, lead: str) -> float:
    if low == lead:
        return 2.0
    return float(low[:_NEAR] in lead or lead[:_NEAR] in low)


def _share(low: str, body: str) -> float:
    """The share of samples of a block that stand in the body."""
    if len(low) <= _PROBE * 2:
        return float(low in body)
    middle = len(low) // 2
    probes = (low[:_PROBE], low[middle : middle + _PROBE], low[-_PROBE:])
    return sum(probe in body for probe in probes) / 3
