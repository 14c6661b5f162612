"""The condition of a source in one word."""

from typing import Literal

from crawler import rhythm
from storage.model import Source

Condition = Literal["new", "active", "quiet", "failing", "paused", "gone", "once", "done"]
"""``quiet``: its polls work, but it is silent for longer than its own rhythm allows."""


def condition(source: Source, *, now: float) -> Condition:
    """Return how a source is at ``now`` (epoch seconds); a source that is not followed is in its state."""
    if source.state != "active":
        return source.state
    if source.failures:
        return "failing"
    if source.last_polled_at is None:
        return "new"
    return "quiet" if silent_since(source, now=now) is not None else "active"


def silent_since(source: Source, *, now: float) -> float | None:
    """Return when a silence began (epoch seconds) that is longer than the source's rhythm allows, or None.

    Only what was looked at counts: a source that nobody polled since is not silent.
    """
    if source.last_new_at is None or source.last_ok_at is None:
        return None
    learnt = rhythm.parse(source.rhythm)
    allowed = rhythm.quiet_after(learnt, source.last_new_at) if learnt else None
    overdue = allowed is not None and allowed < min(now, source.last_ok_at)
    return source.last_new_at if overdue else None
