"""A source's own fetch options, from the command line to the wire, for its feed and its pages."""

import json
import time

import pytest

from crawler.cli.main import run
from crawler.normalize.url import host_lane
from crawler.options import kept_for
from crawler.polling import _believed
from storage.model import NewSource
from tests.crawling import crawl_one

SECRET = "s3cret"
FLAGS = [
    *("--user-agent", "own/2", "--header", f"X-Key: {SECRET}", "--header", "Accept-Language: id"),
    *("--cookie", f"session={SECRET}", "--auth", f"ann:{SECRET}", "--insecure", "--ignore-robots"),
]


@pytest.fixture
def tell(settings, capfd):
    def call(*args, code=0):
        assert run(["--database", settings.database_url, *args]) == code
        return capfd.readouterr()

    return call


def follow(store, outlet):
    new = NewSource(url=outlet.feed_url, host=host_lane(outlet.feed_url))
    return store.sources.add(new, now=time.time())


def test_they_reach_feed_and_pages(newspaper, settings, store, tell):
    daily = newspaper.outlet("daily")
    daily.publish()
    source = follow(store, daily)
    tell("sources", "set", str(source.id), *FLAGS)
    assert crawl_one(settings, str(source.id)).stored == 1
    assert [visit.path for visit in newspaper.visits][:1] == ["/feed.xml"]  # robots.txt is not asked for
    for visit in newspaper.visits:
        assert visit.headers["User-Agent"] == "own/2"
        assert visit.headers["X-Key"] == SECRET
        assert visit.headers["Cookie"] == f"session={SECRET}"
        assert visit.headers["Authorization"].startswith("Basic ")


def test_they_are_shown_masked_and_taken_away(newspaper, store, tell):
    source = follow(store, newspaper.outlet("daily"))
    number = str(source.id)
    said = [tell("sources", "set", number, *FLAGS), tell("sources", "show", number)]
    shown = tell("sources", "show", number, "--json")
    said += [shown, tell("sources", "list", "--json"), tell("why", source.url, "--json")]
    assert not [text for out in said for text in out if SECRET in text]
    assert json.loads(shown.out)["options"] == {
        "user_agent": "own/2",
        "headers": [["X-Key", "***"], ["Accept-Language", "id"]],
        "cookies": [["session", "***"]],
        "auth": ["ann", "***"],
        "verify_tls": False,
        "obey_robots": False,
    }
    assert store.sources.get(number).options["auth"] == ["ann", SECRET]
    tell("sources", "set", number, "--auth", "", "--verify")
    assert set(store.sources.get(number).options) == {"user_agent", "headers", "cookies", "obey_robots"}
    tell("sources", "set", number, "--no-options")
    assert store.sources.get(number).options == {}


@pytest.mark.parametrize(
    "wrong",
    [
        *(("--header", "Host: x"), ("--header", f"X:{SECRET}\x01")),
        *(("--auth", SECRET), ("--proxy", f"ftp://{SECRET}")),
    ],
)
def test_what_cannot_be_is_refused_without_repeating_it(newspaper, store, tell, wrong):
    source = follow(store, newspaper.outlet("daily"))
    said = tell("sources", "set", str(source.id), *wrong, code=2)
    assert SECRET not in said.out + said.err
    assert store.sources.get(str(source.id)).options == {}


def test_spoilt_options_do_not_stop_a_poll(newspaper, settings, store):
    daily = newspaper.outlet("daily")
    daily.publish()
    source = follow(store, daily)
    spoilt = {"headers": {"X": 1}, "auth": "x", "proxy": 7, "verify_tls": "no", "cookies": [["a\r\n", "b"]]}
    store.sources.update(source.id, now=time.time(), options=spoilt)
    assert crawl_one(settings, str(source.id)).stored == 1


def test_a_login_does_not_move_with_its_source(newspaper, store):
    source = follow(store, newspaper.outlet("daily"))
    source = store.sources.update(source.id, now=time.time(), url="https://news.example.org/feed")
    there, away = "https://news.example.org/rss", "https://www.example.org/feed"
    assert _believed(source, there, 3)
    assert _believed(source, away, 3)
    login = store.sources.update(source.id, now=time.time(), options={"auth": ["u", "p"]})
    assert _believed(login, there, 3)
    assert not _believed(login, away, 3)


def test_they_help_to_find_a_source_that_keeps_them(newspaper, settings, store, tell):
    daily = newspaper.outlet("daily")
    daily.publish()
    tell(
        "add", "--allow-private", daily.base + "/", "--auth", f"ann:{SECRET}", "--header", f"X-Key: {SECRET}"
    )
    (source,) = store.sources.list()
    assert source.options == {"auth": ["ann", SECRET], "headers": [["X-Key", SECRET]]}
    asked = [visit for visit in newspaper.visits if visit.path != "/robots.txt"]
    assert len(asked) >= 2
    assert {visit.headers["X-Key"] for visit in asked} == {SECRET}


def test_a_site_that_wants_a_cookie_is_found_with_it(newspaper, settings, store, tell):
    daily = newspaper.outlet("daily")
    daily.publish()
    tell("add", "--allow-private", "--cookie", f"session={SECRET}", "--ignore-robots", daily.feed_url)
    (source,) = store.sources.list()
    assert source.options == {"cookies": [["session", SECRET]], "obey_robots": False}
    assert {visit.headers.get("Cookie") for visit in newspaper.visits} == {f"session={SECRET}"}


def test_a_source_that_fails_is_tried_at_once_in_another_way(newspaper, settings, store, tell):
    source = follow(store, newspaper.outlet("daily"))
    newspaper.outlet("daily").fail_feed(status=403)
    crawl_one(settings, str(source.id))
    assert store.sources.get(source.id).next_due_at > time.time()
    tell("sources", "set", str(source.id), "--cookie", f"session={SECRET}")
    changed = store.sources.get(source.id)
    assert changed.next_due_at <= time.time()
    assert changed.due_reason == "fetched in another way now, to see whether that helps"


def test_a_source_in_good_health_keeps_its_next_poll(newspaper, settings, store, tell):
    daily = newspaper.outlet("daily")
    daily.publish()
    source = follow(store, daily)
    crawl_one(settings, str(source.id))
    due = store.sources.get(source.id).next_due_at
    tell("sources", "set", str(source.id), "--user-agent", "own/2")
    assert store.sources.get(source.id).next_due_at == due


def test_a_paused_source_keeps_its_reason(newspaper, store, tell):
    source = follow(store, newspaper.outlet("daily"))
    tell("sources", "pause", str(source.id))
    tell("sources", "set", str(source.id), "--every", "15m", "--cookie", f"session={SECRET}")
    assert store.sources.get(source.id).due_reason == "paused by hand"
    assert store.sources.get(source.id).interval == 900.0


def test_what_is_found_elsewhere_keeps_what_it_may_see():
    options = {"auth": ["u", "p"], "headers": [["X", "1"]], "user_agent": "own"}
    asked = "https://www.example.org/"
    assert kept_for(options, asked, "https://www.example.org/feed") == options
    assert set(kept_for(options, asked, "https://feeds.example.org/")) == {"headers", "user_agent"}
    assert set(kept_for(options, asked, "https://feeds.example.net/")) == {"user_agent"}


def test_a_password_in_an_address_is_never_shown(newspaper, settings, store, tell):
    daily = newspaper.outlet("daily")
    daily.publish()
    host = host_lane(daily.feed_url)
    url = daily.feed_url.replace("://", f"://ann:{SECRET}@")
    wrong = url.replace("/feed.xml", "/none.xml")
    shown = [
        *tell("add", url, "--json", "--allow-private"),
        *tell("crawl", "--json", wrong, "--allow-private", code=1),
        *tell("sources", "list"),
        *tell("sources", "list", "--json"),
        *tell("sources", "show", "1"),
        *tell("sources", "show", "1", "--json"),
        *tell("sources", "check", url, "--json", "--allow-private"),
        *tell("sources", "check", wrong, "--json", "--allow-private", code=1),
        *tell("sources", "check", wrong, "--allow-private", code=1),
        *tell("sources", "pause", "1"),
        *tell("sources", "export"),
    ]
    assert store.sources.get(1).url == url, "it is kept"
    assert host in "".join(shown)
    assert SECRET not in "".join(shown)
