"""What changed between two texts of an article, for a reader: the one place where that is decided. Pure."""

from collections.abc import Sequence
from datetime import datetime
from itertools import chain

from crawler.changes.noise import is_noise, is_sentence, is_short, stopped
from crawler.changes.plain import dense, plain, plain_lines
from crawler.landing import likeness
from storage.model import Content

FIELDS = ("title", "lead", "text", "authors", "byline", "dateline", "published_at")
"""What can change, in the order in which it is told."""
A_MINUTE = 60.0
BLOCK = 3
"""Short lines in a row, not sentences, that may be a block of links; two are enough at the end of a text."""
LONGEST_BLOCK = 60
"""Lines of such blocks that are compared."""
STRETCH = 8
"""Characters in a row by which two texts are found to have something in common."""
COMPARED = 50_000
"""Characters of a text that are compared so."""
LEAST_SHARED = 0.1
"""Share of the stretches of the shorter text that an article keeps when it is rewritten."""
SHORT_REPORT = 600
"""Characters of a text that may be the first report of something, which is written anew as more is known."""
ALIKE = 0.5
"""Likeness of two short lines from which the one is the other, edited."""


def changed_fields(old: Content, new: Content) -> tuple[str, ...]:
    """Return which of ``FIELDS`` a publisher changed; empty when a reader would notice nothing.

    Unicode forms, blanks, case, kinds of quotes and dashes do not count, nor do lines around the text that
    change by themselves: clocks, counters of readers, advertisements, links to other articles.
    """
    same = {
        "title": dense(old.title) == dense(new.title),
        "lead": _same_lead(old, new),
        "text": _same_text(old.text, new.text) or _is_cut_by_paywall(old, new),
        "authors": _names(old.authors) == _names(new.authors),
        "byline": _same_line(old.byline, new.byline),
        "dateline": _same_line(old.dateline, new.dateline),
        "published_at": _same_time(old.published_at, new.published_at),
    }
    return tuple(name for name in FIELDS if not same[name])


def is_other_page(old: Content, new: Content) -> bool:
    """Tell whether a page that answers at the address of an article has nothing to do with it.

    Servers answer 200 with a notice, or with their front page, for what is no longer there. A short report
    that grew is no such page, however little of it was kept.
    """
    if likeness(old.title, new.title) >= ALIKE:
        return False
    before, after = _stretches(old.text), _stretches(new.text)
    grew = len(old.text) < SHORT_REPORT and len(new.text) > len(old.text)
    smaller = min(len(before), len(after))
    return not grew and (not smaller or len(before & after) < smaller * LEAST_SHARED)


def _stretches(text: str) -> set[str]:
    """Return every stretch of letters of a text's beginning, which another text hardly has by chance."""
    letters = dense(text[:COMPARED])
    return {letters[place : place + STRETCH] for place in range(len(letters) - STRETCH + 1)}


def _same_lead(old: Content, new: Content) -> bool:
    """A lead that begins the text says nothing of its own; neither does one that comes or goes."""
    if not old.lead or not new.lead or _begins(old) or _begins(new):
        return True
    return _same_text(old.lead, new.lead)


def _begins(content: Content) -> bool:
    lead = dense(content.lead or "").rstrip(".…")
    return dense(content.text[: 2 * len(content.lead or "") + 200]).startswith(lead)


def _names(authors: Sequence[str]) -> frozenset[str]:
    return frozenset(map(plain, authors))


def _same_line(old: str | None, new: str | None) -> bool:
    before, after = plain(old or ""), plain(new or "")
    return dense(before) == dense(after) or (stopped(before) or before) == (stopped(after) or after)


def _same_time(old: datetime | None, new: datetime | None) -> bool:
    """A time that comes or goes was found elsewhere on the page, or not found: no change."""
    if old is None or new is None:
        return True
    return abs((new - old).total_seconds()) < A_MINUTE


def _same_text(old: str, new: str) -> bool:
    if old == new or dense(old) == dense(new):
        return True
    (prose, links), (other, others) = _parts(old), _parts(new)
    return _same_prose(prose, other) and not _is_edited(links, others)


def _parts(text: str) -> tuple[list[str], list[str]]:
    """Return the lines of a text that say something, and those that may be blocks of links."""
    lines = [line for line in plain_lines(text) if not is_noise(line)]
    last = next((place for place in range(len(lines), 0, -1) if not is_short(lines[place - 1])), 0)
    if last == 0:  # no sentence at all: a list, or a script that does not mark their ends
        return lines, []
    prose: list[str] = []
    links: list[str] = []
    for run in _runs(lines[:last]):
        (links if is_short(run[0]) and len(run) >= BLOCK else prose).extend(run)
    (links if len(lines) - last >= BLOCK - 1 else prose).extend(lines[last:])
    return prose, links


def _runs(lines: Sequence[str]) -> list[list[str]]:
    """Cut lines into runs of short ones and of others."""
    runs: list[list[str]] = []
    for line in lines:
        if runs and is_short(runs[-1][-1]) == is_short(line):
            runs[-1].append(line)
        else:
            runs.append([line])
    return runs


def _same_prose(old: Sequence[str], new: Sequence[str]) -> bool:
    """Lines broken elsewhere are the same; so are those where only a clock went on, outside of sentences."""
    if "".join(chain(*map(str.split, old))) == "".join(chain(*map(str.split, new))):
        return True
    return len(old) == len(new) and all(
        one == other or (not is_sentence(one) and stopped(one) is not None and stopped(one) == stopped(other))
        for one, other in zip(old, new, strict=True)
    )


def _is_edited(old: Sequence[str], new: Sequence[str]) -> bool:
    """Tell whether a line among those that may be links was edited, not merely put in another's place."""
    gone = [line for line in dict.fromkeys(old) if line not in set(new)][:LONGEST_BLOCK]
    came = [line for line in dict.fromkeys(new) if line not in set(old)][:LONGEST_BLOCK]
    return any(_is_same_item(one, other) for one in gone for other in came)


def _is_same_item(one: str, other: str) -> bool:
    clock, other_clock = stopped(one), stopped(other)
    return (clock is None or clock != other_clock) and likeness(one, other) >= ALIKE


def _is_cut_by_paywall(old: Content, new: Content) -> bool:
    """Tell whether the page now shows only the beginning of the text to those who do not pay."""
    if not new.paywalled or (old.paywalled and len(new.text) >= len(old.text)):
        return False
    shown = dense(new.text).rstrip(".…")
    return len(shown) < len(dense(old.text)) and dense(old.text).startswith(shown)
