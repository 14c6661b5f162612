"""Gate: pairs of real URL shapes. No false merge, at most two misses."""

import csv
from pathlib import Path

from crawler.normalize.url import clean_url, url_key

ALLOWED_MISSES = 2


def test_pairs(test_data: Path) -> None:
    with (test_data / "urls" / "pairs.tsv").open(encoding="utf-8", newline="") as lines:
        pairs = list(csv.DictReader(lines, delimiter="\t"))
    assert len(pairs) >= 19
    wrong: dict[str, list[dict[str, str]]] = {"0": [], "1": []}
    for pair in pairs:
        same = _key(pair["url_a"]) == _key(pair["url_b"])
        if same != (pair["same_article"] == "1"):
            wrong[pair["same_article"]].append(pair)
    assert not wrong["0"], "two articles became one"
    assert len(wrong["1"]) <= ALLOWED_MISSES


def _key(url: str) -> str:
    cleaned = clean_url(url)
    assert cleaned is not None, url
    return url_key(cleaned)
