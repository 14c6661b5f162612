"""The value that a rhythm is, and the short text that it is kept as."""

import binascii
import math
import struct
from dataclasses import dataclass
from functools import lru_cache

HOUR = 3600.0
DAY = 86400.0
HALF_LIFE = 28 * DAY
"""Seconds in which what was counted fades to a half."""
MEMORY = 2 * HOUR
"""Seconds in which what has just come fades to a third."""
SPANS = (300.0, 1200.0, HOUR, 4 * HOUR, DAY)
"""Spans in which the greatest number of entries is remembered."""

_HEAD, _PEAKS = 6, len(SPANS)
_SHAPE = struct.Struct(f"<2d{_HEAD + _PEAKS + 24 + 7 + 12}f31e")
_VERSION = "1:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """What is known of a source's habits. Counts and seconds have faded; times are epoch seconds."""

    at: float
    """Beginning of the silence that lasts: the last poll with news, or the newest entry of the first one."""
    watched: float
    """The last poll that brought news, until which time was counted."""
    count: float
    """Entries counted."""
    seen: float
    """Hours in which they were."""
    recent: float
    """Entries of late, at ``at``."""
    gap: float
    """Longest silence of late, in seconds."""
    window: float
    """Entries that the feed shows at once."""
    dated: float
    """Share of the entries whose dates could be believed, 0 to 1."""
    peaks: tuple[float, ...]
    """Most entries that came within each of ``SPANS``."""
    hours: tuple[float, ...]
    """Entries by hour of the day (24, UTC)."""
    days: tuple[float, ...]
    """Entries by day of the week (7, Monday first, UTC)."""
    minutes: tuple[float, ...]
    """Entries by twelfth of the hour (12); only dated ones."""
    hours_seen: tuple[float, ...]
    """Hours in which each hour of the day was watched."""
    days_seen: tuple[float, ...]

    @property
    def hourly(self) -> float:
        """Entries an hour, on the whole; a source of which little is known is thought to bring one."""
        return (self.count + 0.5) / (self.seen + 0.5)


@lru_cache(maxsize=4096)
def parse(text: str | None) -> Rhythm | None:
    """Return the rhythm that ``dump`` wrote; None when there is none or it cannot be understood."""
    if not text or not text.startswith(_VERSION):
        return None
    try:
        values = _SHAPE.unpack(binascii.a2b_base64(text[2:]))
    except (ValueError, struct.error):
        return None
    if not math.isfinite(sum(values)) or min(values) < 0 or values[3] <= 0:
        return None
    counts = 2 + _HEAD + _PEAKS
    return Rhythm(
        at=values[0], watched=values[1], count=values[2], seen=values[3], recent=values[4], gap=values[5],
        window=values[6], dated=values[7], peaks=values[8:counts], hours=values[counts : counts + 24],
        days=values[counts + 24 : counts + 31], minutes=values[counts + 31 : counts + 43],
        hours_seen=values[counts + 43 : counts + 67], days_seen=values[counts + 67 :],
    )  # fmt: skip


def dump(rhythm: Rhythm) -> str:
    """Return a rhythm as a text of some 380 ASCII characters, for ``parse``."""
    packed = _SHAPE.pack(
        rhythm.at, rhythm.watched, rhythm.count, rhythm.seen, rhythm.recent, rhythm.gap, rhythm.window,
        rhythm.dated, *rhythm.peaks, *rhythm.hours, *rhythm.days, *rhythm.minutes,
        *rhythm.hours_seen, *rhythm.days_seen,
    )  # fmt: skip
    return _VERSION + binascii.b2a_base64(packed, newline=False).decode()


def weekday(moment: float) -> int:
    """Return the day of the week of epoch seconds in UTC, 0 for Monday."""
    return (int(moment // DAY) + 3) % 7
