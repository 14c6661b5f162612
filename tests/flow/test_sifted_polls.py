"""Polls of a feed that changed: only what is new is read, and nothing is missed for it."""

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from crawler import jobs
from crawler.lane import Lane
from crawler.normalize.url import host_lane, url_key
from crawler.polling import Offer, poll
from crawler.probe import leased
from crawler.visit import record
from crawler.worker import open_worker
from storage import open_store
from storage.model import NewSource
from tests.crawling import settings_for

PATH = "/own.xml"


class Watched:
    """A pool that remembers which jobs it ran."""

    def __init__(self, pool):
        self._pool, self.ran = pool, []

    async def run(self, function, *args):
        self.ran.append(function)
        return await self._pool.run(function, *args)


class Clock:
    def __init__(self):
        self.now = time.time()

    def __call__(self):
        return self.now


class Desk:
    """A worker that polls one source, and what came of it."""

    def __init__(self, worker, source_id):
        self.pool = Watched(worker.pool)
        self.worker = replace(worker, pool=self.pool)
        self._source_id = source_id

    async def poll(self, **offer):
        worker, store = self.worker, self.worker.store
        worker.clock.now += 60
        self.pool.ran.clear()
        source = store.sources.by_ids([self._source_id])[self._source_id]
        async with leased(worker, source.host) as lane:
            assert isinstance(lane, Lane)
            result = await poll(worker, lane, source, offer=Offer(**offer))
            await record(worker, source, result)
        return result

    def entry(self, url):
        [entry] = self.worker.store.entries.history(url_keys=[url_key(url)])
        return entry

    def finish(self):
        """Let all pages be read."""
        store, clock = self.worker.store, self.worker.clock
        for line in range(1, 100):
            try:
                store.entries.finish(line, outcome="stored", now=clock())
            except LookupError:
                return


@pytest.fixture
def outlet(newspaper):
    return newspaper.outlet()


def feed(outlet, *items, head=""):
    body = "".join(f"<item>{item}</item>" for item in items)
    namespace = 'xmlns:slash="http://purl.org/rss/1.0/modules/slash/"'
    document = f'<rss version="2.0" {namespace}><channel><title>Own</title>{head}{body}</channel></rss>'
    return outlet.put(PATH, document, content_type="application/rss+xml")


def item(outlet, name, more="", *, title=None, guid=True):
    identity = f"<guid isPermaLink='false'>{name}</guid>" if guid else ""
    return f"<title>{title or name}</title><link>{outlet.base}/{name}</link>{identity}{more}"


@asynccontextmanager
async def desk(outlet, folder):
    url = f"{outlet.base}{PATH}"
    settings = settings_for(folder)
    with open_store(settings.database_url) as store:
        source = store.sources.add(NewSource(url=url, host=host_lane(url)), now=time.time())
        async with open_worker(settings, store, clock=Clock(), chance=lambda: 0.5) as worker:
            yield Desk(worker, source.id)


def polling(test):
    """Run a test that polls in a loop of its own."""

    def run(outlet, tmp_path):
        async def all_of_it():
            async with desk(outlet, tmp_path) as polled:
                await test(outlet, polled)

        asyncio.run(all_of_it())

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


@polling
async def test_a_new_line_is_read_alone(outlet, desk):
    feed(outlet, item(outlet, "a"), item(outlet, "b"))
    first = await desk.poll()
    assert desk.pool.ran == [jobs.read_source]
    assert (first.entries_seen, len(first.entries), first.seen) == (2, 2, ())
    assert all(entry.mark is not None for entry in first.entries)

    feed(outlet, item(outlet, "c"), item(outlet, "a"), item(outlet, "b"))
    second = await desk.poll()
    assert desk.pool.ran == [jobs.sift_source, jobs.read_new]
    assert [entry.title for entry in second.entries] == ["c"]
    assert (second.entries_seen, second.outcome) == (3, "new")
    assert second.seen == (desk.entry(f"{outlet.base}/a").id, desk.entry(f"{outlet.base}/b").id)
    assert desk.entry(f"{outlet.base}/a").last_seen_at == second.at
    [last] = desk.worker.store.polls.latest(second.source_id, 1)
    assert (last.entries_seen, last.entries_new) == (3, 1)


@polling
async def test_where_every_line_is_known_nothing_is_read(outlet, desk):
    feed(outlet, item(outlet, "a", "<slash:comments>1</slash:comments>"))
    await desk.poll()
    desk.finish()
    feed(outlet, item(outlet, "a", "<slash:comments>2</slash:comments>"), head="<ttl>1</ttl>")
    second = await desk.poll()
    assert desk.pool.ran == [jobs.sift_source]
    assert (second.outcome, second.entries_seen, second.entries) == ("unchanged", 1, ())
    entry = desk.entry(f"{outlet.base}/a")
    assert (entry.last_seen_at, entry.outcome) == (second.at, "stored")
    assert (await desk.poll()).outcome == "not_modified", "validators were kept"
    assert desk.pool.ran == [], "an unchanged body is never read"


@polling
async def test_the_same_body_is_never_read(outlet, desk):
    feed(outlet, item(outlet, "a"))
    await desk.poll()
    store = desk.worker.store
    with store._database.write() as connection:
        connection.exec_driver_sql("UPDATE sources SET etag = NULL, last_modified = NULL")
    again = await desk.poll()
    assert (again.outcome, again.status, desk.pool.ran) == ("unchanged", 200, [])


@polling
async def test_an_edited_title_makes_the_page_due_again(outlet, desk):
    feed(outlet, item(outlet, "a"), item(outlet, "b"))
    await desk.poll()
    desk.finish()
    feed(outlet, item(outlet, "a", title="edited"), item(outlet, "b"))
    edited = await desk.poll()
    assert [entry.title for entry in edited.entries] == ["edited"]
    assert desk.entry(f"{outlet.base}/a").outcome is None
    feed(outlet, item(outlet, "a", title="edited"), item(outlet, "b"), head="<ttl>5</ttl>")
    await desk.poll()
    assert desk.pool.ran == [jobs.sift_source], "the new line is known by now"


@polling
async def test_an_edit_while_the_page_waits_is_not_lost(outlet, desk):
    feed(outlet, item(outlet, "a"))
    await desk.poll()
    feed(outlet, item(outlet, "a", title="edited"))
    await desk.poll()
    desk.finish()
    feed(outlet, item(outlet, "a", title="edited"), head="<ttl>5</ttl>")
    await desk.poll()
    assert desk.entry(f"{outlet.base}/a").outcome is None


@polling
async def test_two_lines_of_one_identity_are_read_whole(outlet, desk):
    """Without a guid the address is the identity; of two lines the first one counts."""
    feed(outlet, item(outlet, "a", guid=False))
    await desk.poll()
    desk.finish()
    twin = item(outlet, "a?utm_source=x", title="twin", guid=False)
    feed(outlet, item(outlet, "a", guid=False), twin)
    second = await desk.poll()
    assert desk.pool.ran == [jobs.sift_source, jobs.read_new, jobs.read_source]
    assert (second.seen, second.entries_seen, len(second.entries)) == ((), 2, 2)
    assert desk.entry(f"{outlet.base}/a").outcome == "stored", "the first line has not changed"


@polling
async def test_a_guid_that_comes_to_name_two_pages_is_read_whole(outlet, desk):
    feed(outlet, item(outlet, "a"))
    await desk.poll()
    feed(outlet, item(outlet, "a"), item(outlet, "a").replace("/a</link>", "/z</link>"))
    second = await desk.poll()
    assert desk.pool.ran == [jobs.sift_source]
    assert (second.seen, len(second.entries)) == ((), 2)
    assert desk.entry(f"{outlet.base}/z").outcome is None


@polling
async def test_a_broken_feed_is_read_whole(outlet, desk):
    feed(outlet, item(outlet, "a"))
    await desk.poll()
    feed(outlet, item(outlet, "b") + "<unclosed>", item(outlet, "a"))
    second = await desk.poll()
    assert desk.pool.ran == [jobs.sift_source]
    assert (second.seen, len(second.entries), second.outcome) == ((), 2, "new")


@polling
async def test_a_line_whose_entry_is_gone_is_new_again(outlet, desk):
    feed(outlet, item(outlet, "a"), item(outlet, "b"))
    await desk.poll()
    with desk.worker.store._database.write() as connection:
        connection.exec_driver_sql("DELETE FROM entries WHERE title = 'a'")
    feed(outlet, item(outlet, "a"), item(outlet, "b"), head="<ttl>5</ttl>")
    second = await desk.poll()
    assert [entry.title for entry in second.entries] == ["a"]


@polling
async def test_a_crawl_with_a_limit_reads_the_whole(outlet, desk):
    feed(outlet, item(outlet, "a"), item(outlet, "b"))
    await desk.poll()
    feed(outlet, item(outlet, "c"), item(outlet, "a"), item(outlet, "b"))
    second = await desk.poll(limit=2)
    assert desk.pool.ran == [jobs.read_source]
    assert [entry.title for entry in second.entries] == ["c", "a"]
    assert second.body_hash is None


@polling
async def test_the_cadence_hears_the_same_counts(outlet, desk):
    names = [f"n{number}" for number in range(10)]
    feed(outlet, *(item(outlet, name) for name in names))
    await desk.poll()
    feed(outlet, item(outlet, "new"), *(item(outlet, name) for name in names))
    assert "1 of 11 entries were new" in (await desk.poll()).due_reason


@polling
async def test_the_head_is_read_once_a_day_though_all_lines_are_known(outlet, desk):
    feed(outlet, item(outlet, "a"), head="<ttl>30</ttl>")
    await desk.poll()
    desk.finish()
    feed(outlet, item(outlet, "a"), head="<ttl>90</ttl>")
    assert (await desk.poll()).hints is None
    assert desk.pool.ran == [jobs.sift_source]
    desk.worker.clock.now += 86400
    feed(outlet, item(outlet, "a"), head="<ttl>90</ttl><skipHours><hour>3</hour></skipHours>")
    later = await desk.poll()
    assert desk.pool.ran == [jobs.sift_source, jobs.read_new]
    assert (later.outcome, later.entries, later.body_hash is None) == ("unchanged", (), False)
    assert later.hints == {"ttl": 5400.0, "skip_hours": [3]}
    feed(outlet, item(outlet, "a"), head="<ttl>10</ttl>")
    await desk.poll()
    assert desk.pool.ran == [jobs.sift_source], "not again on the same day"
