"""Texts judged one after the other: stories, forms, boilerplate in any number, documents of one's own."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.cli.exits import DONE, FAILED, PARTIAL
from crawler.cli.main import run
from crawler.near.candidates import (
    ENOUGH,
    FORMULA,
    FULL,
    LONERS,
    MOST,
    Lists,
    Sharing,
    looked_up,
    met,
    sharing,
    worth_comparing,
)
from crawler.near.fingerprint import PROBED, fingerprint
from crawler.near.joining import best_match, keys_to_store
from crawler.near.manifest import judged
from crawler.near.shelf import Shelf
from tests.copies import EDITS, copied, prose

FOOTER = " ".join(prose(9999, words=90).split())


def shelved(texts: list[str]) -> tuple[Shelf, list[int]]:
    shelf = Shelf(texts.__getitem__)
    return shelf, [shelf.put(text).story for text in texts]


def test_copies_of_copies_are_one_story() -> None:
    texts = [prose(1), prose(2), *(copied(prose(1), name) for name in EDITS), copied(prose(2), "an update")]
    _, stories = shelved(texts)
    assert stories == [0, 1, *[0] * len(EDITS), 1]


def test_the_best_of_several_is_named() -> None:
    texts = [prose(1), copied(prose(1), "twelve words in a hundred"), prose(1) + " And a word."]
    shelf = Shelf(texts.__getitem__)
    first, second, third = map(shelf.put, texts)
    assert (first.of, second.of, third.of) == (None, 0, 0)
    again = shelf.put(prose(1))
    assert (again.of, again.match and again.match.score) == (0, 1.0)


def test_forgotten_fingerprints_are_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.near.shelf._REMEMBERED", 2)
    _, stories = shelved([*(prose(number) for number in range(20)), copied(prose(3), "furniture")])
    assert stories == [*range(20), 3]


def test_hundreds_of_pages_with_one_footer() -> None:
    """Lists stay short, nothing is merged, and a real copy among them is found all the same."""
    texts = [f"{prose(number, words=60)}\n\n{FOOTER}" for number in range(300)]
    shelf, stories = shelved(texts)
    assert stories == [*range(300)]
    assert max(map(len, shelf._lists.under.values())) <= FULL
    assert shelf.put(f"Rome (ANSA) - {prose(200, words=60)}").story == 200
    assert shelf.put(f"{FOOTER}\n\n{prose(5000, words=60)}").of is None


def test_a_thousand_equal_pages_have_one_set_of_keys() -> None:
    shelf, stories = shelved([FOOTER] * 1000)
    assert set(stories) == {0}
    assert sum(map(len, shelf._lists.under.values())) == ENOUGH


def test_short_texts_are_never_joined() -> None:
    assert shelved(["", "", "Watch the video.", "Watch the video.", "続きを読む", "続きを読む"])[1] == [
        *range(6)
    ]


def test_a_key_of_many_stories_proves_nothing() -> None:
    apart = [Sharing(number, number, [1, 2]) for number in range(FORMULA)]
    assert worth_comparing(apart) == []
    one = Sharing(99, 99, [1, 2, 3])
    assert worth_comparing([*apart, one]) == [one]
    together = [Sharing(number, number % 2, [1, 2]) for number in range(FORMULA)]
    assert len(worth_comparing(together)) == FORMULA


def test_who_shares_most_is_compared_first_and_not_all_are() -> None:
    few = [Sharing(number, 1, [1]) for number in range(50)]
    many = [Sharing(number, 1, [1, 2]) for number in range(100, 150)]
    found = worth_comparing([*few, *many])
    assert len(found) == MOST
    assert [one.article_id for one in found] == [*range(149, 149 - MOST, -1)]
    assert len(worth_comparing(few)) == LONERS


def listed(lists: dict[int, list[int]]) -> Lists:
    made = Lists()
    made.put(lists)
    return made


def test_a_full_key_counts_where_many_are() -> None:
    full = [*range(100, 100 + FULL)]
    assert met([1, 2, 3, 4], listed({1: full, 3: [7, 100]})) == [3]
    assert met([1, 2, 3], listed({1: full, 3: [7, 100]})) == [1, 3]
    assert met([], listed({})) == []


def test_a_key_is_full_as_soon_as_enough_stand_under_it_and_no_longer() -> None:
    lists = Lists()
    assert lists.put({1: [*range(FULL - 1)], 2: [*range(FULL)], 3: [5]}) == {2}
    lists.add(1000, [1, 3, 4])
    assert lists.full == {1, 2}
    assert (lists.under[1][-1], lists.under[3], lists.under[4]) == (1000, [5, 1000], [1000])
    assert lists.put({2: [7]}) == set()
    assert (lists.full, lists.under[2]) == ({1}, [7])


def test_who_shares_which_keys() -> None:
    assert sharing([1, 3], listed({1: [7, 8], 2: [9], 3: [7]})) == {7: [1, 3], 8: [1]}


def test_what_is_gone_is_passed_over() -> None:
    new = fingerprint(prose(1))
    found = [Sharing(1, 1, [1, 2]), Sharing(2, 2, [1])]
    assert best_match(new, found, lambda number: new if number == 2 else None) is not None
    assert best_match(new, found, lambda _: None) is None


def test_in_place_of_full_keys_others_are_looked_up() -> None:
    keys = [*range(PROBED)]
    assert looked_up(keys, set()) == keys[:ENOUGH]
    assert looked_up(keys, {0, 3}) == keys[: ENOUGH + 2]
    assert looked_up(keys, {0, ENOUGH}) == keys[: ENOUGH + 2]
    assert looked_up(keys, {ENOUGH}) == keys[:ENOUGH]
    assert looked_up(keys, {*keys}) == keys
    assert looked_up(keys[:3], {*keys[:2]}) == keys[:3]


def test_keys_to_store() -> None:
    new = fingerprint(prose(1))
    assert len(new.keys) == PROBED
    assert keys_to_store(new, None, set()) == new.keys[:ENOUGH]
    assert keys_to_store(new, None, {new.keys[0]}) == new.keys[1 : ENOUGH + 1]
    assert keys_to_store(new, None, {*new.keys}) == ()
    best = best_match(new, [Sharing(1, 1, [1])], lambda _: new)
    assert best
    assert keys_to_store(new, best[1], set()) == ()


# --- documents of one's own


def lines(*documents: Any) -> io.BytesIO:
    return io.BytesIO(b"".join(json.dumps(document).encode() + b"\n" for document in documents))


def test_documents_are_judged_in_their_order() -> None:
    found = list(
        judged(
            lines(
                {"id": "a", "title": "One", "text": prose(1)},
                {"id": 7, "title": "Two", "text": prose(2)},
                {"id": "b", "title": "Three", "text": copied(prose(1), "dateline and byline")},
                {"id": "c", "text": copied(prose(1), "furniture")},
            )
        )
    )
    assert [(one.id, one.story, one.verdict) for one in found] == [
        ("a", "a", "new"), (7, 7, "new"), ("b", "a", "duplicate"), ("c", "a", "duplicate")
    ]  # fmt: skip
    assert [one.match for one in found] == [None, None, "a", "a"]
    assert found[0].score is None
    assert 0.5 < (found[2].score or 0) <= 1


def test_lines_that_are_no_documents() -> None:
    bad = (
        b'{"id": 1}\n\nnonsense\n[1]\n{"id": null, "text": 5}\n{"id": NaN, "text": "x"}\n\xff\xfe\n'
        + b"[" * 100_000
    )
    found = list(judged(io.BytesIO(bad)))
    assert [one.verdict for one in found] == [
        "new",
        "rejected",
        "rejected",
        "new",
        "new",
        "rejected",
        "rejected",
    ]
    assert [one.id for one in found] == [1, 3, 4, 5, "nan", 7, 8]


@given(st.binary(max_size=200))
def test_any_bytes_are_judged(body: bytes) -> None:
    for one in judged(io.BytesIO(body)):
        json.dumps(one.record())


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = tmp_path / "docs.jsonl", tmp_path / "out.jsonl"
    path.write_bytes(lines({"id": "a", "text": prose(1)}, {"id": "b\ud800", "text": prose(1)}).getvalue())
    assert run(["stories", "--manifest", str(path)]) == DONE
    printed = capsys.readouterr()
    rows = [json.loads(line) for line in printed.out.splitlines()]
    assert [(row["story"], row["verdict"], row["score"], row["match"]) for row in rows] == [
        ("a", "new", None, None), ("a", "duplicate", 1.0, "a")
    ]  # fmt: skip
    assert "2 documents: 1 new, 1 copy" in printed.err
    assert run(["stories", "--manifest", str(path), "-o", str(out)]) == DONE
    assert [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()] == rows
    path.write_bytes(path.read_bytes() + b"nonsense\n")
    assert run(["stories", "--manifest", str(path)]) == PARTIAL
    path.write_bytes(b"nonsense\n")
    assert run(["stories", "--manifest", str(path)]) == FAILED
    path.write_bytes(b"")
    assert run(["stories", "--manifest", str(path)]) == DONE
