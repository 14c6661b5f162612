"""Where a document stops being well-formed, with the bytes around the place: for people who look into it.

Reading does not need it: what can be mended is mended there.
"""

import json
from dataclasses import dataclass
from xml.parsers import expat

from spiders.readers.decode import decode

AROUND = 40
"""Bytes shown before and after the place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """The first place at which a document is not what its format demands."""

    message: str
    """What is wrong there, as the parser says it."""
    line: int
    column: int
    """From 1; in characters for JSON, in bytes for XML."""
    offset: int
    """Bytes before the place."""
    excerpt: str
    """The bytes around it, those that are no text escaped; ``>>>`` marks the place."""

    def __str__(self) -> str:
        return f"{self.message} (line {self.line}, column {self.column}): {self.excerpt}"


class _Entities(Exception):
    """The document declares entities: it is not unfolded here."""


def first_fault(body: bytes, content_type: str = "") -> Fault | None:
    """Return the first place where XML or JSON is not well-formed; None when all is well or it is neither.

    Judged strictly and as sent (XML 1.0, RFC 8259), so that it tells what publishers can mend.
    """
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"<":
        return _xml_fault(body)
    return _json_fault(body, content_type) if start in (b"{", b"[") else None


def _xml_fault(body: bytes) -> Fault | None:
    parser = expat.ParserCreate()
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        words = expat.ErrorString(error.code)
        at = max(parser.ErrorByteIndex, 0)
        return _fault(words, body, at, line=error.lineno, column=error.offset + 1)
    except (_Entities, LookupError, ValueError):  # the last two: an encoding that Python does not know
        return None
    return None


def _refuse(*_: object) -> None:
    raise _Entities


def _json_fault(body: bytes, content_type: str) -> Fault | None:
    text = decode(body, content_type).text
    try:
        json.loads(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        at = len(text[: error.pos].encode())
        return _fault(error.msg.lower(), text.encode(), at, line=error.lineno, column=error.colno)
    except (RecursionError, ValueError):
        return None
    return None


def _fault(message: str, body: bytes, at: int, *, line: int, column: int) -> Fault:
    before, after = body[max(at - AROUND, 0) : at], body[at : at + AROUND]
    return Fault(
        message=message, line=line, column=column, offset=at, excerpt=f"{_shown(before)}>>>{_shown(after)}"
    )


def _shown(data: bytes) -> str:
    text = data.decode("utf-8", "backslashreplace")
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
