"""What needs no likelihood: lines that are never text, and small lines that always belong to it."""

import re
from collections.abc import Sequence

import numpy as np

from spiders.readers.body.letters import Numbers
from spiders.readers.body.phrases import never_text
from spiders.readers.body.segment import Blocks

_SHORT = 200
_BELIEVED = 0.02
"""Initials that are less likely stand elsewhere."""
_DATELINE = re.compile(r"^\w[^\n]{0,60}\s?[-–—]$")
_INITIALS = re.compile(r"^[(\[（][\w./&,; -]{2,30}[)\]）]$")


def choose(blocks: Blocks, probabilities: Numbers, threshold: float) -> list[int]:
    """The blocks that are the article, in order.

    These are the likely ones without what never is text, and a dateline before or initials behind them.
    """
    likely = (int(at) for at in np.flatnonzero(probabilities > threshold))
    kept = [at for at in likely if not _is_never_text(blocks.texts[at])]
    if not kept:
        return kept
    first, last = kept[0], kept[-1]
    if first and _DATELINE.match(blocks.texts[first - 1]):
        kept.insert(0, first - 1)
    if _is_signed(blocks.texts, last + 1) and probabilities[last + 1] > _BELIEVED:
        kept.append(last + 1)
    return kept


def drop_lines(blocks: Blocks, kept: Sequence[int]) -> dict[int, str]:
    """Take lines that are never text out of blocks of several lines; the lines taken out by their block."""
    dropped = {}
    for at in kept:
        lines = blocks.texts[at].split("\n")
        bad = [line for line in lines if _is_never_text(line)] if len(lines) > 1 else []
        if bad and len(bad) < len(lines):
            blocks.texts[at] = "\n".join(line for line in lines if line not in bad)
            dropped[at] = "\n".join(bad)
    return dropped


def _is_never_text(text: str) -> bool:
    return len(text) < _SHORT and "\n" not in text and never_text(text.lower())


def _is_signed(texts: Sequence[str], at: int) -> bool:
    return at < len(texts) and _INITIALS.match(texts[at]) is not None
