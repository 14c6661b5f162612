"""Small shared readings: markup to one line of plain text, references to absolute web addresses."""

import re
from functools import lru_cache
from html import unescape
from urllib.parse import urljoin, urlsplit

MAX_TITLE = 1_000
MAX_AUTHORS = 64
MAX_TAGS = 64
MAX_NAME = 200
"""Longest author or tag."""
MAX_URL = 8_192

_INLINE = (
    "a|abbr|b|big|bdi|bdo|cite|code|del|em|font|i|ins|kbd|mark|q|s|small|span|strike|strong|sub|sup|tt|u"
)
_BLOCK = (
    "br|p|div|h[1-6]|hr|li|ul|ol|blockquote|img|table|tr|td|center|pre|script|style|iframe|svg|object|wbr"
)
_HIDDEN = re.compile(r"<(script|style)\b[^<>]*>.*?(?:</\1\s*>|$)", re.IGNORECASE | re.DOTALL)
_INLINE_TAG = re.compile(rf"</?(?:{_INLINE})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_BLOCK_TAG = re.compile(rf"</?(?:{_BLOCK})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_SHORT = 500
_PLAIN_ADDRESS = re.compile(r"https?://[\w.-]+/[^?#;]*+(?:\?[^?#;]++)?$")
"""An address that joining it to another would leave as it is, at ten times the cost."""
_URL_BLANKS = re.compile(r"[\t\r\n]+\s*")


def plain(markup: str, limit: int = MAX_TITLE) -> str:
    """One line of plain text: HTML tags removed, entities resolved once, white space folded.

    Only tags HTML knows are removed, so ``x < y`` and ``<T>`` survive. Cut to ``limit`` characters.
    """
    text = markup[: limit * 20]
    return _kept_line(text, limit) if len(text) <= _SHORT else _line(text, limit)


def _line(text: str, limit: int) -> str:
    if "<" in text:
        text = _BLOCK_TAG.sub(" ", _INLINE_TAG.sub("", _HIDDEN.sub(" ", text)))
    if "&" in text:
        text = unescape(text)
    if not text.isprintable():
        text = _CONTROLS.sub("", text)
    return " ".join(text.split())[:limit].rstrip()


_kept_line = lru_cache(maxsize=100)(_line)  # a page says the same in several places


@lru_cache(maxsize=20)  # of its picture and itself, too
def web_url(reference: str | None, base: str) -> str | None:
    """The absolute http(s) URL a reference means, or None when it means none (``javascript:``, ``data:``)."""
    if not reference:
        return None
    cleaned = reference.strip()
    if not cleaned.isprintable():
        cleaned = _URL_BLANKS.sub("", _CONTROLS.sub("", reference).strip())
    cleaned = cleaned.replace(" ", "%20")
    try:
        absolute = cleaned if _PLAIN_ADDRESS.match(cleaned) else urljoin(base, cleaned)
        parts = urlsplit(absolute)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return None
    return absolute if cleaned and usable and len(absolute) <= MAX_URL else None
