"""One-off crawls of the loopback newspaper: what is asked, what is kept, what is said."""

import socket
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from crawler.follow import Following, run_add
from crawler.normalize.url import host_lane, url_key
from storage import open_store
from storage.hits import Filters
from tests.crawling import crawl, crawl_one, paths, settings_for
from tests.newspaper import Newspaper
from tests.ports import dead_url


def articles(store):
    return list(store.articles.iterate(Filters(sort="oldest", limit=0)))


def accounted(store):
    entries = store.entries.accounting()
    return entries["offered"] == sum(count for name, count in entries.items() if name != "offered")


def asked(newspaper: Newspaper) -> list[str]:
    """Return the paths asked for since the last call."""
    found = paths(newspaper.requests)
    newspaper.visits.clear()
    return found


def test_requests_per_poll(newspaper, settings, store):
    """A poll with nothing new costs one request and ends in a 304; one with a new entry, two."""
    daily = newspaper.outlet("daily")
    daily.publish_many(10)
    first = crawl_one(settings, daily.feed_url)
    assert (first.outcome, first.status, first.seen, first.new, first.stored) == ("new", 200, 10, 10, 10)
    assert len(asked(newspaper)) == 12  # robots.txt, the feed, ten pages

    second = crawl_one(settings, daily.feed_url)
    assert (second.outcome, second.status, second.new) == ("not_modified", 304, 0)
    assert asked(newspaper) == ["/feed.xml"]

    daily.publish()
    third = crawl_one(settings, daily.feed_url)
    assert (third.outcome, third.new, third.stored) == ("new", 1, 1)
    assert len(asked(newspaper)) == 2
    assert len(articles(store)) == 11
    assert accounted(store)


def test_an_article_arrives_whole(newspaper, settings, store):
    outlet = newspaper.outlet("harian", language="id")
    piece = outlet.publish(
        title="Banjir surut di Kota Melati",
        text="KOTA MELATI, Kabar Nusa - Air mulai surut pada Senin pagi setelah banjir di pasar.\n\n"
        "Warga membersihkan lumpur dari rumah mereka bersama para sukarelawan dari desa tetangga.\n\n"
        "Pemerintah kota menyiapkan dapur umum dan air bersih sampai akhir pekan ini. (rin/dsa)",
        at=datetime(2026, 3, 2, 1, 15, tzinfo=UTC),
        authors=("Rina Dewi",),
    )
    crawl_one(settings, outlet.feed_url)
    (article,) = articles(store)
    content = article.content
    assert content.title == "Banjir surut di Kota Melati"
    assert content.text.split("\n\n")[1].startswith("Warga membersihkan")
    assert content.language == "id"
    assert content.authors == ("Rina Dewi",)
    assert content.dateline == "KOTA MELATI, Kabar Nusa"
    assert content.byline == "(rin/dsa)"
    assert content.published_at == datetime(2026, 3, 2, 1, 15, tzinfo=UTC)
    assert content.url == piece.url
    assert content.text_source == "page"
    assert {"title", "text", "published_at"} <= set(content.provenance)
    assert article.sources == (outlet.feed_url,)


def test_a_feed_is_followed_only_on_request(newspaper, settings, store):
    outlet = newspaper.outlet()
    outlet.publish()
    row = crawl_one(settings, outlet.feed_url)
    assert store.sources.list() == []
    assert store.sources.get(outlet.feed_url).state == "once"
    again = crawl_one(settings, outlet.feed_url, add=True)
    assert again.source_id == row.source_id
    assert [source.state for source in store.sources.list()] == ["active"]
    assert crawl(settings).rows[0].status == 304  # without targets: all that are followed


def test_an_article_url_is_read_alone_and_again(newspaper, settings, store):
    outlet = newspaper.outlet()
    piece = outlet.publish()
    assert crawl_one(settings, piece.url).outcome == "stored"
    assert crawl_one(settings, piece.url).outcome == "unchanged"
    outlet.edit(piece, text="The whole text is another one now. " * 12)
    assert crawl_one(settings, piece.url).outcome == "revised"
    (article,) = articles(store)
    assert article.revision == 2
    assert [revision.number for revision in store.articles.revisions(article.id)] == [1, 2]
    assert accounted(store)


def test_an_edited_article_becomes_a_revision(newspaper, tmp_path):
    """The feed announces the edit; the page is fetched again once the entry has rested a while."""
    settings = settings_for(tmp_path)
    outlet = newspaper.outlet(format="atom")
    piece = outlet.publish(title="Council meets")
    crawl_one(settings, outlet.feed_url)
    outlet.edit(piece, title="Council meets again", text="An entirely new text about the council. " * 10)
    row = crawl_one(settings, outlet.feed_url)
    assert (row.new, row.revised, row.deferred) == (1, 0, 1)  # it rests for five minutes after it was read
    with open_store(settings.database_url) as store:
        (entry,) = store.entries.history(url_keys=[url_key(piece.url)])
        store.entries.defer(entry.id, reason="test", attempts=0, next_due_at=0.0, now=0.0)
    assert crawl_one(settings, outlet.feed_url).revised == 1


def test_a_wire_story_in_two_papers_is_two_articles_and_one_story(newspaper, settings, store):
    text = "The harbour of Port Melia opened its new pier on Monday, the operator said. " * 5
    one, two = newspaper.outlet("one"), newspaper.outlet("two")
    one.publish(title="Pier opens", text=text)
    two.publish(title="Port Melia gets its pier", text=text)
    assert crawl_one(settings, one.feed_url).stored == 1
    row = crawl_one(settings, two.feed_url)
    assert (row.stored, row.duplicates) == (0, 1)
    first, copy = articles(store)
    assert copy.duplicate_of == first.id
    assert copy.story_id == first.story_id


def test_the_same_article_in_two_feeds_is_fetched_once(newspaper, settings, store):
    outlet = newspaper.outlet()
    piece = outlet.publish()
    feed = (
        '<rss version="2.0"><channel><title>Top</title><item><title>x</title>'
        f"<link>{piece.url}?utm_source=top</link></item></channel></rss>"
    )
    top = outlet.put("/top.xml", feed, content_type="application/rss+xml")
    crawl_one(settings, outlet.feed_url)
    row = crawl_one(settings, top)
    assert (row.new, row.duplicates, row.stored) == (1, 1, 0)
    assert len(newspaper.visits_to(piece.path)) == 1
    (article,) = articles(store)
    assert set(article.sources) == {outlet.feed_url, top}


@pytest.mark.parametrize(
    ("fault", "reason"),
    [({"status": 404}, "http_404"), ({"status": 403}, "http_403"), ({"fault": "pdf"}, "pdf")],
)
def test_a_page_that_cannot_be_had_is_kept_from_the_feed(newspaper, settings, store, fault, reason):
    outlet = newspaper.outlet(full_text=True)
    good, bad = outlet.publish(), outlet.publish()
    outlet.fail_page(bad, **fault)
    row = crawl_one(settings, outlet.feed_url)
    assert row.stored == 2
    by_title = {article.content.title: article.content for article in articles(store)}
    assert by_title[bad.title].text_source == "feed"
    assert by_title[good.title].text_source == "page"
    (entry,) = store.entries.history(url_keys=[url_key(bad.url)])
    assert (entry.outcome, entry.reason) == ("stored", reason)
    assert accounted(store)


def test_a_page_that_fails_for_now_waits_in_the_frontier(newspaper, settings, store):
    outlet = newspaper.outlet()
    bad, good = outlet.publish(), outlet.publish()
    outlet.fail_page(bad, status=500)
    row = crawl_one(settings, outlet.feed_url)
    assert (row.stored, row.deferred) == (1, 1)
    (entry,) = store.entries.history(url_keys=[url_key(bad.url)])
    assert (entry.outcome, entry.attempts, entry.reason) == (None, 1, "http_500")
    assert accounted(store)
    del good


def test_the_hosts_of_a_killed_crawl_are_asked_at_once(newspaper, settings, store):
    daily = newspaper.outlet("daily")
    crawl_one(settings, daily.feed_url)
    daily.publish()
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    host, now = host_lane(daily.feed_url), time.time()
    owner = f"{socket.gethostname()}:{gone.pid}:0#0"
    [lease] = store.hosts.lease(owner, now=now, limit=1, ttl=600.0, only=(host,))
    assert lease.host == host
    row = crawl_one(settings, daily.feed_url)
    assert (row.outcome, row.stored) == ("new", 1)


@pytest.mark.parametrize("status", [429, 503])
def test_an_overloaded_host_is_left_alone(newspaper, settings, store, status):
    outlet = newspaper.outlet()
    outlet.publish_many(3)
    outlet.fail_articles(status=status, retry_after=300)
    row = crawl_one(settings, outlet.feed_url)
    assert (row.stored, row.deferred) == (0, 3)
    asked_pages = [path for path in paths(newspaper.requests) if path not in ("/feed.xml", "/robots.txt")]
    assert len(asked_pages) == 1
    lane = outlet.base.removeprefix("http://")
    assert store.hosts.politeness([lane])[lane] - datetime.now(UTC).timestamp() > 250


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"status": 500}, "http_500"),
        ({"status": 410}, "http_410"),
        ({"fault": "portal"}, "web page"),
        ({"fault": "empty"}, "empty"),
        ({"fault": "loop"}, "too_many_redirects"),
        ({"fault": "drop"}, ""),
    ],
)
def test_a_feed_that_fails_says_why(newspaper, settings, fault, error):
    outlet = newspaper.outlet()
    outlet.publish()
    outlet.fail_feed(**fault)
    row = crawl_one(settings, outlet.feed_url)
    if fault == {"fault": "portal"}:  # an unknown URL that is a page is read as one
        return
    assert row.failed
    assert error in (row.error or "")
    assert "\n" not in (row.error or "")


def test_a_followed_feed_that_fails_is_tried_later_and_comes_back(newspaper, settings, store):
    outlet = newspaper.outlet()
    outlet.publish()
    crawl_one(settings, outlet.feed_url, add=True)
    outlet.fail_feed("portal")
    row = crawl_one(settings, outlet.feed_url)
    assert row.failed
    assert "web page" in row.error
    source = store.sources.get(outlet.feed_url)
    assert source.failures == 1
    assert source.etag  # what was known is not lost
    outlet.heal()
    outlet.publish()
    assert crawl_one(settings, outlet.feed_url).stored == 1
    assert store.sources.get(outlet.feed_url).failures == 0


def test_a_gone_feed_is_no_longer_followed(newspaper, settings, store):
    outlet = newspaper.outlet()
    crawl_one(settings, outlet.feed_url, add=True)
    outlet.fail_feed(status=410)
    assert crawl_one(settings, outlet.feed_url).failed
    once = store.sources.get(outlet.feed_url)
    assert once.state == "active"
    assert once.next_due_at - once.last_polled_at >= 3600
    assert "once more" in once.due_reason
    outlet.heal()  # it was a mistake: the next one counts as the first again
    outlet.publish()
    assert crawl_one(settings, outlet.feed_url).outcome == "new"
    outlet.fail_feed(status=410)
    crawl_one(settings, outlet.feed_url)
    assert store.sources.get(outlet.feed_url).state == "active"
    assert crawl_one(settings, outlet.feed_url).failed
    gone = store.sources.get(outlet.feed_url)
    assert (gone.state, "410" in gone.due_reason) == ("gone", True)


def test_a_moved_feed_takes_its_new_address_after_three_sightings(newspaper, settings, store):
    outlet = newspaper.outlet()
    outlet.publish()
    crawl_one(settings, outlet.feed_url, add=True)
    moved = outlet.put("/new.xml", _small_feed(outlet.base), content_type="application/rss+xml")
    outlet.fail_feed(status=301, to="/new.xml")
    for _ in range(3):
        crawl_one(settings, "1")
    assert store.sources.get(1).url == moved


def _small_feed(base: str) -> str:
    return (
        '<rss version="2.0"><channel><title>T</title>'
        f"<item><link>{base}/x</link><title>x</title></item></channel></rss>"
    )


def test_a_cut_feed_keeps_no_validators(newspaper, settings, store):
    outlet = newspaper.outlet()
    outlet.publish_many(3)
    cut = _small_feed(outlet.base).removesuffix("</channel></rss>")
    url = outlet.put("/cut.xml", cut, content_type="application/rss+xml")
    crawl_one(settings, url)
    source = store.sources.get(url)
    assert (source.etag, source.last_modified, source.body_hash) == (None, None, None)


def test_limit_leaves_the_rest_for_the_next_poll(newspaper, settings, store):
    outlet = newspaper.outlet()
    outlet.publish_many(5)
    assert crawl_one(settings, outlet.feed_url, limit=2).stored == 2
    assert crawl_one(settings, outlet.feed_url).stored == 3


def test_since_leaves_older_entries_alone(newspaper, settings):
    outlet = newspaper.outlet()
    outlet.publish(at=datetime(2026, 1, 1, tzinfo=UTC))
    outlet.publish(at=datetime(2026, 6, 1, tzinfo=UTC))
    assert crawl_one(settings, outlet.feed_url, since=datetime(2026, 3, 1, tzinfo=UTC)).stored == 1


def test_bad_targets_are_named_one_by_one(newspaper, settings):
    outlet = newspaper.outlet()
    outlet.publish()
    dead = dead_url()
    report = crawl(settings, outlet.feed_url, dead, "nowhere", "ftp://a.example/", outlet.base + "/")
    good, refused, unknown, scheme, home = report.rows
    assert good.stored == 1
    assert refused.failed
    assert "connection_refused" in refused.error
    assert unknown.failed
    assert "nowhere" in unknown.error
    assert scheme.failed
    assert home.stored + home.duplicates == 1, "the site's feed was found behind its front page"


def test_private_addresses_are_refused_by_default(newspaper, tmp_path):
    outlet = newspaper.outlet()
    row = crawl_one(settings_for(tmp_path, allow_private=False), outlet.feed_url)
    assert row.failed
    assert "private_address" in row.error
    assert "allow_private" in row.error
    assert newspaper.requests == []


def test_robots_txt_is_obeyed(newspaper, settings, store):
    outlet = newspaper.outlet(full_text=True)
    outlet.robots = "User-agent: *\nDisallow: /2"
    piece = outlet.publish()
    crawl_one(settings, outlet.feed_url)
    assert newspaper.visits_to(piece.path) == []
    (entry,) = store.entries.history(url_keys=[url_key(piece.url)])
    assert (entry.outcome, entry.reason) == ("stored", "robots")


PAGE = """<html lang="en"><head><title>{title}</title><link rel="canonical" href="{canonical}"></head>
<body><article><h1>{title}</h1><p>{text}</p></article></body></html>"""


def _page(outlet, path, *, title, text, canonical):
    text = " ".join([text] * 8)
    return outlet.put(path, PAGE.format(title=title, text=text, canonical=canonical))


def test_two_addresses_that_claim_one_canonical_url_are_one_article(newspaper, settings, store):
    outlet = newspaper.outlet()
    canonical = outlet.url("/news/17/pier")
    first = _page(
        outlet, "/a/pier", title="Pier opens", text="The pier opened on Monday.", canonical=canonical
    )
    second = _page(
        outlet, "/b/pier", title="Pier opens", text="The new pier opened Monday.", canonical=canonical
    )
    assert crawl_one(settings, first).outcome == "stored"
    assert crawl_one(settings, second).outcome == "duplicate"
    assert (
        _page(outlet, "/news/17/pier", title="Pier opens", text="It opened.", canonical=canonical)
        == canonical
    )
    assert crawl_one(settings, canonical).outcome == "duplicate"
    (article,) = articles(store)
    assert set(article.urls) == {first, second, canonical}


def test_a_canonical_url_that_all_pages_share_merges_nothing(newspaper, settings, store):
    outlet = newspaper.outlet()
    shared = outlet.url("/news/index-page")
    for number, title in enumerate(("Pier opens", "Mill burns", "Council votes")):
        text = f"{title}, says report number {number}."
        assert (
            crawl_one(
                settings, _page(outlet, f"/{number}/x", title=title, text=text, canonical=shared)
            ).outcome
            == "stored"
        )
    assert len(articles(store)) == 3


def test_a_limit_holds_for_entries_that_wait_already(newspaper, settings, store):
    outlet = newspaper.outlet()
    outlet.publish_many(6)
    run_add(settings, [outlet.feed_url], following=Following())
    row = crawl_one(settings, outlet.feed_url, limit=2)
    assert (row.stored, row.deferred) == (2, 4)
    assert crawl_one(settings, outlet.feed_url).stored == 4


@pytest.mark.parametrize("status", [302, 303, 307])
def test_a_passing_redirect_never_moves_a_source(newspaper, settings, store, status):
    outlet = newspaper.outlet()
    crawl_one(settings, outlet.feed_url, add=True)
    outlet.put("/new.xml", _small_feed(outlet.base), content_type="application/rss+xml")
    outlet.fail_feed(status=status, to="/new.xml")
    for _ in range(4):
        crawl_one(settings, "1")
    source = store.sources.get(1)
    assert (source.url, source.moved_seen, source.failures) == (outlet.feed_url, 0, 0)


def test_a_308_moves_a_source_as_a_301_does(newspaper, settings, store):
    outlet = newspaper.outlet()
    crawl_one(settings, outlet.feed_url, add=True)
    moved = outlet.put("/new.xml", _small_feed(outlet.base), content_type="application/rss+xml")
    outlet.fail_feed(status=308, to="/new.xml")
    for _ in range(3):
        crawl_one(settings, "1")
    assert store.sources.get(1).url == moved
