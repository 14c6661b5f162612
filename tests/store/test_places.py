"""Hits found along their order are those that the database would sort out of all."""

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from storage import numbers, places, reach, search
from storage.hits import Filters
from storage.numbers import Numbers
from storage.order import Found, Key
from storage.reach import reach_of
from storage.store import Store
from tests.keeping import NOW, at
from tests.searches import asked, fill


@pytest.fixture
def press(store: Store) -> Store:
    fill(store)
    return store


BY_NUMBERS = {"_SPREAD": 10**6, "_ASTRAY": 10**6, "_LATE": (10**6, 10**6), "_DEARER": 10**6}
ALL_OF_FEW = {**BY_NUMBERS, "_DEARER": 1, "_FEWER": 100}
DISORDER = {"_SPREAD": 0.6, "_ASTRAY": 6, "_LATE": (3, 3), "_DEARER": 10**6}


def shrink(monkeypatch: pytest.MonkeyPatch, idle: float, bounds: dict[str, float]) -> None:
    """Let few articles be as many as millions."""
    for name, value in ({"_FIRST": 7, "_SECOND": 20, "_BLOCK": 4, "_PEEK": 5} | bounds).items():
        monkeypatch.setattr(numbers, name, value)
    for name, value in {"_FIRST": 7, "_EACH": 1, "_AT_ONCE": 11, "_IDLE": idle}.items():
        monkeypatch.setattr(places, name, value)
    for name in ("_FAR", "_FAR_IN_POSTGRES"):
        monkeypatch.setattr(reach, name, 4)


def same_pages(press: Store, filters: Filters) -> int:
    """Compare three pages with what the database sorts out of all; returns how many were found."""
    found = 0
    for _page in range(3):
        plan = search.plan(press._database, filters)
        with press._database.read() as connection:
            walked = places.places(plan, connection, 5)
            assert walked == places._sorted_by_database(plan, connection, 5), filters
        found += len(walked)
        if len(walked) < 5:
            break
        last = walked[-1]
        filters = replace(filters, cursor=search.cursor(filters, last.rank, last.order_at, last.id))
    return found


@pytest.mark.parametrize(
    "idle",
    [pytest.param(1e-3, marks=pytest.mark.slow, id="to the end"), pytest.param(1e9, id="while it pays")],
)
def test_the_same_is_found_along_the_order(
    press: Store, idle: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    shrink(monkeypatch, idle, DISORDER)
    dice = random.Random(int(idle))
    assert sum(same_pages(press, asked(dice)) for _ in range(36)) > 50


@pytest.mark.parametrize(
    ("bounds", "outcome"), [(BY_NUMBERS, "runs"), (ALL_OF_FEW, "all"), (DISORDER, "walk")]
)
def test_the_same_is_found_by_numbers(
    press: Store, bounds: dict[str, float], outcome: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shrink(monkeypatch, 1e9, bounds)
    outcomes = Counter[str]()
    newest = Numbers.newest

    def noted(self: Numbers, at: Key | None, wanted: int) -> Found | None:
        found = newest(self, at, wanted)
        outcomes["walk" if found is None else "runs" if found[1] else "all"] += 1
        return found

    monkeypatch.setattr(Numbers, "newest", noted)
    words = ("gempa", "tag:jawa", "author:bumi laut", "gempa -laut", "(gempa OR bumi) title:kuat", "kua*")
    asked_for = [Filters(words=text) for text in words] + [Filters(source=name) for name in ("kompas", "e")]
    for hours in (5, 30, 50):
        day = at(NOW) + timedelta(hours=hours)
        asked_for += [Filters(source="kompas", since=day), Filters(source="e", until=day)]
        asked_for += [Filters(words="gempa", since=day), Filters(words="-laut tag:jawa", until=day)]
        asked_for += [Filters(source="kompas", since=day - timedelta(hours=9), until=day)]
    for filters in asked_for:
        assert same_pages(press, filters) or filters.since, filters
        same_pages(press, replace(filters, one_per_story=True))
        same_pages(press, replace(filters, sort="relevance"))
    assert outcomes[outcome] > 2, outcomes


def test_revisions_are_looked_for_where_they_stand_close() -> None:
    near = range(5_000, 5_300)
    found = reach_of([7, *near, 90_000], far=1_000)
    assert (found.first, found.last, found.others) == (5_000, 5_299, (7, 90_000))
    found = reach_of([1, 50_000, 100_000], far=1_000)
    assert sorted({found.first, found.last, *found.others}) == [1, 50_000, 100_000]
    assert found.first == found.last
    nothing = reach_of([], far=1_000)
    assert not range(nothing.first, nothing.last + 1)
