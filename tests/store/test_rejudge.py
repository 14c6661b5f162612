"""The past judged anew: the same stories as at first, from any point at which a run was broken off."""

import json
from pathlib import Path

import pytest

from crawler.cli.exits import DONE
from crawler.cli.main import run
from crawler.likeness import Likeness
from crawler.rejudge import Rejudged, rejudge
from storage import open_store
from storage.store import Store
from tests.copies import copied, prose
from tests.desk import DAY, Desk, postings
from tests.keeping import NOW, add_article

TEXTS = [
    *(prose(number) for number in range(6)),
    copied(prose(1), "furniture"),
    copied(prose(1), "cut by a third"),
    prose(2),
    copied(prose(3), "an update"),
    *(f"{prose(number, words=60)}\n\n{prose(99, words=80)}" for number in range(20, 26)),
]


def state(store: Store) -> list[object]:
    with store._database.read() as connection:
        return [
            sorted(tuple(row) for row in connection.exec_driver_sql(sql))
            for sql in (
                "SELECT id, story_id, coalesce(duplicate_of, 0) FROM articles",
                "SELECT key, article_id FROM near_postings",
                "SELECT article_id, day, algorithm FROM near_docs",
                "SELECT article_id, other_id, score, why FROM joins",
            )
        ]


def again(store: Store, *, window: float = 60.0, now: float = NOW) -> Rejudged:
    return rejudge(store, Likeness(window=window), now=now, step=lambda at, total: None)


@pytest.fixture
def filled(store: Store) -> Store:
    desk = Desk(store)
    for number, text in enumerate(TEXTS):
        desk.keep(f"n{number}", text)
    return store


def test_to_judge_anew_changes_nothing(filled: Store) -> None:
    before = state(filled)
    assert again(filled) == Rejudged(resumed=False, judged=len(TEXTS), copies=4, changed=0)
    assert state(filled) == before
    assert again(filled).changed == 0
    assert state(filled) == before


def test_what_was_never_judged_is_joined(store: Store) -> None:
    numbers = [
        add_article(store, f"n{n}", text=text, content_hash=f"h{n}", site=f"{n}.example")
        for n, text in enumerate(TEXTS[:8])
    ]
    assert again(store) == Rejudged(resumed=False, judged=8, copies=2, changed=2)
    assert [store.articles.get(number).story_id for number in numbers] == [
        *numbers[:6],
        numbers[1],
        numbers[1],
    ]


def test_another_window_changes_stories(filled: Store) -> None:
    with filled._database.write() as connection:
        connection.exec_driver_sql(
            f"UPDATE articles SET first_seen_at = first_seen_at + {9 * DAY} WHERE id > 6"
        )
        connection.exec_driver_sql("UPDATE near_docs SET day = day + 9 WHERE article_id > 6")
    done = again(filled, window=5.0, now=NOW + 9 * DAY)
    # What is the same letter by letter is known for ever; two copies of one text still find each other.
    assert (done.copies, done.changed) == (2, 3)
    assert filled.articles.get(8).story_id == 7
    assert {article for _, article in postings(filled)} == {*range(7, len(TEXTS) + 1)}


def test_a_run_that_was_broken_off_is_gone_on_with(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    before = state(filled)
    monkeypatch.setattr("crawler.rejudge.BATCH", 5)

    def stop(at: int, _total: int) -> None:
        if at == 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rejudge(filled, Likeness(window=60), now=NOW, step=stop)
    assert filled.past.left() == len(TEXTS) - 10
    assert Likeness(window=0).forget(filled, now=NOW + 900 * DAY) == 0, "nothing is forgotten meanwhile"
    seen: list[tuple[int, int]] = []
    done = rejudge(filled, Likeness(window=60), now=NOW, step=lambda at, total: seen.append((at, total)))
    assert (done.resumed, done.judged) == (True, len(TEXTS) - 10)
    assert seen == [(5, 6), (6, 6)]
    assert state(filled) == before


def test_what_comes_meanwhile_is_judged_as_well(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.rejudge.BATCH", 5)
    desk = Desk(store)
    for number, text in enumerate(TEXTS):
        desk.keep(f"n{number}", text)
    came: list[int] = []

    def keep(at: int, _total: int) -> None:
        if at == 5:
            assert desk.keep("n7", copied(prose(1), "cut by a third") + " More.").outcome == "revised"
            came.append(desk.keep("late", copied(TEXTS[-1], "furniture")).article_id)
            assert store.articles.get(came[0]).story_id == came[0], "what it is a copy of was not there"

    done = rejudge(store, Likeness(window=60), now=NOW, step=keep)
    assert (done.judged, done.changed) == (len(TEXTS) + 1, 1), "what was edited meanwhile is among them"
    assert store.articles.get(came[0]).story_id == len(TEXTS)
    assert store.past.left() == 0
    assert again(store).changed == 0


def test_what_people_decided_stands(filled: Store) -> None:
    filled.stories.part(7, at=NOW)
    filled.stories.join(4, 1, at=NOW)
    before = [filled.articles.get(number).story_id for number in range(1, len(TEXTS) + 1)]
    assert again(filled).changed == 0
    assert [filled.articles.get(number).story_id for number in range(1, len(TEXTS) + 1)] == before
    assert (before[6], before[3]) == (7, 1)


def test_decisions_stand_at_every_moment(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    filled.stories.part(7, at=NOW)
    filled.stories.join(4, 1, at=NOW)
    filled.stories.join(2, 5, at=NOW)
    numbers = range(1, len(TEXTS) + 1)
    before = [filled.articles.get(number).story_id for number in numbers]
    assert (before[6], before[3], before[1], before[7]) == (7, 1, 5, 5)
    seen: list[list[int]] = []
    monkeypatch.setattr("crawler.rejudge.BATCH", 1)
    rejudge(
        filled, Likeness(window=60), now=NOW,
        step=lambda at, total: seen.append([filled.articles.get(number).story_id for number in numbers]),
    )  # fmt: skip
    assert len(seen) == len(TEXTS)
    assert seen == [before] * len(TEXTS)


def test_taken_out_of_one_story_it_may_join_another(store: Store) -> None:
    desk = Desk(store)
    one = desk.keep("a", prose(1)).article_id
    other = desk.keep("b", copied(prose(1), "furniture")).article_id
    store.stories.part(other, at=NOW)
    twin = desk.keep("c", copied(prose(1), "cut by a third")).article_id
    first = store.articles.get(twin).story_id
    store.stories.part(twin, at=NOW)
    assert again(store).changed == 1
    assert {first, store.articles.get(twin).story_id} == {one, other}
    assert again(store).changed == 0
    store.stories.part(twin, at=NOW)
    assert again(store).changed == 0
    assert store.articles.get(twin).story_id == twin, "taken out of a second one it stands alone"
    assert store.stories.release(twin).story == first


def test_to_release_leads_to_the_newest_judgement(store: Store) -> None:
    numbers = [
        add_article(store, f"n{n}", text=text, content_hash=f"h{n}", site=f"{n}.example")
        for n, text in enumerate(TEXTS[:8])
    ]
    store.stories.join(numbers[7], numbers[3], at=NOW)
    again(store)
    assert store.articles.get(numbers[7]).story_id == numbers[3]
    assert store.stories.release(numbers[7]).story == numbers[1]


def test_an_empty_store(store: Store) -> None:
    assert again(store) == Rejudged(resumed=False, judged=0, copies=0, changed=0)


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"sqlite:///{tmp_path}/kabar.db"
    with open_store(url) as store:
        for number in range(3):
            text = prose(1) if number < 1 else copied(prose(1), "furniture", number)
            add_article(store, f"n{number}", text=text, content_hash=f"h{number}", site=f"{number}.example")
    assert run(["--database", url, "rejudge"]) == DONE
    assert capsys.readouterr().out == "3 articles judged: 2 copies, 2 in another story than before\n"
    assert run(["--database", url, "rejudge", "--json"]) == DONE
    assert json.loads(capsys.readouterr().out) == {"resumed": False, "judged": 3, "copies": 2, "changed": 0}


def test_what_is_left_of_an_article_that_is_gone_keeps_nobody_waiting(filled: Store) -> None:
    """A prune beside a run left such rows: no later run came to its end."""
    with filled._database.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO near_docs (article_id, day, algorithm, keys)"
            " SELECT 999, day, 0, keys FROM near_docs WHERE article_id = 1"
        )
    assert filled.past.left() == 0
    assert again(filled).judged == len(TEXTS)
    assert filled.past.newest() == 0
