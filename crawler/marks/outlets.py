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
# Names begin with a capital; those that do not are named, and scripts without capitals take any word.
_BEGINNING = re.compile(
    rf"(?<![^\W_{_DENSE}])(?:[^\W\d_a-zß-öø-ÿа-яё{_DENSE}][^\W_{_DENSE}]*|dpa|epd|la|detik\w*)"
)
_IS_DENSE = re.compile(f"[{_DENSE}]")


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


@dataclass(frozen=True, slots=True)
class _Known:
    by_word: dict[str, tuple[str, ...]]
    """Names by their first word, the longest first."""
    signs: tuple[str, ...]
    """Names in scripts without blanks."""
    outlets: dict[str, Outlet]
    plain: frozenset[str]


def _among_words(text: str, known: _Known) -> Iterator[Named]:
    for word in _BEGINNING.finditer(text):
        for name in known.by_word.get(word[0], ()):
            end = word.start() + len(name)
            if text.startswith(name, word.start()) and not _WORD.match(text, end):
                yield Named(known.outlets[name], word.start(), end, name in known.plain)
                break


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
        if not _IS_DENSE.search(name) and (first := _WORD.search(name)):
            by_word.setdefault(first[0], []).append(name)
    return _Known(
        by_word={word: tuple(sorted(names, key=len, reverse=True)) for word, names in by_word.items()},
        signs=tuple(name for name in outlets if _IS_DENSE.search(name)),
        outlets=outlets,
        plain=frozenset(told["plain"]["names"]),
    )
