"""What becomes of a line of a list of sources: a source to follow, or a refusal with its reason. Pure."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, get_args

from crawler.codes import country_code
from crawler.errors import ScheduleError
from crawler.normalize.url import clean_url, host_lane
from crawler.options import read_options
from crawler.spans import span
from crawler.timetable import read_timetable
from spiders.items import AS_USUAL
from spiders.readers.listed import LONGEST_TEXT, Listed, unique_tags
from storage.model import NewSource, SourceKind, SourceState

_GOLDEN = (math.sqrt(5) - 1) / 2
POLLS_PER_SECOND = 2.0
"""So many first polls come in a second until they fill the first interval."""
_STATES: tuple[SourceState, ...] = ("active", "paused", "gone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A line of a list, judged by itself: ``new`` is to be followed, or ``refusal`` says why it is not."""

    list: str
    """Name of the list."""
    line: int
    name: str
    """What a person knows the line by: its title, else its address."""
    new: NewSource | None = None
    refusal: str | None = None
    first: str | None = None
    """Where the same source stood before, if it did: ``line 7``, ``line 7 of other.opml``."""


class _Refused(Exception):
    """The line cannot be taken; the message says why."""


def propose(lines: Iterable[tuple[str, Listed]], *, tags: tuple[str, ...] = ()) -> list[Proposal]:
    """Judge the lines of lists, each with the name of its list. ``tags`` are added to each source.

    A source that stands there several times is proposed once, at its first line, with the tags of all.
    """
    found: list[Proposal] = []
    places: dict[str, int] = {}
    for name, listed in lines:
        proposal = _proposal(name, listed, tags)
        new = proposal.new
        if new is not None and (place := places.setdefault(new.url, len(found))) < len(found):
            earlier = found[place]
            found[place] = replace(earlier, new=_with_tags(earlier.new, new.tags))
            where = "" if earlier.list == name else f" of {earlier.list}"
            proposal = replace(proposal, first=f"line {earlier.line}{where}")
        found.append(proposal)
    return found


def _with_tags(new: NewSource | None, tags: tuple[str, ...]) -> NewSource | None:
    return None if new is None else replace(new, tags=more_tags(new.tags, tags))


def more_tags(kept: tuple[str, ...], given: tuple[str, ...]) -> tuple[str, ...]:
    """Return the tags a source has and those it is given, the kept ones as they are (case is no matter)."""
    known = {tag.casefold() for tag in kept}
    return (*kept, *(tag for tag in dict.fromkeys(given) if tag.casefold() not in known))


def spread(count: int, *, now: float, first_interval: float) -> Iterator[float]:
    """Yield when each of ``count`` new sources is first polled: few at once, many over the first interval.

    Neighbours in the list often share a host, so they are put far apart (steps of the golden section).
    """
    window = min(first_interval, count / POLLS_PER_SECOND)
    return (now + window * (place * _GOLDEN % 1.0) for place in range(count))


def _proposal(list_: str, listed: Listed, tags: tuple[str, ...]) -> Proposal:
    name = listed.title or listed.url or listed.page or "without a name"
    try:
        return Proposal(list=list_, line=listed.line, name=name, new=_new(listed, tags))
    except _Refused as refused:
        return Proposal(list=list_, line=listed.line, name=name, refusal=str(refused))


def _new(listed: Listed, tags: tuple[str, ...]) -> NewSource:
    if listed.problem is not None:
        raise _Refused(listed.problem)
    values = listed.values
    url = _address(listed)
    site = clean_url(values.get("site_url", ""))
    title = _line(listed.title)
    return NewSource(
        url=url,
        host=host_lane(url),
        kind=_one_of("kind", values.get("kind", "feed"), get_args(SourceKind)),
        state=_one_of("state", values.get("state", "active"), _STATES),
        title=title,
        site_url=site,
        language=_line(values.get("language")),
        country=_country(_line(values.get("country"))),
        tags=more_tags(listed.tags, unique_tags(tags)),
        interval=_interval(values.get("interval")),
        since=_since(values.get("since")),
        schedule=_schedule(values.get("schedule")),
        options=_options(values.get("options")),
    )


def _line(text: str | None) -> str | None:
    return " ".join((text or "").split())[:LONGEST_TEXT].rstrip() or None


def _country(text: str | None) -> str | None:
    try:
        return country_code(text) if text else None
    except ValueError as error:
        raise _Refused(str(error)) from None


def _address(listed: Listed) -> str:
    if not listed.url and listed.page:
        raise _Refused(f"names a web page but no feed; `kabar add {listed.page}` finds its feeds")
    if not listed.url:
        raise _Refused("has no address")
    url = clean_url(listed.url)
    if url is None:
        shown = listed.url[:200]
        raise _Refused(f"{shown!r} is no web address: it must start with http:// or https:// and name a host")
    return url


def _one_of(field: str, value: str, known: tuple[Any, ...]) -> Any:
    folded = value.strip().lower()
    if folded not in known:
        raise _Refused(f"{field} {value!r} is none of {', '.join(known)}")
    return folded


def _interval(text: str | None) -> float | None:
    if text is None or text.lower() == "auto":
        return None
    seconds = span(text)
    if not seconds:
        raise _Refused(f"interval {text!r} is no duration: write 15m, 2h, 1d or auto")
    return seconds


def _since(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        # In UTC, where it must be a time as well: the last hours of the calendar are not everywhere.
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).timestamp()
    except (ValueError, OverflowError):
        raise _Refused(f"since {text!r} is no time: write 2026-11-23 or 2026-11-23T20:43+07:00") from None


def _object(field: str, text: str | None) -> Mapping[str, Any]:
    if text is None:
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):  # it is not repeated: it may hold passwords
        raise _Refused(f"{field} is no JSON object")
    return found


def _schedule(text: str | None) -> Mapping[str, Any]:
    found = _object("schedule", text)
    try:
        read_timetable(found)
    except ScheduleError as error:
        raise _Refused(str(error)) from None
    return found


def _options(text: str | None) -> Mapping[str, Any]:
    """Take options only when all of them can be read: what is spoilt would be passed over at each poll."""
    found = _object("options", text)
    read = read_options(found)
    for name, value in found.items():
        taken = getattr(read, name, None)
        if name in ("headers", "cookies"):
            sound = isinstance(value, list) and len(taken or ()) == len(value)
        else:
            sound = taken == (tuple(value) if isinstance(value, list) else value)
        if not sound or not hasattr(AS_USUAL, name):
            raise _Refused(f"the option {name[:40]!r} is not known, or not as it should be")
    return found
