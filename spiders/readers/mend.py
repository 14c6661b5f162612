"""Make the characters of an XML document fit to parse.

The document type goes (entity bombs, external entities), control characters go, impossible character
references become U+FFFD, HTML's named entities become their characters, a lone ``&`` becomes ``&amp;``.
CDATA sections are left as they are, apart from control characters. One linear pass each.
"""

import re
from dataclasses import dataclass
from html.entities import html5

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
# Every reference but those that are certainly fine: they are most, and a call for each would be slow.
_REFERENCE = re.compile(
    r"&(?!(?:lt|gt|amp|quot|apos|#(?:3[2-9]|[4-9][0-9]|[1-9][0-9]{2,3}));)"
    r"(?:#(?:[xX]([0-9a-fA-F]{1,9})|([0-9]{1,9}));|([a-zA-Z][a-zA-Z0-9]{0,40});)?"
)
_SURROGATE_PAIR = re.compile(
    r"&#(?:[xX]([dD][89abAB][0-9a-fA-F]{2})|(5[56][0-9]{3}));"
    r"&#(?:[xX]([dD][c-fC-F][0-9a-fA-F]{2})|(5[67][0-9]{3}));"
)
DOCTYPE_NOTE = "document type dropped"
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_DOCTYPE = re.compile(r"<!DOCTYPE", re.IGNORECASE)
_DOCTYPE_MARK = re.compile(r"[\[\]\"'>]|<!--")
_SECTION = re.compile(r"<!\[CDATA\[|<!--")
_ENTRY_END = re.compile(r"</(?:item|entry)\s*>")
_ROOT = re.compile(r"<([a-zA-Z_][\w.:-]*)")


@dataclass(frozen=True, slots=True)
class Mended:
    """XML ready to parse: begins with the root start tag; no declaration, no document type."""

    text: str
    root: str
    """Qualified name of the root element as written; empty when there is none."""
    notes: tuple[str, ...] = ()


def mend_xml(text: str, *, start: int | None = None) -> Mended:
    """Mend the characters of an XML document. Never fails; what is not XML comes out without a root.

    ``start`` is where the root element begins, when that is known better than the prolog tells.
    """
    first, doctype = root_start(text)
    start = first if start is None else start
    found = _ROOT.match(text, start)
    body, references = _mend_references(_CONTROLS.sub("", text[start:]))
    notes = ((DOCTYPE_NOTE,) if doctype else ()) + references
    return Mended(body, found.group(1) if found else "", notes)


def root_start(text: str) -> tuple[int, bool]:
    """Where the root start tag begins (or the text ends), and whether a document type stands before it.

    Text, comments, declarations and processing instructions before the root are passed over.
    """
    at, doctype = 0, False
    while (at := text.find("<", at)) >= 0:
        if _DOCTYPE.match(text, at):
            at = _after(text, ">", at) if doctype else _doctype_end(text, at)
            doctype = True
        elif text.startswith("<!--", at):
            at = _after(text, "-->", at + 4)
        elif text.startswith("<?", at):
            at = _after(text, "?>", at + 2)
        elif _ROOT.match(text, at):
            return at, doctype
        else:
            at += 1
    return len(text), doctype


def drop_controls(text: str) -> str:
    """Remove the characters XML and databases do not take: NUL, most of C0, noncharacters, surrogates."""
    return _CONTROLS.sub("", text)


def _after(text: str, mark: str, start: int) -> int:
    end = text.find(mark, start)
    return len(text) if end < 0 else end + len(mark)


def _doctype_end(text: str, at: int) -> int:
    """The end of a document type declaration, internal subset and quoted strings included."""
    start, brackets, at = at, 0, at + len("<!DOCTYPE")
    while found := _DOCTYPE_MARK.search(text, at):
        mark, at = found.group(), found.end()
        if mark in "\"'":
            at = _after(text, mark, at)
        elif mark == "<!--":
            at = _after(text, "-->", at)
        elif mark in "[]":
            brackets += 1 if mark == "[" else -1
        elif brackets <= 0:
            return at
    return _after(text, ">", start)  # broken: an open quote or bracket must not swallow the document


class _Ends:
    """Where a mark comes next. Positions asked for must grow, so the whole text is searched once."""

    def __init__(self, text: str, mark: str) -> None:
        self._text, self._mark, self._next = text, mark, -1

    def after(self, at: int) -> int | None:
        """The end of the first mark that begins at or after ``at``; None when there is none."""
        if self._next < at:
            found = self._text.find(self._mark, at)
            self._next = found if found >= 0 else len(self._text)
        return None if self._next >= len(self._text) else self._next + len(self._mark)


def _mend_references(text: str) -> tuple[str, tuple[str, ...]]:
    """Mend references outside CDATA sections and comments; sections that nothing closes are opened up."""
    pieces, at, notes = [], 0, dict[str, None]()
    ends = {"<!--": _Ends(text, "-->"), "<![CDATA[": _Ends(text, "]]>")}
    while found := _SECTION.search(text, at):
        pieces.append(_mend_outside(text[at : found.start()], notes))
        end = ends[found.group()].after(found.end())
        if end is None or _swallows_entries(text, found, end):
            notes["open CDATA section or comment mended"] = None
            at = found.end()  # only the mark goes; what it would have swallowed stays
        else:
            pieces.append(text[found.start() : end])
            at = end
    pieces.append(_mend_outside(text[at:], notes))
    return "".join(pieces), tuple(notes)


def _swallows_entries(text: str, opened: re.Match[str], end: int) -> bool:
    """A CDATA section that holds the end of its entry and then opens again was never closed."""
    if opened.group() == "<!--":
        return False
    again = text.find("<![CDATA[", opened.end(), end)
    return again >= 0 and _ENTRY_END.search(text, opened.end(), again) is not None


def _mend_outside(text: str, notes: dict[str, None]) -> str:
    if "&" not in text:
        return text

    def mend(match: re.Match[str]) -> str:
        hexadecimal, decimal, name = match.groups()
        if name:
            return _mend_name(name, notes)
        if hexadecimal or decimal:
            return _mend_number(int(hexadecimal, 16) if hexadecimal else int(decimal), match.group(), notes)
        notes["bare ampersand mended"] = None
        return "&amp;"

    return _REFERENCE.sub(mend, _SURROGATE_PAIR.sub(_join_pair, text))


def _mend_name(name: str, notes: dict[str, None]) -> str:
    notes["undefined entity mended"] = None
    characters = html5.get(f"{name};")
    if characters is None:
        return f"&amp;{name};"
    return "".join(_ESCAPES.get(character, character) for character in characters)


def _mend_number(code: int, written: str, notes: dict[str, None]) -> str:
    if code in (9, 10, 13) or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000:
        return written
    notes["impossible character reference replaced"] = None
    return "\ufffd"


def _join_pair(match: re.Match[str]) -> str:
    high = int(match.group(1), 16) if match.group(1) else int(match.group(2))
    low = int(match.group(3), 16) if match.group(3) else int(match.group(4))
    if not (0xD800 <= high < 0xDC00 <= low < 0xE000):
        return match.group()
    return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
