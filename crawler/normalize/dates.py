"""Dates as they are printed to moments with an offset.

Cheap and exact parsers come first (ISO 8601, RFC 5322, epoch numbers); dateparser, a thousand times slower,
only sees what they cannot read. No parser is asked to guess a missing day, month or year.
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from email.utils import mktime_tz, parsedate_tz
from unicodedata import decimal

from crawler.normalize.characters import clean_line
from crawler.normalize.solar import solar_day
from crawler.normalize.words import read_words
from crawler.normalize.zones import Assumed, named_offset, placed, region_zone
from spiders.readers.conventions import dates

MAX_RAW = 120
"""A longer string is no date."""
_ZONE = r"(?P<zone>Z|(?:GMT|UTC)? ?[+\-−]\d{1,2}(?::?\d{2})?|[A-Za-z]{2,4})"
_ISO = re.compile(
    r"(?P<date>\d{4}(?P<sep>[-/.])\d{1,2}(?P=sep)\d{1,2}|\d{8})"
    r"(?:(?:T|,? )(?P<time>\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?|\d{4}(?:\d{2})?))?"
    rf" ?{_ZONE}?(?:\[[\w/+\-]+\])?",
    re.IGNORECASE,
)
_RFC = re.compile(
    r"(?P<date>(?:[A-Za-z]{3,9}\.?,? )?\d{1,2}[ -][A-Za-z]{3,9}\.?,?[ -]\d{4}),?"
    rf" (?P<time>\d{{1,2}}:\d{{2}}(?::\d{{2}})?) ?{_ZONE}?(?: ?\([A-Za-z ]+\))?"
)
_BUDDHIST = re.compile(r"(?:พ\.?ศ\.?\s*)?(?<!\d)(25[3-9]\d)(?!\d)")
_BUDDHIST_AHEAD = 543
"""Thai years count from 543 before the common era."""
_EPOCH = re.compile(r"\d{10}(?:\d{3})?(?:\.\d+)?")
_RUN = re.compile(r"(?:19|20)\d{10}(?:\d\d)?")
_REGION = re.compile(r"(?<=[\d.apmAPM]) ?(?P<name>ET|CT|MT|PT)$")
_NUMBER = re.compile(r"(?:GMT|UTC)? ?(?P<sign>[+\-−])(?P<hours>\d{1,2}):?(?P<minutes>\d{2})?", re.IGNORECASE)
_MAX_OFFSET = timedelta(hours=14)
_DAY = r"\d{1,2}(?:st|nd|rd|th|\.|º)?"
_MONTH = r"[^\W\d_]{3,12}\.?"
_CLOCK = r"(?:[^\W\d_]{1,4}\s)?\d{1,2}[:.h]\d{2}(?::\d{2})?(?:\s?[apAP]\.?[mM]\b\.?)?"
_CLOCK_ZONE = r"(?:\s?(?:Z|[A-Z]{2,5}|[+\-]\d{2}:?\d{2})\b)?"
_WITHIN = re.compile(
    r"(?<![\d/.\-])(?:\d{4}(?P<sep>[-/.])\d{1,2}(?P=sep)\d{1,2}"
    rf"|{_DAY}[\s\-]+(?:(?:de|do|of)\s)?{_MONTH},?[\s\-]+(?:del?\s)?\d{{4}}|{_MONTH}\s{_DAY},?\s\d{{4}})"
    rf"(?:,?\s*{_CLOCK}{_CLOCK_ZONE})?(?![\d/\-]|\.\d)"
)
"""A whole date within a line that says more, such as who wrote the text or how long it takes to read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What helps to read a date: language and country of the source, zone to assume, time of fetching."""

    language: str | None = None
    country: str | None = None
    assumed: Assumed | None = None
    fetched_at: datetime | None = None
    """What "2 hours ago" counts from; without it such dates are not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A date read."""

    at: datetime
    """Aware; the printed offset, or an assumed one."""
    zoned: bool
    """Whether the offset was printed."""
    day_only: bool
    """Whether no time of day was printed."""
    how: str = ""
    """What was assumed, in words; empty when nothing was."""


_NO_HINTS = Hints()


def parse_date(raw: str, *, hints: Hints = _NO_HINTS) -> datetime | None:
    """Return the aware datetime that a printed date says, or None when it says none. Never raises."""
    moment = read_moment(raw, hints=hints)
    return moment.at if moment else None


def read_moment(raw: str | None, *, hints: Hints = _NO_HINTS) -> Moment | None:
    """Read a printed date with what was assumed on the way. Never raises."""
    try:
        return _read(text, hints) if (text := _line(raw)) else None
    except (ValueError, OverflowError):
        return None


def read_standard(raw: str | None) -> Moment | None:
    """Read a date in the form of a standard (ISO 8601, RFC 5322, epoch seconds). Never raises.

    A date in words takes a thousand times as long: too much where a document may list 50,000 of them.
    """
    try:
        return _by_standard(text, _NO_HINTS) if (text := _line(raw)) else None
    except (ValueError, OverflowError):
        return None


def _line(raw: str | None) -> str:
    """Return a printed date as it is read; empty for what is none."""
    if not raw or len(raw) > MAX_RAW:
        return ""
    text = _plain_digits(clean_line(raw).strip("\"'.,;|"))
    return f"{text[:8]}T{text[8:]}" if _RUN.fullmatch(text) else text


def _plain_digits(text: str) -> str:
    """Return a text with digits of ASCII for those of other scripts."""
    if text.isascii():
        return text
    return "".join(str(decimal(sign)) if sign.isdecimal() else sign for sign in text)


def quick_date(raw: str | None) -> float | None:
    """Return the epoch seconds of a date written by the standards of feeds (RFC 3339, RFC 5322), else None.

    For counting, where a date that is hard to read is not worth the time; without an offset it is in UTC.
    """
    if not raw or len(raw) > MAX_RAW:
        return None
    try:
        if raw[:4].isdigit():
            moment = datetime.fromisoformat(raw.strip())
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        parts = parsedate_tz(raw)
        return float(mktime_tz(parts)) if parts else None
    except (ValueError, OverflowError, IndexError):
        return None


def _read(text: str, hints: Hints) -> Moment | None:
    if hints.language == "th":
        text = _BUDDHIST.sub(lambda year: str(int(year[1]) - _BUDDHIST_AHEAD), text)
    if found := solar_day(text, hints.language):
        day, before, behind = found
        named = f"{day.day} {dates(hints.language or '')['months'][day.month - 1][0]} {day.year}"
        return _by_standard(f"{before}{day}{behind}", hints) or _words(f"{before} {named} {behind}", hints)
    return _by_standard(text, hints) or _words(text, hints) or _within(text, hints)


def _within(text: str, hints: Hints) -> Moment | None:
    """Read the only date within a line, without a number before it: that would be a sentence."""
    found = list(_WITHIN.finditer(text))
    if len(found) != 1 or found[0][0] == text or any(map(str.isdigit, text[: found[0].start()])):
        return None
    return _by_standard(found[0][0], hints) or _words(found[0][0], hints)


def _by_standard(text: str, hints: Hints) -> Moment | None:
    for pattern, naive_of in ((_ISO, _iso), (_RFC, _rfc)):
        match = pattern.fullmatch(text)
        if match and (naive := naive_of(match)) is not None:
            offset = _offset(match["zone"], hints.country) if match["zone"] else None
            if offset is not None or not match["zone"]:
                return _moment(naive, offset, day_only=not match["time"], hints=hints)
    return _epoch(text) if _EPOCH.fullmatch(text) else None


def _iso(match: re.Match[str]) -> datetime:
    """ISO 8601 as it is met: a blank for the T, one-digit hours, slashes."""
    date = "-".join(part.zfill(2) for part in re.split(r"[-/.]", match["date"]))
    time = match["time"] or "00:00"
    return datetime.fromisoformat(f"{date}T{'0' if time[1] == ':' else ''}{time}")


def _rfc(match: re.Match[str]) -> datetime | None:
    """RFC 5322; only English month names are known to it."""
    parts = parsedate_tz(f"{match['date']} {match['time']}")
    return datetime(*parts[:6]) if parts else None


def _epoch(text: str) -> Moment:
    number = float(text)
    at = datetime.fromtimestamp(number / 1000 if number > 1e11 else number, UTC)
    return Moment(at=at, zoned=True, day_only=False)


def _words(text: str, hints: Hints) -> Moment | None:
    if region := _REGION.search(text):
        text, hints = text[: region.start()], replace(hints, assumed=region_zone(region["name"]))
    base = hints.fetched_at
    if base is not None:
        base = base.astimezone(hints.assumed.zone if hints.assumed else UTC).replace(tzinfo=None)
    found = read_words(text, language=hints.language, country=hints.country, base=base)
    if found is None:
        return None
    offset = found.at.utcoffset()
    zone = timezone(offset) if offset is not None else None
    return _moment(found.at.replace(tzinfo=None), zone, day_only=found.day_only, hints=hints)


def _offset(name: str, country: str | None) -> timezone | None:
    """Read ``+07:00``, ``+7``, ``GMT+7``, ``WIB``; None for what is no zone. ValueError beyond 14 hours."""
    match = _NUMBER.fullmatch(name)
    if match is None:
        return named_offset(name, country)
    offset = timedelta(hours=int(match["hours"]), minutes=int(match["minutes"] or 0))
    if offset > _MAX_OFFSET:
        raise ValueError(f"no offset: {name}")
    return timezone(-offset if match["sign"] in "-−" else offset)


def _moment(naive: datetime, offset: timezone | None, *, day_only: bool, hints: Hints) -> Moment:
    if offset is not None:
        return Moment(at=naive.replace(tzinfo=offset), zoned=True, day_only=day_only)
    at = placed(naive, hints.assumed.zone) if hints.assumed else naive.replace(tzinfo=UTC)
    how = f"{'day only, ' if day_only else ''}assumed zone {hints.assumed.name if hints.assumed else 'UTC'}"
    return Moment(at=at, zoned=False, day_only=day_only, how=how)
