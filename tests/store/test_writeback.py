"""What many visits leave behind, written together: all or nothing, and nobody pays for another."""

import asyncio
from dataclasses import replace
from types import SimpleNamespace

import pytest

from crawler.settings import Settings
from crawler.worker import StoreThread
from crawler.writeback import GATHERING, Ending, WriteBack, write_endings
from storage.errors import LeaseLost, StoreFull
from storage.model import Release
from tests.keeping import NOW, add_source, lease, lease_one, line, result

LATER = NOW + 600


def polled(store, *names, **fields):
    """Lease the hosts of new sources; return the endings of a quiet poll of each."""
    sources = [add_source(store, name, now=NOW) for name in names]
    held = {found.host_id: found for found in lease(store, ttl=60)}
    return [ending(held[source.host_id], source, **fields) for source in sources]


def ending(held, source, *lines, **fields):
    values = {"outcome": "not_modified", "pace": 600.0, "next_due_at": LATER, "etag": '"2"', **fields}
    release = Release(lease=held, polite_at=NOW + 1)
    return Ending(poll=(source, result(held, source, *lines, **values)), release=release)


def spoilt(one):
    """What cannot be written: no JSON is made of it."""
    source, found = one.poll
    return replace(one, poll=(source, replace(found, hints={"ttl": object()})))


def lost(store, one):
    """Let somebody else have the host, as when the lease ran out."""
    store.hosts.release([one.release], now=NOW)
    return lease_one(store, one.poll[0].host, owner="other", now=NOW + 1)


def write(store, endings, now=NOW):
    return write_endings(store, endings, Settings(), now=now)


def polls_of(store, endings):
    return [len(store.polls.latest(one.poll[0].id, 9)) for one in endings]


def leases(store):
    return {held.host: held.owner for held in store.status(now=NOW).leases}


class Calls:
    """The store's thread, which counts what it is asked, and fails when told to."""

    def __init__(self, error=None):
        self.thread, self.error, self.sizes = StoreThread(), error, []

    async def __call__(self, function, store, endings, *rest, **names):
        self.sizes.append(len(endings))
        if self.error is not None:
            raise self.error
        return await self.thread(function, store, endings, *rest, **names)


def together(store, endings, *, calls=None, settings=None):
    """Put endings into a WriteBack side by side; return what each caller got, and the sizes of the calls."""
    calls = calls or Calls()

    async def put(back, one):
        if one.poll is None:
            return await back.release(one.release)
        return await back.record(*one.poll, one.release)

    async def main():
        worker = SimpleNamespace(
            store=store, in_store=calls, settings=settings or Settings(), clock=lambda: NOW
        )
        back = WriteBack(worker)
        return await asyncio.gather(*(put(back, one) for one in endings), return_exceptions=True)

    try:
        return asyncio.run(main()), calls.sizes
    finally:
        calls.thread.stop()


def test_polls_and_hosts_are_written_in_one_go(store):
    endings = polled(store, "a", "b", "c")
    recorded = write(store, endings)
    assert [counts.source_id for _, counts in recorded] == [one.poll[0].id for one in endings]
    assert polls_of(store, endings) == [1, 1, 1]
    assert leases(store) == {}
    assert store.hosts.next_due_at() == LATER
    assert [store.sources.get(one.poll[0].id).etag for one in endings] == ['"2"'] * 3


def test_a_host_given_back_without_a_poll_stands_among_the_others(store):
    first, second = polled(store, "a", "b")
    assert [
        found and found[1] is not None for found in write(store, [replace(first, poll=None), second])
    ] == [None, True]
    assert polls_of(store, [first, second]) == [0, 1]
    assert leases(store) == {}


def test_what_was_lost_to_another_worker_is_dropped_alone(store):
    first, second, third = polled(store, "a", "b", "c")
    lost(store, second)
    counts = [found for _, found in write(store, [first, second, third], now=NOW + 2)]
    assert [found is None for found in counts] == [False, True, False]
    assert polls_of(store, [first, second, third]) == [1, 0, 1]
    assert leases(store) == {"b.example": "other"}
    assert store.sources.get(second.poll[0].id).etag is None


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_results_for_one_source_the_one_under_the_lease_that_stands_is_counted(store, order):
    [old] = polled(store, "a")
    new = ending(lost(store, old), old.poll[0], etag='"3"')
    pair = [old, new][::order]
    counts = [found for _, found in write(store, pair, now=NOW + 2)]
    assert [found is None for found in counts] == [one is old for one in pair]
    assert polls_of(store, [old]) == [1]
    assert store.sources.get(old.poll[0].id).etag == '"3"'


def test_when_it_breaks_off_nothing_is_written(store, monkeypatch):
    endings = polled(store, "a", "b")
    monkeypatch.setattr(store.hosts, "release", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write(store, endings)
    assert polls_of(store, endings) == [0, 0]
    assert set(leases(store)) == {"a.example", "b.example"}
    assert [store.sources.get(one.poll[0].id).etag for one in endings] == [None, None]


def test_quiet_polls_that_end_together_share_a_transaction(store):
    done, sizes = together(store, polled(store, "a", "b", "c"))
    assert sizes == [3]
    assert [event.new for event in done] == [0, 0, 0]


def test_a_poll_with_news_has_a_transaction_of_its_own_and_keeps_nobody(store):
    first, second = polled(store, "a", "b")
    source, found = second.poll
    news = replace(found, outcome="new", entries=(line("x"), line("y")))
    done, sizes = together(store, [first, replace(second, poll=(source, news))])
    assert sizes == [1, 1]
    assert [event.new for event in done] == [0, 2]
    assert leases(store) == {}
    assert store.entries.accounting()["offered"] == 2


def test_one_that_cannot_be_written_costs_no_other(store):
    first, bad, third = endings = polled(store, "a", "b", "c")
    done, sizes = together(store, [first, spoilt(bad), third])
    assert sizes == [3, 1, 1, 1]
    assert [type(found).__name__ for found in done] == ["PollDone", "TypeError", "PollDone"]
    assert polls_of(store, endings) == [1, 0, 1]
    assert set(leases(store)) == {"b.example"}
    assert store.sources.get(bad.poll[0].id).etag is None


def test_a_lost_lease_is_told_to_its_visit_alone(store):
    first, second = polled(store, "a", "b")
    lost(store, second)
    done, _ = together(store, [first, second])
    assert [type(found).__name__ for found in done] == ["PollDone", "LeaseLost"]
    assert isinstance(done[1], LeaseLost)


def test_what_is_the_matter_with_the_store_is_told_to_all_at_once(store):
    endings = polled(store, "a", "b")
    full = StoreFull("no space left")
    done, sizes = together(store, endings, calls=Calls(full))
    assert done == [full, full]
    assert sizes == [2]


def test_with_a_callback_for_hubs_the_same_is_written(store):
    settings = replace(Settings(), websub=replace(Settings().websub, callback="https://me.example/"))
    endings = polled(store, "a", "b", outcome="new", hubs=("https://hub.example/",))
    done, sizes = together(store, endings, settings=settings)
    assert sizes == [2]
    assert [event.new for event in done] == [0, 0]
    assert polls_of(store, endings) == [1, 1]
    assert store.subscriptions.of_source(endings[0].poll[0].id).hub == "https://hub.example/"


def test_a_host_without_a_pause_is_waited_for_by_nobody(store):
    """Where the next request may follow at once, what is written is written at once."""
    [one] = polled(store, "a")
    one = replace(one, release=replace(one.release, polite_at=NOW))

    async def main():
        worker = SimpleNamespace(store=store, in_store=Calls(), settings=Settings(), clock=lambda: NOW)
        back, loop = WriteBack(worker), asyncio.get_running_loop()
        writing = asyncio.create_task(back.record(*one.poll, one.release))
        await asyncio.sleep(0)
        due = back._timer.when() - loop.time()
        await writing
        worker.in_store.thread.stop()
        return due

    assert asyncio.run(main()) < GATHERING / 2


def test_at_the_end_what_waits_is_written_although_nobody_waits_for_it(store):
    [one] = endings = polled(store, "a")

    async def main():
        worker = SimpleNamespace(store=store, in_store=Calls(), settings=Settings(), clock=lambda: NOW)
        back = WriteBack(worker)
        visit = asyncio.create_task(back.record(*one.poll, one.release))
        await asyncio.sleep(0)
        visit.cancel()
        await back.close()
        worker.in_store.thread.stop()

    asyncio.run(main())
    assert polls_of(store, endings) == [1]
    assert leases(store) == {}
