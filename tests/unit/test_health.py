"""How sources and the store are judged, from rows and polls alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import rhythm
from crawler.health import Silence, condition, examine, silence, worst
from crawler.health.advice import ADVICE, advice
from crawler.health.document import judge_document
from crawler.health.finding import Finding
from crawler.health.history import empty_since
from crawler.health.silence import WIDTH
from crawler.rhythm import News
from spiders.items import Entry, Feed, Fetch
from storage.model import Poll, Source

NOW = 1_760_000_000.0
HOUR, DAY = 3600.0, 86_400.0


def source(**fields: Any) -> Source:
    usual: dict[str, Any] = {
        **{"id": 7, "host_id": 1, "host": "a.example", "url": "https://a.example/rss", "kind": "feed"},
        **{"state": "active", "title": None, "site_url": None, "language": None, "country": None, "tags": ()},
        **{"interval": None, "etag": None, "last_modified": None, "body_hash": None, "pace": None},
        **{"next_due_at": NOW, "due_reason": "", "failures": 0, "last_error": None, "last_status": 200},
        **{"moved_to": None, "moved_seen": 0, "created_at": NOW - 90 * DAY, "last_polled_at": NOW - 600},
        **{"last_ok_at": NOW - 600, "last_new_at": NOW - HOUR},
    }
    return Source(**{**usual, **fields})


def poll(at: float, **fields: Any) -> Poll:
    usual = {"id": 1, "source_id": 7, "outcome": "unchanged", "status": 200, "entries_seen": 0}
    rest = {"entries_new": 0, "error": None, "seconds": 0.1, "size": 1000}
    return Poll(**{**usual, **rest, "at": at, **fields})


def codes(*args: Any, **kwargs: Any) -> list[str]:
    return [finding.code for finding in examine(*args, now=NOW, **kwargs)]


def hourly() -> str:
    """A rhythm of one entry an hour, learnt over four weeks."""
    known = None
    for hour in range(28 * 24):
        at = NOW - 30 * DAY + hour * HOUR
        news = News(at=at, seen=20, new=1, published=(at - 600,), before=at - HOUR if hour else None)
        known = rhythm.learn(known, news)
    return rhythm.dump(known)


class TestCondition:
    @pytest.mark.parametrize(
        ("fields", "word"),
        [
            ({}, "active"),
            ({"failures": 1}, "failing"),
            ({"state": "paused", "failures": 3}, "paused"),
            ({"state": "gone"}, "gone"),
            ({"state": "once"}, "once"),
            ({"last_polled_at": None, "last_ok_at": None, "last_new_at": None}, "new"),
            ({"rhythm": "rubbish"}, "active"),
        ],
    )
    def test_in_one_word(self, fields: dict[str, Any], word: str) -> None:
        assert condition(source(**fields), now=NOW) == word

    def test_quiet_is_longer_than_the_rhythm_allows(self) -> None:
        learnt = hourly()
        assert condition(source(rhythm=learnt, last_new_at=NOW - 2 * HOUR), now=NOW) == "active"
        silent = source(rhythm=learnt, last_new_at=NOW - 3 * DAY)
        assert condition(silent, now=NOW) == "quiet"
        assert codes(silent, []) == ["quiet"]

    def test_who_is_not_looked_at_is_not_quiet(self) -> None:
        asleep = source(rhythm=hourly(), last_new_at=NOW - 3 * DAY, last_ok_at=NOW - 3 * DAY)
        assert condition(asleep, now=NOW) == "active"


class TestExamine:
    def test_a_healthy_source_has_no_findings(self) -> None:
        assert codes(source(), [poll(NOW - 600, entries_seen=20, outcome="new")]) == []

    @pytest.mark.parametrize("state", ["paused", "once", "done"])
    def test_who_is_not_followed_is_left_alone(self, state: Any) -> None:
        assert codes(source(state=state, failures=9, last_error="dns: no such host"), []) == []

    def test_a_failure_says_what_since_when_and_what_to_do(self) -> None:
        ill = source(failures=5, last_error="http_403: the server answered 403: access refused")
        [finding] = examine(ill, [], now=NOW)
        assert (finding.code, finding.severity) == ("http_403", "problem")
        assert finding.what.startswith("its last 5 polls failed: the server answered 403: access refused")
        assert "sources set 7 --user-agent" in finding.advice

    def test_one_failure_is_a_hiccup(self) -> None:
        [finding] = examine(source(failures=1, last_error="timeout: too slow"), [], now=NOW)
        assert finding.severity == "notice"

    def test_a_source_that_moves_is_told(self) -> None:
        moving = source(moved_to="https://b.example/rss", moved_seen=2)
        [finding] = examine(moving, [], now=NOW)
        assert (finding.code, finding.severity) == ("moved", "notice")
        assert "--url https://b.example/rss" in finding.advice

    def test_a_source_that_should_have_moved_and_did_not(self) -> None:
        staying = source(moved_to="https://a.example/rss", moved_seen=152)
        [finding] = examine(staying, [], now=NOW)
        assert "does not follow by itself" in finding.advice
        assert "--url https://a.example/rss" in finding.advice

    def test_gone(self) -> None:
        assert codes(source(state="gone"), []) == ["gone"]

    def test_stale(self) -> None:
        assert codes(source(last_new_at=NOW - 40 * DAY), []) == ["stale"]
        assert codes(source(last_new_at=None, created_at=NOW - 5 * DAY), []) == ["stale"]
        assert codes(source(last_new_at=None, created_at=NOW - DAY), []) == []

    def test_a_recent_gap(self) -> None:
        [finding] = examine(source(gap_at=NOW - DAY), [], now=NOW)
        assert finding.code == "gap"
        assert "kabar crawl 7 --backfill" in finding.advice
        assert codes(source(gap_at=NOW - 20 * DAY), []) == []

    @given(
        st.builds(
            source,
            failures=st.integers(0, 40),
            last_error=st.none() | st.text(max_size=60),
            last_new_at=st.none() | st.floats(0, NOW * 2),
            last_ok_at=st.none() | st.floats(0, NOW * 2),
            gap_at=st.none() | st.floats(0, NOW * 2),
            moved_to=st.none() | st.text(st.characters(exclude_characters="{"), max_size=30),
            rhythm=st.none() | st.text(max_size=80),
        )
    )
    def test_any_row_is_judged(self, row: Source) -> None:
        for finding in examine(row, [], now=NOW):
            assert finding.what
            assert "{" not in finding.advice


class TestEmpty:
    def test_since_the_first_poll_without_entries(self) -> None:
        polls = [
            poll(NOW - 100, status=304, outcome="not_modified"),
            poll(NOW - 200, size=80),
            poll(NOW - 300, outcome="failed", status=500),
            poll(NOW - 400, size=80),
            poll(NOW - 500, entries_seen=20, size=9000),
        ]
        assert empty_since(polls) == NOW - 400
        assert "empty" in codes(source(), polls)

    def test_an_unchanged_body_is_as_full_as_it_was(self) -> None:
        polls = [poll(NOW - 100), poll(NOW - 200), poll(NOW - 300, entries_seen=20)]
        assert empty_since(polls) is None

    def test_always_empty(self) -> None:
        assert empty_since([poll(NOW - 100, size=80), poll(NOW - 200, size=80)]) == NOW - 200

    def test_empty_from_the_first_answer_on(self) -> None:
        failed = poll(NOW - 300, outcome="failed", status=None)
        polls = [poll(NOW - 100, size=80, previous_id=2), poll(NOW - 200, size=80, previous_id=1)]
        assert empty_since([*polls, failed]) == NOW - 200
        assert empty_since([*polls, replace(failed, previous_id=7)]) is None, "one before it is not looked at"

    def test_emptied_longer_ago_than_polls_are_looked_back_to(self) -> None:
        emptied = [poll(NOW - 100 * n, size=80, previous_id=n) for n in range(1, 101)]
        full = poll(NOW - 9900, size=9000, entries_seen=20, previous_id=1)
        assert empty_since([*emptied[:98], full]) == NOW - 9800
        assert empty_since(emptied) is None
        assert codes(source(last_new_at=NOW - 40 * DAY), emptied) == ["stale"]

    def test_as_unchanged_as_polls_are_looked_back_to(self) -> None:
        polls = [poll(NOW - 100 * n, previous_id=n) for n in range(100)]
        assert empty_since(polls) is None
        assert codes(source(), polls) == []
        shorter = [*(replace(one, size=80) for one in polls[:40]), *polls[40:]]
        assert empty_since(shorter) == NOW - 3900, "another body was read, and had none"

    @pytest.mark.parametrize("polls", [[], [poll(NOW, status=304)], [poll(NOW, entries_seen=3)]])
    def test_not_empty(self, polls: list[Poll]) -> None:
        assert empty_since(polls) is None


class TestSilence:
    REGULAR = tuple(NOW - 10 * DAY + HOUR * n for n in range(10 * 24))

    def test_all_is_well(self) -> None:
        assert silence(self.REGULAR, now=NOW, last_poll_at=NOW) is None

    def test_a_clock_set_back_hides_no_silence(self) -> None:
        ahead = tuple(NOW + HOUR * n for n in range(4, 10))
        told = silence((*self.REGULAR, *ahead), now=NOW + 3 * HOUR, last_poll_at=NOW + 3 * HOUR)
        assert told == silence(self.REGULAR, now=NOW + 3 * HOUR, last_poll_at=NOW + 3 * HOUR) is not None

    def test_a_silence_longer_than_any_before(self) -> None:
        told = silence(self.REGULAR, now=NOW + 3 * HOUR, last_poll_at=NOW + 3 * HOUR)
        assert told == Silence(since=self.REGULAR[-1] + WIDTH, usual=HOUR)

    def test_nights_are_no_alarm(self) -> None:
        days = [NOW - 10 * DAY + DAY * day + HOUR * hour for day in range(10) for hour in range(12)]
        assert silence(days, now=days[-1] + 14 * HOUR, last_poll_at=days[-1] + 14 * HOUR) is None
        assert silence(days, now=days[-1] + 24 * HOUR, last_poll_at=days[-1] + 24 * HOUR) is not None

    def test_one_holiday_does_not_deafen(self) -> None:
        holed = [moment for moment in self.REGULAR if not 50 < (moment - self.REGULAR[0]) / HOUR < 120]
        assert silence(holed, now=NOW + 3 * HOUR, last_poll_at=NOW + 3 * HOUR) is not None

    def test_without_polls_or_a_past_there_is_nothing_to_judge(self) -> None:
        assert silence(self.REGULAR, now=NOW + DAY, last_poll_at=NOW) is None
        assert silence(self.REGULAR, now=NOW + DAY, last_poll_at=None) is None
        assert silence(self.REGULAR[:10], now=NOW + DAY, last_poll_at=NOW + DAY) is None


class TestDocument:
    MOMENT = datetime(2026, 11, 25, 12, tzinfo=UTC)
    FETCH = Fetch(
        url="https://a.example/rss", requested_url="https://a.example/rss", status=200, body=b"x" * 2000,
        fetched_at=NOW, seconds=0.1, etag='"a"',
    )  # fmt: skip
    FEED = Feed(
        url="https://a.example/rss",
        format="rss20",
        entries=tuple(
            Entry(link=f"https://a.example/{n}", guid=str(n), published=f"2026-11-25T0{n}:00:00Z")
            for n in range(4)
        ),
    )

    def judged(self, fetch: Fetch = FETCH, feed: Feed = FEED, url: str = FETCH.url) -> list[str]:
        return [finding.code for finding in judge_document(fetch, feed, url=url, now=self.MOMENT)[0]]

    def test_nothing_to_say(self) -> None:
        findings, newest = judge_document(self.FETCH, self.FEED, url=self.FETCH.url, now=self.MOMENT)
        assert (findings, newest) == ((), datetime(2026, 11, 25, 3, tzinfo=UTC))

    @pytest.mark.parametrize(
        ("fetch", "feed", "expected"),
        [
            ({"etag": None}, {}, ["no_validators"]),
            ({"truncated": True}, {}, ["truncated"]),
            ({}, {"truncated": True}, ["truncated"]),
            ({}, {"entries": ()}, ["empty"]),
            ({}, {"skipped": 3}, ["no_link"]),
            ({}, {"notes": ("bare ampersand mended",)}, ["mended"]),
            ({}, {"entries": tuple(replace(e, published=None) for e in FEED.entries)}, ["undated"]),
            ({}, {"entries": tuple(replace(e, guid="1") for e in FEED.entries)}, ["shared_id"]),
            (
                {},
                {"entries": (*FEED.entries, Entry(link="https://a.example/z", published="2027-01-01"))},
                ["bad_dates"],
            ),
        ],
    )
    def test_each(self, fetch: dict[str, Any], feed: dict[str, Any], expected: list[str]) -> None:
        assert self.judged(replace(self.FETCH, **fetch), replace(self.FEED, **feed)) == expected

    def test_moved_and_stale(self) -> None:
        assert self.judged(url="https://old.example/rss") == ["redirected"]
        late = self.MOMENT + timedelta(days=50)
        found, _ = judge_document(self.FETCH, self.FEED, url=self.FETCH.url, now=late)
        assert [finding.code for finding in found] == ["stale"]


def test_the_gravest_word_counts() -> None:
    notice = Finding(code="a", severity="notice", what="x")
    assert worst([notice, replace(notice, severity="alarm"), notice]) == "alarm"
    assert worst([]) is None


def test_every_server_fault_is_waited_for_and_unknown_codes_have_no_advice() -> None:
    assert "tries again" in advice("http_503", "7")
    assert advice("never_heard_of", "7") == ""
    assert all("{id}" not in advice(code, "7") for code in ADVICE)
