"""A document on its way through the chain."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any

from spiders.items import Document, TextSource

OURS = "normalize: "
"""How provenance begins where normalisation decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFacts:
    """What is known besides the page: the feed's line about the article, and the source it came from."""

    title: str | None = None
    summary: str | None = None
    """HTML or plain text."""
    content: str | None = None
    """HTML or plain text."""
    published: str | None = None
    updated: str | None = None
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    language: str | None = None
    image_url: str | None = None
    source_title: str | None = None
    source_language: str | None = None
    source_country: str | None = None
    """ISO 3166 code of two letters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An article between Document and Content: the fields of ``storage.model.Content``, and their origin.

    Steps never change a draft; they return another one (``with_``).
    """

    document: Document
    entry: EntryFacts
    now: datetime
    """Aware; dates ahead of it are not believed."""
    url: str
    canonical_url: str | None = None
    site: str = ""
    publisher: str | None = None
    title: str = ""
    lead: str | None = None
    text: str = ""
    language: str | None = None
    authors: tuple[str, ...] = ()
    byline: str | None = None
    dateline: str | None = None
    published_at: datetime | None = None
    modified_at: datetime | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    image_url: str | None = None
    word_count: int = 0
    paywalled: bool | None = None
    text_source: TextSource = "page"
    provenance: Mapping[str, str] = field(default_factory=dict)
    """Field of the record to where its value came from."""
    content_hash: str = ""
    citations: tuple[Mapping[str, Any], ...] = ()
    repeats: tuple[Mapping[str, Any], ...] = ()
    image_caption: str | None = None
    image_credit: str | None = None
    credits: tuple[str, ...] = ()
    reservations: Mapping[str, str] = field(default_factory=dict)
    reader: str | None = None

    def with_(self, how: str | None = None, **changes: Any) -> "Draft":
        """Return the draft with ``changes``; ``how`` becomes the provenance of every changed field."""
        if how is not None:
            changes["provenance"] = {**self.provenance, **dict.fromkeys(changes, how)}
        # As dataclasses.replace does, in a quarter of its time: a draft changes some twenty times.
        return Draft(**(dict(zip(_NAMES, _values(self), strict=True)) | changes))

    def noted(self, name: str, how: str) -> "Draft":
        """Return the draft with ``how`` as the provenance of one field whose value stays."""
        return self.with_(provenance={**self.provenance, name: how})

    def where(self, name: str) -> str:
        """Return the provenance of a field, empty when nothing is known about it."""
        return self.provenance.get(name, "")


_NAMES = tuple(Draft.__dataclass_fields__)
_values = attrgetter(*_NAMES)
_RENAMED = {"published": "published_at", "modified": "modified_at"}


def draft_of(document: Document, entry: EntryFacts, *, now: datetime) -> Draft:
    """Return the raw draft of a document: its plain fields as they are, the rest still empty."""
    return Draft(
        document=document,
        entry=entry,
        now=now,
        url=document.url,
        title=document.title or "",
        lead=document.lead,
        text=document.text,
        publisher=document.publisher,
        section=document.section,
        authors=document.authors,
        tags=document.tags,
        paywalled=document.paywalled,
        text_source=document.text_source,
        reservations=document.reservations,
        reader=document.reader,
        provenance={_RENAMED.get(name, name): how for name, how in document.provenance.items()},
    )


_FED = ("title", "text", "authors", "published", "modified", "language", "tags", "image_url")


def feed_document(entry: EntryFacts, *, url: str, fetched_at: float) -> Document:
    """Return the document of an article whose page cannot be had: what the feed said about it.

    ``fetched_at`` is in epoch seconds. The text stays empty here; the chain reads it from the entry's HTML.
    """
    return Document(
        url=url,
        requested_url=url,
        fetched_at=fetched_at,
        title=entry.title,
        text_source="feed",
        authors=entry.authors,
        published=entry.published,
        modified=entry.updated if entry.published else None,
        language=entry.language,
        tags=entry.tags,
        image_url=entry.image_url,
        provenance=dict.fromkeys(_FED, "feed"),
    )
