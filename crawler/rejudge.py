"""Judge the past anew: fingerprints and stories of all articles, in the order in which they came.

A run that is broken off at any moment is gone on with by the next one, and to judge twice changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass

from crawler.fingerprint import comparable
from crawler.judge import Duplicate, Incoming, New, Verdict, judge, judge_copy
from crawler.likeness import Found, Likeness, Neighbourhood, join_of, kept_print
from crawler.near.fingerprint import Fingerprint, fingerprint
from crawler.near.match import SAME_WORDS
from storage.likeness import Join
from storage.model import ArticleRef, Candidates
from storage.past import PastArticle, Placed
from storage.store import Store

BATCH = 100
"""Articles in one transaction."""
_DAY = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejudged:
    """What a run came to."""

    resumed: bool
    """Whether it went on with one that had been broken off."""
    judged: int
    copies: int
    changed: int
    """Articles that are in another story than before."""


def rejudge(store: Store, likeness: Likeness, *, now: float, step: Callable[[int, int], None]) -> Rejudged:
    """Judge all articles anew, each against those that came before it; ``step`` is told how far it is.

    ``now`` is epoch seconds. Raises StorageError.
    """
    left = store.past.left()
    resumed = left > 0
    total = left or store.past.begin()
    judged = copies = changed = last = 0
    while batch := store.past.next(after=last, limit=BATCH):
        with store.transaction():
            outcomes = _judge_batch(store, likeness, batch)
        judged += len(batch)
        copies += sum(copy for copy, _ in outcomes)
        changed += sum(moved for _, moved in outcomes)
        last = batch[-1].id
        step(judged, total)
    # What people decided stands above what is judged: of these articles some were moved, and are moved back.
    changed = max(changed - store.stories.uphold(), 0)
    likeness.forget(store, now=now)
    return Rejudged(resumed=resumed, judged=judged, copies=copies, changed=changed)


def _judge_batch(store: Store, likeness: Likeness, batch: list[PastArticle]) -> list[tuple[bool, bool]]:
    """Judge some articles; returns of each whether it is a copy, and whether it is in another story now."""
    prints = [fingerprint(article.text) for article in batch]
    around = Neighbourhood(likeness, store, prints)
    placed, outcomes = [], []
    for article, new in zip(batch, prints, strict=True):
        found = around.find(new, now=article.day * _DAY, earlier_than=article.id)
        kept = kept_print(article.id, found, now=article.day * _DAY)
        verdict = _verdict(store, article, new, found)
        story_id, original = _place(store, article, verdict)
        placed.append(Placed(kept=kept, join=_join(article.id, verdict)))
        around.note(kept, new, story_id=story_id, revision=article.revision)
        outcomes.append((original is not None, story_id != article.story_id))
    store.past.keep(placed)
    return outcomes


def _verdict(store: Store, article: PastArticle, new: Fingerprint, found: Found) -> Verdict:
    itself = store.articles.ref(article.id)
    if itself is None:
        return New()
    incoming = _incoming(itself, article)
    twins = store.articles.candidates(url_keys=[], canonical_key=None, content_hash=itself.content_hash)
    earlier = tuple(twin for twin in twins.by_content if twin.id < article.id)
    verdict = judge(incoming, Candidates(by_url=None, by_canonical=None, by_content=earlier))
    if verdict != New() or found.best is None:
        return verdict
    number, match = found.best
    original = store.articles.ref(number)
    return New() if original is None else judge_copy(incoming, original, match, size=new.size)


def _incoming(itself: ArticleRef, article: PastArticle) -> Incoming:
    return Incoming(
        site=itself.site,
        title=itself.title,
        content_hash=itself.content_hash,
        comparable=comparable(article.text),
        text_source=article.text_source,
        revisit=False,
    )


def _place(store: Store, article: PastArticle, verdict: Verdict) -> tuple[int, int | None]:
    """Put an article where it belongs; returns its story, and the article it is a copy of."""
    original = store.articles.ref(verdict.article_id) if isinstance(verdict, Duplicate) else None
    story_id = article.id if original is None else original.story_id
    duplicate_of = None if original is None else original.id
    if (story_id, duplicate_of) != (article.story_id, article.duplicate_of):
        store.past.place(article.id, story_id=story_id, duplicate_of=duplicate_of)
    return story_id, duplicate_of


def _join(article_id: int, verdict: Verdict) -> Join | None:
    if not isinstance(verdict, Duplicate):
        return None
    if verdict.match is None or verdict.of is None:
        return join_of(article_id, verdict.article_id, SAME_WORDS)
    return join_of(article_id, verdict.of, verdict.match)
