"""Outlets and agencies by all names they are met under, and where such names stand in a text."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

Kind = Literal["outlet", "agency", "account"]

_DENSE = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_WORD = re.compile(rf"[^\W_{_DENSE}]+")
_IS_DENSE = re.compile(f"[{_DENSE}]")
_ENDING = re.compile(r"(?:\.(?:ac|co|com|go|net|or|org|web))?\.[a-z]{2,12}$")


@dataclass(frozen=True, slots=True)
class Outlet:
    """A medium."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Named:
    """An outlet named in a text, from a start up to, not including, an end."""

    outlet: Outlet
    start: int
    end: int
    plain: bool
    """Whether the name is a plain word too."""


def named_in(text: str) -> Iterator[Named]:
    """Yield the outlets that a text names, in order; of names that begin alike the longest."""
    known = _known()
    found = [*_among_words(text, known), *_among_signs(text, known)]
    end = 0
    for named in sorted(found, key=lambda one: (one.start, -one.end)):
        if named.start >= end:
            end = named.end
            yield named


def keys_of(name: str) -> frozenset[str]:
    """Return what all spellings of a name have in common with each other, of a medium's other names as well.

    The name may be a domain: ``theguardian.com`` shares a key with ``The Guardian``.
    """
    own = _key(name)
    return _known().keys.get(own, frozenset()) | {own}


def _key(name: str) -> str:
    plain = _ENDING.sub("", name.casefold().removeprefix("www.")).removeprefix("the")
    return "".join(filter(str.isalnum, plain))


@dataclass(frozen=True, slots=True)
class _Known:
    by_word: dict[str, tuple[str, ...]]
    """Names by their longest word, which few texts have."""
    beginning: re.Pattern[str]
    """Matches words that begin as names do: nearly all with a capital."""
    lower: tuple[str, ...]
    """Longest words of the other names."""
    signs: tuple[str, ...]
    """Names in scripts without blanks."""
    outlets: dict[str, Outlet]
    plain: frozenset[str]
    keys: dict[str, frozenset[str]]
    """The keys of all names of an outlet, by each of them."""


def _among_words(text: str, known: _Known) -> Iterator[Named]:
    capitals = set(known.beginning.findall(text)).intersection(known.by_word)
    for told in capitals.union(word for word in known.lower if word in text):
        for name in known.by_word[told]:
            yield from _places(text, name, known)


def _places(text: str, name: str, known: _Known) -> Iterator[Named]:
    """Yield where a name stands as a whole, not inside longer words."""
    at = text.find(name)
    while at >= 0:
        end = at + len(name)
        if not _WORD.match(text, end) and not (at and _WORD.match(text, at - 1)):
            yield Named(known.outlets[name], at, end, name in known.plain)
        at = text.find(name, end)


def _among_signs(text: str, known: _Known) -> Iterator[Named]:
    if not _IS_DENSE.search(text):
        return
    for name in known.signs:
        at = text.find(name)
        while at >= 0:
            yield Named(known.outlets[name], at, at + len(name), name in known.plain)
            at = text.find(name, at + len(name))


@cache
def _known() -> _Known:
    told = tomllib.loads((files("crawler.marks") / "outlets.toml").read_text(encoding="utf-8"))
    outlets: dict[str, Outlet] = {}
    kinds: tuple[tuple[str, Kind], ...] = (("agencies", "agency"), ("outlets", "outlet"))
    for section, kind in kinds:
        for name, others in told[section].items():
            outlets |= dict.fromkeys((name, *others), Outlet(name, kind))
    by_word: dict[str, list[str]] = {}
    for name in outlets:
        if not _IS_DENSE.search(name):
            by_word.setdefault(max(_WORD.findall(name), key=len), []).append(name)
    capitals = "".join(sorted({word[0] for word in by_word if not word[0].islower()}))
    keys: dict[str, set[str]] = {}
    for name, outlet in outlets.items():
        keys.setdefault(outlet.name, set()).add(_key(name))
    return _Known(
        by_word={word: tuple(names) for word, names in by_word.items()},
        beginning=re.compile(rf"[{re.escape(capitals)}][^\W_{_DENSE}]*"),
        lower=tuple(word for word in by_word if word[0].islower()),
        signs=tuple(name for name in outlets if _IS_DENSE.search(name)),
        outlets=outlets,
        plain=frozenset(told["plain"]["names"]),
        keys={_key(name): frozenset(keys[outlet.name]) for name, outlet in outlets.items()},
    )
