"""Steps: what is printed around a text, kept as it stands. The text itself is left alone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from crawler.normalize.draft import OURS, Draft
from crawler.normalize.rules import rules
from spiders.readers.conventions import COMMON, languages, printed_rules

HEAD = 160
"""Characters at the beginning of a text that may hold a dateline."""
TAIL = 80
"""Characters at the end of a paragraph that may hold a byline."""
_ENDS = re.escape(".!?…\"'”’」』。！？]›»*")
"""What a sentence ends with: initials stand behind it, a remark in brackets stands before it."""


@dataclass(frozen=True, slots=True)
class _Byline:
    pattern: re.Pattern[str]
    closing: bool
    languages: frozenset[str]
    never: frozenset[str]


@cache
def _bylines() -> tuple[_Byline, ...]:
    return tuple(
        _Byline(
            pattern=re.compile(rf"(?:^|(?<=[{_ENDS}]))\s*({rule['pattern']})\s*$"),
            closing=rule["place"] == "closing",
            languages=frozenset(rule.get("languages", ())),
            never=frozenset(rule.get("never", ())),
        )
        for rule in printed_rules("bylines")
    )


@dataclass(frozen=True, slots=True)
class _Dateline:
    pattern: re.Pattern[str]
    languages: frozenset[str]


@cache
def _datelines() -> tuple[_Dateline, ...]:
    return tuple(
        _Dateline(re.compile(_filled(rule["pattern"])), frozenset(rule.get("languages", ())))
        for rule in printed_rules("datelines")
    )


def _filled(pattern: str) -> str:
    """Put the shorthands such as ``{city}`` into a pattern."""
    for name, part in languages()[COMMON]["dateline_parts"].items():
        pattern = pattern.replace(f"{{{name}}}", part)
    return pattern


@cache
def _no_places() -> tuple[str, ...]:
    return tuple(f"{word} " for word in rules("conventions")["no_places"])


def find_dateline(draft: Draft) -> Draft:
    """Set ``dateline``, such as ``JAKARTA, KOMPAS.com``, when the text begins with one."""
    found = dateline_of(draft.text, language=draft.language)
    return draft.with_(f"{OURS}beginning of the text", dateline=found) if found else draft


def dateline_of(text: str, *, language: str | None = None) -> str | None:
    """Return the dateline a text begins with, or None when unsure.

    Some forms are only taken in the languages that print them.
    """
    head = text[:HEAD].partition("\n")[0]
    if head.startswith(_no_places()):
        return None
    for rule in _datelines():
        if not rule.languages or language in rule.languages:
            match = rule.pattern.match(head)
            if match:
                return match["d"].strip()
    return None


def find_byline(draft: Draft) -> Draft:
    """Set ``byline``, such as ``(jhn/yn)`` or ``(E-2)``, when the text ends with one."""
    found = byline_of(draft.text, language=draft.language)
    return draft.with_(f"{OURS}end of the text", byline=found) if found else draft


def byline_of(text: str, *, language: str | None = None) -> str | None:
    """Return the credit in brackets a text ends with, or None when unsure.

    Some forms are only taken in the languages that print them.
    """
    for place, paragraph in enumerate(_last_paragraphs(text)):
        for rule in _bylines():
            match = rule.pattern.search(paragraph)
            if match and _holds(rule, match[1], language, last=place == 0):
                return match[1]
    return None


def _holds(rule: _Byline, found: str, language: str | None, *, last: bool) -> bool:
    if rule.closing and not last:
        return False
    return found.lower() not in rule.never and (not rule.languages or language in rule.languages)


def _last_paragraphs(text: str) -> Iterator[str]:
    end = len(text)
    for _ in range(3):
        start = text.rfind("\n", 0, end)
        yield text[max(start + 1, end - TAIL) : end]
        if start < 0:
            return
        end = len(text[:start].rstrip())
