"""Articles saved together end as if each had been saved by itself, and all of them or none."""

import asyncio
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest

from crawler.ingest import Saved
from crawler.likeness import Likeness
from crawler.saving import Saving
from crawler.together import Arrival, save_all, save_one
from crawler.watching import Had
from storage import open_store
from storage.articles import Articles
from storage.errors import LeaseLost, StoreFull
from storage.fingerprints import Fingerprints
from storage.hits import Filters
from storage.store import Store
from tests.desk import prepared
from tests.keeping import NOW, add_source, lease_one, line, offer

WORDS = [
    start + middle + end
    for start in ("ba", "ki", "su", "ne", "to")
    for middle in ("ra", "li", "mo")
    for end in ("n", "k", "t", "")
]
TABLES = {
    "articles": "SELECT id, revision, story_id, duplicate_of, content_hash, canonical_digest, last_seen_at",
    "revisions": "SELECT article_id, number, seen_at, url, title, text, kind, provenance_id",
    "article_urls": "SELECT article_id, key, url",
    "article_sources": "SELECT article_id, source_id, seen_at",
    "entries": "SELECT article_id, url, outcome, reason, visits, finished_at",
    "near_docs": "SELECT article_id, day, keys",
    "near_postings": "SELECT article_id, key",
    "joins": "SELECT article_id, other_id, score, why, how",
    "revisits": "SELECT id, next_due_at, etag",
}
ARTICLES = {"id", "article_id", "story_id", "duplicate_of", "other_id"}


def text(seed: int) -> str:
    chance = random.Random(seed)
    return "\n\n".join(" ".join(chance.choices(WORDS, k=60)).capitalize() + "." for _ in range(5))


def arrivals(store: Store, order: Sequence[int]) -> list[Arrival]:
    """Articles of every kind: new ones, copies of others among them, known addresses, claims, edits."""
    sources = [add_source(store, name) for name in ("one", "two")]
    near = f"{text(1)}\n\n{text(90)[:80]}"
    pages = [
        ("a", text(1), "a.example", "Title a", 0), ("b", text(2), "b.example", "Title b", 0),
        ("c", near, "c.example", "Title c", 0), ("b", text(2), "b.example", "Title b", 1),
        ("e", text(1), "e.example", "Title e", 0), ("f", text(2), "b.example", "Title b", 0),
        ("g", text(7), "a.example", "Title a", 0), ("h", near, "h.example", "Title h", 1),
        ("i", text(9), "i.example", "Title i", 0), ("i", text(10), "i.example", "Title i", 1),
        ("k", text(11), "k.example", "Title k", 1), ("l", text(10), "l.example", "Title l", 1),
    ]  # fmt: skip
    found = []
    for place in order:
        name, words, site, title, source = pages[place]
        made = prepared(name, words, site=site, title=title)
        if name == "g":
            made = replace(made, canonical_key=prepared("a", "").urls[0][1])
        [entry] = [e for e in offer(store, sources[source], line(name)) if e.source_id == sources[source].id]
        entry = replace(entry, url=made.content.url, url_key=made.urls[0][1])
        found.append(
            Arrival(prepared=made, entry=entry, lease=None, now=NOW, had=Had(plan=(86_400.0,), etag="x"))
        )
    return found


def kept(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """All that was written, with articles numbered in their order: PostgreSQL leaves gaps."""
    found = {}
    with store._database.read() as connection:
        ids = [row[0] for row in connection.exec_driver_sql("SELECT id FROM articles ORDER BY id")]
        for table, select in TABLES.items():
            names = select.removeprefix("SELECT ").split(", ")
            rows = connection.exec_driver_sql(f"{select} FROM {table}").fetchall()
            found[table] = sorted(
                (
                    tuple(
                        ids.index(value) if name in ARTICLES and value is not None else _plain(value)
                        for name, value in zip(names, row, strict=True)
                    )
                    for row in rows
                ),
                key=repr,
            )
    return found


def _plain(value: object) -> object:
    return bytes(value) if isinstance(value, memoryview) else value


def urls(store: Store, word: str) -> list[str]:
    return [hit.article.content.url for hit in store.articles.page(Filters(words=word)).hits]


def ends(saved: Sequence[Saved]) -> list[tuple[str, str | None]]:
    return [(one.outcome, one.reason) for one in saved]


@pytest.fixture
def other() -> Iterator[Store]:
    with open_store("sqlite://") as opened:
        yield opened


@pytest.mark.parametrize("seed", range(4))
def test_together_is_as_one_by_one(store: Store, other: Store, seed: int) -> None:
    order = [*range(12)]
    if seed:
        random.Random(seed).shuffle(order)
    saved = save_all(store, arrivals(store, order), likeness=Likeness(window=60.0))
    likeness = Likeness(window=60.0)
    singly = [save_one(other, arrival, likeness=likeness) for arrival in arrivals(other, order)]
    assert ends(saved) == ends(singly)
    assert kept(store) == kept(other)
    if not seed:
        assert len({*ends(saved)}) >= 5
    for word in ("barak", "kilit", "title"):
        found = [
            [hit.article.content.url for hit in each.articles.page(Filters(words=word)).hits]
            for each in (store, other)
        ]
        assert found[0] == found[1] != []


def test_texts_that_come_together_fill_the_pages_of_sqlite(other: Store) -> None:
    def come(store: Store) -> list[Arrival]:
        return [arrival(store, f"n{n}", text(n)[: 200 + n * 389 % 1_400]) for n in range(60)]

    likeness = Likeness(window=60.0)
    with open_store("sqlite://") as singly:
        for one in come(singly):
            save_one(singly, one, likeness=likeness)
        apart = texts_take(singly)
    made = come(other)
    saved = save_all(other, made, likeness=likeness)
    assert texts_take(other) < 0.9 * apart
    for one, end in zip(made, saved, strict=True):
        assert other.articles.get(end.article_id or 0).content == one.prepared.content


def texts_take(store: Store) -> int:
    """How many pages the revisions of a SQLite store take."""
    with store._database.write() as connection:
        made = connection.exec_driver_sql(
            "SELECT sql FROM sqlite_master WHERE name = 'revisions'"
        ).scalar_one()
        connection.exec_driver_sql(str(made).replace("revisions", "copy", 1))
        before = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql("INSERT INTO copy SELECT * FROM revisions ORDER BY id")
        return int(connection.exec_driver_sql("PRAGMA page_count").scalar_one()) - int(before)


def arrival(store: Store, name: str, words: str) -> Arrival:
    source = add_source(store, name)
    made = prepared(name, words, site=f"{name}.example", title=f"Title {name}")
    [entry] = offer(store, source, line(name))
    entry = replace(entry, url=made.content.url, url_key=made.urls[0][1])
    return Arrival(prepared=made, entry=entry, lease=None, now=NOW)


def noting(look_up: Callable[..., object], asked: list[Sequence[int]]) -> Callable[..., object]:
    def noted(place: object, ids: Sequence[int]) -> object:
        asked.append(ids)
        return look_up(place, ids)

    return noted


def test_what_copies_are_compared_with_is_read_at_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    first = [arrival(store, f"first{n}", text(20 + n)) for n in range(5)]
    copies = [arrival(store, f"copy{n}", f"{text(20 + n)}\n\n{text(90)[:80]}") for n in range(5)]
    saved = save_all(store, first, likeness=Likeness(window=60.0))
    asked: list[Sequence[int]] = []
    for kind, name in ((Fingerprints, "texts"), (Articles, "refs"), (Articles, "ref")):
        monkeypatch.setattr(kind, name, noting(getattr(kind, name), asked))
    ends = save_all(store, copies, likeness=Likeness(window=60.0))
    assert [one.outcome for one in ends] == ["duplicate"] * 5
    numbers = {one.article_id for one in saved}
    assert [{*ids} for ids in asked] == [numbers, numbers]


def test_one_that_cannot_be_saved_leaves_nothing(store: Store) -> None:
    three = arrivals(store, [0, 1, 10])
    three[2] = replace(three[2], prepared=replace(three[2].prepared, fetched_at="never"))  # type: ignore[arg-type]
    with pytest.raises(AttributeError):
        save_all(store, three, likeness=Likeness(window=60.0))
    assert kept(store)["articles"] == []
    assert {row[2] for row in kept(store)["entries"]} == {None}


def test_a_lost_lease_stops_all(store: Store) -> None:
    two = arrivals(store, [0, 1])
    held = lease_one(store, "one.example")
    with pytest.raises(LeaseLost):
        save_all(
            store,
            [two[0], replace(two[1], lease=replace(held, owner="other"))],
            likeness=Likeness(window=60.0),
        )
    assert kept(store)["articles"] == []


class Writer:
    """A store's thread that takes its time; it fails whenever a spoilt article is among those it gets."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.groups: list[int] = []

    async def __call__(self, group: Sequence[int]) -> list[int]:
        self.groups.append(len(group))
        await asyncio.sleep(0)
        if self.error is not None and 13 in group:
            raise self.error
        return [one * 2 for one in group]


def save(writer: Writer, numbers: Sequence[int]) -> list[object]:
    async def run() -> list[object]:
        saving = Saving(writer)  # type: ignore[arg-type]
        calls = [saving.save(number) for number in numbers]  # type: ignore[arg-type]
        ended = await asyncio.gather(*calls, return_exceptions=True)
        await saving.close()
        return [*ended]

    return asyncio.run(run())


def test_what_comes_while_others_are_written_is_written_together() -> None:
    writer = Writer()

    async def run() -> None:
        saving = Saving(writer)  # type: ignore[arg-type]
        first = asyncio.create_task(saving.save(1))  # type: ignore[arg-type]
        while not writer.groups:
            await asyncio.sleep(0)
        await asyncio.gather(first, *(saving.save(n) for n in range(2, 90)))  # type: ignore[arg-type]

    asyncio.run(run())
    assert writer.groups == [1, 64, 24]


def test_what_is_the_matter_with_one_costs_no_other() -> None:
    error = LeaseLost("a.example")
    assert save(Writer(error), [1, 13, 3]) == [2, error, 6]


def test_a_full_disk_is_not_asked_again() -> None:
    error, writer = StoreFull("full"), Writer(StoreFull("full"))
    writer.error = error
    assert save(writer, [1, 13, 3]) == [error, error, error]
    assert writer.groups == [3]
