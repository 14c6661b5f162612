"""Gate: fields of real pages, as they stand in records, against gold records. Floors stand a little below.

Fields are compared after NFKC and white-space folding: the title exactly, and as any editorial headline of
the page (JSON-LD, h1, og:title) that has nothing around it; authors as a set; the publication to the minute
and to the day; tags as mean F1.
"""

import gzip
import json
import re
import statistics
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crawler.errors import Drop
from crawler.normalize import normalize
from crawler.normalize.draft import Draft, EntryFacts
from spiders.errors import NotAnArticle
from spiders.items import Document
from spiders.readers.page import read_page

Gold = Mapping[str, Any]

FETCHED = datetime(2026, 11, 1, tzinfo=UTC)
FLOORS = {
    "fundus": {
        "title": 0.87,
        "headline": 0.97,
        "authors": 0.9,
        "minute": 0.975,
        "day": 0.98,
        "language": 0.99,
        "canonical": 0.965,
        "tags": 0.855,
    },
}
SAMPLE = {"title": 0.7, "authors": 0.7, "day": 0.9, "canonical": 0.9}
"""Floors of every twelfth page, which the default run reads."""


def test_sample(test_data: Path) -> None:
    check(score(test_data / "pages" / "fundus", step=12), SAMPLE)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(FLOORS))
def test_fields(test_data: Path, name: str) -> None:
    check(score(test_data / "pages" / name), FLOORS[name])


def check(found: Mapping[str, float], floors: Mapping[str, float]) -> None:
    low = {name: (found[name], floor) for name, floor in floors.items() if found[name] < floor}
    assert not low


def score(folder: Path, *, step: int = 1) -> dict[str, float]:
    """Read every ``step``-th page of a set; the mean of each field's hits."""
    hits: dict[str, list[float]] = {}
    for gold in golds(folder, step):
        document, draft = read(folder, gold)
        for name, hit in judged(gold, document, draft):
            hits.setdefault(name, []).append(hit)
    return {name: statistics.mean(values) for name, values in hits.items()}


def golds(folder: Path, step: int) -> Iterator[Gold]:
    lines = (folder / "gold.jsonl").read_text(encoding="utf-8").splitlines()
    yield from (json.loads(line) for line in lines[::step])


def read(folder: Path, gold: Gold) -> tuple[Document | None, Draft | None]:
    body = gzip.decompress((folder / gold["file"]).read_bytes())
    try:
        document = read_page(body, url=gold["url"], requested_url=gold["url"], fetched_at=FETCHED.timestamp())
        return document, normalize(document, EntryFacts(), now=FETCHED)
    except (NotAnArticle, Drop):
        return None, None


def judged(gold: Gold, document: Document | None, draft: Draft | None) -> Iterator[tuple[str, float]]:
    if gold.get("title"):
        title = fold(draft.title if draft else "")
        yield "title", float(title == fold(gold["title"]))
        yield "headline", float(title in headlines(gold, document))
    if gold.get("authors"):
        authors = draft.authors if draft else ()
        yield "authors", float(set(map(fold, gold["authors"])) == set(map(fold, authors)))
    if wanted := moment(gold.get("published")):
        found = draft.published_at if draft else None
        timed = len(gold["published"]) > 10
        same = found is not None and same_minute(wanted, found)
        yield from [("minute", float(same))] if timed else []
        yield "day", float(found is not None and (wanted.date() == found.date() or (timed and same)))
    if gold.get("languages"):
        yield (
            "language",
            float((draft.language if draft else None) in {code[:2] for code in gold["languages"]}),
        )
    yield "canonical", float(bare(gold["url"]) == bare(draft.canonical_url if draft else None))
    if gold.get("topics"):
        topics, tags = (
            {fold(tag).lower() for tag in s} for s in (gold["topics"], draft.tags if draft else ())
        )
        yield "tags", 2 * len(topics & tags) / (len(topics) + len(tags))


def headlines(gold: Gold, document: Document | None) -> set[str]:
    """The gold title, and what else people wrote as the headline of the page without having it inside."""
    wanted = fold(gold["title"])
    offers = document.candidates.get("title", ()) if document else ()
    written = {fold(offer.values[0]) for offer in offers if offer.where in ("json-ld", "h1", "og")}
    return {wanted, *(text for text in written if wanted not in text)}


def fold(value: str | None) -> str:
    text = unicodedata.normalize("NFKC", value or "").replace("\u200b", "").replace("\xad", "")
    return " ".join(text.split())


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
