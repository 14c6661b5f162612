"""Take out of a page what says nothing of its article, before anything else looks at it.

Comments, scripts, styles and drawings are more than half of most pages. They go as bytes: to decode them
first would cost as much again.
"""

import re

from spiders.readers.guard import ATTRIBUTE, MAX_ATTRIBUTES, START_TAG, passing, plain_attributes

_NAMES = r"[sS](?:[cC][rR][iI][pP][tT]|[tT][yY][lL][eE]|[vV][gG])\b"


def _element(name: str, *, start: str = r"\b[^<>]*+>", inside: str = "{}") -> str:
    """Matches an element of that name behind its opening bracket, whatever it holds."""
    name = "".join(f"[{letter}{letter.upper()}]" for letter in name)
    end = rf"/{name}(?:[\s/][^<>]*+)?>"
    return name + start + inside.format(rf"[^<]*+(?:<(?!{end})[^<]*+)*+") + "<" + end


_COMMENT = r"!(?=--)(?:-(?!->)[^-]*+)*+-->"
_SCRIPT = _element("script", start=r"\b([^<>]*+)>", inside="({})")
_SILENT = rf"<(?:{_COMMENT}|{_SCRIPT}|{_element('style')}|[sS][vV][gG]\b[^<>]*+(?<=/)>|{_element('svg')})"
_NEXT = re.compile(rf"{passing(MAX_ATTRIBUTES, but=rf'!--|{_NAMES}')}({_SILENT})?+".encode())
"""What is plainly written, and the silent element behind it: whole, attributes and inside of a script."""
_BEGUN = re.compile(rf"<(?:!--|{_NAMES}[^<>]*+>)".encode())
_PLAINLY = re.compile(plain_attributes(MAX_ATTRIBUTES).encode())
_PASSED = re.compile(passing(MAX_ATTRIBUTES).encode())
_START_TAG = re.compile(START_TAG.encode())
_ONE_ATTRIBUTE = re.compile(ATTRIBUTE.encode())
_TOLD_IN = (
    *(b"json", b"dataLayer", b"__next_f", b"__NUXT__", b"digitalData", b"utag_data"),
    *(b"__INITIAL_STATE__", b"__PRELOADED"),
)
"""Names by which scripts are known that say something of the article."""
_LOOKED_AT = 2_000
"""Bytes of a script in which such a name is looked for."""
_MOST = 5_000


def drop_silent(page: bytes) -> tuple[bytes, bool]:
    """Remove comments and the scripts, styles and drawings that say nothing of the article.

    ``page`` is in any encoding that leaves the signs of markup alone. From an element that is never closed on
    all stays as it is. The second value is whether what stays may hold tags with too many attributes.
    """
    pieces, done, at, dropped, doubtful = [], 0, 0, 0, False
    while at < len(page):
        found = _NEXT.match(page, at)
        if found is None:
            break
        start, at = found.start(1), found.end()
        if start < 0:
            if at == len(page) or _BEGUN.match(page, at):
                doubtful = doubtful or at < len(page)
                break
            doubtful = doubtful or _is_doubtful(page, at)
            at += 1
            continue
        dropped += 1
        if dropped > _MOST:
            doubtful = True
            break
        if found[2] is not None and _tells(found):
            doubtful = doubtful or (not _PLAINLY.fullmatch(found[2]) and _is_doubtful(page, start))
            doubtful = doubtful or _has_doubtful(page, *found.span(3))
            continue
        # It may part the sign of a tag from its name.
        doubtful = doubtful or page[start - 1 : start] == b"<"
        pieces.append(page[done:start])
        done = at
    pieces.append(page[done:])
    return b"".join(pieces), doubtful


def _tells(script: re.Match[bytes]) -> bool:
    start, end = script.span(3)
    said = script.string[script.start(2) : min(end, start + _LOOKED_AT)]
    return any(map(said.__contains__, _TOLD_IN))


def _has_doubtful(page: bytes, at: int, end: int) -> bool:
    """Tell whether such a tag stands in what we take for a script; parsers may see it another way."""
    if page.find(b"<", at, end) < 0:
        return False
    while (over := _PASSED.match(page, at, end)) and over.end() < end:
        if _is_doubtful(page, over.end()):
            return True
        at = over.end() + 1
    return False


def _is_doubtful(page: bytes, start: int) -> bool:
    """Tell whether a tag has too many attributes, or may hold another that has."""
    tag = _START_TAG.match(page, start)
    if tag is None:
        return False
    return page.find(b"<", start + 1, tag.end()) >= 0 or (
        sum(1 for _ in _ONE_ATTRIBUTE.finditer(page, *tag.span(2))) > MAX_ATTRIBUTES
    )
