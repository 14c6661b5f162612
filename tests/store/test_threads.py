"""Many threads on one store: readers never see half a write, writers take turns, nobody fails."""

import threading
from concurrent.futures import ThreadPoolExecutor

from storage import open_store
from storage.errors import StoreBusy
from storage.model import Filters
from storage.store import Store
from tests.keeping import NOW, add_article, add_source, lease, line, result


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
    from storage.errors import AlreadyExists

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


def test_many_workers_poll_everything_once(shared_url: str) -> None:
    """Every due source is polled by one worker, with new entries on shared hosts; nobody locks anybody out."""
    with open_store(shared_url) as store:
        with store.transaction():
            for number in range(60):
                add_source(store, f"s{number}", host=f"h{number % 20}.example")

        def work(worker: int) -> int:
            polled = 0
            while leases := lease(store, owner=f"w{worker}", limit=3):
                due = store.sources.due(leases, now=NOW, per_host=9)
                results = [
                    result(held, source, *(line(f"{source.id}-{n}", host=f"p{n}.example") for n in range(5)))
                    for held in leases
                    for source in due.get(held.host_id, [])
                ]
                polled += _patiently(
                    lambda results=results: len(store.sources.record_polls(results, now=NOW))
                )
                _patiently(lambda leases=leases: _release(store, leases))
            return polled

        with ThreadPoolExecutor(4) as pool:
            polled = sum(pool.map(work, range(4)))
        assert polled == 60
        assert store.entries.accounting()["offered"] == 300


def _release(store: Store, leases: list) -> int:  # type: ignore[type-arg]
    from tests.keeping import give_back

    give_back(store, *leases)
    return 0


def _patiently(work):  # type: ignore[no-untyped-def]
    """What a worker does: a busy store is asked again."""
    for _ in range(20):
        try:
            return work()
        except StoreBusy:
            continue
    raise AssertionError("the store stayed busy")
