"""What repeats on several pages of one site is not the article: boxes, notices, the house's own praise."""

import zlib
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

MIN_PAGES = 3
"""A block on so many pages of a site repeats."""


@dataclass(frozen=True, slots=True)
class Template:
    """The marks of blocks that repeat on the pages of one site."""

    marks: frozenset[int] = frozenset()

    def holds(self, text: str) -> bool:
        """Whether a block repeats."""
        return bool(self.marks) and mark_of(text) in self.marks


def mark_of(text: str) -> int:
    """The mark of a block's text: the same for texts that differ in white space and case alone."""
    return zlib.crc32("".join(text.lower().split()).encode("utf-8", "replace"))


def marks_of(texts: Iterable[str]) -> frozenset[int]:
    """The marks of a page's blocks."""
    return frozenset(map(mark_of, texts))


def learn(pages: Iterable[Collection[int]], *, least: int = MIN_PAGES) -> Template:
    """The template of a site from the marks of some of its pages, each of another article."""
    counts = Counter(mark for page in pages for mark in set(page))
    return Template(frozenset(mark for mark, count in counts.items() if count >= least))
