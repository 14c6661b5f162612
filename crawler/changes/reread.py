"""What a kept page is read again with, and what that changed. Pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import fields, replace
from html import escape
from typing import Any

from crawler.normalize.characters import folded
from crawler.normalize.draft import OURS, EntryFacts
from crawler.normalize.people import credited
from spiders.readers.byline import is_agency
from storage.model import Content
from storage.values import clean

FROM_ROBOTS = "robots.txt"
"""What the robots.txt of a site reserved is not on the page: it is known from when that was fetched."""
_OF_THE_READER = frozenset(["reader", "provenance"])
_DERIVED = frozenset(["word_count", "content_hash"])
_FEED = re.compile(r"\bfeed\b")
_NOT_BELIEVED = "unknown"
"""Stands for a date that a feed stated and that could not be believed."""


def line_then(line: EntryFacts, content: Content) -> EntryFacts:
    """Return what a feed said when a page came, by what its article owes to that; ``line`` is said since.

    What the article owes to the page alone is left to the page: a date that the feed moves, or says for the
    first time, must not come to a text that was there before. Headlines, languages and the same names only
    say which of the page's are to be believed, and nothing where the article has none.
    """
    fed = _fed(content)
    modified, own_words = content.modified_at, content.provenance.get("title", "").startswith(OURS)
    return replace(
        line,
        title=content.title if "title" in fed else None if own_words else line.title,
        summary=escape(content.lead or "", quote=False) if "lead" in fed else None,
        content=None,
        published=_published_then(content, fed),
        updated=modified.isoformat() if modified and "modified_at" in fed else None,
        authors=_authors_then(line, content, fed),
        tags=content.tags if "tags" in fed else (),
        language=content.language if "language" in fed or not content.language else line.language,
        image_url=content.image_url if "image_url" in fed else None,
    )


def _published_then(content: Content, fed: frozenset[str]) -> str | None:
    if fed.isdisjoint(("published_at", "modified_at")):
        return None
    # A feed's change is one beside its date of publication alone, be that believed or not.
    return content.published_at.isoformat() if content.published_at else _NOT_BELIEVED


def _authors_then(line: EntryFacts, content: Content, fed: frozenset[str]) -> tuple[str, ...]:
    agencies = tuple(filter(is_agency, content.credits))
    own = (*content.authors, *agencies)
    if "authors" in fed:
        return own
    said = credited(line.authors)
    names = {*map(folded, (*said.people, *said.others))}
    authors = {*map(folded, content.authors)}
    if authors and authors <= names <= authors.union(map(folded, content.credits)):
        return line.authors
    # An agency may be the feed's word beside names of the page: it is taken with these names alone.
    return own if agencies else ()


def with_lead(line: EntryFacts, content: Content) -> EntryFacts:
    """Return a feed's line with the lead that an article owes to it, where its texts were emptied since."""
    if line.summary is not None or "lead" not in _fed(content):
        return line
    return replace(line, summary=escape(content.lead or "", quote=False))


def _fed(content: Content) -> frozenset[str]:
    """Return the fields that an article owes to a feed, if only in part."""
    return frozenset(name for name, how in content.provenance.items() if _FEED.search(how))


def remembering(new: Content, old: Content) -> Content:
    """Return a content read again with what was known of the old one and is not on its page."""
    if FROM_ROBOTS not in old.reservations:
        return new
    reserved = {**new.reservations, FROM_ROBOTS: old.reservations[FROM_ROBOTS]}
    return replace(new, reservations=reserved)


def differing(old: Content, new: Content) -> tuple[str, ...]:
    """Return the fields that are not the same; where a value was found, and by whom, does not count."""
    names = [item.name for item in fields(Content) if item.name not in _OF_THE_READER]
    found = [name for name in names if _plain(getattr(old, name)) != _plain(getattr(new, name))]
    return tuple(name for name in found if name not in _DERIVED) or tuple(found)


def _plain(value: Any) -> str:
    """Return a value as it is when it has been kept: tuples are lists, and keys have no order."""
    return clean(json.dumps(value, default=_other, sort_keys=True, ensure_ascii=False))


def _other(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else str(value)
