"""By how much was the wall clock set? Pure: the readings of clocks are passed in.

A machine keeps two times: that of the wall, which a person or a time server may set, and a steady one, which
only ever goes on. What lies between the two stays the same until the wall clock is set.
"""

from dataclasses import dataclass

SLIGHT = 30.0
"""Seconds that are no jump: clocks are put right by a little now and then, and two machines never agree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What both clocks of a machine show at one moment, in seconds."""

    wall: float
    """Since 1970."""
    steady: float
    """Since a moment that nobody knows."""


def jump(before: Reading, now: Reading) -> float:
    """Return the seconds by which the wall clock was set between two readings: negative when it was set back.

    0 when it was not set, or slightly. Small steps add up as long as ``before`` stays the same. A machine
    that slept looks like one whose clock was set ahead, since the steady clock slept as well.
    """
    moved = (now.wall - before.wall) - (now.steady - before.steady)
    return moved if abs(moved) > SLIGHT else 0.0


def lead(newest: float | None, now: float) -> float:
    """Return how many seconds the newest moment on record lies ahead of ``now``; 0 when not, or slightly.

    Nothing is recorded before it happens: the clock was ahead then, or was set back since.
    """
    ahead = 0.0 if newest is None else newest - now
    return ahead if ahead > SLIGHT else 0.0
