"""Floods on a page: the same line over and over, and long runs of a few words, are no text."""

from hypothesis import given
from hypothesis import strategies as st

from spiders.readers.body.noise import drop_noise
from spiders.readers.body.segment import Blocks, segment
from spiders.readers.tree import parse_html

ARTICLE = "<p>Jembatan bambu sepanjang empat puluh meter selesai dalam sembilan hari.</p>"


def cut(body: str) -> Blocks:
    tree, _ = parse_html(f"<html><body>{body}</body></html>")
    blocks = segment(tree)
    drop_noise(blocks)
    return blocks


def test_a_line_over_and_over_goes() -> None:
    assert len(cut("<p>[LOADING]</p>" * 40 + ARTICLE).texts) == 1


def test_a_line_now_and_then_stays() -> None:
    assert len(cut(f"<p>Pro</p>{ARTICLE}" * 40).texts) == 80
    assert len(cut("<p>*</p>" * 20 + ARTICLE).texts) == 21


def test_a_long_run_of_the_same_words_goes() -> None:
    assert len(cut(f"<div>{'kata demi kata ' * 1_000}</div>{ARTICLE}").texts) == 1
    assert len(cut(f"<div>{' '.join(f'kata{n}' for n in range(1_000))}</div>{ARTICLE}").texts) == 2


@given(st.lists(st.sampled_from("abc"), max_size=80))
def test_columns_stay_of_one_length(words: list[str]) -> None:
    blocks = cut("".join(f"<p>{word}</p>" for word in words))
    columns = (blocks.owners, blocks.linked, blocks.bold, blocks.italic, blocks.inner, blocks.breaks)
    assert {len(column) for column in columns} == {len(blocks.texts)}
