"""Which lines of a sitemap or section are new work, and why the others are not."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from crawler.novelty import MASS, Choice, Rules, choose, common_part
from storage.model import NewEntry
from tests.keeping import line

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
WEEK = (NOW - timedelta(days=7)).timestamp()


def ago(**span: float) -> str:
    return (NOW - timedelta(**span)).isoformat()


def sitemap(entries: list[NewEntry], stamps: list[str | None] | None = None, **rules: Any) -> Choice:
    given_ = Rules(**{"format": "sitemap", "oldest": WEEK, **rules})
    return choose(entries, stamps or [None] * len(entries), given_)


def fetched(choice: Choice) -> list[str]:
    return [entry.url.rpartition("/")[2] for entry in choice.offered if entry.rejected is None]


def remembered(choice: Choice) -> Counter[str]:
    return Counter(entry.rejected for entry in choice.offered if entry.rejected)


def test_what_is_old_is_left_out_and_counted() -> None:
    entries = [line("new", updated=ago(hours=1)), line("old", updated=ago(days=9))]
    choice = sitemap(entries)
    assert fetched(choice) == ["new"]
    assert choice.left_out == {"too_old": 1}
    assert choice.seen == 1


def test_an_old_article_that_was_edited_is_no_new_work_unless_it_is_known() -> None:
    edited = line("2019/01/05/slug", updated=ago(hours=1))
    assert fetched(sitemap([edited])) == []
    assert fetched(sitemap([edited], [ago(days=300)])) == ["slug"]
    assert fetched(sitemap([edited], [edited.updated])) == []


def test_lines_without_a_date_are_remembered_at_first_and_fetched_later() -> None:
    plain = [line("a"), line("b")]
    first = sitemap(plain, first=True)
    assert fetched(first) == []
    assert remembered(first) == {"before_following": 2}
    later = sitemap([*plain, line("c")], ["", "", None])
    assert fetched(later) == ["c"]
    assert len(later.offered) == 1  # what is known and unchanged is not written again


def test_a_news_sitemap_is_believed_without_dates() -> None:
    assert fetched(sitemap([line("a")], format="news_sitemap", first=True)) == ["a"]


def test_a_sitemap_speaks_for_its_own_site_only() -> None:
    choice = sitemap([line("a"), line("b", host="ads.test")], sites=frozenset({"pages.example"}))
    assert fetched(choice) == ["a"]
    assert choice.left_out == {"other_site": 1}


def test_far_too_many_new_lines_are_bounded_the_newest_first() -> None:
    entries = [line(str(hours), updated=ago(hours=hours)) for hours in range(9, 0, -1)]
    choice = sitemap(entries, quota=3)
    assert set(fetched(choice)) == {"1", "2", "3"}
    assert remembered(choice) == {"over_quota": 6}


def test_what_a_section_lists_again_does_not_count_against_its_quota() -> None:
    choice = sitemap([line("a"), line("b"), line("c")], ["", None, None], format="section", quota=1)
    assert fetched(choice) == ["a", "b"]
    assert remembered(choice) == {"over_quota": 1}


def test_a_sitemap_that_is_made_anew_is_not_an_edit_of_everything() -> None:
    entries = [line(str(number), updated=ago(minutes=1)) for number in range(MASS + 1)]
    choice = sitemap([*entries, line("new", updated=ago(minutes=1))], [ago(days=1)] * (MASS + 1) + [None])
    assert fetched(choice) == ["new"]
    assert remembered(choice) == {"restamped": MASS + 1}
    first_stamps = sitemap(entries[:3], ["", "", ""])
    assert remembered(first_stamps) == {"restamped": 3}
    few = sitemap(entries[:3], [ago(days=1)] * 3)
    assert len(fetched(few)) == 3


def test_a_gap_is_filled_with_what_is_new_and_dated() -> None:
    entries = [line("known", updated=ago(hours=1)), line("undated"), line("dated", published=ago(days=2))]
    choice = sitemap(entries, [ago(hours=2), None, None], gap=True)
    assert fetched(choice) == ["dated"]
    assert choice.left_out == {"undated": 1}
    page = choose([line("undated")], [None], Rules(format="atom10", oldest=WEEK, gap=True))
    assert fetched(page) == ["undated"]


def test_a_part_of_a_site_is_kept_to() -> None:
    entries = [line("sport/a"), line("sports/b"), line("world/c")]
    choice = sitemap(entries, within="https://pages.example/sport/", format="news_sitemap")
    assert fetched(choice) == ["a"]
    assert choice.left_out == {"other_section": 2}


def test_the_common_part_needs_evidence() -> None:
    assert common_part([f"https://a.example/sport/{n}" for n in range(5)]) == "https://a.example/sport/"
    assert common_part([f"https://a.example/sport/{n}" for n in range(4)]) is None
    assert common_part([f"https://a.example/2026/{n}" for n in range(5)]) is None
    assert common_part([f"https://a.example/{n}" for n in range(5)]) is None
    assert common_part([*(f"https://a.example/sport/{n}" for n in range(5)), "https://a.example/x/1"]) is None


_LINES = st.builds(
    lambda number, days: line(str(number), updated=None if days is None else ago(days=days)),
    st.integers(0, 5),
    st.none() | st.integers(-1, 20),
)


@given(
    st.lists(st.tuples(_LINES, st.none() | st.just("") | st.just(ago(days=3)))),
    st.none() | st.integers(1, 5),
    st.booleans(),
    st.sampled_from(["sitemap", "news_sitemap", "section"]),
)
def test_every_line_is_fetched_remembered_known_or_counted(
    lines: list[tuple[NewEntry, str | None]], quota: int | None, first: bool, format_: str
) -> None:
    rules = Rules(format=format_, oldest=WEEK, first=first, quota=quota, sites=frozenset({"pages.example"}))
    choice = choose([entry for entry, _ in lines], [known for _, known in lines], rules)
    known = len(lines) - len(choice.offered) - sum(choice.left_out.values())
    assert 0 <= known <= sum(known is not None for _, known in lines)
    taken = len(fetched(choice)) - (
        sum(known is not None for _, known in lines) if format_ == "section" else 0
    )
    assert quota is None or taken <= quota
