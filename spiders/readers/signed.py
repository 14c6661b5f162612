"""Who a page shows as its authors: in by-lines, behind a label, beside the date."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from spiders.readers.byline import (
    is_author_label,
    is_by,
    looks_like_person,
    names_editor,
    split_names,
    starts_with_author,
    starts_with_by,
    whole_name,
)
from spiders.readers.plain import MAX_AUTHORS
from spiders.readers.tree import HtmlTree, line_of, spaced_line_of

_MAX_BYLINE = 200
_MAX_SENTENCE = 100
"""What begins with "By" and is longer is a sentence."""
_LABELLED = ("p", "div", "span", "li", "strong", "b", "em", "i", "dt", "td", "h5", "h6")
_LEVELS = 3
"""How far up from the headline its surroundings go."""
_HAS_NUMBER = re.compile(r"\d")
_MARKS = " \t|•·:：,-–—"
_TO_THE_RIGHT = re.compile(r"text-align\s*:\s*(?:right|end)", re.IGNORECASE)
_LONG = 80
"""Characters of a line that a signature may stand under."""
_SIGNED = ("p", "div")
_AUTHOR_PAGE = re.compile(
    r"/(?:authors?|auto(?:r|ren|res|ra)|auteurs?|penulis|wartawan|reporters?|writers?|contributors?|staff|people"
    r"|journalists?|columnists?|correspondents?|bios?|yazar(?:lar)?|redakteure?)/[^/?#]+/?(?:[?#]|$)"
)
"""Where pages of people lie."""
_BREAK = re.compile(r"\s*[|•·]\s*|\s*\d|,\s*$")
"""Behind the names of a line that begins with "By"."""


@dataclass(frozen=True, slots=True)
class Bylines:
    """The people a page shows around its text."""

    authors: tuple[str, ...] = ()
    editors: tuple[str, ...] = ()
    """People said to have edited ("Editor: ...")."""
    linked: tuple[str, ...] = ()
    """People near the headline whose names lead to their own pages; where nobody else is."""
    guessed: tuple[str, ...] = ()
    """Near the headline, in a line that begins with "By", or right before the date; where nobody else is."""
    signatures: tuple[str, ...] = ()
    """Under the text, on a line set to the right; where nobody else is."""


def bylines_of(
    tree: HtmlTree, own: Sequence[HtmlTree], called: Sequence[HtmlTree], dates: Iterable[HtmlTree]
) -> Bylines:
    """Return who stands in by-lines: in elements marked as the author (``own``), else in those called so,
    else behind labels, else beside the date.
    """
    editors: dict[str, None] = {}
    for element in (*own, *called):
        text = spaced_line_of(element)
        if names_editor(text) and len(text) <= _MAX_BYLINE:
            editors.update(dict.fromkeys(filter(looks_like_person, split_names(text))))
    for authors in (_together(own), *map(_shown, called)):
        if authors:
            break
    else:
        authors = ()
    authors = tuple(name for name in authors if name not in editors) or labelled(tree)
    if authors:
        return Bylines(authors[:MAX_AUTHORS], tuple(editors))
    return Bylines(
        editors=tuple(editors),
        linked=_linked(tree)[:MAX_AUTHORS],
        guessed=_near_headline(tree, dates)[:MAX_AUTHORS],
        signatures=_signatures(tree),
    )


def _together(elements: Iterable[HtmlTree]) -> tuple[str, ...]:
    """The names in the first element that has any, and in those beside it."""
    found: dict[str, None] = {}
    around: tuple[HtmlTree, ...] = ()
    for element in elements:
        names = _shown(element)
        if names and (not found or any(place is element.getparent() for place in around)):
            found.update(dict.fromkeys(names))
            around = around or tuple(filter(lambda place: place is not None, (element.getparent(),)))
    return tuple(found)


def _shown(element: HtmlTree) -> tuple[str, ...]:
    """The people in a by-line, without the label that an element before them holds."""
    pieces = _pieces(element)
    if names_editor(" ".join(pieces)):
        return ()
    while pieces and (is_author_label(pieces[0]) or is_by(pieces[0])):
        del pieces[0]
    return _people(_names(pieces))


def _names(pieces: Sequence[str]) -> tuple[str, ...]:
    """The names in pieces of text; none goes over the end of a piece that is a full name already."""
    text = " ".join(pieces)
    if not 3 < len(text) <= _MAX_BYLINE:
        return ()
    full = sorted((piece for piece in pieces if looks_like_person(piece)), key=len)
    return tuple(_within(name, full) for name in split_names(text))


def _within(name: str, pieces: Iterable[str]) -> str:
    return next((piece for piece in pieces if name.startswith(f"{piece} ")), name)


def _people(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(filter(looks_like_person, dict.fromkeys(map(whole_name, names))))


def _pieces(element: HtmlTree) -> list[str]:
    """The pieces of an element's text, each once, without the initials that stand for a portrait."""
    folded = (" ".join(piece.split()) for piece in element.itertext())
    pieces = [piece for piece in folded if piece]
    if sum(map(len, pieces)) > _MAX_BYLINE:
        return pieces
    pieces = list(dict.fromkeys(pieces))
    if len(pieces) > 1 and 1 < len(pieces[0]) < 4 and pieces[0] == "".join(w[0] for w in pieces[1].split()):
        del pieces[0]
    return pieces


def labelled(tree: HtmlTree) -> tuple[str, ...]:
    """Return the names behind a word for author that stands in an element of its own, or before a colon."""
    for element in tree.iter(*_LABELLED):
        label = (element.text or "").strip()
        if 1 < len(label) <= _MAX_BYLINE and (names := _people(_behind_label(element, label))):
            return names
    return ()


def _behind_label(element: HtmlTree, label: str) -> tuple[str, ...]:
    if is_author_label(label) or (label.endswith((":", "：")) and is_by(label)):
        return _behind(element)
    if (":" in label or "：" in label) and starts_with_author(label):
        return split_names(line_of(element)[:_MAX_BYLINE])
    return ()


def _behind(element: HtmlTree) -> tuple[str, ...]:
    """The names behind a label: in its element, on its line, else in the next element."""
    if inside := _names(_pieces(element)[1:]):
        return inside
    tail = " ".join((element.tail or "").split())
    following = element.getnext()
    if tail.strip(" :：") or following is None:
        return split_names(tail.strip(" :：")[:_MAX_BYLINE])
    return _names(_pieces(following))


def _linked(tree: HtmlTree) -> tuple[str, ...]:
    """The people near the headline whose names lead to their pages: the first one, and those beside it."""
    headline = next(tree.iter("h1"), None)
    if headline is None:
        return ()
    found: dict[str, None] = {}
    beside: HtmlTree | None = None
    *_, around = (headline, *islice(headline.iterancestors(), _LEVELS))
    for link in around.iter("a"):
        if not _AUTHOR_PAGE.search(link.get("href") or "") or names_editor(f"{_before_link(link)}:"):
            continue
        if beside is None or link.getparent() is beside:
            names = _people(_names(_pieces(link)))
            beside = link.getparent() if names and beside is None else beside
            found.update(dict.fromkeys(name for name in names if " " in name))
    return tuple(found)


def _before_link(link: HtmlTree) -> str:
    before = link.getprevious()
    text = (link.getparent().text if before is None else before.tail) or ""
    return " ".join(text.split()).strip(" :：")


def _near_headline(tree: HtmlTree, dates: Iterable[HtmlTree]) -> tuple[str, ...]:
    """Names near the headline: in a short line that begins with "By", else right before the date."""
    headline = next(tree.iter("h1"), None)
    if headline is None:
        return ()
    *_, around = (headline, *islice(headline.iterancestors(), _LEVELS))
    for element in around.iter(*_LABELLED):
        text = (element.text or "").strip()
        if (is_by(text) or starts_with_by(text)) and (names := _behind_by(element)):
            return names
    for element in dates:
        if around in element.iterancestors():
            return _before(element)
    return ()


def _behind_by(element: HtmlTree) -> tuple[str, ...]:
    """The names in a short line that begins with "By"; none when it goes on as a sentence does."""
    text = spaced_line_of(element)
    if len(text) > _MAX_SENTENCE:
        return ()
    names = split_names(_BREAK.split(text, maxsplit=1)[0])
    return _people(names) or tuple(name for name in names[:1] if " " not in name and name[0].isupper())


def _before(date: HtmlTree) -> tuple[str, ...]:
    """The names right before a date, where nothing else stands in their element."""
    before = date.getprevious()
    if before is None or before.tag not in (*_LABELLED, "a") or not _HAS_NUMBER.search(spaced_line_of(date)):
        return ()
    text = spaced_line_of(before).strip(_MARKS)
    names = split_names(text) if len(text) <= _MAX_SENTENCE else ()
    return names if all(" " in name and looks_like_person(name) for name in names) else ()


def _signatures(tree: HtmlTree) -> tuple[str, ...]:
    """The names in the last line that is set to the right under a paragraph, as letters are signed."""
    lines = [line for line in tree.iter(*_SIGNED) if _is_to_the_right(line) and _is_under_text(line)]
    text = spaced_line_of(lines[-1]) if lines else ""
    names = split_names(text) if 0 < len(text) <= _MAX_SENTENCE else ()
    return names if all(" " in name and looks_like_person(name) for name in names) else ()


def _is_to_the_right(line: HtmlTree) -> bool:
    if line.get("align") == "right":
        return True
    style = line.get("style")
    return bool(style) and _TO_THE_RIGHT.search(style) is not None


def _is_under_text(line: HtmlTree) -> bool:
    before = line.getprevious()
    return before is not None and before.tag in _SIGNED and len(spaced_line_of(before)) > _LONG
