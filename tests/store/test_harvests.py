"""What articles of late came with, counted by site, day and reader."""

from datetime import timedelta

import pytest

from storage import harvests
from storage.harvest import LENGTHS
from storage.store import Store
from tests.keeping import add_article, at

DAY = 86_400.0
NOON = 20_400.5 * DAY
FULL = {
    "authors": ("Ani",),
    "tags": ("ekonomi",),
    "section": "Ekonomi",
    "image_url": "https://pages.example/a.jpg",
    "reader": "3+pages",
    "word_count": 300,
}


def test_articles_are_counted_by_site_day_and_reader(store: Store) -> None:
    add_article(store, "a", seen_at=NOON, published_at=at(NOON - DAY), **FULL)
    add_article(
        store, "b", seen_at=NOON + DAY * 0.49, reader="3+pages", text_source="structured", word_count=16
    )
    add_article(store, "c", seen_at=NOON - DAY * 0.49, reader="3", text_source="feed", word_count=0)
    add_article(store, "d", seen_at=NOON + DAY, site="other.example", word_count=9000)
    found = store.harvests(since=NOON - DAY)
    assert [(row.site, row.day, row.reader, row.articles) for row in found] == [
        ("other.example", 20_401, None, 1),
        ("pages.example", 20_400, "3", 1),
        ("pages.example", 20_400, "3+pages", 2),
    ]
    none = {"authors": 0, "published": 0, "image": 0, "tags": 0, "section": 0}
    assert dict(found[1].having) == {**none, "title": 1, "text": 0, "rule": 0}
    assert dict(found[2].having) == {**dict.fromkeys(none, 1), "title": 2, "text": 2, "rule": 2}
    assert found[2].long == tuple((length <= 16) + (length <= 300) for length in LENGTHS)
    assert found[0].long == (1,) * len(LENGTHS)


def test_old_articles_and_those_before_are_left_out(store: Store) -> None:
    add_article(store, "before", seen_at=NOON - 2 * DAY)
    add_article(store, "archived", seen_at=NOON, published_at=at(NOON) - timedelta(days=30))
    assert store.harvests(since=NOON - DAY) == []
    add_article(store, "new", seen_at=NOON, published_at=at(NOON) - timedelta(days=2))
    assert [row.articles for row in store.harvests(since=NOON - DAY)] == [1]


def test_the_newest_revision_counts(store: Store) -> None:
    article = add_article(store, "a", seen_at=NOON, reader="2")
    content = store.articles.get(article).content
    store.articles.revise(
        article,
        type(content)(**{**{name: getattr(content, name) for name in content.__slots__}, **FULL}),
        url_keys=[],
        source_id=None,
        fetched_at=at(NOON + DAY),
    )
    (row,) = store.harvests(since=NOON - DAY)
    assert (row.day, row.reader, dict(row.having)["authors"]) == (20_400, "3+pages", 1)


def test_of_very_many_articles_a_part_is_counted(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(harvests, "MOST", 5)
    add_article(store, "long ago", seen_at=NOON - 90 * DAY)
    for number in range(20):
        add_article(store, f"a{number}", seen_at=NOON)
    (row,) = store.harvests(since=NOON - DAY)
    assert 4 <= row.articles <= 7
