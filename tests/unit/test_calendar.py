"""Dates by the tables of their language, without the library that knows more."""

import sys
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.normalize.calendar import read_calendar
from crawler.normalize.dates import Hints, parse_date
from spiders.readers.conventions import COMMON, dates, languages

BASE = datetime(2025, 10, 22, 5, 0)
CODES = sorted(set(languages()) - {COMMON})


@pytest.mark.parametrize(
    ("raw", "language", "iso"),
    [
        ("Selasa, 21 Oktober 2025 20:43 WIB", "id", "2025-10-21T20:43:00+07:00"),
        ("Jum'at, 3 Okt 2025 | 09.15 WITA", "id", "2025-10-03T09:15:00+08:00"),
        ("Selasa, 21 Oktober 2025 pukul 20.43 WIT", "id", "2025-10-21T20:43:00+09:00"),
        ("2 jam lalu", "id", "2025-10-22T03:00:00"),
        ("5 menit yang lalu", "id", "2025-10-22T04:55:00"),
        ("kemarin", "id", "2025-10-21T00:00:00"),
        ("baru saja", "id", "2025-10-22T04:59:59"),
        ("tadi malam", "id", "2025-10-21T00:00:00"),
        ("قبل ساعتين", "ar", "2025-10-22T03:00:00"),
        ("منذ يومين", "ar", "2025-10-20T00:00:00"),
        ("منذ ساعة", "ar", "2025-10-22T04:00:00"),
        ("Jumaat, 3 Ogos 2025", "ms", "2025-08-03T00:00:00"),
        ("October 21st, 2025 at 8:43 p.m.", "en", "2025-10-21T20:43:00"),
        ("21. Oktober 2025, 20:43 Uhr", "de", "2025-10-21T20:43:00"),
        ("21 octobre 2025 à 20h43", "fr", "2025-10-21T20:43:00"),
        ("il y a 2 heures", "fr", "2025-10-22T03:00:00"),
        ("21 de octubre de 2025, 20:43", "es", "2025-10-21T20:43:00"),
        ("21 ottobre 2025 alle 20:43", "it", "2025-10-21T20:43:00"),
        ("måndag 20 oktober 2025 20:43", "sv", "2025-10-20T20:43:00"),
        ("21. října 2025", "cs", "2025-10-21T00:00:00"),
        ("21 Ekim 2025 20:43", "tr", "2025-10-21T20:43:00"),
        ("21 октября 2025, 20:43", "ru", "2025-10-21T20:43:00"),
        ("٢١ أكتوبر ٢٠٢٥", "ar", "2025-10-21T00:00:00"),
        ("2025年10月21日(火) 20時43分", "ja", "2025-10-21T20:43:00"),
        ("3小时前", "zh", "2025-10-22T02:00:00"),
        ("2025. 10. 21. 오후 8:43", "ko", "2025-10-21T20:43:00"),
        ("21/10/2025, 20:43 (GMT+7)", "vi", "2025-10-21T20:43:00+07:00"),
    ],
)
def test_dates(raw: str, language: str, iso: str) -> None:
    found = read_calendar(raw, language, country=None, base=BASE, order="DMY")
    assert found is not None
    assert found.at.isoformat() == iso
    assert found.day_only == iso.endswith("T00:00:00")


@pytest.mark.parametrize(
    "raw",
    [
        *("", "21 Oktober", "Oktober 2025", "30 Februari 2025", "21 Oktober 2025 di Jakarta", "2 jam"),
        *("21 Oktober 2025 25:43", "21 Oktober 22 November 2025", "21 Oktober 1789"),
    ],
)
def test_no_guesses(raw: str) -> None:
    assert read_calendar(raw, "id", country=None, base=BASE) is None


@pytest.mark.parametrize("raw", ["21 ต.ค. 2568", "21 ตุลาคม พ.ศ. 2568", "2568-10-21", "21 ตุลาคม 2025"])
def test_thai_years(raw: str) -> None:
    found = parse_date(raw, hints=Hints(language="th"))
    assert found is not None
    assert found.date().isoformat() == "2025-10-21"


def test_without_a_base_nothing_is_relative() -> None:
    assert read_calendar("2 jam lalu", "id", country=None, base=None) is None


@pytest.mark.parametrize("language", CODES)
def test_every_language_reads_its_own_months(language: str) -> None:
    words = dates(language)
    assert len(words["months"]) == 12
    for month, names in enumerate(words["months"], 1):
        for name in names:
            if name[:1].isdigit() or " " in name:
                continue
            found = read_calendar(f"3 {name} 2025", language, country=None, base=None)
            assert found is None or found.at == datetime(2025, month, 3) or month_of_two(words, name)


def month_of_two(words: object, name: str) -> bool:
    months = words["months"]  # type: ignore[index]
    return sum(name in names for names in months) > 1


@given(st.text(max_size=40), st.sampled_from(CODES), st.sampled_from([None, "DMY", "MDY"]))
def test_never_raises(raw: str, language: str, order: str | None) -> None:
    read_calendar(raw, language, country=None, base=BASE, order=order)


def test_the_library_is_not_loaded_for_usual_dates() -> None:
    loaded = "dateparser" in sys.modules
    hints = Hints(language="id", fetched_at=datetime(2025, 10, 22, tzinfo=UTC))
    for raw in ("Selasa, 21 Oktober 2025 20:43 WIB", "2 jam yang lalu", "Diterbitkan 21/10/2025 20:43"):
        assert parse_date(raw, hints=hints) is not None
    assert ("dateparser" in sys.modules) == loaded
