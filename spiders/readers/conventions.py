"""How news is printed, by language: the TOML files in ``languages``, one for each, read once.

``common.toml`` holds what several languages share. A person adds a language by adding a file.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

COMMON = "common"
SOLAR_YEARS = range(1369, 1479)
"""Years of the Solar Hijri calendar of which dates are read: from March 1990 to March 2100."""


@cache
def languages() -> Mapping[str, Mapping[str, Any]]:
    """Return the content of each file by the code of its language, ``common`` last; not to be changed."""
    found = {
        file.name.removesuffix(".toml"): tomllib.loads(file.read_text(encoding="utf-8"))
        for file in files("spiders.readers").joinpath("languages").iterdir()
        if file.name.endswith(".toml")
    }
    return {code: found[code] for code in sorted(found, key=lambda code: (code == COMMON, code))}


@cache
def people(kind: str) -> frozenset[str]:
    """Return the words of one kind (``by``, ``roles``, ``agencies`` ...) in all languages, case-folded."""
    lists = (content.get("people", {}).get(kind, ()) for content in languages().values())
    return frozenset(word.casefold() for words in lists for word in words)


@cache
def date_labels() -> frozenset[str]:
    """Return the words that stand before the date of publication, in all languages, case-folded."""
    lists = (content.get("dates", {}).get("labels", ()) for content in languages().values())
    return frozenset(word.casefold() for words in lists for word in words)


@cache
def topics(kind: str) -> frozenset[str]:
    """Return the words of one kind in all languages, case-folded: ``labels`` stand before links to an
    article's topics, ``never`` say where it stood ("Featured") and no topic, ``front`` is the front page.
    """
    lists = (content.get("topics", {}).get(kind, ()) for content in languages().values())
    return frozenset(word.casefold() for words in lists for word in words)


@cache
def days_in_words() -> frozenset[str]:
    """Return what stands for a date without a number ("yesterday", "an hour ago"), in all languages."""
    found = [content.get("dates", {}) for content in languages().values()]
    lists = [words.get(kind, ()) for words in found for kind in ("today", "yesterday")]
    lists += [
        said for words in found for kind in ("ago", "twice_ago") for said in words.get(kind, {}).values()
    ]
    return frozenset(text.casefold() for texts in lists for text in texts if "{n}" not in text)


@cache
def printed_rules(kind: str) -> tuple[Mapping[str, Any], ...]:
    """Return the rules for ``datelines`` or ``bylines``, those of single languages first."""
    return tuple(rule for content in languages().values() for rule in content.get(kind, ()))


@cache
def dates(language: str) -> Mapping[str, Any]:
    """Return the words that dates of a language are made of; empty for one that nobody has described."""
    found: Mapping[str, Any] = languages().get(language, {}).get("dates", {})
    return found


def any_of(words: Iterable[str]) -> str:
    """Return a pattern for one of several words, long ones first."""
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
