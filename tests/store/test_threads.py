"""Many threads on one store: readers never see half a write, writers take turns, nobody fails."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from storage import open_store
from storage.errors import AlreadyExists, StoreBusy
from storage.hits import Filters
from storage.store import Store
from tests.keeping import NOW, add_article, add_source, give_back, lease, line, result

Done = TypeVar("Done")


def test_readers_see_whole_transactions(store: Store) -> None:
    done = threading.Event()

    def write() -> None:
        try:
            for number in range(20):
                with store.transaction():
                    for part in range(3):
                        add_article(store, f"{number}-{part}", text="gempa")
        finally:
            done.set()

    def read() -> int:
        looks = 0
        while not done.is_set() or looks == 0:
            assert store.articles.count(Filters()) % 3 == 0
            assert len(store.articles.search(Filters(words="gempa", limit=100)).hits) % 3 == 0
            looks += 1
        return looks

    with ThreadPoolExecutor(5) as pool:
        readers = [pool.submit(read) for _ in range(4)]
        pool.submit(write).result(60)
        assert all(reader.result(60) for reader in readers)
    assert store.articles.count(Filters()) == 60


def test_writers_take_turns(store: Store) -> None:
    source = add_source(store, "a")

    def write(worker: int) -> list[int]:
        return [add_article(store, f"{worker}-{number}", source=source) for number in range(15)]

    with ThreadPoolExecutor(6) as pool:
        numbers = [number for made in pool.map(write, range(6)) for number in made]
    assert len(set(numbers)) == store.articles.count(Filters()) == 90


def test_a_transaction_belongs_to_its_thread(store: Store) -> None:
    inside, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with store.transaction():
            add_article(store, "held")
            inside.set()
            leave.wait(10)

    with ThreadPoolExecutor(2) as pool:
        holder = pool.submit(hold)
        inside.wait(10)
        reader = pool.submit(store.articles.count, Filters())
        if not store._database.memory:  # with one connection in memory, reading waits for its turn
            assert reader.result(10) == 0
        leave.set()
        holder.result(10)
        assert reader.result(10) in (0, 1)
    assert store.articles.count(Filters()) == 1


def test_the_same_page_in_many_hands(shared_url: str) -> None:
    """Two workers that judged the same page new: one keeps it, the others are told."""
    with open_store(shared_url) as store:

        def keep(_: int) -> int | None:
            try:
                return add_article(store, "same")
            except AlreadyExists:
                return None

        with ThreadPoolExecutor(8) as pool:
            kept = [number for number in pool.map(keep, range(8)) if number is not None]
        assert len(kept) == 1
        assert store.articles.count(Filters()) == 1


def test_many_workers_share_the_work(shared_url: str) -> None:
    """Every due source is polled once and every page ended once, with pages on shared hosts."""
    with open_store(shared_url) as store:
        with store.transaction():
            for number in range(40):
                add_source(store, f"s{number}", host=f"h{number % 10}.example")
        with ThreadPoolExecutor(4) as pool:
            rounds = [pool.submit(work, store, f"w{number}") for number in range(4)]
            polled, ended = (
                sum(counts) for counts in zip(*(done.result(60) for done in rounds), strict=True)
            )
        assert polled == 40
        assert ended == 200
        counts = store.entries.accounting()
        assert (counts["offered"], counts["rejected"]) == (200, 200)


def work(store: Store, owner: str) -> tuple[int, int]:
    """Do what is due until nothing is; returns the polls recorded and the pages ended."""
    polled, ended = 0, 0
    while leases := patiently(lambda: lease(store, owner=owner, limit=3)):
        sources = store.sources.due(leases, now=NOW, per_host=9)
        entries = store.entries.due(leases, now=NOW, per_host=9)
        results = [
            result(held, source, *(line(f"{source.id}-{n}", host=f"p{n}.example") for n in range(5)))
            for held in leases
            for source in sources.get(held.host_id, [])
        ]
        polled += len(patiently(lambda results=results: store.sources.record_polls(results, now=NOW)))
        for held in leases:
            for entry in entries.get(held.host_id, []):
                store.entries.finish(entry.id, outcome="rejected", now=NOW, lease=held)
                ended += 1
        patiently(lambda leases=leases: give_back(store, *leases))
    return polled, ended


def patiently(step: Callable[[], Done]) -> Done:
    """What a worker does: a busy store is asked again."""
    for _ in range(50):
        with suppress(StoreBusy):
            return step()
    raise AssertionError("the store stayed busy")
