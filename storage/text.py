"""Cut text into the words that are searched: one function feeds the index and the query.

Text is compared in compatibility form without case (Unicode NFKC, case folding), without invisible
characters, Arabic vowel marks and Hebrew points. Letters of Latin and Greek script are compared without
their accents and strokes, Arabic ones without the forms that are often written one for another; in other
scripts marks tell letters apart. Indonesian ``-nya`` ("his, the") is left off. Scripts that do not part
words with spaces (Chinese, Japanese, Korean, Thai, Lao, Khmer, Burmese) are cut into overlapping pairs of
characters, so that any part of a run can be found as a phrase of pairs. A change here calls for a new index:
write a migration.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from storage.values import clean

INDEXED_CHARACTERS = 200_000
"""Characters of an article's text that are indexed; what follows cannot be found."""
_TITLE_CHARACTERS = 2_000
_LEAD_CHARACTERS = 10_000
_TOKEN_CHARACTERS = 64
"""Longer words are cut; PostgreSQL refuses words over 2,046 bytes."""
_LABELS = 200
_DISTINCT_BYTES = 800_000
"""PostgreSQL keeps at most a mebibyte of different words for one article."""

_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff"
)
_POINTS = (
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"  # Hebrew
    "\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"  # Arabic
)
_UNSPACED = (
    "\u0e01-\u0e3a\u0e40-\u0e4e"  # Thai
    "\u0e81-\u0ebd\u0ec0-\u0ece\u0edc-\u0edf"  # Lao
    "\u1000-\u103f\u1050-\u109f\ua9e0-\ua9fe\uaa60-\uaa7f"  # Burmese
    "\u1780-\u17d3\u17d7\u17dc\u17dd"  # Khmer
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u302f\u3031-\u3035\u303b\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff"
    "\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # CJK, kana
    "\U00016fe0-\U00018aff\U0001b000-\U0001b16f\U00020000-\U0003fffd"
    "\u1100-\u11ff\ua960-\ua97f\uac00-\ud7fb"  # Hangul
)
# Marks are no word characters to Python's ``\w``; in these scripts they stand inside words.
_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0711\u0730-\u074a\u07a6-\u07b0\u07eb-\u07f3\u0816-\u082d\u08d3-\u08ff"
    "\u0900-\u0963\u0966-\u0dff\u0f18\u0f19\u0f35\u0f37\u0f39\u0f3e\u0f3f\u0f71-\u0f84\u0f86-\u0fbc"
    "\u135d-\u135f\u1ab0-\u1aff\u1b00-\u1b44\u1dc0-\u1dff\u20d0-\u20ff\ua8e0-\ua8f1\ufe20-\ufe2f"
)
_ACCENTS = "\u0300-\u036f"
_ALPHABETS = (range(0xC0, 0x250), range(0x370, 0x400), range(0x1E00, 0x2000), range(0x2C60, 0x2C80))
"""Latin and Greek: people look for Malmo and Malmö, for Αθηνα and Αθήνα."""
_LETTERS = {
    **{"đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ł": "l", "ø": "o", "ŧ": "t", "æ": "ae", "œ": "oe", "þ": "th"},
    **{"ё": "е", "ѐ": "е", "ѝ": "и"},  # Cyrillic: й and ї are letters of their own
    **{"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه"},  # Arabic
    **{"ی": "ي", "ک": "ك", "ہ": "ه", "ۂ": "ه", "ۀ": "ه"},  # of Persian and Urdu keyboards
}
_STEM = 4
"""Letters before ``-nya`` at least: hanya, tanya and punya are words of their own."""
_DROPPED = re.compile(f"[{_INVISIBLE}{_POINTS}]+")
_RUNS = re.compile(rf"([{_UNSPACED}]+)|((?:[^\W_{_UNSPACED}]|[{_MARKS}])+)")
_SHRINKING = re.compile(f"[{_INVISIBLE}{_POINTS}{_ACCENTS}\u1100-\u11ff\u3099\u309a]")
_TYPOGRAPHIC = re.compile("[\u00a0\u00ab\u00bb\u2010-\u2015\u2018-\u201f\u2022\u2026]+")
"""Separators that are often the only foreign characters of a text in ASCII."""
_PLAIN = bytes(code if chr(code).isalnum() and code < 128 else 32 for code in range(256))
"""ASCII with everything but letters and digits turned into spaces."""
_FOREIGN_DIGIT = re.compile(r"[^\D0-9]")


def _plain_letters() -> dict[str, str]:
    """Return the letters that are compared as others."""
    found = {**_LETTERS}
    for character in map(chr, itertools.chain(*_ALPHABETS)):
        small = unicodedata.normalize("NFKC", character.casefold())
        plain = "".join(c for c in unicodedata.normalize("NFD", small) if not unicodedata.combining(c))
        if len(small) == 1 and plain != small:
            found[small] = _LETTERS.get(plain, plain)
    return found


_PLAIN_LETTERS = _plain_letters()
_ACCENTED = re.compile(f"[{_ACCENTS}{''.join(_PLAIN_LETTERS)}]")
# Marks that no letter took up: of stress, or on letters that have none of their own.
_STRAY = re.compile(f"(?<=[a-z\u03b1-\u03c9\u0430-\u045f])[{_ACCENTS}]+")


class Spot(NamedTuple):
    """A word and where it stands in the folded text."""

    token: str
    start: int
    end: int


def fold(text: str) -> str:
    """Return text in the form in which it is compared."""
    text = clean(text)
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    folded = _DROPPED.sub("", folded)
    if _ACCENTED.search(folded):
        folded = _ACCENTED.sub(lambda match: _PLAIN_LETTERS.get(match[0], match[0]), folded)
        folded = _STRAY.sub("", folded)
    return _FOREIGN_DIGIT.sub(lambda match: str(unicodedata.digit(match[0])), folded)


def tokens(text: str) -> list[str]:
    """Return the words of a text in order, as they are indexed."""
    folded = fold(text if text.isascii() else _TYPOGRAPHIC.sub(" ", text))
    if folded.isascii():
        words = folded.encode().translate(_PLAIN).decode().split()
        if "nya" in folded or max(map(len, words), default=0) > _TOKEN_CHARACTERS:
            words = [
                _word(word) if "nya" in word or len(word) > _TOKEN_CHARACTERS else word for word in words
            ]
        return words
    found: list[str] = []
    for run, word in _RUNS.findall(folded):
        if word:
            found.append(_word(word))
        else:
            found.extend(run[at : at + 2] for at in range(len(run)))
    return found


def spots(folded: str) -> Iterator[Spot]:
    """Yield the words of a folded text with their places; the same words as ``tokens``."""
    for match in _RUNS.finditer(folded):
        if match[2]:
            yield Spot(_word(match[0]), match.start(), match.end())
        else:
            yield from _pairs(match[0], match.start())


def _word(word: str) -> str:
    if word.endswith("nya") and len(word) >= _STEM + 3:
        word = word[:-3]
    return word[:_TOKEN_CHARACTERS]


def keeps_places(text: str, folded: str) -> bool:
    """Say whether each character of a folded text stands where it stood in the text."""
    return len(folded) == len(text) and not _SHRINKING.search(text)


def _pairs(run: str, start: int) -> Iterator[Spot]:
    # The last character stands alone as well: every character then begins a token, and one typed
    # alone is found as the beginning of a token.
    for at in range(len(run)):
        pair = run[at : at + 2]
        yield Spot(pair, start + at, start + at + len(pair))


def phrase(text: str, *, prefix: bool = False) -> tuple[tuple[str, ...], bool]:
    """Return what to look for to find a text: words in a row, and whether the last may go on."""
    folded = fold(text)
    found = list(spots(folded))
    if not found:
        return (), False
    words = tuple(spot.token for spot in found)
    last = found[-1]
    if not _is_unspaced(last.token):
        cut = last.end - last.start > _TOKEN_CHARACTERS
        return words, prefix and not cut
    if len(found) > 1 and found[-2].end == last.end:
        return words[:-1], False  # the run may go on in the text
    return words, True  # one character: the beginning of a pair


def _is_unspaced(token: str) -> bool:
    match = _RUNS.match(token)
    return match is not None and bool(match[1])


@dataclass(frozen=True, slots=True)
class Indexed:
    """The words of an article by the part they stand in, each part joined by single spaces."""

    title: str
    lead: str
    body: str
    names: str
    tags: str

    def parts(self) -> tuple[str, str, str, str, str]:
        """Return the five parts in the order of the index."""
        return self.title, self.lead, self.body, self.names, self.tags


def indexed(
    *,
    title: str,
    lead: str | None,
    text: str,
    names: Sequence[str],
    tags: Sequence[str],
    cited: Sequence[str] = (),
) -> Indexed:
    """Return what is indexed of an article. ``cited`` are the names of outlets that its text credits."""
    labels = {*map(tag_token, tags), *map(cite_token, cited)} - {""}
    return Indexed(
        " ".join(tokens(title[:_TITLE_CHARACTERS])),
        " ".join(tokens((lead or "")[:_LEAD_CHARACTERS])),
        _body(text[:INDEXED_CHARACTERS]),
        " ".join(tokens("\n".join(names)[:_TITLE_CHARACTERS])),
        " ".join(sorted(labels)[:_LABELS]),
    )


def _body(text: str) -> str:
    words = tokens(text)
    if len(words) > _DISTINCT_BYTES // (4 * _TOKEN_CHARACTERS):
        words = _limited(words)
    return " ".join(words)


def _limited(words: list[str]) -> list[str]:
    seen: set[str] = set()
    size = 0
    for place, word in enumerate(words):
        if word not in seen:
            seen.add(word)
            size += len(word.encode())
            if size > _DISTINCT_BYTES:
                return words[:place]
    return words


def tag_token(tag: str) -> str:
    """Return a tag as the one word by which it is found; empty when nothing is left of it."""
    words = _label(tag)
    return "#" + "_".join(words)[:_TOKEN_CHARACTERS] if words else ""


def cite_token(name: str) -> str:
    """Return the name of a credited outlet as the one word by which it is found, as no tag is."""
    words = _label(name)
    words = words[1:] if len(words) > 1 and words[0] == "the" else words
    return "#_" + "_".join(words)[:_TOKEN_CHARACTERS] if words else ""


def _label(name: str) -> Sequence[str]:
    """Return the words of a name, as a phrase has them; most are plain, and cut quicker."""
    return tokens(name) if name.isascii() else phrase(name)[0]
