"""Dates in words ("Selasa, 21 Oktober 2025 20.43", "vor 2 Stunden"): by the tables of their language, or else
by dateparser, which knows more and takes a thousand times as long.
"""

import re
from datetime import datetime
from functools import cache
from typing import Any

from crawler.normalize.calendar import Words, read_calendar
from crawler.normalize.rules import rules

_CLOCK = re.compile(r"\d\s*[:.hH時点]\s*\d{2}(?!\d{2})|\d\s*(?:am|pm|a\.m|p\.m|uhr|時|点)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_LABEL = re.compile(r"[^\W\d_]{4,20}\s*[:|,]?\s+(?=\S)")
_DOTTED_CLOCK = re.compile(r"(?<![\d.])(\d{1,2})\.(\d{2})(?=\s*(?:$|[A-Z]{2,4}\b|Uhr|uhr))")
_NUMBERS_FIRST = re.compile(r"\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2,4}")
_COMMON = [
    *("en", "id", "ms", "de", "fr", "es", "pt", "it", "nl", "pl", "ru", "uk", "tr", "ar", "fa", "hi"),
    *("bn", "th", "vi", "zh", "ja", "ko", "sv", "da", "nb", "fi", "cs", "hu", "ro", "el", "he"),
]
"""Tried where nobody knows the language; all that dateparser has would take a second to load."""


def read_words(
    text: str, *, language: str | None, country: str | None, base: datetime | None
) -> Words | None:
    """Read a date in words, in ``language`` first, then English; in any common one where that is unknown.

    Relative dates count from ``base`` (naive local time) and are not read without it. Numbers alone
    ("03/10/2025") are day first, except with slashes from the United States or in English from anywhere.
    A word before the date ("Published ...") is passed over.
    """
    if not any(map(str.isdigit, text)) and not (language and base):
        return None
    text = _DOTTED_CLOCK.sub(r"\1:\2", _known_spelling(text))
    label = _LABEL.match(text)
    candidates = (text, text[label.end() :]) if label else (text,)
    numbers = _NUMBERS_FIRST.search(text)
    order = _order(numbers[0], language, country) if numbers else None
    for candidate in candidates:
        by_tables = read_calendar(candidate, language or "en", country=country, base=base, order=order)
        if by_tables is not None:
            return by_tables
    for candidate in candidates:
        for languages in _attempts(language):
            at = _parse(candidate, languages, _settings(base, _order(candidate, language, country)))
            if at is not None:
                return _judged(at, candidate, base)
    return None


def _known_spelling(text: str) -> str:
    spellings = rules("dates")["spellings"]
    return _WORD.sub(lambda match: spellings.get(match[0].lower(), match[0]), text)


def _judged(at: datetime, text: str, base: datetime | None) -> Words:
    """Drop the time of day that dateparser takes from the moment a relative date counts from."""
    if base is None or re.search(r"\d{4}", text) or _NUMBERS_FIRST.search(text):
        return Words(at, day_only=not _CLOCK.search(text))
    days_only = (at.hour, at.minute, at.second) == (base.hour, base.minute, base.second)
    if days_only and at.date() != base.date():  # "yesterday", "3 days ago": the hour is not known
        return Words(at.replace(hour=0, minute=0, second=0, microsecond=0), day_only=True)
    return Words(at, day_only=False)


def _order(text: str, language: str | None, country: str | None) -> str | None:
    numbers = _NUMBERS_FIRST.match(text)
    if not numbers:
        return None
    if "/" not in numbers[0]:
        return "DMY"
    if country:
        return "MDY" if country.lower() == "us" else "DMY"
    return None if language in (None, "en") else "DMY"


def _settings(base: datetime | None, order: str | None) -> dict[str, Any]:
    parsers = ["timestamp", "custom-formats", "absolute-time"] if base is None else None
    return {
        "REQUIRE_PARTS": ["day", "month", "year"],
        "PREFER_DATES_FROM": "past",
        "RETURN_TIME_AS_PERIOD": False,
        **({"RELATIVE_BASE": base} if base else {}),
        **({"PARSERS": parsers} if parsers else {}),
        **({"DATE_ORDER": order} if order else {}),
    }


def _attempts(language: str | None) -> list[list[str]]:
    if language and language in _languages():
        return [[language], ["en"]] if language != "en" else [["en"]]
    return [["en"], _COMMON]


@cache
def _languages() -> frozenset[str]:
    from dateparser.data.languages_info import language_order

    return frozenset(language_order)


def _parse(text: str, languages: list[str], settings: dict[str, Any]) -> datetime | None:
    import dateparser

    try:
        found = dateparser.parse(text, languages=languages, settings=settings)
    except (ValueError, TypeError, OverflowError, AttributeError, LookupError, RecursionError):
        return None  # dateparser's own failures on odd input
    return found if isinstance(found, datetime) else None
