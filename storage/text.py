"""Cut text into the words that are searched: one function feeds the index and the query.

Text is compared in compatibility form without case (Unicode NFKC, case folding), without invisible
characters, Arabic vowel marks and Hebrew points. Letters of Latin and Greek script are compared without
their accents and strokes, Arabic ones without the forms that are often written one for another; in other
scripts marks tell letters apart. Signs that compatibility would turn into letters ("™", "№") part words. In
texts in Indonesian and its neighbours ``-nya`` ("his, the") is left off. Scripts that do not part words with
spaces (Chinese, Japanese, Korean, Thai, Lao, Khmer, Burmese) are cut into overlapping pairs of
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
    "\u20dd-\u20e0\u20e2-\u20e4\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff"
)
_PARTING = (
    "\u00a8\u00af\u00b4\u00b8\u02d8-\u02dd\u037a\u0384\u0385\u1fbd\u1fbf-\u1fc1\u1fcd-\u1fcf\u1fdd-\u1fdf"
    "\u1fed-\u1fef\u1ffd\u1ffe\u2017\u203e\u309b\u309c\uffe3"  # accents that stand alone: of quotes, degrees
    "\u02b9-\u02bf\u02c8\ua78b\ua78c"  # apostrophes that count as letters
    "\u00b9\u2070\u2071\u2074-\u207f\u2116\u2120\u2122"  # of footnotes; numero, service mark, trade mark
)
_STANDING_APART = (  # fractions, numbers in circles, units of measure in one character
    "\u00bc-\u00be\u2150-\u215f\u2189\u2460-\u24ff\u3250-\u325f\u32b1-\u32bf\u32cc-\u32cf\u3371-\u33df\u33ff"
)
_POINTS = (
    "\u055b\u055c\u055e"  # Armenian: of stress, of surprise, of a question; they stand on the word
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
_INDIC = "".join(c for c in map(chr, range(0x900, 0xE00)) if unicodedata.category(c)[0] == "M")
# Marks are no word characters to Python's ``\w``; in these scripts they stand inside words.
_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0711\u0730-\u074a\u07a6-\u07b0\u07eb-\u07f3\u0816-\u082d\u08d3-\u08ff"
    f"{_INDIC}\u0f18\u0f19\u0f35\u0f37\u0f39\u0f3e\u0f3f\u0f71-\u0f84\u0f86-\u0fbc"
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
_WITH_SUFFIX = frozenset(
    ["id", "ms", "jv", "su", "min", "bjn", "bew", "ban", "ace", "mad", "ind", "msa", "zsm"]
)
"""Languages with ``-nya``. In others words of their own end so: Almanya (Germany), kufanya (to do)."""
_BEGUN = re.compile(rf"(.{{{_STEM},}})nya?")
_SIGNS = re.compile(r"(?<=\w)[+#]+(?!\w)")
"""What tells C++ and C# from C."""
_DROPPED = re.compile(f"[{_INVISIBLE}{_POINTS}]+")
_RUNS = re.compile(rf"([{_UNSPACED}]+)|((?:[^\W_{_UNSPACED}]|[{_MARKS}])+)")
_SHRINKING = re.compile(f"[{_INVISIBLE}{_POINTS}{_ACCENTS}\u1100-\u11ff\u3099\u309a]")
_TYPOGRAPHIC = re.compile("[\u00a0\u00ab\u00bb\u2010-\u2015\u2018-\u201f\u2022\u2026]+")
"""Separators that are often the only foreign characters of a text in ASCII."""
_PLAIN = bytes(code if chr(code).isalnum() and code < 128 else 32 for code in range(256))
"""ASCII with everything but letters and digits turned into spaces."""
_COMPATIBLE = re.compile(f"([{_PARTING}])|[{_STANDING_APART}]")
_AM = re.compile("([\u0e48-\u0e4b\u0ec8-\u0ecb])([\u0e4d\u0ecd])")
"""Thai and Lao: the ring of sara am behind a mark of tone, where its parts are typed before."""
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
_STRAY = re.compile(
    "(?<=[a-z\u00df-\u02af\u03b1-\u03c9\u0430-\u052f\u1d00-\u1dbf\u1e00-\u1fff\u2c60-\u2c7f\ua720-\ua7ff])"
    f"[{_ACCENTS}]+"
)


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
    text = _COMPATIBLE.sub(lambda match: " " if match[1] else f" {match[0]} ", text)
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    folded = _AM.sub(r"\2\1", _DROPPED.sub("", folded))
    if _ACCENTED.search(folded):
        folded = _ACCENTED.sub(lambda match: _PLAIN_LETTERS.get(match[0], match[0]), folded)
        folded = _STRAY.sub("", folded)
    return _FOREIGN_DIGIT.sub(lambda match: str(unicodedata.digit(match[0])), folded)


def has_suffix(language: str | None) -> bool:
    """Tell whether words of a language are indexed without ``-nya``; so are those of unknown ones."""
    return language is None or language.lower().partition("-")[0] in _WITH_SUFFIX


def stemmed(words: tuple[str, ...], *, prefix: bool) -> tuple[tuple[str, ...], bool]:
    """Return what words in a row, the last of which may go on, are where ``-nya`` is left off."""
    *before, last = words
    begun = _BEGUN.fullmatch(last) if prefix else None
    last = begun[1] if begun else last if prefix else _stem(last)
    return (*map(_stem, before), last), prefix and not begun


def tokens(text: str, *, suffixed: bool = False) -> list[str]:
    """Return the words of a text in order, as they are indexed; ``suffixed`` ones without ``-nya``."""
    folded = fold(text if text.isascii() else _TYPOGRAPHIC.sub(" ", text))
    if folded.isascii():
        words = folded.encode().translate(_PLAIN).decode().split()
        if max(map(len, words), default=0) > _TOKEN_CHARACTERS:
            words = [word[:_TOKEN_CHARACTERS] for word in words]
        return [_stem(word) for word in words] if suffixed and "nya" in folded else words
    found: list[str] = []
    for run, word in _RUNS.findall(folded):
        if word:
            found.append(_word(word, suffixed=suffixed))
        else:
            found.extend(run[at : at + 2] for at in range(len(run)))
    return found


def spots(folded: str, *, suffixed: bool = False) -> Iterator[Spot]:
    """Yield the words of a folded text with their places; the same words as ``tokens``."""
    for match in _RUNS.finditer(folded):
        if match[2]:
            yield Spot(_word(match[0], suffixed=suffixed), match.start(), match.end())
        else:
            yield from _pairs(match[0], match.start())


def _word(word: str, *, suffixed: bool) -> str:
    word = word[:_TOKEN_CHARACTERS]
    return _stem(word) if suffixed else word


def _stem(word: str) -> str:
    return word[:-3] if len(word) >= _STEM + 3 and word.endswith("nya") else word


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
    """Return what to look for to find a text: words in a row, and whether the last may go on.

    They are whole; ``stemmed`` says what they are in languages with ``-nya``.
    """
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
    language: str | None = None,
) -> Indexed:
    """Return what is indexed of an article. ``cited`` are the names of outlets that its text credits."""
    labels = {*map(tag_token, tags), *map(cite_token, cited)} - {""}
    suffixed = has_suffix(language)
    return Indexed(
        " ".join(tokens(title[:_TITLE_CHARACTERS], suffixed=suffixed)),
        " ".join(tokens((lead or "")[:_LEAD_CHARACTERS], suffixed=suffixed)),
        _body(text[:INDEXED_CHARACTERS], suffixed=suffixed),
        _names("\n".join(names)[:_TITLE_CHARACTERS].split("\n")),
        " ".join(sorted(labels)[:_LABELS]),
    )


def _names(names: Sequence[str]) -> str:
    """Return the words of names, with a bar between two of them: no phrase goes on from one to the next."""
    return " | ".join(filter(None, (" ".join(tokens(name)) for name in names)))


def _body(text: str, *, suffixed: bool) -> str:
    words = tokens(text, suffixed=suffixed)
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
    words = _label(_SIGNS.sub(lambda match: match[0].replace("+", " plus").replace("#", " sharp"), tag))
    return "#" + "_".join(words)[:_TOKEN_CHARACTERS] if words else ""


def cite_token(name: str) -> str:
    """Return the name of a credited outlet as the one word by which it is found, as no tag is."""
    words = _label(name)
    words = words[1:] if len(words) > 1 and words[0] == "the" else words
    return "#_" + "_".join(words)[:_TOKEN_CHARACTERS] if words else ""


def _label(name: str) -> Sequence[str]:
    """Return the words of a name, as a phrase has them; most are plain, and cut quicker."""
    return tokens(name) if name.isascii() else phrase(name)[0]
