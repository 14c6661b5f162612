"""What the articles of one site and day came with. A value; ``harvests.py`` counts it."""

from dataclasses import dataclass
from typing import Literal

Part = Literal["title", "authors", "published", "image", "tags", "section", "text", "rule"]
"""``text`` is the page's own text, not the feed's; ``rule`` that the site's rule spoke."""
LENGTHS: tuple[int, ...] = (16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192)
"""Numbers of words that texts are counted by, in ascending order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvest:
    """How many articles of a site were read on a day by one reader, and how many of them have what."""

    site: str
    day: int
    """Days since 1 January 1970, UTC, of their first sight."""
    reader: str | None
    """The version of the reader, and the site rule that spoke; None for articles of a time before."""
    articles: int
    having: tuple[tuple[Part, int], ...]
    """Every part with the number of articles that have it."""
    long: tuple[int, ...]
    """For each of ``LENGTHS``, how many texts have at least so many words."""
