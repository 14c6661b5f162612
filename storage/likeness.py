"""What is kept of a text's fingerprint, and what was found by it: frozen values of the standard library."""

from collections.abc import Iterable
from dataclasses import dataclass

KEY_BYTES = 6


def packed(keys: Iterable[int]) -> bytes:
    """Return keys, each of less than 48 bits, one behind the other in six bytes each."""
    return b"".join(key.to_bytes(KEY_BYTES, "little") for key in keys)


def unpacked(keys: bytes) -> list[int]:
    """Return the keys that ``packed`` put one behind the other."""
    keys = bytes(keys)
    return [int.from_bytes(keys[at : at + KEY_BYTES], "little") for at in range(0, len(keys), KEY_BYTES)]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPrint:
    """What is kept of an article's fingerprint."""

    article_id: int
    keys: tuple[int, ...]
    """By these it is found; each has less than 48 bits."""
    day: int
    """Days from 1970 until it came."""
    algorithm: int
    """What made the keys: other ones do not match."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an article stands that shares keys with a text."""

    story_id: int
    revision: int
    """The number of its newest text."""
    day: int
    """Days from 1970 until it came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """Why an article is in the story of another."""

    article_id: int
    other_id: int
    score: float
    """From 0 to 1."""
    own_share: float
    other_share: float
    """Share of its text, and of the other one's, that both have."""
    why: str
    """One sentence."""
    how: str | None = None
    """``same`` text, or which part of the rule took it for a copy; None where that was not kept."""
