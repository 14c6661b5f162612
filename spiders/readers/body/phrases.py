"""What lines beside an article say: "Baca juga", "Sign up", "Photo:". The phrases are in ``phrases.toml``."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

STARTS = ("related", "ad", "newsletter", "share", "credit", "byline", "comments", "legal")
WORDS = ("newsletter", "social", "legal", "people", "credit")
PHRASES = (*(f"starts_{name}" for name in STARTS), *(f"says_{name}" for name in WORDS))
"""The kinds of phrases; the bits of ``phrases_in`` in their order."""

LONGEST_LINE = 500
"""In longer blocks no phrases are looked for."""
_MARKS = " \t-–—•·*▪►→>#+|([【「『“\"'»›:：＞▶▼◆■●＊"

_MARKS_BUT_BRACKETS = _MARKS.replace("[", "")


def phrases_in(low: str, split: Sequence[str]) -> int:
    """The kinds of phrases in a block's text, given in lower case and split; bits in the order of PHRASES."""
    if len(low) > LONGEST_LINE:
        return 0
    starts, words = _tables()
    text, bits = low.lstrip(_MARKS), 0
    for key in (text.partition(" ")[0].rstrip(".,:"), text[:2]):
        for phrase, bit in starts.get(key, ()):
            if text.startswith(phrase) and not _runs_on(text, len(phrase)):
                bits |= bit
    if not words.keys().isdisjoint(split):
        for word in words.keys() & split:
            bits |= words[word]
    return bits


def never_text(low: str) -> bool:
    """Whether a short line, given in lower case, begins as no text does."""
    return low.lstrip(_MARKS_BUT_BRACKETS).startswith(_never())


@cache
def _never() -> tuple[str, ...]:
    return tuple(_file()["never"]["starts"])


@cache
def _file() -> Any:
    return tomllib.loads(resources.files("spiders.readers.body").joinpath("phrases.toml").read_text("utf-8"))


def _runs_on(text: str, end: int) -> bool:
    """Whether the word goes on behind a phrase; in scripts without spaces one cannot tell."""
    return end < len(text) and text[end - 1 : end + 1].isalpha() and ord(text[end]) < 0x0E00


@cache
def _tables() -> tuple[Mapping[str, tuple[tuple[str, int], ...]], Mapping[str, int]]:
    """Phrases by how they start, and words, with the bit of their kind."""
    tables = _file()
    starts: dict[str, tuple[tuple[str, int], ...]] = {}
    for at, name in enumerate(STARTS):
        for phrase in tables["starts"][name]:
            first = phrase.lstrip(_MARKS).partition(" ")[0].rstrip(".,:")
            key = first if ord(phrase[0]) < 0x0E00 else phrase[:2]
            starts[key] = (*starts.get(key, ()), (phrase.lstrip(_MARKS), 1 << at))
    words: dict[str, int] = {}
    for at, name in enumerate(WORDS, start=len(STARTS)):
        for word in tables["words"][name]:
            for form in (word, f"{word}.", f"{word},", f"{word}:", f"{word}!"):
                words[form] = words.get(form, 0) | 1 << at
    return starts, words
