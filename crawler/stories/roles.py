"""What did an outlet make of a text? Pure."""

from dataclasses import dataclass
from typing import Literal

RoleName = Literal["original", "copy", "shortened", "expanded"]

MOST = 0.8
"""Share of a text from which it is all there, but for words that desks change."""
SHORTER, LONGER = 0.85, 1.18
"""Length beside the original's from which a text is shorter, or longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What an article is in its story, and why."""

    name: RoleName
    why: str
    """One sentence."""


def original(why: str) -> Role:
    """Return the role of the article that the text comes from."""
    return Role(name="original", why=why)


def role_of(*, own_share: float, other_share: float, words: int, other_words: int, other: str) -> Role:
    """Return the role of an article beside the one it is compared with, which ``other`` names.

    ``own_share`` is the share of its text that the other has, ``other_share`` the share of the other's text
    that it has.
    """
    length = words / max(other_words, 1)
    if other_share < MOST and length < SHORTER:
        kept = f"it keeps {other_share:.0%} of {other}"
        return Role(name="shortened", why=kept if own_share >= MOST else f"{kept} and has words of its own")
    if own_share < MOST and length > LONGER:
        added = f"{1 - own_share:.0%} of it is not in {other}"
        return Role(name="expanded", why=f"{added}, of which it has {other_share:.0%}")
    if min(own_share, other_share) >= 0.995:
        return Role(name="copy", why=f"the same text as {other}")
    return Role(name="copy", why=f"{own_share:.0%} of it stands in {other}, {other_share:.0%} of that in it")
