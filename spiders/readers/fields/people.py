"""Authors, who are people, and credits: agencies, photographers, organisations named beside them."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from spiders.items import Candidate
from spiders.readers import jsonld
from spiders.readers.belief import best, ranked
from spiders.readers.byline import clean_name, is_agency, names_photographer, split_names
from spiders.readers.fields.outlet import name_key
from spiders.readers.head import Head
from spiders.readers.layers import Layers
from spiders.readers.plain import MAX_AUTHORS, MAX_NAME, plain
from spiders.readers.signed import Bylines

_METAS = (
    *("author", "article:author", "dc.creator", "dcterms.creator", "sailthru.author", "parsely-author"),
    *("byl", "citation_author", "article:author_name", "cxenseparse:author", "content_author", "og:author"),
    *("article_author", "rnews:author", "vr:author"),
)
_EDITED_IN = ("id", "ms", "")
"""Languages of the papers that name an editor beside the reporter; searching all pages takes too long."""
_EDITORS = {word: re.compile(rf"{word}\s*[:：]") for word in ("Editor", "Redaktur", "Penyunting", "Red")}


def authors(
    head: Head, shown: Callable[[], Bylines], layers: Layers, outlets: frozenset[str], markup: str
) -> tuple[Candidate, ...]:
    """Return who may have written the article, ranked; organisations only behind people.

    ``shown`` looks for by-lines on the page; it is only called when the answer may depend on it. Some
    papers name the editor in JSON-LD as the author and the reporter in the by-line alone: so where the
    page prints "Editor: ..." somewhere.
    """
    people, others = _structured(head, outlets)
    metas = _people(_names(head.meta_all(*_METAS)), outlets)
    offers = [Candidate(people, "json-ld", 0.8), Candidate(metas, "meta", 0.6)]
    if not (people or metas) or _prints_editor(head, markup):
        bylines = shown()
        offers = [_not_editors(offer, bylines.editors) for offer in offers]
        offers.append(Candidate(_people(bylines.authors, outlets), "byline", 0.5))
        offers.append(Candidate(bylines.authors, "byline", 0.2, "no person"))
        offers.append(
            Candidate(() if others else _people(bylines.guessed, outlets), "byline", 0.25, "unmarked")
        )
        offers.append(Candidate(_people(bylines.linked, outlets), "byline", 0.4, "leads to their page"))
        offers.append(Candidate(_people(bylines.signatures, outlets), "byline", 0.27, "signature"))
        offers.append(Candidate(_people(_names(head.items.get("author", ())), outlets), "microdata", 0.3))
    if not any(offer.values for offer in offers):
        offers.append(Candidate(_people(_names(layers.authors), outlets), "data layer", 0.3))
    offers.append(Candidate(others, "json-ld", 0.25, "no person"))
    return ranked(offers, same=name_key)


def _prints_editor(head: Head, markup: str) -> bool:
    if head.lang[:2].lower() not in _EDITED_IN:
        return False
    return any(word in markup and pattern.search(markup) is not None for word, pattern in _EDITORS.items())


def _not_editors(offer: Candidate, editors: tuple[str, ...]) -> Candidate:
    if offer.values and set(offer.values) <= set(editors):
        return replace(offer, belief=0.2, note="the page names them as editors")
    return offer


def credits_of(head: Head, found: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """Return the agencies and organisations that are named as authors beside people."""
    people, chosen = best(found).values, {}
    nodes = head.article.get("author") or head.article.get("creator")
    for text in jsonld.texts(_listed(nodes), "name"):
        for name in split_names(plain(text, MAX_NAME * 5)):
            if name not in people:
                chosen[name_key(name)] = name
    for name in jsonld.texts(_listed(head.article.get("sourceOrganization")), "name"):
        chosen.setdefault(name_key(name), plain(name, MAX_NAME))
    names = tuple(filter(None, chosen.values()))[:MAX_AUTHORS]
    return (Candidate(names, "json-ld", 0.6),) if names else ()


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _structured(head: Head, outlets: frozenset[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """People and organisations that JSON-LD names as authors."""
    nodes = _listed(head.article.get("author") or head.article.get("creator"))
    organised = [node for node in nodes if isinstance(node, dict) and _is_organisation(node)]
    named = _names(_full_names([node for node in nodes if node not in organised]))
    people = _people(named, outlets)
    others = tuple(name for text in jsonld.texts(organised, "name") for name in _organisations(text))
    return people, others + tuple(name for name in named if name not in people)


def _organisations(text: str) -> tuple[str, ...]:
    """The names of organisations in a text: several agencies, or one that may have "and" in its name."""
    line = plain(text, MAX_NAME)
    several, whole = split_names(line), clean_name(line)
    return several if all(map(is_agency, several)) else (whole,) if whole else ()


def _full_names(nodes: Iterable[Any]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, dict) and not node.get("name") and node.get("familyName"):
            yield f"{jsonld.text_of(node.get('givenName'))} {jsonld.text_of(node['familyName'])}".strip()
        else:
            yield from jsonld.texts(node, "name")


def _is_organisation(node: Mapping[str, Any]) -> bool:
    return any(kind.endswith("Organization") for kind in jsonld.types_of(node))


def _people(names: Iterable[str], outlets: frozenset[str]) -> tuple[str, ...]:
    return tuple(_only_people(names, outlets))


def _only_people(names: Iterable[str], outlets: frozenset[str]) -> Iterator[str]:
    for name in names:
        whole, _, last = name.rpartition(", ")
        if whole and name_key(last) in outlets:
            name = whole
        if name_key(name) not in outlets and not is_agency(name) and not names_photographer(name):
            yield name


def _names(texts: Iterable[str]) -> tuple[str, ...]:
    given = [text for text in texts if text.strip()]
    if len(given) == 1:
        return split_names(plain(given[0], MAX_NAME * 5))[:MAX_AUTHORS]
    names = (clean_name(plain(text, MAX_NAME)) for text in given)
    return tuple(dict.fromkeys(name for name in names if name))[:MAX_AUTHORS]
