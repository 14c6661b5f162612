"""When something was published, as its line and its URL say."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.dated import ZONES, published, stamp, url_end
from tests.keeping import line


def utc(*parts: int) -> float:
    return datetime(*parts, tzinfo=UTC).timestamp()


SLACK = ZONES.total_seconds()


@pytest.mark.parametrize(
    ("url", "end"),
    [
        ("https://a.example/2026/11/25/slug", utc(2026, 11, 26) + SLACK),
        ("https://a.example/20261125-slug", utc(2026, 11, 26) + SLACK),
        ("https://a.example/news/2026-02-28/slug", utc(2026, 3, 1) + SLACK),
        ("https://a.example/2026/12/slug", utc(2027, 1, 1) + SLACK),
        ("https://a.example/post-sitemap-2026-11.xml", utc(2026, 12, 1) + SLACK),
        ("https://a.example/2026/02/30/slug", None),  # there is no such day
        ("https://a.example/2026/slug", None),  # may be a number
        ("https://a.example/202611/slug", None),
        ("https://2026-11-25.example/slug", None),  # a host is no date
        ("https://a.example/d-71202611258", None),
        ("https://a.example/slug", None),
    ],
)
def test_the_date_in_a_url(url: str, end: float | None) -> None:
    assert url_end(url) == end


def test_a_sitemap_may_be_called_after_a_year_or_six_digits() -> None:
    assert url_end("https://a.example/sitemap-2019.xml", least="year") == utc(2020, 1, 1) + SLACK
    assert url_end("https://a.example/sitemap-201902.xml", least="year") == utc(2019, 3, 1) + SLACK
    assert url_end("https://a.example/2026/11/25/x-2019", least="year") == utc(2026, 11, 26) + SLACK


def test_a_day_counts_to_its_end_everywhere_on_earth() -> None:
    assert stamp("2026-11-25") == utc(2026, 11, 26) + SLACK
    assert stamp("2026-11-25T10:00:00Z") == utc(2026, 11, 25, 10)
    assert stamp("soon") is None
    assert stamp(None) is None


def test_a_date_stands_above_the_urls() -> None:
    both = line("2019/01/05/x", published="2026-11-25T10:00:00Z")
    assert published(both) == utc(2026, 11, 25, 10)
    early = line("2026/11/25/x", updated="2026-11-25T10:00:00Z")
    assert published(early) == utc(2026, 11, 25, 10)
    assert published(line("x")) is None
    assert published(line("2019/01/05/x", updated="2026-11-25T10:00:00Z")) == utc(2019, 1, 6) + SLACK


@given(st.text())
def test_nothing_raises(text: str) -> None:
    url_end(f"https://a.example/{text}", least="year")


@given(st.datetimes(timezones=st.just(UTC)))
def test_the_usual_form_is_read_exactly(at: datetime) -> None:
    assert stamp(at.isoformat()) == at.timestamp()
    assert stamp(at.isoformat().replace("+00:00", "Z")) == at.timestamp()


@pytest.mark.parametrize("text", ["9999-12-31", "0001-01-01", "9999-12-31T23:59:59-14:00"])
def test_the_ends_of_the_calendar_are_dates_like_others(text: str) -> None:
    """One such line in a sitemap must not cost the others."""
    assert (stamp(text) or 0.0) > datetime(2026, 1, 1, tzinfo=UTC).timestamp() or text.startswith("0001")


@pytest.mark.parametrize("text", ["2026-11-24 10:00:00 XYZ", "yesterday", "Selasa, 24 November 2026", "x"])
def test_dates_in_words_are_not_read(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes some 20 ms, and a sitemap may list 50,000 of them."""
    monkeypatch.setattr("crawler.normalize.dates.read_words", lambda *_, **__: pytest.fail("read"))
    assert stamp(text) is None
