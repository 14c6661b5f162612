"""The simulator counts rightly, and its newsroom is like those that there are."""

import random
import statistics
from bisect import bisect_right

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.cadence import Bounds
from crawler.simulate import policies
from crawler.simulate.compare import Contest, Setting, avoidable
from crawler.simulate.history import outlets_of
from crawler.simulate.newsroom import KINDS, newsroom
from crawler.simulate.outlet import Outlet
from crawler.simulate.replay import Policy, Poller, Span, replay
from tests.depth import examples
from tests.keeping import bare_source as source

DAY, HOUR = 86400.0, 3600.0
MONDAY = 1_759_708_800.0
WEEK = Span(start=MONDAY, measured=MONDAY, end=MONDAY + 7 * DAY)
BOUNDS = Bounds(shortest=300, longest=DAY, first=1800)


def outlet(times: list[float], window: int = 10) -> Outlet:
    return Outlet(name="a", kind="test", window=window, appeared=sorted(times), stated=sorted(times))


def asked(every: float) -> Policy:
    """The same as a fixed interval, but asked for each poll."""

    def start(outlet: Outlet, dice: random.Random) -> Poller:
        return lambda look: look.at + every

    return Policy(name="asked", start=start)


@settings(max_examples=examples(30))
@given(st.lists(st.floats(-DAY, 9 * DAY), max_size=60), st.integers(1, 12), st.floats(1800, 2 * DAY))
def test_a_fixed_interval_needs_no_asking(offsets: list[float], window: int, every: float) -> None:
    feed = outlet([MONDAY + offset for offset in offsets], window)
    quick, slow = (replay(feed, policy, WEEK, seed=3) for policy in (policies.fixed(every), asked(every)))
    assert abs(quick.requests - slow.requests) <= 1
    assert len(quick.delays) == pytest.approx(len(slow.delays), abs=1)
    assert len(quick.missed ^ slow.missed) <= window


@settings(max_examples=examples(30))
@given(st.lists(st.floats(0, 6.9 * DAY), max_size=60), st.integers(1, 12), st.floats(1800, 2 * DAY))
def test_each_entry_is_caught_or_missed(offsets: list[float], window: int, every: float) -> None:
    feed = outlet([MONDAY + offset for offset in offsets], window)
    found = replay(feed, asked(every), WEEK, seed=3)
    first = MONDAY + random.Random("3 a").random() * HOUR
    after = sum(moment > first for moment in feed.appeared)
    assert len(found.delays) + len(found.missed) == after
    assert all(0 <= delay <= every + 1e-3 for delay in found.delays)


def test_entries_roll_out_of_the_window() -> None:
    feed = outlet([MONDAY + 2 * HOUR + minute * 60 for minute in range(30)], window=10)
    found = replay(feed, policies.fixed(DAY), WEEK, seed=1)
    assert len(found.missed) == 20
    assert len(found.delays) == 10
    assert avoidable(found, 300.0) == 20, "ten entries take ten minutes to go by"
    assert avoidable(found, 3600.0) == 0


def test_delays_are_from_appearance_to_poll() -> None:
    feed = outlet([MONDAY + 2 * HOUR])
    found = replay(feed, policies.fixed(DAY), WEEK, seed=1)
    first = MONDAY + random.Random("1 a").random() * HOUR
    assert found.delays == [pytest.approx(first + DAY - MONDAY - 2 * HOUR)]


def test_only_what_comes_in_the_measured_time_counts() -> None:
    feed = outlet([MONDAY + 0.5 * DAY, MONDAY + 3 * DAY])
    span = Span(start=MONDAY, measured=MONDAY + 2 * DAY, end=MONDAY + 4 * DAY)
    assert len(replay(feed, asked(HOUR), span, seed=1).delays) == 1
    assert replay(feed, asked(HOUR), span, seed=1).requests == 48


def test_other_rules_move_as_described() -> None:
    silent = outlet([])
    calm = [MONDAY + day * DAY for day in range(-40, 10)]

    def waits(policy: Policy, feed: Outlet, polls: int) -> list[float]:
        found: list[float] = []

        def start(item: Outlet, dice: random.Random) -> Poller:
            poller = policy.start(item, dice)

            def poll(look: object) -> float:
                due = poller(look)  # type: ignore[arg-type]
                found.append(round((due - look.at) / 60))  # type: ignore[attr-defined]
                return due

            return poll

        replay(feed, Policy(name="spy", start=start), WEEK, seed=1)
        return found[:polls]

    assert waits(policies.media_cloud(), silent, 3) == [360, 420, 480], "nothing new for more than a month"
    assert waits(policies.media_cloud(), outlet(calm, 5), 4)[1:] == [370, 380, 390]
    assert waits(policies.storm_crawler(), silent, 4) == [720, 1080, 1620, 2430]
    assert waits(policies.storm_crawler(), outlet([MONDAY + h * HOUR for h in range(200)]), 3) == [
        720,
        594,
        493,
    ]
    assert waits(policies.miniflux(), outlet([MONDAY - h * HOUR for h in range(500)], 50), 1) == [60]
    assert waits(policies.miniflux(), silent, 1) == [1440]


def test_the_newsroom_is_the_same_each_time_and_another_with_another_seed() -> None:
    one, again, other = (
        newsroom(seed=seed, outlets=20, start=MONDAY, end=MONDAY + DAY) for seed in (1, 1, 2)
    )
    assert [item.appeared for item in one] == [item.appeared for item in again]
    assert [item.appeared for item in one] != [item.appeared for item in other]


def test_the_newsroom_keeps_to_its_model() -> None:
    feeds = newsroom(seed=5, outlets=50, start=MONDAY, end=MONDAY + 7 * DAY)
    assert len(feeds) == 50
    assert {feed.kind for feed in feeds} == {kind.name for kind in KINDS}
    papers = [feed for feed in feeds if feed.kind == "newspaper"]
    for feed in feeds:
        assert list(feed.appeared) == sorted(feed.appeared)
        assert len(feed.stated) == len(feed.appeared)
        if feed.kind == "dead":
            assert not feed.appeared or feed.appeared[-1] < MONDAY - 9 * DAY
    daily = [sum(moment >= MONDAY for moment in feed.appeared) / 7 for feed in papers]
    assert 30 < statistics.median(daily) < 150
    assert _by_hour_swing(papers) > 3, "nights are quieter than mornings"
    weekdays, weekends = (
        sum(_within(feed, MONDAY + first * DAY, MONDAY + last * DAY) for feed in papers) / (last - first)
        for first, last in ((0, 5), (5, 7))
    )
    assert 0.35 < weekends / weekdays < 0.95
    shares = [_share_at_the_hour(feed) for feed in papers]
    assert statistics.median(shares) > 1.5 / 30, "some wait for the full or half hour"


def _within(feed: Outlet, start: float, end: float) -> int:
    return bisect_right(feed.appeared, end) - bisect_right(feed.appeared, start)


def _by_hour_swing(feeds: list[Outlet]) -> float:
    swings = []
    for feed in feeds:
        hours = [0] * 24
        for moment in feed.appeared:
            hours[int(moment // HOUR) % 24] += 1
        ranked = sorted(hours)
        swings.append(sum(ranked[-6:]) / max(sum(ranked[:6]), 1))
    return statistics.median(swings)


def _share_at_the_hour(feed: Outlet) -> float:
    return sum(moment % 1800 < 120 for moment in feed.appeared) / len(feed.appeared)


def test_a_policy_can_be_brought_to_a_budget() -> None:
    feeds = newsroom(seed=3, outlets=12, start=MONDAY, end=MONDAY + 3 * DAY)
    span = Span(start=MONDAY, measured=MONDAY, end=MONDAY + 3 * DAY)
    contest = Contest(Setting(outlets=feeds, span=span, bounds=BOUNDS))
    even = contest.run(contest.even(500)).row
    assert even.requests == pytest.approx(500, rel=0.02)
    assert even.requests_per_day == pytest.approx(500 / 36, rel=0.02)
    stretched = contest.run(contest.stretched(policies.media_cloud(), 500)).row
    assert stretched.requests == pytest.approx(500, rel=0.05)


def test_a_kept_history_becomes_outlets() -> None:
    sightings = [
        (1, "Mon, 06 Oct 2025 00:00:00 GMT", MONDAY + HOUR),
        (1, "2025-10-08T00:00:00Z", MONDAY + 2 * DAY + 600),
        (1, "not a date", MONDAY + 4 * DAY),
        (1, "2024-01-01T00:00:00Z", MONDAY + 5 * DAY),
        (9, None, MONDAY),
    ]
    [feed] = outlets_of(sightings, {1: source(id=1, title="A", kind="feed")})
    assert feed.name == "1 A"
    assert feed.window == 30
    assert feed.appeared == [MONDAY, MONDAY + 2 * DAY, MONDAY + 4 * DAY, MONDAY + 5 * DAY]
    assert feed.stated[2] is None
