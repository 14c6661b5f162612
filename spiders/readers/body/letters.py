"""What blocks are made of: letters, capitals, digits and marks, counted for all blocks of a page at once."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[Any]
"""A number for each block."""
Indices = npt.NDArray[np.intp]

_OTHER, _UPPER, _DIGIT, _STOP, _COMMA, _MARK, _DENSE, _SPACE = range(8)
_SIGNS = [_UPPER, _DIGIT, _DENSE]
_STOPS = ".!?…。！？｡।؟۔։።"
_COMMAS = ",;，、；،؛"
_QUOTES = "\"'”’“‘»«」』）)]›"
_BULLETS = "-–—•·*▪►→>#+|"
_DENSE_RANGES = ((0x2E80, 0x3040), (0x3040, 0x3100), (0x3400, 0xA000), (0xF900, 0xFB00), (0x0E00, 0x0F00))
_DENSE_WORD = 2.5
"""A character of a script without spaces counts for so many letters."""

END_OTHER, END_SENTENCE, END_QUOTE, END_COLON, END_COMMA = range(5)
START_OTHER, START_UPPER, START_LOWER, START_DIGIT, START_BULLET, START_QUOTE = range(6)


@dataclass(slots=True)
class Letters:
    """Counts for each block."""

    length: Numbers
    words: Numbers
    signs: Numbers
    """Capitals, digits, and characters of scripts that need no spaces: a row each."""
    marks: Numbers
    """Marks that end sentences, commas, and other marks."""
    weight: Numbers
    """Length; characters of dense scripts count more."""
    end: Indices
    """What the block ends with, an END."""
    start: Indices
    """What the block starts with, a START."""


def count_letters(texts: Sequence[str]) -> Letters:
    """Count the characters of blocks, none of which is empty."""
    lengths = np.fromiter(map(len, texts), np.intp, len(texts))
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "replace"), np.uint32)
    kinds, ends, starts = _tables()
    ends_at = np.cumsum(lengths)
    keys = np.repeat(np.arange(len(texts)) * 8, lengths) + kinds.take(codes, mode="clip")
    counts = np.bincount(keys, minlength=8 * len(texts)).reshape(-1, 8).T.astype(np.float32, order="C")
    length = lengths.astype(np.float32)
    dense = counts[_DENSE]
    return Letters(
        length=length,
        words=counts[_SPACE] + 1 + dense / 2,
        signs=counts[_SIGNS],
        marks=counts[_STOP : _MARK + 1],
        weight=length + (_DENSE_WORD - 1) * dense,
        end=ends.take(codes[ends_at - 1], mode="clip").astype(np.intp),
        start=starts.take(codes[ends_at - lengths], mode="clip").astype(np.intp),
    )


@cache
def _tables() -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """For each character of the basic plane its kind, and what it means at the end and at the start."""
    categories = list(map(unicodedata.category, map(chr, range(0x10000))))
    told = {name: _CATEGORY.get(name, _MARK if name[0] in "PS" else _OTHER) for name in set(categories)}
    kinds = np.array([told[category] for category in categories], np.uint8)
    starts = np.array([_START.get(category, START_OTHER) for category in categories], np.uint8)
    for first, last in _DENSE_RANGES:
        letters = kinds[first:last] == _OTHER
        kinds[first:last][letters] = _DENSE
    ends = np.zeros(0x10000, np.uint8)
    for marks, kind, end in ((_STOPS, _STOP, END_SENTENCE), (_COMMAS, _COMMA, END_COMMA)):
        kinds[_codes(marks)] = kind
        ends[_codes(marks)] = end
    kinds[ord("\n")] = _SPACE
    ends[_codes(_QUOTES)] = END_QUOTE
    ends[_codes(":：")] = END_COLON
    starts[_codes(_BULLETS)] = START_BULLET
    starts[_codes("\"'“‘„«「『(（[")] = START_QUOTE
    return kinds, ends, starts


_CATEGORY = {"Lu": _UPPER, "Nd": _DIGIT, "Zs": _SPACE}
_START = {
    **{"Lu": START_UPPER, "Ll": START_LOWER, "Nd": START_DIGIT},
    **{"Pi": START_QUOTE, "Ps": START_QUOTE},
}


def _codes(characters: str) -> list[int]:
    return [ord(character) for character in characters]
