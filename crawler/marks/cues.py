"""By which words a language credits others: ``according to``, ``reported``, ``newspaper``, ``account``."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

REACH = 90
"""Characters around a name in which its cue is looked for."""
_MOST_BETWEEN = 4
_QUOTES = "\"'“”‘’«»„《》「」『』()（）"


@dataclass(frozen=True, slots=True)
class Cues:
    """The patterns of one language."""

    before: re.Pattern[str]
    """Matches at the end of what stands before a name."""
    after: re.Pattern[str]
    """Matches at the beginning of what stands behind it."""
    both: re.Pattern[str] | None
    """Cues before a name that need one behind it as well."""
    medium: re.Pattern[str] | None
    """Matches a noun for a medium with the capitalised name behind it, as ``name``."""
    nouns: tuple[str, ...]
    """What ``medium`` can begin with: it is tried where one of them stands."""
    account: re.Pattern[str]
    """Matches a word that says that a handle near it is an account."""


def cues(language: str | None) -> Cues | None:
    """Return the cues of a language (ISO 639-1); None for one without rules."""
    return _cues((language or "")[:2].lower()) if language else None


@cache
def _cues(language: str) -> Cues | None:
    path = files("crawler.marks") / "cues" / f"{language}.toml"
    if not language.isalpha() or not path.is_file():
        return None
    return _compiled(tomllib.loads(path.read_text(encoding="utf-8")))


def _compiled(told: Mapping[str, Any]) -> Cues:
    joined = bool(told.get("joined"))
    strict = set(told.get("strict", ())) | set(told.get("both", ()))
    led = ("", *told.get("attached", ()))
    before = [first + cue for cue in told["before"] if cue not in strict for first in led]
    nouns = sorted({form for noun in told["media"] for form in (noun, noun[:1].upper() + noun[1:])})
    return Cues(
        before=_before(before, told["between"], joined=joined),
        after=_after(told["after"], told["between"], told.get("later"), joined=joined),
        both=_before(sorted(strict), told["between"], joined=joined) if strict else None,
        medium=_medium(nouns) if nouns else None,
        nouns=tuple(nouns),
        account=re.compile(_any(told["accounts"], joined=joined), re.IGNORECASE),
    )


def _before(words: Iterable[str], between: Iterable[str], *, joined: bool) -> re.Pattern[str]:
    gap = rf"[{_QUOTES}\s]" if joined else rf"[{_QUOTES}\s,]"
    filler = rf"(?:{gap}*(?:{_any(between, joined=joined)})){{0,{_MOST_BETWEEN}}}{gap}*"
    # Of the words that end in the next letter some need no blank behind them: l'agence, لوكالة.
    return re.compile(rf"(?:{_any(words, joined=joined)}){filler}$", re.IGNORECASE)


def _after(
    words: Iterable[str], between: Iterable[str], later: Mapping[str, Any] | None, *, joined: bool
) -> re.Pattern[str]:
    gap = rf"[{_QUOTES}\s]"
    filler = rf"(?:{gap}*(?:{_any(between, joined=joined)})){{0,2}}" if joined else r"(?:\s[\w-]+){0,1}?"
    cue = _any(words, joined=joined)
    if later:
        verbs = _any(later["verbs"], joined=joined)
        cue = rf"(?:{cue}|{_any(later['behind'], joined=joined)}[^。\n]{{0,{REACH}}}?{verbs})"
    return re.compile(rf"{filler}{gap}*{cue}", re.IGNORECASE)


def _medium(nouns: Iterable[str]) -> re.Pattern[str]:
    word = r"[^\W\d_a-zß-öø-ÿ][\w’'-]*(?:\.\w[\w’'-]*)*"
    domain = r"[a-z\d-]+(?:\.[a-z\d-]+)*\.[a-z]{2,12}(?!\w)"
    name = rf"{word}(?:\s(?:{word}|of|de|del|la|le|der|des|di))*|{domain}"
    return re.compile(rf"(?<!\w)(?:{_any(nouns, joined=False)})\s(?:\(?[\"“«„]?)(?P<name>{name})")


def _any(words: Iterable[str], *, joined: bool) -> str:
    body = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    if not body:
        return r"(?!)"
    return f"(?:{body})" if joined else rf"(?<!\w)(?:{body})(?!\w)"
