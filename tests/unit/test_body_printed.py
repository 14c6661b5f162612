"""Blocks as a reader gets them, what comes from scripts, and what repeats on a site."""

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from spiders.readers.body.certain import choose
from spiders.readers.body.printed import print_blocks
from spiders.readers.body.scripts import script_page
from spiders.readers.body.segment import Blocks, segment
from spiders.readers.tree import parse_html

LONG = "Menteri mengatakan pada Selasa bahwa harga beras naik di tiga provinsi sejak pekan lalu."


def cut(body: str) -> Blocks:
    tree, _ = parse_html(f"<html><body>{body}</body></html>")
    return segment(tree)


def printed(body: str) -> str:
    blocks = cut(body)
    return print_blocks(blocks, range(len(blocks.texts)))


def test_paragraphs_headings_and_quotes_are_parted_by_blank_lines() -> None:
    assert printed("<h2>Satu</h2><p>dua</p><blockquote><p>tiga</p></blockquote>") == "Satu\n\ndua\n\ntiga"


def test_lists() -> None:
    body = "<p>a</p><ul><li>b</li><li><p>c</p><p>d</p></li></ul><ol><li>e</li></ol>"
    assert printed(body) == "a\n\n- b\n- c\nd\n\n- e"


def test_tables() -> None:
    body = (
        "<table><tr><th>Beras</th><th>Harga</th></tr><tr><td>Medium</td><td>12.000</td></tr></table><p>b</p>"
    )
    assert printed(body) == "Beras | Harga\nMedium | 12.000\n\nb"


def test_tables_for_looks_are_paragraphs() -> None:
    body = f"<table><tr><td><p>{LONG}</p><p>{LONG * 3}</p></td></tr></table>"
    assert printed(body).endswith(f"\n\n{LONG * 3}")


def test_lines_and_paragraphs_by_line_breaks() -> None:
    assert printed("<p>Jalan Satu<br>Jakarta</p>") == "Jalan Satu\nJakarta"
    assert printed(f"<p>{LONG}<br>{LONG} Lagi.</p>") == f"{LONG}\n\n{LONG} Lagi."


def test_a_long_text_is_printed_once() -> None:
    assert printed(f"<p>{LONG}</p><p>Ya.</p><p>{LONG}</p><p>Ya.</p>") == f"{LONG}\n\nYa.\n\nYa."


def test_a_dateline_leads_its_paragraph() -> None:
    body = f"<div><strong>Jakarta</strong> - <p>{LONG}</p></div>"
    assert printed(body) == f"Jakarta - {LONG}"
    assert choose(cut(body), np.array([0.1, 0.9]), 0.5) == [0, 1]


def test_the_copy_for_search_engines_is_left_out() -> None:
    said = [
        f"Paragraf {number} menceritakan hal yang lain dari desa ke desa di pesisir, " * 3
        for number in range(4)
    ]
    lines = ["2019-11-13T23:06:00+01:00", "https://a.example/gambar/sampul.png?w=500", "Tamat."]
    texts = [*said, " ".join(said), *lines]
    blocks = cut("".join(f"<p>{text}</p>" for text in texts))
    assert choose(blocks, np.full(len(texts), 0.9), 0.5) == [0, 1, 2, 3, 7]
    twice = cut(f"<p>{said[0]}</p><p>{said[0]} {said[1]}</p><p>{said[2]}</p>")
    assert choose(twice, np.full(3, 0.9), 0.5) == [0, 1, 2], (
        "a quotation in an answer is no copy of the whole"
    )


@given(
    st.lists(st.sampled_from(["<p>", "<ul><li>", "</ul>", "<table><tr><td>", "</table>", "x", "<br>", LONG]))
)
def test_printing_loses_no_block(pieces: list[str]) -> None:
    tree, _ = parse_html(f"<html><body>{''.join(pieces)}y</body></html>")
    blocks = segment(tree)
    text = print_blocks(blocks, range(len(blocks.texts)))
    assert all(line in text for block in blocks.texts for line in block.split("\n"))


def test_text_in_the_data_of_scripts() -> None:
    data = json.dumps({"props": {"html": f"<p>{LONG}</p><p>{LONG * 5}</p>", "id": 7}})
    page = script_page(f'<script id="__NEXT_DATA__" type="application/json">{data}</script>')
    assert f"<p>{LONG}</p>" in page


def test_text_in_data_within_data() -> None:
    flight = json.dumps([1, json.dumps(["$", "p", None, {"children": LONG}], ensure_ascii=False)])
    code = json.dumps("function(){return document.querySelector('.kata').value};" * 3)
    page = script_page(f"<script>self.__next_f.push({flight})</script><script>x = {code}</script>")
    assert page == f'<html><body><article class="article-body"><p>{LONG}</p></article></body></html>'


def test_scripts_without_prose() -> None:
    assert script_page("<script src='a.js'></script><script>var a = 1;</script>") == ""
    assert script_page('<script type="application/ld+json">{"a": "' + LONG + '"}</script>') == ""
    assert script_page("<script>" + '"' * 100_000 + "\\" * 100_000) == ""
