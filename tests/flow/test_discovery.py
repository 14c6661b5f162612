"""``kabar add`` at sites of many shapes: what is found, what is chosen, what it costs."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.cli.main import run
from crawler.discovery import Wish
from crawler.follow import Added, Following, run_add, spellings
from crawler.settings import Settings
from storage import open_store
from tests.crawling import crawl_one, settings_for
from tests.loopback import LoopbackOutlet
from tests.newspaper import Newspaper, dead_url, serve_in_thread


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


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_for(tmp_path)


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
    assert added.hints == (site.url("/olahraga/feed"),)


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


def test_a_name_without_a_scheme_is_tried_with_both() -> None:
    assert spellings("warta.example/ekonomi") == (
        "https://warta.example/ekonomi",
        "http://warta.example/ekonomi",
    )
    assert spellings("http://warta.example") == ("http://warta.example",)
    assert spellings("warta") == ("warta",)


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
