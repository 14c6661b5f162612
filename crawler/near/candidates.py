"""Which of the texts that share keys with a new one are worth comparing with it? Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

ENOUGH = 12
"""Keys of a text by which it is looked for and kept, full ones not counted."""
FULL = 32
"""Articles under one key from which it takes no more."""
MANY = 3
"""One in so many keys of a text is many."""
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
    if not found:  # as of most texts
        return []
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


class Lists:
    """Who stands under each of the keys that were looked up, and which of these are full."""

    def __init__(self) -> None:
        self.under: dict[int, list[int]] = {}
        self.full: set[int] = set()

    def put(self, lists: Mapping[int, list[int]]) -> set[int]:
        """Take lists as they were read, in place of what was known; returns which keys are full."""
        full = {key for key, articles in lists.items() if len(articles) >= FULL}
        self.full -= lists.keys()
        self.full |= full
        self.under |= lists
        return full

    def add(self, article_id: int, keys: Iterable[int]) -> None:
        """Put one more article under some keys."""
        for key in keys:
            articles = self.under.setdefault(key, [])
            articles.append(article_id)
            if len(articles) >= FULL:
                self.full.add(key)


def looked_up(keys: Sequence[int], full: set[int]) -> Sequence[int]:
    """Return by which of its keys a text is compared: enough that are not full, and those before them.

    ``full`` are the full ones of those that were looked up; another may turn out to be. Of a thousand
    texts whose copy is there, three are found by later ones alone.
    """
    count = ENOUGH
    while (more := ENOUGH + len(full.intersection(keys[:count]))) > count < len(keys):
        count = more
    return keys[:count]


def met(keys: Sequence[int], lists: Lists) -> list[int]:
    """Return the keys under which a text meets others.

    A key that is full counts only where many are: a footer has a few of a text's keys, a report that all
    papers print has nearly all.
    """
    under = lists.under
    there = [key for key in looked_up(keys, lists.full) if key in under]
    full = lists.full.intersection(there)
    if full and len(full) * MANY < len(keys):
        return [key for key in there if key not in full]
    return there


def sharing(there: Iterable[int], lists: Lists) -> dict[int, list[int]]:
    """Return who stands under which of some keys."""
    found: dict[int, list[int]] = {}
    for key in there:
        for article_id in lists.under[key]:
            found.setdefault(article_id, []).append(key)
    return found
