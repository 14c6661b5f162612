"""The metric by which reading is judged."""

import json

import pytest

from tests.scoring import Found, by_language, out_of_fold, score

GOLD = {
    "bodies": ["satu dua tiga empat lima enam", "tujuh delapan sembilan sepuluh sebelas"],
    "title": "Judul",
    "authors": ["Ani", "Budi"],
    "published": "2026-11-25T08:00:00+07:00",
    "languages": ["id"],
    "url": "https://www.warta.example/a/",
    "topics": ["Desa", "Air"],
}


def test_a_page_read_right() -> None:
    found = Found(
        text="satu dua tiga, empat lima enam.",
        title="Judul",
        authors=("Budi", "Ani"),
        published="2026-11-25T01:00:30Z",
        language="id-ID",
        canonical_url="http://warta.example/a?x=1",
        tags=("air", "desa"),
    )
    figures = score("aeb", [(GOLD, found)])
    assert figures.pop("empty") == 0
    assert set(figures.values()) == {1.0}


def test_the_gold_that_matches_best_counts() -> None:
    figures = score("aeb", [(GOLD, Found(text="tujuh delapan sembilan sepuluh"))])
    assert (figures["precision"], figures["recall"], figures["exact"]) == (1.0, 0.5, 0.0)
    assert figures["f1"] == pytest.approx(2 / 3)


def test_nothing_found() -> None:
    figures = score("fundus", [(GOLD, Found())])
    assert (figures["f1"], figures["empty"], figures["title"], figures["tags"]) == (0.0, 1.0, 0.0, 0.0)


def test_scripts_without_spaces_count_by_character() -> None:
    gold = {"bodies": ["新聞記事です"], "languages": ["ja"]}
    assert score("fundus", [(gold, Found(text="新聞記事"))])["recall"] == pytest.approx(1 / 3)
    assert by_language("fundus", [(gold, Found(text="新聞記事です"))]) == {"ja": (1, 1.0)}


def test_another_headline_of_the_page_is_as_good() -> None:
    shown = Found(title="Judul lain", headlines=("Judul lain", "Judul - Situs"))
    assert score("aeb", [(GOLD, shown)])["headline"] == 0.0  # it holds the gold
    other = Found(title="Kepala berita", headlines=("Kepala berita",))
    assert score("aeb", [(GOLD, other)])["headline"] == 1.0


def test_texts_of_a_training(tmp_path) -> None:
    path = tmp_path / "texts.jsonl"
    path.write_text(json.dumps({"set": "aeb", "file": "a.gz", "text": None}) + "\n", encoding="utf-8")
    assert dict(out_of_fold(path)) == {("aeb", "a.gz"): ""}
