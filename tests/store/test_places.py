"""Hits found along their order are those that the database would sort out of all."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from storage import places, search
from storage.hits import Filters
from storage.places import _reach
from storage.store import Store
from tests.keeping import NOW, add_article, add_source, at, content

WORDS = ["gempa", "bumi", "kuat", "jawa", "laut", "pagi"]
SORTS = ["newest", "oldest", "relevance"]
EXTRAS = [
    "",
    "",
    "",
    "is:duplicate",
    "is:revised",
    "after:2025-10-08",
    "before:2025-10-09",
    "lang:id",
    "tag:jawa",
]


@pytest.fixture
def press(store: Store) -> Store:
    """Articles out of order: some long after they came out, some at one moment, some edited since."""
    dice = random.Random(9)
    sources = [add_source(store, name, now=NOW) for name in ("kompas", "tempo")]
    with store.transaction():
        for number in range(180):
            lag, site = dice.choice([0, 1, 2, 3, 60]), f"{dice.choice('ab')}.example"
            original = dice.randrange(1, number) if number > 20 and dice.random() < 0.4 else None
            add_article(
                store, str(number), title=" ".join(dice.choices(WORDS, k=2)),
                text=" ".join(dice.choices(WORDS, k=dice.randrange(1, 6))), site=site,
                language=dice.choice(["id", "id-ID", "ID", "en", None]), tags=(dice.choice(WORDS),),
                published_at=at(NOW) + timedelta(hours=number // 3 - lag), duplicate_of=original,
                source=dice.choice([*sources, None]), authors=(dice.choice(WORDS),),
            )  # fmt: skip
        for number in range(1, 180, 17):
            text = content(str(number), text="gempa laut", published_at=at(NOW) - timedelta(hours=number))
            store.articles.revise(number, text, url_keys=[], source_id=None, fetched_at=at(NOW))
    return store


def asked(dice: random.Random) -> Filters:
    """Return a search such as people make, or stranger."""
    pair = dice.choices(WORDS, k=2)
    words = dice.choice(
        [
            "",
            "{}",
            "{} {}",
            "{} OR {}",
            "{} -{}",
            '"{} {}"',
            "title:{}",
            "({} OR {}) -title:{}",
            "author:{} {}",
        ]
    ).format(*pair, *pair)
    day = at(NOW) + timedelta(hours=dice.randrange(60))
    return Filters(
        words=f"{words} {dice.choice(EXTRAS)}",
        sort=dice.choice(SORTS),  # type: ignore[arg-type]
        site=dice.choice([None, None, "a.example", "www.b.example", "nowhere.example"]),
        language=dice.choice([None, None, "id", "en", "zz"]),
        source=dice.choice([None, None, "kompas", "1"]),
        since=dice.choice([None, None, day]),
        until=dice.choice([None, None, day + timedelta(hours=20)]),
        one_per_story=dice.random() < 0.4,
    )


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
    reach = _reach([7, *near, 90_000])
    assert (reach.first, reach.last, reach.others) == (5_000, 5_299, (7, 90_000))
    reach = _reach([1, 50_000, 100_000])
    assert sorted({reach.first, reach.last, *reach.others}) == [1, 50_000, 100_000]
    assert reach.first == reach.last
    assert not range(_reach([]).first, _reach([]).last + 1)
