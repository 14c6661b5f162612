"""What needs no likelihood: lines never text, small lines that always belong to it, and second copies."""

import re
from collections.abc import Mapping, Sequence

import numpy as np

from spiders.readers.body.letters import Numbers
from spiders.readers.body.phrases import never_text
from spiders.readers.body.segment import Blocks

_SHORT = 200
_BELIEVED = 0.02
"""Initials that are less likely stand elsewhere."""
_DATELINE = re.compile(r"^\w[^\n]{0,60}\s?[-–—]$")
_DATA = re.compile(
    r"^(?:\d{4}-\d\d-\d\dT\d\d:\d\d\S*|https?://\S+\.(?:png|jpe?g|gif|webp|svg|avif)(?:\?\S*)?)$"
)
"""A time as machines write it, or the address of a picture."""
_WHOLE = 400
"""Shorter blocks are no second copy of an article."""
_PIECE = 60
_MOST = 0.8
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
    return _without_copies(blocks.texts, kept)


def _without_copies(texts: Sequence[str], kept: list[int]) -> list[int]:
    """Leave out blocks that say again in one piece what several others say: the copy for search engines."""
    if not any(len(texts[at]) >= _WHOLE for at in kept):
        return kept
    plain = {at: texts[at].replace(" ", "").replace("\n", "") for at in kept}
    pieces = {at: text for at, text in plain.items() if len(text) >= _PIECE}
    return [at for at in kept if len(plain[at]) < _WHOLE or not _is_copy(at, pieces)]


def _is_copy(at: int, pieces: Mapping[int, str]) -> bool:
    """Whether most of a block is made of at least two others that are shorter."""
    whole = pieces[at]
    within = {
        text for other, text in pieces.items() if other != at and len(text) < len(whole) and text in whole
    }
    return len(within) > 1 and sum(map(len, within)) >= _MOST * len(whole)


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
    if len(text) >= _SHORT or "\n" in text:
        return False
    return never_text(text.lower()) or _DATA.match(text) is not None


def _is_signed(texts: Sequence[str], at: int) -> bool:
    return at < len(texts) and _INITIALS.match(texts[at]) is not None
