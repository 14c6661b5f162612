"""Exports of a store: batches in a stable order, spans of revisions, names."""

import threading
from dataclasses import replace

import pytest

from storage import open_store
from storage.errors import ExportMoved, InvalidQuery
from storage.exports import NamedExport, Span
from storage.hits import Filters
from storage.store import Store
from tests.keeping import NOW, add_article, at, content

ALL = Filters(limit=0)


def numbers(store: Store, filters: Filters = ALL, span: Span | None = None, size: int = 2) -> list[list[int]]:
    batches = store.exports.batches(filters, span=span, size=size)
    return [[article.id for article in batch.articles] for batch in batches]


def revise(store: Store, number: int, name: str = "x") -> None:
    made = content(name, content_hash=f"new-{name}")
    store.articles.revise(number, made, url_keys=[], source_id=None, fetched_at=at(NOW + 9))


def test_batches_hold_everything_once(store: Store) -> None:
    for number in range(5):
        add_article(store, f"a{number}", seen_at=NOW + number)
    assert numbers(store) == [[5, 4], [3, 2], [1]]
    assert numbers(store, replace(ALL, sort="oldest")) == [[1, 2], [3, 4], [5]]
    assert numbers(store, Filters(limit=3)) == [[5, 4], [3]]
    assert numbers(store, replace(ALL, words="nothing")) == []
    [first, *_] = store.exports.batches(ALL, size=2)
    assert numbers(store, replace(ALL, cursor=first.cursor)) == [[3, 2], [1]]
    assert numbers(store, ALL, size=5) == [[5, 4, 3, 2, 1]]


def test_what_comes_meanwhile_moves_nothing(store: Store) -> None:
    for number in range(4):
        add_article(store, f"a{number}", seen_at=NOW + number)
    found = []
    for batch in store.exports.batches(ALL, size=2):
        found += [article.id for article in batch.articles]
        add_article(store, f"new{found[-1]}", seen_at=NOW + 100)
    assert found == [4, 3, 2, 1]


def test_a_span_tells_what_came_or_changed_in_that_order(store: Store) -> None:
    for number in range(4):
        add_article(store, f"a{number}", seen_at=NOW + number)
    before = store.exports.newest_revision()
    assert numbers(store, span=Span(0, before)) == [[1, 2], [3, 4]]
    revise(store, 2)
    add_article(store, "b", seen_at=NOW - 9)
    after = store.exports.newest_revision()
    span = Span(before, after)
    assert numbers(store, span=span) == [[2, 5]]
    assert store.exports.count(ALL, span) == 2
    assert numbers(store, replace(ALL, words="title:b"), span) == [[5]]
    assert numbers(store, span=Span(0, before)) == [[1, 3], [4]]
    with pytest.raises(InvalidQuery):
        numbers(store, replace(ALL, cursor="x"), span)


def test_an_empty_store_has_no_revision(store: Store) -> None:
    assert store.exports.newest_revision() == 0
    assert numbers(store, span=Span(0, 0)) == []


def named(revision_id: int, articles: int = 1) -> NamedExport:
    return NamedExport(name="n", query="{}", revision_id=revision_id, exported_at=NOW, articles=articles)


def test_a_name_moves_from_where_it_was(store: Store) -> None:
    assert store.exports.named("n") is None
    store.exports.advance(named(5), before=None)
    assert store.exports.named("n") == named(5)
    store.exports.advance(named(9, 4), before=5)
    assert store.exports.named("n") == named(9, 4)
    with pytest.raises(ExportMoved, match="ended first"):
        store.exports.advance(named(10), before=5)
    with pytest.raises(ExportMoved):
        store.exports.advance(named(10), before=None)
    assert store.exports.named("n") == named(9, 4)


def test_no_number_comes_later_from_a_writer_that_was_slow(shared_url: str) -> None:
    """A transaction takes its numbers long before others can see them."""
    with open_store(shared_url) as slow, open_store(shared_url) as other:
        add_article(slow, "a")
        taken, go_on, found = threading.Event(), threading.Event(), []

        def write() -> None:
            with slow.transaction():
                add_article(slow, "slow")
                taken.set()
                go_on.wait(20)

        def look() -> None:
            found.append(other.exports.newest_revision())

        threads = [threading.Thread(target=write), threading.Thread(target=look)]
        threads[0].start()
        assert taken.wait(20)
        threads[1].start()
        threads[1].join(0.5)
        go_on.set()
        for thread in threads:
            thread.join(20)
        late = store_numbers(other, found[0])
        assert found == [2] or late == [2]


def store_numbers(store: Store, after: int) -> list[int]:
    span = Span(after, store.exports.newest_revision())
    return [article.id for batch in store.exports.batches(ALL, span=span) for article in batch.articles]
