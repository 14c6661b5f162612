"""Cheap checks before a parser sees a document.

A byte cap is not enough: parsers are quadratic in the attributes of one tag and lose all text below a
certain depth without a word. Everything here is one linear pass over the characters.
"""

import re

MAX_ATTRIBUTES = 256
"""A tag with more attributes is reduced to its bare name."""

_SHORTEST_HEAVY = 2 * MAX_ATTRIBUTES
# One start tag, read the way HTML tokenizers do. Possessive throughout: no backtracking, so one pass.
_ATTRIBUTE = r"[^\s/>=][^\s/>=]*+(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>\"'][^\s>]*+)?+)?+"
_START_TAG = re.compile(rf"<([a-zA-Z][^\s/>]*+)((?:[\s/=]++|{_ATTRIBUTE})*+)>?")
_ONE_ATTRIBUTE = re.compile(_ATTRIBUTE)
_CONTAINERS = re.compile(
    r"</?(?:div|span|section|article|main|center|font|b|i|u|em|strong|small|big|a|ul|ol|li|dl|dd|dt|"
    r"blockquote|table|tbody|tr|td|th|form|fieldset|object)\b[^<>]*+>",
    re.IGNORECASE,
)


def trim_attributes(text: str) -> tuple[str, int]:
    """Reduce tags with more than MAX_ATTRIBUTES attributes to their names; how many that were."""
    heavy = [found.span(2) for found in _START_TAG.finditer(text) if _is_heavy(found)]
    if not heavy:
        return text, 0
    pieces, done = [], 0
    for start, end in heavy:
        pieces.append(text[done:start])
        done = end
    pieces.append(text[done:])
    return "".join(pieces), len(heavy)


def flatten(text: str) -> str:
    """Remove the tags that only group, so that no text lies too deep for the parser; a last resort."""
    return _CONTAINERS.sub("\n", text)


def _is_heavy(tag: re.Match[str]) -> bool:
    start, end = tag.span(2)
    if end - start < _SHORTEST_HEAVY:
        return False
    return sum(1 for _ in _ONE_ATTRIBUTE.finditer(tag.string, start, end)) > MAX_ATTRIBUTES
