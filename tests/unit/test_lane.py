"""What a visit learns about its host and leaves behind."""

import pytest

from crawler.cadence import DAY
from crawler.lane import LONGEST_CRAWL_DELAY, QUIET, Lane
from spiders.errors import Denied, FetchFailed, FetchRefused
from spiders.items import Robots
from storage.model import Lease, RobotsRow

NOW = 1_800_000_000.0


def lane(*, backoff=0.0, robots=(), delay=1.0, host="a.example"):
    lease = Lease(
        host_id=1,
        host=host,
        owner="me",
        until=NOW + 60,
        backoff=backoff,
        polite_at=NOW - 1,
        robots=tuple(robots),
    )
    return Lane(lease, delay=delay, user_agent="kabar")


def rules(text, origin="https://a.example"):
    return RobotsRow(origin=origin, status=200, text=text, fetched_at=NOW)


def failed(status=None, retry_after=None, reason="timeout"):
    return FetchFailed("https://a.example/", reason, "it failed", status=status, retry_after=retry_after)


def test_an_ordinary_visit_leaves_the_delay():
    assert lane().release(now=NOW).polite_at == NOW + 1.0


def test_robots_txt_may_ask_for_a_longer_delay_but_not_for_ever():
    assert lane(robots=[rules("User-agent: *\nCrawl-delay: 7")]).delay == 7
    assert lane(robots=[rules("User-agent: *\nCrawl-delay: 86400")]).delay == LONGEST_CRAWL_DELAY
    foreign = rules("User-agent: *\nCrawl-delay: 7", origin="https://b.example")
    assert lane(robots=[foreign]).delay == 1


@pytest.mark.parametrize("status", [429, 503])
def test_an_overloaded_host_is_left_alone_twice_as_long_each_time(status):
    first = lane()
    first.blame(failed(status), now=NOW, chance=0.0)
    assert first.tired
    release = first.release(now=NOW)
    assert (release.polite_at, release.backoff) == (NOW + 60, 60)
    second = lane(backoff=release.backoff)
    second.blame(failed(status), now=NOW, chance=0.0)
    assert second.release(now=NOW).polite_at == NOW + 120


def test_retry_after_is_obeyed_up_to_a_day():
    asked = lane()
    asked.blame(failed(503, retry_after=3600), now=NOW, chance=0.0)
    assert asked.release(now=NOW).polite_at == NOW + 3600
    absurd = lane()
    absurd.blame(failed(503, retry_after=1e9), now=NOW, chance=0.0)
    assert absurd.release(now=NOW).polite_at == NOW + DAY


def test_a_silent_host_is_left_to_the_schedule_but_a_person_may_ask():
    silent = lane()
    silent.blame(failed(), now=NOW, chance=0.0)
    release = silent.release(now=NOW)
    assert silent.tired
    assert release.polite_at == NOW + 1
    assert release.resume_at == NOW + 60


@pytest.mark.parametrize(
    "error",
    [
        failed(500, reason="http_500"),
        Denied("https://a.example/", "http_403", "no", status=403),
        FetchRefused("https://a.example/", "robots", "no"),
    ],
)
def test_other_failures_are_the_pages_own(error):
    well = lane()
    well.blame(error, now=NOW, chance=0.0)
    assert not well.tired
    assert well.release(now=NOW).polite_at == NOW + 1


def test_an_answer_forgives():
    host = lane(backoff=480)
    host.blame(failed(503), now=NOW, chance=0.0)
    host.praise()
    release = host.release(now=NOW)
    assert (release.polite_at, release.backoff, release.resume_at) == (NOW + 1, 0, 0)


def test_fresh_robots_are_kept_and_handed_on():
    host = lane(robots=[rules("old")])
    assert host.release(now=NOW).robots == ()  # nothing fresh: the kept ones stand
    host.praise((Robots(origin="https://a.example", status=200, text="new", fetched_at=NOW),))
    assert [robots.text for robots in host.target("https://a.example/x", "page").robots] == ["new"]
    assert [row.text for row in host.release(now=NOW).robots] == ["new"]


def test_a_host_that_was_asked_nothing_rests_on():
    lease = Lease(host_id=1, host="a.example", owner="me", until=NOW + 60, backoff=240.0, resume_at=NOW + 200)
    release = Lane(lease, delay=1.0, user_agent="kabar").release(now=NOW)
    assert (release.resume_at, release.backoff) == (NOW + 200, 240)
    asked = Lane(lease, delay=1.0, user_agent="kabar")
    asked.praise()
    assert (asked.release(now=NOW).resume_at, asked.release(now=NOW).backoff) == (0, 0)


def test_trouble_is_forgotten_after_half_an_hour_of_quiet():
    for quiet, backoff in ((QUIET - 1, 1920), (QUIET + 1, 60)):
        lease = Lease(
            host_id=1, host="a.example", owner="me", until=NOW + 60, backoff=960, resume_at=NOW - quiet
        )
        late = Lane(lease, delay=1.0, user_agent="kabar")
        late.blame(failed(503), now=NOW, chance=0.0)
        assert late.release(now=NOW).backoff == backoff


def test_back_off_is_spread_by_a_tenth_and_what_was_asked_is_not():
    for error in (failed(503), failed()):
        spread = lane()
        spread.blame(error, now=NOW, chance=0.5)
        release = spread.release(now=NOW)
        assert max(release.polite_at, release.resume_at) == NOW + 63
        assert release.backoff == 60
    asked = lane()
    asked.blame(failed(429, retry_after=100), now=NOW, chance=0.5)
    assert asked.release(now=NOW).polite_at == NOW + 100


def test_how_long_a_robots_txt_holds_is_kept():
    row = RobotsRow(origin="https://a.example", status=200, text="", fetched_at=NOW, expires_at=NOW + 9)
    known = lane(robots=[row])
    assert known.robots[0].expires_at == NOW + 9
    known.praise(known.robots)
    assert known.release(now=NOW).robots == (row,)
