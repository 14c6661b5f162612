"""What changed between two texts of an article, for a reader: the one place where that is decided. Pure."""

from collections.abc import Sequence
from datetime import datetime
from itertools import chain, groupby

from crawler.changes.noise import is_noise, is_short, stopped
from crawler.changes.plain import dense, plain, plain_lines
from crawler.landing import likeness
from storage.model import Content

FIELDS = ("title", "lead", "text", "authors", "byline", "dateline", "published_at")
"""What can change, in the order in which it is told."""
A_MINUTE = 60.0
Block = tuple[str, ...]
FEWEST = 3
"""Short lines in a row, not sentences, that may be a block of links; two are enough at the end of a text."""
LONGEST_BLOCK = 60
MOST_BLOCKS = 20
"""Lines of such a block, and blocks, that are compared."""
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
    before, after = stretches(old.text), stretches(new.text)
    grew = len(old.text) < SHORT_REPORT and len(new.text) > len(old.text)
    smaller = min(len(before), len(after))
    return not grew and (not smaller or len(before & after) < smaller * LEAST_SHARED)


def stretches(text: str) -> set[str]:
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
    (prose, blocks), (other, others) = _parts(old), _parts(new)
    return _same_prose(prose, other) and not _is_edited(blocks, others)


def _parts(text: str) -> tuple[list[str], list[Block]]:
    """Return the lines of a text that say something, and those in a row that may be blocks of links."""
    lines = [line for line in plain_lines(text) if not is_noise(line)]
    last = next((place for place in range(len(lines), 0, -1) if not is_short(lines[place - 1])), 0)
    if last == 0:  # no sentence at all: a list, or a script that does not mark their ends
        return lines, []
    runs = [tuple(run) for _, run in groupby(lines[:last], is_short)]
    prose = [line for run in runs if not _is_block(run, FEWEST) for line in run]
    blocks = [run for run in runs if _is_block(run, FEWEST)]
    tail = tuple(lines[last:])
    if _is_block(tail, FEWEST - 1):
        return prose, [*blocks, tail]
    return [*prose, *tail], blocks


def _is_block(run: Block, fewest: int) -> bool:
    return len(run) >= fewest and is_short(run[0])


def _same_prose(old: Sequence[str], new: Sequence[str]) -> bool:
    """Lines broken elsewhere are the same; so are those where only a clock went on, outside of sentences."""
    if "".join(chain(*map(str.split, old))) == "".join(chain(*map(str.split, new))):
        return True
    return len(old) == len(new) and all(
        one == other or (is_short(one) and stopped(one) is not None and stopped(one) == stopped(other))
        for one, other in zip(old, new, strict=True)
    )


def _is_edited(old: Sequence[Block], new: Sequence[Block]) -> bool:
    """Tell whether a row of short lines was edited, as lists are; links take each other's places."""
    gone, came = ([run for run in runs if run not in others] for runs, others in ((old, new), (new, old)))
    return any(_is_list(run, other) for run in gone[:MOST_BLOCKS] for other in came[:MOST_BLOCKS])


def _is_list(old: Block, new: Block) -> bool:
    """Tell whether a row of short lines is another one, edited: shorter, longer, or with other words."""
    gone = [line for line in old if line not in new][:LONGEST_BLOCK]
    came = [line for line in new if line not in old][:LONGEST_BLOCK]
    if len(gone) < len(old) and not (gone and came):
        return bool(gone or came)
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
