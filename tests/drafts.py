"""Drafts as the chain of normalizing makes them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from crawler.normalize import EntryFacts, normalize
from crawler.normalize.draft import Draft
from spiders.items import Document


def drafter(page: Document, now: datetime) -> Callable[..., Draft]:
    """Return what makes the draft of a page, as a feed tells of it, with fields of the page changed."""

    def draft(entry: EntryFacts | None = None, **changes: object) -> Draft:
        return normalize(replace(page, **changes), entry or EntryFacts(), now=now)  # type: ignore[arg-type]  # of any field

    return draft
