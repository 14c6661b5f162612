"""The headline, without the name of the site behind it and without a kicker before it."""

import re
from collections.abc import Iterator
from dataclasses import replace

from spiders.items import Candidate
from spiders.readers import jsonld
from spiders.readers.belief import ranked, sameness
from spiders.readers.fields.outlet import name_key
from spiders.readers.head import Head
from spiders.readers.plain import plain

_SEPARATOR = re.compile(
    r"\s+[|\-–—·•»›:/~]+\s+|\s*[|ㅣ｜]\s*|：(?=[^：]{1,14}$)|(?<=[^\d\s])-(?=[^-\s]{1,8}[|ㅣ｜]|[^-\s]{1,8}$)"
)
_MAY_CUT = re.compile("[-|–—·•»›:/~ㅣ｜：]")
_SHORTEST = 8
"""Characters of a headline that may be left when a tail is cut."""
_LONGEST_LOGO = 15
_KICKER_END = re.compile(r"(?:\s?:|\s[-–—|])\s$")
_WHOLE = re.compile(r"[\w\"'”’»)?!]$")


def title(head: Head, outlets: frozenset[str]) -> tuple[Candidate, ...]:
    """Return the headlines a page offers, ranked. ``outlets`` are the keys of the names of its outlet.

    Belief follows how often a place is right, and grows where places agree: the headline in JSON-LD, the
    h1 and og:title are written by people, the title element often for search engines.
    """
    offers = tuple(_offers(head))
    offers = tuple(_not_a_logo(offer, offers) for offer in offers)
    heads = frozenset(sameness(offer.values[0]) for offer in offers) | frozenset(map(sameness, head.h1s))
    texts = {offer.values[0] for offer in offers}  # most places say the same
    short = {text: "" if name_key(text) in outlets else cut_site(text, heads, outlets) for text in texts}
    cleaned = tuple(_cleaned(offer, short[offer.values[0]]) for offer in offers)
    return _plainest(_written_apart(cleaned, ranked(cleaned)), head)


def _offers(head: Head) -> Iterator[Candidate]:
    h1s = (*head.h1s, "", "")
    for raw, where, belief in (
        (jsonld.text_of(head.article.get("headline")), "json-ld", 0.7),
        (head.meta("headline") or ("" if h1s[0] else head.item("headline")), "microdata", 0.4),
        (head.meta("og:title"), "og", 0.42),
        (jsonld.text_of(head.article.get("name")), "json-ld-name", 0.4),
        (head.meta("parsely-title", "sailthru.title", "dc.title", "cxenseparse:title"), "parsely", 0.2),
        (head.meta("twitter:title"), "twitter", 0.05),
        (head.meta("title"), "meta", 0.15),
        (jsonld.text_of(head.article.get("alternativeHeadline")), "json-ld-alternative", 0.45),
    ):
        if raw and (line := plain(raw)):
            yield Candidate((line,), where, belief)
    for line, where, belief in ((h1s[0], "h1", 0.55), (head.title, "title", 0.1), (h1s[1], "h1", 0.1)):
        if line:
            yield Candidate((line,), where, belief)


def _not_a_logo(offer: Candidate, offers: tuple[Candidate, ...]) -> Candidate:
    """Hardly believe a short h1 that stands in no other headline: it is the name of the site or a section."""
    text = offer.values[0]
    if offer.where != "h1" or len(text) > _LONGEST_LOGO:
        return offer
    others = [other.values[0] for other in offers if other.where != "h1"]
    if not others or any(sameness(text) in sameness(other) for other in others):
        return offer
    return replace(offer, belief=0.05, note="in no other headline")


def _cleaned(offer: Candidate, short: str) -> Candidate:
    """What a place offers without the name of the site; ``short`` is empty where it is nothing else."""
    if not short:
        return replace(offer, belief=0.0, note="the name of the site")
    if short == offer.values[0]:
        return offer
    return replace(offer, values=(short,), note="name of the site taken off")


def cut_site(text: str, heads: frozenset[str], outlets: frozenset[str]) -> str:
    """Return a title without what stands behind a separator, where that is the site's name.

    Or where the rest is among ``heads``, the other headlines of the page (as ``sameness`` gives them).
    """
    for _ in range(3 if _MAY_CUT.search(text) else 0):
        for found in reversed(list(_SEPARATOR.finditer(text))):
            start, tail = text[: found.start()].strip(), text[found.end() :].strip()
            if len(start) >= _SHORTEST and (name_key(tail) in outlets or sameness(start) in heads):
                text = start
                break
        else:
            break
    return text


def _written_apart(offers: tuple[Candidate, ...], candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """Put og:title first where it stands alone against JSON-LD, h1 and title element that are one.

    Those three are then printed from one field, made for search engines, and are one witness and not three;
    og:title is the headline that editors wrote for readers. Unless twitter:title repeats it: then both are
    made for sharing. Other marks between the same words are no other headline.
    """
    said = {offer.where: name_key(offer.values[0]) for offer in reversed(offers) if offer.belief > 0}
    one = {said.get(where) for where in ("json-ld", "h1", "title")}
    if len(one) > 1 or None in one or said.get("og") in one | {None, said.get("twitter")}:
        return candidates
    alone = next((candidate for candidate in candidates if candidate.where == "og"), None)
    return _preferred(alone, candidates, "written apart") if alone else candidates


def _plainest(candidates: tuple[Candidate, ...], head: Head) -> tuple[Candidate, ...]:
    """Put the form without kicker or appendix first, where og:title or the h1 prints it so."""
    if not candidates:
        return ()
    first = candidates[0].values[0]
    for candidate in candidates[1:]:
        text = candidate.values[0]
        og, h1 = candidate.where == "og", bool(head.h1s) and text == head.h1s[0]
        if og and first.endswith(text) and _KICKER_END.search(first[: -len(text)]):
            return _preferred(candidate, candidates, "without kicker")
        if h1 and len(text) > _SHORTEST and sameness(first).startswith(f"{sameness(text)} "):
            return _preferred(candidate, candidates, "without appendix")
        if og and text.count(" ") >= 5 and first.startswith(f"{text} ") and _WHOLE.search(text):
            return _preferred(candidate, candidates, "without appendix")
    return candidates


def _preferred(chosen: Candidate, candidates: tuple[Candidate, ...], note: str) -> tuple[Candidate, ...]:
    others = tuple(candidate for candidate in candidates if candidate is not chosen)
    return (replace(chosen, belief=candidates[0].belief, note=chosen.note or note), *others)
