"""The clock is set while something waits: it waits for as long as it would have."""

from dataclasses import replace
from datetime import UTC, datetime

from crawler.clockwatch import catch_up
from crawler.settings import PollSettings
from crawler.worker import machine
from storage import tables
from storage.model import Release, RobotsRow
from storage.store import Store
from tests.keeping import NOW, add_article, add_source, give_back, lease, lease_one, line, offer

HOUR = 3600.0
BACK = NOW - 6 * HOUR
"""What the clock shows after it was set back at ``NOW``."""


def set_back(store: Store, seconds: float = 6 * HOUR) -> int:
    return store.follow_clock(by=-seconds, now=NOW - seconds, machine="here:")


def start(store: Store, now: float) -> None:
    catch_up(store, PollSettings(), now=now, chance=0.5)


def test_sources(store: Store) -> None:
    source = add_source(store, "a", next_due_at=NOW)
    daily = add_source(store, "daily", next_due_at=NOW + 20 * HOUR)
    overdue = add_source(store, "overdue", next_due_at=BACK - HOUR)
    offer(store, source)
    set_back(store)
    moved = store.sources.get(source.id)
    assert (moved.next_due_at, moved.last_polled_at, moved.last_ok_at) == (BACK + 600, BACK, BACK)
    assert store.sources.get(daily.id).next_due_at == BACK + 20 * HOUR
    assert store.sources.get(overdue.id) == overdue
    assert store.hosts.next_due_at() == BACK - HOUR
    assert {held.host for held in lease(store, now=BACK + 600)} == {"overdue.example", "a.example"}


def test_entries_and_politeness(store: Store) -> None:
    source = add_source(store, "a", next_due_at=NOW)
    [entry] = offer(store, source, line("x"))
    held = lease_one(store, "pages.example")
    store.entries.defer(entry.id, reason="503", attempts=1, next_due_at=NOW + 60, now=NOW)
    robots = RobotsRow(
        origin="https://pages.example", status=200, text="", fetched_at=NOW, expires_at=NOW + HOUR
    )
    release = Release(lease=held, polite_at=NOW + 1, resume_at=NOW + 300, robots=(robots,))
    store.hosts.release([release], now=NOW)
    set_back(store)
    assert store.entries.get(entry.id).next_due_at == BACK + 60
    assert store.hosts.politeness(["pages.example"]) == {"pages.example": BACK + 1}
    assert store.hosts.alone_until("pages.example") == BACK + 300
    assert store.hosts.robots(["pages.example"]) == (
        replace(robots, fetched_at=BACK, expires_at=BACK + HOUR),
    )
    assert "pages.example" not in {held.host for held in lease(store, now=BACK + 299)}
    assert "pages.example" in {held.host for held in lease(store, owner="next", now=BACK + 300)}


def test_looks_keep_their_plan(store: Store) -> None:
    [entry] = offer(store, add_source(store, "a", next_due_at=NOW), line("x"))
    article = add_article(store, "x")
    store.revisits.plan(article, entry, next_due_at=NOW + 17 * HOUR, since=NOW - 7 * HOUR)
    set_back(store)
    planned = store.revisits.of(article)
    assert planned is not None
    assert (planned.since, planned.next_due_at) == (BACK - 7 * HOUR, BACK + 17 * HOUR)
    assert planned.missing_at is None


def test_hubs(store: Store) -> None:
    source = add_source(store, "a")
    names = {"hub": "https://hub.example", "topic": source.url, "token": "t", "secret": "s"}
    added = store.subscriptions.add(source.id, next_due_at=NOW, **names)
    asked = {"requested_at": NOW, "next_due_at": NOW + HOUR, "lease_until": NOW + 48 * HOUR}
    store.subscriptions.revise(added.id, lambda found: replace(found, state="pending", **asked))
    set_back(store)
    moved = store.subscriptions.of_source(source.id)
    assert moved is not None
    assert (moved.requested_at, moved.next_due_at) == (BACK, BACK + HOUR)
    assert moved.lease_until == BACK + 48 * HOUR


def test_leases_of_this_machine_last_as_long_as_before(store: Store) -> None:
    add_source(store, "a")
    [held] = lease(store, owner="here:1:x#1", ttl=60.0)
    set_back(store)
    assert lease(store, now=BACK + 59) == []
    store.hosts.fence([(held, BACK + 59)])
    assert [taken.host for taken in lease(store, owner="next", now=BACK + 60)] == ["a.example"]


def test_leases_of_other_machines_stay(store: Store) -> None:
    add_source(store, "a")
    [held] = lease(store, owner="there:1:x#1", ttl=60.0)
    set_back(store)
    assert lease(store, now=NOW + 59) == []
    store.hosts.fence([(held, NOW + 59)])


def test_a_lease_taken_since_is_kept(store: Store) -> None:
    add_source(store, "a")
    [held] = lease(store, owner="here:1:x#1", now=BACK, ttl=60.0)
    set_back(store)
    store.hosts.fence([(held, BACK + 59)])


def test_a_clock_set_ahead_costs_no_lease(store: Store) -> None:
    add_source(store, "a")
    waiting = add_source(store, "b", next_due_at=NOW + 12 * HOUR)
    [held] = lease(store, owner="here:1:x#1", ttl=60.0)
    then = NOW + 6 * HOUR
    assert store.follow_clock(by=6 * HOUR, now=then, machine="here:") == 1
    assert lease(store, now=then + 59) == []
    store.hosts.fence([(held, then + 59)])
    assert store.sources.get(waiting.id) == waiting


def test_after_a_pause_the_last_poll_tells(store: Store) -> None:
    polled = add_source(store, "a", next_due_at=NOW)
    waiting = add_source(store, "b", next_due_at=NOW + HOUR)
    offer(store, polled)
    lease(store, owner=f"{machine()}1:x#1", only=["b.example"])
    start(store, BACK)
    assert store.sources.last_poll_at() == BACK
    assert store.sources.get(polled.id).next_due_at == BACK + 600
    assert store.sources.get(waiting.id).next_due_at == BACK + HOUR
    start(store, BACK)
    start(store, BACK + 5)
    assert store.sources.get(waiting.id).next_due_at == BACK + HOUR, "once is enough"


def test_clocks_of_two_machines_may_differ_a_little(store: Store) -> None:
    source = add_source(store, "a", next_due_at=NOW)
    offer(store, source)
    start(store, NOW - 20)
    assert store.sources.get(source.id).next_due_at == NOW + 600


def test_nothing_to_catch_up_with(store: Store) -> None:
    source = add_source(store, "a", next_due_at=NOW + HOUR)
    start(store, NOW)
    assert store.sources.get(source.id) == source


def test_times_of_the_day_are_chosen_anew(store: Store) -> None:
    cron = add_source(store, "cron", schedule={"cron": "0 12 * * *", "zone": "UTC"}, next_due_at=NOW)
    held = lease_one(store, "cron.example")
    give_back(store, held)
    offer(store, cron, next_due_at=NOW + 20 * HOUR)
    start(store, BACK)
    due = datetime.fromtimestamp(store.sources.get(cron.id).next_due_at, UTC)
    assert (due.hour, due.minute) == (12, 0)
    assert BACK < due.timestamp() < BACK + 24 * HOUR + 60


def test_a_store_that_followed_is_sound(store: Store) -> None:
    offer(store, add_source(store, "a", next_due_at=NOW), line("x"), line("y"))
    set_back(store)
    assert store.check() == []
    with store._database.read() as connection:
        ahead = tables.hosts.select().where(tables.hosts.c.next_due_at > NOW)
        assert connection.execute(ahead).all() == []
