"""What a site needs that the reader does not find by itself: where its text and its fields stand.

A rule is data: selectors of CSS, and functions that tidy what they find. Most sites need none. A rule is
believed where it finds something; where it does not, a page is read as any other.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from lxml.cssselect import CSSSelector

HtmlTree = Any
"""An ``lxml.html.HtmlElement``; lxml carries no types."""
Tidy = Callable[[str], str]
Many = Callable[[str], Sequence[str]]
_MOST = 50


def as_it_is(text: str) -> str:
    """Return a text unchanged."""
    return text


def one(text: str) -> Sequence[str]:
    """Return a text as the only one."""
    return (text,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Where a field stands, and how its text is tidied; the first selector that finds something speaks."""

    at: tuple[str, ...]
    """Selectors of CSS."""
    attribute: str = ""
    """The attribute that holds the value; empty for the text."""
    tidy: Tidy = as_it_is
    split: Many = one
    """What parts a text that names several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRule:
    """How the pages of one site are read, in one of its layouts."""

    name: str
    hosts: tuple[str, ...]
    """Host names; those below them count too."""
    text: tuple[str, ...] = ()
    """Selectors of the element that holds the whole text and nothing else, but for ``drop``."""
    drop: tuple[str, ...] = ()
    """Selectors of what stands in it and is not part of it."""
    drop_lines: tuple[str, ...] = ()
    """Lines that are not part of the text, whole: regular expressions, in whatever case."""
    fields: Mapping[str, Field] = field(default_factory=dict)
    """By the names of ``Document``."""
    valid_from: date | None = None
    valid_until: date | None = None
    """First and last day of the layout, by the day a page was fetched."""

    def holds(self, host: str, day: date) -> bool:
        """Tell whether the rule is for a host on a day."""
        return any(host == own or host.endswith(f".{own}") for own in self.hosts) and (
            (self.valid_from is None or day >= self.valid_from)
            and (self.valid_until is None or day <= self.valid_until)
        )


def fields_of(rule: SiteRule, tree: HtmlTree) -> dict[str, tuple[str, ...]]:
    """Return the values that a rule finds on a page, by the names of their fields."""
    return {name: found for name, wanted in rule.fields.items() if (found := _found(wanted, tree))}


def text_of(rule: SiteRule, tree: HtmlTree) -> tuple[HtmlTree, tuple[str, ...]] | None:
    """Return the element that holds the text, freed of what is not part of it, and what was printed there.

    None where it is not found. Takes what is to be dropped out of the tree: fields are read before.
    """
    element = next((found for at in rule.text for found in selector(at)(tree)), None)
    if element is None:
        return None
    dropped = []
    for at in rule.drop:
        for unwanted in selector(at)(element):
            if unwanted is not element and unwanted.getparent() is not None:
                dropped.append(_text(unwanted, ""))
                unwanted.drop_tree()
    return element, tuple(filter(None, dropped))


def is_dropped(rule: SiteRule, line: str) -> bool:
    """Tell whether a line of the text is one that a rule drops."""
    return bool(rule.drop_lines) and _lines(rule.drop_lines).fullmatch(line.strip()) is not None


@lru_cache(maxsize=100)
def _lines(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


@lru_cache(maxsize=2_000)
def selector(at: str) -> CSSSelector:
    """Return a selector of CSS, compiled once."""
    return CSSSelector(at, translator="html")


def _found(wanted: Field, tree: HtmlTree) -> tuple[str, ...]:
    for at in wanted.at:
        texts = [_text(element, wanted.attribute) for element in selector(at)(tree)[:_MOST]]
        values = [part.strip() for text in texts if text for part in wanted.split(wanted.tidy(text).strip())]
        if found := tuple(dict.fromkeys(value for value in values if value)):
            return found
    return ()


def _text(element: HtmlTree, attribute: str) -> str:
    if attribute:
        return " ".join((element.get(attribute) or "").split())
    return " ".join(" ".join(element.itertext()).split())
