"""When was something published, or changed, as far as its line in a feed or sitemap says. Pure."""

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta
from typing import Literal

from crawler.normalize.dates import read_standard
from storage.model import NewEntry

ZONES = timedelta(hours=14)
"""A day without a zone may end that much later (and begin that much earlier) than in UTC."""
DAY = 86400.0
Precision = Literal["year", "month", "day"]
_RANKS = ("year", "month", "day")
_BEFORE_PATH = re.compile(r"^[a-zA-Z]+://[^/?#]*")
_IN_URL = re.compile(
    r"(?<![0-9a-zA-Z])(?P<year>(?:19|20)\d\d)(?:(?P<sep>[-/_.]?)(?P<month>0[1-9]|1[0-2])"
    r"(?:(?P=sep)(?P<day>0[1-9]|[12]\d|3[01]))?)?(?![0-9a-zA-Z])"
)


def stamp(text: str | None) -> float | None:
    """Return the latest moment (epoch seconds) that a date may mean: for a day its end; None for words."""
    if not text:
        return None
    exact = _exact(text)  # sitemaps list such dates by the ten thousand
    if exact is not None:
        return exact
    moment = read_standard(text)
    if moment is None:
        return None
    # In seconds: some date what never ends to the last day of the calendar, behind which no date lies.
    return moment.at.timestamp() + (DAY + ZONES.total_seconds() if moment.day_only else 0.0)


def _exact(text: str) -> float | None:
    """Read an ISO 8601 date with time and offset, the form that sitemaps and Atom ask for."""
    if "T" not in text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.timestamp() if at.tzinfo else None


def url_end(url: str, *, least: Precision = "month") -> float | None:
    """Return the end (epoch seconds) of the day, month or year that a URL names, or None.

    ``/2026/11/25/slug`` and ``/20261125-slug`` name a day, ``/sitemap-2026-11.xml`` a month; the finest one
    counts, and none below ``least``. Only with ``year`` is a bare ``2026`` or ``202611`` believed: it suits
    the name of a sitemap, but may be the number of an article.
    """
    path = _BEFORE_PATH.sub("", url)
    found = [pair for match in _IN_URL.finditer(path) if (pair := _end(match)) is not None]
    rank, end = max(found, key=lambda pair: pair[0], default=(-1, 0.0))
    return end if rank >= _RANKS.index(least) else None


def _end(match: re.Match[str]) -> tuple[int, float] | None:
    """Return how precise a date in a URL is (a place in the ranks), and when what it names ends."""
    year, month, day = int(match["year"]), match["month"], match["day"]
    if month is None:
        return 0, _midnight(year, 12, 31) + DAY
    if day is None:
        rank = 1 if match["sep"] else 0
        return rank, _midnight(year, int(month), monthrange(year, int(month))[1]) + DAY
    try:
        return 2, _midnight(year, int(month), int(day)) + DAY
    except ValueError:
        return None


def _midnight(year: int, month: int, day: int) -> float:
    return (datetime(year, month, day, tzinfo=UTC) + ZONES).timestamp()


def published(entry: NewEntry) -> float | None:
    """Return the latest moment at which an entry may have been published, as far as it says, or None.

    That is its date; without one, the end of the day in its URL or its last change, whichever was first.
    """
    by_date = stamp(entry.published)
    if by_date is not None:
        return by_date
    return min((at for at in (url_end(entry.url), stamp(entry.updated)) if at is not None), default=None)
