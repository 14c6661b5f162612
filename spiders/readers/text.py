"""The text of an article: paragraphs in order, joined by a blank line."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from spiders.readers import jsonld
from spiders.readers.body import fallback
from spiders.readers.body.evidence import Evidence
from spiders.readers.body.forest import Model
from spiders.readers.body.found import Found, find_text
from spiders.readers.body.scripts import script_page
from spiders.readers.body.segment import TooManyElements
from spiders.readers.body.template import Template
from spiders.readers.head import Head
from spiders.readers.mend import drop_controls
from spiders.readers.plain import plain
from spiders.readers.tree import HtmlTree, parse_html

MAX_TEXT = 2_000_000
"""Most characters of text kept."""
_ENOUGH = 25
"""Fewer characters than this are no text."""
_PLENTY = 250
"""Less text than that may be a teaser found instead of the article: other means are asked, too ..."""
_AMPLE = 2.5
"""... and believed when they find so many times as much."""
_SEPARATOR = re.compile(r"\s+[|\-–—·»:]\s+")
_PARTS = re.compile(
    r"\n\s*\n|<(?:br|/p|/div|/li|/h\d)\b[^<>]*>(?:\s*<(?:br|p|div|li|h\d)\b[^<>]*>)*", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Text:
    """An article's text and how it was found."""

    text: str = ""
    where: str = ""
    """``blocks``, ``script``, ``json-ld``, ``trafilatura`` or ``resiliparse``; empty without a text."""
    left_out: tuple[str, ...] = ()
    """Blocks next to the text that were judged not to belong to it, in page order."""
    repeated: tuple[str, ...] = ()
    """What was left out because the site repeats it; part of ``left_out``."""


def article_text(
    tree: HtmlTree,
    head: Head,
    markup: str,
    *,
    source: Callable[[], str] = str,
    template: Template | None = None,
    model: Model | None = None,
) -> Text:
    """The text of the page. Takes the tree apart: nothing else can be read from it afterwards.

    ``markup`` is what was parsed, ``source`` gives the page before its scripts were taken out, ``template``
    is what is known to repeat on the site, ``model`` another than the shipped one. JSON-LD's articleBody
    replaces the page's text when that is under half of it (paywalls, lost text).
    Raises TooManyElements.
    """
    structured = structured_text(head)
    evidence = evidence_of(head, structured)
    try:
        found = find_text(tree, evidence, template=template or Template(), model=model)
    except TooManyElements:
        if fallback.link_share(tree) > 0.5:
            raise
        found = Found("\n\n".join(fallback.from_markup(markup)), "resiliparse")
    if len(found.text) < _PLENTY:
        found = _second_opinion(found, tree, evidence, markup, source)
    if len(found.text) * 2 < len(structured):
        found = Found(structured, "json-ld")
    if len(found.text) < _ENOUGH or found.text.lower() in evidence.titles:
        return Text()
    return Text(
        drop_controls(found.text)[:MAX_TEXT],
        found.where,
        tuple(drop_controls(block) for block in found.left_out),
        found.repeated,
    )


def _second_opinion(
    found: Found, tree: HtmlTree, evidence: Evidence, markup: str, source: Callable[[], str]
) -> Found:
    """What other means find, when that is much more."""
    others: tuple[Callable[[], Found], ...] = (
        lambda: _from_script(source() or markup, evidence),
        lambda: Found(_joined(fallback.from_tree(tree), evidence), "trafilatura"),
        lambda: Found(_joined(fallback.from_markup(markup), evidence), "resiliparse"),
    )
    for other in others:
        if len(found.text) >= _PLENTY:
            break
        second = other()
        if len(second.text) > max(_ENOUGH, _AMPLE * len(found.text)):
            found = second
    return found


def _from_script(source: str, evidence: Evidence) -> Found:
    page = script_page(source)
    inner = parse_html(page)[0] if page else None
    if inner is None:
        return Found()
    try:
        found = find_text(inner, evidence, template=Template())
    except TooManyElements:
        return Found()
    return Found(found.text, "script", found.left_out)


def _joined(paragraphs: Sequence[str], evidence: Evidence) -> str:
    return "\n\n".join(text for text in paragraphs if text.lower() not in evidence.titles)


def evidence_of(head: Head, structured: str) -> Evidence:
    """What a page's self-description says of its article; ``structured`` is the text that it gives."""
    longest = max(_SEPARATOR.split(head.title), key=len)
    stated = (plain(head.meta("og:title")), plain(_structured(head, "headline")))
    titles = dict.fromkeys(_low(title) for title in (*head.h1s, longest, *stated))
    lead = head.meta("og:description", "description") or _structured(head, "description")
    names = (*jsonld.texts(head.article.get("author"), "name"), head.meta("author"))
    return Evidence(
        titles=tuple(title for title in titles if len(title) > 3),
        lead=_low(plain(lead)),
        names=tuple(name for one in names if 4 < len(name := _low(one)) < 80),
        body=_low(structured),
    )


def structured_text(head: Head) -> str:
    """The article's text as its structured data gives it, in paragraphs."""
    body = _structured(head, "articleBody")[:MAX_TEXT]
    return "\n\n".join(text for part in _PARTS.split(body) if (text := plain(part, MAX_TEXT)))


def _structured(head: Head, name: str) -> str:
    return jsonld.text_of(head.article.get(name))


def _low(text: str) -> str:
    return " ".join(text.lower().split())
