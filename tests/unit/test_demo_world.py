"""The demo world keeps its promises, and the press publishes it by the clock."""

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import feedparser
import pytest

from crawler.demo.outlet import Outlet
from crawler.demo.press import Press
from crawler.demo.words import words_of
from crawler.demo.world import Article, World, load_world, split_paragraphs
from tests.asking import Got, ask

T = TypeVar("T")

DATELINE = re.compile(r"^[A-Z ]+, [A-Z][A-Za-z ]+ - ")
INITIALS = re.compile(r"\([a-z]{3}(/[a-z]{3})?\)$")
SCRIPTS = {"ja": re.compile("[\u3040-\u30ff]"), "ar": re.compile("[\u0600-\u06ff]")}


@pytest.fixture(scope="module")
def world() -> World:
    return load_world()


def articles(world: World) -> list[Article]:
    return [article for paper in world.papers for article in paper.articles]


# The world as written


def test_papers_and_languages(world: World) -> None:
    assert len(world.papers) >= 4
    assert {paper.language for paper in world.papers} == {"id", "en", "ja", "ar"}
    assert {paper.format for paper in world.papers} == {"rss", "atom"}
    assert len({paper.name for paper in world.papers}) == len(world.papers)
    assert {words_of(paper.language).home for paper in world.papers} == {
        "Beranda",
        "Home",
        "ホーム",
        "الرئيسية",
    }


def test_about_forty_articles_each_whole(world: World) -> None:
    assert 38 <= len(articles(world)) <= 60
    for article in articles(world):
        for version in article.versions:
            assert version.title
            assert version.lead
            assert len(version.paragraphs) >= 3, article.slug
            assert not version.text.startswith(version.lead)


def test_every_moment_lies_in_the_world_and_has_an_offset(world: World) -> None:
    assert world.ends_at - world.begins_at == timedelta(hours=24)
    for article in articles(world):
        moments = [version.at for version in article.versions]
        assert moments == sorted(moments)
        assert world.begins_at - timedelta(days=1) <= moments[0]
        assert moments[-1] <= world.ends_at
        assert all(moment.tzinfo for moment in moments)


def test_some_articles_are_out_when_it_begins_and_most_come_later(world: World) -> None:
    out = [article for article in articles(world) if article.as_of(world.begins_at.timestamp())]
    assert 3 <= len(out) <= len(articles(world)) / 3


def test_addresses_are_unique_within_a_paper(world: World) -> None:
    for paper in world.papers:
        assert len({article.path for article in paper.articles}) == len(paper.articles)


def test_texts_are_in_the_language_of_their_paper(world: World) -> None:
    for paper in world.papers:
        for article in paper.articles:
            text = article.versions[-1].text
            letters = [char for char in text if char.isalpha()]
            script = SCRIPTS.get(paper.language)
            foreign = [char for char in letters if script is None and not char.isascii()]
            assert script is None or len(script.findall(text)) > len(letters) / 3, article.slug
            assert len(foreign) < len(letters) / 100, article.slug


def test_indonesian_texts_carry_datelines_and_initials(world: World) -> None:
    texts = [
        (article, version.text)
        for paper in world.papers
        for article in paper.articles
        for version in article.versions
        if paper.language == "id"
    ]
    assert len(texts) >= 15
    for article, text in texts:
        assert DATELINE.match(text), article.slug
        assert article.agency or INITIALS.search(text), article.slug
    assert sum(article.agency is not None for article, _ in texts) == 2


def test_wire_stories_stand_word_for_word_in_two_papers_under_two_headlines(world: World) -> None:
    wired = [article for article in articles(world) if article.agency]
    texts = Counter(article.versions[0].text for article in wired)
    assert len(texts) >= 1
    assert set(texts.values()) == {2}
    assert len({article.versions[0].title for article in wired}) == len(wired)
    assert all(article.agency.split()[0] in article.versions[0].text for article in wired if article.agency)


def test_no_other_text_stands_twice(world: World) -> None:
    paragraphs = Counter(
        paragraph
        for article in articles(world)
        if not article.agency
        for paragraph in article.versions[-1].paragraphs
    )
    assert max(paragraphs.values()) == 1


def test_some_articles_are_edited_and_one_is_taken_back(world: World) -> None:
    edited = [article for article in articles(world) if len(article.versions) > 1]
    assert len(edited) >= 1
    for article in edited:
        first, last = article.versions[0], article.versions[-1]
        assert first.title != last.title
        assert first.text != last.text
        assert last.at - first.at >= timedelta(hours=1)
    assert sum(article.removed_at is not None for article in articles(world)) == 1


def test_one_feed_fails_for_a_while_and_one_is_slow(world: World) -> None:
    failing = [each for paper in world.papers for each in paper.troubles if each.kind == "error"]
    slow = [each for paper in world.papers for each in paper.troubles if each.kind == "slow"]
    assert (len(failing), len(slow)) == (1, 1)
    assert failing[0].status == 500
    assert world.begins_at < failing[0].since < failing[0].until < world.ends_at
    assert 0.5 <= slow[0].seconds <= 3


def test_moved_world_keeps_its_distances(world: World) -> None:
    begins_at = datetime(2031, 1, 1, tzinfo=UTC)
    moved = world.moved_to(begins_at)
    by = begins_at - world.begins_at
    assert moved.ends_at == world.ends_at + by
    for before, after in zip(articles(world), articles(moved), strict=True):
        assert [version.at + by for version in before.versions] == [version.at for version in after.versions]
        if before.removed_at is not None:
            assert after.removed_at == before.removed_at + by
    assert (
        moved.paper("inland-ledger").troubles[0].since == world.paper("inland-ledger").troubles[0].since + by
    )


def test_unknown_paper(world: World) -> None:
    with pytest.raises(KeyError):
        world.paper("none")


def test_paragraphs_are_apart_by_blank_lines() -> None:
    assert split_paragraphs("\none\ntwo\n\n\n\nthree\n") == ("one two", "three")


# The press


class Clock:
    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> float:
        return self.moment.timestamp()


def during(world: World, moment: datetime, scene: Callable[[Press, Clock], Awaitable[T]]) -> T:
    clock = Clock(moment)

    async def run() -> T:
        async with Press(world, clock=clock) as press:
            return await scene(press, clock)

    return asyncio.run(run())


async def get(url: str, headers: dict[str, str] | None = None) -> Got:
    return await asyncio.to_thread(ask, url, headers)


def outlet_of(press: Press, slug: str) -> Outlet:
    return next(outlet for outlet in press.outlets if outlet.name == slug)


def without_delays(world: World) -> World:
    papers = (
        replace(paper, troubles=tuple(replace(each, seconds=0.01) for each in paper.troubles))
        for paper in world.papers
    )
    return replace(world, papers=tuple(papers))


def test_feeds_are_named_and_served(world: World) -> None:
    async def scene(press: Press, clock: Clock) -> None:
        assert [(name, language) for name, _, language in press.feeds] == [
            (paper.name, paper.language) for paper in world.papers
        ]
        for name, url, language in press.feeds:
            feed = feedparser.parse((await get(url)).body)
            assert (feed.bozo, feed.feed.title, feed.feed.language) == (False, name, language)
        assert {(method, path, status) for method, _, path, status in press.requests} == {
            ("GET", "/feed.xml", 200)
        }
        assert {outlet for _, outlet, _, _ in press.requests} == {paper.slug for paper in world.papers}

    during(without_delays(world), world.begins_at, scene)


def test_articles_appear_at_their_moment(world: World) -> None:
    article = world.paper("warta-bentala").articles[3]

    async def scene(press: Press, clock: Clock) -> None:
        outlet = outlet_of(press, "warta-bentala")
        url = outlet.url(article.path)
        first = await get(outlet.feed_url)
        tag = {"If-None-Match": first.headers["ETag"]}
        assert ((await get(url)).status, url in first.links) == (404, False)
        assert (await get(outlet.feed_url, tag)).status == 304
        clock.moment += timedelta(seconds=1)
        second = await get(outlet.feed_url, tag)
        assert (second.status, second.links[0]) == (200, url)
        assert article.versions[0].paragraphs[1] in (await get(url)).body.decode()

    during(world, article.published - timedelta(seconds=1), scene)


@pytest.mark.parametrize(
    ("slug", "path"),
    [("senja-pos", "rob-rendam-jalan-pelabuhan"), ("callow-courier", "council-night-bus-vote")],
)
def test_edit_shows_in_feed_and_page(world: World, slug: str, path: str) -> None:
    article = next(each for each in world.paper(slug).articles if each.slug == path)
    before, after = article.versions

    async def scene(press: Press, clock: Clock) -> None:
        outlet = outlet_of(press, slug)
        url = outlet.url(article.path)
        old = await entry(outlet, url)
        clock.moment = after.at
        new = await entry(outlet, url)
        assert (old.title, new.title) == (before.title, after.title)
        assert (old.id, old.published) == (new.id, new.published)
        assert old.get("updated") != new.updated
        assert datetime.fromisoformat(new.updated) == after.at
        page = (await get(url)).body.decode()
        assert f'"dateModified": "{after.at.isoformat()}"' in page
        assert "dua arah" in page or "eleven to ten" in page

    async def entry(outlet: Outlet, url: str) -> feedparser.FeedParserDict:
        entries = feedparser.parse((await get(outlet.feed_url)).body).entries
        return next(each for each in entries if each.link == url)

    during(world, after.at - timedelta(seconds=1), scene)


def test_article_taken_back_is_gone(world: World) -> None:
    article = next(each for each in articles(world) if each.removed_at)
    assert article.removed_at is not None

    async def scene(press: Press, clock: Clock) -> None:
        outlet = outlet_of(press, "inland-ledger")
        assert (await get(outlet.url(article.path))).status == 200
        assert article.removed_at is not None
        clock.moment = article.removed_at
        assert (await get(outlet.url(article.path))).status == 410
        assert outlet.url(article.path) not in (await get(outlet.feed_url)).links

    during(world, article.removed_at - timedelta(seconds=1), scene)


def test_failing_feed_recovers_while_its_pages_stay(world: World) -> None:
    trouble = world.paper("inland-ledger").troubles[0]

    async def scene(press: Press, clock: Clock) -> list[int]:
        outlet = outlet_of(press, "inland-ledger")
        urls = [outlet.feed_url, outlet.url(outlet.paper.articles[0].path), outlet.feed_url]
        during_ = [(await get(url)).status for url in urls[:2]]
        clock.moment = trouble.until
        return [*during_, (await get(urls[2])).status]

    assert during(world, trouble.since, scene) == [500, 200, 200]


def test_slow_feed_takes_its_time(world: World) -> None:
    async def scene(press: Press, clock: Clock) -> tuple[float, float]:
        outlet = outlet_of(press, "marsa-alyawm")
        return await timed(outlet.feed_url), await timed(outlet.base)

    async def timed(url: str) -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        assert (await get(url)).status == 200
        return loop.time() - began

    papers = [paper for paper in world.papers if paper.slug == "marsa-alyawm"]
    troubles = tuple(replace(each, seconds=0.3) for each in papers[0].troubles)
    quicker = replace(world, papers=(replace(papers[0], troubles=troubles),))
    feed, front = during(quicker, troubles[0].since, scene)
    assert feed >= 0.3
    assert front < feed


def test_arabic_pages_run_from_right_to_left(world: World) -> None:
    async def scene(press: Press, clock: Clock) -> str:
        outlet = outlet_of(press, "marsa-alyawm")
        return (await get(outlet.url(outlet.paper.articles[1].path))).body.decode()

    page = during(world, world.ends_at, scene)
    assert '<html lang="ar" dir="rtl">' in page
    assert "8 يونيو 2026" in page


def test_pages_link_to_things_that_exist(world: World) -> None:
    async def scene(press: Press, clock: Clock) -> None:
        outlet = outlet_of(press, "kirihama-shinpo")
        page = (await get(outlet.url(outlet.paper.articles[-1].path))).body.decode()
        links = set(re.findall(r'(?:href|src)="([^"]+)"', page))
        assert len(links) >= 8
        for link in links:
            assert link.startswith(outlet.base)
            assert (await get(link)).status == 200, link

    during(world, world.ends_at, scene)
