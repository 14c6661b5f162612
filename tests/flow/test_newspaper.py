"""The loopback newspaper keeps its word: what it publishes is there, and each fault does what it says."""

import asyncio
import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import feedparser
import pytest

from crawler.demo.world import FeedFormat
from tests.asking import ask, on_the_wire
from tests.loopback import LoopbackOutlet
from tests.newsfaults.catalogue import FAULTS
from tests.newspaper import Newspaper, serve_in_thread

ROOT = Path(__file__).parents[2]


@pytest.fixture
def daily(newspaper: Newspaper) -> LoopbackOutlet:
    outlet = newspaper.outlet("daily")
    outlet.publish_many(3)
    return outlet


# Publishing


@pytest.mark.parametrize("kind", ["rss", "atom"])
def test_feed_lists_what_was_published_newest_first(newspaper: Newspaper, kind: FeedFormat) -> None:
    outlet = newspaper.outlet("daily", format=kind)
    first = outlet.publish(title="Böll & <Sons>", text="One.\n\nTwo.", authors=("A. Writer",), tags=("tea",))
    second = outlet.publish()
    got = ask(outlet.feed_url)
    feed = feedparser.parse(got.body)
    assert (got.status, feed.version[:3], feed.bozo) == (200, kind[:3] if kind == "rss" else "ato", False)
    assert [entry.link for entry in feed.entries] == [second.url, first.url]
    assert feed.entries[1].title == "Böll & <Sons>"
    assert feed.entries[1].author == "A. Writer"
    assert "tea" in [tag.term for tag in feed.entries[1].tags]


def test_article_page_carries_its_text_and_metadata(newspaper: Newspaper) -> None:
    piece = newspaper.outlet("daily", language="id").publish(title="Judul", text="Satu.\n\nDua.")
    page = ask(piece.url).body.decode()
    assert '<html lang="id">' in page
    assert "<p>Satu.</p>\n<p>Dua.</p>" in page
    assert f'<link rel="canonical" href="{piece.url}"/>' in page
    found = page.split('<script type="application/ld+json">')[1].split("</script>")[0]
    assert json.loads(found)["headline"] == "Judul"


def test_articles_made_up_differ_and_come_out_the_same_each_time() -> None:
    def texts() -> list[str]:
        with serve_in_thread() as paper:
            return [piece.text for piece in paper.outlet("x").publish_many(50)]

    assert texts() == texts()
    assert len(set(texts())) == 50


def test_outlets_have_ports_of_their_own_and_visits_are_written_down(newspaper: Newspaper) -> None:
    a, b = newspaper.outlet("a"), newspaper.outlet("b", address="127.0.0.2")
    assert a.base != b.base
    assert b.base.startswith("http://127.0.0.2:")
    ask(a.feed_url, {"User-Agent": "reader"})
    ask(b.url("/none?x=1"))
    assert newspaper.requests == [("GET", "a", "/feed.xml", 200), ("GET", "b", "/none?x=1", 404)]
    assert newspaper.visits_to("/feed.xml", outlet="a")[0].headers["User-Agent"] == "reader"
    assert newspaper.visits_to("/none", outlet="a") == []


def test_validators_are_honest(daily: LoopbackOutlet) -> None:
    first = ask(daily.feed_url)
    by_tag = ask(daily.feed_url, {"If-None-Match": f'"other", {first.headers["ETag"]}'})
    by_date = ask(daily.feed_url, {"If-Modified-Since": first.headers["Last-Modified"]})
    assert [by_tag.status, by_date.status] == [304, 304]
    assert by_tag.body == b""
    assert by_tag.headers["ETag"] == first.headers["ETag"]
    old = {"If-Modified-Since": "Mon, 05 Jan 2015 00:00:00 GMT"}
    assert [ask(daily.feed_url, old).status, ask(daily.feed_url, {"If-Modified-Since": "?"}).status] == [
        200,
        200,
    ]
    daily.publish()
    assert ask(daily.feed_url, {"If-None-Match": first.headers["ETag"]}).status == 200


def test_page_does_not_change_when_newer_articles_come(daily: LoopbackOutlet) -> None:
    piece = daily.publish(at=datetime.now(UTC) - timedelta(minutes=5))
    etag = ask(piece.url).headers["ETag"]
    daily.publish()
    assert ask(piece.url, {"If-None-Match": etag}).status == 304


def test_edit_changes_page_and_feed_but_not_the_address(newspaper: Newspaper) -> None:
    outlet = newspaper.outlet("daily", format="atom")
    piece = outlet.publish(title="Before", text="Old text.", at=datetime(2026, 6, 8, tzinfo=UTC))
    before = feedparser.parse(ask(outlet.feed_url).body).entries[0]
    edited = outlet.edit(piece, title="After", text="New text.")
    after = feedparser.parse(ask(outlet.feed_url).body).entries[0]
    assert edited.url == piece.url
    assert b"<p>New text.</p>" in ask(piece.url).body
    assert (after.id, after.published, after.title) == (before.id, before.published, "After")
    assert after.updated_parsed > before.updated_parsed


def test_removed_article_is_gone(daily: LoopbackOutlet) -> None:
    piece = daily.publish()
    daily.remove(piece.url)
    assert ask(piece.url).status == 410
    assert piece.url not in ask(daily.feed_url).links


def test_clock_decides_what_is_out() -> None:
    now = [1_000_000.0]
    with serve_in_thread(clock=lambda: now[0]) as paper:
        outlet = paper.outlet()
        later = outlet.publish(at=datetime.fromtimestamp(now[0] + 60, UTC))
        assert (ask(later.url).status, ask(outlet.feed_url).links) == (404, [])
        now[0] += 60
        assert (ask(later.url).status, ask(outlet.feed_url).links) == (200, [later.url])


def test_put_serves_these_very_bytes(daily: LoopbackOutlet) -> None:
    url = daily.put("/feed.xml", b"<rss/>\xff", content_type="text/xml")
    got = ask(url)
    assert (got.body, got.headers["Content-Type"]) == (b"<rss/>\xff", "text/xml")
    assert ask(url, {"If-None-Match": got.headers["ETag"]}).status == 304
    assert ask(daily.put("/a?id=1", "one")).body == b"one"
    daily.put("/b?to=%2Fx", "two")
    assert ask(daily.url("/b?to=/x&")).status == 404
    assert ask(daily.url("/b?to=/x")).body == b"two"
    assert ask(daily.put("/teapot", "no", status=418)).status == 418


def test_site_around_the_articles(daily: LoopbackOutlet) -> None:
    assert b'type="application/rss+xml"' in ask(daily.base).body
    assert b"User-agent: *" in ask(daily.url("/robots.txt")).body
    assert ask(daily.url("/sitemap.xml")).body.count(b"<loc>") == 3
    daily.robots = "User-agent: *\nDisallow: /"
    assert ask(daily.url("/robots.txt")).body == b"User-agent: *\nDisallow: /"


# Switching faults on


def test_feed_fails_until_healed(daily: LoopbackOutlet) -> None:
    daily.fail_feed(status=503, retry_after=5)
    got = ask(daily.feed_url)
    assert (got.status, got.headers["Retry-After"]) == (503, "5")
    assert ask(daily.url("/robots.txt")).status == 200
    daily.heal()
    assert ask(daily.feed_url).status == 200


def test_fault_wears_off_after_so_many_times(daily: LoopbackOutlet) -> None:
    daily.fail_feed(status=500, times=2)
    assert [ask(daily.feed_url).status for _ in range(4)] == [500, 500, 200, 200]


def test_faults_of_articles_robots_and_the_whole_site(daily: LoopbackOutlet) -> None:
    one, two = daily.publish_many(2)
    daily.fail_page(one, status=404)
    assert [ask(one.url).status, ask(two.url).status] == [404, 200]
    daily.fail_articles(status=403)
    assert [ask(one.url).status, ask(two.url).status, ask(daily.feed_url).status] == [404, 403, 200]
    daily.heal()
    daily.fail_robots(status=500)
    assert [ask(daily.url("/robots.txt")).status, ask(one.url).status] == [500, 200]
    daily.fail("*", "portal")
    assert b"Log in" in ask(one.url).body


def test_unknown_fault_is_refused(daily: LoopbackOutlet) -> None:
    with pytest.raises(KeyError, match="no such fault"):
        daily.fail_feed("slwo")
    with pytest.raises(KeyError, match="no such fault"):
        daily.fault_url("slwo")
    assert ask(daily.url("/fault/slwo")).status == 404


# The newspaper as a whole


def test_every_fault_is_explained() -> None:
    assert len(FAULTS) >= 45
    assert all(fault.__doc__ for fault in FAULTS.values())


def test_starts_and_stops_quickly_even_with_hanging_visitors() -> None:
    began = time.monotonic()
    with serve_in_thread() as paper:
        outlets = [paper.outlet(f"o{number}") for number in range(20)]
        assert [ask(outlet.feed_url).status for outlet in outlets] == [200] * 20
        assert time.monotonic() - began < 5
        on_the_wire(outlets[0].fault_url("never"), timeout=0.05)
        ending = time.monotonic()
    assert time.monotonic() - ending < 5


def test_lives_in_the_running_loop_too() -> None:
    async def scene() -> int:
        async with Newspaper() as paper:
            url = paper.outlet().publish().url
            return (await asyncio.to_thread(ask, url)).status

    assert asyncio.run(scene()) == 200


def test_runs_by_hand() -> None:
    command = [sys.executable, "-m", "tests.newspaper", "--outlets", "1", "--articles", "4", "--every", "0.1"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            url = process.stdout.readline().strip()
            with urlopen(url) as response:
                assert len(feedparser.parse(response.read()).entries) >= 4
        finally:
            process.terminate()


def test_real_pages_stand_under_their_original_paths(newspaper: Newspaper, test_data: Path) -> None:
    press = newspaper.serve_real_pages("aeb", 12, data=test_data)
    assert len(press.pages) == 12
    for page in press.pages:
        url = press.loopback(page.original)
        assert press.original(url) == page.original
        assert urlsplit(url)[2:4] == (urlsplit(page.original).path or "/", urlsplit(page.original).query)
        assert ask(url).body == page.body()
    listed = [link for feed in press.feeds for link in ask(feed).links]
    assert sorted(listed) == sorted(press.loopback(page.original) for page in press.pages)
