"""Which robots.txt holds after one was asked for, and for how long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.items import Robots
from spiders.robots import REACH_AGAIN, STALE, crawl_delay, fresh_until, is_unavailable, settled

NOW, DAY, HOUR = 1_800_000_000.0, 86400.0, 3600.0


def robots(status: int = 200, text: str = "User-agent: *\nDisallow: /p\n", at: float = NOW) -> Robots:
    return Robots(origin="https://a.example", status=status, text=text, fetched_at=at)


OLD = robots(at=NOW - 2 * DAY)


@pytest.mark.parametrize(
    ("max_age", "seconds"), [(None, DAY), (0, HOUR), (60, HOUR), (7200, 7200), (1e8, DAY)]
)
def test_rules_are_believed_as_long_as_they_say_within_bounds(max_age: float | None, seconds: float) -> None:
    assert fresh_until(settled(robots(), OLD, ttl=DAY, max_age=max_age), ttl=DAY) == NOW + seconds


@pytest.mark.parametrize(("status", "again"), [(0, REACH_AGAIN), (500, 600.0), (503, 600.0), (599, 600.0)])
def test_known_rules_hold_on_while_there_is_no_answer(status: int, again: float) -> None:
    held = settled(robots(status, ""), OLD, ttl=DAY)
    assert (held.text, held.fetched_at, held.expires_at) == (OLD.text, OLD.fetched_at, NOW + again)


@pytest.mark.parametrize(
    ("status", "last"),
    [
        (500, None),
        (500, robots(404, "", NOW - DAY)),
        (500, robots(at=NOW - STALE - 1)),
        (0, robots(503, "", NOW - DAY)),
        (429, OLD),
    ],
)
def test_without_rules_that_may_hold_on_nothing_is_allowed(status: int, last: Robots | None) -> None:
    assert is_unavailable(settled(robots(status, ""), last, ttl=DAY))


@pytest.mark.parametrize(("asked", "seconds"), [(30.0, 600.0), (7200.0, 7200.0), (1e7, DAY)])
def test_who_names_a_time_is_left_alone_until_then(asked: float, seconds: float) -> None:
    held = settled(robots(503, ""), OLD, ttl=DAY, retry_after=asked)
    assert is_unavailable(held)
    assert fresh_until(held, ttl=DAY) == NOW + seconds


@given(
    status=st.sampled_from([0, 200, 301, 404, 429, 500, 503]),
    last=st.none() | st.builds(robots, st.sampled_from([0, 200, 404, 500]), at=st.floats(0, 2 * NOW)),
    max_age=st.none() | st.floats(0, 1e12),
    retry_after=st.none() | st.floats(0, 1e12),
)
def test_it_is_always_asked_again_within_a_day(
    status: int, last: Robots | None, max_age: float | None, retry_after: float | None
) -> None:
    held = settled(robots(status), last, ttl=DAY, max_age=max_age, retry_after=retry_after)
    assert NOW < fresh_until(held, ttl=DAY) <= NOW + DAY


def test_a_crawl_delay_is_found_among_any_number_of_rules() -> None:
    rules = "\n".join(f"Disallow: /*a{number}*b" for number in range(20_000))
    text = f"User-agent: bad\n{rules}\nCrawl-delay: 9\n\nUser-agent: *\n{rules}\nCrawl-delay: 4\n{rules}"
    assert crawl_delay(robots(text=text), "kabar/1") == 4.0
    assert crawl_delay(robots(text=text), "bad") == 9.0
