"""What the forests reach on sites they never saw."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from spiders.readers.body.certain import choose
from spiders.readers.body.printed import print_blocks
from spiders.train.crossval import Pair, probabilities
from spiders.train.dataset import Sample
from spiders.train.scoring import Score, score, summary

Figures = Mapping[str, Mapping[str, float]]
_NEWS = ("aeb", "feval", "fundus")


@dataclass(frozen=True, slots=True)
class Measured:
    """Figures by set, and the texts they were taken from."""

    figures: dict[str, dict[str, float]]
    texts: tuple[tuple[Sample, str], ...]


def measure(samples: Iterable[Sample], folds: Sequence[Pair], threshold: float) -> Measured:
    """Score each page with the forests of its fold. The other means of the reader take no part."""
    texts, scores = [], defaultdict[str, list[Score]](list)
    for one in samples:
        kept = choose(one.blocks, probabilities(one, folds[one.fold]), threshold)
        text = print_blocks(one.blocks, kept)
        texts.append((one, text))
        found = score(text, one.page.bodies, by_character=one.page.by_character)
        for group in _groups(one):
            scores[group].append(found)
    figures = {group: summary(found) for group, found in sorted(scores.items())}
    return Measured(figures, tuple(texts))


def _groups(one: Sample) -> Iterable[str]:
    yield one.page.source
    if one.page.source in _NEWS:
        yield "news"
    if one.page.source == "fundus":
        yield f"fundus/{one.page.language}"


def table(figures: Figures) -> str:
    """The figures as lines."""
    lines = [f"{'set':<12}{'pages':>6}{'F1':>8}{'P':>8}{'R':>8}{'exact':>8}{'empty':>7}"]
    for group, row in figures.items():
        rates = "".join(f"{row[name]:>8.4f}" for name in ("f1", "precision", "recall", "exact"))
        lines.append(f"{group:<12}{row['pages']:>6.0f}{rates}{row['empty']:>7.0f}")
    return "\n".join(lines)


def write_texts(path: Path, texts: Iterable[tuple[Sample, str]]) -> None:
    """Write predictions, one JSON object a line."""
    rows = ({"set": one.page.source, "file": one.page.file, "text": text} for one, text in texts)
    path.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows), encoding="utf-8")
