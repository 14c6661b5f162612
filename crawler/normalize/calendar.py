"""Dates in words by the tables of their language: every word must be known, or the date is not read here."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import Any

from crawler.normalize.zones import named_offset
from spiders.readers.conventions import dates

_TOKEN = re.compile(r"\d+|[^\W\d_]+(?:['’.][^\W\d_]+)*")
_CLOCK = re.compile(
    r"(?<!\d)([0-2]?\d)\s*[:.hHu時时点시]\s*([0-5]\d)(?:\s*[:分분]\s*[0-5]\d(?:\.\d+)?)?(?:\s*분|\s*分)?(?!\d|[.\-/]\d)"
)
_EASTERN = re.compile(r"(\d{4})\s*[年년.]\s*(\d{1,2})\s*[月월.]\s*(\d{1,2})\s*(?:[日일.]|(?=\s|$))")
_NUMBERS = re.compile(r"(?<!\d)(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?![\d./-])")
_BRACKETS = re.compile(r"[(（][^()（）]{1,12}[)）]")
_OFFSET = re.compile(r"\(?\b(?:GMT|UTC)\s?([+\-−])(\d{1,2}):?(\d{2})?\)?\s*$", re.IGNORECASE)
_ZONE = re.compile(r"(?<=[\dmM])\s*\(?([A-Z]{2,5})\)?\s*$")
_UNIT_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 7 * 86400}
_MARKS = " \t,.;|·•-–—/:()（）|｜،、。@"


@dataclass(frozen=True, slots=True)
class Words:
    """A date read: naive unless it named its zone."""

    at: datetime
    day_only: bool


@dataclass(frozen=True, slots=True)
class _Tables:
    """What the words of a language mean in a date."""

    months: Mapping[str, int]
    idle: frozenset[str]
    """Words that say nothing: days of the week, "pukul", "um"."""
    evening: frozenset[str]
    morning: frozenset[str]


def read_calendar(
    text: str, language: str, *, country: str | None, base: datetime | None, order: str | None = None
) -> Words | None:
    """Read a date such as ``Selasa, 21 Oktober 2025 20:43 WIB`` or ``2 jam lalu`` in one language.

    Relative dates count from ``base`` (naive local time) and are not read without it. None when any word is
    not known, and when day, month or year are missing. ``order`` of numbers alone is ``DMY`` or ``MDY``;
    without it they are not read.
    """
    if not dates(language):
        return None
    line = " ".join(text.split())
    if base is not None and (found := _relative(line.casefold(), language, base)) is not None:
        return found
    try:
        return _absolute(line, _tables(language), country, order)
    except ValueError:
        return None


def _relative(line: str, language: str, base: datetime) -> Words | None:
    words = dates(language)
    for days, kind in ((0, "today"), (1, "yesterday")):
        if line in words.get(kind, ()):
            midnight = base.replace(hour=0, minute=0, second=0, microsecond=0)
            return Words(midnight - timedelta(days=days), day_only=True)
    for unit, usual, pattern in _ago(language):
        if match := pattern.fullmatch(line):
            number = int(next(filter(None, match.groups()), usual))
            at = base - timedelta(seconds=number * _UNIT_SECONDS[unit])
            if unit in ("day", "week"):
                return Words(at.replace(hour=0, minute=0, second=0, microsecond=0), day_only=True)
            return Words(at, day_only=False)
    return None


@cache
def _ago(language: str) -> tuple[tuple[str, int, re.Pattern[str]], ...]:
    """Units with the number of them that words without a number say, one or two, and a pattern."""
    return tuple(
        (unit, usual, re.compile("|".join(map(_template, templates))))
        for usual, kind in ((1, "ago"), (2, "twice_ago"))
        for unit, templates in dates(language).get(kind, {}).items()
        if unit in _UNIT_SECONDS
    )


def _template(said: str) -> str:
    before, number, after = said.partition("{n}")
    return rf"{re.escape(before)}(\d{{1,3}}){re.escape(after)}" if number else re.escape(said)


@cache
def _tables(language: str) -> _Tables:
    words: Mapping[str, Any] = dates(language)
    idle = {*_forms(words.get("days", ())), *_forms(words.get("around", ()))}
    months = {form: number for number, names in enumerate(words["months"], 1) for form in _forms(names)}
    english = {} if language == "en" else dates("en")
    return _Tables(
        months=months,
        idle=frozenset(idle - months.keys()),
        evening=frozenset({*_forms(words.get("evening", ())), *english.get("evening", ()), "pm"}),
        morning=frozenset({*_forms(words.get("morning", ())), *english.get("morning", ()), "am"}),
    )


def _forms(names: Any) -> Iterator[str]:
    for name in names:
        yield name
        yield name.replace("’", "'")


def _absolute(line: str, tables: _Tables, country: str | None, order: str | None) -> Words | None:
    line, offset = _without_zone(line, country)
    day = _eastern(line) or _western(line, tables) or _numeric(line, order)
    if day is None:
        return None
    (year, month, number), rest = day
    clock, rest = _clock(rest)
    half = _half(rest, tables)
    if half is None or not 1990 <= year <= 2100:
        return None
    if clock is None:
        return Words(datetime(year, month, number), day_only=True) if offset is None and not half else None
    hour, minute = clock
    hour = hour % 12 + (12 if half == "evening" else 0) if half and hour <= 12 else hour
    at = datetime(year, month, number, hour, minute)
    return Words(at if offset is None else at.replace(tzinfo=offset), day_only=False)


def _without_zone(line: str, country: str | None) -> tuple[str, Any]:
    if match := _OFFSET.search(line):
        hours, minutes = int(match[2]), int(match[3] or 0)
        ahead = timedelta(hours=hours, minutes=minutes) * (1 if match[1] == "+" else -1)
        return line[: match.start()], timezone(ahead) if hours <= 14 else None
    match = _ZONE.search(line)
    if match and (offset := named_offset(match[1], country)) is not None:
        return line[: match.start()], offset
    return line, None


def _eastern(line: str) -> tuple[tuple[int, int, int], str] | None:
    match = _EASTERN.search(line)
    if match is None:
        return None
    year, month, day = map(int, match.groups())
    rest = f"{line[: match.start()]} {line[match.end() :]}"
    return (year, month, day), _BRACKETS.sub(" ", rest)


def _western(line: str, tables: _Tables) -> tuple[tuple[int, int, int], str] | None:
    """Day, month and year around the name of a month: 21 Oktober 2025, October 21st, 2025."""
    tokens = [(match[0].casefold(), match.start(), match.end()) for match in _TOKEN.finditer(line)]
    named = [place for place, (word, _, _) in enumerate(tokens) if word.rstrip(".") in tables.months]
    if len(named) != 1:
        return None
    place = named[0]
    before = _number(tokens, place - 1, -1, tables)
    after = _number(tokens, place + 1, 1, tables)
    if before is not None and after is not None and len(tokens[after][0]) == 4:
        day, year = before, after
    elif after is not None and len(tokens[after][0]) <= 2:
        day = after
        following = _number(tokens, after + 1, 1, tables)
        if following is None or len(tokens[following][0]) != 4:
            return None
        year = following
    else:
        return None
    if len(tokens[day][0]) > 2:
        return None
    start, end = tokens[min(day, place)][1], tokens[max(year, place)][2]
    month = tables.months[tokens[place][0].rstrip(".")]
    return (int(tokens[year][0]), month, int(tokens[day][0])), f"{line[:start]} {line[end:]}"


def _numeric(line: str, order: str | None) -> tuple[tuple[int, int, int], str] | None:
    match = _NUMBERS.search(line)
    if match is None or order not in ("DMY", "MDY"):
        return None
    first, second, year = int(match[1]), int(match[3]), int(match[4])
    day, month = (first, second) if order == "DMY" else (second, first)
    return (year, month, day), f"{line[: match.start()]} {line[match.end() :]}"


def _number(tokens: list[tuple[str, int, int]], place: int, step: int, tables: _Tables) -> int | None:
    """The next number in one direction, over at most two words that say nothing."""
    for _ in range(3):
        if not 0 <= place < len(tokens):
            return None
        word = tokens[place][0]
        if word.isdigit():
            return place
        if word not in tables.idle:
            return None
        place += step
    return None


def _clock(rest: str) -> tuple[tuple[int, int] | None, str]:
    match = _CLOCK.search(rest)
    if match is None:
        return None, rest
    hour, minute = int(match[1]), int(match[2])
    if hour > 23:
        raise ValueError(f"no hour: {hour}")
    return (hour, minute), f"{rest[: match.start()]} {rest[match.end() :]}"


def _half(rest: str, tables: _Tables) -> str | None:
    """``evening``, ``morning`` or nothing, as the words left over say; None when one of them is unknown."""
    half = ""
    for word in filter(None, (piece.strip(_MARKS).casefold() for piece in rest.split())):
        word = word.replace("’", "'")
        if word in tables.evening or word.replace(".", "") in tables.evening:
            half = "evening"
        elif word in tables.morning or word.replace(".", "") in tables.morning:
            half = "morning"
        elif word not in tables.idle:
            return None
    return half
