"""Which of several sources is the best."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.ranking import (
    Facts,
    Judged,
    in_order,
    judge_candidate,
    newest_first,
    overlap,
    same_entries,
    same_list,
    sitemaps_in_order,
)
from spiders.items import Entry, Feed

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
ASKED = "https://warta.example/"


def feed(*names: object, content: str | None = None, **fields: Any) -> Feed:
    entries = tuple(Entry(link=f"https://warta.example/{name}", content=content) for name in names)
    return Feed(**{"url": "https://warta.example/rss", "format": "rss20", "entries": entries, **fields})


def judged(
    asked: str = ASKED,
    *,
    of: Feed | None = None,
    age: float | None = 1,
    language: str | None = None,
    **fields: Any,
) -> Judged:
    newest = None if age is None else NOW - timedelta(days=age)
    usual: dict[str, Any] = {"url": "https://warta.example/rss", "origin": "announced", "newest": newest}
    facts = Facts(**{**usual, "feed": of or feed(*range(20)), **fields})
    return judge_candidate(facts, asked=asked, now=NOW, language=language)


def score(asked: str = ASKED, **fields: Any) -> float:
    return judged(asked, **fields).score


def test_fresh_before_stale_before_empty() -> None:
    assert score(age=1) > score(age=7) > score(age=40) > score(age=200) > score(of=feed(), age=None)
    assert score(of=feed(), age=None, origin="well_known") < 0


def test_full_text_before_teasers() -> None:
    assert score(of=feed(*range(20), content="x" * 900)) > score(of=feed(*range(20), content="x"))


def test_announced_before_guessed_and_feeds_before_sitemaps_before_the_page() -> None:
    guessed = score(origin="well_known")
    sitemap = score(origin="robots", kind="sitemap")
    assert score() > guessed > sitemap > score(origin="page", kind="section")


def test_comments_are_not_wanted() -> None:
    assert score(url="https://warta.example/comments/feed") < 0
    assert score(of=feed(*range(20), title="Komentar di: Warta")) < 0


def test_the_feed_of_the_section_asked_for_is_nearer() -> None:
    asked = "https://warta.example/ekonomi"
    own, general = "https://warta.example/ekonomi/feed", "https://warta.example/feed"
    assert score(asked, url=own) > score(asked, url=general)
    assert score(url=own) <= score(url=general)


def test_a_stale_feed_of_the_front_page_gives_way_to_a_fresh_sitemap() -> None:
    assert score(age=300) < score(origin="robots", kind="sitemap", age=0.1)


def test_the_same_entries_under_other_addresses() -> None:
    one = feed(*range(10))
    assert same_entries(one, feed(*range(9)))
    assert not same_entries(one, feed(*range(8, 30)))
    assert not same_entries(feed(), feed())
    assert overlap("ab", "abcd") == 1.0


@pytest.mark.parametrize(
    ("url", "title"),
    [
        ("https://warta.example/commentisfree/rss", "Opinion | Comment is free"),
        ("https://warta.example/rss", "Comment: what the week was"),
        ("https://warta.example/rss", "No comments"),
    ],
)
def test_opinions_are_no_comments(url: str, title: str) -> None:
    assert score(url=url, of=feed(*range(20), title=title)) > 0


@pytest.mark.parametrize(
    ("url", "title"),
    [
        ("https://warta.example/comments/feed/", None),
        ("https://warta.example/?feed=comments-rss2", None),
        ("https://warta.example/2026/11/kabar/feed/", "Comments on: Kabar"),
        ("https://warta.example/feed/", "Kommentare zu: Warta"),
        ("https://warta.example/feed/", "Warta » Comments Feed"),
    ],
)
def test_comments_in_several_tongues(url: str, title: str | None) -> None:
    assert score(url=url, of=feed(*range(20), title=title)) < 0


def test_what_is_enough_ends_the_search() -> None:
    assert judged().enough
    assert judged(origin="robots", kind="sitemap", age=None).enough
    assert not judged(age=300).enough, "stale"
    assert not judged(of=feed(), age=None).enough, "empty"
    assert not judged(url="https://warta.example/podcast/rss").enough


def test_an_author_or_topic_is_not_the_site_unless_it_is_asked_for() -> None:
    author = "https://warta.example/author/siti/feed/"
    assert not judged("https://warta.example/2026/11/kabar", url=author).enough
    assert judged("https://warta.example/author/siti/", url=author).enough


def test_the_feed_of_a_partner() -> None:
    entries = feed(*range(20)).entries
    assert not judged("https://lain.example/", of=feed(entries=entries)).enough
    assert judged("https://lain.example/", of=feed(site_url="https://www.lain.example/")).score > 0
    assert judged("https://lain.example/", url="https://feeds.lain.example/all").enough


def test_the_language_of_the_page() -> None:
    english, indonesian = feed(*range(20), language="en-GB"), feed(*range(20), language="id")
    assert score(of=indonesian, language="id-ID") > score(of=english, language="id-ID")
    assert score(of=english, language=None) == score(of=indonesian, language=None)
    assert "in another language (en)" in judged(of=english, language="id-ID").why


def test_why_says_where_it_was_found() -> None:
    assert judged().why == "announced, fresh"
    assert judged(origin="robots", age=None).why == "in robots.txt, undated"


def test_feeds_in_the_order_to_look_at_them() -> None:
    site = "https://warta.example"
    addresses = [f"{site}/tag/x/feed", f"{site}/feed", f"{site}/comments/feed", f"{site}/ekonomi/feed"]
    assert in_order([*addresses, addresses[1]], asked=f"{site}/ekonomi/pasar") == [
        f"{site}/ekonomi/feed",
        f"{site}/feed",
        f"{site}/tag/x/feed",
    ]


def test_sitemaps_in_the_order_to_look_at_them() -> None:
    site = "https://www.warta-news.example"
    paths = ("/image-sitemap.xml", "/sitemap.xml", "/newsletter.xml", "/google-news.xml")
    assert sitemaps_in_order(site + path for path in paths) == [
        f"{site}/google-news.xml",
        f"{site}/sitemap.xml",
        f"{site}/newsletter.xml",
        f"{site}/image-sitemap.xml",
    ]


def test_a_feed_with_the_oldest_first_is_turned() -> None:
    entries = tuple(
        Entry(link=f"https://warta.example/{day}", published=f"2026-11-{day}T08:00:00Z")
        for day in (20, 21, 22)
        for day in (20, 21, 22)
    )
    assert newest_first(feed(entries=entries)) == entries[::-1]
    assert newest_first(feed(entries=entries[::-1])) == entries[::-1]


def test_a_section_is_not_the_site() -> None:
    everything = [str(number) for number in range(100)]
    assert same_list(everything[:10], everything)
    assert same_list(everything, everything[2:40])
    assert not same_list(everything[::7], everything)


@given(st.lists(st.text(max_size=3), max_size=30), st.lists(st.text(max_size=3), max_size=30))
def test_sameness_is_mutual(one: list[str], other: list[str]) -> None:
    assert same_list(one, other) == same_list(other, one) or len(set(one)) == len(set(other))
    assert same_list(one, one) == bool(one)


@given(st.lists(st.text(max_size=30), max_size=10), st.text(max_size=30))
def test_order_invents_nothing(addresses: list[str], asked: str) -> None:
    urls = [f"https://warta.example/{address}" for address in addresses]
    for ordered in (in_order(urls, asked=f"https://warta.example/{asked}"), sitemaps_in_order(urls)):
        assert set(ordered) <= set(urls)
        assert len(ordered) == len(set(ordered))
