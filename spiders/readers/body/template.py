"""What repeats on the pages of one site is not the article: boxes, notices, the house's own praise.

It is learned from the texts of articles that were kept. What a page repeats of itself, or another version of
the same article, teaches nothing: only different stories count. Agencies repeat a paragraph of background now
and then, so a block that the model is sure of has to stand in a good part of all stories to be left out.
"""

import re
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

STORIES = 30
"""The newest stories of a site, from which its template is learned."""
FEWEST = 3
"""So many stories of them must have a paragraph for it to repeat ..."""
_OFTEN, _SHARE = 5, 1 / 3
"""... and so many, and this share of all, for it to be left out however likely it is text."""
_SURE = 0.8
"""A block that is likelier is text, unless it repeats often."""
MOST = 50
"""Paragraphs of a template."""
_SHORTEST, _DENSE = 30, 2.5
"""Characters of a paragraph at least, for labels repeat in any article; those of Chinese count for more."""
_DENSE_FROM = "\u2e80"
_NO_LETTER = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Repeated:
    """A paragraph that repeats on a site: in ``stories`` of the newest ``among``."""

    mark: int
    text: str
    stories: int
    among: int

    @property
    def often(self) -> bool:
        """Whether it stands in so many that it is left out in any case."""
        return self.stories >= _OFTEN and self.stories >= _SHARE * self.among


@dataclass(frozen=True, slots=True)
class Template:
    """The marks of the paragraphs that repeat on the pages of one site."""

    now_and_then: frozenset[int] = frozenset()
    often: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.now_and_then or self.often)

    def holds(self, text: str, likely: float) -> bool:
        """Whether a block repeats and is left out, given how likely the model takes it for text."""
        known = self.often if likely > _SURE else self.often | self.now_and_then
        return all(mark_of(line) in known for line in text.split("\n")) if known else False


def template_of(found: Iterable[Repeated]) -> Template:
    """The template of a site."""
    kinds: tuple[set[int], set[int]] = (set(), set())
    for one in found:
        kinds[one.often].add(one.mark)
    return Template(*map(frozenset, kinds))


def mark_of(text: str) -> int:
    """The mark of a paragraph: the same for all that differ in case, marks and blanks alone."""
    return zlib.crc32(_NO_LETTER.sub("", text.lower()).encode("utf-8", "replace"))


def learn(texts: Iterable[tuple[int, str]]) -> tuple[Repeated, ...]:
    """What repeats in the texts of a site, each given with the number of its story, the newest first."""
    stories: dict[int, set[str]] = {}
    for story, text in texts:
        if story in stories or len(stories) < STORIES:
            lines = (line.removeprefix("- ") for line in text.split("\n"))
            stories.setdefault(story, set()).update(filter(_is_long, lines))
    counts = Counter(line for lines in stories.values() for line in lines)
    found: dict[int, Repeated] = {}
    for line, count in counts.most_common(MOST):
        if count >= FEWEST and (mark := mark_of(line)) not in found:
            found[mark] = Repeated(mark, line, count, len(stories))
    return tuple(found.values())


def _is_long(line: str) -> bool:
    if len(line) >= _SHORTEST:
        return True
    return sum(_DENSE if letter >= _DENSE_FROM else 1 for letter in line) >= _SHORTEST
