"""Normalize: turn a document as published into a draft of the record, one visible step after the other.

A step is any function Draft -> Draft; it never touches anything but its argument. ``CHAIN`` is their order.
A step that finds no article raises ``crawler.errors.Drop``; nothing else is ever raised.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from crawler.fingerprint import content_hash
from crawler.normalize import language as language_step
from crawler.normalize.draft import Draft, EntryFacts, draft_of, feed_document
from crawler.normalize.labels import clean_labels, describe_picture
from crawler.normalize.language import find_language
from crawler.normalize.lead import find_lead
from crawler.normalize.links import clean_links
from crawler.normalize.marked import find_citations, find_repeats
from crawler.normalize.people import find_people
from crawler.normalize.printed import find_byline, find_dateline
from crawler.normalize.publication import find_dates
from crawler.normalize.substance import refuse_shells, require_text
from crawler.normalize.text import choose_text, count_words, drop_headline
from crawler.normalize.title import clean_title
from spiders.items import Document

__all__ = ["CHAIN", "Draft", "EntryFacts", "Step", "feed_document", "normalize", "warm"]

Step = Callable[[Draft], Draft]


def fingerprinted(draft: Draft) -> Draft:
    """Set ``content_hash``."""
    return draft.with_(content_hash=content_hash(draft.text, draft.title))


def tidy_provenance(draft: Draft) -> Draft:
    """Keep provenance of fields that have a value, of those whose value was refused, and what was done to the
    text.
    """
    kept = {
        name: how
        for name, how in draft.provenance.items()
        if name in _OF_THE_TEXT
        or (
            name in _FIELDS
            and (getattr(draft, name) not in (None, "", (), {}) or how.startswith("normalize: "))
        )
    }
    return draft.with_(provenance=kept)


_OF_THE_TEXT = frozenset(["parts", "repeated"])
_FIELDS = frozenset(Draft.__dataclass_fields__) - {"document", "entry", "now", "provenance"}

CHAIN: tuple[Step, ...] = (
    refuse_shells,
    clean_links,
    clean_labels,
    describe_picture,
    choose_text,
    clean_title,
    require_text,
    drop_headline,
    find_lead,
    find_language,
    find_dateline,
    find_byline,
    find_people,
    find_dates,
    count_words,
    find_repeats,
    find_citations,
    fingerprinted,
    tidy_provenance,
)


def normalize(document: Document, entry: EntryFacts, *, now: datetime) -> Draft:
    """Take a document through the chain. ``now`` is aware.

    Raises:
        Drop: this is no article to keep (``no_text``, ``not_found``, ``blocked``).
    """
    draft = draft_of(document, entry, now=now)
    for step in CHAIN:
        draft = step(draft)
    return draft


def warm() -> None:
    """Load models, libraries and tables now, so that the first article does not wait for them."""
    language_step.warm()
    url = "https://www.example.org/a"
    entry = EntryFacts(published="21 Oktober 2025 20:43 WIB", source_language="id", summary="<p>A b.</p>")
    document = Document(url=url, requested_url=url, fetched_at=0.0, title="A")
    normalize(document, entry, now=datetime(2025, 10, 22, tzinfo=UTC))
