"""The exact key of a text: equal for two texts that differ only in looks."""

import hashlib
import re
import unicodedata

MIN_COMPARABLE = 200
"""Letters and digits from which on equal keys mean the same text by themselves."""
_NO_WORD = re.compile(r"[\W_]+")
_FREQUENT = "“”‘’„«»–—。，、"
_ASCII_NO_WORD = bytes(code for code in range(128) if not chr(code).isalnum())


def essence(text: str) -> str:
    """Return the letters and digits of a text, in NFKC and folded case, without anything between them.

    Quotes, dashes, blanks, case, ligatures and full-width forms do not matter then.
    """
    folded = _nfkc(_nfkc(text).casefold())
    # Most of what goes is ASCII or one of a few marks; deleting those first is much faster than a pattern.
    dense = (
        folded.encode("utf-8", "surrogatepass")
        .translate(None, _ASCII_NO_WORD)
        .decode("utf-8", "surrogatepass")
    )
    for mark in _FREQUENT:
        dense = dense.replace(mark, "")
    return dense if dense.isalnum() else _NO_WORD.sub("", dense)


def _nfkc(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def comparable(text: str) -> bool:
    """Tell whether a text is long enough (``MIN_COMPARABLE``) for equal keys to mean the same text."""
    return len(essence(text)) >= MIN_COMPARABLE


def content_hash(text: str, title: str = "") -> str:
    """Return the SHA-256 of a text's essence as 64 hexadecimal digits.

    A short text ("Video:", "Read more on our site") says little by itself, so the title is mixed in
    while the essence has fewer than ``MIN_COMPARABLE`` characters.
    """
    body = essence(text)
    if len(body) < MIN_COMPARABLE:
        body = f"{essence(title)}\n{body}"
    return hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()
