"""Characters: what may stand in a stored text, and forms to compare texts in."""

import re
import unicodedata
from functools import lru_cache

from crawler.fingerprint import essence as folded

__all__ = ["clean_characters", "clean_line", "folded", "squeeze", "unaccented"]

_DROPPED = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f"  # control characters
    "\u00ad\u200b\u200e\u200f\u2060-\u2064\ufeff"  # soft hyphen, zero width, marks of direction
    "\u202a-\u202e\u2066-\u206f\ufff9-\ufffb"  # overrides of direction, interlinear notes
    "\ufdd0-\ufdef\ufffe\uffff"  # no characters
)
_BAD = re.compile(f"[{_DROPPED}]")
_LONE = re.compile("[\ud800-\udfff]")
_BREAK = re.compile("\r|\x85|\u2028|\u2029|\x0b|\x0c")
_ANY_SPACE = re.compile(r"\s+")


def clean_characters(text: str) -> str:
    """Return ``text`` in NFC, without characters that nobody sees and with ``\\n`` as its only line break.

    Joiners (U+200C, U+200D) stay: Persian, Indic scripts and emoji need them. Half surrogates become U+FFFD.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    # Printable lines, nearly all, need no look at each character.
    text = "\n".join(line if line.isprintable() else _mended(line) for line in text.split("\n"))
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _mended(line: str) -> str:
    return _LONE.sub("\ufffd", _BAD.sub("", _BREAK.sub("\n", line)))


def clean_line(text: str | None, limit: int = 1000) -> str:
    """Return ``text`` as one clean line of at most ``limit`` characters; empty for None."""
    if not text:
        return ""
    line = _ANY_SPACE.sub(" ", clean_characters(text[: limit * 8])).strip()
    return line if len(line) <= limit else line[:limit].rstrip()


def squeeze(line: str) -> str:
    """Return a line stripped, with runs of blanks made one space."""
    if line.isprintable() and "  " not in line:
        return line.strip()
    return " ".join(line.split())


@lru_cache(maxsize=2_048)
def unaccented(text: str) -> str:
    """Return the letters and digits of a text without case and accents, as names stand in host names."""
    key = folded(text)
    if key.isascii():
        return key
    return "".join(sign for sign in unicodedata.normalize("NFD", key) if not unicodedata.combining(sign))
