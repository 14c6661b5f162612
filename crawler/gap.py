"""Gaps: when two polls of a feed have no entry in common, some may have come and gone between them. Pure."""

from collections.abc import Sequence
from datetime import datetime

from crawler.dated import stamp
from storage.model import NewEntry, Source

LAG = 600.0
"""Seconds by which an entry may be older than the poll that did not show it yet."""
MARGIN = 3600.0
"""Seconds before the last good poll from which on a gap is filled: clocks differ, caches lag."""


def may_miss(source: Source, entries: Sequence[NewEntry], *, new: int) -> bool:
    """Tell whether a poll that found ``new`` never seen entries may have missed some.

    Never on the first good poll, nor for a feed that was empty until now, nor when an entry is clearly older
    than the last good poll: then the feed reaches back far enough. Whether the entries have an identity that
    lasts is for the caller to see.
    """
    if source.kind != "feed" or source.parent_id is not None or source.last_new_at is None:
        return False
    if (
        source.last_ok_at is None
        or not entries
        or new < len({entry.guid or entry.url_key for entry in entries})
    ):
        return False
    dates = [at for entry in entries if (at := stamp(entry.published or entry.updated)) is not None]
    return not any(at < source.last_ok_at - LAG for at in dates)


def begins(source: Source) -> float:
    """Return the moment (epoch seconds) from which on entries may be missing."""
    return (source.last_ok_at or 0.0) - MARGIN


def told(source: Source, seen: int) -> str:
    """Say in a clause what happened."""
    since = datetime.fromtimestamp(source.last_ok_at or 0.0).astimezone()
    return f"none of its {seen} entries was known, so some since {since:%Y-%m-%d %H:%M} may have been missed"
