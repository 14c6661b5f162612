"""What a feed says about itself: when not to poll it, who pushes it, where older entries stand."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from spiders.readers.entry import dicts_of, text_of
from spiders.readers.plain import web_url

_HEAD = 65_536
_SKIP_HOURS = re.compile(r"<skiphours\b[^<>]*>(.{0,4000}?)</skiphours", re.IGNORECASE | re.DOTALL)
_SKIP_DAYS = re.compile(r"<skipdays\b[^<>]*>(.{0,2000}?)</skipdays", re.IGNORECASE | re.DOTALL)
_HOUR = re.compile(r"<hour\b[^<>]*>\s*(\d{1,2})\s*<", re.IGNORECASE)
_DAY = re.compile(r"<day\b[^<>]*>\s*([a-z]{3})", re.IGNORECASE)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MOST_HUBS = 8
_WORDPRESS = re.compile(r"^(?:https?://(?:www\.)?wordpress\.(?:org|com)/|wordpress\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """The fields of a Feed of the same names."""

    skip_hours: tuple[int, ...]
    skip_days: tuple[int, ...]
    hubs: tuple[str, ...]
    self_url: str | None
    older: str | None


def read_wishes(head: Any, text: str, *, url: str) -> Wishes:
    """Read the wishes of a feed from its head as feedparser gives it, and from the text before its entries.

    skipHours and skipDays are RSS 2.0 (in GMT; hour 24 is 0), hubs and self WebSub, the links to older
    entries RFC 5005, sections 3 and 4. ``url`` resolves relative links; one to the feed itself is none.
    WordPress names no older entries, but gives them.
    """
    start = text[:_HEAD]
    own = {url, text_of(head, "link")}
    self_url = next(iter(_links(head, "self", url)), None)
    older = [*_links(head, "prev-archive", url), *_links(head, "next", url)]
    return Wishes(
        skip_hours=_hours(start),
        skip_days=_days(start),
        hubs=tuple(dict.fromkeys(_links(head, "hub", url)))[:_MOST_HUBS],
        self_url=self_url,
        older=next((link for link in older if link not in {*own, self_url}), None)
        or _of_wordpress(head, url),
    )


def _of_wordpress(head: Any, url: str) -> str | None:
    """Return the next page of a feed that WordPress made: ``?paged=2`` and on; None for other feeds."""
    if not _WORDPRESS.search(text_of(head, "generator")):
        return None
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    page = query.get("paged", "1")
    if not (page.isascii() and page.isdigit() and len(page) < 6):
        return None
    return parts._replace(query=urlencode({**query, "paged": int(page) + 1}), fragment="").geturl()


def _links(head: Any, relation: str, url: str) -> list[str]:
    found = (
        web_url(text_of(link, "href"), url)
        for link in dicts_of(head, "links")
        if relation in text_of(link, "rel").lower().split()
    )
    return [link for link in found if link]


def _hours(text: str) -> tuple[int, ...]:
    inside = _SKIP_HOURS.search(text)
    hours = {int(hour) % 24 for hour in _HOUR.findall(inside.group(1)) if int(hour) <= 24} if inside else ()
    return tuple(sorted(hours))


def _days(text: str) -> tuple[int, ...]:
    inside = _SKIP_DAYS.search(text)
    names = {day.lower() for day in _DAY.findall(inside.group(1))} if inside else ()
    return tuple(place for place, name in enumerate(_DAYS) if name in names)
