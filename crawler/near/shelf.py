"""Texts kept in memory, judged one after the other: which story does each belong to?"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from crawler.near.candidates import Lists, Sharing, met, sharing
from crawler.near.fingerprint import Fingerprint, fingerprint
from crawler.near.joining import best_match, keys_to_store
from crawler.near.match import LINE, SAME_WORDS, Match

_REMEMBERED = 4096
"""Fingerprints at hand; others are made again from their texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Where a text belongs."""

    number: int
    """Its place in the order of arrival, from 0."""
    story: int
    """Number of the first text of its story."""
    of: int | None = None
    """Number of the text it is a copy of."""
    match: Match | None = None
    """Why; None for one that is new."""


class Shelf:
    """Texts of this process, each judged against those before it as articles are judged in a store."""

    def __init__(self, text_of: Callable[[int], str]) -> None:
        """``text_of`` gives the text of a number again, when its fingerprint is no longer at hand."""
        self._text_of = text_of
        self._stories: list[int] = []
        self._exact: dict[int, int] = {}
        self._lists = Lists()
        self._prints: OrderedDict[int, Fingerprint] = OrderedDict()

    def put(self, text: str) -> Placed:
        """Judge a text and keep it."""
        number = len(self._stories)
        new = fingerprint(text)
        first = self._exact.setdefault(new.exact, number) if new.size >= LINE else number
        if first != number:
            return self._placed(number, of=first, match=SAME_WORDS)
        best = best_match(new, self._sharing(new), self._known)
        self._lists.add(number, keys_to_store(new, best and best[1], self._lists.full))
        self._remember(number, new)
        return self._placed(number, of=best and best[0], match=best and best[1])

    def _placed(self, number: int, *, of: int | None, match: Match | None) -> Placed:
        story = number if of is None else self._stories[of]
        self._stories.append(story)
        return Placed(number=number, story=story, of=of, match=match)

    def _sharing(self, new: Fingerprint) -> list[Sharing]:
        found = sharing(met(new.keys, self._lists), self._lists)
        return [Sharing(number, self._stories[number], keys) for number, keys in found.items()]

    def _known(self, number: int) -> Fingerprint:
        found = self._prints.get(number)
        if found is None:
            found = fingerprint(self._text_of(number))
        self._remember(number, found)
        return found

    def _remember(self, number: int, found: Fingerprint) -> None:
        self._prints[number] = found
        self._prints.move_to_end(number)
        if len(self._prints) > _REMEMBERED:
            self._prints.popitem(last=False)
