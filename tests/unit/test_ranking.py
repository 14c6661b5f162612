"""Which of several sources is the best."""

from datetime import UTC, datetime, timedelta
from typing import Any

from crawler.ranking import Facts, judge_candidate, overlap, same_entries
from spiders.items import Entry, Feed

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
ASKED = "https://warta.example/"


def feed(*names: object, content: str | None = None, **fields: Any) -> Feed:
    entries = tuple(Entry(link=f"https://warta.example/{name}", content=content) for name in names)
    return Feed(**{"url": "https://warta.example/rss", "format": "rss20", "entries": entries, **fields})


def score(asked: str = ASKED, *, of: Feed | None = None, age: float | None = 1, **fields: Any) -> float:
    newest = None if age is None else NOW - timedelta(days=age)
    usual: dict[str, Any] = {"url": "https://warta.example/rss", "origin": "announced", "newest": newest}
    facts = Facts(**{**usual, "feed": of or feed(*range(20)), **fields})
    return judge_candidate(facts, asked=asked, now=NOW).score


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
