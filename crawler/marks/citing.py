"""Outlets, agencies and accounts that a text credits, with the words that credit them.

A name counts beside words that credit (``according to``, ``reported``); how these are in a language stands in
``cues``, and a language without such a file yields nothing, never a guess.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from crawler.marks.cues import REACH, Cues, cues
from crawler.marks.outlets import Kind, keys_of, named_in

MOST = 100
"""Citations told of one text."""
LONGEST = 200_000
"""Characters; what stands further on is not looked at."""
_MOST_HANDLES = 2_000
_HANDLE = re.compile(r"(?:@|t\.me/)(?<![\w@/.]@)(?<![\w@.]t\.me/)[A-Za-z0-9_](?:[\w.]{0,38}\w)?", re.ASCII)
_SENTENCE = re.compile(r"[.!?。！？\n](?=\s|$)")


@dataclass(frozen=True, slots=True)
class Citation:
    """What a text credits."""

    name: str
    kind: Kind
    phrase: str
    """The words that credit it: the characters of the text from ``start`` up to, not including, ``end``."""
    start: int
    end: int


def citations(text: str, language: str | None, *, own: tuple[str, ...] = ()) -> tuple[Citation, ...]:
    """Return what a text credits, in order, each name once. ``own`` are names of the text's own outlet."""
    using = cues(language)
    if using is None:
        return ()
    text = text[:LONGEST]
    left_out = frozenset[str]().union(*map(keys_of, own))
    found: dict[str, Citation] = {}
    everything = [*_outlets(text, using), *_media(text, using), *_accounts(text, using)]
    taken: list[tuple[int, int]] = []
    for citation in sorted(everything, key=lambda one: (one.start, -one.end)):
        key = _folded(citation.name)
        if left_out.isdisjoint(keys_of(citation.name)) and not _overlaps(citation, taken):
            found.setdefault(key, citation)
            taken.append((citation.start, citation.end))
    return tuple(found.values())[:MOST]


def _folded(name: str) -> str:
    return name.casefold().removeprefix("the ").strip()


def _overlaps(citation: Citation, taken: list[tuple[int, int]]) -> bool:
    return any(start < citation.end and citation.start < end for start, end in taken[-3:])


def _outlets(text: str, using: Cues) -> Iterator[Citation]:
    for named in named_in(text):
        span = _credited(text, named.start, named.end, using, plain=named.plain)
        if span is not None:
            yield _citation(text, named.outlet.name, named.outlet.kind, span)


def _media(text: str, using: Cues) -> Iterator[Citation]:
    """Names that no list has, which the text itself calls a newspaper, an agency, a broadcaster."""
    if using.medium is None:
        return
    for at in sorted({at for noun in using.nouns for at in _everywhere(text, noun)}):
        found = using.medium.match(text, at)
        if found is None:
            continue
        name = found["name"].strip(" .,’'-")
        span = _credited(text, found.start(), found.start("name") + len(name), using, plain=False)
        # Scripts without capitals do not say where a name ends, unless it is a domain.
        if span is not None and len(name) > 1 and (name[0].isupper() or "." in name):
            yield _citation(text, name, "outlet", span)


def _everywhere(text: str, word: str) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + 1)


def _accounts(text: str, using: Cues) -> Iterator[Citation]:
    if "@" not in text and "t.me/" not in text:
        return
    for handle in islice(_HANDLE.finditer(text), _MOST_HANDLES):
        start = max(0, handle.start() - REACH)
        before = _in_sentence(text[start : handle.start()])
        words = list(using.account.finditer(before))
        at = handle.start() - len(before) + words[-1].start() if words else handle.start()
        if words or _credited(text, handle.start(), handle.end(), using, plain=False) is not None:
            yield _citation(text, handle[0], "account", (at, handle.end()))


def _credited(text: str, start: int, end: int, using: Cues, *, plain: bool) -> tuple[int, int] | None:
    """Return where the words stand that credit the name at a place, name and cue; None when none do."""
    before = _in_sentence(text[max(0, start - REACH) : start])
    behind = text[end : end + REACH]
    led = using.before.search(before)
    followed = None if plain else using.after.match(behind)
    if led:
        return start - len(before) + led.start(), end
    if using.both and (both := using.both.search(before)) and (then := using.after.match(behind)):
        return start - len(before) + both.start(), end + then.end()
    if followed:
        return start, end + followed.end()
    return None


def _in_sentence(text: str) -> str:
    """What stands before a place in its own sentence."""
    return text[max((mark.end() for mark in _SENTENCE.finditer(text)), default=0) :]


def _citation(text: str, name: str, kind: Kind, span: tuple[int, int]) -> Citation:
    start, end = span
    return Citation(name, kind, text[start:end], start, end)
