"""Times and durations as people write them."""

import time
from datetime import UTC, datetime, timedelta, timezone

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.cli.when import end_option, every_option, moment, moment_option
from crawler.errors import UsageError
from crawler.spans import span

WIB = timezone(timedelta(hours=7))
NOW = datetime(2026, 11, 23, 20, 43, tzinfo=WIB)
OPTION = click.Option(["--since"])
CONTEXT = click.Context(click.Command("search"))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7d", 604800),
        ("24h", 86400),
        ("2w", 1209600),
        ("90m", 5400),
        ("45s", 45),
        ("1h30m", 5400),
        (" 1D ", 86400),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert span(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "7", "d", "7 days", "-7d", "7d later", "2026-11-23", "99999999999w", "７d x"]
)
def test_no_durations(text: str) -> None:
    assert span(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7d", datetime(2026, 11, 16, 20, 43, tzinfo=WIB)),
        ("2026-11-23", datetime(2026, 11, 23, 0, 0, tzinfo=WIB)),
        ("20261123", datetime(2026, 11, 23, 0, 0, tzinfo=WIB)),
        ("2026-11-23T20:43", datetime(2026, 11, 23, 20, 43, tzinfo=WIB)),
        ("2026-11-23 20:43:05", datetime(2026, 11, 23, 20, 43, 5, tzinfo=WIB)),
        ("2026-11-23T20:43+00:00", datetime(2026, 11, 23, 20, 43, tzinfo=UTC)),
        ("2026-11-23T20:43Z", datetime(2026, 11, 23, 20, 43, tzinfo=UTC)),
        ("yesterday", datetime(2026, 11, 22, tzinfo=WIB)),
        ("2026-11", datetime(2026, 11, 1, tzinfo=WIB)),
        ("2026-W47", datetime(2026, 11, 16, tzinfo=WIB)),
        ("P7D", datetime(2026, 11, 16, 20, 43, tzinfo=WIB)),
        ("60min", datetime(2026, 11, 23, 19, 43, tzinfo=WIB)),
        ("1y", datetime(2025, 11, 23, 20, 43, tzinfo=WIB)),
    ],
)
def test_moments(text: str, expected: datetime) -> None:
    found = moment(text, now=NOW)
    assert found == expected
    assert found.utcoffset() == expected.utcoffset()


def test_the_end_of_a_day_includes_it_and_a_time_stays_a_time() -> None:
    assert moment("2026-11-23", now=NOW, end=True) == datetime(2026, 11, 23, 23, 59, 59, 999999, tzinfo=WIB)
    assert moment("2026-11-23T08:00", now=NOW, end=True) == datetime(2026, 11, 23, 8, 0, tzinfo=WIB)
    assert moment("2026-W47", now=NOW, end=True) == datetime(2026, 11, 22, 23, 59, 59, 999999, tzinfo=WIB)
    assert moment("2026-02", now=NOW, end=True) == datetime(2026, 2, 28, 23, 59, 59, 999999, tzinfo=WIB)


@pytest.mark.parametrize(
    "text", ["someday", "2026-11-01/2026-11-08", "2026-13-01", "2026-11-31", "23.11.2026", "", "now; drop"]
)
def test_what_is_no_time_is_refused_with_the_forms_to_write(text: str) -> None:
    with pytest.raises(UsageError, match=r"write 2026-11-23.* 2026-W47, today, yesterday, now, "):
        moment(text, now=NOW)


@given(st.text(max_size=40))
def test_any_text_is_a_moment_or_a_usage_error(text: str) -> None:
    try:
        found = moment(text, now=NOW)
    except UsageError:
        return
    assert found.tzinfo is not None


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(WIB)))
def test_what_we_print_is_read_back(when: datetime) -> None:
    assert moment(when.isoformat(), now=NOW) == when


def test_options_give_aware_times_or_a_usage_error() -> None:
    found = moment_option(CONTEXT, OPTION, "2026-11-23")
    assert found is not None
    assert found.tzinfo is not None
    assert (found.hour, found.day) == (0, 23)
    assert moment_option(CONTEXT, OPTION, None) is None
    end = end_option(CONTEXT, OPTION, "2026-11-23")
    assert end is not None
    assert end - found == timedelta(days=1)
    eight = end_option(CONTEXT, OPTION, "2026-11-23T08:00")
    assert eight is not None
    assert eight.replace(microsecond=0) < eight, "what came out at eight o'clock is wanted"
    assert end_option(CONTEXT, OPTION, None) is None
    with pytest.raises(click.BadParameter, match="is no time"):
        moment_option(CONTEXT, OPTION, "soon")


@pytest.mark.parametrize("zone", ["Asia/Jakarta", "America/New_York"])
@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00", "0001-01-01", "9999-12-31"]
)
def test_times_too_far_away_are_refused(monkeypatch: pytest.MonkeyPatch, zone: str, text: str) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        with pytest.raises(click.BadParameter, match="too far away: name a year from 2 to 9998"):
            end_option(CONTEXT, OPTION, text)
        assert end_option(CONTEXT, OPTION, text.replace("0001", "0002").replace("9999", "9998"))
    finally:
        monkeypatch.undo()
        time.tzset()


def test_the_time_between_polls() -> None:
    assert every_option(CONTEXT, OPTION, "15m") == 900.0
    assert every_option(CONTEXT, OPTION, "auto") == 0.0
    assert every_option(CONTEXT, OPTION, None) is None
    for text in ("often", "0m", "15", ""):
        with pytest.raises(click.BadParameter, match="is no duration"):
            every_option(CONTEXT, OPTION, text)
