"""Traits of blocks, forests that judge them, and the model that is shipped."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spiders.readers.body.context import context_of
from spiders.readers.body.evidence import Evidence
from spiders.readers.body.forest import Forest, pack, unpack
from spiders.readers.body.judge import fingerprint, judge, shipped
from spiders.readers.body.letters import END_COLON, END_QUOTE, END_SENTENCE, START_BULLET, count_letters
from spiders.readers.body.phrases import PHRASES, phrases_in
from spiders.readers.body.segment import segment
from spiders.readers.body.table import Layout, Table
from spiders.readers.body.traits import Frame, traits_of
from spiders.readers.tree import parse_html
from tests.depth import examples

PAGE = """<nav><ul><li><a href=/>Beranda</a></li></ul></nav><article class=post-content>
<h1>Harga beras naik</h1>
<div class=body><p>Menteri mengatakan harga beras naik di tiga provinsi.</p>
<p>Stok cukup, kata kepala badan.</p>
<p>Baca juga: <a href=/x>Panen mundur</a></p></div></article><aside><h2>Komentar</h2><p>Setuju!</p></aside>"""
EVIDENCE = Evidence(
    titles=("harga beras naik",), names=("budi santoso",), body="stok cukup, kata kepala badan."
)


def seen(body: str, evidence: Evidence = EVIDENCE) -> tuple[Table, Frame]:
    tree, _ = parse_html(f"<html><body>{body}</body></html>")
    return traits_of(segment(tree), evidence)


def test_letters_are_counted_in_any_script() -> None:
    letters = count_letters(["Ab 1.", "日本語。", "“Ya?”", "- satu:", "🎉"])
    assert letters.signs.tolist() == [[1, 0, 1, 0, 0], [1, 0, 0, 0, 0], [0, 3, 0, 0, 0]]
    assert letters.weight.tolist() == [5, 8.5, 5, 7, 1]
    assert letters.end.tolist() == [END_SENTENCE, END_SENTENCE, END_QUOTE, END_COLON, 0]
    assert letters.start[3] == START_BULLET


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("baca juga: panen mundur", {"starts_related"}),
        ("» lire aussi : la récolte", {"starts_related"}),
        ("関連記事", {"starts_related"}),
        ("© 2025 warta. all rights reserved", {"starts_legal", "starts_credit", "says_legal"}),
        ("foto: antara", {"starts_credit", "says_credit"}),
        ("relatedness is a word", set()),
        ("menteri mengatakan harga naik", set()),
        ("baca juga " + "x" * 600, set()),
    ],
)
def test_phrases(text: str, kinds: set[str]) -> None:
    bits = phrases_in(text, text.split())
    assert {name for at, name in enumerate(PHRASES) if bits >> at & 1} == kinds


def test_traits_of_a_page() -> None:
    traits, frame = seen(PAGE)
    assert frame.size == 7
    assert traits["same_title"].tolist()[:2] == [0, 2]
    assert traits["structured"].tolist()[3] == 1
    assert traits["linked"][0] == 1
    assert traits["near_nav"][0] < traits["near_nav"][2]
    assert traits["starts_related"].tolist() == [0, 0, 0, 0, 1, 0, 0]
    assert traits["up_main"].tolist()[2:4] == [1, 1]
    assert traits["after_title"].tolist() == [-1, 0, 1, 2, 3, 4, 5]
    assert {len(column) for column in traits.values()} == {7}


def test_the_context_follows_the_first_judgement() -> None:
    traits, frame = seen(PAGE)
    first = np.array([0, 0, 0.9, 0.9, 0.1, 0, 0], np.float32)
    context = context_of(traits, frame, first)
    assert context["after_start"].tolist() == [-2, -1, 0, 1, 2, 3, 4]
    assert context["gap_after"].tolist() == [2, 1, 0, 0, 30, 30, 30]
    assert context["first-1"].tolist() == pytest.approx([-1, 0, 0, 0.9, 0.9, 0.1, 0])
    assert {len(column) for column in context.values()} == {7}


def two_trees() -> Forest:
    """``a > 1`` and ``b > 2`` are the two bits of the first tree; the second asks for ``b`` alone."""
    return Forest(
        names=("a", "b"),
        traits=np.array([[0, 1], [1, 1]]),
        borders=np.array([[1, 2], [5, np.inf]], np.float32),
        leaves=np.array([[0, 1, 2, 3], [0.5, -0.5, 0, 0]], np.float32),
        bias=-1.0,
    )


def test_a_forest_by_hand() -> None:
    table = Table(Layout(["b", "a"]), 5)
    table["a"], table["b"] = [0, 2, 0, 2, 2], [0, 0, 3, 3, 6]
    scores = np.array([0 + 0.5, 1 + 0.5, 2 + 0.5, 3 + 0.5, 3 - 0.5]) - 1
    found = two_trees().judge(table.some(two_trees().names))
    assert found == pytest.approx(1 / (1 + np.exp(-scores)), abs=1e-6)


def test_a_forest_is_the_same_out_of_its_file() -> None:
    forest = two_trees()
    matrix = np.random.default_rng(1).uniform(-1, 8, (2, 1300)).astype(np.float32)
    assert unpack(pack(forest, "x"), "x").judge(matrix).tolist() == forest.judge(matrix).tolist()
    assert forest.judge(matrix[:, :0]).shape == (0,)


def test_the_model_fits_the_code() -> None:
    """Fails when what the code sees in blocks changed since the model was trained: train it again."""
    assert shipped().fingerprint == fingerprint()


def test_the_model_tells_text_from_what_stands_around_it() -> None:
    tree, _ = parse_html(f"<html><body>{PAGE}</body></html>")
    found = judge(segment(tree), EVIDENCE, shipped()) > shipped().threshold
    assert found.tolist()[:4] == [False, False, True, True]
    assert not found[5:].any()


PIECES = st.sampled_from(
    [
        *("<p>Kata satu.</p>", "<h2>A</h2>", "<li>x</li>", "日本", "<div>", "</div>", "<br>", "<a>y z</a>"),
        *("<p class=share>|</p>", "©"),
    ]
)


@settings(max_examples=examples(30))
@given(st.lists(PIECES, max_size=30))
def test_any_page_gets_probabilities(pieces: list[str]) -> None:
    tree, _ = parse_html(f"<html><body>{''.join(pieces)} x</body></html>")
    blocks = segment(tree)
    found = judge(blocks, EVIDENCE, shipped())
    assert len(found) == len(blocks.texts)
    assert np.isfinite(found).all()
