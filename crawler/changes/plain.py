"""Texts without what is no matter of theirs: Unicode forms, kinds of quotes and dashes, blanks, case."""

import re
import unicodedata

_SAME = {
    **dict.fromkeys(map(ord, "“”„‟″«»〝〞＂「」『』"), '"'),
    **dict.fromkeys(map(ord, "‘’‚‛′‹›`´ʹʻʼ＇"), "'"),
    **dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣－"), "-"),
}
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff]"
)


def plain(text: str) -> str:
    """Return a text in NFKC and folded case, with one kind of quotes and dashes and single blanks.

    Line breaks are blanks too. Punctuation stays: ``1.5`` is not ``15``, and a question is no statement.
    """
    return " ".join(_folded(text).split())


def plain_lines(text: str) -> list[str]:
    """Return the lines of a text that are not empty, each made plain."""
    return [line for line in (" ".join(part.split()) for part in _folded(text).splitlines()) if line]


def dense(text: str) -> str:
    """Return a text made plain, without any blanks: where a line was broken does not matter then."""
    return "".join(_folded(text).split())


def _folded(text: str) -> str:
    if text.isascii():
        return text.casefold()
    # Marks are folded first: NFKC would take some of them apart.
    folded = unicodedata.normalize("NFKC", text.translate(_SAME)).casefold()
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", folded))
