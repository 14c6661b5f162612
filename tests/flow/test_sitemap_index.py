"""Sitemap indexes on the loopback newspaper: their parts, what is taken, and what it costs."""

import json
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from crawler.check import run_check
from crawler.cli.main import run
from crawler.normalize.url import host_lane, url_key
from crawler.survey import survey
from storage import open_store
from storage.hits import Filters
from storage.model import NewSource
from tests.crawling import crawl_one, paths, settings_for

XML = "application/xml"


class Site:
    """An outlet with sitemaps that a test writes: parts by name, each with its pieces and their stamps."""

    def __init__(self, outlet):
        self.outlet = outlet
        self.parts = {}
        self.told = {}
        outlet.put_answer("/index.xml", lambda: _answer(self.index()))

    def part(self, name, *pieces, told=True, dated=True):
        """Put articles, given or new, into a part; if ``told``, the index says when it changed."""
        rows = self.parts.setdefault(name, {})
        for piece in pieces or [self.outlet.publish()]:
            rows[piece.url] = _now() if dated else None
        if told:
            self.told[name] = _now()
        self.outlet.put_answer(f"/{name}.xml", lambda: _answer(self.urls(name)))
        return list(rows)

    def undated(self, name):
        """Publish an article whose address names no day."""
        made = self.outlet.publish()
        text = "".join(f"<p>{paragraph}</p>" for paragraph in made.text.split("\n\n"))
        page = (
            f"<html><head><title>{made.title}</title></head><body><h1>{made.title}</h1>{text}</body></html>"
        )
        return replace(made, url=self.outlet.put(f"/{name}-story.html", page))

    def index(self):
        rows = [_row("sitemap", self.outlet.url(f"/{name}.xml"), self.told.get(name)) for name in self.parts]
        return f"<sitemapindex>{''.join(rows)}</sitemapindex>"

    def urls(self, name):
        return f"<urlset>{''.join(_row('url', url, at) for url, at in self.parts[name].items())}</urlset>"


def _now():
    return datetime.now(UTC).isoformat()


def _ago(**span):
    return (datetime.now(UTC) - timedelta(**span)).isoformat()


def _row(tag, url, at):
    return f"<{tag}><loc>{url}</loc>{f'<lastmod>{at}</lastmod>' if at else ''}</{tag}>"


def _answer(text):
    from crawler.demo.outlet import Answer, with_validators

    named = text.replace("<sitemapindex>", f'<sitemapindex xmlns="{NAMESPACE}">')
    named = named.replace("<urlset>", f'<urlset xmlns="{NAMESPACE}">')
    return with_validators(Answer(200, named.encode(), {"Content-Type": XML}), time.time())


NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


@pytest.fixture
def site(newspaper):
    return Site(newspaper.outlet())


def follow(store, site, path="/index.xml", **fields):
    url = site.outlet.url(path)
    new = NewSource(url=url, host=host_lane(url), kind="sitemap", next_due_at=0.0, **fields)
    return store.sources.add(new, now=time.time())


def asked(newspaper):
    """Return the sitemaps asked for since the last call, and how many pages."""
    found = [path for path in paths(newspaper.requests) if path != "/robots.txt"]
    newspaper.visits.clear()
    maps = Counter(path for path in found if path.endswith(".xml"))
    return dict(maps), len(found) - sum(maps.values())


def accounted(store):
    entries = store.entries.accounting()
    return entries["offered"] == sum(count for name, count in entries.items() if name != "offered")


def test_an_index_of_fifty_parts_costs_one_request_when_nothing_is_new(newspaper, settings, store, site):
    for number in range(50):
        site.part(f"part{number}")
    root = follow(store, site)
    row = crawl_one(settings, str(root.id))
    assert (row.outcome, row.documents, row.new, row.stored) == ("new", 50, 50, 50)
    assert asked(newspaper)[1] == 50

    row = crawl_one(settings, str(root.id))
    assert (row.outcome, row.documents, row.new) == ("not_modified", 0, 0)
    assert asked(newspaper) == ({"/index.xml": 1}, 0)

    site.part("part7")
    row = crawl_one(settings, str(root.id))
    assert (row.documents, row.new, row.stored) == (1, 1, 1)
    assert asked(newspaper) == ({"/index.xml": 1, "/part7.xml": 1}, 1)
    assert store.articles.count(Filters()) == 51
    assert {article.sources for article in store.articles.iterate(Filters(limit=0))} == {(root.url,)}
    assert accounted(store)


def test_parts_that_are_old_or_left_are_not_read(newspaper, settings, store, site):
    site.part("fresh")
    site.part("stale")
    site.told["stale"] = _ago(days=30)
    root = follow(store, site)
    crawl_one(settings, str(root.id))
    assert asked(newspaper) == ({"/index.xml": 1, "/fresh.xml": 1}, 1)
    assert "1 too old" in store.sources.get(root.id).due_reason
    site.part("plain", told=False)
    crawl_one(settings, str(root.id))
    by_name = {urlsplit(child.url).path: child for child in store.sources.children([root.id])}
    assert {path: child.state for path, child in by_name.items()} == {
        "/fresh.xml": "done",
        "/plain.xml": "active",
    }
    assert by_name["/fresh.xml"].due_reason == "the index says when it changes"
    del site.parts["plain"]
    crawl_one(settings, str(root.id))
    assert {child.state for child in store.sources.children([root.id])} == {"done"}


def test_adding_a_site_does_not_fetch_its_archive(newspaper, settings, store, site):
    """Lines without dates are known from then on; those that come later are fetched."""
    old = [site.undated(f"old-{number}") for number in range(5)]
    site.part("plain", *old, told=False, dated=False)
    site.parts["plain"][site.undated("older").url] = _ago(days=400)
    root = follow(store, site)
    row = crawl_one(settings, str(root.id))
    assert (row.new, row.stored) == (0, 0)
    assert asked(newspaper)[1] == 0
    assert store.status(now=time.time()).rejected == {"before_following": 5}

    site.part("plain", site.undated("fresh"), told=False, dated=False)
    [child] = store.sources.children([root.id])
    store.sources.update(child.id, now=time.time(), next_due_at=0.0)
    row = crawl_one(settings, str(root.id))
    assert (row.new, row.stored) == (1, 1)
    assert accounted(store)


@pytest.mark.parametrize("kind", ["feed", "sitemap"])
def test_a_sitemap_is_no_feed_whatever_it_is_called(newspaper, settings, store, site, kind):
    """A list of addresses may call all its sources feeds."""
    old = [site.undated(f"old-{number}") for number in range(3)]
    site.part("plain", *old, dated=False)
    url = site.outlet.url("/plain.xml")
    new = NewSource(url=url, host=host_lane(url), kind=kind, next_due_at=0.0)
    source = store.sources.add(new, now=time.time())
    assert crawl_one(settings, str(source.id)).stored == 0
    assert store.status(now=time.time()).rejected == {"before_following": 3}
    site.part("plain", site.undated("fresh"), dated=False)
    assert crawl_one(settings, str(source.id)).stored == 1


def test_an_index_without_anything_new_is_well(settings, store, site):
    """It has no entries of its own, and what its parts bring is news of its."""
    site.part("part")
    root = follow(store, site)
    crawl_one(settings, str(root.id))
    first = store.sources.get(root.id).last_new_at
    site.outlet.put_answer("/index.xml", lambda: _answer(f"{site.index()}<!-- {time.time()} -->"))
    site.part("part", told=False)
    [child] = store.sources.children([root.id])
    store.sources.update(child.id, now=time.time(), next_due_at=0.0, state="active")
    assert crawl_one(settings, str(root.id)).stored == 1
    crawl_one(settings, str(root.id))
    assert store.sources.get(root.id).last_new_at > first
    assert [poll.entries_seen for poll in store.polls.latest(root.id, 3)] == [1, 1, 1]
    found = survey(store, settings, now=time.time())
    assert found.patients == ()


def test_a_part_is_checked_as_it_is_fetched(newspaper, settings, store, site):
    site.part("part")
    root = follow(store, site, options={"auth": ["ann", "s3cret"]})
    crawl_one(settings, str(root.id))
    [child] = store.sources.children([root.id])
    newspaper.visits.clear()
    [answer] = run_check(settings, [str(child.id)])
    [visit] = newspaper.visits_to("/part.xml")
    assert visit.headers["Authorization"].startswith("Basic ")
    assert answer.format == "sitemap"


def test_a_part_named_later_is_new_with_all_it_holds(newspaper, settings, store, site):
    site.part("one", site.undated("one"), told=False, dated=False)
    root = follow(store, site)
    assert crawl_one(settings, str(root.id)).stored == 0
    site.part("two", site.undated("two"), told=False, dated=False)
    assert crawl_one(settings, str(root.id)).stored == 1


def test_an_edit_shows_in_the_sitemap_and_becomes_a_revision(newspaper, settings, store, site):
    piece = site.outlet.publish()
    site.part("part", piece)
    root = follow(store, site)
    crawl_one(settings, str(root.id))
    site.outlet.edit(piece, text="Another text altogether about the same thing. " * 10)
    site.part("part", piece)
    assert crawl_one(settings, str(root.id)).new == 1
    [entry] = store.entries.history(url_keys=[url_key(piece.url)])
    store.entries.defer(entry.id, reason="test", attempts=0, next_due_at=0.0, now=0.0)
    assert crawl_one(settings, str(root.id)).revised == 1


def test_an_index_that_names_itself_and_strangers_ends(newspaper, settings, store, site):
    site.part("part")
    for level in range(5):
        inner = f"<sitemapindex>{_row('sitemap', site.outlet.url(f'/deep{level + 1}.xml'), _now())}"
        inner += f"{_row('sitemap', site.outlet.url('/index.xml'), _now())}</sitemapindex>"
        site.outlet.put_answer(f"/deep{level}.xml", lambda text=inner: _answer(text))
    text = f"<sitemapindex>{_row('sitemap', site.outlet.url('/deep0.xml'), _now())}"
    text += f"{_row('sitemap', 'http://stranger.example/a.xml', _now())}</sitemapindex>"
    site.outlet.put_answer("/self.xml", lambda: _answer(text))
    root = follow(store, site, "/self.xml")
    assert not crawl_one(settings, str(root.id)).failed
    maps, _ = asked(newspaper)
    assert {path for path in maps if path.startswith("/deep")} == {"/deep0.xml", "/deep1.xml", "/deep2.xml"}
    assert "1 on another site" in store.sources.get(root.id).due_reason


def test_a_flood_of_links_is_bounded_and_counted(newspaper, tmp_path, site):
    settings = settings_for(tmp_path)
    settings = replace(settings, poll=replace(settings.poll, quota=3))
    site.part("part", *[site.outlet.publish() for _ in range(8)])
    with open_store(settings.database_url) as store:
        root = follow(store, site)
        assert crawl_one(settings, str(root.id)).stored == 3
        assert store.status(now=time.time()).rejected == {"over_quota": 5}
        assert accounted(store)
    assert asked(newspaper)[1] == 3


def test_parts_that_fail_are_told_of(settings, store, site):
    site.part("good")
    site.part("bad")
    root = follow(store, site)
    site.outlet.fail("/bad.xml", status=403)
    for times in range(1, 4):
        for child in store.sources.children([root.id], states=("active",)):
            store.sources.update(child.id, now=time.time(), next_due_at=0.0)
        crawl_one(settings, str(root.id))
        found = survey(store, settings, now=time.time())
        assert len(found.patients) == (times == 3), "a hiccup or two is nobody's concern"
    [finding] = found.patients[0].findings
    [bad] = [child for child in store.sources.children([root.id]) if child.failures]
    assert finding.what == "a document behind it fails again and again"
    assert f"`kabar sources check {bad.id}`" in finding.advice


def test_a_dead_part_ends_and_the_others_go_on(newspaper, settings, store, site):
    site.part("good")
    site.part("bad")
    site.outlet.fail("/bad.xml", status=404)
    root = follow(store, site)
    row = crawl_one(settings, str(root.id))
    assert (row.outcome, row.documents, row.stored) == ("new", 1, 1)
    dead = next(child for child in store.sources.children([root.id]) if "bad" in child.url)
    assert (dead.state, dead.last_status) == ("done", 404)


def test_a_section_that_suddenly_lists_far_more_is_bounded(newspaper, settings, store):
    outlet = newspaper.outlet()

    def page(pieces):
        items = "".join(
            f'<article><h2><a href="{piece.path}">{piece.title} and more words</a></h2></article>'
            for piece in pieces
        )
        outlet.put(
            "/news/", f"<html><head><title>News</title></head><body><main>{items}</main></body></html>"
        )

    pieces = outlet.publish_many(4)
    page(pieces)
    url = outlet.url("/news/")
    source = store.sources.add(
        NewSource(url=url, host=host_lane(url), kind="section", next_due_at=0.0), now=time.time()
    )
    assert crawl_one(settings, str(source.id)).stored == 4
    page([*pieces, *outlet.publish_many(40)])
    row = crawl_one(settings, str(source.id))
    assert (row.new, row.stored) == (30, 30)
    assert store.status(now=time.time()).rejected == {"over_quota": 10}
    assert accounted(store)


def test_an_index_that_is_not_followed_is_read_once_and_then_where_it_changed(
    newspaper, settings, store, site
):
    for number in range(3):
        site.part(f"part{number}")
    root = follow(store, site, state="once")
    assert crawl_one(settings, str(root.id)).stored == 3
    assert {child.state for child in store.sources.children([root.id])} == {"done"}
    asked(newspaper)
    site.part("part1")
    assert crawl_one(settings, str(root.id)).stored == 1
    assert asked(newspaper) == ({"/index.xml": 1, "/part1.xml": 1}, 1)


def test_the_parts_are_hidden_but_told_of(newspaper, settings, store, site, monkeypatch, capsys):
    site.part("one")
    site.part("two", told=False)
    root = follow(store, site, title="Daily archive")
    crawl_one(settings, str(root.id))
    monkeypatch.setenv("KABAR_DATABASE", settings.database_url)

    def told(*arguments):
        assert run(["sources", *arguments]) == 0
        return capsys.readouterr().out

    assert told("list").count("\n") == 1
    assert told("list", "--all").count("\n") == 3
    assert "2 behind it: 1 to be read, 1 done" in told("show", "Daily archive")
    assert json.loads(told("show", "1", "--json"))["documents"] == {"active": 1, "done": 1}
    told("pause", "Daily archive")
    assert {child.state for child in store.sources.children([root.id])} == {"paused", "done"}
    told("resume", "Daily archive")
    assert {child.state for child in store.sources.children([root.id])} == {"active", "done"}
