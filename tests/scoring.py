"""How well pages were read: found values against gold records.

The text is scored on 4-token shingles (by character for scripts without spaces, outside ``aeb``): macro
precision and recall of a set, their F1, and the share of pages whose shingles are all right. Where a page has
several acceptable texts, the best match counts. Fields are compared after NFKC and white-space folding.
"""

import json
import re
import statistics
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Gold = Mapping[str, Any]
Counts = tuple[float, float, float]
"""Shares of shingles that are in both, in the found text alone, in the gold alone."""

SETS = ("aeb", "feval", "fundus", "wcxb")
_SCRIPTS = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_WORDS = re.compile(r"\w+")
_CHARACTERS = re.compile(rf"[{_SCRIPTS}]|[^\W{_SCRIPTS}]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a reader found on a page."""

    text: str = ""
    title: str | None = None
    authors: tuple[str, ...] = ()
    published: str | None = None
    """ISO 8601."""
    language: str | None = None
    canonical_url: str | None = None
    tags: tuple[str, ...] = ()
    headlines: tuple[str, ...] = ()
    """Editorial headlines of the page: those of its structured data, h1 and og:title."""


def golds(folder: Path, *, step: int = 1) -> list[Gold]:
    """The gold records of a set, every ``step``-th."""
    lines = (folder / "gold.jsonl").read_text(encoding="utf-8").rstrip("\n").split("\n")
    return [json.loads(line) for line in lines[::step]]


def score(name: str, pages: Sequence[tuple[Gold, Found]]) -> dict[str, float]:
    """The figures of a set: ``f1``, ``precision``, ``recall``, ``exact``, ``empty`` (a count), and fields."""
    pattern = _WORDS if name == "aeb" else _CHARACTERS
    texts = [
        (best(gold["bodies"], found.text, pattern), found) for gold, found in pages if gold.get("bodies")
    ]
    figures = _text_figures(texts) if texts else {}
    hits: dict[str, list[float]] = defaultdict(list)
    for gold, found in pages:
        for field, judge in FIELDS.items():
            if (hit := judge(gold, found)) is not None:
                hits[field].append(hit)
    return figures | {field: statistics.mean(values) for field, values in hits.items()}


def by_language(name: str, pages: Sequence[tuple[Gold, Found]]) -> dict[str, tuple[int, float]]:
    """Pages and F1 of the texts of each language of a set."""
    groups: dict[str, list[tuple[Gold, Found]]] = defaultdict(list)
    for gold, found in pages:
        if gold.get("bodies") and gold.get("languages"):
            groups[gold["languages"][0][:2].lower()].append((gold, found))
    return {code: (len(group), score(name, group)["f1"]) for code, group in sorted(groups.items())}


def _text_figures(texts: Sequence[tuple[Counts, Found]]) -> dict[str, float]:
    precision = _mean([rates(counts)[0] for counts, _ in texts if counts[0] + counts[1] > 0])
    recall = _mean([rates(counts)[1] for counts, _ in texts if counts[0] + counts[2] > 0])
    return {
        "f1": 2 * precision * recall / (precision + recall) if precision + recall else 0.0,
        "precision": precision,
        "recall": recall,
        "exact": _mean([float(counts[0] > 0 and counts[1] == counts[2] == 0) for counts, _ in texts]),
        "empty": float(sum(not found.text.strip() for _, found in texts)),
    }


def _mean(values: Sequence[float]) -> float:
    return statistics.mean(values) if values else 0.0


def best(bodies: Sequence[str], text: str, pattern: re.Pattern[str]) -> Counts:
    """The counts against the acceptable text that matches best."""
    mine = shingles(text, pattern)
    return max((_counts(shingles(body, pattern), mine) for body in bodies), key=lambda found: rates(found)[2])


def rates(counts: Counts) -> tuple[float, float, float]:
    """Precision, recall and F1."""
    both, extra, missing = counts
    if extra == missing == 0:
        precision = recall = 1.0
    else:
        precision = both / (both + extra) if both + extra else 0.0
        recall = both / (both + missing) if both + missing else 0.0
    return precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def shingles(text: str, pattern: re.Pattern[str]) -> Counter[tuple[str, ...]]:
    """The runs of four tokens of a text; a shorter text is one run."""
    tokens = pattern.findall(text)
    grams = (tuple(tokens[at : at + 4]) for at in range(max(1, len(tokens) - 3)))
    return Counter(gram for gram in grams if gram)


def _counts(wanted: Counter[tuple[str, ...]], found: Counter[tuple[str, ...]]) -> Counts:
    both = (wanted & found).total()
    total = wanted.total() + found.total() - both
    if not total:
        return 0.0, 0.0, 0.0
    return both / total, (found.total() - both) / total, (wanted.total() - both) / total


# --- fields: 1 for a hit, 0 for a miss, None where there is no gold


def _title(gold: Gold, found: Found) -> float | None:
    return float(fold(gold["title"]) == fold(found.title)) if gold.get("title") else None


def _headline(gold: Gold, found: Found) -> float | None:
    """Like the gold, or another headline of the page that does not hold the gold as a part of it."""
    if not gold.get("title"):
        return None
    wanted, mine = fold(gold["title"]), fold(found.title)
    others = {fold(text) for text in found.headlines}
    return float(mine == wanted or (bool(mine) and mine in others and wanted not in mine))


def _authors(gold: Gold, found: Found) -> float | None:
    if not gold.get("authors"):
        return None
    return float({fold(name) for name in gold["authors"]} == {fold(name) for name in found.authors})


def _minute(gold: Gold, found: Found) -> float | None:
    wanted, mine = moment(gold.get("published")), moment(found.published)
    if wanted is None or len(str(gold["published"])) <= 10:
        return None
    return float(mine is not None and same_minute(wanted, mine))


def _day(gold: Gold, found: Found) -> float | None:
    wanted, mine = moment(gold.get("published")), moment(found.published)
    if wanted is None:
        return None
    timed = len(str(gold["published"])) > 10
    return float(mine is not None and (wanted.date() == mine.date() or (timed and same_minute(wanted, mine))))


def _language(gold: Gold, found: Found) -> float | None:
    if not gold.get("languages"):
        return None
    return float((found.language or "")[:2].lower() in {code[:2].lower() for code in gold["languages"]})


def _canonical(gold: Gold, found: Found) -> float | None:
    return float(_bare(gold["url"]) == _bare(found.canonical_url)) if gold.get("url") else None


def _tags(gold: Gold, found: Found) -> float | None:
    if not gold.get("topics"):
        return None
    wanted, mine = ({fold(tag).lower() for tag in tags} for tags in (gold["topics"], found.tags))
    return 2 * len(wanted & mine) / (len(wanted) + len(mine))


FIELDS: dict[str, Callable[[Gold, Found], float | None]] = {
    "title": _title,
    "headline": _headline,
    "authors": _authors,
    "minute": _minute,
    "day": _day,
    "language": _language,
    "canonical": _canonical,
    "tags": _tags,
}


def fold(value: str | None) -> str:
    """A value as it is compared: NFKC, invisible characters gone, white space folded."""
    text = unicodedata.normalize("NFKC", str(value or ""))
    return " ".join(text.replace("\u200b", "").replace("\xad", "").split())


def moment(value: str | None) -> datetime | None:
    """The time that an ISO string names, with or without an offset."""
    try:
        return datetime.fromisoformat(str(value).strip().replace("Z", "+00:00"))
    except ValueError:
        return None


def same_minute(wanted: datetime, found: datetime) -> bool:
    """Whether two times are the same minute; by the wall clock where one of them has no offset."""
    if wanted.tzinfo is None or found.tzinfo is None:
        wanted, found = wanted.replace(tzinfo=None), found.replace(tzinfo=None)
    else:
        wanted, found = wanted.astimezone(UTC), found.astimezone(UTC)
    return wanted.replace(second=0, microsecond=0) == found.replace(second=0, microsecond=0)


def _bare(url: str | None) -> str:
    return re.sub(r"^https?://(www\.)?|[?#].*$|/$", "", url or "")


def out_of_fold(path: Path) -> Iterator[tuple[tuple[str, str], str]]:
    """(set, file) and text of each line that a training wrote, by a model that never saw the site."""
    with path.open(encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            yield (line["set"], line["file"]), line["text"] or ""
