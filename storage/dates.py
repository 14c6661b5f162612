"""Read what people write for a time: ``2025-10-21``, ``2025-W41``, ``7d``, ``P7D``, ``2025-10-01/P7D``."""

import re
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta

_AGE = re.compile(r"(\d{1,6})(min|mo|s|m|h|d|w|y)")
_DURATION = re.compile(
    r"P(?:(\d{1,5})Y)?(?:(\d{1,5})M)?(?:(\d{1,5})W)?(?:(\d{1,6})D)?"
    r"(?:T(?:(\d{1,7})H)?(?:(\d{1,8})M)?(?:(\d{1,9})S)?)?"
)
_DAY = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_WEEK = re.compile(r"\d{4}-?W\d{2}")
_UNITS = {
    "s": timedelta(seconds=1),
    "min": timedelta(minutes=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
    "mo": timedelta(days=30),
    "y": timedelta(days=365),
}
_DURATION_UNITS = ("y", "mo", "w", "d", "h", "min")


class Reversed(ValueError):
    """An interval ends before it begins."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time: from ``start`` up to, not including, ``end`` (None: it has no end)."""

    start: datetime
    end: datetime | None
    interval: bool = False
    """Whether both ends were written out."""


def read_stretch(text: str, *, now: datetime) -> Stretch:
    """Return the stretch a text names; without an offset times are UTC.

    A year, month, week or day is the whole of it; ``7d`` or ``P7D`` are the last seven days; ``A/B`` goes
    from A to the end of B, and either may be a duration. Raises ValueError when the text names no time,
    Reversed when A lies behind B.
    """
    try:
        first, slash, second = text.upper().partition("/")
        return _interval(first, second, now) if slash else _single(first, now)
    except OverflowError as error:
        raise ValueError("out of range") from error


def _interval(first: str, second: str, now: datetime) -> Stretch:
    length = _duration(first)
    if length is not None:
        end = _instant(second, now).end or now
        return Stretch(end - length, end, interval=True)
    start = _instant(first, now).start
    length = _duration(second)
    stop = start + length if length is not None else _instant(second, now).end
    if stop is None or stop <= start:
        raise Reversed("the end comes before the start")
    return Stretch(start, stop, interval=True)


def _single(text: str, now: datetime) -> Stretch:
    age = _age(text)
    return Stretch(now - age, None) if age is not None else _instant(text, now)


def _age(text: str) -> timedelta | None:
    parts = _AGE.findall(text.lower())
    if not parts or _AGE.sub("", text.lower()):
        return _duration(text)
    return sum((int(number) * _UNITS[unit] for number, unit in parts), timedelta())


def _duration(text: str) -> timedelta | None:
    match = _DURATION.fullmatch(text)
    if match is None or not any(match.groups()):
        return None
    amounts = [int(group or 0) for group in match.groups()]
    length = sum((n * _UNITS[unit] for n, unit in zip(amounts, _DURATION_UNITS, strict=False)), timedelta())
    return length + timedelta(seconds=amounts[-1])


def _instant(text: str, now: datetime) -> Stretch:
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    match text:
        case "TODAY":
            return Stretch(midnight, midnight + timedelta(days=1))
        case "YESTERDAY":
            return Stretch(midnight - timedelta(days=1), midnight)
        case "NOW":
            return Stretch(now, now)
    found = _DAY.fullmatch(text)
    return _whole(found) if found else _moment(text)


def _whole(match: re.Match[str]) -> Stretch:
    year, month, day = match.groups()
    start = datetime(int(year), int(month or 1), int(day or 1), tzinfo=UTC)
    if start.year == MAXYEAR and (month is None or start.month == 12) and day in (None, "31"):
        return Stretch(start, datetime.max.replace(tzinfo=UTC))  # there is no moment behind it
    if day:
        return Stretch(start, start + timedelta(days=1))
    if month:
        return Stretch(start, (start + timedelta(days=31)).replace(day=1))
    return Stretch(start, start.replace(year=start.year + 1))


def _moment(text: str) -> Stretch:
    if "T" not in text:
        day = datetime.combine(date.fromisoformat(text), time.min, tzinfo=UTC)
        return Stretch(day, day + timedelta(days=7 if _WEEK.fullmatch(text) else 1))
    start = datetime.fromisoformat(text)
    start = start if start.tzinfo else start.replace(tzinfo=UTC)
    return Stretch(start, start + timedelta(seconds=1) if start.second else start + timedelta(minutes=1))
