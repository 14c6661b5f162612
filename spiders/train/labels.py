"""Which blocks of a gold page are part of its text, and how much each counts in training."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spiders.readers.body.letters import Numbers
from spiders.train.scoring import shingles, tokens

_LONG = 6
"""Shorter blocks are judged by where they stand, longer ones by their runs of four words."""
_MOST = 0.6
_MAX_WEIGHT = 120
_LEAST_WEIGHT = 4


@dataclass(frozen=True, slots=True)
class Labels:
    """For each block whether it is content, and its weight; the weights of a page sum to one."""

    content: Numbers
    weight: Numbers


def label(texts: Sequence[str], bodies: Sequence[str], *, by_character: bool) -> Labels:
    """Label blocks. Those that only some of several acceptable texts contain get no weight."""
    words = [tokens(text, by_character=by_character) for text in texts]
    golds = [tokens(body, by_character=by_character) for body in bodies]
    found = np.array([_content(words, gold) for gold in golds])
    content: Numbers = np.logical_or.reduce(found)
    sizes = np.array([min(len(run), _MAX_WEIGHT) + _LEAST_WEIGHT for run in words], np.float32)
    sizes[content & ~np.logical_and.reduce(found)] = 0
    return Labels(content.astype(np.float32), sizes / max(float(sizes.sum()), 1.0))


def _content(blocks: Sequence[Sequence[str]], gold: Sequence[str]) -> list[bool]:
    wanted = shingles(gold)
    content = [len(words) >= _LONG and _share(words, wanted) >= _MOST for words in blocks]
    line, at = f" {' '.join(gold)} ", 0
    spans: list[tuple[int, int] | None] = []
    for words, yes in zip(blocks, content, strict=True):
        span = _span(words, line, at) if yes else None
        at = span[1] if span else at
        spans.append(span)
    for index, words in enumerate(blocks):
        if 0 < len(words) < _LONG:
            content[index] = _between(words, index, spans, line)
    return content


def _share(words: Sequence[str], wanted: dict[tuple[str, ...], int]) -> float:
    runs = [tuple(words[at : at + 4]) for at in range(len(words) - 3)]
    return sum(run in wanted for run in runs) / len(runs)


def _span(words: Sequence[str], line: str, at: int) -> tuple[int, int] | None:
    """Where a content block stands in the gold, from ``at`` on."""
    for head in (words[:_LONG], words[1 : _LONG + 1]):
        start = line.find(f" {' '.join(head)} ", at)
        if start >= 0:
            end = line.find(f" {' '.join(words[-4:])} ", start)
            close = end >= 0 and end - start < 3 * len(" ".join(words)) + 100
            return start, (end + len(" ".join(words[-4:])) if close else start + len(" ".join(head)))
    return None


def _between(words: Sequence[str], index: int, spans: Sequence[tuple[int, int] | None], line: str) -> bool:
    """Whether a short block stands in the gold between the content before and after it."""
    before = next((span for span in reversed(spans[:index]) if span), None)
    after = next((span for span in spans[index + 1 :] if span), None)
    start, end = before[1] if before else 0, after[0] + 1 if after else len(line)
    if not before and not after:
        return False
    return f" {' '.join(words)} " in line[start:end] if start < end else False
