"""When is an article looked at again, and what does it mean that its page is not there? Pure.

A plan is a few spans of time after the first fetch, like 1 h, 6 h, 24 h, 7 d. It decays because articles do:
what has stood for a day is seldom changed within the next hour. One that was old when it was first seen is at
a later place of the plan from the start, and one older than all of it is not looked at again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crawler.cadence import DAY, HOUR, entry_backoff
from storage.looks import Revisit

Plan = tuple[float, ...]
"""Seconds after the first fetch, ascending; empty: no looks."""

BE_SURE = HOUR
"""Seconds at least between the first 404 and the look that decides: a server may lose a page for a moment."""
WORTH = 0.1
"""Share of a span of the plan that must lie between two looks; after a standstill two could fall together."""
GONE = 410
MISSING = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """What follows from a page that could not be had."""

    next_due_at: float | None
    """None: it is not looked at again."""
    attempts: int = 0
    missing_at: float | None = None
    withdrawn_at: float | None = None
    """Since when the article is taken away, if that is believed now."""


def age_at(published: datetime | None, modified: datetime | None, *, since: float) -> float:
    """Return how old an article was when it was first fetched, in seconds; 0 for one without a date.

    What was changed lately is young. A date without a time (midnight) counts to the end of its day.
    """
    moments = [_end(moment) for moment in (published, modified) if moment is not None]
    return max(since - max(moments), 0.0) if moments else 0.0


def _end(moment: datetime) -> float:
    is_day = not (moment.hour or moment.minute or moment.second)
    return moment.timestamp() + (DAY if is_day else 0.0)


def next_look(plan: Plan, *, since: float, age: float, now: float) -> float | None:
    """Return when (epoch seconds) an article is looked at next, or None when its plan is over.

    ``since`` is when it was first fetched and ``age`` how old it was then. Looks that were slept through are
    made up for by the one that is made now.
    """
    for span in plan:
        due = since + span
        if span >= age and due - now >= span * WORTH:
            return due
    return None


def after_miss(
    revisit: Revisit,
    plan: Plan,
    *,
    status: int | None,
    transient: bool,
    age: float,
    had: bool,
    known_gone: bool,
    attempts: int,
    now: float,
    retry_after: float | None = None,
) -> Missed:
    """Decide after a look that did not find the article.

    410 is believed at once, 404 when a second look at least ``BE_SURE`` later says so too. Anything else says
    nothing about the article; what may pass is tried again, ``attempts`` times. ``had``: its page was had
    before (a text of the feed's own proves nothing). ``known_gone``: it is known to be taken away.
    """
    later = next_look(plan, since=revisit.since, age=age, now=now)
    if status in (GONE, MISSING) and had and not known_gone:
        missing_at = revisit.missing_at if revisit.missing_at is not None else now
        if status == GONE or (revisit.missing_at is not None and now - missing_at >= BE_SURE):
            # It may come back: there is one look at least at which that would be noticed.
            return Missed(next_due_at=later or now + _longest(plan), withdrawn_at=missing_at)
        return Missed(next_due_at=missing_at + BE_SURE, missing_at=missing_at)
    if transient and revisit.attempts + 1 < attempts:
        wait = max(entry_backoff(revisit.attempts + 1), min(retry_after or 0.0, DAY))
        if later is None or now + wait < later:
            return Missed(
                next_due_at=now + wait, attempts=revisit.attempts + 1, missing_at=revisit.missing_at
            )
    return Missed(next_due_at=later)


def _longest(plan: Sequence[float]) -> float:
    return max(plan, default=DAY)
