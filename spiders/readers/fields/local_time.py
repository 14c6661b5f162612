"""The local time of a moment that a page states in UTC, told by another stamp of the same moment.

Newsrooms' software writes the publication twice: as a moment ("2024-04-25T08:21:02Z"), and as the clock on
the wall showed it ("2024-04-25 04:21:02"). Where seconds agree and are not zero, that is no chance: the
difference is the offset. The moment stays what it is.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from spiders.items import Candidate

_STAMP = re.compile(
    r"(?<![\d:.+\-])(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d{1,6})?"
    r"(?![\d:.Z]| ?(?:[+\-−]\d|(?:UTC|GMT|[A-Z]{3,4}\b)|\\u002[Bb]))"
)
_BEFORE_MINUTES = len("2024-04-25 04")
_LAST = 250_000
"""Characters of a page up to which stamps are looked for: they stand in its head, or near the headline."""
_MOST = 50
"""Stamps of the same minutes and seconds that are looked at."""
_MINUTE = timedelta(minutes=1)
_FARTHEST = 14 * 60
_HALF_HOURS = frozenset([-210, -150, 210, 270, 330, 390, 570, 630])
"""Offsets in minutes that zones have beside whole hours; the quarters of Nepal are not looked for."""


def in_local_time(candidates: tuple[Candidate, ...], markup: str) -> tuple[Candidate, ...]:
    """Return dates, the first of which is said in local time where it is in UTC and ``markup`` tells the
    local time; a first one without offset gets the one that another candidate tells.
    """
    first = _moment(candidates[0]) if candidates and candidates[0].belief > 0 else None
    if first is None or first.second == 0:
        return candidates
    if first.tzinfo is None:
        local = _placed(first, candidates[1:])
    else:
        local = None if first.utcoffset() else _local(first, markup)
    if local is None:
        return candidates
    shown = replace(candidates[0], values=(local.isoformat(),), note=candidates[0].note or "in local time")
    return (shown, *candidates[1:])


def _moment(candidate: Candidate) -> datetime | None:
    try:
        return datetime.fromisoformat(candidate.values[0])
    except ValueError:
        return None


def _placed(naive: datetime, others: tuple[Candidate, ...]) -> datetime | None:
    """A local time with the offset by which it is the same moment as a stated one in UTC."""
    for other in (_moment(candidate) for candidate in others if candidate.belief > 0):
        if other is not None and other.tzinfo is not None and (zone := _zone(naive, other)):
            return naive.replace(tzinfo=zone)
    return None


def _local(moment: datetime, markup: str) -> datetime | None:
    """A moment at the one offset that stamps in the markup tell; None where they tell none or several."""
    found = {zone for stamp in _stamps(moment, markup) if (zone := _zone(stamp, moment)) is not None}
    return moment.astimezone(found.pop()) if len(found) == 1 else None


def _zone(naive: datetime, moment: datetime) -> timezone | None:
    """The offset by which a local time is a moment; None where it is no offset of a zone, or none at all."""
    ahead, rest = divmod(naive - moment.astimezone(UTC).replace(tzinfo=None, microsecond=0), _MINUTE)
    if rest or not ahead or abs(ahead) > _FARTHEST or (ahead % 60 and ahead not in _HALF_HOURS):
        return None
    return timezone(timedelta(minutes=ahead))


def _stamps(moment: datetime, markup: str) -> Iterator[datetime]:
    """Stamps without offset in a markup that may be a moment: with its seconds, whole or half hours away."""
    for minutes in (moment.minute, (moment.minute + 30) % 60):
        tail, at = f":{minutes:02}:{moment.second:02}", -1
        for _ in range(_MOST):
            at = markup.find(tail, at + 1, _LAST)
            if at < 0:
                break
            if found := _STAMP.match(markup, max(0, at - _BEFORE_MINUTES)):
                with suppress(ValueError):  # no such day
                    yield datetime.fromisoformat(f"{found[1]}T{found[2]}")
