"""Dates of the Solar Hijri calendar."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.normalize import normalize
from crawler.normalize.dates import Hints, parse_date
from crawler.normalize.draft import EntryFacts
from crawler.normalize.solar import gregorian
from crawler.normalize.zones import assumed_zone
from spiders.readers.page import read_page

HINTS = Hints(language="fa", country="ir", assumed=assumed_zone(country="ir"))
URL = "https://khabar.example/news/1"
TEXT = "<p>" + "وزیر نیرو گفت که آب سدهای کشور افزایش یافته است و نگرانی نیست. " * 6 + "</p>"


@pytest.mark.parametrize(
    ("solar", "day"),
    [
        ((1369, 1, 1), date(1990, 3, 21)),
        ((1375, 12, 30), date(1997, 3, 20)),
        ((1399, 12, 30), date(2021, 3, 20)),
        ((1403, 1, 1), date(2024, 3, 20)),
        ((1403, 2, 6), date(2024, 4, 25)),
        ((1403, 12, 30), date(2025, 3, 20)),
        ((1404, 7, 1), date(2025, 9, 23)),
        ((1408, 12, 30), date(2030, 3, 20)),
    ],
)
def test_days(solar: tuple[int, int, int], day: date) -> None:
    assert gregorian(*solar) == day


@pytest.mark.parametrize("solar", [(1404, 12, 30), (1403, 7, 31), (1403, 13, 1), (1403, 1, 0), (2024, 1, 1)])
def test_days_that_there_are_not(solar: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="no day"):
        gregorian(*solar)


@given(st.integers(1369, 1477), st.integers(1, 12), st.integers(1, 29))
def test_a_day_later_is_a_day_later(year: int, month: int, day: int) -> None:
    at = gregorian(year, month, day)
    assert at.year in (year + 621, year + 622)
    if day < 29:
        assert gregorian(year, month, day + 1) == at + timedelta(days=1)


@pytest.mark.parametrize(
    ("raw", "iso"),
    [
        ("۱۴۰۳/۰۲/۰۶", "2024-04-25T00:00:00+03:30"),
        ("۶ اردیبهشت ۱۴۰۳", "2024-04-25T00:00:00+03:30"),
        ("۶ اردیبهشت ماه ۱۴۰۳", "2024-04-25T00:00:00+03:30"),
        ("پنج‌شنبه ۶ اردیبهشت ۱۴۰۳ ساعت ۱۰:۲۵", "2024-04-25T10:25:00+03:30"),
        ("تاریخ انتشار: ۰۶ ارديبهشت ۱۴۰۳ - ۱۰:۲۵", "2024-04-25T10:25:00+03:30"),
        ("۱۰:۲۵ - ۱۴۰۳/۰۲/۰۶", "2024-04-25T10:25:00+03:30"),
        ("1403-02-06T10:25:00+03:30", "2024-04-25T10:25:00+03:30"),
        ("۷ ثور ۱۴۰۳", "2024-04-26T00:00:00+03:30"),
        ("۲۵ آوریل ۲۰۲۴، ۱۰:۲۵", "2024-04-25T10:25:00+03:30"),
    ],
)
def test_as_printed(raw: str, iso: str) -> None:
    found = parse_date(raw, hints=HINTS)
    assert found is not None
    assert found.isoformat() == iso


def test_other_languages_do_not_date_so() -> None:
    found = parse_date("1403/02/06", hints=Hints(language="ar"))
    assert found is not None
    assert found.year == 1403


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("", '<span class="date">پنجشنبه / ۶ اردیبهشت ۱۴۰۳ / ۱۰:۲۵</span>'),
        ("", "<ul><li><span>تاریخ انتشار:</span> <span>۶ اردیبهشت ۱۴۰۳ - ۱۰:۲۵</span></li></ul>"),
        ("", "<p>۱۴۰۳/۰۲/۰۶ ۱۰:۲۵</p>"),
        ('<meta property="article:published_time" content="1403-02-06T10:25">', ""),
    ],
)
def test_on_a_page(head: str, body: str) -> None:
    page = (
        f"<html lang=fa><head>{head}</head><body><div><h1>آب سدها افزایش یافت</h1>{body}</div>{TEXT}</body>"
    )
    now = datetime(2026, 1, 1, tzinfo=UTC)
    document = read_page(page.encode(), url=URL, requested_url=URL, fetched_at=now.timestamp())
    draft = normalize(document, EntryFacts(), now=now)
    assert str(draft.published_at) == "2024-04-25 10:25:00+03:30"
