"""A loopback newsroom's week: ten outlets and an agency, and the story that kabar tells of it."""

import asyncio
import json
import shutil
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from crawler.cli.main import run
from crawler.normalize.url import host_lane, url_key
from crawler.slice import Dispatcher, run_until_idle
from crawler.worker import open_worker
from storage import open_store
from storage.model import NewSource
from storage.store import Store
from tests.crawling import settings_for
from tests.loopback import Piece
from tests.newspaper import serve_in_thread
from tests.newsroom import AGENCY, HOUR, Newsroom, Week, week

pytestmark = pytest.mark.slow


@dataclass
class Kept:
    """What was kept of the week."""

    url: str
    week: Week
    numbers: dict[str, int]
    """Article by short name."""
    strays: list[int]
    """Articles of forms and of what nobody else printed."""


def _crawl(folder: Path, room: Newsroom, store: Store, now: list[float]) -> None:
    """Follow all outlets for a week, looking every three hours; ``now`` holds the time.

    At the agency one look is in between: of what comes in one look nobody can say which is kept first.
    """
    for name, outlet in room.paper.outlets.items():
        new = NewSource(
            url=outlet.feed_url, host=host_lane(outlet.feed_url), language="id",
            interval=HOUR if name == AGENCY else 3 * HOUR,
        )  # fmt: skip
        store.sources.add(new, now=now[0])
    settings = settings_for(folder)
    with asyncio.Runner() as runner:

        async def once() -> None:
            async with AsyncExitStack() as stack:
                worker = await stack.enter_async_context(
                    open_worker(settings, store, clock=lambda: now[0], chance=lambda: 0.5)
                )
                for hour in sorted({*range(0, 7 * 24 + 6, 3), 10}):
                    now[0] = room.start + hour * HOUR + 120
                    dispatcher = Dispatcher(worker, listener=lambda event: None)
                    await run_until_idle(worker, dispatcher, asyncio.Event(), patience=0.0)
                    await dispatcher.stop(deadline=2.0)

        runner.run(once())


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    folder = tmp_path_factory.mktemp("newsroom")
    now = [float(int(time.time())) - 8 * 86400]
    start = now[0]
    with (
        serve_in_thread(clock=lambda: now[0]) as paper,
        open_store(f"sqlite:///{folder / 'kabar.db'}") as store,
    ):
        room = Newsroom(paper, start)
        printed = week(room)
        _crawl(folder, room, store, now)
        counts = store.entries.accounting()
        assert counts["offered"] == sum(count for name, count in counts.items() if name != "offered")

        def number(piece: Piece) -> int:
            found = store.articles.by_keys([url_key(piece.url)])
            assert found is not None, piece
            return found.id

        return Kept(
            store.url,
            printed,
            {name: number(piece) for name, piece in printed.pieces.items()},
            [number(piece) for piece in (*printed.forms, *printed.lone)],
        )


Tell = Callable[..., list[Any]]


@pytest.fixture
def tell(kept: Kept, capsys: pytest.CaptureFixture[str]) -> Tell:
    """Run a command on the kept week and return what it says in JSON, a value a line."""

    def told(*arguments: str) -> list[Any]:
        capsys.readouterr()
        assert run(["--database", kept.url, *arguments, "--json"]) == 0
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return told


def account(kept: Kept, tell: Tell, name: str) -> dict[str, Any]:
    [told] = tell("show", str(kept.numbers[name]), "--story")
    return dict(told)


def roles(kept: Kept, told: dict[str, Any]) -> dict[str, str]:
    names = {number: name for name, number in reversed(kept.numbers.items())}
    return {names[member["id"]]: member["role"] for member in told["members"]}


def test_the_stories_of_the_week_and_no_others(kept: Kept, tell: Tell) -> None:
    told = tell("stories", "--limit", "1000")
    assert {
        story["title"]: (story["articles"], story["outlets"], story["origin"]["name"]) for story in told
    } == {
        "Kabel laut putus": (8, 8, "Mandala Wire"),
        "Dana pelabuhan hilang": (3, 3, "Harian Selat"),
        "Harga minyak naik": (3, 3, "Reuters"),
        "Feri karam": (2, 2, "Harian Senja"),
        "Feri tenggelam": (2, 2, "Harian Utara"),
    }
    assert [story["title"] for story in tell("stories", "--sort", "size", "--limit", "1")] == [
        "Kabel laut putus"
    ]
    assert tell("stories", "--count") == [{"count": 5}]
    assert [story["title"] for story in tell("stories", "title:minyak")] == ["Harga minyak naik"]


def test_who_copied_the_agency(kept: Kept, tell: Tell) -> None:
    told = account(kept, tell, "short")
    assert told["origin"] == {
        "article_id": kept.numbers["agency"], "name": "Mandala Wire",
        "why": "5 of the other 7 name it at the beginning",
    }  # fmt: skip
    assert roles(kept, told) == {
        "early": "copy", "agency": "original", "same": "copy", "short": "shortened", "desked": "copy",
        "grown": "expanded", "decorated": "copy", "gone": "copy",
    }  # fmt: skip
    members = {member["id"]: member for member in told["members"]}
    assert members[kept.numbers["same"]]["matched"] == "same text"
    assert members[kept.numbers["desked"]]["score"] < 1
    assert "passages" in members[kept.numbers["desked"]]["matched"]
    assert members[kept.numbers["gone"]]["withdrawn_at"]
    assert {member["joined_to"] for member in members.values()} >= {None, kept.numbers["agency"]}


def test_who_copied_without_a_word(kept: Kept, tell: Tell) -> None:
    told = account(kept, tell, "scoop copy")
    assert told["origin"]["why"].startswith("it came out first, 150 min") or "2 h" in told["origin"]["why"]
    assert roles(kept, told) == {"scoop": "original", "scoop copy": "copy", "scoop short": "shortened"}


def test_an_agency_that_is_not_followed(kept: Kept, tell: Tell) -> None:
    told = account(kept, tell, "foreign 1")
    assert (told["origin"]["article_id"], told["origin"]["name"]) == (None, "Reuters")
    assert "original" not in roles(kept, told).values()


def test_two_desks_tell_two_stories(kept: Kept, tell: Tell) -> None:
    one, two = account(kept, tell, "desk one"), account(kept, tell, "desk two")
    assert roles(kept, one) == {"desk one": "original", "desk one copy": "copy"}
    assert roles(kept, two) == {"desk two": "original", "desk two copy": "copy"}


def test_forms_and_live_pages_do_not_melt(kept: Kept, tell: Tell) -> None:
    with open_store(kept.url) as store:
        alone = [
            store.articles.get(number)
            for number in [*kept.strays, *map(kept.numbers.get, ("live 1", "live 2"))]
        ]
    assert {(article.story_id, article.duplicate_of) for article in alone} == {
        (one.id, None) for one in alone
    }
    assert len(alone) == len({article.id for article in alone}) == 7 * 4 + 7 * 10 + 2
    assert [article.revision for article in alone[-2:]] == [2, 2]


def test_each_story_once(kept: Kept, tell: Tell) -> None:
    every, once = tell("search", "--limit", "1000"), tell("search", "--limit", "1000", "--one-per-story")
    assert len(every) - len(once) == 7 + 2 + 2 + 1 + 1
    assert tell("search", "--one-per-story", "--count") == [{"count": len(once)}]
    [cable] = tell("search", "title:kabel", "--one-per-story")
    assert cable["id"] == kept.numbers["early"], "the first that is found"
    assert {article["story_id"] for article in every} == {article["story_id"] for article in once}
    copies = {article["id"] for article in every if article["duplicate_of"] is not None}
    assert len(copies) == 13


def test_who_changed_what(kept: Kept, tell: Tell) -> None:
    [quiet] = tell("show", str(kept.numbers["desked"]), "--diff")
    assert quiet["changed"] == ["title"]
    assert quiet["fields"]["title"][-1] == ["new", ", Menteri Minta Maaf"]
    [corrected] = tell("show", str(kept.numbers["scoop"]), "--diff")
    assert "text" in corrected["changed"]
    assert any("47 miliar" in piece for kind, piece in corrected["fields"]["text"] if kind == "new")


def test_a_moved_slug_and_what_was_taken_away(kept: Kept, tell: Tell) -> None:
    assert kept.numbers["moved"] == kept.numbers["same"]
    with open_store(kept.url) as store:
        moved = store.articles.get(kept.numbers["same"])
    assert {kept.week.pieces[name].url for name in ("same", "moved")} <= set(moved.urls)
    assert moved.withdrawn_at is None
    assert [article["id"] for article in tell("search", "is:withdrawn")] == [kept.numbers["gone"]]


def test_a_person_knows_better(kept: Kept, tell: Tell, tmp_path: Path) -> None:
    copy = tmp_path / "kabar.db"
    shutil.copy(kept.url.removeprefix("sqlite:///"), copy)
    database = ("--database", f"sqlite:///{copy}")
    number, story = str(kept.numbers["short"]), account(kept, tell, "short")["id"]
    [moved] = tell(*database, "stories", "part", number)
    assert moved == {
        "article_id": int(number),
        "story_id": int(number),
        "before": story,
        "moved": [int(number)],
    }
    [told] = tell(*database, "show", str(kept.numbers["agency"]), "--story")
    assert (told["articles"], told["apart"]) == (7, [int(number)])
    before = tell(*database, "search", "--limit", "1000")
    [judged] = tell(*database, "rejudge")
    assert (judged["judged"], judged["changed"]) == (len(before), 0)
    after = tell(*database, "search", "--limit", "1000")
    assert [one["story_id"] for one in after] == [one["story_id"] for one in before], "it stays apart"
    [back] = tell(*database, "stories", "join", number)
    assert back["story_id"] == story
