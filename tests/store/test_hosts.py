"""Leases: who may touch a host, and until when."""

import threading

import pytest

from storage.model import Lease, Release, RobotsRow
from storage.store import Store
from tests.keeping import NOW, add_source, give_back, lease, lease_one, line, offer, result


def names(leases: list[Lease]) -> set[str]:
    return {held.host for held in leases}


def test_a_due_host_is_leased_once(store: Store) -> None:
    add_source(store, "a")
    [held] = lease(store, owner="one")
    assert (held.host, held.owner, held.until, held.backoff, held.robots) == (
        "a.example",
        "one",
        NOW + 60,
        0.0,
        (),
    )
    assert lease(store, owner="two") == []
    assert lease(store, owner="two", only=["a.example"]) == []


def test_nothing_is_leased_before_it_is_due(store: Store) -> None:
    add_source(store, "a", next_due_at=NOW + 10)
    assert lease(store, now=NOW + 9.9) == []
    assert names(lease(store, now=NOW + 10)) == {"a.example"}


def test_the_longest_overdue_comes_first(store: Store) -> None:
    for name, due in (("a", NOW - 1), ("b", NOW - 3), ("c", NOW - 2)):
        add_source(store, name, next_due_at=due)
    assert names(lease(store, limit=2)) == {"b.example", "c.example"}


def test_an_expired_lease_is_due_by_itself(store: Store) -> None:
    source = add_source(store, "a")
    [old] = lease(store, owner="killed", ttl=60)
    assert lease(store, owner="next", now=NOW + 59.9) == []
    [new] = lease(store, owner="next", now=NOW + 60)
    assert new.owner == "next"
    late = result(old, source, line("x"), now=NOW + 61)
    assert store.sources.record_polls([late], now=NOW + 61) == []
    assert store.entries.accounting()["offered"] == 0


def test_extend_moves_the_end_of_own_leases_only(store: Store) -> None:
    add_source(store, "a")
    add_source(store, "b")
    leases = lease(store, owner="one", ttl=60)
    [taken] = lease(store, owner="two", now=NOW + 61, limit=1)
    store.hosts.extend(leases, until=NOW + 200)
    kept = {"a.example", "b.example"} - {taken.host}
    assert names(lease(store, owner="three", now=NOW + 150)) == {taken.host}
    assert names(lease(store, owner="three", now=NOW + 200)) == kept


def test_release_waits_for_the_first_source_and_politeness(store: Store) -> None:
    source = add_source(store, "a")
    [held] = lease(store)
    store.sources.record_polls([result(held, source, next_due_at=NOW + 100)], now=NOW)
    store.hosts.release([Release(lease=held, polite_at=NOW + 5)], now=NOW)
    assert lease(store, now=NOW + 99) == []
    assert lease(store, now=NOW + 4, only=["a.example"]) == [], "politeness holds for one-off crawls too"
    [again] = lease(store, now=NOW + 100)
    store.hosts.release([Release(lease=again, polite_at=NOW + 900)], now=NOW)
    assert lease(store, now=NOW + 899) == [], "due at 100, but not before it is polite"
    assert len(lease(store, now=NOW + 900)) == 1


def test_release_waits_for_the_first_entry(store: Store) -> None:
    source = add_source(store, "a", host="pages.example")
    [held] = lease(store)
    store.sources.record_polls([result(held, source, line("x"), next_due_at=NOW + 600)], now=NOW)
    give_back(store, held, polite_at=NOW + 1)
    [again] = lease(store, now=NOW + 1)
    assert [e.url for e in store.entries.due([again], now=NOW + 1, per_host=9)[again.host_id]] == [
        "https://pages.example/x"
    ]


def test_a_host_without_work_is_never_due(store: Store) -> None:
    source = add_source(store, "a")
    [held] = lease(store)
    store.sources.update(source.id, now=NOW, state="paused")
    give_back(store, held)
    assert lease(store, now=NOW + 1e6) == []
    assert store.hosts.next_due_at() is None
    store.sources.update(source.id, now=NOW, state="active", next_due_at=NOW + 7)
    assert store.hosts.next_due_at() == NOW + 7


def test_an_entry_wakes_a_free_host_and_leaves_a_leased_one_alone(store: Store) -> None:
    feed = add_source(store, "feed")
    pages = add_source(store, "pages", host="pages.example", next_due_at=NOW + 500)
    offer(store, feed, line("x"))
    [held] = lease(store, owner="other")
    assert held.host == "pages.example", "woken by the entry, long before its own feed is due"
    offer(store, feed, line("y"), now=NOW + 1)
    assert lease(store, now=NOW + 2, owner="third") == []
    give_back(store, held, now=NOW + 3)
    assert names(lease(store, now=NOW + 3)) == {"pages.example"}
    assert store.sources.get(pages.id).next_due_at == NOW + 500


def test_release_by_a_past_owner_changes_nothing(store: Store) -> None:
    add_source(store, "a")
    [old] = lease(store, owner="one", ttl=10)
    [new] = lease(store, owner="two", now=NOW + 10, ttl=100)
    store.hosts.release([Release(lease=old, polite_at=NOW + 9999, backoff=7.0)], now=NOW + 11)
    assert lease(store, now=NOW + 12) == []
    assert store.hosts.politeness(["a.example"]) == {"a.example": 0.0}
    give_back(store, new, now=NOW + 20)
    assert names(lease(store, now=NOW + 20)) == {"a.example"}


def test_backoff_and_robots_come_back_with_the_next_lease(store: Store) -> None:
    add_source(store, "a")
    rules = RobotsRow(
        origin="https://a.example", status=200, text="User-agent: *\nDisallow:\x00 /x", fetched_at=NOW
    )
    [held] = lease(store)
    store.hosts.release([Release(lease=held, polite_at=NOW + 1, backoff=60.0, robots=(rules,))], now=NOW)
    [held] = lease(store, now=NOW + 1)
    assert held.backoff == 60.0
    assert [row.text for row in held.robots] == ["User-agent: *\nDisallow: /x"]
    give_back(store, held, now=NOW + 2)
    [held] = lease(store, now=NOW + 2)
    assert len(held.robots) == 1, "no fresh ones: the old ones stay"
    assert held.backoff == 0.0
    newer = RobotsRow(origin="https://a.example", status=404, text="", fetched_at=NOW + 3)
    other = RobotsRow(origin="http://a.example", status=200, text="x", fetched_at=NOW + 3)
    store.hosts.release([Release(lease=held, polite_at=NOW + 3, robots=(newer, other))], now=NOW + 3)
    [held] = lease(store, now=NOW + 3)
    assert {row.origin: row.status for row in held.robots} == {
        "https://a.example": 404,
        "http://a.example": 200,
    }


def test_only_the_newest_robots_of_a_host_are_kept(store: Store) -> None:
    add_source(store, "a")
    for number in range(12):
        held = lease_one(store, "a.example", now=NOW + number)
        row = RobotsRow(origin=f"https://{number}.example", status=200, text="", fetched_at=NOW + number)
        store.hosts.release([Release(lease=held, polite_at=NOW, robots=(row,))], now=NOW + number)
    held = lease_one(store, "a.example", now=NOW + 100)
    assert {row.origin for row in held.robots} == {f"https://{n}.example" for n in range(4, 12)}


def test_only_leases_what_is_free_whether_due_or_not(store: Store) -> None:
    for name in "abc":
        add_source(store, name, next_due_at=NOW + 1000)
    assert names(lease(store, only=["a.example", "c.example", "unknown.example"])) == {
        "a.example",
        "c.example",
    }
    assert lease(store, only=[]) == []


def test_release_owner_gives_back_everything_at_once(store: Store) -> None:
    for name in "abc":
        add_source(store, name)
    lease(store, owner="going", limit=2)
    [other] = lease(store, owner="staying", limit=1)
    assert store.hosts.release_owner("going", now=NOW) == 2
    assert store.hosts.release_owner("going", now=NOW) == 0
    assert names(lease(store, owner="next")) == {"a.example", "b.example", "c.example"} - {other.host}


def test_reap_frees_the_hosts_of_the_dead(store: Store) -> None:
    for name in "abc":
        add_source(store, name)
    dead = lease(store, owner="dead", limit=2)
    lease(store, owner="alive", limit=1)
    asked: list[str] = []

    def is_dead(owner: str) -> bool:
        asked.append(owner)
        return owner == "dead"

    assert store.hosts.reap(is_dead, now=NOW) == 2
    assert sorted(asked) == ["alive", "dead"]
    assert names(lease(store)) == names(dead)


def test_politeness_by_name(store: Store) -> None:
    add_source(store, "a")
    [held] = lease(store)
    give_back(store, held, polite_at=NOW + 30)
    assert store.hosts.politeness(["a.example", "new.example"]) == {"a.example": NOW + 30, "new.example": 0.0}


def test_a_source_whose_host_is_to_be_left_alone_is_not_late(store: Store) -> None:
    add_source(store, "a")
    add_source(store, "b")
    held = lease_one(store, "a.example")
    give_back(store, held, polite_at=NOW + 3600)
    later = store.status(now=NOW + 1800)
    assert (later.sources_due, later.overdue_seconds, later.sources_held) == (1, 1800.0, 1)
    back = store.status(now=NOW + 3600)
    assert (back.sources_due, back.sources_held) == (2, 0)
    [held] = lease(store, now=NOW + 3600, only=["b.example"])
    store.hosts.release([Release(lease=held, polite_at=NOW, resume_at=NOW + 9000)], now=NOW)
    assert store.status(now=NOW + 4000).sources_held == 1
    assert [store.hosts.alone_until(f"{name}.example") for name in "abx"] == [NOW + 3600, NOW + 9000, 0.0]


def test_the_usual_pause_of_a_host_hides_no_delay(store: Store) -> None:
    add_source(store, "a")
    give_back(store, lease_one(store, "a.example", now=NOW + 1000), polite_at=NOW + 1001)
    late = store.status(now=NOW + 1000)
    assert (late.sources_due, late.overdue_seconds, late.sources_held) == (1, 1000.0, 0)


def test_a_source_from_before_the_clock_was_set_back_is_not_late(store: Store) -> None:
    add_source(store, "a")
    early = store.status(now=NOW - 3600)
    assert (early.sources_due, early.overdue_seconds) == (1, 0.0)


def test_ensure_makes_hosts_that_can_be_leased(store: Store) -> None:
    store.hosts.ensure(["b.example", "b.example:8080"])
    [held] = lease(store, only=["b.example:8080"])
    give_back(store, held)
    assert lease(store, now=NOW + 1e9) == [], "nothing waits there"


def test_workers_never_share_a_host(store: Store) -> None:
    for number in range(40):
        add_source(store, f"s{number}")
    taken: list[str] = []
    barrier = threading.Barrier(4)

    def work(owner: str) -> None:
        barrier.wait()
        while found := lease(store, owner=owner, limit=3):
            taken.extend(held.host for held in found)

    workers = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert len(taken) == len(set(taken)) == 40


@pytest.mark.parametrize("name", ["x" * 5000, "ü.example", "nul\0.example"])
def test_odd_host_names(store: Store, name: str) -> None:
    feed = add_source(store, "feed")
    offer(store, feed, line("a", host=name))
    assert store.hosts.politeness([name]) == {name: 0.0}
    assert len(lease(store)) == 1
