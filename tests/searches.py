"""Articles of few words, and searches such as people make of them, for tests that compare what is found."""

import random
from datetime import timedelta

from storage.hits import Filters
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


def fill(store: Store) -> None:
    """Keep articles out of order: some long after they came out, some at one moment, some edited since."""
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
