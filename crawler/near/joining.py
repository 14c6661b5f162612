"""Which kept text is a new one a copy of? The judgement on one text, wherever the others are kept. Pure."""

from collections.abc import Callable, Sequence

from crawler.near.candidates import Sharing, looked_up, worth_comparing
from crawler.near.fingerprint import Fingerprint
from crawler.near.match import Match, match

SAME = 0.9
"""Likeness from which a copy gets no keys: those of its original find whatever resembles it."""


def best_match(
    new: Fingerprint, found: Sequence[Sharing], known: Callable[[int], Fingerprint | None]
) -> tuple[int, Match] | None:
    """Return the number of the text that agrees most with the new one, and why; None when there is none.

    ``found`` are kept texts that share keys with it, ``known`` gives a text's fingerprint (None: it is gone).
    Only the best counts: one wrong join then never welds two stories.
    """
    best: tuple[int, Match] | None = None
    for one in worth_comparing(found):
        kept = known(one.article_id)
        seen = None if kept is None else match(new, kept)
        if seen and (best is None or (seen.score, -one.article_id) > (best[1].score, -best[0])):
            best = one.article_id, seen
    return best


def keys_to_store(new: Fingerprint, best: Match | None, full: set[int]) -> tuple[int, ...]:
    """Return the keys by which a text is to be found; ``full`` are the full ones of those looked up."""
    if best is not None and best.jaccard >= SAME:
        return ()
    return tuple(key for key in looked_up(new.keys, full) if key not in full)
