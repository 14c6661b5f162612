"""What a change owes to the publisher, and what to another version of the page reader. Pure.

A new reader finds a headline elsewhere, or leaves out a box that the one before took for a paragraph: the
page is the same. What no reader can do is to change words inside a sentence.
"""

import re
from collections.abc import Sequence
from html import unescape

from crawler.changes.compare import A_MINUTE, stretches
from crawler.changes.plain import dense, plain, plain_lines
from storage.model import Content

MOST_LINES = 60
"""Lines that went, and lines that came, which are compared with each other."""
EDITED = 0.3
"""Share of the stretches of the longer of two lines from which the one is the other, edited."""
FOUND = 0.9
"""Share of the lines of a text that must stand in its page's markup before that can say what it lacks."""
LINE = 45
"""Characters of a line that is looked for there: shorter ones may be made up of pieces."""
_TAG = re.compile(r"<[^<>]*>")
_QUARTER, _FARTHEST = 15 * A_MINUTE, 14 * 60 * A_MINUTE
"""Offsets of time zones are so many seconds, and no more."""


def is_reread(old: Content, new: Content, changed: Sequence[str]) -> bool:
    """Tell whether another version of the reader, or another rule for the site, explains all that changed.

    ``changed`` are the fields that differ. False where one reader read both texts, or one of them is no
    page's.
    """
    if not changed or old.reader == new.reader or None in (old.reader, new.reader):
        return False
    return all(_explained(name, old, new) for name in changed)


def is_added(old: str, new: str, page: str) -> bool:
    """Tell whether the publisher added a line: it was not on the page from which the old text was read.

    ``page`` is the markup of that. Where the old text cannot be found in it, nothing can be told.
    """
    there = dense(unescape(_TAG.sub("", page)))
    lines = [dense(line) for line in plain_lines(old)]
    if not lines or sum(line in there for line in lines) < FOUND * len(lines):
        return False
    before = "".join(lines)
    came = (dense(line) for line in plain_lines(new))
    return any(len(line) >= LINE and line not in before and _lacks(there, line) for line in came)


def _lacks(page: str, line: str) -> bool:
    third = len(line) // 3
    return not any(line[start : start + third] in page for start in (0, third, 2 * third))


def _explained(name: str, old: Content, new: Content) -> bool:
    if name == "text":
        return not _is_edited(old.text, new.text)
    if old.provenance.get(name) != new.provenance.get(name):
        return True
    match name:
        case "published_at":
            return _is_other_zone(old, new)
        case "authors":
            before, after = ({plain(author) for author in one.authors} for one in (old, new))
            return before <= after or after <= before
        case _:
            return _holds(getattr(old, name) or "", getattr(new, name) or "")


def _holds(one: str, other: str) -> bool:
    """Tell whether one of two lines is a piece of the other: a site's name or a prefix came or went."""
    short, long = sorted((dense(one), dense(other)), key=len)
    return short in long


def _is_other_zone(old: Content, new: Content) -> bool:
    """Tell whether two times are one clock, read in different zones."""
    if old.published_at is None or new.published_at is None:
        return True
    apart = abs((new.published_at - old.published_at).total_seconds())
    return apart <= _FARTHEST and apart % _QUARTER == 0


def _is_edited(old: str, new: str) -> bool:
    """Tell whether a line of one text stands in the other with other words."""
    gone, came = _missing(old, new), _missing(new, old)
    return any(_is_same_line(one, other) for one in gone for other in came)


def _missing(text: str, other: str) -> list[set[str]]:
    """Return the stretches of lines that stand nowhere in another text."""
    there = dense(other)
    lines = (dense(line) for line in plain_lines(text))
    return [stretches(line) for line in lines if line not in there][:MOST_LINES]


def _is_same_line(one: set[str], other: set[str]) -> bool:
    longer = max(len(one), len(other))
    return longer > 0 and len(one & other) >= EDITED * longer
