"""The fingerprint of a text: what it takes to find texts with the same passages and to compare them."""

from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from crawler.near.tokens import Numbers, once, spread, tokens

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


@dataclass(frozen=True, eq=False)
class Fingerprint:
    """What is known of a text without the text; what only some texts are asked for is made when it is."""

    keys: tuple[int, ...]
    """The smallest of its shingles of eight tokens, at most ``PROBED``, ascending."""
    sequence: Numbers
    """Its tokens, as they follow each other."""
    numerals: NDArray[np.intp]
    """Places of those with a digit in them."""
    names: NDArray[np.intp]
    """Places of those with a capital letter within a sentence."""
    signs: float
    """Share of those that are characters of a script without blanks."""
    running: Numbers
    """Its shingles of three tokens, as they follow each other."""

    @property
    def length(self) -> int:
        """Tokens."""
        return len(self.sequence)

    @cached_property
    def exact(self) -> int:
        """Equal for texts that have all their tokens in common, in their order."""
        return int.from_bytes(blake2b(self.sequence.tobytes(), digest_size=8).digest(), "little") >> 1

    @property
    def shingles(self) -> Numbers:
        """Its shingles of three tokens, each once, ascending."""
        return self._ranked[0]

    @property
    def ranks(self) -> NDArray[np.int32]:
        """The number, among those, of each of its shingles as they follow each other."""
        return self._ranked[1]

    @cached_property
    def size(self) -> int:
        """Different shingles, two of a script without blanks for one."""
        return len(self.shingles) - round(len(self.shingles) * self.signs / 2)

    @cached_property
    def _ranked(self) -> tuple[Numbers, NDArray[np.int32]]:
        return _ranked(self.running)


def fingerprint(text: str) -> Fingerprint:
    """Return the fingerprint of a text. The headline is no part of it: those who copy change it."""
    found = tokens(text)
    numbers = found.numbers
    length = len(numbers)
    if length < _LONG:
        numbers = np.append(numbers, np.zeros(_LONG - length, dtype=np.uint64))
    running = _mixed(numbers[:-2], numbers[1:-1], numbers[2:])
    # Three, three and three of which one overlaps: the eight tokens from the first on.
    wide = _mixed(running[:-5], running[3:-2], running[5:])
    wide >>= _KEY_BITS
    return Fingerprint(
        keys=_smallest(wide) if length else (),
        sequence=found.numbers,
        numerals=found.numerals,
        names=found.names,
        signs=found.signs,
        running=running[: max(length - _SHORT + 1, 1)] if length else running[:0],
    )


def _mixed(first: Numbers, second: Numbers, third: Numbers) -> Numbers:
    mixed = first * _ODD[0]
    mixed += second * _ODD[1]
    mixed += third * _ODD[2]
    return spread(mixed)


def _ranked(ordered: Numbers) -> tuple[Numbers, NDArray[np.int32]]:
    places = ordered.argsort()
    ascending = ordered[places]
    first = np.ones(len(ordered), dtype=bool)
    np.not_equal(ascending[1:], ascending[:-1], out=first[1:])
    ranks = np.empty(len(ordered), dtype=np.int32)
    ranks[places] = first.cumsum(dtype=np.int32) - 1
    return ascending[first], ranks


def _smallest(keys: Numbers) -> tuple[int, ...]:
    ordered = np.sort(keys)
    few = once(ordered[:_ENOUGH])
    if len(few) < PROBED:
        few = once(ordered)  # passages that stand there many times have the same key each time
    return tuple(few[:PROBED].tolist())
