"""Gate: text and fields of real pages against gold records. Floors stand a little below what is reached.

The text is scored on 4-token shingles (characters for scripts without spaces, outside ``aeb``): macro
precision and recall of a set, their F1, and the share of pages whose shingles are all right. Fields are
compared after NFKC and white-space folding.
"""

import gzip
import json
import re
import statistics
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from spiders.items import Document
from spiders.readers.page import read_page

Gold = Mapping[str, Any]

FETCHED = datetime(2026, 11, 1, tzinfo=UTC).timestamp()
SCRIPTS = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
WORDS = re.compile(r"\w+")
CHARACTERS = re.compile(rf"[{SCRIPTS}]|[^\W{SCRIPTS}]+")

FLOORS = {
    "aeb": {"f1": 0.976, "exact": 0.45, "canonical": 0.87},
    "feval": {"f1": 0.957, "exact": 0.40, "canonical": 0.99},
    "fundus": {
        "f1": 0.965,
        "exact": 0.36,
        "title": 0.81,
        "authors": 0.82,
        "minute": 0.93,
        "day": 0.96,
        "canonical": 0.93,
        "tags": 0.76,
    },
}
SAMPLE = {"aeb": 0.95, "feval": 0.91, "fundus": 0.94}
"""F1 floors of every twelfth page, which the default run reads."""


@dataclass
class Scores:
    """What the pages of a set scored so far."""

    precision: list[float] = field(default_factory=list)
    recall: list[float] = field(default_factory=list)
    hits: dict[str, list[float]] = field(default_factory=dict)

    def take(self, name: str, hit: float) -> None:
        self.hits.setdefault(name, []).append(hit)

    def means(self) -> dict[str, float]:
        precision, recall = statistics.mean(self.precision), statistics.mean(self.recall)
        means = {name: statistics.mean(hits) for name, hits in self.hits.items()}
        return means | {"f1": 2 * precision * recall / (precision + recall)}


@pytest.mark.parametrize("name", sorted(SAMPLE))
def test_sample(test_data: Path, name: str) -> None:
    scores = score(test_data / "pages" / name, step=12)
    assert scores["f1"] >= SAMPLE[name]


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(FLOORS))
def test_pages(test_data: Path, name: str) -> None:
    scores = score(test_data / "pages" / name)
    low = {key: (scores[key], floor) for key, floor in FLOORS[name].items() if scores[key] < floor}
    assert not low


def score(folder: Path, *, step: int = 1) -> dict[str, float]:
    """Read every ``step``-th page of a set and score it."""
    pattern, scores = WORDS if folder.name == "aeb" else CHARACTERS, Scores()
    for gold in golds(folder, step):
        document = read(folder, gold)
        score_text(gold, document.text, pattern, scores)
        for name, judge in FIELDS.items():
            hit = judge(gold, document)
            if hit is not None:
                scores.take(name, hit)
    assert scores.precision
    return scores.means()


def golds(folder: Path, step: int) -> Iterator[Gold]:
    lines = (folder / "gold.jsonl").read_text(encoding="utf-8").splitlines()
    yield from (json.loads(line) for line in lines[::step])


def read(folder: Path, gold: Gold) -> Document:
    url = gold.get("url") or "https://page.example/article"
    body = gzip.decompress((folder / gold["file"]).read_bytes())
    return read_page(body, url=url, requested_url=url, fetched_at=FETCHED)


def score_text(gold: Gold, text: str, pattern: re.Pattern[str], scores: Scores) -> None:
    """The best match among the acceptable gold texts counts."""
    if not gold.get("bodies"):
        return
    best = max((rates(body, text, pattern) for body in gold["bodies"]), key=lambda found: found[2])
    if text.strip():
        scores.precision.append(best[0])
    scores.recall.append(best[1])
    scores.take("exact", float(best[2] == 1.0))


def rates(gold: str, text: str, pattern: re.Pattern[str]) -> tuple[float, float, float]:
    wanted, found = shingles(gold, pattern), shingles(text, pattern)
    both = sum((wanted & found).values())
    precision = both / found.total() if found else 0.0
    recall = both / wanted.total() if wanted else 0.0
    return precision, recall, 2 * precision * recall / (precision + recall) if both else 0.0


def shingles(text: str, pattern: re.Pattern[str]) -> Counter[tuple[str, ...]]:
    tokens = pattern.findall(text)
    grams = (tuple(tokens[at : at + 4]) for at in range(max(1, len(tokens) - 3)))
    return Counter(gram for gram in grams if gram)


def judge_title(gold: Gold, document: Document) -> float | None:
    return float(fold(gold["title"]) == fold(document.title)) if gold.get("title") else None


def judge_authors(gold: Gold, document: Document) -> float | None:
    if not gold.get("authors"):
        return None
    return float({fold(name) for name in gold["authors"]} == {fold(name) for name in document.authors})


def judge_minute(gold: Gold, document: Document) -> float | None:
    wanted, found = moment(gold.get("published")), moment(document.published)
    if wanted is None or len(gold["published"]) <= 10:
        return None
    return float(found is not None and same_minute(wanted, found))


def judge_day(gold: Gold, document: Document) -> float | None:
    wanted, found = moment(gold.get("published")), moment(document.published)
    if wanted is None:
        return None
    return float(found is not None and (wanted.date() == found.date() or same_minute(wanted, found)))


def judge_canonical(gold: Gold, document: Document) -> float | None:
    return float(bare(gold["url"]) == bare(document.canonical_url)) if gold.get("url") else None


def judge_tags(gold: Gold, document: Document) -> float | None:
    if not gold.get("topics"):
        return None
    wanted, found = ({fold(tag).lower() for tag in tags} for tags in (gold["topics"], document.tags))
    return 2 * len(wanted & found) / (len(wanted) + len(found))


FIELDS: dict[str, Callable[[Gold, Document], float | None]] = {
    "title": judge_title,
    "authors": judge_authors,
    "minute": judge_minute,
    "day": judge_day,
    "canonical": judge_canonical,
    "tags": judge_tags,
}


def fold(value: str | None) -> str:
    return " ".join(
        unicodedata.normalize("NFKC", value or "").replace("\u200b", "").replace("\xad", "").split()
    )


def bare(url: str | None) -> str:
    return re.sub(r"^https?://(www\.)?|[?#].*$|/$", "", url or "")


def moment(value: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat((value or "").strip().replace("Z", "+00:00"))
    except ValueError:
        return None


def same_minute(wanted: datetime, found: datetime) -> bool:
    if wanted.tzinfo is None or found.tzinfo is None:
        wanted, found = wanted.replace(tzinfo=None), found.replace(tzinfo=None)
    else:
        wanted, found = wanted.astimezone(UTC), found.astimezone(UTC)
    return wanted.replace(second=0, microsecond=0) == found.replace(second=0, microsecond=0)
