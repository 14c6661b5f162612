"""When is a source next due: properties that hold for any history."""

import math
import random
import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import rhythm as rhythms
from crawler.cadence import (
    DAY,
    JITTER,
    KNOWN,
    Bounds,
    Decision,
    Polled,
    Rules,
    after_failure,
    after_success,
    anew,
    entry_backoff,
    host_backoff,
    safe_wait,
    spell_rate,
)
from crawler.hints import PublisherHints, skipped
from crawler.rhythm import News
from crawler.timetable import Timetable, is_quiet

BOUNDS = Bounds(shortest=300, longest=86400, first=1800)
RULES = Rules(bounds=BOUNDS)
HOUR = 3600.0
MONDAY = 1_759_708_800.0
"""2025-10-06, 00:00 UTC."""
ZONES = st.sampled_from(["UTC", "Asia/Jakarta", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
chances = st.floats(0, 1, exclude_max=True)
counts = st.integers(0, 1000)
moments = st.floats(MONDAY, MONDAY + 400 * DAY)


@st.composite
def texts(draw: st.DrawFn) -> str | None:
    """A kept rhythm: none, garbage, or one that was learnt from entries at random."""
    kind = draw(st.sampled_from(["none", "garbage", "dense", "sparse"]))
    if kind == "none":
        return None
    if kind == "garbage":
        return draw(st.text(max_size=30))
    dice = random.Random(draw(st.integers(0, 10**6)))
    span = draw(st.floats(60, 30 * DAY)) * (1 if kind == "dense" else 20)
    times = [MONDAY - dice.random() * span for _ in range(draw(st.integers(1, 60)))]
    return rhythms.dump(
        rhythms.learn(None, News(at=MONDAY, new=len(times), seen=len(times), published=times))
    )


@st.composite
def hints(draw: st.DrawFn) -> PublisherHints:
    return PublisherHints(
        ttl=draw(st.none() | st.floats(1, 1e7)),
        max_age=draw(st.none() | st.floats(1, 1e7)),
        skip_hours=tuple(draw(st.sets(st.integers(0, 23)))),
        skip_days=tuple(draw(st.sets(st.integers(0, 6)))),
    )


@st.composite
def polls(draw: st.DrawFn) -> Polled:
    seen = draw(counts)
    return Polled(
        seen=seen,
        new=draw(st.integers(0, seen)),
        pace=draw(st.none() | st.floats(1, 1e6)),
        published=draw(st.lists(st.floats(MONDAY - 1e8, MONDAY + 500 * DAY), max_size=40)),
        before=draw(st.none() | st.floats(MONDAY - DAY, MONDAY)),
        rhythm=draw(texts()),
        hints=draw(hints()),
    )


@given(polls(), chances, moments, st.floats(0.05, 20))
def test_the_next_poll_lies_within_the_bounds(
    polled: Polled, chance: float, now: float, effort: float
) -> None:
    rules = Rules(bounds=BOUNDS, effort=effort)
    decision = after_success(polled, rules, now=now, chance=chance)
    wait = decision.next_due_at - now
    assert BOUNDS.shortest - 1e-3 <= wait <= BOUNDS.longest + 1e-3
    assert decision.pace is not None
    assert math.isfinite(decision.pace)
    assert re.fullmatch(r"[^{}\n]+", decision.reason)
    assert (decision.rhythm is not None) == (polled.new > 0), "a poll without news writes nothing"


@given(polls(), chances, moments, st.floats(1, 1e6), st.floats(1, 1e6))
def test_bounds_of_a_source_stand_above_those_of_all(
    polled: Polled, chance: float, now: float, one: float, other: float
) -> None:
    shortest, longest = sorted((one, other))
    rules = Rules(bounds=BOUNDS, schedule=Timetable(shortest=shortest, longest=longest))
    wait = after_success(polled, rules, now=now, chance=chance).next_due_at - now
    assert shortest - 1e-3 <= wait <= longest + 1e-3


@given(polls(), chances, moments, st.floats(60, 1e6))
def test_an_interval_is_kept_but_for_its_jitter(
    polled: Polled, chance: float, now: float, interval: float
) -> None:
    decision = after_success(polled, Rules(bounds=BOUNDS, interval=interval), now=now, chance=chance)
    wait = decision.next_due_at - now
    assert interval * (1 - JITTER) - 1e-3 <= wait <= interval * (1 + JITTER) + 1e-3


@given(
    polls(), chances, moments, ZONES, st.integers(0, 1439), st.integers(1, 1439),
    st.sampled_from(["adaptive", "interval", "cron", "failure"]),
)  # fmt: skip
def test_never_in_quiet_hours(
    polled: Polled, chance: float, now: float, zone: str, start: int, length: int, way: str
) -> None:
    schedule = Timetable(
        quiet=(start, (start + length) % 1440), cron="*/7 * * * *" if way == "cron" else None
    )
    rules = Rules(
        bounds=BOUNDS, zone=ZoneInfo(zone), schedule=schedule, interval=900.0 if way == "interval" else None
    )
    if way == "failure":
        decision = after_failure(3, 600.0, now=now, chance=chance, rules=rules)
    else:
        decision = after_success(polled, rules, now=now, chance=chance)
    assert not is_quiet(schedule.quiet, rules.zone, decision.next_due_at)
    assert now < decision.next_due_at <= now + 2.1 * DAY


def _longest_safe(polled: Polled, decision: Decision, now: float) -> float:
    """Seconds within which nothing is missed: by what was well known before or is now, the stricter."""
    known, rhythm = rhythms.parse(polled.rhythm), rhythms.parse(decision.rhythm or polled.rhythm)
    if rhythm is None:
        return BOUNDS.longest
    safe = safe_wait(rhythm, RULES, now)
    if known is not None and known.count >= KNOWN:  # what is remembered fades, and may be too little now
        safe = min(safe, rhythms.safe_wait(rhythm, now))
    return min(BOUNDS.longest, max(safe, BOUNDS.shortest))


@given(polls(), chances, moments)
def test_hints_are_floors_as_long_as_nothing_is_at_risk(polled: Polled, chance: float, now: float) -> None:
    decision = after_success(polled, RULES, now=now, chance=chance)
    wait = decision.next_due_at - now
    assert wait >= min(polled.hints.wait, _longest_safe(polled, decision, now)) * (1 - 1e-3)
    if "skipHours" in decision.reason and "too long" not in decision.reason:
        assert not skipped(polled.hints, decision.next_due_at)


@given(polls(), chances, moments, st.integers(1, 400))
def test_more_news_is_never_looked_at_later(polled: Polled, chance: float, now: float, more: int) -> None:
    """With the same feed before and behind them, undated: what came is all the difference."""
    known = rhythms.parse(polled.rhythm)
    if known is None or known.count < 3:
        return
    seen, now = 1000, max(now, known.at + 600)
    waits = [
        after_success(
            Polled(seen=seen, new=new, pace=600.0, before=now - 600, rhythm=polled.rhythm),
            RULES,
            now=now,
            chance=0.5,
        ).next_due_at
        for new in (1, 1 + more)
    ]
    assert waits[1] <= waits[0] + 1


@given(st.integers(1, 500), chances, st.none() | st.floats(0, 1e9))
def test_failures_are_tried_again_within_about_a_day(
    failures: int, chance: float, retry_after: float | None
) -> None:
    decision = after_failure(failures, None, now=1000.0, chance=chance, retry_after=retry_after)
    assert 1000.0 < decision.next_due_at <= 1000.0 + DAY * (1 + JITTER)


@given(st.floats(1, DAY), chances)
def test_a_retry_after_is_never_undercut(retry_after: float, chance: float) -> None:
    decision = after_failure(3, 600.0, now=0.0, chance=chance, retry_after=retry_after)
    assert decision.next_due_at >= retry_after


def spread(count: int, start: float, end: float) -> list[float]:
    return [start + (end - start) * (place + 0.5) / count for place in range(count)]


def learnt(count: int, hours: float, *, window: int | None = None, now: float = MONDAY) -> str:
    times = spread(count, now - hours * HOUR, now)
    news = News(at=now, new=count, seen=window or count, published=times)
    return rhythms.dump(rhythms.learn(None, news))


def wait_of(polled: Polled, rules: Rules = RULES, *, now: float = MONDAY) -> float:
    return after_success(polled, rules, now=now, chance=0.5).next_due_at - now


def test_a_busy_source_is_looked_at_more_often_than_a_calm_one() -> None:
    waits = [
        wait_of(Polled(seen=0, new=0, pace=600.0, rhythm=learnt(count, 48, window=60)))
        for count in (4, 16, 60)
    ]
    assert waits[0] > 1.5 * waits[1] > 2 * waits[2]


def test_a_source_that_falls_silent_is_looked_at_ever_more_rarely_up_to_the_longest_wait() -> None:
    kept = learnt(60, 48)
    waits = [
        wait_of(Polled(seen=0, new=0, pace=600.0, rhythm=kept), now=MONDAY + days * DAY)
        for days in (1, 10, 80)
    ]
    assert waits == sorted(waits)
    assert waits[-1] == pytest.approx(DAY, rel=0.06)


def test_of_a_new_source_without_dates_the_first_polls_are_near() -> None:
    first = after_success(Polled(seen=20, new=20, pace=None), RULES, now=MONDAY, chance=0.5)
    assert 300 <= first.next_due_at - MONDAY <= 1800
    empty = after_success(Polled(seen=0, new=0, pace=None), RULES, now=MONDAY, chance=0.5)
    assert empty.next_due_at - MONDAY == 1800
    later = after_success(Polled(seen=0, new=0, pace=empty.pace), RULES, now=MONDAY + 1800, chance=0.5)
    assert later.next_due_at - MONDAY - 1800 == 2250, "an empty feed is looked at a quarter later each time"


def test_a_burst_brings_the_next_poll_near_at_once() -> None:
    kept = learnt(8, 48, window=20)
    calm = wait_of(Polled(seen=20, new=1, pace=600.0, rhythm=kept, before=MONDAY), now=MONDAY + HOUR)
    burst = wait_of(Polled(seen=20, new=8, pace=600.0, rhythm=kept, before=MONDAY), now=MONDAY + HOUR)
    assert burst < 0.6 * calm


def test_a_window_that_could_roll_over_brings_the_poll_forward_and_says_so() -> None:
    """Ten entries of which five came within ten minutes once."""
    times = [*spread(5, MONDAY - 20 * HOUR, MONDAY - 2 * HOUR), *spread(5, MONDAY - 600, MONDAY)]
    kept = rhythms.dump(rhythms.learn(None, News(at=MONDAY, new=10, seen=10, published=times)))
    lazy = Rules(bounds=BOUNDS, effort=0.05)
    decision = after_success(Polled(seen=0, new=0, pace=600.0, rhythm=kept), lazy, now=MONDAY, chance=0.5)
    assert decision.next_due_at - MONDAY < 2 * HOUR
    assert decision.reason.startswith("its 10 entries could roll over in ")


def test_a_hint_never_lets_the_window_roll_over() -> None:
    kept = learnt(20, 4)
    asked = Polled(seen=0, new=0, pace=600.0, rhythm=kept, hints=PublisherHints(ttl=DAY))
    decision = after_success(asked, RULES, now=MONDAY, chance=0.5)
    assert decision.next_due_at - MONDAY < 2.5 * HOUR
    assert decision.reason == "the publisher asks for 24 h, but its 20 entries could roll over"
    calm = after_success(
        Polled(seen=0, new=0, pace=600.0, rhythm=learnt(20, 2000), hints=PublisherHints(ttl=12 * HOUR)),
        RULES, now=MONDAY, chance=0.0,
    )  # fmt: skip
    assert calm.next_due_at - MONDAY == 12 * HOUR, "jitter never undercuts a hint"
    assert calm.reason == "the publisher asks for 12 h"
    assert calm.pace is not None
    assert calm.pace < 12 * HOUR, "what was learnt is remembered for when the hint goes"


def test_hours_to_skip_are_in_utc() -> None:
    night = PublisherHints(skip_hours=(0, 1, 2, 3))
    rules = Rules(bounds=BOUNDS, zone=ZoneInfo("Asia/Jakarta"))
    polled = Polled(seen=0, new=0, pace=600.0, rhythm=learnt(40, 200), hints=night)
    decision = after_success(polled, rules, now=MONDAY, chance=0.0)
    assert 4 * HOUR <= decision.next_due_at - MONDAY < 4.2 * HOUR
    assert "skipHours" in decision.reason


def test_hints_count_for_nothing_against_a_person() -> None:
    polled = Polled(seen=1, new=1, pace=600, hints=PublisherHints(ttl=7200.0))
    person = after_success(polled, Rules(bounds=BOUNDS, interval=60.0), now=MONDAY, chance=0.5)
    assert person.next_due_at == MONDAY + 60
    assert person.reason == "every 60 s as set"


@pytest.mark.parametrize(
    ("cron", "zone", "now", "due"),
    [
        ("30 6 * * *", "Asia/Jakarta", "2026-03-01T00:00+00:00", "2026-03-01T23:30+00:00"),
        # 02:30 is left out on 29 March: right after the gap.
        ("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00+00:00", "2026-03-29T01:00+00:00"),
        # 02:30 comes twice on 25 October: once.
        ("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00+00:00", "2026-10-25T00:30+00:00"),
        ("30 2 * * *", "Europe/Berlin", "2026-10-25T00:31+00:00", "2026-10-26T01:30+00:00"),
        ("*/10 6-22 * * 1-5", "America/New_York", "2026-11-07T03:55+00:00", "2026-11-09T11:00+00:00"),
    ],
)
def test_cron_in_its_zone_over_changes_of_the_clock(cron: str, zone: str, now: str, due: str) -> None:
    start = datetime.fromisoformat(now).timestamp()
    rules = Rules(bounds=BOUNDS, zone=ZoneInfo(zone), schedule=Timetable(cron=cron))
    decision = after_success(Polled(seen=0, new=0, pace=None), rules, now=start, chance=0.0)
    assert datetime.fromtimestamp(decision.next_due_at, UTC) == datetime.fromisoformat(due)
    assert decision.reason == f"cron {cron} as set"


@given(moments, chances)
def test_cron_is_spread_over_a_minute_at_most(now: float, chance: float) -> None:
    rules = Rules(bounds=BOUNDS, schedule=Timetable(cron="0 * * * *"))
    due = after_success(Polled(seen=0, new=0, pace=None), rules, now=now, chance=chance).next_due_at
    assert 0 < due - now <= HOUR + 60
    assert due % HOUR <= 60


def test_quiet_hours_move_a_poll_to_their_end() -> None:
    rules = Rules(bounds=BOUNDS, interval=600.0, schedule=Timetable(quiet=(23 * 60, 5 * 60)))
    late = MONDAY + 22.95 * HOUR
    decision = after_success(Polled(seen=0, new=0, pace=None), rules, now=late, chance=0.0)
    assert decision.next_due_at == MONDAY + 29 * HOUR
    assert decision.reason == "every 10 min as set, after its quiet hours"
    spread_out = after_success(Polled(seen=0, new=0, pace=None), rules, now=late, chance=0.999)
    assert 0 < spread_out.next_due_at - MONDAY - 29 * HOUR < 601


def test_new_rules_hold_at_once() -> None:
    known = Polled(seen=0, new=0, pace=DAY, rhythm=learnt(20, 2000))
    due = anew(known, Rules(bounds=BOUNDS, interval=900.0), last=MONDAY - 300, now=MONDAY, chance=0.5)
    assert due.next_due_at == MONDAY + 600
    missed = anew(known, Rules(bounds=BOUNDS, interval=900.0), last=MONDAY - DAY, now=MONDAY, chance=0.5)
    assert missed.next_due_at == MONDAY, "what should have happened by now happens now"
    cron = anew(
        known,
        Rules(bounds=BOUNDS, schedule=Timetable(cron="0 6 * * *")),
        last=MONDAY - DAY,
        now=MONDAY,
        chance=0,
    )
    assert cron.next_due_at == MONDAY + 6 * HOUR


def test_a_pause_chosen_by_the_server_says_so() -> None:
    decision = after_failure(1, None, now=0, chance=0.0, retry_after=120)
    assert decision.reason == "the server asked to wait 2 min"
    silent = after_failure(1, None, now=0, chance=0.0, retry_after=120, answered=False)
    assert silent.reason == "no answer: next try in 2 min"


def test_a_reason_says_what_was_found_and_what_is_usual() -> None:
    polled = Polled(seen=30, new=2, pace=600.0, rhythm=learnt(30, 7.5), before=MONDAY, published=())
    reason = after_success(polled, RULES, now=MONDAY + 1800, chance=0.5).reason
    assert re.fullmatch(
        r"2 of 30 entries were new; about \d(\.\d)? an hour are usual on Mondays at this time", reason
    )
    quiet = after_success(
        Polled(seen=0, new=0, pace=1.0, rhythm=learnt(30, 7.5)), RULES, now=MONDAY + 1800, chance=0
    )
    assert quiet.reason.startswith("nothing new for 38 min; about ")


def test_a_clock_set_back_since_the_last_news_makes_no_negative_silence() -> None:
    known = Polled(seen=0, new=0, pace=1.0, rhythm=learnt(30, 7.5))
    decision = after_success(known, RULES, now=MONDAY - 6 * HOUR, chance=0)
    assert decision.reason.startswith("nothing new for 0 s; about ")
    assert decision.next_due_at > MONDAY - 6 * HOUR


@pytest.mark.parametrize(
    ("hourly", "words"),
    [(4.2, "about 4.2 an hour"), (0.5, "about 12 a day"), (0.01, "about 1.7 a week"), (0.0, "hardly any")],
)
def test_rates_in_words(hourly: float, words: str) -> None:
    assert spell_rate(hourly) == words


@pytest.mark.parametrize(("previous", "expected"), [(0, 60), (60, 120), (50000, DAY), (DAY, DAY)])
def test_host_backoff_doubles_up_to_a_day(previous: float, expected: float) -> None:
    assert host_backoff(previous) == expected


def test_entry_backoff_grows_to_a_day() -> None:
    waits = [entry_backoff(attempt) for attempt in range(1, 12)]
    assert waits[:3] == [60, 300, 1500]
    assert waits == sorted(waits)
    assert waits[-1] == pytest.approx(DAY, rel=0.06)
