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


def likeness(low: str, words: Sequence[str], evidence: Evidence) -> tuple[float, float, bool, float]:
    """How a block is like a title, like the lead, whether it names an author, and its share of the body.

    ``low`` is its text in lower case, ``words`` that text split.
    """
    size, names = len(low), evidence.names
    return (
        _title(low, words, evidence) if size <= _TITLE else 0.0,
        _lead(low, evidence.lead) if size >= _NEAR else 0.0,
        size < _LINE and bool(names) and any(name in low for name in names),
        _share(low, evidence.body) if evidence.body else -1.0,
    )


def _title(low: str, words: Sequence[str], evidence: Evidence) -> float:
    """2 for a title, 1.5 when one is in it or it in one, else the share of its words that titles have."""
    if low in evidence.titles:
        return 2.0
    if len(low) > _TITLED:
        for title in evidence.titles:
            if low in title or (len(title) > _TITLED and title in low):
                return 1.5
    return len(evidence.title_words.intersection(words)) / len(words)


def _lead(low: str, lead: str) -> float:
    if not lead:
        return 0.0
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
