"""What a person laid down about when a source is looked at: cron, zone, quiet hours, bounds. Pure.

It is kept as JSON in ``sources.schedule``: ``{"cron": "*/10 6-22 * * 1-5", "zone": "Asia/Jakarta",
"quiet": "23:00-05:00", "min": 300, "max": 7200, "revisit": "1h 24h"}``; each key may be missing. An interval
stands in a column of its own.
"""

import logging
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crawler.errors import ScheduleError
from crawler.spans import spans

log = logging.getLogger(__name__)

LONGEST = 366 * 86400.0
"""Seconds: nobody means a bound longer than a year."""
MOST_LOOKS = 20
"""Looks at one article; nobody means more."""
_NICKNAMES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
}
_CLOCK = r"([01]?\d|2[0-4]):([0-5]\d)"
_QUIET = re.compile(rf"{_CLOCK} ?[-–] ?{_CLOCK}")
_FIELDS = ("cron", "zone", "quiet", "min", "max", "revisit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """What a person laid down, checked. Fields that are None leave it to the settings."""

    cron: str | None = None
    """Five fields of cron."""
    zone: str | None = None
    """IANA name of the zone in which cron and quiet hours are meant."""
    quiet: tuple[int, int] | None = None
    """Beginning and end of the quiet hours, in minutes of the day; they may span midnight."""
    shortest: float | None = None
    """Seconds between two polls at least, where the cadence decides."""
    longest: float | None = None
    revisit: tuple[float, ...] | None = None
    """Seconds after the first fetch at which its articles are looked at again; empty: never."""


NO_TIMETABLE = Timetable()


def read_timetable(kept: Mapping[str, Any]) -> Timetable:
    """Return a schedule from its kept form. Raises ScheduleError, which names the field."""
    if not kept:
        return NO_TIMETABLE
    for name in kept:
        if name not in _FIELDS:
            raise ScheduleError(str(name), f"is not known; a schedule has {', '.join(_FIELDS)}")
    schedule = Timetable(
        cron=_cron(kept.get("cron")),
        zone=_zone(kept.get("zone")),
        quiet=_quiet(kept.get("quiet")),
        shortest=_bound("min", kept.get("min")),
        longest=_bound("max", kept.get("max")),
        revisit=_revisit(kept.get("revisit")),
    )
    if (schedule.shortest or 0) > (schedule.longest or LONGEST):
        raise ScheduleError("min", "must not be longer than max")
    return schedule


@lru_cache(maxsize=64)
def zone_named(name: str) -> tzinfo:
    """Return the zone of an IANA name; ``local`` is the zone of this machine. Raises ScheduleError."""
    if name == "local":
        return _local_zone()
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ScheduleError("zone", f"{name!r} is no time zone; write one like Asia/Jakarta or UTC") from None


def _local_zone() -> tzinfo:
    """Return the zone of this machine; where it has no name, what the system makes of it, the year round."""
    import tzlocal

    try:
        return tzlocal.get_localzone()
    except (ZoneInfoNotFoundError, ValueError, OSError):
        now = datetime.now().astimezone()
        told = "this machine has no time zone of a known name (TZ=%s): UTC%s is taken; poll.zone sets one"
        log.warning(told, os.environ.get("TZ", ""), f"{now:%z}")
        return now.tzinfo or UTC


def next_cron(cron: str, zone: tzinfo, after: float) -> float:
    """Return the first moment after ``after`` (epoch seconds) that a cron expression names in a zone.

    When clocks are put forward, a time that is left out comes right after the gap; when they are put back, a
    time that comes twice counts once, as with Debian's cron.
    """
    from cronsim import CronSim

    moments = (float(at.timestamp()) for at in CronSim(cron, datetime.fromtimestamp(after, zone)))
    # In an hour that comes twice, what the second one asks for may be what the first one had.
    return next(moment for moment in moments if moment > after)


def is_quiet(quiet: tuple[int, int] | None, zone: tzinfo, moment: float) -> bool:
    """Tell whether a moment (epoch seconds) lies in the quiet hours; their end does not."""
    if quiet is None:
        return False
    local = datetime.fromtimestamp(moment, zone)
    minute, (start, end) = local.hour * 60 + local.minute, quiet
    return start <= minute < end if start < end else minute >= start or minute < end


def quiet_end(quiet: tuple[int, int], zone: tzinfo, moment: float) -> float:
    """Return when the quiet hours end in which ``moment`` (epoch seconds) lies."""
    local = datetime.fromtimestamp(moment, zone)
    hour, minute = divmod(quiet[1], 60)
    end = local.replace(hour=hour % 24, minute=minute, second=0, microsecond=0)
    if hour == 24 or local.hour * 60 + local.minute >= quiet[1]:
        end += timedelta(days=1)
    # An end that the clock shows twice is the second one; one that it leaves out comes after the gap.
    return max(end.replace(fold=fold).timestamp() for fold in (0, 1))


def _cron(value: Any) -> str | None:
    if value is None:
        return None
    text = _NICKNAMES.get(str(value).strip().lower(), str(value).strip())
    if len(text.split()) != 5:
        raise ScheduleError("cron", f"{value!r} must have five fields: minute hour day month weekday")
    from cronsim import CronSim, CronSimError

    try:
        next(CronSim(text, datetime(2026, 1, 1)))
    except (CronSimError, StopIteration) as error:
        why = str(error) or "it never comes"
        raise ScheduleError("cron", f"{value!r} cannot be understood: {why}") from None
    return text


def _zone(value: Any) -> str | None:
    if value is None:
        return None
    zone_named(str(value))
    return str(value) or None


def _quiet(value: Any) -> tuple[int, int] | None:
    if value is None:
        return None
    match = _QUIET.fullmatch(str(value).strip())
    if match is None:
        raise ScheduleError("quiet", f"{value!r} is no span of the day; write 23:00-05:00")
    start, end = (int(match[n]) * 60 + int(match[n + 1]) for n in (1, 3))
    if max(start, end) > 1440 or start % 1440 == end % 1440:
        raise ScheduleError("quiet", f"{value!r} must begin and end at different times of the day")
    return start % 1440, end


def _revisit(value: Any) -> tuple[float, ...] | None:
    if value is None:
        return None
    found = spans(str(value))
    if found is None or len(found) > MOST_LOOKS or max(found, default=0) > LONGEST:
        raise ScheduleError("revisit", f"{value!r} is no plan; write 1h,6h,24h,7d or none")
    return found


def _bound(name: str, value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1 <= value <= LONGEST:
        raise ScheduleError(name, f"{value!r} is no number of seconds between 1 and a year")
    return float(value)
