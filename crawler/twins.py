"""Recognise a source that is followed already under another address: feeds have many of them."""

import hashlib

from crawler.discovery import Candidate
from crawler.normalize.url import clean_url, url_key
from crawler.ranking import newest_first, same_list
from storage.model import Source
from storage.store import Store

FEWEST = 5
"""Entries that a document must have in common with a source to be the same one."""
MOST = 500
"""Entries of a document that are compared."""
SHARED = 0.5
"""Share of its entries that a source brought already, from which a document is believed to be that source."""
_LIKELIEST = 3


def same_source(store: Store, candidate: Candidate) -> Source | None:
    """Return the followed source that a candidate is under another address, if there is one.

    It is when the address is the same, the document is the same to the byte, the document says that it is
    that source and shares entries with it, or its newest entries are those that a source of its kind brought.
    A document that stands behind a source, such as a part of a sitemap index, means that source.
    """
    found = _by_address(store, candidate) or store.sources.by_body(_body_hash(candidate))
    if found is not None and found.parent_id is not None:
        return next(reversed(store.sources.lineage(found.id)), found)
    return found or _carrier(store, candidate)


def _by_address(store: Store, candidate: Candidate) -> Source | None:
    for url in dict.fromkeys((candidate.url, candidate.fetch.requested_url, candidate.fetch.url)):
        known = store.sources.by_url(url)
        if known is not None and known.state != "once":
            return known
    return None


def _body_hash(candidate: Candidate) -> str:
    return hashlib.sha256(candidate.fetch.body).hexdigest()


def _carrier(store: Store, candidate: Candidate) -> Source | None:
    keys = list(dict.fromkeys(url_key(entry.link) for entry in newest_first(candidate.facts.feed)))[:MOST]
    carried = store.entries.carriers(keys)
    likely = sorted(carried, key=lambda number: -carried[number][0])[:_LIKELIEST]
    sources = store.sources.by_ids(likely)
    for number in likely:
        source = sources.get(number)
        if source is None or source.state == "once" or source.kind != candidate.facts.kind:
            continue
        count, first_id = carried[number]
        if source.url == _own_address(candidate) and count >= len(keys) * SHARED:
            return source
        if count < FEWEST:
            continue
        brought = store.entries.newest_keys(number, first_id=first_id, limit=2 * MOST)
        if same_list(keys, brought):
            return source
    return None


def _own_address(candidate: Candidate) -> str | None:
    """The address that a document gives itself. Copied templates give that of another, so it is no proof."""
    return clean_url(candidate.facts.feed.self_url or "", candidate.url)
