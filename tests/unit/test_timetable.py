"""What a person may lay down about when a source is looked at."""

import re
import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import ScheduleError
from crawler.hints import NO_HINTS, PublisherHints, after_skip, keep_hints, read_hints, skipped
from crawler.rules import rules_of
from crawler.settings import PollSettings
from crawler.timetable import (
    NO_TIMETABLE,
    Timetable,
    is_quiet,
    next_cron,
    quiet_end,
    read_timetable,
    zone_named,
)
from tests.keeping import bare_source as source

ZONES = ["UTC", "Asia/Jakarta", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe"]
scalars = st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20)
json_values = scalars | st.lists(scalars, max_size=3)


def test_a_whole_schedule() -> None:
    kept = {
        "cron": "*/10 6-22 * * 1-5",
        "zone": "Asia/Jakarta",
        "quiet": "23:00-05:00",
        "min": 300,
        "max": 7200,
    }
    assert read_timetable(kept) == Timetable(
        cron="*/10 6-22 * * 1-5", zone="Asia/Jakarta", quiet=(1380, 300), shortest=300.0, longest=7200.0
    )
    assert read_timetable({}) is NO_TIMETABLE
    assert read_timetable({"cron": "@daily"}).cron == "0 0 * * *"


@pytest.mark.parametrize(
    ("kept", "message"),
    [
        ({"cron": "* * *"}, "cron: '* * *' must have five fields: minute hour day month weekday"),
        ({"cron": "61 * * * *"}, "cron: '61 * * * *' cannot be understood: Bad minute"),
        ({"cron": "* * 30 2 *"}, "cron: '* * 30 2 *' cannot be understood: Bad day-of-month"),
        (
            {"zone": "Mars/Olympus"},
            "zone: 'Mars/Olympus' is no time zone; write one like Asia/Jakarta or UTC",
        ),
        (
            {"zone": "../../etc/passwd"},
            "zone: '../../etc/passwd' is no time zone; write one like Asia/Jakarta or UTC",
        ),
        ({"quiet": "late"}, "quiet: 'late' is no span of the day; write 23:00-05:00"),
        ({"quiet": "05:00-05:00"}, "quiet: '05:00-05:00' must begin and end at different times of the day"),
        ({"min": 600, "max": 300}, "min: must not be longer than max"),
        ({"max": -1}, "max: -1 is no number of seconds between 1 and a year"),
        ({"crn": "* * * * *"}, "crn: is not known; a schedule has cron, zone, quiet, min, max, revisit"),
    ],
)
def test_an_error_names_the_field_in_one_line(kept: dict[str, object], message: str) -> None:
    with pytest.raises(ScheduleError) as caught:
        read_timetable(kept)
    assert str(caught.value) == message
    assert caught.value.field in kept


@given(
    st.dictionaries(st.sampled_from(["cron", "zone", "quiet", "min", "max", "x"]), json_values, max_size=5)
)
def test_a_spoilt_row_never_stops_a_poll(kept: dict[str, object]) -> None:
    rules = rules_of(source(schedule=kept), PollSettings(zone="UTC"))
    if rules.note:
        assert rules.schedule == NO_TIMETABLE
        with pytest.raises(
            ScheduleError, match=re.escape(rules.note.removeprefix("; its schedule is not heeded: "))
        ):
            read_timetable(kept)
    else:
        assert rules.schedule == read_timetable(kept)


def test_bounds_and_zones_come_from_the_settings_where_the_source_has_none() -> None:
    rules = rules_of(
        source(), PollSettings(min_interval=60, max_interval=600, effort=2.0, zone="Asia/Jakarta")
    )
    assert (rules.shortest, rules.longest, rules.effort, rules.zone) == (
        60,
        600,
        2.0,
        ZoneInfo("Asia/Jakarta"),
    )
    only_longest = rules_of(source(schedule={"max": 30}), PollSettings(zone="UTC"))
    assert (only_longest.shortest, only_longest.longest) == (30, 30), (
        "a bound of the source moves the other along"
    )


@given(st.sampled_from(ZONES), st.integers(0, 1439), st.integers(1, 1439), st.floats(1.6e9, 1.9e9))
def test_the_end_of_quiet_hours_is_not_quiet_and_near(
    zone: str, start: int, length: int, moment: float
) -> None:
    quiet, place = (start, (start + length) % 1440), ZoneInfo(zone)
    if is_quiet(quiet, place, moment):
        end = quiet_end(quiet, place, moment)
        assert moment < end <= moment + 26 * 3600
        assert not is_quiet(quiet, place, end)


@pytest.mark.parametrize(
    ("zone", "quiet", "moment", "end"),
    [
        ("Asia/Jakarta", "23:00-05:00", "2026-01-05T23:30+07:00", "2026-01-06T05:00+07:00"),
        ("Asia/Jakarta", "23:00-05:00", "2026-01-06T04:59+07:00", "2026-01-06T05:00+07:00"),
        ("Asia/Jakarta", "12:00-24:00", "2026-01-06T12:00+07:00", "2026-01-07T00:00+07:00"),
        # The clock goes from 02:00 to 03:00: 02:30 does not come.
        ("Europe/Berlin", "23:00-02:30", "2026-03-29T01:00+01:00", "2026-03-29T03:30+02:00"),
        # The clock goes from 03:00 back to 02:00: 02:30 comes twice, and the second one is the end.
        ("Europe/Berlin", "23:00-02:30", "2026-10-25T02:10+02:00", "2026-10-25T02:30+01:00"),
    ],
)
def test_quiet_hours_over_changes_of_the_clock(zone: str, quiet: str, moment: str, end: str) -> None:
    span, place = read_timetable({"quiet": quiet}).quiet, ZoneInfo(zone)
    at = datetime.fromisoformat(moment).timestamp()
    assert span is not None
    assert is_quiet(span, place, at)
    assert quiet_end(span, place, at) == datetime.fromisoformat(end).timestamp()


@given(
    st.sampled_from(ZONES),
    st.floats(1.6e9, 1.9e9),
    st.sampled_from(["*/10 * * * *", "30 2 * * *", "0 0 1 * *"]),
)
def test_cron_is_always_ahead(zone: str, after: float, cron: str) -> None:
    due = next_cron(cron, ZoneInfo(zone), after)
    assert after < due <= after + 32 * 86400
    assert next_cron(cron, ZoneInfo(zone), due) > due


@pytest.mark.parametrize(
    ("zone", "cron", "after", "due"),
    [
        ("Europe/Berlin", "30 2 * * *", "2026-10-25T02:05+01:00", "2026-10-26T02:30+01:00"),
        ("America/New_York", "30 1 * * *", "2026-11-01T01:08-05:00", "2026-11-02T01:30-05:00"),
        ("Europe/London", "5,35 1 * * *", "2026-10-25T01:01+00:00", "2026-10-26T01:05+00:00"),
        ("Europe/London", "*/10 * * * *", "2026-10-25T01:01+00:00", "2026-10-25T01:10+00:00"),
    ],
)
def test_cron_in_the_second_of_two_equal_hours(zone: str, cron: str, after: str, due: str) -> None:
    found = next_cron(cron, ZoneInfo(zone), datetime.fromisoformat(after).timestamp())
    assert found == datetime.fromisoformat(due).timestamp()


def test_the_zone_of_this_machine() -> None:
    now = datetime.now().astimezone()
    assert now.astimezone(zone_named("local")).utcoffset() == now.utcoffset()


@pytest.mark.parametrize(("zone", "offset"), [("WIB-7", 7), ("Not/AZone", 0), (":::", 0)])
def test_a_zone_of_this_machine_without_a_name(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, zone: str, offset: int
) -> None:
    """POSIX knows zones by their offsets alone, and takes what it does not know for UTC."""
    monkeypatch.setenv("TZ", zone)
    monkeypatch.setattr("tzlocal.unix._cache_tz", None)
    time.tzset()
    zone_named.cache_clear()
    try:
        found = zone_named("local")
    finally:
        monkeypatch.undo()
        time.tzset()
        zone_named.cache_clear()
    assert found.utcoffset(datetime(2026, 1, 1)) == timedelta(hours=offset)
    assert f"of a known name (TZ={zone})" in caplog.text


@given(st.dictionaries(st.sampled_from(["ttl", "max_age", "skip_hours", "skip_days", "x"]), json_values))
def test_garbage_is_no_hint(kept: dict[str, object]) -> None:
    hints = read_hints(kept)
    assert hints.wait >= 0
    assert hints.wait < float("inf")
    assert set(hints.skip_hours) <= set(range(24))
    assert read_hints(keep_hints(hints)) == hints


def test_hints_are_kept_as_far_as_they_are_there() -> None:
    assert keep_hints(NO_HINTS) == {}
    assert keep_hints(PublisherHints(ttl=900.0, skip_days=(5, 6))) == {"ttl": 900.0, "skip_days": [5, 6]}
    assert read_hints({}) is NO_HINTS


@given(st.sets(st.integers(0, 23)), st.sets(st.integers(0, 6)), st.floats(1.6e9, 1.9e9))
def test_after_what_is_to_be_skipped(hours: set[int], days: set[int], moment: float) -> None:
    hints = PublisherHints(skip_hours=tuple(hours), skip_days=tuple(days))
    later = after_skip(hints, moment)
    assert moment <= later <= moment + 8 * 86400
    if len(hours) < 24 and len(days) < 7:
        assert not skipped(hints, later)
    else:
        assert later == moment, "who never wants to be polled is not heeded"
