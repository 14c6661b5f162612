"""The fingerprint of a text: what it takes to find texts with the same passages and to compare them."""

from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from crawler.near.tokens import Numbers, spread, tokens, unique

ALGORITHM = 1
"""Grows with every change after which fingerprints made before do not match those made now."""
PROBED = 24
"""Keys by which kept texts are looked for."""
LEAD = 48
"""Shingles of a text's beginning that are looked at by themselves."""
_SHORT, _LONG = 3, 8
_ODD = [np.uint64(number) for number in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9)]
_ENOUGH = 4 * PROBED
_KEY_BITS = np.uint64(17)
"""A key has 47 bits: SQLite then keeps it in six bytes."""


@dataclass(frozen=True, slots=True, eq=False)
class Fingerprint:
    """What is known of a text without the text."""

    length: int
    """Tokens."""
    size: int
    """Different shingles, two of a script without blanks for one."""
    exact: int
    """Equal for texts that have all their tokens in common, in their order."""
    shingles: Numbers
    """Its shingles of three tokens, each once, ascending."""
    ranks: NDArray[np.int32]
    """The number, among those, of each of its shingles as they follow each other."""
    keys: tuple[int, ...]
    """The smallest of its shingles of eight tokens, at most ``PROBED``, ascending."""
    sequence: Numbers
    """Its tokens, as they follow each other."""
    numerals: NDArray[np.intp]
    """Places of those with a digit in them."""
    names: NDArray[np.intp]
    """Places of those with a capital letter within a sentence."""


def fingerprint(text: str) -> Fingerprint:
    """Return the fingerprint of a text. The headline is no part of it: those who copy change it."""
    found = tokens(text)
    numbers = found.numbers
    length = len(numbers)
    if length < _LONG:
        numbers = np.append(numbers, np.zeros(_LONG - length, dtype=np.uint64))
    ordered = spread(numbers[:-2] * _ODD[0] + numbers[1:-1] * _ODD[1] + numbers[2:] * _ODD[2])
    # Three, three and three of which one overlaps: the eight tokens from the first on.
    wide = spread(ordered[:-5] * _ODD[0] + ordered[3:-2] * _ODD[1] + ordered[5:] * _ODD[2]) >> _KEY_BITS
    ordered = ordered[: max(length - _SHORT + 1, 1)] if length else ordered[:0]
    shingles, ranks = _ranked(ordered)
    return Fingerprint(
        length=length,
        size=len(shingles) - round(len(shingles) * found.signs / 2),
        exact=int.from_bytes(blake2b(found.numbers.tobytes(), digest_size=8).digest(), "little") >> 1,
        shingles=shingles,
        ranks=ranks,
        keys=_smallest(wide) if length else (),
        sequence=found.numbers,
        numerals=found.numerals,
        names=found.names,
    )


def _ranked(ordered: Numbers) -> tuple[Numbers, NDArray[np.int32]]:
    places = ordered.argsort()
    ascending = ordered[places]
    first = np.ones(len(ordered), dtype=bool)
    np.not_equal(ascending[1:], ascending[:-1], out=first[1:])
    ranks = np.empty(len(ordered), dtype=np.int32)
    ranks[places] = first.cumsum(dtype=np.int32) - 1
    return ascending[first], ranks


def _smallest(keys: Numbers) -> tuple[int, ...]:
    few = unique(np.partition(keys, _ENOUGH)[:_ENOUGH] if len(keys) > _ENOUGH else keys)
    if len(few) < PROBED < len(keys):
        few = unique(keys)  # passages that stand there many times have the same key each time
    return tuple(few[:PROBED].tolist())
