"""What a source's own entries teach about when it publishes."""

import math
import random
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import rhythm as rhythms
from crawler.rhythm import News, Rhythm

DAY, HOUR = 86400.0, 3600.0
MONDAY = 1_759_708_800.0
"""2025-10-06, 00:00 UTC."""


def spread(count: int, start: float, end: float) -> list[float]:
    return [start + (end - start) * (place + 0.5) / count for place in range(count)]


def mornings(days: int, *, weekend: bool = True, start: float = MONDAY) -> list[float]:
    """Twelve entries from 6 to 10 each morning."""
    wanted = [day for day in range(days) if weekend or day % 7 < 5]
    return [
        moment
        for day in wanted
        for moment in spread(12, start + day * DAY + 6 * HOUR, start + day * DAY + 10 * HOUR)
    ]


def watched(times: list[float], *, every: float, end: float, window: int = 30) -> Rhythm:
    """The rhythm after polls at a fixed interval from the first day's end on."""
    known: Rhythm | None = None
    before, seen = None, 0
    at = times[0] + DAY
    while at <= end:
        there = sum(moment <= at for moment in times)
        if there > seen:
            shown = times[max(there - window, 0) : there]
            news = News(at=at, new=min(there - seen, window), seen=len(shown), published=shown, before=before)
            known = rhythms.learn(known, news)
        before, seen = at, there
        at += every
    assert known is not None
    return known


moments = st.floats(0, 4e9)


@st.composite
def news_polls(draw: st.DrawFn) -> News:
    at, new = draw(moments), draw(st.integers(1, 500))
    ages = draw(st.lists(st.floats(-1e6, 1e9), max_size=60))
    before = draw(st.none() | st.floats(0, 1e8))
    return News(
        at=at,
        new=new,
        seen=new + draw(st.integers(0, 500)),
        published=[at - age for age in ages],
        before=None if before is None else at - before,
    )


@st.composite
def rhythms_learnt(draw: st.DrawFn) -> Rhythm:
    polls = sorted(draw(st.lists(news_polls(), min_size=1, max_size=5)), key=lambda news: news.at)
    known: Rhythm | None = None
    for news in polls:
        known = rhythms.learn(known, news)
    assert known is not None
    return known


@given(rhythms_learnt(), st.floats(0, 1e8))
def test_whatever_was_polled_everything_stays_finite(rhythm: Rhythm, later: float) -> None:
    for field in fields(rhythm):
        value = getattr(rhythm, field.name)
        for number in value if isinstance(value, tuple) else (value,):
            assert math.isfinite(number)
            assert number >= 0
    now = rhythm.at + later
    found = [
        rhythms.rate(rhythm, now), rhythms.expected(rhythm, rhythm.at, now), rhythms.safe_wait(rhythm, now),
        rhythms.seek(rhythm, now, goal=0.4, power=0.7, longest=DAY), *rhythms.window_lasts(rhythm),
        rhythms.typical_gap(rhythm), *rhythms.by_hour(rhythm), *rhythms.by_day(rhythm),
    ]  # fmt: skip
    assert all(math.isfinite(number) and number >= 0 for number in found)
    assert rhythms.seek(rhythm, now, goal=0.4, power=0.7, longest=DAY) <= DAY
    quiet = rhythms.quiet_after(rhythm, now)
    assert quiet is None or now <= quiet < now + 400 * DAY + 1.5 * rhythm.gap


@given(rhythms_learnt())
def test_it_survives_being_kept(rhythm: Rhythm) -> None:
    kept = rhythms.dump(rhythm)
    assert kept.isascii()
    assert len(kept) < 420
    again = rhythms.parse(kept)
    assert again is not None
    assert (again.at, again.watched) == (rhythm.at, rhythm.watched)
    assert again.hourly == pytest.approx(rhythm.hourly, rel=1e-3, abs=1e-6)
    assert rhythms.by_hour(again) == pytest.approx(rhythms.by_hour(rhythm), rel=0.01, abs=1e-6)


@given(st.text() | st.binary().map(lambda raw: "1:" + raw.hex()) | st.none())
def test_garbage_is_no_rhythm(text: str | None) -> None:
    assert rhythms.parse(text) is None


def test_a_kept_rhythm_with_impossible_numbers_is_none() -> None:
    rhythm = watched(mornings(3), every=HOUR, end=MONDAY + 3 * DAY)
    for broken in (
        replace(rhythm, count=math.nan),
        replace(rhythm, seen=math.inf),
        replace(rhythm, gap=-1.0),
    ):
        assert rhythms.parse(rhythms.dump(broken)) is None
    assert rhythms.parse(rhythms.dump(rhythm)[:-8]) is None


def test_hours_of_the_day_are_learnt() -> None:
    rhythm = watched(mornings(21), every=HOUR, end=MONDAY + 21 * DAY)
    hours = rhythms.by_hour(rhythm)
    assert min(hours[6:10]) > 8 * max(hours[:5] + hours[12:])
    assert rhythm.hourly == pytest.approx(0.5, rel=0.1)


def test_weekdays_are_learnt() -> None:
    rhythm = watched(mornings(28, weekend=False), every=HOUR, end=MONDAY + 28 * DAY)
    days = rhythms.by_day(rhythm)
    assert min(days[:5]) > 3 * max(days[5:])


def test_the_first_look_learns_from_the_dates_that_the_feed_shows() -> None:
    times = spread(30, MONDAY, MONDAY + 30 * HOUR)
    rhythm = rhythms.learn(None, News(at=MONDAY + 30 * HOUR, new=30, seen=30, published=times))
    assert rhythm.hourly == pytest.approx(1.0, rel=0.1)
    assert rhythm.window == 30


def test_a_line_that_stays_at_the_top_for_a_year_does_not_hide_the_rate() -> None:
    times = [MONDAY - 365 * DAY, *spread(29, MONDAY, MONDAY + 29 * HOUR)]
    rhythm = rhythms.learn(None, News(at=MONDAY + 29 * HOUR, new=30, seen=30, published=times))
    assert rhythm.hourly == pytest.approx(1.0, rel=0.2)


@pytest.mark.parametrize("stated", [[MONDAY] * 20, [MONDAY - place * DAY for place in range(20)], [9e9] * 20])
def test_dates_that_say_nothing_are_not_believed(stated: list[float]) -> None:
    """All the same (a site rebuilt), days without a time, far ahead."""
    rhythm = rhythms.learn(None, News(at=MONDAY + HOUR, new=20, seen=20, published=stated))
    assert rhythm.dated == 0
    assert rhythm.count == 0


def test_without_dates_the_polls_count() -> None:
    known = rhythms.learn(None, News(at=MONDAY, new=10, seen=10))
    for hour in range(1, 200):
        known = rhythms.learn(
            known, News(at=MONDAY + hour * HOUR, new=3, seen=10, before=MONDAY + (hour - 1) * HOUR)
        )
    assert known.hourly == pytest.approx(3.0, rel=0.05)


def test_what_has_just_come_raises_the_rate_and_fades() -> None:
    calm = watched(mornings(14), every=HOUR, end=MONDAY + 14 * DAY)
    night = MONDAY + 14 * DAY + 2 * HOUR
    burst = spread(8, night - 1800, night)
    after = rhythms.learn(calm, News(at=night, new=8, seen=30, published=burst, before=night - HOUR))
    assert rhythms.rate(after, night) > 5 * rhythms.rate(calm, night)
    assert rhythms.rate(after, night + 12 * HOUR) == pytest.approx(
        rhythms.rate(calm, night + 12 * HOUR), rel=0.5
    )
    assert rhythms.seek(after, night, goal=0.4, power=0.7, longest=DAY) < rhythms.seek(
        calm, night, goal=0.4, power=0.7, longest=DAY
    )


def test_silence_lowers_the_rate_without_being_written() -> None:
    rhythm = watched(spread(400, MONDAY, MONDAY + 10 * DAY), every=HOUR, end=MONDAY + 10 * DAY)
    waits = [
        rhythms.seek(rhythm, rhythm.at + age, goal=0.4, power=0.7, longest=DAY) for age in (0, DAY, 30 * DAY)
    ]
    assert waits[0] < waits[1] < waits[2]
    assert waits[2] > 4 * HOUR


def test_a_long_silence_costs_no_more_than_a_short_one() -> None:
    """Whole weeks and days are taken at once: the count must stay what it is when taken by hours."""
    rhythm = watched(mornings(28, weekend=False), every=HOUR, end=MONDAY + 28 * DAY)
    start = rhythm.at + 5 * DAY
    by_hours = sum(
        rhythms.expected(rhythm, start + hour * HOUR, start + (hour + 1) * HOUR) for hour in range(24 * 9)
    )
    assert rhythms.expected(rhythm, start, start + 9 * DAY) == pytest.approx(by_hours, rel=0.15)


def test_the_window_allows_for_twice_what_came_at_most() -> None:
    dice = random.Random(1)
    times = sorted(dice.uniform(MONDAY, MONDAY + 14 * DAY) for _ in range(14 * 120))
    rhythm = watched(times, every=HOUR, end=MONDAY + 14 * DAY, window=30)
    wait = rhythms.safe_wait(rhythm, rhythm.at)
    most = max(sum(start <= moment < start + wait for moment in times) for start in times)
    assert most <= 30 / 1.5
    assert wait > HOUR


def test_a_magazine_that_puts_out_its_issue_at_once_need_not_be_watched_closely() -> None:
    issues = [MONDAY + week * 7 * DAY + place for week in range(4) for place in range(20)]
    rhythm = watched(issues, every=6 * HOUR, end=MONDAY + 24 * DAY, window=20)
    assert rhythms.safe_wait(rhythm, rhythm.at) >= 4 * HOUR


def test_a_pause_in_the_polls_is_no_silence_of_the_source() -> None:
    """The feed rolled over while nobody looked: only the time that its window covers was seen."""
    known = watched(spread(240, MONDAY, MONDAY + 10 * DAY), every=HOUR, end=MONDAY + 10 * DAY)
    back = MONDAY + 40 * DAY
    shown = spread(30, back - 30 * HOUR, back)
    after = rhythms.learn(known, News(at=back, new=30, seen=30, published=shown, before=known.at))
    assert after.hourly == pytest.approx(1.0, rel=0.1)


def test_a_clock_that_went_back_a_little_spoils_nothing_and_one_far_ahead_is_forgotten() -> None:
    known = watched(mornings(7), every=HOUR, end=MONDAY + 7 * DAY)
    earlier = rhythms.learn(known, News(at=known.at - 60, new=1, seen=30, before=known.at - 600))
    assert earlier.count == pytest.approx(known.count + 1)
    ahead = replace(known, at=known.at + 1e8, watched=known.at + 1e8)
    anew = rhythms.learn(ahead, News(at=known.at, new=1, seen=30, published=mornings(2)[-20:]))
    assert anew.at <= known.at


def test_how_long_a_silence_is_usual() -> None:
    rhythm = watched(mornings(28, weekend=False), every=HOUR, end=MONDAY + 26 * DAY)
    friday_noon = MONDAY + 25 * DAY + 12 * HOUR
    quiet = rhythms.quiet_after(rhythm, friday_noon)
    assert quiet is not None
    assert quiet > MONDAY + 28 * DAY + 6 * HOUR, "a weekend is no alarm"
    assert quiet < MONDAY + 30 * DAY, "but a Monday and a Tuesday without news are"
    few = rhythms.learn(None, News(at=MONDAY, new=2, seen=2, published=[MONDAY - DAY, MONDAY - HOUR]))
    assert rhythms.quiet_after(few, MONDAY) is None, "too little is known"
