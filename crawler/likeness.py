"""Which kept article is a text a copy of? The near-duplicate judgement over a store."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from crawler.near.candidates import Sharing
from crawler.near.fingerprint import ALGORITHM, Fingerprint, fingerprint
from crawler.near.joining import FULL, best_match, keys_to_store
from crawler.near.match import Match
from storage.likeness import Join, KeptPrint, Shared
from storage.store import Store

_DAY = 86_400.0
_REMEMBERED = 2048
"""Fingerprints of kept articles at hand; others are made again from their texts."""
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

    def find(
        self,
        store: Store,
        texts: Sequence[Fingerprint],
        *,
        now: float,
        leaving_out: frozenset[int] = frozenset(),
    ) -> list[Found]:
        """Compare texts with the articles that came before ``now`` (epoch seconds), within the window.

        ``leaving_out`` are articles not to compare with: the one whose new text it is.
        """
        shared = store.fingerprints.sharing([new.keys for new in texts], since=self._since(now))
        return [self._found(store, new, some, leaving_out) for new, some in zip(texts, shared, strict=True)]

    def _found(self, store: Store, new: Fingerprint, shared: Shared, leaving_out: frozenset[int]) -> Found:
        revisions = {one.article_id: one.revision for one in shared.sharers}
        best = best_match(
            new,
            [
                Sharing(one.article_id, one.story_id, one.keys)
                for one in shared.sharers
                if one.article_id not in leaving_out
            ],
            lambda number: self._known(store, number, revisions[number]),
        )
        full = {key for key, count in shared.counts.items() if count >= FULL}
        return Found(best=best, kept=keys_to_store(new, best and best[1], full))

    def _known(self, store: Store, article_id: int, revision: int) -> Fingerprint | None:
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

    def forget(self, store: Store, *, now: float) -> int:
        """Forget the fingerprints of articles that came before the window; returns how many."""
        return store.fingerprints.forget(before=self._since(now))

    def _since(self, now: float) -> int:
        return int((now - self._window * _DAY) // _DAY)


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
    )
