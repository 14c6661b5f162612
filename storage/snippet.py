"""The passage of an article that a query was found by. Pure, so equal on every database."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from storage.query import Words
from storage.text import Spot, fold, has_suffix, keeps_places, spots, stemmed

START, END = "\x02", "\x03"
"""Stand around each match."""
WIDTH = 240
"""Characters of a passage."""
_BEFORE = 60
_CHARACTERS = 200_000
_PIECES = re.compile(r"[\x00-\x7f]+(?=[\x00-\x7f]|\Z)|[\s\S]")
"""ASCII without the last character before others, to which a mark may belong; else single characters."""
_PLAIN = re.compile("[a-z0-9]{1,60}")
_CONTROLS = "".join(map(chr, (*range(0x09), *range(0x0E, 0x1C), 0x7F)))
"""Characters that are no white space and not to be shown."""
_AS_SPACES = str.maketrans(dict.fromkeys(_CONTROLS, " "))


@dataclass(frozen=True, slots=True)
class _Match:
    start: int
    end: int
    which: int
    """Which of the phrases it is."""


def snippet(
    texts: Iterable[str | None], phrases: Sequence[Words], *, language: str | None = None
) -> str | None:
    """Return the passage with most matches of the first text that has any, else None.

    Matches stand between ``\\x02`` and ``\\x03``; white space is single; an ellipsis marks each cut.
    """
    for text in texts:
        plain = _plain(text[:_CHARACTERS]) if text else ""
        matches = _matches(plain, phrases, suffixed=has_suffix(language))
        if matches:
            return _passage(plain, matches)
    return None


def _plain(text: str) -> str:
    """Return a text on one line, each white space single."""
    if any(map(text.__contains__, _CONTROLS)):
        text = text.translate(_AS_SPACES)
    return " ".join(text.split())


def _matches(text: str, phrases: Sequence[Words], *, suffixed: bool) -> list[_Match]:
    folded = fold(text)
    plain = folded.isascii() and keeps_places(text, folded) and all(map(_is_plain, phrases))
    look = _looked_up if plain else _compared
    matches = look(folded if plain else text, phrases, suffixed=suffixed)
    return sorted(matches, key=lambda match: (match.start, -match.end))


def _is_plain(phrase: Words) -> bool:
    return not phrase.prefix and all(_PLAIN.fullmatch(token) for token in phrase.tokens)


def _looked_up(folded: str, phrases: Sequence[Words], *, suffixed: bool) -> Iterator[_Match]:
    """Yield the matches in a text of ASCII, as ``_compared`` does, without cutting all of it into words."""
    for which, phrase in enumerate(phrases):
        first, *_ = phrase.tokens
        if suffixed and stemmed(phrase.tokens, prefix=False)[0] != phrase.tokens:
            continue  # it is looked for without its suffix, too
        # The word stands first in the pattern, so that it is looked for quickly.
        ending = "(?:nya)?" if suffixed else ""
        words = "[^a-z0-9]+".join(f"{token}{ending}" if len(token) >= 4 else token for token in phrase.tokens)
        pattern = words.replace(first, f"{first}(?<![a-z0-9]{first})", 1) + "(?![a-z0-9])"
        for match in re.finditer(pattern, folded):
            yield _Match(match.start(), match.end(), which)


def _compared(text: str, phrases: Sequence[Words], *, suffixed: bool) -> Iterator[_Match]:
    found, places = _located(text, suffixed=suffixed)
    wanted = {phrase.tokens[0] for phrase in phrases}
    by_token: dict[str, list[int]] = {token: [] for token in wanted}
    for index, spot in enumerate(found):
        if spot.token in wanted:
            by_token[spot.token].append(index)
    for which, phrase in enumerate(phrases):
        begun = phrase.prefix and len(phrase.tokens) == 1
        starts = range(len(found)) if begun else by_token[phrase.tokens[0]]
        for index in starts:
            if _stands(found, index, phrase):
                start, end = found[index].start, found[index + len(phrase.tokens) - 1].end
                if phrase.prefix and len(phrase.tokens) == 1 and len(phrase.tokens[0]) == 1:
                    end = start + 1
                yield _Match(places[start], places[end - 1] + 1, which)


def _stands(found: Sequence[Spot], index: int, phrase: Words) -> bool:
    run = found[index : index + len(phrase.tokens)]
    if len(run) < len(phrase.tokens):
        return False
    *firsts, last = phrase.tokens
    if any(spot.token != token for spot, token in zip(run, firsts, strict=False)):
        return False
    return run[-1].token.startswith(last) if phrase.prefix else run[-1].token == last


def _located(text: str, *, suffixed: bool) -> tuple[list[Spot], Sequence[int]]:
    """Return the words of a text and, for each character of its folded form, the place it came from."""
    folded = fold(text)
    if keeps_places(text, folded):
        return list(spots(folded, suffixed=suffixed)), range(len(text))
    pieces: list[str] = []
    places: list[int] = []
    for start, cluster in _clusters(text):
        piece = fold(cluster)
        pieces.append(piece)
        places.extend(min(start + at, start + len(cluster) - 1) for at in range(len(piece)))
    return list(spots("".join(pieces), suffixed=suffixed)), places


def _clusters(text: str) -> Iterable[tuple[int, str]]:
    """Yield runs of ASCII, and other characters with the marks that follow them; with their places."""
    start, end = 0, 0
    for match in _PIECES.finditer(text):
        if start < match.start() and not _is_mark(match[0][0]):
            yield start, text[start:end]
            start = match.start()
        end = match.end()
    if start < end:
        yield start, text[start:end]


def _is_mark(character: str) -> bool:
    """Tell whether a character is written on the one before it; Thai and Lao sara am partly is."""
    return unicodedata.category(character)[0] == "M" or character in "\u0e33\u0eb3"


def _passage(text: str, matches: Sequence[_Match]) -> str:
    best = max(matches, key=lambda match: (_richness(matches, match.start), -match.start))
    start = 0 if len(text) <= WIDTH else _word_start(text, max(0, best.start - _BEFORE))
    end = len(text) if len(text) - start <= WIDTH else _word_end(text, max(start + WIDTH, best.end))
    parts = ["…" if start else ""]
    at = start
    for match in matches:
        if match.start >= at and match.end <= end:
            parts += [text[at : match.start], START, text[match.start : match.end], END]
            at = match.end
    return "".join([*parts, text[at:end], "…" if end < len(text) else ""])


def _richness(matches: Sequence[_Match], start: int) -> int:
    """Count the different phrases that begin in a passage from ``start``."""
    return len({match.which for match in matches if start <= match.start < start + WIDTH - _BEFORE})


def _word_start(text: str, at: int) -> int:
    space = text.find(" ", at, at + 25)
    return space + 1 if at and space >= 0 else at


def _word_end(text: str, at: int) -> int:
    space = text.rfind(" ", at - 25, at)
    return space if at < len(text) and space >= 0 else at
