"""Hits found along their order are those that the database would sort out of all."""

import random
from dataclasses import replace

import pytest

from storage import places, search
from storage.places import reach_of
from storage.store import Store
from tests.searches import asked, fill


@pytest.fixture
def press(store: Store) -> Store:
    fill(store)
    return store


@pytest.mark.parametrize(
    "idle",
    [pytest.param(1e-3, marks=pytest.mark.slow, id="to the end"), pytest.param(1e9, id="while it pays")],
)
def test_the_same_is_found_along_the_order(
    press: Store, idle: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "_FIRST", 7)
    monkeypatch.setattr(places, "_EACH", 1)
    monkeypatch.setattr(places, "_AT_ONCE", 11)
    monkeypatch.setattr(places, "_FAR", 4)
    monkeypatch.setattr(places, "_FAR_IN_POSTGRES", 4)
    monkeypatch.setattr(places, "_IDLE", idle)
    dice, found = random.Random(int(idle)), 0
    for _ in range(36):
        filters = asked(dice)
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
    assert found > 50


def test_revisions_are_looked_for_where_they_stand_close() -> None:
    near = range(5_000, 5_300)
    reach = reach_of([7, *near, 90_000], far=1_000)
    assert (reach.first, reach.last, reach.others) == (5_000, 5_299, (7, 90_000))
    reach = reach_of([1, 50_000, 100_000], far=1_000)
    assert sorted({reach.first, reach.last, *reach.others}) == [1, 50_000, 100_000]
    assert reach.first == reach.last
    nothing = reach_of([], far=1_000)
    assert not range(nothing.first, nothing.last + 1)
