"""``kabar stories`` and ``kabar show --story`` on a real store."""

import csv
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from crawler.cli import output
from crawler.cli.main import run
from crawler.likeness import join_of
from crawler.near.fingerprint import fingerprint
from crawler.near.match import SAME_WORDS, match
from storage import open_store
from storage.store import Store
from tests.copies import edited, prose, trimmed
from tests.keeping import NOW, add_article, at
from tests.newsroom import grown, lot


class Done(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[list[str]]:
        return [line.split("\t") for line in self.out.splitlines()]


DAY, UTC = "2025-10-09", "+00:00"
Tell = Callable[..., Done]


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("KABAR_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A story of four outlets (1 to 4), one of two (5 and 6), and an article of one alone (7)."""
    with open_store(f"sqlite:///{tmp_path / 'kabar.db'}") as opened:
        text = prose(1)
        first = _add(opened, "harbour", text, 0)
        _add(opened, "pier", edited(0.05)(text, lot(1)), 1, of=first)
        _add(opened, "brief", trimmed(0.6)(text, lot(1)), 2, of=first)
        _add(opened, "long", grown(text, 1), 30, of=first)
        second = _add(opened, "rice", prose(2), 5)
        _add(opened, "paddy", prose(2), 6, of=second)
        _add(opened, "lone", prose(3), 7)
        yield opened


def _add(store: Store, name: str, text: str, hours: float, *, of: int | None = None) -> int:
    number = add_article(
        store, name, text=text, site=f"{name}.example", title=f"About {name}", duplicate_of=of,
        published_at=at(NOW + hours * 3600), word_count=len(text.split()), seen_at=NOW + 200_000,
    )  # fmt: skip
    if of is not None:
        found = match(fingerprint(text), fingerprint(store.articles.get(of).content.text))
        same = text == store.articles.get(of).content.text
        assert found is not None
        store.fingerprints.join(join_of(number, of, SAME_WORDS if same else found))
    return number


@pytest.fixture
def tell(store: Store, capsys: pytest.CaptureFixture[str]) -> Tell:
    def told(*arguments: str) -> Done:
        capsys.readouterr()
        code = run(["--database", store.url, *arguments])
        return Done(code, *capsys.readouterr())

    return told


def test_stories_are_listed(tell: Tell) -> None:
    done = tell("stories")
    assert (done.code, done.err) == (0, "")
    assert done.lines == [
        ["1", f"{DAY}T08:53:20{UTC}", f"2025-10-10T14:53:20{UTC}", *"44", "harbour.example", "About harbour"],
        ["5", f"{DAY}T13:53:20{UTC}", f"{DAY}T14:53:20{UTC}", *"22", "rice.example", "About rice"],
    ]  # fmt: skip
    assert tell("stories", "list", "--min", "3").lines == done.lines[:1]
    assert [line[0] for line in tell("stories", "--min", "1", "--sort", "size").lines] == ["1", "5", "7"]
    assert [line[0] for line in tell("stories", "paddy").lines] == ["5"]
    assert [line[0] for line in tell("stories", "--since", "2025-10-10").lines] == ["1"]
    assert [line[0] for line in tell("stories", "--site", "pier.example").lines] == ["1"]
    assert tell("stories", "--count").out == "2\n"
    assert tell("stories", "--count", "--json").out == '{"count": 2}\n'
    nothing = tell("stories", "nowhere", "--fail-on-empty")
    assert (nothing.code, nothing.out) == (3, "")


def test_page_by_page(tell: Tell) -> None:
    first = tell("stories", "--limit", "1")
    command = first.err.removeprefix("more: kabar ").split()
    assert command[2:4] == ["stories", "--cursor"]
    second = tell(*command[2:])
    assert ([line[0] for line in (*first.lines, *second.lines)], second.err) == (["1", "5"], "")
    assert tell("stories", "--cursor", "nonsense").code == 2


def test_formats(tell: Tell, tmp_path: Path) -> None:
    [one, two] = [json.loads(line) for line in tell("stories", "--json").out.splitlines()]
    assert (one["id"], one["articles"], one["outlets"], one["language"]) == (1, 4, 4, "en")
    assert one["origin"] == {
        "article_id": 1, "name": "harbour.example", "why": "it came out first, 60 min before the next",
    }  # fmt: skip
    assert two["last_at"] == "2025-10-09T14:53:20+00:00"
    done = tell("stories", "-o", str(tmp_path / "s.csv"))
    assert (done.out, done.err) == ("", f"2 stories written to {tmp_path / 's.csv'}\n")
    rows = list(csv.DictReader((tmp_path / "s.csv").open(encoding="utf-8")))
    assert [(row["id"], row["origin_article_id"], row["title"]) for row in rows] == [
        ("1", "1", "About harbour"), ("5", "5", "About rice"),
    ]  # fmt: skip
    assert tell("stories", "--format", "csv").out.startswith("id,title,")


def test_a_story_is_told(tell: Tell) -> None:
    done = tell("show", "3", "--story")
    assert done.code == 0
    assert [(line[0], line[2], line[5]) for line in done.lines] == [
        ("1", "original", ""), ("2", "copy", "1"), ("3", "shortened", "1"), ("4", "expanded", "1"),
    ]  # fmt: skip
    told = json.loads(tell("show", "https://pages.example/brief", "--story", "--json").out)
    assert [member["role"] for member in told["members"]] == ["original", "copy", "shortened", "expanded"]
    brief = told["members"][2]
    assert (brief["joined_to"], brief["by_hand"], brief["how"]) == (1, None, "contained")
    assert brief["role_why"].startswith("it keeps ")
    assert 0.3 < brief["other_share"] < 0.5 < brief["own_share"]
    [alone] = json.loads(tell("show", "7", "--story", "--json").out)["members"]
    assert (alone["role"], alone["matched"], alone["score"]) == ("original", None, None)
    assert json.loads(tell("show", "6", "--story", "--json").out)["members"][1]["matched"] == "same text"


def test_on_a_terminal(tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    for module in ("output", "stories", "show_story"):
        monkeypatch.setattr(f"crawler.cli.{module}.on_terminal", lambda stream=None: True)
    assert output.on_terminal()
    told = tell("show", "1", "--story").out
    assert "likely harbour.example (article 1): it came out first, 60 min before the next" in told
    assert "4 articles in 4 outlets within 30 h" in told
    listed = tell("stories").out
    assert "30 h" in listed
    assert "no stories" in tell("stories", "nowhere").err
    assert (
        "kept apart" in tell("show", "1", "--story").out if tell("stories", "part", "2").code == 0 else False
    )


def test_people_decide(tell: Tell, store: Store) -> None:
    done = tell("stories", "part", "2")
    assert (done.code, done.out) == (0, "")
    assert done.err == "article 2 is in story 2 now, no longer in 1\n"
    assert json.loads(tell("show", "1", "--story", "--json").out)["apart"] == [2]
    assert json.loads(tell("show", "2", "--story", "--json").out)["members"][0]["by_hand"] == "apart"
    assert "is the first of its story" in tell("stories", "part", "1").err
    assert tell("stories", "part", "7").err == "article 7 stands alone: nobody else printed its text\n"
    moved = tell("stories", "join", "5", "1", "--json")
    assert json.loads(moved.out) == {"article_id": 5, "story_id": 1, "before": 5, "moved": [5, 6]}
    assert moved.err == "article 5 is in story 1 now, no longer in 5, and 1 copy with it\n"
    assert tell("stories", "join", "5", "1").err == "article 5 is in story 1 already\n"
    told = json.loads(tell("show", "1", "--story", "--json").out)
    by_hand = next(member for member in told["members"] if member["id"] == 5)
    assert (by_hand["matched"], by_hand["score"], by_hand["by_hand"]) == ("put here by hand", None, "joined")
    assert (
        tell("stories", "join", "5").err
        == "article 5 is in story 5 now, no longer in 1, and 1 copy with it\n"
    )
    assert tell("stories", "join", "5").err == "article 5 is where kabar had put it\n"
    tell("stories", "part", "3")
    tell("stories", "join", "3", "1")
    assert (
        tell("stories", "join", "3").err
        == "article 3 stays in story 1; what was decided by hand is taken back\n"
    )
    assert (tell("stories", "join", "5", "99").code, tell("stories", "part", "99").code) == (1, 1)
    assert store.articles.get(2).story_id == 2


def test_words_that_are_verbs(tell: Tell) -> None:
    assert tell("stories", "--min", "1", "join").code == 0
    assert tell("stories", "join").code == 2
    assert tell("stories", "-q", "part", "2").err == ""
    assert tell("stories", "x", "--manifest", "-").code == 2


def test_each_story_once(tell: Tell, tmp_path: Path) -> None:
    assert [line[0] for line in tell("search", "--one-per-story").lines] == ["7", "5", "1"]
    assert [line[0] for line in tell("search", "paddy OR pier", "--one-per-story").lines] == ["6", "2"]
    assert tell("search", "--one-per-story", "--count").out == "3\n"
    assert tell("export", "--one-per-story", "-o", str(tmp_path / "a.jsonl")).err.startswith(
        "3 articles written"
    )
