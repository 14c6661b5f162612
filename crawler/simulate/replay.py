"""Replay publication times against a policy, and count what came of it."""

import math
import random
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from crawler.simulate.outlet import Outlet


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One poll as a policy sees it."""

    at: float
    before: float | None
    """The poll before."""
    new: int
    seen: int
    """Entries in the feed."""
    stated: Sequence[float | None]
    """What the entries in the feed state, the oldest first."""


Poller = Callable[[Look], float]
"""Takes a poll and returns when to look again, in epoch seconds. It may remember what it saw."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A way to decide, by its name: for an outlet and a source of chance it makes a poller."""

    name: str
    start: Callable[[Outlet, random.Random], Poller]
    every: float | None = None
    """Seconds between two polls, if they are always the same: then nothing needs to be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What is replayed: polls begin at ``start``; from ``measured`` to ``end`` they count."""

    start: float
    measured: float
    end: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What polling one outlet brought in the time that counts."""

    outlet: Outlet
    requests: int
    delays: Sequence[float]
    """Seconds from appearance to poll, for each entry that was caught."""
    missed: frozenset[int]
    """Places of the entries that rolled out of the window unseen."""


def replay(outlet: Outlet, policy: Policy, span: Span, *, seed: int) -> Outcome:
    """Poll an outlet as a policy wants; the first poll comes at random, but for all policies alike."""
    dice = random.Random(f"{seed} {outlet.name}")  # noqa: S311 - invented times, not secrets
    first = span.start + dice.random() * 3600
    if policy.every is not None:
        return _evenly(outlet, span, first, policy.every)
    poller = policy.start(outlet, dice)
    appeared, stated, window = outlet.appeared, outlet.stated, outlet.window
    known, before, at, requests = 0, None, first, 0
    delays: list[float] = []
    missed: list[int] = []
    while True:
        there = bisect_right(appeared, at, known)
        seen = max(there - window, 0)
        fresh = max(seen, known)
        if before is not None:
            missed += [place for place in range(known, fresh) if span.measured <= appeared[place] < span.end]
            delays += [at - moment for moment in appeared[fresh:there] if span.measured <= moment < span.end]
        requests += span.measured <= at < span.end
        if at >= span.end:
            break
        look = Look(at=at, before=before, new=there - fresh, seen=there - seen, stated=stated[seen:there])
        known, before, at = there, at, poller(look)
    return Outcome(outlet=outlet, requests=requests, delays=delays, missed=frozenset(missed))


def _evenly(outlet: Outlet, span: Span, first: float, every: float) -> Outcome:
    """The same with a fixed interval, where the polls between two entries need not be made."""
    appeared = outlet.appeared
    place = bisect_left(appeared, max(span.measured, first))
    last = bisect_left(appeared, span.end)
    delays: list[float] = []
    missed: list[int] = []
    while place < last:
        at = first + math.ceil((appeared[place] - first) / every) * every
        there = bisect_right(appeared, at, place)
        fresh = max(there - outlet.window, place)
        missed += range(place, min(fresh, last))
        delays += [at - moment for moment in appeared[fresh : min(there, last)]]
        place = there
    requests = math.ceil((span.end - first) / every) - math.ceil((max(span.measured, first) - first) / every)
    return Outcome(outlet=outlet, requests=requests, delays=delays, missed=frozenset(missed))
