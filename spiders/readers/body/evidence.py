"""What a page says about its article elsewhere, which blocks are compared with."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

LIKENESS = ("same_title", "same_lead", "names", "structured")
"""How each block is like a title, like the lead, whether it names an author, and its share of the body."""
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


def likeness(lows: Sequence[str], split: Sequence[Sequence[str]], evidence: Evidence) -> list[list[float]]:
    """The rows of LIKENESS. ``lows`` are the texts in lower case, ``split`` their words; those of long blocks
    may be left out.
    """
    page, body = _Page(lows), evidence.body
    named = {at for name in evidence.names for at in page.holders(name)}
    return [
        _titles(page, split, evidence),
        _leads(page, evidence.lead),
        [float(at in named and len(low) < _LINE) for at, low in enumerate(lows)],
        [_share(low, body) for low in lows] if body else [-1.0] * len(lows),
    ]


class _Page:
    """The blocks of a page as one text: most phrases are in few blocks, and to look into each takes long."""

    def __init__(self, lows: Sequence[str]) -> None:
        self.lows = lows
        self._text = "\n".join(lows)
        self._ends = list(accumulate(len(low) + 1 for low in lows))

    def holders(self, phrase: str) -> Iterator[int]:
        """Yield the indices of the blocks that hold a phrase, which is not empty and of one line."""
        at = self._text.find(phrase)
        while at >= 0:
            block = bisect_right(self._ends, at)
            yield block
            at = self._text.find(phrase, self._ends[block])


def _titles(page: _Page, split: Sequence[Sequence[str]], evidence: Evidence) -> list[float]:
    """2 for a title, 1.5 when one is in it or it in one, else the share of its words that titles have."""
    titles, known = evidence.titles, evidence.title_words
    holding = {at for title in titles if len(title) > _TITLED for at in page.holders(title)}
    longest, joined = max(map(len, titles), default=0), "\0".join(titles)
    found = []
    for at, (low, words) in enumerate(zip(page.lows, split, strict=True)):
        size = len(low)
        if size > _TITLE:
            found.append(0.0)
        elif low in titles:
            found.append(2.0)
        elif size > _TITLED and (at in holding or (size < longest and low in joined)):
            found.append(1.5)
        else:
            found.append(len(known.intersection(words)) / len(words))
    return found


def _leads(page: _Page, lead: str) -> list[float]:
    """2 for the lead, 1 when the beginning of one is in the other."""
    if not lead:
        return [0.0] * len(page.lows)
    holding = set(page.holders(lead[:_NEAR]))
    return [
        0.0 if len(low) < _NEAR else 2.0 if low == lead else float(at in holding or low[:_NEAR] in lead)
        for at, low in enumerate(page.lows)
    ]


def _share(low: str, body: str) -> float:
    """The share of samples of a block that stand in the body."""
    if len(low) <= _PROBE * 2:
        return float(low in body)
    middle = len(low) // 2
    found = low[:_PROBE] in body, low[middle : middle + _PROBE] in body, low[-_PROBE:] in body
    return sum(found) / len(found)
