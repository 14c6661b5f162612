"""One prepared document on its way into the store: judge it, save it, end its entry, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from crawler.changes import changed_fields, is_added, is_other_page, is_reread
from crawler.judge import Duplicate, Incoming, New, Reread, Revised, Unchanged, Verdict, judge, judge_copy
from crawler.likeness import Found, Likeness, join_of, kept_print
from crawler.near.match import SAME_WORDS, Match
from crawler.normalize.draft import EntryFacts
from crawler.normalize.key import url_key
from crawler.normalize.variants import is_lesser_view
from crawler.prepare import Prepared
from crawler.watching import Had, look_later, watch
from spiders.readers.version import version_of
from storage.errors import PageDamaged
from storage.looks import Revisit
from storage.model import ArticleRef, Content, Entry, EntryOutcome, Lease, Source
from storage.pages import PackedPages
from storage.spent import is_long
from storage.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """How a document ended."""

    outcome: EntryOutcome
    reason: str | None
    article_id: int


@dataclass(frozen=True, slots=True)
class Strange:
    """The page that answered for an article is another one: that of a kept article, if it has a number."""

    article_id: int | None


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
    likeness: Likeness,
    now: float,
    reason: str | None = None,
    had: Had | None = None,
    pages: PackedPages | None = None,
) -> Saved:
    """Judge a prepared article against the store and keep it; the entry ends in the same transaction.

    ``likeness`` finds what it may be a copy of; ``reason`` says why the text is not the page's own, if so;
    ``had`` how the page was had, if it is to be looked at again; ``pages`` what it was read
    from. Raises LeaseLost when the host was taken
    over; without a lease (a page of an archive) nobody can take it over.
    """
    with store.transaction():
        verdict, article_id = _judged(
            store,
            prepared,
            entry,
            again=_is_again(entry),
            looked=False,
            likeness=likeness,
            now=now,
        )
        if entry.source_id is None:  # somebody wants it: it may be an article again
            store.pruned.readmit([entry.url_key, *(key for _, key in prepared.urls)])
        saved = Saved(outcome=_outcome(verdict), reason=reason or _reason(verdict), article_id=article_id)
        store.entries.finish(
            entry, outcome=saved.outcome, reason=saved.reason, article_id=article_id, now=now, lease=lease
        )
        _keep_pages(store, pages, verdict, article_id, prepared, entry, now=now)
        if had is not None:
            watch(store, article_id, prepared.content, entry, had, added=_is_added(verdict), now=now)
    return saved


def save_again(
    store: Store,
    prepared: Prepared,
    *,
    revisit: Revisit,
    lease: Lease,
    likeness: Likeness,
    now: float,
    had: Had,
    pages: PackedPages | None = None,
) -> Saved | Strange:
    """Keep what a further look at an article found; its next look is planned in the same transaction.

    The entry through which it was looked at stays as it ended. A page that is not the article's is not kept.
    Raises LeaseLost when the host was taken over.
    """
    entry = revisit.entry
    with store.transaction():
        kept = store.articles.get(revisit.article_id)
        answering = store.articles.by_keys([key for _, key in prepared.urls if key != entry.url_key])
        if answering is not None and answering.id != kept.id:
            return Strange(answering.id)
        if is_other_page(kept.content, prepared.content):
            return Strange(None)
        verdict, article_id = _judged(
            store, prepared, entry, again=True, looked=True, likeness=likeness, now=now
        )
        _keep_pages(store, pages, verdict, article_id, prepared, entry, now=now)
        returned = watch(store, article_id, prepared.content, entry, had, added=False, now=now)
        look_later(store, revisit, kept.content, had.plan, lease=lease, now=now)
    return Saved(outcome=_outcome(verdict), reason="returned" if returned else None, article_id=article_id)


def _judged(
    store: Store,
    prepared: Prepared,
    entry: Entry,
    *,
    again: bool,
    looked: bool,
    likeness: Likeness,
    now: float,
) -> tuple[Verdict, int]:
    """Judge a prepared article and write what the verdict asks for; returns it and the article's number.

    A planned look (``looked``) goes to the page that was chosen for it, which never counts as another view.
    """
    content = prepared.content
    urls = addresses(prepared, entry)
    candidates = store.articles.candidates(
        url_keys=[entry.url_key, *([prepared.shown_key] if prepared.shown_key else [])],
        answered_keys=_also_meant(prepared, entry),
        canonical_key=prepared.canonical_key,
        content_hash=content.content_hash,
    )
    incoming = _incoming(prepared, entry, again=again)
    if candidates.by_url is not None:
        kept = store.articles.get(candidates.by_url.id).content
        if not looked and _is_other_view(prepared, entry, kept):
            incoming = replace(incoming, variant=True)
        else:
            incoming = _compared(store, candidates.by_url, incoming, kept, content)
    verdict = judge(incoming, candidates)
    found = _alike(store, likeness, prepared, verdict, now=now)
    if found is not None and verdict == New():
        verdict = _copy(store, incoming, prepared, found)
    article_id = _keep(store, verdict, prepared, urls=urls, source_id=entry.source_id)
    if found is not None:
        _keep_found(store, article_id, verdict, found, now=now)
    return verdict, article_id


def addresses(prepared: Prepared, entry: Entry) -> tuple[tuple[str, str], ...]:
    """Return the URLs that lead to an article, each with its key, the entry's own first."""
    # A redirect adds an address: the entry's own key must lead to the article as well.
    return tuple(dict.fromkeys(((entry.url, entry.url_key), *prepared.urls)))


def copied(prepared: Prepared, entry: Entry, original: ArticleRef, match: Match) -> Verdict:
    """Judge an article that is not known by address or content by the kept one that it agrees with most."""
    incoming = _incoming(prepared, entry, again=_is_again(entry))
    return judge_copy(incoming, original, match, size=prepared.fingerprint.size)


def _is_again(entry: Entry) -> bool:
    return entry.visits > 0 or entry.source_id is None


def _is_added(verdict: Verdict) -> bool:
    return isinstance(verdict, New) or (isinstance(verdict, Duplicate) and not verdict.same_article)


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
        if is_long(entry):
            store.revisits.over(article.id)
    return Saved(outcome="duplicate", reason="same_url", article_id=article.id)


def _also_meant(prepared: Prepared, entry: Entry) -> list[str]:
    """Return the keys of further addresses at which the article may be known."""
    keys = [key for _, key in prepared.urls if key != entry.url_key]
    return [*keys, prepared.plain_key] if prepared.plain_key else keys


def _is_other_view(prepared: Prepared, entry: Entry, kept: Content) -> bool:
    """Tell whether a page shows in another way what was kept from the article's own address, or another view.

    It says nothing about whether that changed, for it is dressed otherwise; and it is not to take its place.
    """
    url, own = prepared.content.url, url_key(kept.url)
    if prepared.shown_key is not None:
        return own != url_key(url)
    if prepared.plain_key == own:
        return True
    return is_lesser_view(url, kept.url) and is_lesser_view(entry.url, kept.url)


def _compared(
    store: Store, known: ArticleRef, incoming: Incoming, kept: Content, content: Content
) -> Incoming:
    """Add what differs from the article that stands at the same address, and whether that is an edit."""
    changes = changed_fields(kept, content)
    reread = is_reread(kept, content, changes) and not _added_to(store, known.id, kept, content)
    return replace(incoming, changes=changes, reread=reread)


def _added_to(store: Store, article_id: int, kept: Content, content: Content) -> bool:
    """Tell whether the publisher added to a text, by the page it was read from, where that is kept."""
    try:
        pages = store.pages.of(article_id)
    except PageDamaged:
        return False
    return is_added(kept.text, content.text, "".join(page.body.decode("utf-8", "replace") for page in pages))


def _incoming(prepared: Prepared, entry: Entry, *, again: bool) -> Incoming:
    content = prepared.content
    return Incoming(
        site=content.site,
        title=content.title,
        content_hash=content.content_hash,
        comparable=prepared.comparable,
        text_source=content.text_source,
        revisit=again,
        captured_at=prepared.fetched_at.timestamp() if entry.archive_id is not None else None,
    )


def _alike(
    store: Store, likeness: Likeness, prepared: Prepared, verdict: Verdict, *, now: float
) -> Found | None:
    """Compare a text that is going to be kept with those there are; None when it is not going to be."""
    match verdict:
        case Unchanged() | Duplicate(same_article=True):
            return None
        case Revised(article_id) | Reread(article_id):
            return likeness.find(store, prepared.fingerprint, now=now, itself=article_id)
        case _:
            return likeness.find(store, prepared.fingerprint, now=now)


def _copy(store: Store, incoming: Incoming, prepared: Prepared, found: Found) -> Verdict:
    """Judge an article that is not known by address or content by what it resembles."""
    if found.best is None:
        return New()
    number, match = found.best
    original = store.articles.ref(number)
    if original is None:
        return New()
    return judge_copy(incoming, original, match, size=prepared.fingerprint.size)


def _keep_found(store: Store, article_id: int, verdict: Verdict, found: Found, *, now: float) -> None:
    """Keep by what copies of a text are found, and why it is one itself."""
    keep = store.fingerprints.put if isinstance(verdict, Revised | Reread) else store.fingerprints.add
    keep([kept_print(article_id, found, now=now)])
    match verdict:
        case Duplicate(match=Match() as match, of=int(other)):
            store.fingerprints.join(join_of(article_id, other, match))
        case Duplicate(original):
            store.fingerprints.join(join_of(article_id, original, SAME_WORDS))


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
        case Revised(article_id) | Reread(article_id):
            store.articles.revise(
                article_id,
                prepared.content,
                url_keys=urls,
                source_id=source_id,
                fetched_at=prepared.fetched_at,
                canonical_key=prepared.canonical_key,
                kind="reread" if isinstance(verdict, Reread) else "published",
            )
            if isinstance(verdict, Reread):
                store.articles.seen(article_id, url_keys=(), source_id=None, seen_at=prepared.fetched_at)
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


def _keep_pages(
    store: Store,
    pages: PackedPages | None,
    verdict: Verdict,
    article_id: int,
    prepared: Prepared,
    entry: Entry,
    *,
    now: float,
) -> None:
    """Keep what a text was read from, unless it was met under another address than the article's own."""
    if pages is not None and not (isinstance(verdict, Duplicate) and verdict.same_article):
        keep_pages(store, pages, article_id, prepared, entry, now=now)


def keep_pages(
    store: Store, pages: PackedPages, article_id: int, prepared: Prepared, entry: Entry, *, now: float
) -> None:
    """Keep what the newest text of an article was read from, with the version that read it."""
    reader = prepared.content.reader and version_of(prepared.content.reader)
    store.pages.keep(pages, article_id=article_id, entry_id=entry.id, reader=reader, now=now)


def _outcome(verdict: Verdict) -> EntryOutcome:
    match verdict:
        case New():
            return "stored"
        case Revised():
            return "revised"
        case Unchanged() | Reread():
            return "unchanged"
        case Duplicate():
            return "duplicate"


def _reason(verdict: Verdict) -> str | None:
    return verdict.reason if isinstance(verdict, Duplicate) else None
