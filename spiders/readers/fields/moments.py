"""When an article was published and changed: raw strings, with how far each place is believed."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from spiders.items import Candidate
from spiders.readers import jsonld
from spiders.readers.belief import one, ranked
from spiders.readers.conventions import SOLAR_YEARS
from spiders.readers.head import Head
from spiders.readers.layers import Layers

MAX_DATE = 100
_PUBLISHED_METAS = (
    *("article:published_time", "og:published_time", "og:article:published_time", "article:published"),
    *("article:published:time", "datepublished", "publish-date", "publish_date", "publishdate", "pubdate"),
    *("parsely-pub-date", "sailthru.date", "cxenseparse:recs:publishtime", "cxenseparse:publishtime"),
    *("date", "dc.date.issued", "dcterms.issued", "dcterms.created", "dc.date", "dc.date.created"),
    *(
        "dcterms.date",
        "article.published",
        "content_published",
        "content_publisheddate",
        "rnews:datepublished",
    ),
    *("originalpublicationdate", "article_date_original", "bt:pubdate", "publication_date", "publishedat"),
    *(
        "publisheddate",
        "published_date",
        "published_at",
        "published-date",
        "published",
        "iso-8601-publish-date",
    ),
    *("citation_publication_date", "citation_date"),
)
_MODIFIED_METAS = (
    *("article:modified_time", "og:updated_time", "article:modified", "og:modified_time", "datemodified"),
    *("article:modified:time", "last-modified", "dcterms.modified", "dc.date.modified", "lastmod"),
)
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(hours=48)
_DAY_ALONE = re.compile(r"\d{4}-\d{2}-\d{2}")
_IN_PATH = re.compile(r"/((?:19|20)\d{2})[/-]?([01]\d)[/-]?([0-3]\d)(?:/|-|$)")


def published(head: Head, layers: Layers, *, fetched_at: float) -> tuple[Candidate, ...]:
    """Return what the page states as its publication, ranked; a full time before a bare day."""
    return _full_time_first(_believable(_published(head, layers), fetched_at))


def modified(head: Head, *, fetched_at: float) -> tuple[Candidate, ...]:
    """Return what the page states as its last change, ranked."""
    marked = (when for when, marks in head.times if "modif" in marks or "updat" in marks)
    offers = (
        _raw(jsonld.text_of(head.article.get("dateModified")), "json-ld", 0.8),
        _raw(head.meta(*_MODIFIED_METAS), "meta", 0.6),
        _raw(head.item("datemodified"), "microdata", 0.5),
        _raw(next(marked, ""), "time", 0.4),
    )
    return _believable(offers, fetched_at)


def printed(labelled: Iterable[str], shown: Iterable[str], bare: Iterable[str]) -> tuple[Candidate, ...]:
    """Return dates that the page prints, as they stand, for those who know its language; first those behind
    a label, last those that only stand near the headline, unless there are no others: then the first of them
    comes before one that is searched for.
    """
    offers = [_raw(text, "label", 0.4) for text in labelled]
    offers += [_raw(text, "printed", 0.2) for text in shown]
    near = [_raw(text, "printed", 0.15 if offers or place else 0.26) for place, text in enumerate(bare)]
    return ranked((*offers, *near))


def _published(head: Head, layers: Layers) -> Iterator[Candidate]:
    stated = tuple(filter(lambda offer: offer.values, _stated(head)))
    yield from stated
    if not stated:
        yield _raw(next(iter(layers.published), ""), "data layer", 0.34)
    if found := _IN_PATH.search(head.url):
        yield _raw("-".join(found.groups()), "url", 0.1)


def _stated(head: Head) -> Iterator[Candidate]:
    yield _raw(jsonld.text_of(head.article.get("datePublished")), "json-ld", 0.9)
    yield _raw(head.meta(*_PUBLISHED_METAS), "meta", 0.6)
    yield _raw(head.item("datepublished"), "microdata", 0.5)
    yield _raw(jsonld.text_of(head.article.get("dateCreated")), "json-ld-created", 0.4)
    yield from _time_elements(head)


def _time_elements(head: Head) -> Iterator[Candidate]:
    """Dates of time elements: those that say they are the publication, then those that say nothing."""
    marked = [when for when, marks in head.times if "publish" in marks or "pubdate" in marks]
    plain = [when for when, marks in head.times if "modif" not in marks and "updat" not in marks]
    yield from (_raw(when, "time", 0.5) for when in list(filter(None, marked))[:1])
    yield from (_raw(when, "time", 0.35) for when in list(filter(None, plain))[:1])


def _raw(value: str, where: str, belief: float) -> Candidate:
    value = value.strip()[:MAX_DATE]
    return one(value, where, belief)


def _believable(offers: Iterable[Candidate], fetched_at: float) -> tuple[Candidate, ...]:
    """Rank offers; those before 1990 or ahead of the fetch are kept without belief."""
    latest = datetime.fromtimestamp(fetched_at, UTC) + _AHEAD
    return ranked((_judged(offer, latest) for offer in offers if offer.values), same=_minute)


def _judged(offer: Candidate, latest: datetime) -> Candidate:
    moment = standard(offer.values[0])
    if moment is None or moment.year in SOLAR_YEARS:
        # In words, in no standard form or of another calendar: read later, by those who know the language.
        return replace(offer, belief=round(offer.belief * 0.8, 3))
    if _EARLIEST <= moment <= latest:
        return offer
    return replace(offer, belief=0.0, note="before 1990" if moment < _EARLIEST else "ahead of the fetch")


def _full_time_first(candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """Where the best is a bare day, prefer a time on that day."""
    if not candidates or not _DAY_ALONE.fullmatch(day := candidates[0].values[0]):
        return candidates
    for candidate in candidates[1:]:
        if candidate.belief > 0 and candidate.values[0].startswith((f"{day}T", f"{day} ")):
            others = tuple(other for other in candidates if other is not candidate)
            return (replace(candidate, belief=candidates[0].belief), *others)
    return candidates


def standard(raw: str) -> datetime | None:
    """Return the moment that an ISO 8601 string says, naive ones as UTC; None for any other string."""
    try:
        moment = datetime.fromisoformat(raw)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _minute(raw: str) -> str:
    moment = standard(raw)
    if moment is None or _DAY_ALONE.fullmatch(raw):
        return raw
    try:
        return moment.astimezone(UTC).isoformat(timespec="minutes")
    except OverflowError:
        return raw
