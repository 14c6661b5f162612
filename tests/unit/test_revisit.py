"""When articles are looked at again, and what it means when they are not found."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.revisit import BE_SURE, after_miss, age_at, next_look
from crawler.rules import plan_of
from crawler.spans import spans
from storage.looks import Revisit
from tests.keeping import bare_source

HOUR, DAY = 3600.0, 86400.0
PLAN = (HOUR, 6 * HOUR, DAY, 7 * DAY)
START = 1_760_000_000.0


def looks(plan: tuple[float, ...] = PLAN, *, age: float = 0.0, late: float = 5.0) -> list[float]:
    """Return the hours after the first fetch at which an article is looked at, each look a bit late."""
    found: list[float] = []
    now = START
    while (due := next_look(plan, since=START, age=age, now=now)) is not None:
        found.append((due - START) / HOUR)
        now = due + late
    return found


def test_a_new_article_is_looked_at_less_and_less() -> None:
    assert looks() == [1, 6, 24, 168]


@pytest.mark.parametrize(
    ("age", "hours"),
    [
        (HOUR / 2, [1, 6, 24, 168]),
        (5 * HOUR, [6, 24, 168]),
        (3 * DAY, [168]),
        (8 * DAY, []),
        (3650 * DAY, []),
    ],
)
def test_old_articles_have_less_of_the_plan_or_nothing(age: float, hours: list[float]) -> None:
    assert looks(age=age) == hours


def test_looks_slept_through_are_made_up_for_by_one() -> None:
    assert next_look(PLAN, since=START, age=0, now=START + 2 * DAY) == START + 7 * DAY
    assert next_look(PLAN, since=START, age=0, now=START + 5.9 * HOUR) == START + DAY, "too soon again"
    assert next_look(PLAN, since=START, age=0, now=START + 8 * DAY) is None


def test_no_plan() -> None:
    assert looks(()) == []


@given(
    st.lists(st.floats(1, 1e8), max_size=20).map(lambda spans: tuple(sorted(spans))),
    st.floats(0, 1e9),
    st.floats(-1e6, 1e9),
)
def test_a_plan_always_goes_on_and_ends(plan: tuple[float, ...], age: float, passed: float) -> None:
    due = next_look(plan, since=START, age=age, now=START + passed)
    assert due is None or due > START + passed
    assert len(looks(plan, age=age)) <= len(set(plan))


def test_age() -> None:
    since = datetime(2026, 11, 26, 20, tzinfo=UTC).timestamp()
    wib = timezone(timedelta(hours=7))
    at = datetime(2026, 11, 26, 18, 30, tzinfo=UTC)
    assert age_at(at, None, since=since) == 1.5 * HOUR
    assert age_at(at - timedelta(days=9), at, since=since) == 1.5 * HOUR, "it is being worked on"
    assert age_at(None, None, since=since) == 0
    assert age_at(at + timedelta(days=1), None, since=since) == 0
    assert age_at(datetime(2026, 11, 26, tzinfo=wib), None, since=since) == 3 * HOUR, "that day, at any time"


def revisit(**fields: Any) -> Revisit:
    return Revisit(article_id=1, entry=None, next_due_at=START + HOUR, since=START, **fields)  # type: ignore[arg-type]


def missed(status: int | None = None, *, now: float = START + HOUR, **fields: Any) -> Any:
    usual = {"transient": False, "age": 0.0, "had": True, "known_gone": False, "attempts": 3}
    known = {name: fields.pop(name) for name in ("missing_at",) if name in fields}
    tried = {"attempts": fields.pop("tried", 0)}
    return after_miss(revisit(**known, **tried), PLAN, status=status, now=now, **{**usual, **fields})


class TestMissed:
    def test_410_is_believed_at_once(self) -> None:
        found = missed(410)
        assert (found.withdrawn_at, found.next_due_at) == (START + HOUR, START + 6 * HOUR)

    def test_404_is_believed_when_it_is_said_twice(self) -> None:
        first = missed(404)
        assert (first.withdrawn_at, first.missing_at) == (None, START + HOUR)
        assert first.next_due_at == START + HOUR + BE_SURE
        soon = missed(404, now=first.next_due_at - 60, missing_at=first.missing_at)
        assert (soon.withdrawn_at, soon.next_due_at) == (None, first.next_due_at)
        second = missed(404, now=first.next_due_at, missing_at=first.missing_at)
        assert (second.withdrawn_at, second.next_due_at) == (START + HOUR, START + 6 * HOUR)

    def test_the_look_that_decides_is_made_after_the_plan_too(self) -> None:
        end = START + 7 * DAY
        assert missed(404, now=end).next_due_at == end + BE_SURE
        assert missed(404, now=end + BE_SURE, missing_at=end).next_due_at == end + BE_SURE + 7 * DAY
        assert missed(410, now=end).next_due_at == end + 7 * DAY, "it may come back"
        assert missed(410, now=end + 7 * DAY, known_gone=True).next_due_at is None

    def test_what_never_was_is_not_taken_away(self) -> None:
        for status in (404, 410):
            found = missed(status, had=False)
            assert (found.withdrawn_at, found.missing_at, found.next_due_at) == (None, None, START + 6 * HOUR)

    def test_what_is_known_is_not_told_again(self) -> None:
        assert missed(404, known_gone=True).withdrawn_at is None

    def test_other_failures_say_nothing_of_the_article(self) -> None:
        for status in (401, 403, 451, None):
            found = missed(status)
            assert (found.withdrawn_at, found.missing_at, found.next_due_at) == (None, None, START + 6 * HOUR)

    def test_what_may_pass_is_tried_again(self) -> None:
        first = missed(503, transient=True)
        assert (first.attempts, first.next_due_at) == (1, START + HOUR + 60)
        assert missed(503, transient=True, retry_after=900.0).next_due_at == START + HOUR + 900
        assert missed(503, transient=True, tried=2).next_due_at == START + 6 * HOUR
        assert missed(503, transient=True, missing_at=START).missing_at == START
        almost = START + 5 * HOUR
        assert missed(503, transient=True, now=almost, retry_after=7200.0).attempts == 0


class TestPlans:
    def test_as_people_write_them(self) -> None:
        assert spans("1h 6h 24h 7d") == spans("7d,24h, 6h,1h,60m") == PLAN
        assert spans("none") == ()
        assert spans("1h30m") == (5400.0,)
        for text in ("", "0h", "1", "soon", "1h none", "-1h"):
            assert spans(text) is None

    def test_of_a_source(self) -> None:
        def plan(**fields: Any) -> tuple[float, ...]:
            return plan_of(bare_source(**{"state": "active", **fields}), "1h 6h 24h 7d")

        assert plan() == PLAN
        assert plan(schedule={"revisit": "30m"}) == (1800.0,)
        assert plan(schedule={"revisit": "none"}) == ()
        assert plan(schedule={"revisit": "rubbish"}) == PLAN
        assert plan(state="once") == plan_of(None, "1h") == ()
        assert plan_of(bare_source(state="active"), "none") == ()
