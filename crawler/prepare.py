"""Turn a document into content ready to be judged: normalize, fingerprint. Pure and CPU-bound."""

from dataclasses import dataclass, fields
from datetime import UTC, datetime

from crawler.fingerprint import comparable
from crawler.near.fingerprint import Fingerprint, fingerprint
from crawler.normalize import normalize
from crawler.normalize.draft import Draft, EntryFacts
from crawler.normalize.url import url_key
from crawler.normalize.variants import is_variant, plain_key
from spiders.items import Document
from storage.model import Content

_CONTENT_FIELDS = tuple(item.name for item in fields(Content))


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """An article ready to be judged: its content and the keys it can be recognised by."""

    content: Content
    urls: tuple[tuple[str, str], ...]
    """URL and key of every address that led to it: the one asked for, the one that answered."""
    canonical_key: str | None
    shown_key: str | None = None
    """The key of the article's own address, where the page is a view of it for print or as AMP."""
    plain_key: str | None = None
    """The key of its address without marks of other views, where the page names no address as its own."""
    comparable: bool
    """Whether the text is long enough for equal hashes to mean the same text."""
    fingerprint: Fingerprint
    """By which copies of its text are found."""
    fetched_at: datetime


def prepare(document: Document, entry: EntryFacts, *, now: float) -> Prepared:
    """Normalize a document and compute its keys. ``now`` is epoch seconds.

    Raises Drop when this is no article to keep.
    """
    draft = normalize(document, entry, now=datetime.fromtimestamp(now, UTC))
    content = content_of(draft)
    addresses = dict.fromkeys((document.requested_url, document.url, content.url, *document.joined))
    canonical = content.canonical_url
    shown = canonical if canonical and is_variant(content.url, canonical) else None
    if shown:
        addresses[shown] = None
    return Prepared(
        content=content,
        urls=tuple((url, url_key(url)) for url in addresses),
        canonical_key=url_key(canonical) if canonical else None,
        shown_key=url_key(shown) if shown else None,
        plain_key=plain_key(content.url) if canonical in (None, content.url) else None,
        comparable=comparable(content.text),
        fingerprint=fingerprint(content.text),
        fetched_at=datetime.fromtimestamp(document.fetched_at, UTC),
    )


def content_of(draft: Draft) -> Content:
    """Return what is kept of a draft."""
    return Content(**{name: getattr(draft, name) for name in _CONTENT_FIELDS})
