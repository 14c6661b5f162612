"""What a publisher asks of those who poll: seconds to wait, hours and days to leave out. Pure.

RSS 2.0 (ttl, skipHours, skipDays), the syndication module of RSS 1.0 (sy:updatePeriod), Cache-Control and
Expires (RFC 9111, 5.2 and 5.3). A hint is a wish, and garbage at times: what makes no sense is no hint.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

HOUR = 3600.0
DAY = 86400.0
_WEEK = 8 * 24


@dataclass(frozen=True, slots=True, kw_only=True)
class PublisherHints:
    """What the publisher asks for, as far as it is known."""

    ttl: float | None = None
    """Seconds between polls that the feed itself asks for."""
    max_age: float | None = None
    """Seconds for which the server says that its answer stays fresh."""
    skip_hours: tuple[int, ...] = ()
    """Hours of the day in UTC, 0 to 23, in which not to poll."""
    skip_days: tuple[int, ...] = ()
    """Days of the week in UTC, 0 for Monday, on which not to poll."""

    @property
    def wait(self) -> float:
        """Seconds to wait at least; 0 when nothing is asked for."""
        return max(self.ttl or 0.0, self.max_age or 0.0)


NO_HINTS = PublisherHints()


def read_hints(kept: Mapping[str, Any]) -> PublisherHints:
    """Return the hints kept with a source; what cannot be understood is left out."""
    if not kept:
        return NO_HINTS
    return PublisherHints(
        ttl=_seconds(kept.get("ttl")),
        max_age=_seconds(kept.get("max_age")),
        skip_hours=_numbers(kept.get("skip_hours"), below=24),
        skip_days=_numbers(kept.get("skip_days"), below=7),
    )


def keep_hints(hints: PublisherHints) -> dict[str, Any]:
    """Return hints as ``read_hints`` reads them: only those that are there."""
    found = {
        "ttl": hints.ttl,
        "max_age": hints.max_age,
        "skip_hours": list(hints.skip_hours),
        "skip_days": list(hints.skip_days),
    }
    return {name: value for name, value in found.items() if value}


def skipped(hints: PublisherHints, moment: float) -> bool:
    """Tell whether the publisher asks not to be polled at a moment (epoch seconds)."""
    hour, day = int(moment // HOUR) % 24, (int(moment // DAY) + 3) % 7
    return hour in hints.skip_hours or day in hints.skip_days


def after_skip(hints: PublisherHints, moment: float) -> float:
    """Return the first moment from ``moment`` on (epoch seconds) at which the publisher may be polled.

    Hints that leave out every hour or every day ask for nothing that can be done, and are not heeded.
    """
    if not (hints.skip_hours or hints.skip_days) or not skipped(hints, moment):
        return moment
    later = moment
    for _ in range(_WEEK):
        later = (later // HOUR + 1) * HOUR
        if not skipped(hints, later):
            return later
    return moment


def _seconds(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 < value < float("inf") else None


def _numbers(value: Any, *, below: int) -> tuple[int, ...]:
    if not isinstance(value, Iterable) or isinstance(value, str):
        return ()
    return tuple(sorted({n for n in value if isinstance(n, int) and 0 <= n < below and n is not True}))
