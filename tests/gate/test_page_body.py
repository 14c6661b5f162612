"""Gate: the text of real pages, each read with a model that never saw its site.

``tests/data/body`` holds the models of the folds, written by the training that made the shipped one. A page
is read the whole way, other means included, with the model of its site's fold. Floors stand a little below
what is reached.
"""

import gzip
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from spiders.readers.body.forest import Model
from spiders.readers.body.judge import fingerprint, read_model, shipped
from spiders.readers.decode import decode
from spiders.readers.head import read_head
from spiders.readers.text import Text, article_text
from spiders.readers.tree import parse_page
from spiders.train.gold import FOLDS, GoldPage, Sites, read_gold
from spiders.train.scoring import Score, score, summary

MODELS = Path(__file__).parents[1] / "data" / "body"
FLOORS = {"aeb": 0.972, "fundus": 0.978, "feval": 0.965, "wcxb": 0.945}
EXACT = 0.49
"""The share of exact texts of aeb, fundus and feval together."""
LANGUAGE = 0.87
"""No language of fundus is below."""
SAMPLE = 0.92
"""F1 of every tenth page of the three, which the default run reads."""


@cache
def model_of(fold: int) -> Model:
    return read_model((MODELS / f"fold{fold}.npz").read_bytes())


def read(page: GoldPage, sites: Sites) -> Text:
    body = gzip.decompress(page.path.read_bytes())
    parsed = parse_page(body)
    assert parsed.tree is not None
    head, model = read_head(parsed.tree, page.url), model_of(sites.fold(page))
    return article_text(parsed.tree, head, parsed.markup, source=lambda: decode(body).text, model=model)


def scores(pages: list[GoldPage]) -> dict[GoldPage, Score]:
    sites = Sites()
    return {
        page: score(read(page, sites).text, page.bodies, by_character=page.by_character) for page in pages
    }


def golds(test_data: Path) -> list[GoldPage]:
    return [page for page in read_gold(test_data / "pages") if page.bodies]


def by_language(found: Mapping[GoldPage, Score]) -> dict[str, float]:
    groups = defaultdict(list)
    for page, one in found.items():
        groups[page.language].append(one)
    return {language: summary(group)["f1"] for language, group in groups.items()}


def test_the_models_of_the_folds_fit_the_code() -> None:
    assert {model_of(fold).fingerprint for fold in range(FOLDS)} == {fingerprint()}


def test_the_shipped_model_was_measured(test_data: Path) -> None:
    """What the training measured with the blocks alone is written in the model."""
    figures = shipped().notes["cross_validated"]
    assert set(figures) >= {"aeb", "feval", "fundus", "news", "wcxb"}


def test_a_sample(test_data: Path) -> None:
    pages = [page for page in golds(test_data) if page.source != "wcxb"][::10]
    assert summary(list(scores(pages).values()))["f1"] >= SAMPLE


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_sites_never_seen(test_data: Path) -> None:
    found = scores(golds(test_data))
    reached = {}
    for name in FLOORS:
        reached[name] = summary([one for page, one in found.items() if page.source == name])
    low = {name: row for name, row in reached.items() if row["f1"] < FLOORS[name]}
    assert not low, low
    news = summary([one for page, one in found.items() if page.source != "wcxb"])
    assert news["exact"] >= EXACT, news
    assert not [page.file for page, one in found.items() if one.empty and page.source != "wcxb"]
    languages = by_language({page: one for page, one in found.items() if page.source == "fundus"})
    assert not {language: f1 for language, f1 in languages.items() if f1 < LANGUAGE}
