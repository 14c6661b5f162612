"""Which parts of a sitemap index are read, and when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crawler.children import DEEPEST, MOST_CHILDREN, STAGGER, Index, Plan, plan
from spiders.items import ChildSitemap
from storage.model import Source

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
SECONDS = NOW.timestamp()
DAY = 86400.0
_VALUES: dict[str, Any] = dict.fromkeys(Source.__dataclass_fields__)


def source(**fields: Any) -> Source:
    usual = {"id": 1, "url": "https://a.example/index.xml", "state": "active", "tags": (), "kind": "sitemap"}
    return Source(**{**_VALUES, "failures": 0, "next_due_at": 0.0, "created_at": 0.0, **usual, **fields})


def child(name: str, **fields: Any) -> Source:
    usual = {"id": 7, "url": f"https://a.example/{name}.xml", "parent_id": 1, "created_at": SECONDS - DAY}
    return source(**{**usual, **fields})


def named(name: str, **ago: float) -> ChildSitemap:
    at = (NOW - timedelta(**ago)).isoformat() if ago else None
    return ChildSitemap(url=f"https://a.example/{name}.xml", modified=at)


def index(**fields: Any) -> Index:
    usual = {
        "source": source(),
        "lineage": (),
        "sites": frozenset({"a.example"}),
        "oldest": SECONDS - 7 * DAY,
    }
    return Index(**{**usual, "shortest": 300.0, "first": 1800.0, **fields})


def names(found: Plan) -> list[str]:
    return [child.url.rpartition("/")[2].removesuffix(".xml") for child in found.children]


def test_young_parts_are_read_the_newest_first_and_staggered() -> None:
    found = plan([named("b", hours=2), named("a", hours=1), named("old", days=30)], [], index(), now=SECONDS)
    assert names(found) == ["a", "b"]
    assert [part.next_due_at for part in found.children] == [SECONDS, SECONDS + STAGGER]
    assert {part.parent_id for part in found.children} == {1}
    assert found.left_out == {"too_old": 1}


def test_a_part_whose_name_is_an_old_date_is_not_read() -> None:
    found = plan(
        [named("sitemap-2019-03"), named("sitemap-2026-11"), named("plain")], [], index(), now=SECONDS
    )
    assert names(found) == ["sitemap-2026-11", "plain"]


def read(**fields: Any) -> Source:
    """A part that was read an hour ago and brought something, as its index had said it would."""
    an_hour_ago = SECONDS - 3600
    usual = {"state": "done", "last_ok_at": an_hour_ago, "last_new_at": an_hour_ago, "pace": 1800.0}
    return child("a", **{**usual, "last_polled_at": an_hour_ago, "changed_at": SECONDS - 7200, **fields})


def test_nothing_changed_nothing_is_read() -> None:
    assert plan([named("a", hours=2)], [read()], index(), now=SECONDS) == Plan()


def test_a_part_that_changed_is_read_again() -> None:
    [part] = plan([named("a", minutes=1)], [read()], index(), now=SECONDS).children
    assert part.next_due_at == SECONDS
    assert part.changed_at == SECONDS - 60


def test_a_clock_behind_ours_hides_no_change() -> None:
    """The part changed after we read it, but by its server's clock before."""
    assert names(plan([named("a", hours=1.5)], [read()], index(), now=SECONDS)) == ["a"]


def test_an_index_that_cries_wolf_is_believed_less() -> None:
    quiet = read(last_new_at=SECONDS - 9 * DAY, pace=20_000.0)
    [part] = plan([named("a", minutes=1)], [quiet], index(), now=SECONDS).children
    assert part.next_due_at == SECONDS - 3600 + 20_000


def test_a_part_without_lastmod_goes_by_its_own_cadence() -> None:
    active = read(state="active", changed_at=None)
    assert plan([named("a")], [active], index(), now=SECONDS) == Plan()


def test_a_part_that_left_the_index_ends() -> None:
    gone = child("gone", id=9)
    assert plan([named("a", hours=2)], [read(), gone], index(), now=SECONDS).ended == (9,)


def test_what_fills_a_gap_is_left_alone() -> None:
    filling = child("a", since=1.0, last_ok_at=None)
    assert plan([named("a", hours=1)], [filling], index(), now=SECONDS) == Plan()
    assert plan([], [filling], index(), now=SECONDS).ended == ()


def test_a_gap_reads_parts_again_once() -> None:
    since = SECONDS - 30 * DAY
    filling = index(since=since, oldest=since)
    [part] = plan([named("a", days=20), named("b", days=40)], [read()], filling, now=SECONDS).children
    assert (part.url, part.since) == ("https://a.example/a.xml", since)
    changed_at = SECONDS - 20 * DAY
    done = read(since=since, changed_at=changed_at)
    assert plan([named("a", days=20)], [done], filling, now=SECONDS) == Plan()
    assert names(plan([named("a", hours=1)], [done], filling, now=SECONDS)) == ["a"]
    further = child("a", since=since - DAY, changed_at=changed_at)
    assert plan([named("a", days=20)], [further], filling, now=SECONDS) == Plan()


def test_an_index_that_names_itself_ends() -> None:
    assert names(plan([named("index", hours=1)], [], index(), now=SECONDS)) == []
    deep = index(lineage=tuple(source(id=number) for number in range(DEEPEST)))
    found = plan([named("a", hours=1)], [], deep, now=SECONDS)
    assert (found.children, found.left_out) == ((), {"too_deep": 1})


@pytest.mark.parametrize("url", ["https://other.example/a.xml", "ftp://a.example/a.xml"])
def test_parts_elsewhere_are_not_read(url: str) -> None:
    assert plan([ChildSitemap(url=url)], [], index(), now=SECONDS).children == ()


def test_an_index_of_thousands_is_bounded() -> None:
    many = [
        replace(named("x", minutes=n), url=f"https://a.example/{n}.xml") for n in range(MOST_CHILDREN + 50)
    ]
    found = plan(many, [], index(), now=SECONDS)
    assert len(found.children) == MOST_CHILDREN
    assert found.children[0].url == "https://a.example/0.xml"
    assert found.left_out == {"over_limit": 50}


def test_there_is_an_end_to_the_documents_behind_one_source() -> None:
    """Indexes of indexes of indexes would make millions."""
    parts = [named(str(number), hours=number + 1) for number in range(6)]
    known = [child("5", changed_at=None, last_ok_at=None, state="done")]
    found = plan(parts, known, index(room=2), now=SECONDS)
    assert names(found) == ["0", "1", "5"], "the newest, and what is known already"
    assert found.left_out == {"over_limit": 3}
    full = plan(parts, known, index(room=-7), now=SECONDS)
    assert (names(full), full.left_out) == (["5"], {"over_limit": 5})
    assert plan(parts, known, index(), now=SECONDS).left_out == {}
