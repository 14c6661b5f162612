"""Time zones: by the name a date carries, by the country of a source, by the language of a text."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache
from zoneinfo import ZoneInfo

from crawler.normalize.rules import rules, word_set


@dataclass(frozen=True, slots=True)
class Assumed:
    """A zone taken for granted where a date names none."""

    name: str
    zone: ZoneInfo


def named_offset(name: str, country: str | None = None) -> timezone | None:
    """Return the offset that a zone's abbreviation stands for (``WIB`` is +07:00), or None for an unknown one."""
    table = rules("zones")
    local: Mapping[str, float] = table["in_country"].get((country or "").lower(), {})
    hours = local.get(name.upper(), table["names"].get(name.upper()))
    return None if hours is None else timezone(timedelta(hours=hours))


def assumed_zone(*, country: str | None = None, host: str = "", language: str | None = None) -> Assumed | None:
    """Return the zone in which a source writes: by its country, else its domain, else the language of its text."""
    table = rules("zones")
    ending = host.rpartition(".")[2]
    if ending in word_set("zones", "domains", "generic"):
        ending = ""
    name = (
        table["countries"].get((country or "").lower())
        or table["countries"].get(ending)
        or (table["languages"].get(language) if not country else None)
    )
    return Assumed(name, _zone(name)) if name else None


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def placed(naive: datetime, zone: ZoneInfo) -> datetime:
    """Return a naive time as one with the offset its zone has at that moment."""
    offset = naive.replace(tzinfo=zone).utcoffset() or timedelta(0)
    return naive.replace(tzinfo=timezone(offset))
