"""Training: labels, scores, folds and the way from CatBoost's format, on small cases."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from spiders.readers.body.forest import Forest
from spiders.readers.body.judge import read_model
from spiders.readers.body.table import Layout, Table
from spiders.train.crossval import Pair
from spiders.train.dataset import samples
from spiders.train.files import model_bytes
from spiders.train.fit import forest_of
from spiders.train.gold import FOLDS, GoldPage, Sites, read_gold
from spiders.train.labels import label
from spiders.train.report import measure, table
from spiders.train.scoring import score

GOLD = """Menteri mengatakan harga beras naik di tiga provinsi.
Jakarta
Stok cukup untuk tiga bulan ke depan ini."""


def content(*texts: str, bodies: tuple[str, ...] = (GOLD,)) -> list[float]:
    return label(texts, bodies, by_character=False).content.tolist()


def test_long_blocks_are_content_when_most_of_them_is_in_the_gold() -> None:
    first, last = GOLD.split("\n")[::2]
    assert content("Berita lain tentang harga beras yang naik lagi", first, last) == [0, 1, 1]


def test_short_blocks_are_content_where_they_stand_in_the_gold() -> None:
    first, short, last = GOLD.split("\n")
    assert content("Jakarta", first, "Jakarta", "Iklan", last, "Jakarta") == [0, 1, 1, 0, 1, 0]
    assert content(short, "Iklan") == [0, 0]


def test_what_only_some_golds_hold_has_no_weight() -> None:
    first, _, last = GOLD.split("\n")
    labels = label([first, last], [GOLD, first], by_character=False)
    assert labels.content.tolist() == [1, 1]
    assert labels.weight.tolist() == [1, 0]


def test_scores() -> None:
    assert score("a b c d e", ["a b c d e"], by_character=False).exact
    half = score("a b c d x", ["zz", "a b c d e"], by_character=False)
    assert (half.precision, half.recall) == (0.5, 0.5)
    assert score("日本語の記事", ["日本語の記"], by_character=True).recall == 1.0
    assert score("", ["a"], by_character=False).empty


def page(url: str, **given: object) -> GoldPage:
    values = {"source": "x", "file": "a", "language": "id", "bodies": (GOLD,), "path": Path("a")} | given
    return GoldPage(url=url, **values)  # type: ignore[arg-type]


def test_a_site_is_in_one_fold() -> None:
    sites = Sites()
    folds = [
        sites.fold(page(f"https://{host}/x")) for host in ("a.warta.co.id", "warta.co.id", "www.warta.co.id")
    ]
    assert len(set(folds)) == 1
    assert len({sites.fold(page(f"https://warta{number}.example/")) for number in range(50)}) == FOLDS


CATBOOST = {
    "oblivious_trees": [
        {"leaf_values": [0.5], "splits": []},
        {"leaf_values": [1, 2, 3, 4], "splits": [{"float_feature_index": 3, "border": 0.5},
                                                 {"float_feature_index": 1, "border": 7}]},
        {"leaf_values": [10, 20], "splits": [{"float_feature_index": 3, "border": 2}]},
    ],
    "scale_and_bias": [2, [1]],
}  # fmt: skip


def test_a_forest_of_catboost() -> None:
    forest = forest_of(CATBOOST, ["a", "b", "c", "d"])
    assert forest.names == ("b", "d")
    table = Table(Layout(["a", "b", "c", "d"]), 3)
    table["b"], table["d"] = [0, 9, 9], [1, 0, 3]
    odds = np.array([(2 + 10) * 2 + 2, (3 + 10) * 2 + 2, (4 + 20) * 2 + 2])
    assert forest.judge(table.some(forest.names)) == pytest.approx(1 / (1 + np.exp(-odds)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A set of two pages."""
    (tmp_path / "small").mkdir()
    body = "".join(f"<p>{line}</p>" for line in GOLD.split("\n"))
    markup = f"<html><body><nav>Beranda</nav><article>{body}</article></body></html>"
    (tmp_path / "small" / "a.html.gz").write_bytes(gzip.compress(markup.encode()))
    golds = [
        {"file": "a.html.gz", "url": f"https://{host}.example/a", "bodies": [GOLD], "languages": ["id"]}
        for host in ("satu", "dua")
    ]
    (tmp_path / "small" / "gold.jsonl").write_text("".join(json.dumps(gold) + "\n" for gold in golds))
    return tmp_path


def test_pages_become_samples_and_are_measured(folder: Path) -> None:
    found = samples(read_gold(folder))
    assert [one.labels.content.tolist() for one in found] == [[0, 1, 1, 1]] * 2
    in_article = Forest(
        ("near_article",), np.array([[0]]), np.array([[2]], np.float32), np.array([[9, -9]]), 0
    )
    likely = Forest(("first",), np.array([[0]]), np.array([[0.5]], np.float32), np.array([[-9, 9]]), 0)
    pair = Pair(in_article, likely)
    measured = measure(found, [pair] * FOLDS, 0.5)
    assert measured.figures["small"]["exact"] == 1.0
    assert "small" in table(measured.figures)
    content = model_bytes(pair, 0.5, measured.figures)
    assert content == model_bytes(pair, 0.5, measured.figures)
    assert read_model(content).notes["cross_validated"]["small"]["f1"] == 1.0
