"""Times and durations as people write them on the command line."""

import re
from datetime import UTC, datetime, timedelta

import click

from crawler.errors import UsageError
from crawler.spans import span
from storage.dates import read_stretch

_TIME_FORMS = (
    "write 2026-11-23, 2026-11-23T20:43+07:00, 2026-11, 2026-W47, today, yesterday, now, 7d, 24h or 2w"
)
_TIMED = re.compile(r"\d[T ]\d")
_INSTANT = timedelta(microseconds=1)
_AGES = f"{__name__}.ages"
_LATER = timedelta(days=2)
"""So long that today is another day."""


def moment(text: str, *, now: datetime, end: bool = False) -> datetime:
    """Return the moment ``text`` names: a date, an ISO 8601 date-time, or a duration before ``now``.

    It takes what the fields of a query take. Without an offset it is in the time zone of ``now``. A date, a
    week, a month or a year is the start of it, or with ``end`` its last microsecond. Raises UsageError.
    """
    written = text.strip()
    seconds = span(written)
    if seconds is not None:
        return now - timedelta(seconds=seconds)
    try:
        if _TIMED.search(written):
            found = datetime.fromisoformat(written)
            return found if found.tzinfo is not None else _local(found, now=now)
        stretch = read_stretch(written, now=now.replace(tzinfo=UTC))  # of the clock on the wall, here
    except ValueError:
        stretch = None
    if stretch is None or stretch.interval:
        raise UsageError(f"{text!r} is no time: {_TIME_FORMS}")
    last = stretch.end - _INSTANT if end and stretch.end is not None else stretch.start
    return _local(last.replace(tzinfo=None), now=now)


def _local(naive: datetime, *, now: datetime) -> datetime:
    """Give a naive time the offset of the zone that ``now`` stands in."""
    return naive.replace(tzinfo=now.tzinfo) if now.tzinfo is not None else naive.astimezone()


def moment_option(context: click.Context, option: click.Parameter, value: str | None) -> datetime | None:
    """Turn an option's text into an aware datetime, in the zone of this machine where the text names none."""
    return _told(context, option, value, end=False)


def end_option(context: click.Context, option: click.Parameter, value: str | None) -> datetime | None:
    """Like ``moment_option``, but the first moment behind what the text names, which for a date is all day.

    A search leaves out what came out at its end, and people who write 08:00 mean that as well.
    """
    found = _told(context, option, value, end=True)
    return None if found is None else _behind(found)


def _behind(when: datetime) -> datetime:
    try:
        return when + timedelta(microseconds=1)
    except OverflowError:
        return when


def ages(context: click.Context) -> dict[str, str]:
    """Return what was written for options that mean another moment later (``7d``, ``today``), by name."""
    return dict(context.meta.get(_AGES, {}))


def _told(
    context: click.Context, option: click.Parameter, value: str | None, *, end: bool
) -> datetime | None:
    if value is None:
        return None
    # A naive clock makes a date local by the zone's rules on that day, not by today's offset.
    now = datetime.now()
    try:
        found = moment(value, now=now, end=end)
        if found != moment(value, now=now + _LATER, end=end):
            context.meta.setdefault(_AGES, {})[option.name] = value.strip()
        return found.astimezone()
    except UsageError as error:
        raise click.BadParameter(str(error)) from error
    except (ValueError, OverflowError) as error:  # the year 1 or 9999, in another zone
        raise click.BadParameter(f"{value!r} is too far away: name a year from 2 to 9998") from error


def every_option(context: click.Context, option: click.Parameter, value: str | None) -> float | None:
    """Turn an option's text into the seconds between two polls; 0.0 for ``auto``, the cadence's choice."""
    if value is None or value.strip().lower() == "auto":
        return None if value is None else 0.0
    seconds = span(value)
    if not seconds:
        raise click.BadParameter(f"{value!r} is no duration: write 15m, 2h, 1d or auto")
    return seconds
