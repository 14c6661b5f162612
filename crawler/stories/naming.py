"""Which agencies and outlets does an article name as where its text comes from? Pure.

Names are looked for where desks print them: in dateline, byline, credits, among the authors, in brackets at
the beginning and at the end of the text.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from crawler.normalize.characters import unaccented
from crawler.normalize.labels import site_names
from storage.membership import Member

Where = Literal["dateline", "opening", "closing", "byline", "credits", "authors"]

_OPENING, _CLOSING = 120, 100
_BRACKETS = re.compile(r"[(（【\[［]([^()（）【】\[\]［］]{2,60})[)）】\]］]")
_HEAD = re.compile(rf"\s*{_BRACKETS.pattern}|[^.!?。:：]{{1,60}}?\s?{_BRACKETS.pattern}\s?[-–—―:=.]")
"""Brackets at the beginning of a text, or between a city and a dash; others are abbreviations."""
_BEHIND = re.compile(r"[^.!?。:：,()]{2,40},\s([^.!?。:：,()]{2,40}?)\s?[-–—]\s")
"""What stands between a city and a dash without brackets."""
_AHEAD = ("dateline", "opening")
_END = re.compile(rf"{_BRACKETS.pattern}\s*\.?\s*\Z")
_BETWEEN = re.compile(r"[/,;|=＝·•]|\s[-–—]\s|\s(?:and|und|dan|et|y|e)\s")
_AROUND = " .:-–—/'\"“”"
_LONGEST = 40
_SHORT = 3
_LOWER = ("dpa", "epd", "sda")
"""Agencies that write their short names small."""


@dataclass(frozen=True, slots=True)
class Agency:
    """A news agency whose texts others print."""

    name: str
    printed: frozenset[str]
    """The names it is met under, as ``key_of`` writes them."""
    sites: frozenset[str]


@dataclass(frozen=True, slots=True)
class Named:
    """A name in an article."""

    key: str
    """The name as it compares: an agency's own name, or the letters of what stands there."""
    name: str
    """As it is shown."""
    where: Where
    agency: Agency | None = None
    firm: bool = True
    """Whether a name that nobody knows may be believed there: it stands where datelines name agencies."""


def key_of(name: str) -> str:
    """Return a name without case, accents, spaces and marks."""
    return unaccented(name)


@cache
def _known() -> dict[str, Any]:
    return tomllib.loads((files("crawler.stories") / "agencies.toml").read_text(encoding="utf-8"))


@cache
def agencies() -> tuple[Agency, ...]:
    """Return the agencies that are known."""
    return tuple(
        Agency(one["name"], frozenset(map(key_of, (one["name"], *one["printed"]))), frozenset(one["sites"]))
        for one in _known()["agencies"]
    )


@cache
def _by_name() -> dict[str, Agency]:
    return {key: agency for agency in reversed(agencies()) for key in agency.printed}


@cache
def _never() -> frozenset[str]:
    return frozenset(map(key_of, _known()["never"]))


def agency_of_site(site: str) -> Agency | None:
    """Return the agency whose own site this is."""
    return next((one for one in agencies() if any(_is_below(site, own) for own in one.sites)), None)


def _is_below(site: str, own: str) -> bool:
    return site == own or site.endswith(f".{own}")


def outlet_keys(member: Member) -> frozenset[str]:
    """Return the names of the outlet that printed an article."""
    agency = agency_of_site(member.site)
    own = {key_of(member.publisher or ""), *site_names(member.site)} - {""}
    return frozenset(own | (agency.printed if agency else set()))


def named_in(member: Member) -> tuple[Named, ...]:
    """Return the names an article gives, each once, the strongest place first; also its outlet's own."""
    found: dict[str, Named] = {}
    pictured = {key_of(part) for part in _BETWEEN.split(member.image_credit or "")}
    for text, where, firm in _places(member):
        agency = _agency(text)
        key = agency.name if agency else key_of(text)
        of_picture = key_of(text) in _never() or (where == "credits" and key_of(text) in pictured)
        if len(key) < 2 or of_picture or _is_initials(text):
            continue
        shown = agency.name if agency else text
        first = found.setdefault(key, Named(key, shown, where, agency, firm or agency is not None))
        # A city is no author, and no reporter stands behind a city.
        if where in _AHEAD and first.where not in _AHEAD:
            found[key] = replace(first, firm=True)
    return tuple(found.values())


def _is_initials(text: str) -> bool:
    """Tell whether a name is that of a reporter: short and small, as hardly any agency writes itself."""
    return len(text) <= _SHORT and text.islower() and text not in _LOWER


def _agency(text: str) -> Agency | None:
    known = _by_name().get(key_of(text))
    if known is None and not text.isascii():
        # Chinese datelines run on behind the name (新华社北京3月5日电), Japanese ones before it (東京共同).
        known = next((one for one in agencies() if any(_runs_on(text, key) for key in one.printed)), None)
    return known


def _runs_on(text: str, key: str) -> bool:
    return not key.isascii() and (text.endswith(key) or (len(key) > 2 and text.startswith(key)))


def _places(member: Member) -> Iterator[tuple[str, Where, bool]]:
    """Yield what may be a name, where it stands, and whether that is firm."""
    for match in _BRACKETS.finditer(member.dateline or ""):
        yield from ((piece, "dateline", True) for piece in _pieces(match[1]))
    if head := _HEAD.match(member.opening[:_OPENING].partition("\n")[0]):
        yield from ((piece, "opening", True) for piece in _pieces(head[1] or head[2]))
    for match in _BRACKETS.finditer(member.byline or ""):
        yield from ((piece, "byline", False) for piece in _pieces(match[1]))
    yield from ((name, "credits", False) for name in member.credits)
    yield from ((name, "authors", False) for name in member.authors)
    yield from ((piece, "dateline", False) for piece in _pieces(_BRACKETS.sub(",", member.dateline or "")))
    if behind := _BEHIND.match(member.opening[:_OPENING]):
        yield from ((piece, "opening", False) for piece in _pieces(behind[1]))
    if end := _END.search(member.closing[-_CLOSING:]):
        yield from ((piece, "closing", False) for piece in _pieces(end[1]))


def _pieces(text: str) -> Iterator[str]:
    for piece in _BETWEEN.split(text):
        name = piece.strip(_AROUND)
        if 1 < len(name) <= _LONGEST:
            yield name
