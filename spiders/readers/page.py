"""Read an article page: bytes in, Document out, every field with where it was found."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from spiders.errors import NotAnArticle
from spiders.items import Candidate, Document, Fetch
from spiders.readers import fields
from spiders.readers.belief import best, ranked
from spiders.readers.body.segment import TooManyElements
from spiders.readers.body.template import Template
from spiders.readers.decode import decode
from spiders.readers.discover import is_binary, sniff
from spiders.readers.head import Head, read_head
from spiders.readers.parts import other_parts
from spiders.readers.reservations import reservations
from spiders.readers.ruled import offers_of, ruled_text
from spiders.readers.search_date import searched_day
from spiders.readers.text import Text, article_text
from spiders.readers.tree import HtmlTree, Parsed, parse_page
from spiders.readers.version import reader_name
from spiders.sites import fields_of, rule_for

MAX_BYTES = 64 * 1024 * 1024
_TAILS = (1_024, 65_536)
"""Where the end of a page is looked for, in characters from its end."""
_SEARCHED = 0.25
_ENOUGH = 0.27
"""A date that is believed more was stated by the page; without one it is searched for."""
_MAX_SEARCHED = 2_000_000
"""Longer pages are not searched for a date that they do not state."""
_END = re.compile(r"</(?:html|body)\s*>", re.IGNORECASE)
_REFUSALS = {
    "empty": ("empty_page", "the page is empty"),
    "pdf": ("pdf", "this is a PDF file, not a web page"),
    "image": ("image", "this is an image, not a web page"),
    "json": ("binary", "this is data (JSON), not a web page"),
    "feed": ("feed", "this is a feed, not an article page"),
}
_SAMPLE = (
    b'<html><head><title>Sample</title><meta property="article:published_time" content="2025-10-21T20:43Z">'
    b"</head><body><article>" + b"<p>Some words of a text.</p>" * 20
)
_NONE: Mapping[str, str] = {}
_AFTER_SAMPLE = 1.79e9
_SLOGAN = "repeats on the site"
_LISTS = frozenset(["authors", "credits", "tags"])


def read_page(
    body: bytes,
    *,
    url: str,
    content_type: str = "",
    requested_url: str,
    fetched_at: float,
    truncated: bool = False,
    x_robots_tag: str | None = None,
    headers: Mapping[str, str] = _NONE,
    template: Template | None = None,
) -> Document:
    """Read an article page.

    ``url`` is the address that answered, ``requested_url`` the one asked for, ``fetched_at`` epoch seconds,
    ``truncated`` what the transfer knows; ``x_robots_tag`` is kept with what the page itself reserves,
    and so is what ``headers`` of the answer (by name in lower case) say of text and data mining;
    ``template`` is what is known to repeat on its site.
    A page with structured data but no text gives a Document with an empty text.
    Raises NotAnArticle: ``pdf``, ``image``, ``binary``, ``feed``, ``empty_page``, ``oversize``,
    ``too_many_nodes``.
    """
    _refuse_others(body, url, content_type)
    parsed = parse_page(body, content_type)
    tree, markup = _tree(parsed, url), parsed.markup
    head = read_head(tree, url)
    blank = Document(
        url=url,
        requested_url=requested_url,
        fetched_at=fetched_at,
        paywalled=fields.paywalled(head),
        reservations=reservations(head, x_robots_tag, headers),
        parts=other_parts(tree, head, url),
    )
    rule = rule_for(url, datetime.fromtimestamp(fetched_at, UTC).date())
    stated = (
        {name: offers_of(rule, name, found) for name, found in fields_of(rule, tree).items()} if rule else {}
    )
    document = _without_slogans(_with_fields(blank, tree, head, markup, stated), template or Template())
    ruled = ruled_text(rule, tree) if rule else None
    text = ruled or _text(tree, head, parsed, lambda: decode(body, content_type).text, template)
    spoke = rule.name if rule and (stated or ruled) else None
    if not text.text and not document.title:
        raise NotAnArticle(url, "empty_page", "the page holds neither text nor a title")
    truncated = truncated or parsed.cut or _is_cut(markup)
    found = _of_text(document, text)
    repeated = (*text.repeated, *slogans(document))
    return replace(document, reader=reader_name(spoke, repeated), truncated=truncated, **found)


def read_fetched(fetch: Fetch, template: Template | None = None) -> Document:
    """Read a fetched page as an article page, with what is known of its transfer and of its site.

    Raises NotAnArticle.
    """
    return read_page(
        fetch.body,
        url=fetch.url,
        content_type=fetch.content_type,
        requested_url=fetch.requested_url,
        fetched_at=fetch.fetched_at,
        truncated=fetch.truncated,
        x_robots_tag=fetch.x_robots_tag,
        headers=dict(fetch.headers),
        template=template,
    )


def warm() -> None:
    """Load what every page needs and read a small one, so that the first real one is not slow.

    The libraries that are asked where little text or no date is found stay out: few pages need them, and
    they take a third of the time and forty megabytes.
    """
    url = "https://example.org/a"
    read_page(_SAMPLE, url=url, requested_url=url, fetched_at=_AFTER_SAMPLE)


def _refuse_others(body: bytes, url: str, content_type: str) -> None:
    """Raise NotAnArticle for what is no page."""
    if len(body) > MAX_BYTES:
        raise NotAnArticle(url, "oversize", f"the page has {len(body)} bytes")
    kind = sniff(body, content_type)
    if kind in _REFUSALS:
        raise NotAnArticle(url, *_REFUSALS[kind])
    if kind == "other" and is_binary(body):
        raise NotAnArticle(url, "binary", "this is binary data, not a web page")


def _tree(parsed: Parsed, url: str) -> HtmlTree:
    if parsed.tree is None:
        raise NotAnArticle(url, "empty_page", "the page holds no element")
    return parsed.tree


def _text(
    tree: HtmlTree, head: Head, parsed: Parsed, source: Callable[[], str], template: Template | None
) -> Text:
    try:
        return article_text(tree, head, parsed.markup, source=source, template=template)
    except TooManyElements:
        raise NotAnArticle(head.url, "too_many_nodes", "the page is a heap of links") from None


def _with_fields(
    document: Document, tree: HtmlTree, head: Head, markup: str, ruled: fields.Candidates
) -> Document:
    """Return the document with its fields. ``ruled`` is what the rule of its site says of them."""
    found = dict(fields.candidates_of(head, tree, markup, fetched_at=document.fetched_at))
    found |= {name: ranked((*offers, *found.get(name, ()))) for name, offers in ruled.items()}
    stated = found.get("published", ())
    if not any(offer.belief > _ENOUGH for offer in stated) and len(markup) <= _MAX_SEARCHED:
        day = searched_day(tree, url=document.url, fetched_at=document.fetched_at)
        offers = (Candidate((day,), "htmldate", _SEARCHED),) if day else ()
        found |= {"published": ranked((*offers, *stated))} if offers else {}
    return chosen(document, found)


def _without_slogans(document: Document, template: Template) -> Document:
    """Return the document with no belief in a summary that the site gives of most of its articles."""
    offers = document.candidates.get("lead", ())
    leads = [
        replace(offer, belief=0.0, note=_SLOGAN) if template.holds(offer.values[0], 1.0) else offer
        for offer in offers
    ]
    if tuple(leads) == offers:
        return document
    bare = {name: how for name, how in document.provenance.items() if name != "lead"}
    ranking = {**document.candidates, "lead": tuple(sorted(leads, key=lambda offer: -offer.belief))}
    return chosen(replace(document, provenance=bare), ranking)


def slogans(document: Document) -> tuple[str, ...]:
    """The summaries that are none of the article, as the site gives them of most of its articles."""
    offers = document.candidates.get("lead", ())
    return tuple(offer.values[0] for offer in offers if offer.note == _SLOGAN)


def chosen(document: Document, candidates: fields.Candidates) -> Document:
    """Return the document with the most believed candidate of each field as its value."""
    firsts = {name: best(ranking) for name, ranking in candidates.items()}
    values = {
        name: found.values if name in _LISTS else next(iter(found.values), None)
        for name, found in firsts.items()
    }
    where = {name: found.where for name, found in firsts.items() if found.values}
    provenance = {**document.provenance, **where}
    return replace(document, candidates=candidates, provenance=provenance, **values)  # type: ignore[arg-type]


def _of_text(document: Document, text: Text) -> dict[str, Any]:
    """The fields of a document that a text fills."""
    if not text.text:
        return {}
    repeated = {"repeated": str(len(text.repeated))} if text.repeated else {}
    return {
        "text": text.text,
        "text_source": "structured" if text.where == "json-ld" else "page",
        "left_out": text.left_out,
        "provenance": {**document.provenance, "text": text.where, **repeated},
    }


def _is_cut(markup: str) -> bool:
    """Whether neither the body nor the html element is closed: the page ended early."""
    return not any(_END.search(markup, max(0, len(markup) - size)) for size in _TAILS)
