"""What a sample says is what its articles say, one by one; which these are is always the same."""

import random
from collections import Counter
from dataclasses import replace

import pytest
from sqlalchemy import select

from storage import conditions, facets, places, sampling, search, word_index
from storage.hits import Filters
from storage.store import Store
from storage.tables import articles
from tests.searches import asked, fill


@pytest.fixture
def press(store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store of which very few articles are as many as millions."""
    for module in (conditions, sampling, word_index):
        monkeypatch.setattr(module, "SAMPLED", 4)
    fill(store)
    monkeypatch.setattr(facets, "_COUNTED", 30)
    monkeypatch.setattr(facets, "_LISTED", 20)
    return store


def of_every(store: Store, filters: Filters, step: int) -> tuple[Counter[object], Counter[object]]:
    """Count sites and tags of the articles found of every so many, one by one."""
    with store._database.read() as connection:
        rows = connection.execute(select(articles.c.id, articles.c.revision_id)).all()
    numbers = {row[0]: row[1] for row in rows}
    found = store.articles.iterate(replace(filters, limit=0))
    contents = [article.content for article in found if numbers[article.id] % step == 0]
    return Counter(c.site for c in contents), Counter(tag for c in contents for tag in c.tags)


def counted(store: Store, filters: Filters, *, exact: bool = False) -> list[dict[object, int]]:
    found = store.articles.facets(filters, by=["site", "tag"], most=100, exact=exact)
    assert {facet.exact for facets in found.values() for facet in facets} <= {exact, True}
    return [{facet.value: facet.count for facet in found[name]} for name in ("site", "tag")]


def step_of(store: Store, filters: Filters) -> int:
    with store._database.read() as connection:
        plan = search.plan(store._database, filters)
        return sampling.chosen(plan, connection, most=facets._LISTED).step


AT_A_LOOK = {"ENOUGH": 5, "_LOOKED_AT": 30, "_MOST_WORDED": 40, "_FEW_WORDED": 10, "_WHOLE_INDEX": 4}
WITH_THE_WORDS = {"ENOUGH": 12, "_LOOKED_AT": 100, "_MOST_WORDED": 15, "_FEW_WORDED": 4, "_WHOLE_INDEX": 2}
OF_ALL = {"ENOUGH": 10**6, "_LOOKED_AT": 50, "_MOST_WORDED": 10**6, "_FEW_WORDED": 10**6, "_WHOLE_INDEX": 16}


def test_each_counted_article_stands_for_so_many(press: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(12)
    for bounds in (AT_A_LOOK, WITH_THE_WORDS, OF_ALL):
        for name, value in bounds.items():
            monkeypatch.setattr(sampling, name, value)
        monkeypatch.setattr(places, "_FEW", bounds["_LOOKED_AT"] // 3)
        steps = Counter[int]()
        for _ in range(10):
            filters = asked(dice)
            step = step_of(press, filters)
            expected = [
                {value: number * step for value, number in counts.items()}
                for counts in of_every(press, filters, step)
            ]
            assert counted(press, filters) == expected, filters
            assert counted(press, filters, exact=True) == [*of_every(press, filters, 1)], filters
            steps[step] += 1
        assert len(steps) > 1


def test_few_are_all_counted(press: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "_FEW_WORDED", 0)
    monkeypatch.setattr(sampling, "_MOST_WORDED", 0)
    assert step_of(press, Filters(words="gempa", site="a.example")) == 1  # few of that site
    monkeypatch.undo()
    found = press.articles.facets(Filters(), by=["site"])["site"]
    assert sum(facet.count for facet in found) == 180
    assert all(facet.exact for facet in found)
