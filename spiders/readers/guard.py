"""Cheap checks before a parser sees a document.

A byte cap is not enough: parsers are quadratic in the attributes of one tag and lose all text below a
certain depth without a word. Everything here is one linear pass over the characters.
"""

import re
from collections.abc import Iterator

MAX_ATTRIBUTES = 256
"""A tag with more attributes is reduced to its bare name."""

MOST_EQUALS = 100_000
"""A document with more equals signs has more attributes than are worth their memory ..."""
_FEW_ATTRIBUTES = 12
"""... and its tags keep their attributes only when they are no more than these."""
# One start tag, read the way HTML tokenizers do. Possessive throughout: no backtracking, so one pass.
ATTRIBUTE = r"[^\s/>=][^\s/>=]*+(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>\"'][^\s>]*+)?+)?+"
START_TAG = rf"<([a-zA-Z][^\s/>]*+)((?:[\s/=]++|{ATTRIBUTE})*+)>?"
_START_TAG = re.compile(START_TAG)
_ONE_ATTRIBUTE = re.compile(ATTRIBUTE)
# A class of characters costs half of what one with ``\s`` in it does; parsers know no other blanks.
_BLANK = r" \t\n\r\f"
_NAME = rf"[^{_BLANK}/>=<\"']"
_QUOTED = rf"[{_BLANK}]++{_NAME}++=\"[^\"]*+\""
_PLAIN = rf"[{_BLANK}]++{_NAME}++(?:=(?:\"[^\"]*+\"|'[^']*+'|[^{_BLANK}>=<\"']++))?+"


def plain_attributes(most: int) -> str:
    """Return a pattern of up to so many attributes that are plainly written."""
    few = most // 4
    return rf"(?:{_QUOTED}){{0,{most - few}}}+(?:{_PLAIN}){{0,{few}}}+[{_BLANK}]*+/?"


def passing(most: int, *, but: str = "(?!)") -> str:
    """Return a pattern of all up to a tag that is not plain, has more attributes than that, or is a ``but``.

    One match for all tags of a page costs half of what a match for each does.
    """
    tag = rf"(?!{but})[a-zA-Z]{_NAME}*+{plain_attributes(most)}>"
    return rf"[^<]*+(?:<(?:/|{tag}|(?![a-zA-Z]|{but}))[^<]*+)*+"


_PASSED = {most: re.compile(passing(most)) for most in (MAX_ATTRIBUTES, _FEW_ATTRIBUTES)}
# What a page needs to be read at all. Elements of these names close each other or hold no others.
_KEPT = "p|h[1-6]|title|meta|link|script|style|br|html|head|body|base|img"
_CONTAINERS = re.compile(rf"</?(?!(?:{_KEPT})\b)[a-zA-Z][^<>]*+>", re.IGNORECASE)
_NESTED = re.compile(
    r"</?(?!(?:p|title|meta|link|script|style|br|html|head|body|base)\b)[a-zA-Z][^<>]*+>", re.I
)
_SCRIPT = re.compile(r"<(script|style|svg)\b[^<>]*+>", re.IGNORECASE)
SCRIPT_ENDS = {name: rf"(?i)</{name}(?:[\s/][^<>]*+)?>" for name in ("script", "style", "svg")}
"""Patterns of their ends."""
_SCRIPT_ENDS = {name: re.compile(pattern) for name, pattern in SCRIPT_ENDS.items()}


def trim_attributes(text: str) -> tuple[str, int]:
    """Reduce tags with more than MAX_ATTRIBUTES attributes to their names; how many that were.

    In documents with attributes beyond measure a dozen is too many.
    """
    most = _FEW_ATTRIBUTES if text.count("=") > MOST_EQUALS else MAX_ATTRIBUTES
    heavy = list(_heavy_tags(text, most))
    if not heavy:
        return text, 0
    pieces, done = [], 0
    for start, end in heavy:
        pieces.append(text[done:start])
        done = end
    pieces.append(text[done:])
    return "".join(pieces), len(heavy)


def drop_scripts(text: str, *, over: int) -> tuple[str, int]:
    """Empty the script, style and svg elements longer than ``over`` characters; how many that were.

    What comes after one that is never closed stays as it is.
    """
    pieces, at, dropped = [], 0, 0
    while found := _SCRIPT.search(text, at):
        closing = _SCRIPT_ENDS[found.group(1).lower()].search(text, found.end())
        if closing is None:
            break
        end = closing.start()
        heavy = end - found.end() > over
        pieces.append(text[at : found.end() if heavy else end])
        dropped += heavy
        at = end
    pieces.append(text[at:])
    return "".join(pieces), dropped


def drop_comments(text: str) -> str:
    """Remove the comments that are closed."""
    pieces, at = [], 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        pieces.append(text[at:start])
        at = end + 3
    return "".join((*pieces, text[at:]))


def flatten(text: str, *, entirely: bool = False) -> str:
    """Remove the tags that may hold others, so that no text lies too deep for the parser; a last resort.

    ``entirely`` removes those of headings and pictures too.
    """
    return (_NESTED if entirely else _CONTAINERS).sub("\n", text)


def _heavy_tags(text: str, most: int) -> Iterator[tuple[int, int]]:
    """Yield where the attributes of overloaded tags begin and end."""
    passed, at = _PASSED[most].match, 0
    while (over := passed(text, at)) and (tag := _START_TAG.match(text, over.end())):
        if _is_heavy(tag, most):
            yield tag.span(2)
        at = tag.end()


def _is_heavy(tag: re.Match[str], most: int) -> bool:
    start, end = tag.span(2)
    if end - start < 2 * most:
        return False
    return sum(1 for _ in _ONE_ATTRIBUTE.finditer(tag.string, start, end)) > most
