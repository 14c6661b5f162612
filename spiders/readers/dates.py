"""When an article was published and changed, as raw strings, from the most trusted place that says so."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from spiders.readers import jsonld
from spiders.readers.extract import LIBRARY_ERRORS
from spiders.readers.finding import Finding, first
from spiders.readers.head import Head
from spiders.readers.tree import HtmlTree

_PUBLISHED_METAS = (
    *("article:published_time", "og:published_time", "og:article:published_time", "article:published"),
    *("datepublished", "publish-date", "publish_date", "publishdate", "pubdate", "date", "dc.date.issued"),
    *("dcterms.created", "dc.date", "dc.date.created", "dcterms.date", "sailthru.date", "parsely-pub-date"),
    *("article.published", "cxenseparse:recs:publishtime", "content_published", "content_publisheddate"),
    *("originalpublicationdate", "article_date_original", "bt:pubdate"),
)
_MODIFIED_METAS = (
    *("article:modified_time", "og:updated_time", "article:modified", "og:modified_time", "datemodified"),
    *("last-modified", "dcterms.modified", "dc.date.modified", "lastmod"),
)
_MAX_DATE = 100
_DAY = re.compile(r"^\d{4}-\d{2}-\d{2}")
_DAY_ALONE = re.compile(r"^\d{4}-\d{2}-\d{2}$")


def published(head: Head) -> Finding:
    """The raw date of publication as the page states it; a full ISO time is preferred to a bare day."""
    stated = [found for found in _statements(head) if found.value]
    best = next((found for found in stated if _DAY.match(found.value)), first(stated))
    if not _DAY_ALONE.match(best.value):
        return best
    return next((found for found in stated if found.value.startswith(f"{best.value}T")), best)


def modified(head: Head) -> Finding:
    """The raw date of the last change, as the page states it."""
    candidates = [
        Finding(jsonld.text_of(head.article.get("dateModified")), "json-ld"),
        Finding(head.meta(*_MODIFIED_METAS), "meta"),
    ]
    found = first(candidates)
    return found._replace(value=found.value[:_MAX_DATE])


def searched(tree: HtmlTree, *, url: str, fetched_at: float) -> Finding:
    """The day of publication searched for in the whole page and its address; for pages that state none.

    ``fetched_at`` (epoch seconds) bounds it: a page cannot be younger than its fetch.
    """
    from htmldate import find_date

    latest = (datetime.fromtimestamp(fetched_at, UTC) + timedelta(days=1)).replace(tzinfo=None)
    try:
        day = find_date(tree, original_date=True, extensive_search=False, url=url, max_date=latest)
    except LIBRARY_ERRORS:
        day = None
    return Finding(day or "", "htmldate")


def _statements(head: Head) -> Iterator[Finding]:
    for found in (
        Finding(jsonld.text_of(head.article.get("datePublished")), "json-ld"),
        Finding(head.meta(*_PUBLISHED_METAS), "meta"),
        Finding(jsonld.text_of(head.article.get("dateCreated")), "json-ld"),
        *_time_elements(head),
    ):
        yield found._replace(value=found.value[:_MAX_DATE])


def _time_elements(head: Head) -> Iterator[Finding]:
    """Dates of time elements: those that say they are the publication, then those that say nothing."""
    marked = [when for when, marks in head.times if "publish" in marks or "pubdate" in marks]
    plain = [when for when, marks in head.times if "modif" not in marks and "updat" not in marks]
    yield from (Finding(when, "time") for when in [*marked, *plain][:1])
