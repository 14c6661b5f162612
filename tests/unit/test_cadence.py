"""When is a source next due: properties that hold for any history."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.cadence import (
    DAY,
    JITTER,
    Bounds,
    Polled,
    after_failure,
    after_success,
    entry_backoff,
    host_backoff,
)

BOUNDS = Bounds(shortest=300, longest=86400, first=1800)
chances = st.floats(0, 1, exclude_max=True)
counts = st.integers(0, 1000)


@st.composite
def histories(draw):
    seen = draw(counts)
    return Polled(
        seen=seen,
        new=draw(st.integers(0, seen)),
        pace=draw(st.none() | st.floats(1, 1e6)),
        interval=draw(st.none() | st.floats(60, 1e6)),
        hint=draw(st.none() | st.floats(0, 1e7)),
    )


@given(histories(), chances, st.floats(0, 4e9))
def test_the_next_poll_lies_within_the_bounds_and_jitter(polled, chance, now):
    decision = after_success(polled, BOUNDS, now=now, chance=chance)
    wait = decision.next_due_at - now
    if polled.interval is not None:
        expected = (polled.interval, polled.interval)
    else:
        expected = (BOUNDS.shortest, BOUNDS.longest)
    assert expected[0] * (1 - JITTER) - 1e-3 <= wait <= expected[1] * (1 + JITTER) + 1e-3
    assert "{" not in decision.reason


@given(st.integers(1, 500), chances, st.none() | st.floats(0, 1e9))
def test_failures_are_tried_again_within_about_a_day(failures, chance, retry_after):
    decision = after_failure(failures, None, now=1000.0, chance=chance, retry_after=retry_after)
    assert 1000.0 < decision.next_due_at <= 1000.0 + DAY * (1 + JITTER)


@given(st.floats(1, DAY), chances)
def test_a_retry_after_is_never_undercut(retry_after, chance):
    decision = after_failure(3, 600.0, now=0.0, chance=chance, retry_after=retry_after)
    assert decision.next_due_at >= retry_after


def test_a_source_full_of_news_is_polled_sooner_and_a_quiet_one_later():
    busy = after_success(Polled(seen=10, new=10, pace=3600), BOUNDS, now=0, chance=0.5)
    steady = after_success(Polled(seen=10, new=2, pace=3600), BOUNDS, now=0, chance=0.5)
    quiet = after_success(Polled(seen=0, new=0, pace=3600), BOUNDS, now=0, chance=0.5)
    assert busy.next_due_at == 1800
    assert steady.next_due_at == 3600
    assert quiet.next_due_at == 4500
    assert quiet.reason == "nothing new, a little later: 75 min"


def test_a_publishers_hint_is_a_floor_but_not_for_a_person():
    hinted = after_success(Polled(seen=1, new=1, pace=600, hint=7200), BOUNDS, now=0, chance=0.5)
    assert hinted.next_due_at == 7200
    assert hinted.pace == 300  # what was learnt is remembered for when the hint goes
    person = after_success(Polled(seen=1, new=1, pace=600, hint=7200, interval=60), BOUNDS, now=0, chance=0.5)
    assert person.next_due_at == 60
    assert person.reason == "every 60 s as set"


def test_a_pause_chosen_by_the_server_says_so():
    decision = after_failure(1, None, now=0, chance=0.0, retry_after=120)
    assert decision.reason == "the server asked to wait 2 min"


@pytest.mark.parametrize(("previous", "expected"), [(0, 60), (60, 120), (50000, DAY), (DAY, DAY)])
def test_host_backoff_doubles_up_to_a_day(previous, expected):
    assert host_backoff(previous) == expected


def test_entry_backoff_grows_to_a_day():
    waits = [entry_backoff(attempt) for attempt in range(1, 12)]
    assert waits[:3] == [60, 300, 1500]
    assert waits == sorted(waits)
    assert waits[-1] == DAY
