"""Is the whole store silent? Monitoring a process tells that it lives, not that news arrives. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

WIDTH = 900
"""Seconds of one stretch in which arrivals are counted."""
LOOK_BACK = 14 * 86_400.0
FEWEST = 20
"""Stretches with arrivals below which a store is too young to be judged."""
LEAST = 3600.0
"""Seconds of silence that are never an alarm."""
FACTOR = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """No new article arrives although one should: since when, and the longest that is usual (seconds)."""

    since: float
    usual: float


def silence(arrivals: Sequence[float], *, now: float, last_poll_at: float | None) -> Silence | None:
    """Judge whether a store is silent for longer than it ever is. None when all is well.

    ``arrivals`` are the beginnings (epoch seconds, ascending) of the stretches of WIDTH seconds within
    LOOK_BACK in which a new article was stored. The longest silence among them is left out, since kabar may
    have been switched off; with one and a half times the next longest the night is not taken for an alarm.
    Where nothing was polled of late there is no silence, but no kabar either. Arrivals ahead of ``now``, from
    before the clock was set back, tell nothing.
    """
    arrivals = [moment for moment in arrivals if moment <= now]
    if len(arrivals) < FEWEST or last_poll_at is None or now - last_poll_at > LEAST:
        return None
    gaps = sorted(later - earlier for earlier, later in pairwise(arrivals))
    usual = max(gaps[-2], WIDTH)
    since = arrivals[-1] + WIDTH
    return Silence(since=since, usual=usual) if now - since > max(FACTOR * usual, LEAST) else None
