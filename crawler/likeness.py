"""Which kept article is a text a copy of? The near-duplicate judgement over a store."""

import math
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from crawler.near.candidates import FULL, Lists, Sharing, looked_up, met, sharing, worth_comparing
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
_FRESH = 1024
"""Look-ups for which a key that was full is taken to be."""
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
        """Keys that were full."""
        self._asked: set[int] = set()
        """Those of them that were so lately."""
        self._count = 0
        """Texts looked up since the first of these was."""

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

    def learn(self, store: Store, articles: Iterable[_Text]) -> None:
        """Have the fingerprints of the newest texts of some articles at hand; the texts are read at once."""
        missing = {
            number: revision for number, revision in articles if (number, revision) not in self._prints
        }
        for number, text in store.fingerprints.texts([*missing]).items():
            self.remember(number, missing[number], fingerprint(text))

    def remember(self, article_id: int, revision: int, known: Fingerprint) -> None:
        """Keep the fingerprint of an article's text at hand."""
        self._prints[article_id, revision] = known
        self._prints.move_to_end((article_id, revision))
        if len(self._prints) > _REMEMBERED:
            self._prints.popitem(last=False)

    def still_crowded(self, store: Store, texts: Sequence[Fingerprint]) -> set[int]:
        """Return the keys of texts that were full before and are, or were so lately."""
        self._count += len(texts)
        if self._count > _FRESH:
            self._count = 0
            self._asked.clear()
        known = set().union(*[self._crowded.intersection(new.keys) for new in texts])
        if old := known - self._asked:
            full = store.fingerprints.with_so_many(old, FULL)
            self.note_crowded(full)
            self._crowded -= old - full
            known -= old - full
        return known

    def note_crowded(self, keys: Collection[int]) -> None:
        """Remember that these keys are full."""
        if len(self._crowded) > _CROWDED:
            self._crowded.clear()
        self._crowded.update(keys)
        self._asked.update(keys)


class Neighbourhood:
    """What a store holds around some texts, looked up at once; the texts are judged one after the other."""

    def __init__(self, likeness: Likeness, store: Store, texts: Sequence[Fingerprint]) -> None:
        self._likeness, self._store = likeness, store
        self._standings: dict[int, Standing] = {}
        # Of a footer's keys it is enough to know that they are full, as they were before.
        self._closed = likeness.still_crowded(store, texts)
        """Full keys of which it is not known who stands under them."""
        self._lists = Lists()
        self._lists.put({key: [_ANYONE] * FULL for key in self._closed})
        self._seen = {*self._closed}
        self._look_around(texts)
        self._place(texts)

    def _look_around(self, texts: Sequence[Fingerprint]) -> None:
        """Look up what texts are compared by."""
        while self._look_up(set().union(*[looked_up(new.keys, self._lists.full) for new in texts])):
            pass  # others are looked up in place of the full ones

    def _look_up(self, keys: Collection[int]) -> bool:
        """Look up the keys that were not; tells whether there were full ones among them."""
        new = {*keys} - self._seen
        self._seen |= new
        return bool(new) and self._read(new)

    def _read(self, keys: set[int]) -> bool:
        """Look up who stands under some keys; tells whether there are full ones among them."""
        full = self._lists.put(self._store.fingerprints.lists(keys))
        self._likeness.note_crowded(full)
        return bool(full)

    def _place(self, texts: Sequence[Fingerprint]) -> None:
        """Look up where those stand whom texts meet, and who stands under full keys where that counts."""
        keys = self._met(texts)
        if counting := self._closed & keys:
            self._closed -= counting
            self._read(counting)
            keys = self._met(texts)
        everyone = set().union(*[self._lists.under[key] for key in keys])
        self._standings |= self._store.fingerprints.standings(everyone - self._standings.keys())

    def _met(self, texts: Sequence[Fingerprint]) -> set[int]:
        return set().union(*[met(new.keys, self._lists) for new in texts])

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
        keys = met(new.keys, self._lists)
        known = self._seen.issuperset(looked_up(new.keys, self._lists.full))
        if not (known and self._closed.isdisjoint(keys)):  # others have filled some
            self._look_around([new])
            self._place([new])
            keys = met(new.keys, self._lists)
        since = self._likeness.since(now)
        end = math.inf if earlier_than is None else earlier_than
        there = [
            Sharing(number, standing.story_id, keys)
            for number, keys in sharing(keys, self._lists).items()
            if (standing := self._standings.get(number))
            and standing.day >= since
            and number != itself
            and number < end
            and standing.story_id not in apart
        ]
        best = best_match(new, there, self._known)
        return Found(best=best, kept=keys_to_store(new, best and best[1], self._lists.full))

    def look_ahead(self, texts: Sequence[Fingerprint]) -> set[int]:
        """Read what these texts are going to be compared with all at once; returns the articles' numbers."""
        likely: set[int] = set()
        for new in texts:
            if there := sharing(met(new.keys, self._lists), self._lists):
                standing = [(number, self._standings.get(number), keys) for number, keys in there.items()]
                found = [Sharing(number, at.story_id, keys) for number, at, keys in standing if at]
                likely.update(one.article_id for one in worth_comparing(found))
        self._likeness.learn(self._store, [(number, self._standings[number].revision) for number in likely])
        return likely

    def note(self, kept: KeptPrint, new: Fingerprint, *, story_id: int, revision: int) -> None:
        """Take in an article that was judged, so that the next one is compared with it as well."""
        self._take_in(kept, Standing(story_id, revision, kept.day))
        self._likeness.remember(kept.article_id, revision, new)

    def _take_in(self, kept: KeptPrint, standing: Standing) -> None:
        self._lists.add(kept.article_id, kept.keys)
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
