"""Visits inside one process: order, defects, leases, beats."""

import asyncio
import itertools
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.daemon import run_daemon
from crawler.events import EntryDone
from crawler.lane import Lane
from crawler.normalize.url import host_lane, url_key
from crawler.schedule import Beat, Schedule
from crawler.slice import Dispatcher, run_until_idle
from crawler.visit import BUSY_REST, DUE, Visit, in_turn
from crawler.worker import lease_name, new_owner, open_worker
from storage import open_store
from storage.errors import StoreBusy, StoreDamaged
from storage.hits import Filters
from storage.model import Lease, NewSource
from tests.crawling import crawl_one, settings_for
from tests.harm import damage


def follow(store, *outlets, interval=None):
    for outlet in outlets:
        new = NewSource(url=outlet.feed_url, host=host_lane(outlet.feed_url), interval=interval)
        store.sources.add(new, now=time.time())


def run(settings, store, *, change=lambda worker: worker):
    """Do what is due, once, with a worker that a test may have changed; return the events."""
    events = []

    async def once():
        async with open_worker(settings, store) as worker:
            dispatcher = Dispatcher(change(worker), listener=events.append)
            await run_until_idle(worker, dispatcher, asyncio.Event())
            await dispatcher.stop(deadline=2.0)

    asyncio.run(once())
    return events


class Poisoned:
    """A pool in which one page makes the code fail in a way that nobody foresaw."""

    def __init__(self, pool, title):
        self._pool, self._title = pool, title

    async def run(self, function, *args):
        if function.__name__ == "prepare" and args[0].title == self._title:
            raise KeyError("a defect")
        return await self._pool.run(function, *args)


def test_a_defect_costs_one_entry_and_ends(newspaper, store, tmp_path, caplog):
    outlet = newspaper.outlet()
    bad = outlet.publish(title="Poison")
    outlet.publish_many(3)
    follow(store, outlet)
    settings = settings_for(tmp_path)

    def poison(worker):
        return replace(worker, pool=Poisoned(worker.pool, "Poison"))

    run(settings, store, change=poison)
    assert store.articles.count(Filters()) == 3
    (entry,) = store.entries.history(url_keys=[url_key(bad.url)])
    assert (entry.outcome, entry.attempts, entry.reason) == (None, 1, "bug")
    assert "a step failed" in caplog.text
    store.entries.defer(entry.id, reason="bug", attempts=1, next_due_at=0.0, now=0.0)
    run(settings, store, change=poison)
    (entry,) = store.entries.history(url_keys=[url_key(bad.url)])
    assert (entry.outcome, entry.reason) == ("rejected", "bug")
    assert len(newspaper.visits_to(bad.path)) == 2


def test_a_source_that_is_removed_while_its_page_is_read(newspaper, store, tmp_path, caplog):
    outlet = newspaper.outlet()
    outlet.publish_many(2)
    follow(store, outlet)

    class Removing(Poisoned):
        async def run(self, function, *args):
            if function.__name__ == "prepare" and (sources := store.sources.list()):
                store.sources.remove(sources[0].id)
            return await self._pool.run(function, *args)

    caplog.set_level("INFO")
    run(settings_for(tmp_path), store, change=lambda worker: replace(worker, pool=Removing(worker.pool, "")))
    assert store.articles.count(Filters()) == 0
    assert "there is no entry 1 any more; its result is dropped" in caplog.text
    assert "a step failed" not in caplog.text
    assert store.status(now=time.time()).leases == ()


def test_after_a_defect_that_cannot_even_be_noted_its_host_rests(newspaper, store, tmp_path, monkeypatch):
    """Due at once, it would meet the same again and again."""

    async def defective(*args, **rest):
        raise KeyError("a defect")

    outlet = newspaper.outlet()
    outlet.publish_many(1)
    follow(store, outlet)
    for name in ("_do", "_give_up"):
        monkeypatch.setattr(f"crawler.visit.{name}", defective)

    async def main():
        async with open_worker(settings_for(tmp_path), store) as worker:
            dispatcher = Dispatcher(worker, listener=lambda _: None)
            assert await dispatcher.fill(DUE) == 1
            await dispatcher.settle()
            assert await dispatcher.fill(DUE) == 0
            assert store.hosts.next_due_at() > time.time() + 5
            await dispatcher.stop(deadline=2.0)

    asyncio.run(main())


class Failing:
    """The store's thread of a database that is gone for a while once hosts are leased."""

    def __init__(self, thread, error):
        self.thread, self.error, self.gone = thread, error, True

    async def __call__(self, function, /, *args, **names):
        if self.gone and function.__name__ in ("write_endings", "next_due_at"):
            raise self.error
        return await self.thread(function, *args, **names)


def test_hosts_are_given_back_when_the_store_answers_again(newspaper, store, tmp_path, caplog):
    """They were held until their leases ran out, for over a minute."""
    outlet = newspaper.outlet()
    outlet.publish_many(2)
    follow(store, outlet)

    async def main():
        async with open_worker(settings_for(tmp_path), store) as worker:
            failing = Failing(worker.in_store, StoreBusy("gone"))
            dispatcher = Dispatcher(replace(worker, in_store=failing), listener=lambda _: None)
            assert await dispatcher.fill(DUE) == 1
            await dispatcher.settle()
            with pytest.raises(StoreBusy):
                await dispatcher.fill(DUE)
            assert store.status(now=time.time()).leases
            failing.gone = False
            await dispatcher._give_back()
            assert not store.status(now=time.time()).leases
            assert store.hosts.next_due_at() <= time.time() + BUSY_REST
            assert isinstance(dispatcher.failure, StoreBusy)
            await asyncio.sleep(BUSY_REST)
            await run_until_idle(worker, dispatcher, asyncio.Event())
            assert dispatcher.failure is None
            await dispatcher.stop(deadline=2.0)

    asyncio.run(main())
    assert store.articles.count(Filters()) == 2


def test_what_is_due_meets_a_damaged_place(newspaper, settings):
    """The store fails in the middle of a visit: a run that ended well would have lied."""
    outlet = newspaper.outlet()
    outlet.publish_many(3)
    assert crawl_one(settings, outlet.feed_url, add=True).stored == 3
    outlet.publish_many(3)
    with open_store(settings.database_url) as store:
        [source] = store.sources.list()
        store.sources.update(source.id, now=time.time(), next_due_at=0.0)
    path = Path(settings.database_url.removeprefix("sqlite:///"))
    damage(path, "articles", slice(None))
    with pytest.raises(StoreDamaged, match="--rescue"):
        run_daemon(settings, once=True, starters=False)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE hosts SET polite_at = 0")  # it was left alone for a while
    row = crawl_one(settings, outlet.feed_url)
    assert (row.failed, row.stored, row.deferred) == (True, 0, 3)
    assert "--rescue" in row.error


def test_a_crawl_delay_is_waited_for(newspaper, store, tmp_path):
    outlet = newspaper.outlet()
    outlet.robots = "User-agent: *\nCrawl-delay: 0.3"
    outlet.publish_many(3)
    follow(store, outlet)
    events = run(settings_for(tmp_path), store)
    assert sum(isinstance(event, EntryDone) for event in events) == 3
    pages = [visit.at for visit in newspaper.visits if visit.path != "/robots.txt"]
    gaps = [later - earlier for earlier, later in itertools.pairwise(pages)]
    assert min(gaps) > 0.25


def test_what_was_due_first_comes_first(store):
    lease = Lease(host_id=1, host="a.example", owner="me", until=0, backoff=0)
    source = store.sources.add(
        NewSource(url="https://a.example/f", host="a.example", next_due_at=50.0), now=0.0
    )
    early = store.entries.add_page(url="https://a.example/1", url_key="1", host="a.example", now=10.0)
    late = store.entries.add_page(url="https://a.example/2", url_key="2", host="a.example", now=90.0)
    task = Visit(lease=lease, polls=(source,), entries=(early, late), sources={})
    assert in_turn(task, forced=False) == [early, source, late]
    assert in_turn(task, forced=True) == [source, early, late]


def test_a_visit_that_outlived_its_lease_changes_nothing(store):
    store.hosts.ensure(["a.example"])
    owner = new_owner()
    old, new = f"{owner}#1", f"{owner}#2"
    (late,) = store.hosts.lease(old, now=0.0, limit=1, ttl=10.0, only=["a.example"])
    (held,) = store.hosts.lease(new, now=20.0, limit=1, ttl=10.0, only=["a.example"])
    lane = Lane(late, delay=0.0, user_agent="x")
    store.hosts.release([lane.release(now=21.0)], now=21.0)
    assert [lease.owner for lease in store.status(now=21.0).leases] == [held.owner]
    assert store.hosts.release_owner(owner, now=22.0) == 1


def test_every_lease_has_a_name_of_its_own(store, tmp_path):
    async def names():
        async with open_worker(settings_for(tmp_path), store) as worker:
            return {lease_name(worker) for _ in range(100)}, worker.owner

    found, owner = asyncio.run(names())
    assert len(found) == 100
    assert all(name.startswith(f"{owner}#") for name in found)


def test_a_feed_that_gives_one_guid_to_all_its_lines_loses_none(newspaper, store, tmp_path):
    outlet = newspaper.outlet()
    pieces = outlet.publish_many(4)
    items = "".join(
        f"<item><guid>1</guid><title>{p.title}</title><link>{p.url}</link></item>" for p in pieces
    )
    feed = f'<rss version="2.0"><channel><title>One</title>{items}</channel></rss>'
    url = outlet.put("/one.xml", feed, content_type="application/rss+xml")
    row = crawl_one(settings_for(tmp_path), url)
    assert (row.new, row.stored) == (4, 4)


def test_pages_behind_a_login_do_not_swallow_each_other(newspaper, store, tmp_path):
    outlet = newspaper.outlet(full_text=True)
    pieces = outlet.publish_many(3)
    outlet.put(
        "/login",
        "<html><title>Please log in</title><body><p>" + "Log in to go on. " * 30 + "</p></body></html>",
    )
    for piece in pieces:
        outlet.fail_page(piece, status=302, to="/login")
    assert crawl_one(settings_for(tmp_path), outlet.feed_url).stored == 3
    kept = list(store.articles.iterate(Filters(limit=0)))
    assert {article.content.title for article in kept} == {piece.title for piece in pieces}
    assert {article.content.text_source for article in kept} == {"feed"}


def test_beats_run_in_the_event_loop():
    async def scene():
        beaten = asyncio.Event()
        loop = asyncio.get_running_loop()

        async def job():
            assert asyncio.get_running_loop() is loop
            beaten.set()

        schedule = Schedule((Beat(name="test", every=0.05, job=job),))
        schedule.start()
        await asyncio.wait_for(beaten.wait(), 5)
        schedule.stop()

    asyncio.run(scene())
