"""Judge the past anew: fingerprints and stories of all articles, in the order in which they came.

A run that is broken off at any moment is gone on with by the next one, and to judge twice changes nothing.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from crawler.fingerprint import comparable
from crawler.judge import Duplicate, Incoming, New, Verdict, judge, judge_copy
from crawler.likeness import Found, Likeness, Neighbourhood, join_of, kept_print
from crawler.near.fingerprint import Fingerprint, fingerprint
from crawler.near.match import SAME_WORDS
from storage.likeness import Join, KeptPrint
from storage.membership import Choice
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
    newest = store.past.newest()
    all_known = False
    while True:
        with store.transaction():
            if not (batch := store.past.next(after=last, limit=BATCH)):
                break
            more, moved = _judge_batch(store, likeness, batch)
            if not all_known and (len(batch) < BATCH or batch[-1].id >= newest):
                # What came meanwhile was compared with a part of the past: it is judged as well.
                total += store.past.since(batch[-1].id)
                all_known = True
        judged += len(batch)
        copies += more
        changed += moved
        last = batch[-1].id
        step(judged, total)
    likeness.forget(store, now=now)
    return Rejudged(resumed=resumed, judged=judged, copies=copies, changed=changed)


def _judge_batch(store: Store, likeness: Likeness, batch: list[PastArticle]) -> tuple[int, int]:
    """Judge some articles; returns how many are copies, and how many are in another story now."""
    prints = [fingerprint(article.text) for article in batch]
    around = Neighbourhood(likeness, store, prints)
    choices = {choice.article_id: choice for choice in store.stories.choices(one.id for one in batch)}
    placed, copies, changed = [], 0, 0
    for article, new in zip(batch, prints, strict=True):
        seat = _seat(store, around, article, new, choices.get(article.id))
        placed.append(Placed(kept=seat.kept, join=_join(article.id, seat.verdict)))
        around.note(seat.kept, new, story_id=seat.story_id, revision=article.revision)
        if (seat.story_id, seat.duplicate_of) != (article.story_id, article.duplicate_of):
            store.past.place(article.id, story_id=seat.story_id, duplicate_of=seat.duplicate_of)
        copies += seat.duplicate_of is not None
        changed += seat.story_id != article.story_id
    store.past.keep(placed)
    changed += store.stories.follow(article.id for article in batch)
    return copies, changed


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seat:
    """Where an article belongs, by kabar's judgement and by what a person decided above it."""

    verdict: Verdict
    kept: KeptPrint
    story_id: int
    duplicate_of: int | None


def _seat(
    store: Store, around: Neighbourhood, article: PastArticle, new: Fingerprint, choice: Choice | None
) -> _Seat:
    now = article.day * _DAY
    found = around.find(new, now=now, earlier_than=article.id)
    verdict = _verdict(store, article, new, found)
    target = _target(store, verdict)
    if choice is not None and choice.kind == "joined":
        store.stories.judged(article.id, _joined(verdict))
        target = _ref(store, choice.other_id) or target
    elif choice is not None and target is not None:
        refused = _stories(store, (choice.before_id, choice.other_id))
        if choice.kind == "alone":
            target = None
        elif target.story_id in refused:
            other = around.find(new, now=now, earlier_than=article.id, apart=refused)
            second = _verdict(store, article, new, other, apart=refused)
            target = _target(store, second)
            verdict = verdict if target is None else second
    head = None if target is None else target.duplicate_of or target.id
    if target is None or head == article.id:
        target = head = None
    return _Seat(
        verdict=verdict,
        kept=kept_print(article.id, found, now=now),
        story_id=article.id if target is None else target.story_id,
        duplicate_of=head,
    )


def _target(store: Store, verdict: Verdict) -> ArticleRef | None:
    """Return the first article of the story that a verdict puts an article into."""
    return store.articles.ref(verdict.article_id) if isinstance(verdict, Duplicate) else None


def _ref(store: Store, article_id: int | None) -> ArticleRef | None:
    return None if article_id is None else store.articles.ref(article_id)


def _stories(store: Store, article_ids: Iterable[int | None]) -> set[int]:
    return {ref.story_id for number in article_ids if (ref := _ref(store, number)) is not None}


def _verdict(
    store: Store, article: PastArticle, new: Fingerprint, found: Found, *, apart: Collection[int] = ()
) -> Verdict:
    """Judge an article by those that came before it, and are in none of the stories ``apart``."""
    itself = store.articles.ref(article.id)
    if itself is None:
        return New()
    incoming = _incoming(itself, article)
    twins = store.articles.candidates(url_keys=[], canonical_key=None, content_hash=itself.content_hash)
    earlier = tuple(twin for twin in twins.by_content if twin.id < article.id and twin.story_id not in apart)
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


def _joined(verdict: Verdict) -> int | None:
    """Return the article that one joins by a verdict."""
    return (verdict.of or verdict.article_id) if isinstance(verdict, Duplicate) else None


def _join(article_id: int, verdict: Verdict) -> Join | None:
    if not isinstance(verdict, Duplicate):
        return None
    if verdict.match is None or verdict.of is None:
        return join_of(article_id, verdict.article_id, SAME_WORDS)
    return join_of(article_id, verdict.of, verdict.match)
