"""Facets: the articles of a search, counted; the same on both databases."""

from datetime import date

import pytest

from storage.errors import InvalidQuery
from storage.hits import FACETS, Facet, FacetName, Filters
from storage.store import Store
from tests.keeping import NOW, add_article, at

DAY = 86_400.0
TODAY = date(2025, 10, 9)


@pytest.fixture
def press(store: Store) -> Store:
    first = add_article(
        store, "a", site="b.example", title="Gempa Jawa", tags=("Gempa", "jawa"), published_at=at(NOW)
    )
    add_article(
        store,
        "b",
        site="a.example",
        title="Gempa lagi",
        tags=("gempa",),
        published_at=at(NOW - DAY),
        duplicate_of=first,
    )
    add_article(store, "c", site="b.example", language="id", text="gempa", published_at=at(-1.0))
    add_article(store, "d", site="c.example", language=None, text="gempa", tags=("gempa", "GEMPA", "..."))
    add_article(store, "e", site="z.example", text="lain", tags=("Gempa",))
    return store


def pairs(store: Store, name: FacetName, words: str = "gempa", **more: object) -> list[tuple[object, int]]:
    most = int(str(more.pop("most", 10)))
    found = store.articles.facets(Filters(words=words, **more), by=[name], most=most)  # type: ignore[arg-type]
    return [(facet.value, facet.count) for facet in found[name]]


def test_counts(press: Store) -> None:
    assert pairs(press, "site") == [("b.example", 2), ("a.example", 1), ("c.example", 1)]
    assert pairs(press, "language") == [("en", 2), (None, 1), ("id", 1)]
    yesterday = date.fromordinal(TODAY.toordinal() - 1)
    assert pairs(press, "day") == [(TODAY, 2), (yesterday, 1), (date(1969, 12, 31), 1)]
    assert pairs(press, "tag") == [("gempa", 3), ("jawa", 1)]
    assert pairs(press, "story") == [(1, 2), (3, 1), (4, 1)]
    add_article(press, "f", title="Gempa", authors=("José Rahma", "Budi"))
    add_article(press, "g", title="Gempa", authors=("JOSE RAHMA",))
    add_article(press, "h", title="Gempa", authors=("José Rahma",))
    assert pairs(press, "author") == [("José Rahma", 3), ("Budi", 1)]
    [story, *_] = press.articles.facets(Filters(words="gempa"), by=["story"])["story"]
    assert story == Facet(value=1, count=2, title="Gempa Jawa")


def test_counts_are_those_of_the_filters_they_name(press: Store) -> None:
    for site, count in pairs(press, "site", ""):
        assert press.articles.count(Filters(site=str(site))) == count
    for tag, count in pairs(press, "tag", ""):
        assert press.articles.count(Filters(words=f'tag:"{tag}"')) == count
    for day, count in pairs(press, "day", ""):
        assert press.articles.count(Filters(words=f"after:{day}/{day}")) == count


def test_most_and_filters(press: Store) -> None:
    assert pairs(press, "site", most=1) == [("b.example", 2)]
    assert pairs(press, "day", most=1) == [(TODAY, 2)]
    assert pairs(press, "site", "", site="z.example", limit=1) == [("z.example", 1)]
    assert pairs(press, "story", one_per_story=True) == [(1, 1), (3, 1), (4, 1)]
    assert pairs(press, "site", "nothing-of-it") == []


def test_all_of_them_in_order(press: Store) -> None:
    assert tuple(press.articles.facets(Filters())) == FACETS
    assert press.articles.facets(Filters(), by=[]) == {}


def test_what_makes_no_sense_is_refused(store: Store) -> None:
    with pytest.raises(InvalidQuery):
        store.articles.facets(Filters(words="-gempa"))
