"""How times, counts and sizes read."""

from datetime import datetime

_STEPS = ((86400 * 2, 86400, "d"), (3600 * 2, 3600, "h"), (60 * 2, 60, "min"))


def stamp(moment: datetime | None) -> str:
    """Return a time as published, with its own offset: ``2026-11-23 20:43 +07:00``."""
    if moment is None:
        return ""
    offset = moment.strftime("%z")
    return f"{moment:%Y-%m-%d %H:%M} {offset[:3]}:{offset[3:5]}" if offset else f"{moment:%Y-%m-%d %H:%M}"


def local(seconds: float | None) -> str:
    """Return epoch seconds as local time: ``2026-11-23 20:43``; empty when unknown."""
    moment = _moment(seconds)
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M}"


def rfc3339(seconds: float | None) -> str | None:
    """Return epoch seconds as an RFC 3339 time with the local offset; None when unknown."""
    moment = _moment(seconds)
    return None if moment is None else moment.isoformat(timespec="seconds")


def _moment(seconds: float | None) -> datetime | None:
    """Return epoch seconds in local time; None when unknown or beyond the calendar."""
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds).astimezone()
    except (OverflowError, ValueError, OSError):
        return None


def duration(seconds: float) -> str:
    """Return a duration in its largest sensible unit: ``45 s``, ``12 min``, ``3 h``, ``5 d``."""
    for limit, size, unit in _STEPS:
        if seconds >= limit:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def relative(seconds: float | None, *, now: float) -> str:
    """Return epoch seconds as seen from ``now``: ``in 5 min``, ``3 h ago``; ``never`` when unknown."""
    if seconds is None:
        return "never"
    if abs(seconds - now) < 1:
        return "now"
    return f"in {duration(seconds - now)}" if seconds > now else f"{duration(now - seconds)} ago"


def count(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun: ``1 article``, ``1,204 articles``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def size(number: int | None) -> str:
    """Return bytes in a readable unit: ``512 B``, ``3.4 MB``; empty when unknown."""
    if number is None:
        return ""
    amount = float(number)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"
