"""Pruned articles go whole, and their URLs stay known."""

import threading
from collections.abc import Callable, Sequence

from sqlalchemy import select

from storage import open_store
from storage.hits import Filters
from storage.retained import Held, Pruning
from storage.store import Store
from storage.tables import metadata
from tests.fullstore import fill
from tests.keeping import NOW, add_article, add_source, at, content, line, offer

LATER = NOW + 1000.0


def everyone(_: Held) -> bool:
    return True


def prune(
    store: Store, unwanted: Callable[[Held], bool] = everyone, *, before: float = LATER, dry: bool = False
) -> Pruning:
    steps = [*store.prune(before=before, unwanted=unwanted, now=LATER, dry=dry)]
    return steps[-1] if steps else Pruning()


def rows(store: Store) -> dict[str, int]:
    with store._database.read() as connection:
        return {table.name: len(connection.execute(select(table)).all()) for table in metadata.sorted_tables}


def numbers(store: Store) -> Sequence[int]:
    return [article.id for article in store.articles.iterate(Filters(limit=0, sort="oldest"))]


def test_all_of_it_goes(store: Store) -> None:
    """Every table that belongs to articles is empty afterwards; what a new table keeps must go as well."""
    fill(store)
    before = rows(store)
    done = prune(store)
    assert (done.looked_at, done.articles, done.revisions, done.pages) == (4, 4, 5, before["pages"])
    after = rows(store)
    kept = {
        *("hosts", "robots", "sources", "polls", "entries", "subscriptions", "archives", "exports"),
        *("page_dictionaries", "provenances", "pruned", "templates"),
    }
    assert {name for name, count in after.items() if count} == kept
    assert after["entries"] == before["entries"]
    with store._database.read() as connection:
        from storage import word_index

        documents = word_index.documents(store._database)
        assert connection.exec_driver_sql(f"SELECT count(*) FROM {documents}").scalar() == 0
    assert prune(store) == Pruning()


def test_the_rest_stays_whole(store: Store) -> None:
    source = add_source(store, "a")
    old = add_article(store, "old", source=source, seen_at=NOW, text="albatross")
    copy = add_article(store, "copy", duplicate_of=old, seen_at=NOW + 50, text="albatross")
    third = add_article(store, "third", duplicate_of=old, seen_at=NOW + 60, text="albatross")
    store.articles.revise(
        old, content("old", text="bittern"), url_keys=[], source_id=None, fetched_at=at(NOW + 5)
    )
    assert prune(store, before=NOW + 50).articles == 1
    assert numbers(store) == [copy, third]
    assert store.articles.get(copy).duplicate_of is None
    assert store.articles.get(third).duplicate_of == copy
    assert store.articles.get(third).story_id == store.articles.get(copy).story_id
    assert store.articles.count(Filters(words="albatross")) == 2
    assert store.articles.count(Filters(words="bittern")) == 0
    assert store.check() == []


def test_only_what_is_unwanted(store: Store) -> None:
    one, two = add_source(store, "one"), add_source(store, "two")
    first = add_article(store, "a", source=one, tags=("x",))
    second = add_article(store, "b", source=two, tags=("y",))
    store.articles.seen(second, url_keys=[], source_id=one.id, seen_at=at(NOW))
    told: dict[int, Held] = {}

    def unwanted(held: Held) -> bool:
        told[held.id] = held
        return "y" in held.tags

    assert prune(store, unwanted).articles == 1
    assert numbers(store) == [first]
    assert (told[first].tags, told[first].source_ids, told[first].first_seen_at) == (("x",), (one.id,), NOW)
    assert sorted(told[second].source_ids) == [one.id, two.id]


def test_a_dry_run_counts_the_same_and_changes_nothing(store: Store) -> None:
    fill(store)
    before = rows(store)
    counted = prune(store, dry=True)
    assert rows(store) == before
    assert prune(store) == counted


def test_its_urls_stay_known(store: Store) -> None:
    source = add_source(store, "a")
    [entry] = offer(store, source, line("x", summary="Short.", content="Long."))
    number = store.articles.add(
        content("x"), url_keys=[(entry.url, entry.url_key)], source_id=source.id, fetched_at=at(),
        duplicate_of=None,
    )  # fmt: skip
    store.entries.finish(entry.id, outcome="stored", article_id=number, now=NOW)
    before = store.entries.accounting()
    prune(store)
    [after] = store.entries.history(url_keys=[entry.url_key])
    assert (after.outcome, after.article_id, after.summary, after.content) == ("stored", None, None, None)
    assert store.entries.accounting() == before, "the account of entries stays as it was"
    found = store.pruned.of([entry.url_key])
    assert found is not None
    assert (found.article_id, found.at) == (number, at(LATER))
    assert store.check() == []
    store.pruned.readmit([entry.url_key])
    assert store.pruned.of([entry.url_key]) is None
    store.articles.add(
        content("x"),
        url_keys=[(entry.url, entry.url_key)],
        source_id=None,
        fetched_at=at(),
        duplicate_of=None,
    )
    assert store.check() == [], "the line of before ended well"


def test_many_go_in_small_transactions(store: Store) -> None:
    for name in range(250):
        add_article(store, f"n{name}")
    steps = [done.articles for done in store.prune(before=LATER, unwanted=everyone, now=LATER)]
    assert list(dict.fromkeys(steps)) == [0, 100, 200, 250]


def test_keys_go_first_and_a_prune_that_was_broken_off_is_ended(store: Store) -> None:
    fill(store)
    steps = store.prune(before=LATER, unwanted=everyone, now=LATER)
    while rows(store)["near_postings"]:
        assert next(steps).articles == 0
    del steps
    assert store.check() == []
    assert prune(store).articles == 4
    assert rows(store)["near_docs"] == rows(store)["near_postings"] == 0


def test_beside_a_writer(shared_url: str) -> None:
    """Others write between two steps, and nothing of theirs is lost."""
    with open_store(shared_url) as store, open_store(shared_url) as other:
        for name in range(60):
            add_article(store, f"old{name}")
        done = threading.Event()
        written = []

        def write() -> None:
            while not done.is_set():
                written.append(add_article(other, f"new{len(written)}", seen_at=LATER + 1))

        thread = threading.Thread(target=write)
        thread.start()
        try:
            assert prune(store).articles == 60
        finally:
            done.set()
            thread.join()
        assert numbers(store) == written
        assert store.check() == []
