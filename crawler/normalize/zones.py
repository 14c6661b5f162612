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
    """Return the offset that an abbreviation stands for (``WIB`` is +07:00); None for an unknown one."""
    table = rules("zones")
    local: Mapping[str, float] = table["in_country"].get((country or "").lower(), {})
    hours = local.get(name.upper(), table["names"].get(name.upper()))
    return None if hours is None else timezone(timedelta(hours=hours))


def country_of(host: str) -> str | None:
    """Return the country code that a host ends in (``com.my`` gives ``my``), if that means a country."""
    ending = host.rpartition(".")[2]
    known = ending in rules("zones")["countries"] and ending not in word_set("zones", "domains", "generic")
    return ending if known else None


def assumed_zone(*, country: str | None = None, language: str | None = None) -> Assumed | None:
    """Return the zone in which a source writes: its country's, or else that of the language of its text."""
    table = rules("zones")
    name = table["countries"].get(country.lower()) if country else table["languages"].get(language)
    return Assumed(name, _zone(name)) if name else None


def region_zone(name: str) -> Assumed:
    """Return the zone behind a North American name without season, such as ``ET``."""
    zone = rules("zones")["regions"][name]
    return Assumed(zone, _zone(zone))


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def placed(naive: datetime, zone: ZoneInfo) -> datetime:
    """Return a naive time as one with the offset its zone has at that moment."""
    offset = naive.replace(tzinfo=zone).utcoffset() or timedelta(0)
    return naive.replace(tzinfo=timezone(offset))
