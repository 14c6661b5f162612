"""Gaps between two polls of the loopback newspaper, and the back-fill that closes them."""

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from crawler.cli.main import run
from crawler.demo import feeds
from crawler.demo.outlet import Answer, with_validators
from crawler.errors import UsageError
from crawler.normalize.url import host_lane
from crawler.slice import Dispatcher, run_until_idle
from crawler.worker import open_worker
from storage.hits import Filters
from storage.model import NewSource
from tests.crawling import crawl_one, paths

WINDOW = 3


class Paged:
    """An outlet with an Atom feed of few entries whose older ones stand on further pages (RFC 5005)."""

    def __init__(self, newspaper, *, pages=True, **about):
        self.outlet = newspaper.outlet(format="atom", feed_length=WINDOW, **about)
        self.outlet.robots = "User-agent: *\nDisallow:\n"
        self.pages = pages
        for page in range(1, 60):
            path = self.path(page)
            self.outlet.put_answer(path, lambda page=page, path=path: self._answer(page, path))

    @staticmethod
    def path(page):
        return "/feed.xml" if page == 1 else f"/feed.xml?page={page}"

    def _answer(self, page, path):
        outlet = self.outlet
        items = outlet.items(time.time())
        shown = items[(page - 1) * WINDOW : page * WINDOW]
        text = feeds.feed_text(outlet.paper, shown, kind="atom", base=outlet.base, path=path, now=0.0)
        if self.pages and page * WINDOW < len(items):
            older = f'<link rel="next" href="{outlet.url(self.path(page + 1))}"/>'
            text = text.replace("<updated>", f"{older}<updated>", 1)
        return with_validators(
            Answer(200, text.encode(), {"Content-Type": "application/atom+xml"}), time.time()
        )

    def publish(self, count, **ago):
        at = datetime.now(UTC) - timedelta(**ago)
        return [self.outlet.publish(at=at - timedelta(seconds=number)) for number in range(count)]


def follow(store, url, **fields):
    return store.sources.add(NewSource(url=url, host=host_lane(url), **fields), now=time.time())


def documents(newspaper):
    """Return the feeds and sitemaps asked for since the last call."""
    found = [path for path in paths(newspaper.requests) if urlsplit(path).path.endswith(".xml")]
    newspaper.visits.clear()
    return found


def stored(store):
    return store.articles.count(Filters())


def test_a_gap_is_filled_from_the_archive_of_the_feed(newspaper, settings, store):
    paper = Paged(newspaper)
    paper.publish(12, hours=9)
    source = follow(store, paper.outlet.feed_url)
    crawl_one(settings, "1")
    assert stored(store) == WINDOW
    documents(newspaper)

    paper.publish(8, minutes=0)  # far more than the feed shows
    row = crawl_one(settings, "1")
    # Pages 2 and 3 hold the rest, the third something from before the gap: there it ends.
    assert documents(newspaper) == ["/feed.xml", "/feed.xml?page=2", "/sitemap.xml", "/feed.xml?page=3"]
    assert (row.new, row.stored) == (8, 8)
    assert stored(store) == WINDOW + 8
    after = store.sources.get(source.id)
    assert after.gap_at is not None
    assert "none of its 3 entries was known" in after.due_reason
    assert {child.state for child in store.sources.children([source.id])} == {"done"}

    crawl_one(settings, "1")
    assert documents(newspaper) == ["/feed.xml"]  # once a gap


def test_a_gap_is_filled_from_the_sitemaps_of_the_site(newspaper, settings, store):
    paper = Paged(newspaper, pages=False)
    paper.outlet.robots = feeds.robots_text(paper.outlet.base)
    paper.publish(20, days=30)
    paper.publish(3, hours=5)
    follow(store, paper.outlet.feed_url)
    crawl_one(settings, "1")
    documents(newspaper)
    paper.publish(9, minutes=0)
    row = crawl_one(settings, "1")
    assert documents(newspaper) == ["/feed.xml", "/sitemap.xml"]
    assert row.stored == 9
    assert stored(store) == WINDOW + 9  # not the archive of a month ago
    accounted = store.entries.accounting()
    assert accounted["offered"] == accounted["stored"]
    assert {article.sources for article in store.articles.iterate(Filters(limit=0))} == {
        (paper.outlet.feed_url,)
    }


def test_the_daemon_fills_a_gap_by_itself(newspaper, settings, store):
    paper = Paged(newspaper)
    paper.publish(3, hours=5)
    source = follow(store, paper.outlet.feed_url)
    events = []

    async def idle():
        async with open_worker(settings, store) as worker:
            dispatcher = Dispatcher(worker, listener=events.append)
            await run_until_idle(worker, dispatcher, asyncio.Event(), patience=3.0)
            await dispatcher.stop(deadline=2.0)

    asyncio.run(idle())
    paper.publish(8, minutes=0)
    store.sources.update(source.id, now=time.time(), next_due_at=0.0)
    asyncio.run(idle())
    assert stored(store) == WINDOW + 8


def test_back_fill_after_a_gap_can_be_switched_off(newspaper, settings, store):
    settings = replace(settings, poll=replace(settings.poll, backfill=False))
    paper = Paged(newspaper)
    paper.publish(3, hours=5)
    source = follow(store, paper.outlet.feed_url)
    crawl_one(settings, "1")
    paper.publish(8, minutes=0)
    assert crawl_one(settings, "1").stored == WINDOW
    assert store.sources.get(source.id).gap_at is not None
    assert store.sources.children([source.id]) == []


def test_entries_whose_identifiers_do_not_last_are_no_gap(newspaper, settings, store):
    outlet = newspaper.outlet()
    pieces = outlet.publish_many(3)

    def feed(mark):
        items = "".join(f"<item><guid>{mark}{p.title}</guid><link>{p.url}</link></item>" for p in pieces)
        outlet.put("/odd.xml", f'<rss version="2.0"><channel><title>Odd</title>{items}</channel></rss>')

    feed("a")
    source = follow(store, outlet.url("/odd.xml"))
    crawl_one(settings, "1")
    feed("b")
    assert crawl_one(settings, "1").new == 3
    assert store.sources.get(source.id).gap_at is None


def since(**ago):
    return datetime.now(UTC) - timedelta(**ago)


def test_a_back_fill_by_hand_reads_back_to_a_day(newspaper, settings, store):
    paper = Paged(newspaper)
    paper.publish(6, days=60)
    paper.publish(9, days=10)
    paper.publish(3, hours=1)
    source = follow(store, paper.outlet.feed_url)
    row = crawl_one(settings, "1", since=since(days=30), backfill=True)
    assert (row.stored, row.documents, row.deferred) == (12, 5, 0)  # four pages and the sitemap
    assert "/feed.xml?page=6" not in paths(newspaper.requests)
    assert store.sources.get(source.id).etag is None  # what was left out is for the next poll
    row = crawl_one(settings, "1", since=since(days=90), backfill=True)
    assert row.stored == 6


def test_a_back_fill_that_was_broken_off_goes_on(newspaper, settings, store):
    paper = Paged(newspaper)
    paper.publish(20, days=10)
    source = follow(store, paper.outlet.feed_url)
    asked = since(days=30)
    paper.outlet.fail("/feed.xml", status=500, times=None)
    paper.outlet.heal()
    broken = paper.path(4)
    paper.outlet.put_answer(broken, lambda: Answer(500, b"", {}))
    first = crawl_one(settings, "1", since=asked, backfill=True)
    assert first.stored == 20  # the sitemap has them, too
    waiting = [child for child in store.sources.children([source.id]) if child.state == "active"]
    assert [urlsplit(child.url).query for child in waiting] == ["page=4"]
    paper.outlet.put_answer(broken, lambda: paper._answer(4, broken))
    newspaper.visits.clear()
    again = crawl_one(settings, "1", since=asked, backfill=True)
    assert not again.failed
    assert documents(newspaper)[:2] == ["/feed.xml", "/feed.xml?page=4"]
    assert all(child.state == "done" for child in store.sources.children([source.id]))


def test_an_archive_that_leads_in_a_circle_ends(newspaper, settings, store):
    paper = Paged(newspaper)
    paper.publish(9, days=3)
    second = paper.path(2)

    def circle():
        text = paper._answer(2, second).body.decode().replace("page=3", "page=2")
        return Answer(200, text.encode(), {"Content-Type": "application/atom+xml"})

    paper.outlet.put_answer(second, circle)
    follow(store, paper.outlet.feed_url)
    crawl_one(settings, "1", since=since(days=30), backfill=True)
    assert [path for path in paths(newspaper.requests) if "page=" in path] == ["/feed.xml?page=2"]


def test_a_feed_met_for_the_first_time_is_back_filled_too(newspaper, settings, store):
    paper = Paged(newspaper)
    paper.publish(9, days=3)
    row = crawl_one(settings, paper.outlet.feed_url, since=since(days=30), backfill=True)
    assert row.stored == 9
    assert store.sources.get(row.source_id).state == "once"
    assert all(child.state == "done" for child in store.sources.children([row.source_id]))


def test_a_back_fill_needs_to_know_how_far(newspaper, settings, tmp_path, capsys, monkeypatch):
    with pytest.raises(UsageError, match="--since"):
        crawl_one(settings, newspaper.outlet().feed_url, backfill=True)
    monkeypatch.setenv("KABAR_DATABASE", settings.database_url)
    assert run(["crawl", "--backfill"]) == 2
    assert "--since" in capsys.readouterr().err


def test_a_feed_followed_from_a_moment_on_is_a_feed_like_others(newspaper, settings, store):
    """A list of sources may say so; what is older is not taken, and edits are noticed."""
    outlet = newspaper.outlet(format="atom")
    now = datetime.now(UTC)
    outlet.publish(at=now - timedelta(days=40))
    piece = outlet.publish(at=now - timedelta(days=1))
    source = follow(store, outlet.feed_url, since=(now - timedelta(days=10)).timestamp())
    assert crawl_one(settings, str(source.id)).stored == 1
    assert store.sources.get(source.id).etag is not None, "nothing was left for the next poll"
    outlet.edit(piece, text="Another text altogether about the same thing. " * 10)
    assert crawl_one(settings, str(source.id)).new == 1
    assert store.entries.accounting()["offered"] == 1
