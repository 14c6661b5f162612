"""One prepared document on its way into the store: judge it, save it, end its entry, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from crawler.changes import changed_fields
from crawler.judge import Duplicate, Incoming, New, Revised, Unchanged, Verdict, judge
from crawler.normalize.draft import EntryFacts
from crawler.prepare import Prepared
from storage.model import ArticleRef, Content, Entry, EntryOutcome, Lease, Source
from storage.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """How a document ended."""

    outcome: EntryOutcome
    reason: str | None
    article_id: int


def facts(entry: Entry, source: Source | None) -> EntryFacts:
    """Gather what the feed said about an article, for the normalizers."""
    return EntryFacts(
        title=entry.title,
        summary=entry.summary,
        content=entry.content,
        published=entry.published,
        updated=entry.updated,
        authors=entry.authors,
        tags=entry.tags,
        language=entry.language,
        image_url=entry.image_url,
        source_title=source.title if source else None,
        source_language=source.language if source else None,
        source_country=source.country if source else None,
    )


def save(
    store: Store,
    prepared: Prepared,
    *,
    entry: Entry,
    lease: Lease | None,
    now: float,
    reason: str | None = None,
) -> Saved:
    """Judge a prepared article against the store and keep it; the entry ends in the same transaction.

    ``reason`` says why the text is not the page's own, if so. Raises LeaseLost when the host was taken over;
    without a lease (a page of an archive) nobody can take it over.
    """
    content = prepared.content
    # A redirect adds an address: the entry's own key must lead to the article as well.
    urls = tuple(dict.fromkeys(((entry.url, entry.url_key), *prepared.urls)))
    with store.transaction():
        candidates = store.articles.candidates(
            url_keys=[entry.url_key],
            answered_keys=[key for _, key in prepared.urls if key != entry.url_key],
            canonical_key=prepared.canonical_key,
            content_hash=content.content_hash,
        )
        verdict = judge(_incoming(prepared, entry, _changes(store, candidates.by_url, content)), candidates)
        article_id = _keep(store, verdict, prepared, urls=urls, source_id=entry.source_id)
        saved = Saved(outcome=_outcome(verdict), reason=reason or _reason(verdict), article_id=article_id)
        store.entries.finish(
            entry.id, outcome=saved.outcome, reason=saved.reason, article_id=article_id, now=now, lease=lease
        )
    return saved


def join_known(store: Store, *, entry: Entry, lease: Lease, now: float) -> Saved | None:
    """End an entry whose address is already known, without fetching it; None when it is not known."""
    with store.transaction():
        article = store.articles.by_keys([entry.url_key])
        if article is None:
            return None
        store.articles.seen(
            article.id,
            url_keys=[(entry.url, entry.url_key)],
            source_id=entry.source_id,
            seen_at=datetime.fromtimestamp(now, UTC),
        )
        store.entries.finish(
            entry.id, outcome="duplicate", reason="same_url", article_id=article.id, now=now, lease=lease
        )
    return Saved(outcome="duplicate", reason="same_url", article_id=article.id)


def _changes(store: Store, known: ArticleRef | None, content: Content) -> tuple[str, ...]:
    """Return what a publisher changed in the article that stands at the same address."""
    return () if known is None else changed_fields(store.articles.get(known.id).content, content)


def _incoming(prepared: Prepared, entry: Entry, changes: tuple[str, ...]) -> Incoming:
    content = prepared.content
    return Incoming(
        site=content.site,
        title=content.title,
        content_hash=content.content_hash,
        comparable=prepared.comparable,
        text_source=content.text_source,
        changes=changes,
        revisit=entry.visits > 0 or entry.source_id is None,
        captured_at=prepared.fetched_at.timestamp() if entry.archive_id is not None else None,
    )


def _keep(
    store: Store,
    verdict: Verdict,
    prepared: Prepared,
    *,
    urls: Sequence[tuple[str, str]],
    source_id: int | None,
) -> int:
    """Write what the verdict asks for and return the article's id."""
    match verdict:
        case Revised(article_id):
            store.articles.revise(
                article_id,
                prepared.content,
                url_keys=urls,
                source_id=source_id,
                fetched_at=prepared.fetched_at,
                canonical_key=prepared.canonical_key,
            )
            return article_id
        case Unchanged(article_id) | Duplicate(article_id, same_article=True):
            store.articles.seen(article_id, url_keys=urls, source_id=source_id, seen_at=prepared.fetched_at)
            return article_id
        case New() | Duplicate():
            return store.articles.add(
                prepared.content,
                url_keys=urls,
                source_id=source_id,
                fetched_at=prepared.fetched_at,
                duplicate_of=verdict.article_id if isinstance(verdict, Duplicate) else None,
                canonical_key=prepared.canonical_key,
            )


def _outcome(verdict: Verdict) -> EntryOutcome:
    match verdict:
        case New():
            return "stored"
        case Revised():
            return "revised"
        case Unchanged():
            return "unchanged"
        case Duplicate():
            return "duplicate"


def _reason(verdict: Verdict) -> str | None:
    return verdict.reason if isinstance(verdict, Duplicate) else None
