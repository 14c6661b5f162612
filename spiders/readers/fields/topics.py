"""Tags."""

import re
from collections.abc import Callable
from dataclasses import replace

from spiders.items import Candidate
from spiders.readers import jsonld
from spiders.readers.belief import ranked, sameness
from spiders.readers.conventions import topics as listed
from spiders.readers.fields.outlet import name_key
from spiders.readers.head import Head
from spiders.readers.layers import Layers
from spiders.readers.plain import MAX_NAME, MAX_TAGS, plain

_SPLIT = re.compile(r"\s*[,;|、，]\s*")
_CODE = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-|^[\w.-]+\.(?:com|org|net)$|^[\w ]{2,24}: ?\S")
_SHORTHAND = re.compile(r"[A-Z]{2,}[A-Z0-9]*")
_LONG_NUMBER = re.compile(r"\d{5,}|[A-Za-z]")
"""Numbers of a newsroom's dossiers, and single letters."""
_KEYWORDS = ("parsely-tags", "sailthru.tags", "cxenseparse:tag", "custom-keywords")
_MANY = 8
_NUMBERED = re.compile(r"[\W_]*\d*$")


def tags(
    head: Head, shown: Callable[[], tuple[str, ...]], layers: Layers, outlets: frozenset[str]
) -> tuple[Candidate, ...]:
    """Return the topics that each place gives, ranked; links of the page only where all are silent."""
    subjects = subjects_of(head)
    sources = (
        ("json-ld", 0.8, tuple(jsonld.texts(head.article.get("keywords"), "name"))),
        ("meta", 0.6, head.meta_all("news_keywords")),
        ("meta", 0.55, head.meta_all("article:tag")),
        ("meta", 0.5, head.meta_all("keywords", *_KEYWORDS)),
        ("meta", 0.4, subjects if len(subjects) > 1 else ()),
        ("microdata", 0.3, head.items.get("keywords", ())),
    )
    offers = [
        _judged(Candidate(_keywords(texts, outlets), where, belief)) for where, belief, texts in sources
    ]
    if not any(offer.values and offer.belief for offer in offers):
        links = tuple(tag for tag in shown() if not is_no_topic(tag))
        offers.append(Candidate(links[:MAX_TAGS], "links", 0.3))
        if not links and not head.article:
            offers.append(Candidate(_keywords(layers.tags, outlets), "data layer", 0.25))
    return _well_spelled(ranked(offers))


def _well_spelled(candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """Put a list first that has all tags of the most believed one with capitals, where that has none: it was
    made for machines, and is often cut short.
    """
    first = candidates[0].values if candidates else ()
    if not any(map(_has_case, first)) or any(tag != tag.lower() for tag in first):
        return candidates
    wanted = set(map(sameness, first))
    for candidate in candidates[1:]:
        if candidate.belief > 0 and wanted <= set(map(sameness, candidate.values)):
            others = tuple(other for other in candidates if other is not candidate)
            return (replace(candidate, belief=candidates[0].belief, note="with capitals"), *others)
    return candidates


def _has_case(tag: str) -> bool:
    return tag.upper() != tag.lower()


def is_no_topic(tag: str) -> bool:
    """Whether a tag says where an article stood ("Top Story 1", "For Subscribers"), not what it is about."""
    return _NUMBERED.sub("", tag.replace("’", "'").replace("-", " ")).casefold() in listed("never")


def subjects_of(head: Head) -> tuple[str, ...]:
    """What Dublin Core says the page is about: one is a section, several are topics."""
    given = head.meta_all("dc.subject", "dcterms.subject")
    return tuple(filter(None, (part for text in given for part in _SPLIT.split(text))))


def _judged(offer: Candidate) -> Candidate:
    """Codes of a newsroom ("INDG08") are no topics."""
    codes = sum(1 for tag in offer.values if _SHORTHAND.fullmatch(tag))
    if len(offer.values) >= _MANY and codes > 0.8 * len(offer.values):
        return Candidate(offer.values, offer.where, 0.0, "codes")
    return offer


def _keywords(texts: tuple[str, ...], outlets: frozenset[str]) -> tuple[str, ...]:
    """Keywords out of a list or one string with separators; a long string without any is no list."""
    parts = _SPLIT.split(texts[0]) if len(texts) == 1 else texts
    if len(parts) == 1 and parts[0].count(" ") > 5:
        return ()
    found = dict.fromkeys(tag for part in parts if (tag := plain(part, MAX_NAME)))
    return tuple(tag for tag in found if name_key(tag) not in outlets and not _is_code(tag))[:MAX_TAGS]


def _is_code(tag: str) -> bool:
    return is_no_topic(tag) or _CODE.search(tag) is not None or _LONG_NUMBER.fullmatch(tag) is not None
