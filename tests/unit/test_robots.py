"""What a robots.txt allows, for how long it is believed, and the delay it asks for."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders import robots
from spiders.items import Robots

AGENT = "kabar/0.1 (+https://kabar.example/bot)"


def seen(text: str = "", *, status: int = 200, at: float = 1000.0) -> Robots:
    return Robots(origin="https://news.example", status=status, text=text, fetched_at=at)


def allowed(text: str, path: str, *, status: int = 200) -> bool:
    return robots.is_allowed(robots.parse(seen(text, status=status)), f"https://news.example{path}", AGENT)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://News.Example/a?b#c", "https://news.example"),
        ("https://news.example:443/", "https://news.example"),
        ("http://news.example:80/", "http://news.example"),
        ("http://news.example:443/", "http://news.example:443"),
        ("https://user:word@news.example:8443/", "https://news.example:8443"),
        ("http://[::1]:8080/x", "http://[::1]:8080"),
    ],
)
def test_origin(url: str, origin: str) -> None:
    assert robots.origin_of(url) == origin


def test_rules_for_us_win_over_rules_for_all() -> None:
    text = "User-agent: *\nDisallow: /\n\nUser-agent: Kabar\nDisallow: /private/\nAllow: /private/open\n"
    assert allowed(text, "/news")
    assert not allowed(text, "/private/x")
    assert allowed(text, "/private/open")


@pytest.mark.parametrize(
    ("group", "user_agent", "is_meant"),
    [
        ("kabar", "kabar/0.1.0 (news reader; no contact set)", True),
        ("Kabar/0.1", "kabar/0.1.0 (news reader; no contact set)", True),
        ("reader", "kabar/0.1.0 (news reader; no contact set)", False),
        ("https", "kabar/0.1.0 (+https://example.org/bot)", False),
        ("bot", "kabar/0.1.0 (+https://example.org/bot)", False),
        ("mine", "mine", True),
        ("other", "mine other/1.0", False),
        ("kabar", "Mozilla/5.0 (compatible; kabar/0.1.0; +https://example.org/bot)", True),
        ("kabar", "(kabar)", True),
    ],
)
def test_groups_are_for_the_product_and_not_for_words_of_its_comment(
    group: str, user_agent: str, is_meant: bool
) -> None:
    file = seen(f"User-agent: {group}\nDisallow: /\nCrawl-delay: 9")
    assert robots.is_allowed(robots.parse(file), "https://a.test/x", user_agent) is not is_meant
    assert robots.crawl_delay(file, user_agent) == (9.0 if is_meant else None)


def test_wildcards_and_ends() -> None:
    text = "User-agent: *\nDisallow: /*.pdf$\nDisallow: /search?*q="
    assert not allowed(text, "/a/b.pdf")
    assert allowed(text, "/a/b.pdf?x")
    assert not allowed(text, "/search?page=1&q=x")


@pytest.mark.parametrize("status", [204, 302, 400, 401, 403, 404, 410, 451])
def test_without_a_file_everything_is_allowed(status: int) -> None:
    assert not robots.is_unavailable(seen(status=status))
    assert allowed("User-agent: *\nDisallow: /", "/news", status=status)


@pytest.mark.parametrize("status", [0, 429, 500, 503, 599])
def test_without_an_answer_nothing_is(status: int) -> None:
    assert robots.is_unavailable(seen(status=status))


@pytest.mark.parametrize(
    ("status", "ttl", "seconds"),
    [
        (200, 86400.0, 86400.0),
        (404, 86400.0, 86400.0),
        (503, 86400.0, 600.0),
        (0, 86400.0, 60.0),
        (503, 5.0, 5.0),
    ],
)
def test_freshness(status: int, ttl: float, seconds: float) -> None:
    known = seen(status=status)
    assert robots.is_fresh(known, now=1000.0, ttl=ttl)
    assert robots.is_fresh(known, now=999.5 + seconds, ttl=ttl)
    assert not robots.is_fresh(known, now=1000.0 + seconds, ttl=ttl)


def test_a_file_from_the_future_is_not_believed() -> None:
    assert not robots.is_fresh(seen(at=5000.0), now=1000.0, ttl=86400.0)


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        (b"User-agent: *", "text/plain", "User-agent: *"),
        (b"\xef\xbb\xbfUser-agent: *", "", "User-agent: *"),
        (b"Disallow: /caf\xe9\x00", "", "Disallow: /caf\ufffd"),
        (b"User-agent: *\nDisallow: /", "text/html; charset=utf-8", ""),
        (b" \n<!DOCTYPE html><p>User-agent: *\nDisallow: /", "text/plain", ""),
        (b"<html>", "", ""),
        (b"", "", ""),
    ],
)
def test_text(body: bytes, content_type: str, text: str) -> None:
    assert robots.rules_text(body, content_type) == text


def test_only_the_first_500_kib_count() -> None:
    body = b"User-agent: *\n" + b"# long\n" * 80_000 + b"Disallow: /\n"
    text = robots.rules_text(body)
    assert len(text) == robots.MAX_BYTES
    assert allowed(text, "/news")


@pytest.mark.parametrize(
    ("text", "delay"),
    [
        ("User-agent: *\nCrawl-delay: 10", 10.0),
        ("User-agent: *\nCrawl-delay: 2.5\n\nUser-agent: kabar\nCrawl-Delay: 7", 7.0),
        ("User-agent: other\nCrawl-delay: 10", None),
        ("User-agent: *\nDisallow: /", None),
        ("User-agent: *\nCrawl-delay: -1", None),
        ("User-agent: *\nCrawl-delay: soon", None),
        ("User-agent: *\nCrawl-delay: 0", None),
        ("User-agent: *\nCrawl-delay: nan", None),
        ("User-agent: *\nCrawl-delay: 1e400", None),
        ("User-agent: *\nCrawl-delay: 100000", None),
        ("", None),
    ],
)
def test_crawl_delay(text: str, delay: float | None) -> None:
    assert robots.crawl_delay(seen(text), AGENT) == delay


def test_no_delay_without_rules() -> None:
    assert robots.crawl_delay(seen("User-agent: *\nCrawl-delay: 10", status=404), AGENT) is None


def test_hostile_rules_cost_little() -> None:
    text = "User-agent: *\n" + "Disallow: /" + "*a" * 200 + "b\n" + "Disallow: /" + "*a" * 200 + "$\n"
    began = time.process_time()
    allowed(text, "/" + "a" * 2000)
    assert time.process_time() - began < 1.0


@given(st.binary(max_size=300), st.text(max_size=40))
def test_any_bytes_are_rules(body: bytes, content_type: str) -> None:
    text = robots.rules_text(body, content_type)
    assert "\x00" not in text
    assert allowed(text, "/x") in (True, False)
    delay = robots.crawl_delay(seen(text), AGENT)
    assert delay is None or 0 < delay <= 86400
