"""Is this article new, a new text of a known one, or the same again? Pure: kept candidates are passed in."""

from dataclasses import dataclass

from crawler.near.match import SHORT, Match
from storage.model import ArticleRef, Candidates, TextSource


@dataclass(frozen=True, slots=True)
class New:
    """Never seen: keep it."""


@dataclass(frozen=True, slots=True)
class Revised:
    """A known article whose text changed: keep the new text as its next revision."""

    article_id: int


@dataclass(frozen=True, slots=True)
class Reread:
    """A known article whose page another version of the reader reads otherwise: keep its text, as no edit."""

    article_id: int


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A known article, looked at again, as it was."""

    article_id: int


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The same article under another URL or from another source (``same_article``), or another outlet's
    copy of it, which is kept as an article of its own that points to the first."""

    article_id: int
    reason: str
    same_article: bool
    match: Match | None = None
    """What a copy that is not the same letter by letter has in common with ``of``."""
    of: int | None = None
    """The article that it agrees with most; ``article_id`` is the first of that one's story."""


Verdict = New | Revised | Reread | Unchanged | Duplicate


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """What is known of the article to judge."""

    site: str
    title: str
    content_hash: str
    comparable: bool
    """Whether the text is long enough for equal hashes to mean the same text."""
    text_source: TextSource
    changes: tuple[str, ...] = ()
    """What differs from the article at the same address."""
    reread: bool = False
    """Whether another version of the reader explains all that differs."""
    revisit: bool
    """Whether this very entry was fetched before."""
    variant: bool = False
    """Whether the page is another view (for print, as AMP ...) of an article whose own page was read."""
    captured_at: float | None = None
    """Epoch seconds at which an archive captured it; None when it was fetched just now."""


def judge(incoming: Incoming, candidates: Candidates) -> Verdict:
    """Decide what the incoming article is, from the strongest evidence to the weakest: URL, canonical, text.

    A false merge loses an article for ever, a missed one costs a row: claims of a page about itself
    (its canonical URL) are believed only when title or text agree.
    """
    if candidates.by_url is not None and incoming.variant:
        return Duplicate(candidates.by_url.id, "same_canonical", same_article=True)
    if candidates.by_url is not None:
        return _same_url(incoming, candidates.by_url)
    known = candidates.by_canonical
    if known is not None and (_same_text(incoming, known) or _same_title(incoming, known)):
        return Duplicate(known.id, "same_canonical", same_article=True)
    return _by_text(incoming, candidates.by_content)


def judge_copy(incoming: Incoming, original: ArticleRef, match: Match, *, size: int) -> Verdict:
    """Decide whether an article that agrees with a kept one is a copy of it; ``size`` is that of its text.

    One site may print one short text under many pages (a notice to subscribers): there the title must agree.
    """
    if size < SHORT and original.site == incoming.site and not _same_title(incoming, original):
        return New()
    first = original.duplicate_of or original.id
    return Duplicate(first, "near", same_article=False, match=match, of=original.id)


def _same_url(incoming: Incoming, known: ArticleRef) -> Verdict:
    # What a feed carries is an excerpt: it says nothing about whether the page changed.
    if incoming.changes and incoming.text_source != "feed":
        if incoming.captured_at is not None and incoming.captured_at < known.last_seen_at:
            # The article may have had this text once; it is not its newest, and never becomes that.
            return Duplicate(known.id, "older_text", same_article=True)
        return Reread(known.id) if incoming.reread else Revised(known.id)
    if incoming.revisit:
        return Unchanged(known.id)
    return Duplicate(known.id, "same_url", same_article=True)


def _by_text(incoming: Incoming, twins: tuple[ArticleRef, ...]) -> Verdict:
    if not incoming.comparable:
        return New()
    for twin in twins:
        # One site may print one text under many pages (a paywall notice): there the title must agree too.
        if twin.site == incoming.site and _same_title(incoming, twin):
            return Duplicate(twin.id, "same_text", same_article=True)
    for twin in twins:
        if twin.site != incoming.site:
            return Duplicate(twin.duplicate_of or twin.id, "syndicated", same_article=False)
    return New()


def _same_text(incoming: Incoming, known: ArticleRef) -> bool:
    return incoming.comparable and incoming.content_hash == known.content_hash


def _same_title(incoming: Incoming, known: ArticleRef) -> bool:
    return incoming.title.casefold().split() == known.title.casefold().split()
