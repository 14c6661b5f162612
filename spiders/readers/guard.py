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
_ATTRIBUTE = r"[^\s/>=][^\s/>=]*+(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>\"'][^\s>]*+)?+)?+"
_START_TAG = re.compile(rf"<([a-zA-Z][^\s/>]*+)((?:[\s/=]++|{_ATTRIBUTE})*+)>?")
_ONE_ATTRIBUTE = re.compile(_ATTRIBUTE)
# A class of characters costs half of what one with ``\s`` in it does; parsers know no other blanks.
_BLANK = r" \t\n\r\f"
_NAME = rf"[^{_BLANK}/>=<\"']"
_QUOTED = rf"[{_BLANK}]++{_NAME}++=\"[^\"]*+\""
_PLAIN = rf"[{_BLANK}]++{_NAME}++(?:=(?:\"[^\"]*+\"|'[^']*+'|[^{_BLANK}>=<\"']++))?+"
_SILENT_NAMES = r"[sS](?:[cC][rR][iI][pP][tT]|[tT][yY][lL][eE]|[vV][gG])\b"


def _plain_attributes(most: int) -> str:
    few = most // 4
    return rf"(?:{_QUOTED}){{0,{most - few}}}+(?:{_PLAIN}){{0,{few}}}+[{_BLANK}]*+/?"


def _passing(most: int, *, but: str = "(?!)") -> re.Pattern[str]:
    """Matches up to a tag that is not plainly written, has more attributes than ``most``, or is a ``but``.

    One match for all tags of a page costs half of what a match for each does.
    """
    tag = rf"(?!{but})[a-zA-Z]{_NAME}*+{_plain_attributes(most)}>"
    return re.compile(rf"[^<]*+(?:<(?:/|{tag}|(?![a-zA-Z]|{but}))[^<]*+)*+")


_PLAINLY = re.compile(_plain_attributes(MAX_ATTRIBUTES))
_PASSED = {most: _passing(most) for most in (MAX_ATTRIBUTES, _FEW_ATTRIBUTES)}
_LOUD = _passing(MAX_ATTRIBUTES, but=rf"!--|{_SILENT_NAMES}")
# What a page needs to be read at all. Elements of these names close each other or hold no others.
_KEPT = "p|h[1-6]|title|meta|link|script|style|br|html|head|body|base|img"
_CONTAINERS = re.compile(rf"</?(?!(?:{_KEPT})\b)[a-zA-Z][^<>]*+>", re.IGNORECASE)
_NESTED = re.compile(
    r"</?(?!(?:p|title|meta|link|script|style|br|html|head|body|base)\b)[a-zA-Z][^<>]*+>", re.I
)
_SCRIPT = re.compile(r"<(script|style|svg)\b[^<>]*+>", re.IGNORECASE)
_SILENT = re.compile(rf"<(?:!--|({_SILENT_NAMES})([^<>]*+)>)")
_TOLD_IN = (
    "json",
    "dataLayer",
    "__next_f",
    "__NUXT__",
    "digitalData",
    "utag_data",
    "__INITIAL_STATE__",
    "__PRELOADED",
)
"""Names by which scripts are known that say something of the article."""
_MOST_SILENT = 5_000
_LOOKED_AT = 2_000
"""Characters of a script in which such a name is looked for."""
_SCRIPT_ENDS = {
    name: re.compile(rf"</{name}(?:[\s/][^<>]*+)?>", re.IGNORECASE) for name in ("script", "style", "svg")
}


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


def drop_silent(text: str) -> tuple[str, bool]:
    """Remove comments and the scripts, styles and drawings that say nothing of the article.

    They are more than half of most pages. From one that is never closed on all stays as it is. The second
    value is whether the text may hold tags with too many attributes.
    """
    pieces, done, at, dropped, doubtful = [], 0, 0, 0, False
    while (loud := _LOUD.match(text, at)) and (start := loud.end()) < len(text):
        found = _SILENT.match(text, start)
        if found is None:
            doubtful = doubtful or _is_doubtful(text, start)
            at = start + 1
            continue
        name, dropped = found[1], dropped + 1
        inside, end = _extent(text, found)
        if end < 0 or dropped > _MOST_SILENT:
            doubtful = True
            break
        at = end
        if name and name[1] in "cC" and _tells(text, found, inside):
            doubtful = doubtful or (not _PLAINLY.fullmatch(found[2]) and _is_doubtful(text, start))
            doubtful = doubtful or _has_doubtful(text, found.end(), inside)
            continue
        # It may part the sign of a tag from its name.
        doubtful = doubtful or text[start - 1 : start] == "<"
        pieces.append(text[done:start])
        done = end
    pieces.append(text[done:])
    return "".join(pieces), doubtful


def _has_doubtful(text: str, at: int, end: int) -> bool:
    """Tell whether such a tag stands in what we take for a script; parsers may see it another way."""
    if text.find("<", at, end) < 0:
        return False
    while (over := _PASSED[MAX_ATTRIBUTES].match(text, at, end)) and over.end() < end:
        if _is_doubtful(text, over.end()):
            return True
        at = over.end() + 1
    return False


def _is_doubtful(text: str, start: int) -> bool:
    """Tell whether a tag has too many attributes, or may hold another that has."""
    tag = _START_TAG.match(text, start)
    return tag is not None and (_is_heavy(tag, MAX_ATTRIBUTES) or text.find("<", start + 1, tag.end()) >= 0)


def _extent(text: str, start: re.Match[str]) -> tuple[int, int]:
    """Where what begins with such a start ends inside, and where behind its end; -1 where it has no end."""
    name = start[1]
    if name is None:
        end = text.find("-->", start.start() + 2)
        return end, end + 3 if end >= 0 else end
    if name[1] in "vV" and start[2].endswith("/"):
        return start.end(), start.end()
    closing = _SCRIPT_ENDS[name.lower()].search(text, start.end())
    return closing.span() if closing else (-1, -1)


def _tells(text: str, start: re.Match[str], end: int) -> bool:
    said = text[start.start(2) : min(end, start.end() + _LOOKED_AT)]
    return any(map(said.__contains__, _TOLD_IN))


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
