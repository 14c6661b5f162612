"""Which kept article is a text a copy of? The near-duplicate judgement over a store."""

import math
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from crawler.near.candidates import FIRST, FULL, Sharing, counting, full_ones, looked_up, sharing
from crawler.near.fingerprint import ALGORITHM, Fingerprint, fingerprint
from crawler.near.joining import best_match, keys_to_store
from crawler.near.match import SAME_WORDS, Match
from storage.likeness import Join, KeptPrint, Standing
from storage.store import Store

_DAY = 86_400.0
_ANYONE = 0
"""Stands for an article of which the number was not asked."""
_REMEMBERED = 2048
"""Fingerprints of kept articles at hand; others are made again from their texts."""
_CROWDED = 100_000
"""Keys of which it is remembered that they were full."""
_Text = tuple[int, int]
"""Article and revision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a text resembles, and under which keys it is to be kept itself."""

    best: tuple[int, Match] | None
    """The article that it agrees with most, and why."""
    kept: Sequence[int]


class Likeness:
    """Compares texts with those of a store. Used by one thread at a time."""

    def __init__(self, *, window: float) -> None:
        """``window`` is how far back articles are compared, in days since they came."""
        self._window = window
        self._prints: OrderedDict[_Text, Fingerprint] = OrderedDict()
        self._crowded: set[int] = set()

    def find(self, store: Store, new: Fingerprint, *, now: float, itself: int | None = None) -> Found:
        """Compare a text with the articles that came before ``now`` (epoch seconds), within the window.

        ``itself`` is the article whose new text it is: it is not compared with its old one.
        """
        return Neighbourhood(self, store, [new]).find(new, now=now, itself=itself)

    def forget(self, store: Store, *, now: float) -> int:
        """Forget the fingerprints of articles that came before the window; returns how many."""
        return max(self.forgetting(store, now=now), default=0)

    def forgetting(self, store: Store, *, now: float) -> Iterator[int]:
        """Forget what ``forget`` does; yields after each short transaction how many went.

        None go while the past is judged anew.
        """
        if not store.past.left():
            yield from store.fingerprints.forgetting(before=self.since(now))

    def since(self, now: float) -> int:
        """Return the first day of the window at a moment, in days from 1970."""
        return int((now - self._window * _DAY) // _DAY)

    def known(self, store: Store, article_id: int, revision: int) -> Fingerprint | None:
        """Return the fingerprint of an article's newest text; None when the article is gone."""
        known = self._prints.get((article_id, revision))
        if known is None:
            text = store.fingerprints.texts([article_id]).get(article_id)
            if text is None:
                return None
            known = fingerprint(text)
        self.remember(article_id, revision, known)
        return known

    def remember(self, article_id: int, revision: int, known: Fingerprint) -> None:
        """Keep the fingerprint of an article's text at hand."""
        self._prints[article_id, revision] = known
        self._prints.move_to_end((article_id, revision))
        if len(self._prints) > _REMEMBERED:
            self._prints.popitem(last=False)

    def still_crowded(self, store: Store, keys: Iterable[int]) -> set[int]:
        """Return those of these keys that were full before, and are."""
        known = self._crowded.intersection(keys)
        return store.fingerprints.with_so_many(known, FULL) if known else set()

    def note_crowded(self, keys: Iterable[int]) -> None:
        """Remember that these keys are full."""
        if len(self._crowded) > _CROWDED:
            self._crowded.clear()
        self._crowded.update(keys)


class Neighbourhood:
    """What a store holds around some texts, looked up at once; the texts are judged one after the other."""

    def __init__(self, likeness: Likeness, store: Store, texts: Sequence[Fingerprint]) -> None:
        self._likeness, self._store = likeness, store
        self._lists: dict[int, list[int]] = {}
        self._standings: dict[int, Standing] = {}
        self._seen: set[int] = set()
        self._closed: set[int] = set()
        """Full keys of which it is not known who stands under them."""
        self._look_up(key for new in texts for key in new.keys[:FIRST])
        self._look_up(key for new in texts for key in looked_up(new.keys, self._lists))
        self._open(texts)
        self._place(texts)

    def _look_up(self, keys: Iterable[int]) -> bool:
        """Look up the keys that were not; tells whether there were any."""
        new = set(keys) - self._seen
        if new:
            self._seen |= new
            # Of a footer's keys it is enough to know that they are full, as they were before.
            closed = self._likeness.still_crowded(self._store, new)
            self._closed |= closed
            self._lists |= {key: [_ANYONE] * FULL for key in closed}
            self._read(new - closed)
        return bool(new)

    def _read(self, keys: Collection[int]) -> None:
        lists = self._store.fingerprints.lists(keys)
        self._likeness.note_crowded(full_ones(lists, lists))
        self._lists |= lists

    def _open(self, texts: Sequence[Fingerprint]) -> bool:
        """Look up who stands under full keys where that counts; tells whether there were such."""
        wanted = {key for new in texts for key in counting(new.keys, self._lists)} if self._closed else set()
        wanted &= self._closed
        if wanted:
            self._closed -= wanted
            self._read(wanted)
        return bool(wanted)

    def _place(self, texts: Sequence[Fingerprint]) -> None:
        everyone = {number for new in texts for number in sharing(new.keys, self._lists)}
        self._standings |= self._store.fingerprints.standings(everyone - self._standings.keys())

    def find(
        self,
        new: Fingerprint,
        *,
        now: float,
        itself: int | None = None,
        earlier_than: int | None = None,
        apart: Collection[int] = (),
    ) -> Found:
        """Compare one of the texts with the articles that came within the window before ``now``.

        ``itself`` is left out, and so are articles that came later than ``earlier_than``, or are in one of
        the stories ``apart``.
        """
        more = self._look_up(looked_up(new.keys, self._lists))  # others of these texts have filled some
        if self._open([new]) or more:
            self._place([new])
        since = self._likeness.since(now)
        end = math.inf if earlier_than is None else earlier_than
        there = [
            Sharing(number, standing.story_id, keys)
            for number, keys in sharing(new.keys, self._lists).items()
            if (standing := self._standings.get(number))
            and standing.day >= since
            and number != itself
            and number < end
            and standing.story_id not in apart
        ]
        best = best_match(new, there, self._known)
        return Found(best=best, kept=keys_to_store(new, best and best[1], self._lists))

    def note(self, kept: KeptPrint, new: Fingerprint, *, story_id: int, revision: int) -> None:
        """Take in an article that was judged, so that the next one is compared with it as well."""
        self._take_in(kept, Standing(story_id, revision, kept.day))
        self._likeness.remember(kept.article_id, revision, new)

    def _take_in(self, kept: KeptPrint, standing: Standing) -> None:
        for key in kept.keys:
            self._lists.setdefault(key, []).append(kept.article_id)
        self._standings[kept.article_id] = standing

    def _known(self, number: int) -> Fingerprint | None:
        return self._likeness.known(self._store, number, self._standings[number].revision)


def kept_print(article_id: int, found: Found, *, now: float) -> KeptPrint:
    """Return what is kept of an article's fingerprint; ``now`` is when it came, in epoch seconds."""
    return KeptPrint(article_id=article_id, keys=tuple(found.kept), day=int(now // _DAY), algorithm=ALGORITHM)


def join_of(article_id: int, other_id: int, match: Match) -> Join:
    """Return what is kept of the reason why an article joined another."""
    own, other = match.coverage
    return Join(
        article_id=article_id,
        other_id=other_id,
        score=match.score,
        own_share=own,
        other_share=other,
        why=match.why,
        how="same" if match == SAME_WORDS else match.how,
    )
