"""When a poll may have missed entries."""

from datetime import UTC, datetime
from typing import Any

from crawler import gap
from storage.model import Source
from tests.keeping import NOW, line

_VALUES: dict[str, Any] = dict.fromkeys(Source.__dataclass_fields__)


def feed(**fields: Any) -> Source:
    usual = {"kind": "feed", "last_ok_at": NOW - 3600, "last_new_at": NOW - 3600}
    return Source(**{**_VALUES, **usual, **fields})


def dated(name: str, at: float) -> Any:
    return line(name, published=datetime.fromtimestamp(at, UTC).isoformat())


LATER = [dated(str(number), NOW - 60 * number) for number in range(3)]


def test_no_overlap_is_a_possible_gap() -> None:
    assert gap.may_miss(feed(), LATER, new=3)
    assert gap.may_miss(feed(), [line("undated")], new=1)
    late = dated("late", NOW - 3600 - gap.LAG / 2)  # it was published before the last poll, and shown after
    assert gap.may_miss(feed(), [*LATER, late], new=4)


def test_one_known_entry_is_an_overlap() -> None:
    assert not gap.may_miss(feed(), LATER, new=2)


def test_never_on_the_first_polls() -> None:
    assert not gap.may_miss(feed(last_ok_at=None, last_new_at=None), LATER, new=3)
    assert not gap.may_miss(feed(last_new_at=None), LATER, new=3)  # it was empty until now
    assert not gap.may_miss(feed(), [], new=0)


def test_a_feed_that_reaches_back_past_the_last_poll_missed_nothing() -> None:
    assert not gap.may_miss(feed(), [*LATER, dated("old", NOW - 7200)], new=4)


def test_only_feeds_have_gaps() -> None:
    assert not gap.may_miss(feed(kind="sitemap"), LATER, new=3)
    assert not gap.may_miss(feed(parent_id=1), LATER, new=3)


def test_it_begins_a_margin_before_the_last_good_poll() -> None:
    assert gap.begins(feed()) == NOW - 3600 - gap.MARGIN
    assert "none of its 3 entries was known" in gap.told(feed(), 3)
