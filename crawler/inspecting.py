"""A page read without a store, with all that led to what was found. Pure but for the file it may stand in."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crawler.errors import Drop
from crawler.inspected import NOWHERE, Change, Given, Inspected
from crawler.joined import joined
from crawler.normalize import CHAIN
from crawler.normalize.draft import Draft, EntryFacts, draft_of
from crawler.prepare import content_of
from crawler.record import FIELDS, content_record, nothing, timestamp
from spiders.errors import ParseError
from spiders.items import Document
from spiders.readers import page
from spiders.readers.body.template import Template
from spiders.readers.glance import glance
from spiders.readers.unpack import unpacked
from spiders.sites import rule_for

_NOBODY = EntryFacts()
"""What is known besides the page: nothing, because no feed listed it."""
_NO_PAGE = frozenset(["pdf", "image", "binary", "feed"])
"""What is refused by its first bytes: nothing of it is decoded or parsed."""
_UNTOLD = frozenset(["document", "entry", "now", "provenance"])


def inspect(given: Given, *, steps: bool) -> Inspected:
    """Read a page and normalize it, without a feed's line. ``steps``: also tell how it went.

    Never raises for anything a page holds; OSError when the file cannot be read.
    """
    body = given.body
    try:
        body = _file(given.path) if given.path else body
        document = _document(body, given)
    except ParseError as error:
        is_page = error.reason not in _NO_PAGE
        seen = (
            glance(body, url=given.url or NOWHERE, content_type=given.content_type)
            if steps and is_page
            else ()
        )
        return Inspected(record=nothing(given.url), reason=error.reason, error=error.message, steps=seen)
    found = _normalized(document, given)
    if not steps:
        return replace(found, changes=())
    seen = glance(body, url=document.url, content_type=given.content_type)
    repeated = [("site repeats", _repeated(document, given.template))] if given.template else []
    several = [("pages", words)] if (words := _pages(document)) else []
    return replace(found, steps=(*seen, ("site rule", _ruled(document)), *repeated, *several))


def _pages(document: Document) -> str:
    """What is known of an article that is printed on several pages, in words; empty for one on one page."""
    if joined_from := document.provenance.get("parts"):
        return f"the article is printed on several; joined: {joined_from}"
    if not document.parts and document.parts.number == 1:
        return ""
    further = document.parts.whole or next(iter(document.parts.numbered), "")
    return f"number {document.parts.number} of an article that is printed on several" + (
        f"; not joined: {further}" if further else ""
    )


def _repeated(document: Document, template: Template) -> str:
    """What the store knows to repeat on the page's site, and how much of it is here, in words."""
    known = len(template.often | template.now_and_then)
    here = document.provenance.get("repeated", "none")
    return f"paragraphs known from its articles: {known}; left out here: {here}"


def _ruled(document: Document) -> str:
    """What the rule of the page's site said, in words."""
    rule = rule_for(document.url, _moment(document.fetched_at).date())
    if rule is None:
        return "none"
    where = f"site:{rule.name}"
    offered = [
        name for name, found in document.candidates.items() if any(one.where == where for one in found)
    ]
    has_text = document.provenance.get("text") == where
    if not offered and not has_text:
        return f"{rule.name} finds nothing, as if the layout had changed: the page is read as any other"
    text = "the text" if has_text else "not the text, which is looked for as usual"
    left = len(document.left_out) if has_text else 0
    words = f"; it leaves out what else stands there ({left})" if left else ""
    return f"{rule.name} finds {', '.join((*offered, text))}{words}"


def _file(path: str) -> bytes:
    """The bytes of a file, unpacked; what is longer than any page is cut behind that."""
    with Path(path).open("rb") as file:
        return unpacked(file.read(page.MAX_BYTES + 1), url=path)


def _document(body: bytes, given: Given) -> Document:
    document = _read(body, given, given.url or NOWHERE)
    if given.others:
        others = [_read(other.body, other, other.url or NOWHERE) for other in given.others]
        return joined([document, *others], missing=given.missing)
    if given.url is None and document.canonical_url and not document.canonical_url.startswith(NOWHERE):
        return _read(body, given, document.canonical_url)
    return document


def _read(body: bytes, given: Given, url: str) -> Document:
    return page.read_page(
        body,
        url=url,
        content_type=given.content_type,
        requested_url=given.requested_url or url,
        fetched_at=given.fetched_at,
        truncated=given.truncated,
        x_robots_tag=given.x_robots_tag,
        headers=given.headers,
        template=given.template,
    )


def _normalized(document: Document, given: Given) -> Inspected:
    """Take a document through all steps of the chain, also behind one that would have dropped it."""
    draft = draft_of(document, _NOBODY, now=_moment(given.fetched_at))
    changes: list[Change] = []
    dropped: Drop | None = None
    for step in CHAIN:
        try:
            after = step(draft)
        except Drop as drop:
            dropped = dropped or drop
            continue
        changes += _changes(step.__name__, draft, after)
        draft = after
    return Inspected(
        record=_record(draft),
        reason=dropped.reason if dropped else None,
        error=dropped.message if dropped else None,
        document=document,
        changes=tuple(changes),
    )


def _changes(step: str, before: Draft, after: Draft) -> Iterator[Change]:
    """The fields of the record that a step changed."""
    for name in Draft.__dataclass_fields__:
        old, new = getattr(before, name), getattr(after, name)
        if name not in _UNTOLD and old is not new and old != new:
            yield Change(step, name, old, new)


def _record(draft: Draft) -> dict[str, Any]:
    values = content_record(content_of(draft))
    values["fetched_at"] = timestamp(_moment(draft.document.fetched_at))
    return {name: values[name] for name in FIELDS if name in values}


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
