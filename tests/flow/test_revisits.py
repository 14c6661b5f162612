"""Articles that are looked at again: an accelerated week at the loopback newspaper."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from crawler.cli.why import look, sentences
from crawler.events import Event, Looked
from crawler.normalize.url import host_lane, url_key
from crawler.settings import RevisitSettings
from crawler.slice import Dispatcher, run_until_idle
from crawler.worker import Worker, open_worker
from storage import open_store
from storage.hits import Filters
from storage.model import Article, NewSource
from storage.store import Store
from tests.crawling import settings_for
from tests.loopback import LoopbackOutlet, Piece
from tests.newspaper import Newspaper, serve_in_thread

HOUR = 3600.0


@dataclass
class Desk:
    """A daemon beside the newspaper, under one clock that a test puts forward."""

    worker: Worker
    runner: asyncio.Runner
    store: Store
    paper: Newspaper
    daily: LoopbackOutlet
    clock: "Clock"

    def run(self) -> list[Looked]:
        """Do what is due now, and return the looks that were made."""
        events: list[Event] = []

        async def once() -> None:
            dispatcher = Dispatcher(self.worker, listener=events.append)
            await run_until_idle(self.worker, dispatcher, asyncio.Event(), patience=0.0)
            await dispatcher.stop(deadline=2.0)

        self.runner.run(once())
        self.balanced()
        return [event for event in events if isinstance(event, Looked)]

    def at(self, hours: float) -> list[Looked]:
        """Go to so many hours after the start and do what is due then."""
        self.clock.now = self.clock.start + hours * HOUR + 60
        return self.run()

    def balanced(self) -> None:
        counts = self.store.entries.accounting()
        assert counts["offered"] == sum(count for name, count in counts.items() if name != "offered")

    def article(self, piece: Piece) -> Article:
        found = self.store.articles.by_keys([url_key(piece.url)])
        assert found is not None
        return found

    def page_visits(self, piece: Piece) -> list[int]:
        return [visit.status for visit in self.paper.visits_to(piece.path)]


class Clock:
    """Stands still until it is put forward."""

    def __init__(self) -> None:
        self.start = self.now = float(int(time.time()))

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def desk(tmp_path) -> Iterator[Desk]:
    clock = Clock()
    with serve_in_thread(clock=clock) as paper, open_store(f"sqlite:///{tmp_path / 'kabar.db'}") as store:
        daily = paper.outlet("daily")
        # One look at the feed is enough for these tests: only what is planned may find changes.
        new = NewSource(url=daily.feed_url, host=host_lane(daily.feed_url), interval=60 * 86400.0)
        store.sources.add(new, now=clock.now)
        with asyncio.Runner() as runner:
            stack = AsyncExitStack()
            opening = open_worker(settings_for(tmp_path), store, clock=clock, chance=lambda: 0.5)
            worker = runner.run(stack.enter_async_context(opening))
            yield Desk(worker, runner, store, paper, daily, clock)
            runner.run(stack.aclose())


def test_a_week_of_an_article(desk: Desk) -> None:
    night = desk.daily.publish(title="Minister praises harbour plan")
    calm = desk.daily.publish()
    assert desk.run() == []
    assert {look.outcome for look in desk.at(1)} == {"unchanged"}
    assert desk.page_visits(calm) == [200, 304], "conditional requests"
    desk.daily.edit(night, title="Minister defends harbour plan")
    [look] = [look for look in desk.at(6) if look.outcome != "unchanged"]
    assert (look.outcome, look.article_id) == ("revised", desk.article(night).id)
    desk.daily.edit(night, text=f"{night.text}\n\nThe harbour master disagreed with him.")
    desk.at(24)
    desk.at(7 * 24)
    visits = desk.page_visits(calm)  # its page has a list of other articles, whose titles change
    assert (len(visits), visits.count(304) >= 3) == (5, True)
    assert desk.at(30 * 24) == []
    revisions = desk.store.articles.revisions(desk.article(night).id)
    assert [kept.content.title for kept in revisions] == [
        "Minister praises harbour plan", "Minister defends harbour plan", "Minister defends harbour plan",
    ]  # fmt: skip
    assert desk.article(calm).revision == 1
    assert desk.store.revisits.counts(now=desk.clock.now) == {"planned": 0, "due": 0}
    accounting = desk.store.entries.accounting()
    assert (accounting["offered"], accounting["stored"], accounting["revised"]) == (2, 2, 0)
    found = desk.store.articles.search(Filters(words="is:revised")).hits
    assert [hit.article.id for hit in found] == [desk.article(night).id]


def page(daily: LoopbackOutlet, piece: Piece, *around: str) -> None:
    """Put a page of the article in the place of its own, with further lines around the text."""
    text = "".join(f"<p>{paragraph}</p>" for paragraph in piece.text.split("\n\n"))
    lines = "".join(f"<p>{line}</p>" for line in around)
    daily.put(
        piece.path,
        f'<html lang="en"><head><title>{piece.title}</title>'
        f'<link rel="canonical" href="{piece.url}"></head><body><article><h1>{piece.title}</h1>'
        f"{lines}{text}<p>Read also: {around[-1]} is not all</p></article></body></html>",
    )


def test_an_article_whose_text_is_damaged_is_not_asked_for_without_end(desk: Desk) -> None:
    one, other = desk.daily.publish(), desk.daily.publish()
    desk.run()
    damaged = desk.article(one).id
    with desk.store._database.write() as connection:
        change = "UPDATE revisions SET text = CAST(x'61ff62' AS TEXT) WHERE article_id = ?"
        connection.exec_driver_sql(change, (damaged,))
    assert {(look.article_id == damaged, look.outcome) for look in desk.at(1)} == {
        *((True, "not_had"), (False, "unchanged"))
    }
    assert [look.outcome for look in desk.at(6)] == ["unchanged"]
    assert len(desk.page_visits(one)) <= 2 < len(desk.page_visits(other))


def test_clocks_and_counters_make_no_revision(desk: Desk) -> None:
    piece = desk.daily.publish()
    page(desk.daily, piece, "Updated 5 minutes ago", "1,234 views", "Ship sinks off the coast")
    desk.run()
    page(desk.daily, piece, "Updated 2 hours ago", "5,678 views", "Ship sinks off the coast")
    [look] = desk.at(1)
    assert (look.outcome, desk.page_visits(piece)) == ("unchanged", [200, 200])
    assert desk.article(piece).revision == 1


def test_taken_away_and_back(desk: Desk) -> None:
    piece = desk.daily.publish()
    desk.run()
    desk.daily.fail_page(piece, status=404)
    [look] = desk.at(1)
    assert (look.outcome, look.reason, desk.article(piece).withdrawn_at) == ("not_had", "http_404", None)
    [look] = desk.at(2.1)
    assert look.outcome == "withdrawn"
    article = desk.article(piece)
    assert article.withdrawn_at == datetime.fromtimestamp(desk.clock.start + HOUR + 60, UTC)
    assert article.revision == 1
    assert desk.store.articles.count(Filters(words="is:withdrawn")) == 1
    assert desk.store.status(now=desk.clock.now).withdrawn == 1
    desk.daily.heal()
    [look] = desk.at(6)
    assert (look.outcome, look.reason) == ("unchanged", "returned")
    article = desk.article(piece)
    assert (article.withdrawn_at, article.returned_at) == (
        None, datetime.fromtimestamp(desk.clock.now, UTC),
    )  # fmt: skip


def test_a_404_that_passes(desk: Desk) -> None:
    piece = desk.daily.publish()
    desk.run()
    desk.daily.fail_page(piece, status=404)
    desk.at(1)
    desk.daily.heal()
    [look] = desk.at(2.1)
    assert (look.outcome, look.reason) == ("unchanged", None)
    assert desk.article(piece).returned_at is None


def test_410_is_believed_at_once(desk: Desk) -> None:
    piece = desk.daily.publish()
    desk.run()
    desk.daily.remove(piece.url)
    [look] = desk.at(1)
    assert (look.outcome, look.reason) == ("withdrawn", "http_410")
    assert desk.article(piece).withdrawn_at is not None


@pytest.mark.parametrize(("status", "taken_away"), [(410, True), (404, False)])
def test_410_behind_a_changed_line_is_believed(desk: Desk, status: int, taken_away: bool) -> None:
    """Though its plan is over; it is looked at once more at least, as it may come back."""
    piece = desk.daily.publish()
    desk.run()
    plan = desk.store.revisits.of(desk.article(piece).id)
    assert plan is not None
    desk.store.revisits.end(plan, now=desk.clock.now)
    desk.daily.edit(piece, title="Another headline")
    desk.daily.fail_page(piece, status=status)
    [source] = desk.store.sources.list()
    desk.store.sources.update(source.id, now=desk.clock.now, next_due_at=desk.clock.now)
    assert desk.at(1) == []
    assert desk.page_visits(piece) == [200, status]
    assert (desk.article(piece).withdrawn_at is not None) == taken_away
    told = "\n".join(sentences(look(desk.store, piece.url), now=desk.clock.now))
    assert f"in vain: the server answered {status}" in told
    assert "nothing had changed" not in told
    desk.daily.heal()
    seen = [one.outcome for one in desk.at(2 + 7 * 24)]
    assert seen == (["revised"] if taken_away else []), "with its new headline"
    assert desk.article(piece).withdrawn_at is None
    assert desk.store.revisits.of(desk.article(piece).id) is None


@pytest.mark.parametrize("how", ["front", "notice", "other"])
def test_what_is_not_had_is_neither_withdrawn_nor_revised(desk: Desk, how: str) -> None:
    piece, other = desk.daily.publish(), desk.daily.publish()
    desk.run()
    if how == "front":
        desk.daily.put("/", "<html><body><h1>The Daily</h1><p>News of the day</p></body></html>")
        desk.daily.fail_page(piece, status=302, to="/")
    elif how == "notice":
        words = "We are sorry, but what you are looking for cannot be found. Please try our search. " * 5
        head = "<head><title>Oops</title></head>"
        desk.daily.put(piece.path, f"<html>{head}<body><h1>Oops</h1><p>{words}</p></body></html>")
    else:
        desk.daily.fail_page(piece, status=301, to=other.path)
    looks = {look.article_id: look.outcome for look in desk.at(1)}
    article = desk.article(piece)
    assert looks[article.id] == "not_had"
    assert (article.withdrawn_at, article.revision, article.content.title) == (None, 1, piece.title)
    assert looks[desk.article(other).id] == "unchanged"


def test_a_page_that_could_not_be_had_at_first(desk: Desk) -> None:
    piece = desk.daily.publish()
    desk.daily.fail_page(piece, status=404)
    desk.run()
    assert desk.article(piece).content.text_source == "feed"
    desk.at(1)
    desk.at(2.5)
    assert desk.article(piece).withdrawn_at is None, "it was never there"
    desk.daily.heal()
    [look] = desk.at(6)
    assert look.outcome == "revised"
    assert desk.article(piece).content.text_source == "page"


def test_trouble_is_tried_again_and_then_left_to_the_next_look(desk: Desk) -> None:
    piece = desk.daily.publish()
    desk.run()
    desk.daily.fail_page(piece, status=500)
    [look] = desk.at(1)
    assert (look.outcome, look.reason) == ("not_had", "http_500")
    desk.at(1.1)
    assert desk.page_visits(piece) == [200, 500, 500]
    assert desk.at(5) == []
    desk.daily.heal()
    assert [look.outcome for look in desk.at(6)] == ["unchanged"]


def test_moved_slugs_are_one_article_with_all_its_addresses(desk: Desk) -> None:
    piece = desk.daily.publish()
    desk.run()
    moved = desk.daily.put(
        "/2026/a-new-slug.html",
        f'<html lang="en"><head><title>{piece.title}</title></head><body><article><h1>{piece.title}</h1>'
        + "".join(f"<p>{part}</p>" for part in piece.text.split("\n\n"))
        + "</article></body></html>",
    )
    desk.daily.fail_page(piece, status=301, to="/2026/a-new-slug.html")
    desk.at(1)
    article = desk.article(piece)
    assert {piece.url, moved} <= set(article.urls)
    assert desk.store.articles.count(Filters()) == 1
    assert article.revision == 1


def test_a_new_slug_with_the_same_text_joins_and_is_looked_at_from_then_on(desk: Desk) -> None:
    piece = desk.daily.publish(slug="old-slug")
    desk.run()
    [source] = desk.store.sources.list()
    again = desk.daily.publish(slug="new-slug", title=piece.title, text=piece.text)
    desk.store.sources.update(source.id, now=desk.clock.now, next_due_at=desk.clock.now)
    desk.run()
    article = desk.article(piece)
    assert desk.article(again).id == article.id
    assert {piece.url, again.url} <= set(article.urls)
    desk.daily.remove(piece.url)
    assert [look.outcome for look in desk.at(1)] == ["unchanged"], "it stands at its new address"
    assert desk.article(piece).withdrawn_at is None


def test_old_articles_and_pages_crawled_by_hand_are_not_looked_at_again(desk: Desk) -> None:
    old = datetime.fromtimestamp(desk.clock.start - 30 * 86400, UTC)
    desk.daily.publish(at=old)
    desk.run()
    assert desk.store.articles.count(Filters()) == 1
    assert desk.store.revisits.counts(now=desk.clock.now)["planned"] == 0


def test_the_plan_of_a_source_and_none(desk: Desk) -> None:
    [source] = desk.store.sources.list()
    desk.store.sources.update(source.id, now=desk.clock.now, schedule={"revisit": "30m"})
    piece = desk.daily.publish()
    desk.run()
    assert len(desk.at(0.5)) == 1
    assert desk.at(24) == []
    desk.store.sources.update(source.id, now=desk.clock.now, schedule={"revisit": "none"})
    desk.daily.publish()
    desk.store.sources.update(source.id, now=desk.clock.now, next_due_at=desk.clock.now)
    desk.run()
    assert desk.store.revisits.counts(now=desk.clock.now)["planned"] == 0
    assert desk.page_visits(piece) == [200, 304]


def test_a_plan_given_up_meanwhile_asks_nothing(desk: Desk) -> None:
    piece = desk.daily.publish()
    desk.run()
    settings = replace(desk.worker.settings, revisit=RevisitSettings(after="none"))
    desk.worker = replace(desk.worker, settings=settings)
    [look] = desk.at(1)
    assert (look.reason, desk.page_visits(piece)) == ("not_planned", [200])
    assert desk.store.revisits.counts(now=desk.clock.now)["planned"] == 0


def test_news_go_before_looks(desk: Desk) -> None:
    first = desk.daily.publish()
    desk.run()
    [source] = desk.store.sources.list()
    fresh = desk.daily.publish()
    desk.clock.now = desk.clock.start + 2 * HOUR
    desk.store.sources.update(source.id, now=desk.clock.now, next_due_at=desk.clock.now)
    before = len(desk.paper.visits)
    desk.run()
    asked = [visit.path for visit in desk.paper.visits[before:]]
    assert asked.index(fresh.path) < asked.index(first.path)


def test_a_line_that_changed_asks_for_its_page_soon_and_conditionally(desk: Desk) -> None:
    piece, other = desk.daily.publish(), desk.daily.publish()
    desk.run()
    [source] = desk.store.sources.list()
    body = desk.daily.answer(desk.daily.feed_path, desk.clock.now).body.decode()
    desk.daily.put(
        desk.daily.feed_path, body.replace(piece.title, f"{piece.title}!"), content_type="text/xml"
    )
    desk.daily.edit(other, text=f"{other.text}\n\nSomething else was found out about it since.")
    desk.store.sources.update(source.id, now=desk.clock.now, next_due_at=desk.clock.now)
    desk.run()
    assert desk.page_visits(piece) == [200], "a page rests after it was read"
    desk.at(0.1)
    assert desk.page_visits(piece) == [200, 304]
    [entry] = desk.store.entries.history(url_keys=[url_key(piece.url)])
    assert (entry.outcome, entry.reason, entry.visits) == ("unchanged", "not_modified", 1)
    outcomes = {look.article_id: look.outcome for look in desk.at(1)}
    assert outcomes == {desk.article(piece).id: "unchanged", desk.article(other).id: "revised"}
    assert desk.article(other).revision == 2


def test_a_new_address_that_names_the_old_one_as_its_own_joins(desk: Desk) -> None:
    piece = desk.daily.publish(title="Pier opens at last", slug="pier")
    desk.run()
    other = desk.daily.publish(title="Pier opens at last", slug="pier-live")
    words = "".join(f"<p>{part}</p>" for part in (piece.text, "This stands at the new address alone."))
    desk.daily.put(
        other.path,
        f'<html lang="en"><head><title>{piece.title}</title><link rel="canonical" href="{piece.url}"></head>'
        f"<body><article><h1>{piece.title}</h1>{words}</article></body></html>",
    )
    [source] = desk.store.sources.list()
    desk.store.sources.update(source.id, now=desk.clock.now, next_due_at=desk.clock.now)
    desk.run()
    assert desk.article(other).id == desk.article(piece).id
    assert {piece.url, other.url} <= set(desk.article(piece).urls)
