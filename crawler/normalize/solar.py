"""Days of the Solar Hijri calendar, by which Iran and Afghanistan date, to those of the Gregorian one.

A year begins in March on the day of the equinox. Leap years follow the rule of 33 years, which agrees with
the equinox for the years 1178 to 1633 (1799 to 2254); see K. M. Borkowski, "The Persian calendar for 3000
years", Earth, Moon and Planets 74 (1996), 223-230.
"""

import re
from datetime import date, timedelta
from functools import cache

from spiders.readers.conventions import SOLAR_YEARS, any_of, dates

_LEAP = frozenset([1, 5, 9, 13, 17, 22, 26, 30])
_BEFORE_FIRST = date(1990, 3, 21)
_HALF = 6
"""Months of 31 days; the others have 30, the last one 29 unless the year is a leap year."""
_NUMBERS = re.compile(r"(?<!\d)(1[34]\d\d)([-/.])(\d{1,2})\2(\d{1,2})(?!\d|[-/.]\d)")
_NUMBERS_BACK = re.compile(r"(?<!\d)(\d{1,2})([-/.])(\d{1,2})\2(1[34]\d\d)(?!\d|[-/.]\d)")


def gregorian(year: int, month: int, day: int) -> date:
    """Return the Gregorian day of one of the Solar Hijri calendar. ValueError for days that there are not."""
    if year not in SOLAR_YEARS or not 1 <= month <= 12 or not 1 <= day <= _length(year, month):
        raise ValueError(f"no day: {year}-{month}-{day}")
    years = sum(365 + _is_leap(before) for before in range(SOLAR_YEARS.start, year))
    months = 30 * (month - 1) + min(month - 1, _HALF)
    return _BEFORE_FIRST + timedelta(days=years + months + day - 1)


def _length(year: int, month: int) -> int:
    return 31 if month <= _HALF else 30 if month < 12 or _is_leap(year) else 29


def _is_leap(year: int) -> bool:
    return year % 33 in _LEAP


def solar_day(text: str, language: str | None) -> tuple[date, str, str] | None:
    """Find a day of the Solar Hijri calendar in a date with digits of ASCII: the Gregorian day, what stands
    before and what behind; None without, or when the language does not date so.
    """
    months = _months(language) if language else {}
    if not months:
        return None
    line = text.replace("ي", "ی").replace("ك", "ک")
    for pattern, order in ((_NUMBERS, (1, 3, 4)), (_NUMBERS_BACK, (4, 3, 1)), (_named(language), (3, 2, 1))):
        if found := pattern.search(line):
            year, month, day = (found[place] for place in order)
            try:
                at = gregorian(int(year), months.get(month) or int(month), int(day))
            except ValueError:
                return None
            return at, line[: found.start()], line[found.end() :]
    return None


@cache
def _months(language: str) -> dict[str, int]:
    names = enumerate(dates(language).get("solar_months", ()), 1)
    return {name: number for number, forms in names for name in forms}


@cache
def _named(language: str | None) -> re.Pattern[str]:
    months = any_of(_months(language or ""))
    return re.compile(rf"(?<!\d)(\d{{1,2}})\s*(?:ام\s+)?({months})\s*(?:ماه\s*)?(?:سال\s*)?(1[34]\d\d)(?!\d)")
