"""Which of several values to believe: each place that says a value adds to the belief in it."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from spiders.items import Candidate

NONE = Candidate((), "", 0.0)
"""What stands for a field about which nothing was found."""
_SAME = str.maketrans(
    {
        **dict.fromkeys("’‘‚`´", "'"),
        **dict.fromkeys("“”„«»", '"'),
        **dict.fromkeys("–—−‐‑", "-"),
        **dict.fromkeys("\u00ad\u200b\u200e\u200f\ufeff", None),
    }
)
_UNLIKE = re.compile(f"[{''.join(map(chr, _SAME))}]")
_LOOSE = re.compile(r"\s+(?=[:?!;»])")


@lru_cache(maxsize=100)  # a page says the same in several places, and is asked about each several times
def sameness(text: str) -> str:
    """Return a text so that two printings of the same words are equal: quotes, dashes, blanks, case."""
    line = text.translate(_SAME) if not text.isascii() and _UNLIKE.search(text) else text
    return " ".join(_LOOSE.sub("", line).split()).casefold()


def ranked(offers: Iterable[Candidate], *, same: Callable[[str], str] = sameness) -> tuple[Candidate, ...]:
    """Return what was offered, each value once, most believed first; without values nothing is offered.

    Independent places that agree raise the belief: it is the chance that not all of them are wrong. The
    wording and the place of a value are those of the first that offered it.
    """
    valued = [offer for offer in offers if offer.values]
    if len(valued) < 2:
        return tuple(valued)
    found: dict[tuple[str, ...], Candidate] = {}
    for offer in valued:
        values = offer.values
        key = tuple(sorted(map(same, values))) if len(values) > 1 else (same(values[0]),)
        known = found.get(key)
        found[key] = offer if known is None else agreed(known, offer)
    return tuple(sorted(found.values(), key=lambda candidate: -candidate.belief))


def agreed(first: Candidate, second: Candidate) -> Candidate:
    """Return a candidate that two places offer; one and the same place is not believed more for it."""
    if first.where == second.where:
        belief = max(first.belief, second.belief)
    else:
        belief = 1 - (1 - first.belief) * (1 - second.belief)
    return Candidate(first.values, first.where, round(min(belief, 0.99), 3), first.note or second.note)


def best(candidates: tuple[Candidate, ...]) -> Candidate:
    """Return the most believed of ranked candidates, if it is believed at all."""
    return candidates[0] if candidates and candidates[0].belief > 0 else NONE


def one(value: str | None, where: str, belief: float, note: str = "") -> Candidate:
    """Return a candidate of a single value; one without values for none."""
    return Candidate((value,), where, belief, note) if value else NONE
