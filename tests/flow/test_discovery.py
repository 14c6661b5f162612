"""``kabar add`` at sites of many shapes: what is found, what is chosen, what it costs."""

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import pytest

from crawler.cli.main import run
from crawler.discovery import Wish
from crawler.follow import Added, Following, Hint, run_add
from crawler.probe import leased
from crawler.settings import Settings
from storage import open_store
from tests.crawling import AGENT, crawl, crawl_one
from tests.loopback import LoopbackOutlet
from tests.newspaper import Newspaper, serve_in_thread
from tests.ports import dead_url


@pytest.fixture
def paper() -> Iterator[Newspaper]:
    with serve_in_thread() as serving:
        yield serving


@pytest.fixture
def site(paper: Newspaper) -> LoopbackOutlet:
    """A site whose front page says nothing, and whose habits lead nowhere."""
    outlet = paper.outlet("daily", feed_length=20)
    outlet.feed_path = "/hidden/daily.xml"
    outlet.robots = "User-agent: *\nAllow: /"
    outlet.publish_many(6)
    outlet.put("/", "<!doctype html><title>Daily</title><p>Welcome.</p>")
    for path in ("/feed/", "/rss.xml", "/feed.xml", "/rss", "/sitemap-news.xml"):
        outlet.put(path, "not found", status=404)
    return outlet


def add(
    settings: Settings, *urls: str, kind: str | None = None, everything: bool = False, **how: object
) -> list[Added]:
    wish = Wish(kind=kind, everything=everything)  # type: ignore[arg-type]
    return run_add(settings, urls, following=Following(wish=wish, **how))  # type: ignore[arg-type]


def asked(paper: Newspaper) -> list[str]:
    return [path for _, _, path, _ in paper.requests]


def feed_of(outlet: LoopbackOutlet, names: str, *, title: str = "Daily") -> str:
    items = "".join(
        f"<item><title>{name}</title><link>{outlet.url(f'/{name}')}</link><guid>{name}</guid>"
        "<pubDate>Wed, 25 Nov 2026 08:00:00 GMT</pubDate></item>"
        for name in names
    )
    return f"<rss version='2.0'><channel><title>{title}</title>{items}</channel></rss>"


def _items(outlet: LoopbackOutlet) -> str:
    """The items of the outlet's own feed."""
    feed = outlet.answer(outlet.feed_path, outlet.clock()).body.decode()
    return "".join(re.findall("<item>.*?</item>", feed, re.DOTALL))


def announce(outlet: LoopbackOutlet, *paths: str) -> None:
    links = "".join(f'<link rel="alternate" type="application/rss+xml" href="{path}">' for path in paths)
    outlet.put("/", f"<!doctype html><title>Daily</title>{links}<p>Welcome.</p>")


def test_a_direct_feed_costs_two_requests(paper: Newspaper, site: LoopbackOutlet, settings: Settings) -> None:
    [added] = add(settings, site.feed_url)
    assert (added.error, added.entries, added.kind, added.already) == (None, 6, "feed", False)
    assert added.newest is not None
    assert asked(paper) == ["/robots.txt", site.feed_path]
    with open_store(settings.database_url) as store:
        assert store.entries.waiting([added.source_id or 0]) == 6


def test_one_announced_feed_costs_three(paper: Newspaper, site: LoopbackOutlet, settings: Settings) -> None:
    announce(site, site.feed_path)
    [added] = add(settings, site.url("/"))
    assert added.url == site.feed_url
    assert asked(paper) == ["/robots.txt", "/", site.feed_path]


def test_the_best_is_followed_and_the_others_are_named(
    paper: Newspaper, site: LoopbackOutlet, settings: Settings
) -> None:
    site.put("/comments/feed", feed_of(site, "xyz", title="Comments on Daily"))
    site.put("/olahraga/feed", feed_of(site, "pqrst", title="Daily Olahraga"))
    announce(site, "/comments/feed", site.feed_path, "/olahraga/feed")
    [added] = add(settings, site.url("/"))
    assert added.url == site.feed_url
    assert added.hints == (Hint(url=site.url("/olahraga/feed"), kind="feed", title="Daily Olahraga"),)
    assert "/comments/feed" not in asked(paper), "what can only be comments is not even asked for"


def test_the_section_asked_for_counts(site: LoopbackOutlet, settings: Settings) -> None:
    site.put("/olahraga/feed", feed_of(site, "pqrst", title="Daily Olahraga"))
    links = f'<link rel=alternate type=application/rss+xml href="{site.feed_path}">'
    site.put("/olahraga", links + '<link rel=alternate type=application/rss+xml href="/olahraga/feed">')
    [added] = add(settings, site.url("/olahraga"))
    assert added.url == site.url("/olahraga/feed")


def test_all_good_ones(site: LoopbackOutlet, settings: Settings) -> None:
    site.put("/comments/feed", feed_of(site, "xyz", title="Comments on Daily"))
    site.put("/olahraga/feed", feed_of(site, "pqrst", title="Daily Olahraga"))
    announce(site, "/comments/feed", site.feed_path, "/olahraga/feed")
    answers = add(settings, site.url("/"), everything=True)
    assert [answer.url for answer in answers] == [site.feed_url, site.url("/olahraga/feed")]
    assert all(answer.source_id for answer in answers)


def test_robots_alone(paper: Newspaper, site: LoopbackOutlet, settings: Settings) -> None:
    urls = "".join(f"<url><loc>{site.url(f'/a{n}')}</loc></url>" for n in range(3))
    site.put("/news.xml", f"<urlset>{urls}</urlset>", content_type="application/xml")
    site.robots = f"User-agent: *\nAllow: /\nSitemap: {site.url('/news.xml')}"
    [added] = add(settings, site.url("/"))
    assert (added.url, added.kind, added.entries) == (site.url("/news.xml"), "sitemap", 3)
    assert asked(paper) == ["/robots.txt", "/", "/news.xml"]


def test_habits_come_last_and_are_five_at_most(
    paper: Newspaper, site: LoopbackOutlet, settings: Settings
) -> None:
    [added] = add(settings, site.url("/"))
    assert added.error == "no feed, sitemap or list of articles was found behind it"
    assert len(asked(paper)) <= 2 + 5
    site.put("/rss.xml", feed_of(site, "abcdef"))
    [added] = add(settings, site.url("/"))
    assert added.url == site.url("/rss.xml")


def test_a_site_that_answers_anything_with_a_page(site: LoopbackOutlet, settings: Settings) -> None:
    for path in ("/feed/", "/rss.xml", "/feed.xml", "/rss", "/sitemap-news.xml"):
        site.put(path, "<!doctype html><p>Welcome.</p>")
    [added] = add(settings, site.url("/"))
    assert added.error is not None


def test_a_page_that_lists_articles_is_followed_itself(site: LoopbackOutlet, settings: Settings) -> None:
    rows = "".join(
        f'<h3><a href="/2026/11/25/kabar-ekonomi-{n}">Kabar ekonomi nomor {n} hari ini</a></h3>'
        for n in "1234"
    )
    site.put("/ekonomi", f"<!doctype html><title>Ekonomi</title><main>{rows}</main>")
    [added] = add(settings, site.url("/ekonomi"))
    assert (added.url, added.kind, added.entries) == (site.url("/ekonomi"), "section", 4)
    with open_store(settings.database_url) as store:
        assert store.sources.get(added.source_id or 0).kind == "section"


def test_only_the_kind_that_is_wanted(site: LoopbackOutlet, settings: Settings) -> None:
    urls = "".join(f"<url><loc>{site.url(f'/a{n}')}</loc></url>" for n in range(3))
    site.put("/news.xml", f"<urlset>{urls}</urlset>", content_type="application/xml")
    site.robots = f"Sitemap: {site.url('/news.xml')}"
    announce(site, site.feed_path)
    [added] = add(settings, site.url("/"), kind="sitemap")
    assert added.url == site.url("/news.xml")


class TestDuplicates:
    def test_the_same_url(self, site: LoopbackOutlet, settings: Settings) -> None:
        [first] = add(settings, site.feed_url)
        [second] = add(settings, site.feed_url)
        assert (second.already, second.source_id) == (True, first.source_id)

    def test_the_same_body(self, site: LoopbackOutlet, settings: Settings) -> None:
        for path in ("/one.xml", "/two.xml"):
            site.put(path, feed_of(site, "abc"))
        [first], [second] = add(settings, site.url("/one.xml")), add(settings, site.url("/two.xml"))
        assert (second.already, second.source_id) == (True, first.source_id)
        assert second.why == f"carries the same as {site.url('/one.xml')}"

    def test_the_same_entries(self, site: LoopbackOutlet, settings: Settings) -> None:
        site.put("/one.xml", feed_of(site, "abcdef"))
        site.put("/two.xml", feed_of(site, "abcdefg", title="Daily (full)"))
        site.put("/three.xml", feed_of(site, "abpqrst"))
        [first], [second] = add(settings, site.url("/one.xml")), add(settings, site.url("/two.xml"))
        assert (second.already, second.source_id) == (True, first.source_id)
        assert not add(settings, site.url("/three.xml"))[0].already

    def test_within_one_call(self, site: LoopbackOutlet, settings: Settings) -> None:
        site.put("/one.xml", feed_of(site, "abcdef"))
        site.put("/two.xml", feed_of(site, "abcdef", title="Daily (again)"))
        announce(site, "/one.xml", "/two.xml")
        assert len(add(settings, site.url("/"), everything=True)) == 1

    def test_behind_a_permanent_redirect(self, site: LoopbackOutlet, settings: Settings) -> None:
        site.fail("/old.xml", status=301, to=site.feed_path)
        [first] = add(settings, site.url("/old.xml"))
        assert first.url == site.feed_url
        assert add(settings, site.feed_url)[0].already


def test_nothing_is_followed_in_a_dry_run(site: LoopbackOutlet, settings: Settings) -> None:
    site.put("/olahraga/feed", feed_of(site, "pqrst", title="Daily Olahraga"))
    announce(site, site.feed_path, "/olahraga/feed")
    answers = add(settings, site.url("/"), dry_run=True)
    assert [answer.url for answer in answers] == [site.feed_url, site.url("/olahraga/feed")]
    with open_store(settings.database_url) as store:
        assert store.sources.list() == []


def test_one_bad_url_stops_nobody(site: LoopbackOutlet, settings: Settings) -> None:
    site.fail("/secret", status=403)
    answers = add(settings, dead_url(), site.url("/secret"), "not a url", site.feed_url)
    assert [answer.error is None for answer in answers] == [False, False, False, True]
    assert "403" in (answers[1].error or "")


def test_a_name_on_loopback(site: LoopbackOutlet, settings: Settings) -> None:
    [added] = add(settings, site.feed_url.removeprefix("http://"))
    assert added.url == site.feed_url


def test_the_command_line(
    site: LoopbackOutlet, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    site.put("/olahraga/feed", feed_of(site, "pqrst", title="Daily Olahraga"))
    announce(site, site.feed_path, "/olahraga/feed")
    base = ["--database", settings.database_url, "add", "--allow-private", site.url("/")]
    assert run([*base, "--dry-run", "--json"]) == 0
    assert [json.loads(line)["kind"] for line in capsys.readouterr().out.splitlines()] == ["feed", "feed"]
    assert run(base) == 0
    told = capsys.readouterr()
    assert "\tfollowed\trss20\t" in told.out
    assert f"kabar add {site.url('/olahraga/feed')}" in told.err


def test_a_sparse_section_is_not_the_site(site: LoopbackOutlet, settings: Settings) -> None:
    """A section's articles stand in the feed of the whole site too, with others in between."""
    site.put("/all.xml", feed_of(site, "aBbCcDdEeFfGgHh"))
    site.put("/section.xml", feed_of(site, "abcdefgh", title="Section"))
    announce(site, "/all.xml", "/section.xml")
    assert len(add(settings, site.url("/"), everything=True)) == 2
    site.put("/other.xml", feed_of(site, "BCDEFGH", title="Capitals"))
    assert not add(settings, site.url("/other.xml"))[0].already
    site.put("/short.xml", feed_of(site, "aBbCcDd", title="The newest"))
    assert add(settings, site.url("/short.xml"))[0].already


def test_the_same_entries_after_further_polls(site: LoopbackOutlet, settings: Settings) -> None:
    site.put("/one.xml", feed_of(site, "cdefghij"))
    [first] = add(settings, site.url("/one.xml"))
    site.put("/one.xml", feed_of(site, "abcdefgh"))
    crawl(settings, str(first.source_id), limit=1)
    site.put("/two.xml", feed_of(site, "abcdef", title="Daily (Atom)"))
    assert add(settings, site.url("/two.xml"))[0].source_id == first.source_id


def test_an_address_of_its_own(site: LoopbackOutlet, settings: Settings) -> None:
    """A feed that says where it stands is believed when its entries do not speak against it."""
    site.put("/one.xml", feed_of(site, "abc"))
    [first] = add(settings, site.url("/one.xml"))
    own = f'<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="self" href="{site.url("/one.xml")}"/>'
    site.put("/two.xml", feed_of(site, "abd").replace("<channel>", f"<channel>{own}"))
    site.put("/three.xml", feed_of(site, "pqr").replace("<channel>", f"<channel>{own}"))
    assert add(settings, site.url("/two.xml"))[0].source_id == first.source_id
    assert not add(settings, site.url("/three.xml"))[0].already


def test_two_addresses_of_one_feed_in_one_call(site: LoopbackOutlet, settings: Settings) -> None:
    site.put("/one.xml", feed_of(site, "abcdef"))
    elsewhere = site.url("/one.xml").replace("127.0.0.1", "localhost")
    answers = add(settings, site.url("/one.xml"), elsewhere)
    assert sorted(answer.already for answer in answers) == [False, True]
    assert answers[0].source_id == answers[1].source_id


def test_a_part_of_an_index_means_the_index(site: LoopbackOutlet, settings: Settings) -> None:
    piece = site.publish()
    site.put("/part.xml", f"<urlset><url><loc>{piece.url}</loc></url></urlset>", content_type="text/xml")
    site.put(
        "/index.xml",
        f"<sitemapindex><sitemap><loc>{site.url('/part.xml')}</loc></sitemap></sitemapindex>",
        content_type="text/xml",
    )
    [index] = add(settings, site.url("/index.xml"))
    assert (index.kind, index.format, index.entries) == ("sitemap", "sitemap_index", 1)
    crawl(settings)
    [part] = add(settings, site.url("/part.xml"))
    assert (part.already, part.source_id) == (True, index.source_id)


def test_one_that_is_paused_says_how_to_go_on(site: LoopbackOutlet, settings: Settings) -> None:
    [first] = add(settings, site.feed_url)
    with open_store(settings.database_url) as store:
        store.sources.update(first.source_id or 0, now=0.0, state="paused")
    [second] = add(settings, site.feed_url)
    assert second.why == f"paused: kabar sources resume {first.source_id}"


def test_a_redirect_to_another_host_is_kept_without_asking_again(
    paper: Newspaper, site: LoopbackOutlet, settings: Settings
) -> None:
    target = site.feed_url.replace("127.0.0.1", "localhost")
    site.put("/old.xml", "", status=301, headers={"Location": target})
    [added] = add(settings, site.url("/old.xml"))
    assert added.url == target
    assert asked(paper).count(site.feed_path) == 1
    with open_store(settings.database_url) as store:
        assert store.entries.waiting([added.source_id or 0]) == 6


def test_a_stale_feed_gives_way(site: LoopbackOutlet, settings: Settings) -> None:
    site.put("/old.xml", feed_of(site, "abcdef").replace("2026", "2019").replace("Wed", "Mon"))
    announce(site, "/old.xml")
    urls = "".join(
        f"<url><loc>{site.url(f'/a{n}')}</loc><lastmod>{datetime.now(UTC):%Y-%m-%d}</lastmod></url>"
        for n in range(3)
    )
    site.put("/sitemap.xml", f"<urlset>{urls}</urlset>", content_type="application/xml")
    site.robots = f"Sitemap: {site.url('/sitemap.xml')}"
    [added] = add(settings, site.url("/"))
    assert added.url == site.url("/sitemap.xml")
    assert [hint.url for hint in added.hints] == [site.url("/old.xml")]


def test_a_packed_sitemap(site: LoopbackOutlet, settings: Settings) -> None:
    urls = "".join(f"<url><loc>{site.url(f'/a{n}')}</loc></url>" for n in range(3))
    packed = gzip.compress(f"<urlset>{urls}</urlset>".encode())
    site.put("/sitemap.xml.gz", packed, content_type="application/gzip")
    site.robots = f"Sitemap: {site.url('/sitemap.xml.gz')}"
    [added] = add(settings, site.url("/"))
    assert (added.url, added.entries) == (site.url("/sitemap.xml.gz"), 3)


def test_a_page_that_lists_feeds(paper: Newspaper, site: LoopbackOutlet, settings: Settings) -> None:
    """Many sites have a page for people where one looks for a feed."""
    site.put("/", "<!doctype html><title>Daily</title><a href='/rss'>RSS</a>")
    site.put(
        "/rss", f"<!doctype html><ul><li><a href='/rss/x.xml'>X</a><li><a href='{site.url('/rss')}'>me</a>"
    )
    site.put("/rss/x.xml", feed_of(site, "abcdef"))
    [added] = add(settings, site.url("/"))
    assert added.url == site.url("/rss/x.xml")
    assert asked(paper) == ["/robots.txt", "/", "/rss", "/rss/x.xml"]


def test_an_article_leads_to_the_feeds_of_its_site(
    paper: Newspaper, site: LoopbackOutlet, settings: Settings
) -> None:
    announce(site, site.feed_path)
    site.put("/2026/11/25/kabar", "<!doctype html><title>Kabar</title><p>Kabar baik.</p>")
    [added] = add(settings, site.url("/2026/11/25/kabar"))
    assert added.url == site.feed_url
    assert asked(paper) == ["/robots.txt", "/2026/11/25/kabar", "/", site.feed_path]


def test_an_address_that_was_reached_by_a_redirect_is_not_asked_again(
    paper: Newspaper, site: LoopbackOutlet, settings: Settings
) -> None:
    announce(site, "/old.xml", site.feed_path)
    site.fail("/old.xml", status=301, to=site.feed_path)
    [added] = add(settings, site.url("/"))
    assert added.url == site.feed_url
    assert asked(paper) == ["/robots.txt", "/", "/old.xml", site.feed_path]


def test_what_made_the_site_tells_where_its_feed_is(
    paper: Newspaper, site: LoopbackOutlet, settings: Settings
) -> None:
    site.put("/", "<!doctype html><title>Daily</title><meta name=generator content='Hugo 0.150'>")
    site.put("/index.xml", feed_of(site, "abcdef"))
    [added] = add(settings, site.url("/"))
    assert added.url == site.url("/index.xml")
    assert asked(paper) == ["/robots.txt", "/", "/index.xml"]


def test_a_section_without_a_feed_of_its_own_can_be_had(
    paper: Newspaper, site: LoopbackOutlet, settings: Settings
) -> None:
    rows = "".join(
        f'<h3><a href="/2026/11/25/kabar-{n}">Kabar ekonomi nomor {n} hari ini</a></h3>' for n in "1234"
    )
    link = f'<link rel="alternate" type="application/rss+xml" href="{site.feed_path}">'
    site.put("/ekonomi", f"<!doctype html><title>Ekonomi</title>{link}<main>{rows}</main>")
    [added] = add(settings, site.url("/ekonomi"))
    assert added.url == site.feed_url
    assert [(hint.url, hint.kind) for hint in added.hints] == [(site.url("/ekonomi"), "section")]
    before = len(asked(paper))
    [section] = add(settings, site.url("/ekonomi"), kind="section")
    assert (section.kind, section.already) == ("section", False)
    assert asked(paper)[before:] == ["/ekonomi"]


def test_a_feed_is_no_sitemap(site: LoopbackOutlet, settings: Settings) -> None:
    [nothing] = add(settings, site.url("/"), kind="section")
    assert nothing.error == "no list of articles was found behind it"
    [added] = add(settings, site.feed_url, kind="sitemap")
    assert added.error == "is a feed, and a sitemap is wanted; give the address of the site instead"


class TestRefusals:
    def test_a_site_that_does_not_let_us_in(
        self, paper: Newspaper, site: LoopbackOutlet, settings: Settings
    ) -> None:
        site.fail("/", status=403)
        [added] = add(settings, site.url("/"))
        assert added.error is not None
        assert added.error.startswith("the server answered 403: access refused")
        assert f"user agent '{AGENT}'" in added.error
        assert "fetch.user_agent" in added.error
        assert asked(paper) == ["/robots.txt", "/"], "nobody is welcome to guess there"

    def test_its_robots_may_still_invite_us(self, site: LoopbackOutlet, settings: Settings) -> None:
        site.fail("/", status=403)
        urls = "".join(f"<url><loc>{site.url(f'/a{n}')}</loc></url>" for n in range(3))
        site.put("/news.xml", f"<urlset>{urls}</urlset>", content_type="application/xml")
        site.robots = f"Sitemap: {site.url('/news.xml')}"
        [added] = add(settings, site.url("/"))
        assert (added.error, added.url) == (None, site.url("/news.xml"))

    def test_feeds_that_cannot_be_had_are_named(self, site: LoopbackOutlet, settings: Settings) -> None:
        announce(site, "/secret.xml", "/gone.xml", "/page.xml")
        site.put("/page.xml", "<!doctype html><p>Log in, please.")
        site.fail("/secret.xml", status=403)
        site.put("/gone.xml", "", status=410)
        [added] = add(settings, site.url("/"))
        assert f"{site.url('/secret.xml')} (the server answered 403: access refused)" in (added.error or "")
        assert f"{site.url('/gone.xml')} (the server answered 410" in (added.error or "")
        assert f"{site.url('/page.xml')} (is a web page)" in (added.error or "")

    def test_a_host_in_trouble_is_not_asked_on(
        self, paper: Newspaper, site: LoopbackOutlet, settings: Settings
    ) -> None:
        announce(site, "/one.xml", "/two.xml")
        site.fail("/one.xml", status=503)
        [added] = add(settings, site.url("/"))
        assert "503" in (added.error or "")
        assert asked(paper) == ["/robots.txt", "/", "/one.xml"]

    def test_robots_forbids(self, paper: Newspaper, site: LoopbackOutlet, settings: Settings) -> None:
        site.robots = "User-agent: *\nDisallow: /rss"
        announce(site, "/rss/x.xml")
        [added] = add(settings, site.url("/"))
        assert "robots.txt" in (added.error or "")
        assert "/rss/x.xml" not in asked(paper)

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            (b"%PDF-1.7 ...", "is a PDF"),
            (b"\x89PNG\r\n\x1a\n\x00\x00", "is an image"),
            (b"<opml version='2.0'><body/></opml>", "kabar sources import"),
        ],
    )
    def test_what_holds_no_source(
        self, site: LoopbackOutlet, settings: Settings, body: bytes, words: str
    ) -> None:
        [added] = add(settings, site.put("/thing", body, content_type="application/octet-stream"))
        assert words in (added.error or "")


def test_many_urls_of_one_host_wait_for_each_other(
    site: LoopbackOutlet, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.follow.leased", partial(leased, patience=0.5))
    for number in range(6):
        site.put(f"/{number}.xml", feed_of(site, "abcdefgh"[number:]))
    polite = replace(settings, fetch=replace(settings.fetch, host_delay=0.2))
    answers = add(polite, *(site.url(f"/{number}.xml") for number in range(6)))
    assert [answer.error for answer in answers] == [None] * 6


def test_progress_is_told(site: LoopbackOutlet, settings: Settings) -> None:
    steps: list[tuple[int, int]] = []
    run_add(
        settings,
        [site.feed_url, dead_url()],
        following=Following(),
        step=lambda done, total, _: steps.append((done, total)),
    )
    assert steps == [(1, 2), (2, 2)]


class TestCrawl:
    def test_a_front_page(self, site: LoopbackOutlet, settings: Settings) -> None:
        announce(site, site.feed_path)
        row = crawl_one(settings, site.url("/"))
        assert (row.outcome, row.stored, row.error) == ("new", 6, None)

    def test_a_sitemap(self, site: LoopbackOutlet, settings: Settings) -> None:
        pieces = site.publish_many(2)
        urls = "".join(
            f"<url><loc>{piece.url}</loc><news><title>{piece.title}</title>"
            "<publication_date>2026-11-25</publication_date></news></url>"
            for piece in pieces
        )
        site.put("/news.xml", f"<urlset>{urls}</urlset>", content_type="application/xml")
        row = crawl_one(settings, site.url("/news.xml"))
        assert (row.seen, row.stored) == (2, 2)

    def test_a_front_page_without_anything(self, site: LoopbackOutlet, settings: Settings) -> None:
        row = crawl_one(settings, site.url("/"))
        assert row.failed
        assert "no feed, sitemap or list of articles" in (row.error or "")

    def test_it_says_what_it_found(
        self, site: LoopbackOutlet, settings: Settings, capsys: pytest.CaptureFixture[str]
    ) -> None:
        announce(site, site.feed_path)
        base = ["--database", settings.database_url, "crawl", "--allow-private"]
        assert run([*base, site.url("/")]) == 0
        assert (
            f"{site.url('/')}: crawled what was found behind it, {site.feed_url}" in capsys.readouterr().err
        )

    def test_a_name_without_a_scheme(self, site: LoopbackOutlet, settings: Settings) -> None:
        announce(site, site.feed_path)
        row = crawl_one(settings, site.url("/").removeprefix("http://"))
        assert (row.outcome, row.found, row.error) == ("new", site.feed_url, None)

    def test_a_source_that_is_followed_under_another_address(
        self, site: LoopbackOutlet, settings: Settings
    ) -> None:
        [followed] = add(settings, site.feed_url)
        site.put("/again.xml", feed_of(site, "").replace("</channel>", _items(site) + "</channel>"))
        announce(site, "/again.xml")
        row = crawl_one(settings, site.url("/"))
        assert (row.source_id, row.found, row.stored) == (followed.source_id, site.feed_url, 6)

    def test_a_section_is_no_article(self, site: LoopbackOutlet, settings: Settings) -> None:
        pieces = site.publish_many(6)
        rows = "".join(f'<h3><a href="{piece.url}">{piece.title}</a></h3>{piece.text}' for piece in pieces)
        page = f"<!doctype html><title>Ekonomi</title><main>{rows}</main>"
        site.put("/ekonomi", page)
        row = crawl_one(settings, site.url("/ekonomi"))
        assert (row.outcome, row.found, row.stored) == ("new", site.url("/ekonomi"), 6)
        link = f'<link rel="alternate" type="application/rss+xml" href="{site.feed_path}">'
        site.put("/politik", page.replace("<main>", f"{link}<main>"))
        assert crawl_one(settings, site.url("/politik")).found == site.feed_url
