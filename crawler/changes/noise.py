"""Lines that stand around a text and change by themselves: clocks, counters, pointers, advertisements. Pure.

The shapes of clocks, dates and numbers are the same everywhere; what they count is told by ``words.toml``. A
number that is not part of such a shape is never noise: "20 dead" is news when it becomes "23 dead".
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from crawler.changes.plain import plain

MOST_WORDS = 4
"""Words that may stand beside a clock ("Last updated on Monday, 14:05 WIB"); half as many beside a date or a
counter alone."""
CHARACTERS = 3
"""In scripts without spaces between words so many characters count as a word."""
LONGEST = 160
"""Characters; a longer line says something."""
_SENTENCE = re.compile(r"[.!?…。！？।؟۔။][\"'»)\]）]*$")
_NUMBER = r"\d(?:[\d.,' ]*\d)?"
_AMOUNT = rf"(?<![\w.,]){_NUMBER}\s?(?:k|m|b|rb|jt|tys|тыс|mil|万|萬|만)?\+?"
_ZONE = (
    r"(?:\s?(?:[ap]\.?m\b\.?|(?:wib|wita|wit|utc|gmt|ist|pst|pdt|est|edt|cet|cest|bst|uhr|h)\b)"
    r"(?:\s?[+-]\d{1,2}(?::?\d{2})?)?)"
)
_CLOCKS = (
    rf"(?<![\d:])\d{{1,2}}:\d{{2}}(?::\d{{2}})?(?![\d:]){_ZONE}?",
    rf"(?<![\d.,])\d{{1,2}}[.h]\d{{2}}{_ZONE}",
    r"(?<![\d.,])\d{1,2}\s?[ap]\.?m\b\.?",
    r"(?:午前|午後|上午|下午|오전|오후)?\s?\d{1,2}[時时点點시]\s?\d{1,2}[分분]",
)
_MONTH = r"[^\W\d_]{3,14}\.?"
_OF = r"(?:\s(?:de|of|del))?"
_DATES = (
    r"(?<![\d.,/-])\d{4}[-/.]\s?\d{1,2}[-/.]\s?\d{1,2}(?:t(?=\d))?(?![\d/-])\.?",
    r"(?<![\d.,/-])\d{1,2}[-/.]\s?\d{1,2}[-/.]\s?\d{2,4}(?![\d/-])",
    r"(?:\d{4}\s?[年년]\s?)?\d{1,2}\s?[月월]\s?\d{1,2}\s?[日号號일]",
    rf"(?<![\w.,])\d{{1,2}}(?:st|nd|rd|th|\.|º)?{_OF}\s{_MONTH},?{_OF}\s\d{{4}}(?!\w)",
    rf"(?<!\w){_MONTH}\s\d{{1,2}}(?:st|nd|rd|th)?,?\s\d{{4}}(?!\w)",
)
_BARE = re.compile(rf"[^\w$€£¥₹₩₽₫]*_*(?:{_NUMBER}\s?[kmb]?)?[^\w$€£¥₹₩₽₫]*")
_DIGIT = re.compile(r"\d")
_JOINED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_WORD = re.compile(r"[^\W\d_]+")


def is_noise(line: str) -> bool:
    """Tell whether a line, made plain, is a clock, a counter, a pointer or a slot for advertisements."""
    rules = _rules()
    if len(line) <= LONGEST and _BARE.fullmatch(line):
        return True
    if line.strip(" -:|*•[]()") in rules.slots or points_elsewhere(line):
        return True
    return is_short(line) and any(label.names(line) for label in rules.labels)


def points_elsewhere(line: str) -> bool:
    """Tell whether a line, made plain, leads to another page: "Read also: ..."."""
    # A paragraph may begin with the same words: "More on this matter was said when ..."
    return bool(_rules().pointer.match(line)) and (not is_sentence(line) or ":" in line[:40])


def is_sentence(line: str) -> bool:
    """Tell whether a line ends as a sentence does, in whatever script."""
    return bool(_SENTENCE.search(line))


def is_short(line: str) -> bool:
    """Tell whether a line, made plain, looks like a headline or label rather than a sentence."""
    return len(line) <= LONGEST and not is_sentence(line)


def stopped(line: str) -> str | None:
    """Return a line, made plain, with every clock and date in it stopped; None when it has none."""
    found, count = _rules().clock.subn("#", line)
    return found if count else None


def _words(rest: str) -> int:
    """Count the words that are left of a line; a number among them is more than any label has."""
    if _DIGIT.search(rest):
        return LONGEST
    joined = len(_JOINED.findall(rest))
    return len(_WORD.findall(_JOINED.sub(" ", rest))) + -(-joined // CHARACTERS)


@dataclass(frozen=True, slots=True)
class _Label:
    """A kind of line: what must be in it, what moves in it, and how many words may stand beside that."""

    needed: tuple[re.Pattern[str], ...]
    moving: re.Pattern[str]
    most: int

    def names(self, line: str) -> bool:
        """Tell whether a line is of this kind."""
        rest, count = self.moving.subn(" ", line)
        return bool(count) and _words(rest) <= self.most and all(it.search(line) for it in self.needed)


class _Rules:
    """The words as patterns."""

    def __init__(self, words: Mapping[str, Sequence[str]]) -> None:
        unit = _either(words["units"], words["joined_units"])
        ago = _either(words["ago"], words["joined_ago"])
        counter = _either(words["counters"], words["joined_counters"])
        span = rf"(?<![\w.,]){_NUMBER}\+?\s?(?:{unit})"
        past = (rf"(?:{ago})\s?{span}", rf"{span}\s?(?:{ago})", _either(words["instants"], ()))
        counted = (
            rf"{_AMOUNT}\s?(?:{counter})",
            rf"(?:{counter})\s?[:(]?\s?{_AMOUNT}(?![\w%])\)?",
        )
        date, clock, self.clock = _pattern(*_DATES), _pattern(*_CLOCKS), _pattern(*_DATES, *_CLOCKS, *past)
        self.labels = (
            _Label((date, clock), self.clock, MOST_WORDS),
            _Label((), self.clock, MOST_WORDS // 2),
            _Label((), _pattern(*counted), MOST_WORDS // 2),
            _Label((), _pattern(span), 1),
        )
        self.pointer = re.compile(rf"[\W_]*(?:{'|'.join(map(plain, words['pointers']))})")
        self.slots = frozenset(map(plain, words["slots"]))


def _pattern(*shapes: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{shape})" for shape in shapes))


def _either(spaced: Iterable[str], joined: Iterable[str]) -> str:
    whole, parts = ("|".join(map(re.escape, _longest_first(words))) for words in (spaced, joined))
    found = rf"(?<!\w)(?:{whole})(?!\w)"
    return f"{found}|(?:{parts})" if parts else found


def _longest_first(words: Iterable[str]) -> list[str]:
    return sorted({plain(word) for word in words}, key=lambda word: (-len(word), word))


@cache
def _rules() -> _Rules:
    text = (files("crawler.changes") / "words.toml").read_text(encoding="utf-8")
    return _Rules(tomllib.loads(text))
