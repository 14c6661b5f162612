"""Take out of a page what says nothing of its article, before anything else looks at it.

Comments, scripts, styles and drawings are more than half of most pages. They go as bytes: to decode them
first would cost as much again.
"""

import re

from spiders.readers.guard import ATTRIBUTE, MAX_ATTRIBUTES, SCRIPT_ENDS, START_TAG, passing, plain_attributes

_NAMES = r"[sS](?:[cC][rR][iI][pP][tT]|[tT][yY][lL][eE]|[vV][gG])\b"
_LOUD = re.compile(passing(MAX_ATTRIBUTES, but=rf"!--|{_NAMES}").encode())
_SILENT = re.compile(rf"<(?:!--|({_NAMES})([^<>]*+)>)".encode())
_ENDS = {name.encode(): re.compile(pattern.encode()) for name, pattern in SCRIPT_ENDS.items()}
_PLAINLY = re.compile(plain_attributes(MAX_ATTRIBUTES).encode())
_PASSED = re.compile(passing(MAX_ATTRIBUTES).encode())
_START_TAG = re.compile(START_TAG.encode())
_ONE_ATTRIBUTE = re.compile(ATTRIBUTE.encode())
_TOLD_IN = (b"__next_f", b"__NUXT__", b"__INITIAL_STATE__", b"__PRELOADED")
_DATA_TOLD_IN = (b"dataLayer", b"digitalData", b"utag_data")
"""Names by which scripts are known that say something of the article, beside JSON."""
_LOOKED_AT = 2_000
"""Bytes of a script in which such a name is looked for."""
_MOST = 5_000


def drop_silent(page: bytes) -> tuple[bytes, bool]:
    """Remove comments and the scripts, styles and drawings that say nothing of the article.

    ``page`` is in any encoding that leaves the signs of markup alone. From an element that is never closed on
    all stays as it is. The second value is whether what stays may hold tags with too many attributes.
    """
    pieces, done, at, dropped, doubtful, size = [], 0, 0, 0, False, len(page)
    while (loud := _LOUD.match(page, at)) and (start := loud.end()) < size:
        found = _SILENT.match(page, start)
        if found is None:
            doubtful = doubtful or _is_doubtful(page, start)
            at = start + 1
            continue
        inside, at = _extent(page, start, found)
        if at < 0 or dropped == _MOST:
            doubtful = True
            break
        if (
            found[1]
            and found[1][1] in b"cC"
            and _tells(page[found.start(2) : min(inside, found.end() + _LOOKED_AT)])
        ):
            doubtful = doubtful or (not _PLAINLY.fullmatch(found[2]) and _is_doubtful(page, start))
            doubtful = doubtful or _has_doubtful(page, found.end(), inside)
            continue
        # It may part the sign of a tag from its name.
        doubtful = doubtful or page[start - 1 : start] == b"<"
        pieces.append(page[done:start])
        done, dropped = at, dropped + 1
    pieces.append(page[done:])
    return b"".join(pieces), doubtful


def _extent(page: bytes, start: int, found: re.Match[bytes]) -> tuple[int, int]:
    """Where what begins so ends inside, and where behind its end; -1 where it has no end."""
    name, attributes = found.groups()
    if name is None:
        end = page.find(b"-->", start + 2)
        return end, end + 3 if end >= 0 else end
    if attributes[-1:] == b"/" and name.lower() == b"svg":
        return found.end(), found.end()
    closing = _ENDS[name.lower()].search(page, found.end())
    return closing.span() if closing else (-1, -1)


def _tells(said: bytes) -> bool:
    return (
        b"json" in said
        or (b"ata" in said and any(map(said.__contains__, _DATA_TOLD_IN)))
        or (b"__" in said and any(map(said.__contains__, _TOLD_IN)))
    )


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
