"""The day of publication searched for in the whole page; for pages that state none."""

from datetime import UTC, datetime, timedelta

from spiders.readers.body.fallback import LIBRARY_ERRORS
from spiders.readers.tree import HtmlTree


def searched_day(tree: HtmlTree, *, url: str, fetched_at: float) -> str:
    """Return the day that htmldate finds in a page and its address, like ``2025-10-21``; empty for none.

    ``fetched_at`` (epoch seconds) bounds it: a page cannot be younger than its fetch.
    """
    from htmldate import find_date

    latest = (datetime.fromtimestamp(fetched_at, UTC) + timedelta(days=1)).replace(tzinfo=None)
    try:
        return find_date(tree, original_date=True, extensive_search=False, url=url, max_date=latest) or ""
    except LIBRARY_ERRORS:
        return ""
