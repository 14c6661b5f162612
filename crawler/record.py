"""The record: an article as people and programs get it, the same in every export and answer.

Times are RFC 3339 with the offset the publisher gave; UTC is written ``+00:00``, never ``Z``. What is
unknown is null; lists are never null.
"""

from datetime import datetime
from typing import Any

from storage.model import Article, Content, Revision
from storage.values import in_utc

FIELDS = (
    *(
        "id",
        "url",
        "canonical_url",
        "site",
        "publisher",
        "title",
        "lead",
        "text",
        "language",
        "authors",
        "byline",
    ),
    *(
        "dateline",
        "published_at",
        "modified_at",
        "first_seen_at",
        "last_seen_at",
        "fetched_at",
        "section",
        "tags",
    ),
    *("image_url", "word_count", "paywalled", "text_source", "provenance", "content_hash", "revision"),
    *("story_id", "duplicate_of", "sources", "citations", "repeats"),
    *("image_caption", "image_credit", "credits", "reservations", "reader", "withdrawn_at"),
)
"""Names of a record's fields, in order."""
REVISION_FIELDS = (
    *(
        "article_id",
        "revision",
        "kind",
        "seen_at",
        "url",
        "canonical_url",
        "site",
        "publisher",
        "title",
        "lead",
        "text",
    ),
    *(
        "language",
        "authors",
        "byline",
        "dateline",
        "published_at",
        "modified_at",
        "section",
        "tags",
        "image_url",
    ),
    *("word_count", "paywalled", "text_source", "provenance", "content_hash", "citations", "repeats"),
    *("image_caption", "image_credit", "credits", "reservations", "reader"),
)
"""Names of a revision's fields, in order."""


def record(article: Article) -> dict[str, Any]:
    """Return an article as a JSON-ready dict with the fields of ``FIELDS``, in that order."""
    values = _content(article.content) | {
        "id": article.id,
        "first_seen_at": timestamp(article.first_seen_at),
        "last_seen_at": timestamp(article.last_seen_at),
        "fetched_at": timestamp(article.fetched_at),
        "revision": article.revision,
        "story_id": article.story_id,
        "duplicate_of": article.duplicate_of,
        "sources": list(article.sources),
        "withdrawn_at": timestamp(article.withdrawn_at),
    }
    return {name: values[name] for name in FIELDS}


def revision_record(revision: Revision) -> dict[str, Any]:
    """Return one revision as a JSON-ready dict with the fields of ``REVISION_FIELDS``, in that order."""
    values = _content(revision.content) | {
        "article_id": revision.article_id,
        "revision": revision.number,
        "kind": revision.kind,
        "seen_at": timestamp(revision.seen_at),
    }
    return {name: values[name] for name in REVISION_FIELDS}


def content_record(content: Content) -> dict[str, Any]:
    """Return content as a JSON-ready dict: the fields of a record that come from the page, in order."""
    values = _content(content)
    return {name: values[name] for name in FIELDS if name in values}


def nothing(url: str | None = None) -> dict[str, Any]:
    """Return the fields of ``content_record`` for a page of which nothing could be read."""
    empty: dict[str, Any] = {name: [] if name in _LISTS else None for name in FIELDS if name in _FROM_PAGE}
    return empty | {"url": url, "title": "", "text": "", "provenance": {}, "reservations": {}}


_LISTS = frozenset(["authors", "tags", "citations", "repeats", "credits"])
_FROM_PAGE = frozenset(Content.__dataclass_fields__)


def _content(content: Content) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(content, name) for name in Content.__dataclass_fields__}
    return values | {
        "authors": list(content.authors),
        "published_at": timestamp(content.published_at),
        "modified_at": timestamp(content.modified_at),
        "tags": list(content.tags),
        "provenance": dict(content.provenance),
        "citations": [dict(citation) for citation in content.citations],
        "repeats": [dict(repeat) for repeat in content.repeats],
        "credits": list(content.credits),
        "reservations": dict(content.reservations),
    }


def timestamp(moment: datetime | None) -> str | None:
    """Return a time as RFC 3339 with its offset (naive ones are UTC); None stays None."""
    return None if moment is None else aware(moment).isoformat()


def aware(moment: datetime) -> datetime:
    """Return a time with an offset without seconds, as RFC 3339 and RFC 5322 want it; naive ones are UTC."""
    offset = moment.utcoffset()
    return in_utc(moment) if offset is None or offset.total_seconds() % 60 else moment
