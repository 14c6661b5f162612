"""The tokens of a text as numbers, the same for texts that differ only in looks, for every script.

A token is a word; where no blanks are written it is a pair of neighbouring characters. A number is one token
however its digits are grouped. All of it is arithmetic on whole texts at once, for speed.
"""

import unicodedata
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from crawler.near.characters import DIGIT, END, LETTER, MARK, NOTHING, SIGN, UPPER, folds, kinds

Numbers = NDArray[np.uint64]

MAX_CHARACTERS = 200_000
"""What stands further on in a text is not looked at."""
_BASE = 0x9E3779B97F4A7C15
_SPREAD = (np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53))
_HALF = np.uint64(32)
_FREQUENT = (("\u2026", "..."), ("\u00a0", " "))
"""What NFKC often replaces, and by what. Where it finds none of it it takes a tenth of the time."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a text in their order."""

    numbers: Numbers
    numerals: NDArray[np.intp]
    """Places of those with a digit in them."""
    names: NDArray[np.intp]
    """Places of those with a capital letter within a sentence."""
    signs: float
    """Share of tokens that are characters of a script without blanks."""


def tokens(text: str) -> Tokens:
    """Return the tokens of a text."""
    codes, bits = _characters(text)
    places = _beginnings(bits)
    if not len(places):
        return Tokens(places.astype(np.uint64), places, places, 0.0)
    first = bits[places]
    within = np.bitwise_or.reduceat(bits, places)
    numbers = _hashed(codes, places)
    numerals = (within & DIGIT) != 0
    names = (first & UPPER) != 0
    names[0] = False
    names[1:] &= (within[:-1] & END) == 0
    names &= ~numerals
    signs = first >= SIGN
    share = np.count_nonzero(signs) / len(places)
    if share:
        numbers = _paired(numbers, signs)
        # Latin words in Chinese are rather terms than names.
        names &= share < 0.5
    return Tokens(numbers, numerals.nonzero()[0], names.nonzero()[0], share)


def _beginnings(bits: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Return where tokens begin: at the first character of each word, and at each sign."""
    words = (bits & (LETTER | DIGIT)) != 0
    starts = bits >= SIGN
    starts[:1] |= words[:1]
    starts[1:] |= words[1:] > words[:-1]
    return starts.nonzero()[0]


def _characters(text: str) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    """Return the code points that count, and their kinds."""
    text = text[:MAX_CHARACTERS]
    if not text.isascii():
        text = _normalized(text)
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    bits = kinds().take(codes, mode="clip")
    maybe = ((bits & (NOTHING | MARK)) != 0).nonzero()[0]
    around = bits.take(maybe - 1, mode="clip") & bits.take(maybe + 1, mode="clip")
    left_out = maybe[(bits[maybe] & NOTHING | around & DIGIT) != 0]
    if len(left_out):
        kept = np.ones(len(codes), dtype=bool)
        kept[left_out] = False
        codes, bits = codes[kept], bits[kept]
    return codes, bits


def _normalized(text: str) -> str:
    for one, other in _FREQUENT:
        text = text.replace(one, other)
    return unicodedata.normalize("NFKC", text).replace("ß", "ss")[:MAX_CHARACTERS]


@cache
def _values() -> Numbers:
    """Return what each code point adds to the hash of a token; look-alikes add the same, a blank nothing."""
    values = folds().astype(np.uint64) * _SPREAD[0]
    values ^= values >> _HALF
    values[(kinds() & (LETTER | DIGIT | SIGN)) == 0] = 0
    return values


@cache
def _powers() -> tuple[Numbers, Numbers]:
    """Return the powers of a base, and those of its inverse, modulo two to the sixty-fourth."""
    bases = (_BASE, pow(_BASE, -1, 1 << 64))
    repeated = (np.full(MAX_CHARACTERS, base, dtype=np.uint64) for base in bases)
    every = [np.multiply.accumulate(bases) for bases in repeated]
    return every[0], every[1]


def _hashed(codes: NDArray[np.uint32], places: NDArray[np.intp]) -> Numbers:
    """Return the hash of each run of characters that begins at one of the places."""
    ahead, back = _powers()
    values = _values().take(codes, mode="clip")
    values *= ahead[: len(values)]
    return spread(np.add.reduceat(values, places) * back[places])


def spread(numbers: Numbers) -> Numbers:
    """Let every bit of each number depend on all its bits."""
    mixed = numbers >> _HALF
    mixed ^= numbers
    for factor in _SPREAD:
        mixed *= factor
        mixed ^= mixed >> _HALF
    return mixed


def _paired(numbers: Numbers, signs: NDArray[np.bool_]) -> Numbers:
    """Mix each character of a script without blanks with the one that follows."""
    pairs = signs[:-1] & signs[1:]
    mixed = numbers.copy()
    mixed[:-1] += np.where(pairs, numbers[1:] * _SPREAD[1], np.uint64(0))
    return mixed


def unique(numbers: Numbers) -> Numbers:
    """Return each number once, ascending."""
    return once(np.sort(numbers))


def once(ordered: Numbers) -> Numbers:
    """Return each of some ascending numbers once."""
    first = np.ones(len(ordered), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return ordered[first]
