"""What floods a page and is no text: one line over and over, long runs of the same few words."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from spiders.readers.body.segment import Blocks

_MANY = 20
"""A line that often in a row is no text."""
_LONG = 3_000
_SAMPLE = 2_000
"""Words looked at of a long block."""
_VARIED = 20
"""Each word of a text stands less often than this, on average, among the first two thousand."""


def drop_noise(blocks: Blocks) -> None:
    """Take blocks out that would outweigh the text around them when the page is judged."""
    texts = blocks.texts
    if noise := {*_monotonous(texts), *_in_a_row(texts)}:
        kept = [at for at in range(len(texts)) if at not in noise]
        blocks.inner[:] = [blocks.inner[at] for at in kept]
        blocks.texts[:] = [texts[at] for at in kept]
        for column in (blocks.owners, blocks.linked, blocks.bold, blocks.italic, blocks.breaks):
            column[:] = [column[at] for at in kept]


def _monotonous(texts: Sequence[str]) -> Iterator[int]:
    """The long blocks of hardly any different words."""
    for at, text in enumerate(texts) if max(map(len, texts), default=0) > _LONG else ():
        if len(text) > _LONG:
            words = text[: _SAMPLE * 10].split()[:_SAMPLE]
            if len(words) > len(set(words)) * _VARIED:
                yield at


def _in_a_row(texts: Sequence[str]) -> Iterator[int]:
    """The blocks that are one of many equal ones in a row."""
    at = 0
    for _, run in groupby(texts) if len(texts) - len(set(texts)) >= _MANY else ():
        size = sum(1 for _ in run)
        if size > _MANY:
            yield from range(at, at + size)
        at += size
