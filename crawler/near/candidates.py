"""Which of the texts that share keys with a new one are worth comparing with it? Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MOST = 24
"""Texts compared with a new one at most."""
LONERS = 8
"""Of these, most that share a single key."""
FORMULA = 6
"""Texts that share a key from which it is asked whether they tell the same story."""
APART = 0.6
"""Share of different stories among them from which the key is a formula: a footer, a form filled in."""


@dataclass(frozen=True, slots=True)
class Sharing:
    """A kept text that shares keys with the new one."""

    article_id: int
    story_id: int
    keys: Sequence[int]


def worth_comparing(found: Sequence[Sharing]) -> list[Sharing]:
    """Return the texts to compare, the likeliest first.

    A key whose texts nearly all tell different stories proves nothing; who shares no other is left out.
    """
    telling = _telling(found)
    kept = [(sum(key in telling for key in one.keys), one) for one in found]
    kept = [(count, one) for count, one in kept if count]
    kept.sort(key=lambda item: (item[0], item[1].article_id), reverse=True)
    several = [one for count, one in kept if count > 1]
    single = [one for count, one in kept if count == 1]
    return [*several, *single[:LONERS]][:MOST]


def _telling(found: Sequence[Sharing]) -> set[int]:
    """Return the keys that are no formulas."""
    texts: Counter[int] = Counter()
    stories: dict[int, set[int]] = {}
    for one in found:
        for key in one.keys:
            texts[key] += 1
            stories.setdefault(key, set()).add(one.story_id)
    return {key for key, count in texts.items() if count < FORMULA or len(stories[key]) < APART * count}


def shared(rows: Sequence[tuple[int, int]]) -> Mapping[int, list[int]]:
    """Gather pairs of key and article by article."""
    found: dict[int, list[int]] = {}
    for key, article_id in rows:
        found.setdefault(article_id, []).append(key)
    return found
