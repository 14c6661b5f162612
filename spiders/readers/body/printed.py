"""Blocks as text: paragraphs parted by blank lines, lists and tables line by line."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from spiders.readers.body.segment import Blocks

_ONCE = 60
"""A longer text is printed once."""
_LONG_LINE = 80
"""A line that long is a paragraph, not a line of a poem or an address."""
_CELL = 200
"""A table with longer cells is there for its looks."""
_UP = 6
_DASHES = "-–—"
_OPEN_DATELINE = re.compile(rf"^\w[^\n]{{0,60}}\s?[{_DASHES}]$")


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    glue: str
    """What parts it from the line before: a blank line, a line break, a bar, a space."""


def print_blocks(blocks: Blocks, kept: Sequence[int]) -> str:
    """The text of the kept blocks, which are indices in reading order."""
    pieces: list[str] = []
    for line in _lines(blocks, kept):
        if pieces:
            pieces.append(line.glue)
        pieces.append(line.text)
    return "".join(pieces)


def _lines(blocks: Blocks, kept: Sequence[int]) -> Iterator[_Line]:
    printed: set[str] = set()
    before: tuple[str, int, int] = ("", -1, -1)
    open_dateline = False
    for index in kept:
        text = blocks.texts[index]
        if len(text) > _ONCE:
            if text in printed:
                continue
            printed.add(text)
        line = _line_of(blocks, index)
        glue = " " if open_dateline else _glue(before, line)
        if line[0] == "li" and line != before and not open_dateline:
            text = f"- {text}"
        before = line
        open_dateline = not line[0] and text[-1] in _DASHES and _OPEN_DATELINE.match(text) is not None
        yield _Line(_paragraphs(text), glue)


def _glue(before: tuple[str, int, int], line: tuple[str, int, int]) -> str:
    if line == before and line[0]:
        return " | " if line[0] == "tr" else "\n"
    return "\n" if line[0] and (line[0], line[2]) == (before[0], before[2]) else "\n\n"


def _line_of(blocks: Blocks, index: int) -> tuple[str, int, int]:
    """The kind of line a block is part of (``li``, ``tr`` or nothing), its element, and the list or table."""
    node = blocks.owners[index]
    for _ in range(_UP):
        name = blocks.tags[node].name
        if name == "li" or (name == "tr" and len(blocks.texts[index]) <= _CELL):
            return name, node, blocks.parents[node]
        if name in ("tr", "blockquote", "article", "main", "body"):
            break
        node = blocks.parents[node]
    return "", -1, -1


def _paragraphs(text: str) -> str:
    """Long lines that line breaks part are paragraphs."""
    if "\n" in text and max(map(len, text.split("\n"))) >= _LONG_LINE:
        return text.replace("\n", "\n\n")
    return text
