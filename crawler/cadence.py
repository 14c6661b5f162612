"""When is a source next due, and why. Pure: time, randomness and history are passed in.

Two wishes pull at the interval: polls must overlap (entries of one poll seen again in the next), so that
nothing is missed, and must not be wasted on a source that has nothing new. A publisher's hint is a floor,
an interval chosen by a person stands above all. Failures double the wait up to a day and are never final.
"""

from dataclasses import dataclass

DAY = 86400.0
FIRST_BACKOFF = 60.0
JITTER = 0.1
"""Share of the interval by which it is moved at random, so that sources do not march in step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Shortest, longest and first interval, in seconds."""

    shortest: float
    longest: float
    first: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What a poll that worked found."""

    seen: int
    new: int
    pace: float | None
    """Interval in force until now; None after the first poll."""
    interval: float | None = None
    """Interval chosen by a person, if any."""
    hint: float | None = None
    """Seconds the publisher asks to wait (ttl, syndication module, Cache-Control), if any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """When to look again, the interval in force from now on, and one sentence that says why."""

    next_due_at: float
    pace: float | None
    reason: str


def after_success(polled: Polled, bounds: Bounds, *, now: float, chance: float) -> Decision:
    """Decide after a poll that worked. ``chance`` is a random number in [0, 1)."""
    if polled.interval is not None:
        return _decide(polled.interval, polled.pace, "every {} as set", now=now, chance=chance)
    pace, why = _learn(polled, bounds)
    pace = min(max(pace, bounds.shortest), bounds.longest)
    wait = pace
    if polled.hint is not None and polled.hint > pace:
        wait, why = min(polled.hint, bounds.longest), "the publisher asks for {}"
    return _decide(wait, pace, why, now=now, chance=chance)


def after_failure(
    failures: int, pace: float | None, *, now: float, chance: float, retry_after: float | None = None
) -> Decision:
    """Decide after the ``failures``-th failed poll in a row; Retry-After (seconds) is obeyed up to a day."""
    if retry_after is not None:
        wait = min(max(retry_after, 1.0), DAY)
        why = f"the server asked to wait {_spell(wait)}"
        return Decision(next_due_at=now + wait * (1 + JITTER * chance), pace=pace, reason=why)
    wait = min(FIRST_BACKOFF * 2.0 ** min(max(failures, 1) - 1, 20), DAY)
    times = "1 failure" if failures <= 1 else f"{failures} failures in a row"
    return _decide(wait, pace, f"{times}: next try in {{}}", now=now, chance=chance)


def host_backoff(previous: float) -> float:
    """Return the seconds to leave an overloaded host alone: 60 at first, doubled each time, at most a day."""
    return min(max(FIRST_BACKOFF, previous * 2), DAY)


def entry_backoff(attempts: int) -> float:
    """Return the seconds until a page is tried again after ``attempts`` tries: 1 min, 5 min, 25 min ..."""
    return min(FIRST_BACKOFF * 5.0 ** min(max(attempts, 1) - 1, 10), DAY)


def _learn(polled: Polled, bounds: Bounds) -> tuple[float, str]:
    """Return the interval that the newest poll teaches, and why."""
    if polled.pace is None:
        return bounds.first, "first polls are {} apart"
    share = polled.new / polled.seen if polled.seen else 0.0
    if share > 0.67:
        return polled.pace / 2, f"{polled.new} of {polled.seen} entries were new, so sooner: {{}}"
    if share > 0.33:
        return polled.pace * 0.8, f"{polled.new} of {polled.seen} entries were new, a little sooner: {{}}"
    if polled.new:
        return polled.pace, f"{polled.new} of {polled.seen} entries were new: again in {{}}"
    return polled.pace * 1.25, "nothing new, a little later: {}"


def _decide(wait: float, pace: float | None, why: str, *, now: float, chance: float) -> Decision:
    return Decision(
        next_due_at=now + wait * (1 + JITTER * (2 * chance - 1)), pace=pace, reason=why.format(_spell(wait))
    )


def _spell(seconds: float) -> str:
    """Spell a span of time: ``45 s``, ``10 min``, ``1.5 h``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.3g} h"
