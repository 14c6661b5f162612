"""What each character of Unicode is to a fingerprint, as tables made once when the first text comes."""

import re
import unicodedata
from functools import cache

import numpy as np
from numpy.typing import NDArray

UPPER, END, NOTHING, MARK, DIGIT, LETTER, SIGN = (np.uint8(1 << bit) for bit in range(7))
"""A capital letter; the end of a sentence; what is as if it were not there; what groups the digits of a
number; a digit; part of a word; a character that is a token by itself (Chinese, Japanese, Thai, Lao, Khmer,
Burmese), the largest."""
_SIGNS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_DIGITS = re.compile(r"\d+")
_KINDS = (
    (re.compile(f"[^\\W_{_SIGNS}]+"), LETTER),
    (_DIGITS, DIGIT),
    (re.compile(f"(?:(?=[{_SIGNS}])[^\\W_])+"), SIGN),
    (re.compile("[.,'\u2019\u066b\u066c\u00a0\u202f]"), MARK),
    (re.compile('[.!?:\n\u3002\uff01\uff1f\u061f\u06d4\u0964\u2026\u201c\u201d"]'), END),
)
_NOTHING = re.compile(
    "[\u00ad\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "'`\u00b4\u02bb\u02bc\u2018\u2019]"
)
_ALIKE = {"ي": "ی", "ى": "ی", "ك": "ک", "ё": "е", "Ё": "е"}
_CASED, LAST = 0x20000, 0x32000
"""Characters from the first on have no case and are no digits; rare Chinese ones stand before the second.
What follows is no part of any word: it is looked up as the last."""
_ROW = 256


@cache
def kinds() -> NDArray[np.uint8]:
    """Return the bits of each code point."""
    every = _every()
    table = np.zeros(LAST + 1, dtype=np.uint8)
    table[_CASED:LAST] = SIGN
    for pattern, kind in _KINDS:
        for found in pattern.finditer(every):
            table[found.start() : found.end()] |= kind
    for found in _NOTHING.finditer(every):
        table[found.start() : found.end()] = NOTHING | table[found.start()] & MARK
    table[[ord(character) for character in filter(str.isupper, every)]] |= UPPER
    return table


def folds() -> NDArray[np.uint32]:
    """Return how each code point is read: in lower case, digits as ASCII, one of two look-alikes."""
    table = np.arange(LAST + 1, dtype=np.uint32)
    every = _every()
    for digits in _DIGITS.finditer(every):
        for at in range(*digits.span()):
            table[at] = ord("0") + unicodedata.decimal(every[at])
    for start in range(0, _CASED, _ROW):
        row = every[start : start + _ROW]
        if row.casefold() != row:  # most rows have no case
            for at, small in enumerate(map(str.casefold, row), start):
                if len(small) == 1 and small != every[at]:
                    table[at] = ord(small)
    for one, other in _ALIKE.items():
        table[ord(one)] = ord(other)
    return table


@cache
def _every() -> str:
    """Return the characters that may have a case."""
    codes = np.arange(_CASED, dtype="<u4")
    return codes.tobytes().decode("utf-32-le", "surrogatepass")
