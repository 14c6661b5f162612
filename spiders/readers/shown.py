"""What a page shows around its text: by-lines and printed dates. Walked when needed."""

import re
from functools import cached_property, lru_cache
from itertools import islice

from lxml.etree import XPath

from spiders.readers.conventions import date_labels, days_in_words
from spiders.readers.signed import Bylines, bylines_of
from spiders.readers.tree import HtmlTree, line_of

_MAX_ELEMENTS = 60
_BYLINE = (
    *("author", "byline", "by-line", "penulis", "reporter", "autor", "contributor", "jurnalis", "wartawan"),
    *("auteur", "yazar", "muhabir", "kirjoittaja"),
)
_NO_BYLINE = (
    *("comment", "komentar", "related", "recommend", "teaser", "promo", "sidebar", "popular", "story-card"),
)
"""Those who commented, and authors of other articles."""
_DATE = ("date", "time", "publish", "tanggal", "datum", "tarih", "fecha", "posted", "waktu")
_NO_DATE = ("update", "modif", "timeline", "read", "candidate", "mandate", "validate")
_ELEMENTS = (
    "a",
    "time",
    "span",
    "div",
    "p",
    "address",
    "li",
    "strong",
    "b",
    "h4",
    "h5",
    "small",
    "cite",
    "figcaption",
)
_OWN = XPath(
    "descendant::*/@itemprop[. = 'author']/.."
    " | descendant::a/@rel[contains(concat(' ', normalize-space(), ' '), ' author ')]/.."
)
"""Elements that say they are the author."""
_LONGEST_NAME = 200
"""What longer names of elements say is not kept."""
_LABELS = ("strong", "b", "dt", "th", "td", "span", "div", "label", "em")
_LONGEST_DATE = 90
_HAS_NUMBER = re.compile(r"\d")
_SHORTEST_DATE, _LONGEST_BARE = 6, 40
_BARE_DATE = re.compile(r"(?=.*\b(?:19|20|[1۱][34۳۴])\d\d\b)(?=.*\b[0-3۰-۳]?\d\b)[^\n?!]*")
_LEVELS = 4
"""How far up from the headline its surroundings go."""
_AROUND = ("p", "div", "span", "li", "small", "strong", "em", "a", "h2", "h3", "h4", "h5", "h6", "dd", "td")


class Shown:
    """What the elements of a page say by their marks; the page is walked when the first thing is asked."""

    def __init__(self, tree: HtmlTree) -> None:
        self._tree = tree

    @cached_property
    def _elements(self) -> list[HtmlTree]:
        """Elements that may be marked. Those held are not made anew when other things are looked for."""
        return list(self._tree.iter(*_ELEMENTS))

    @cached_property
    def _marked(self) -> dict[str, list[HtmlTree]]:
        """Elements that say they are the author (``own``), a by-line or a date, in page order."""
        found: dict[str, list[HtmlTree]] = {"own": [], "byline": [], "date": []}
        elements, own = self._elements, set(_OWN(self._tree))
        for element in elements:
            get = element.get
            said = get("class") or get("id") or get("data-testid") or get("itemprop")
            kind = (_kept_kind(said) if len(said) <= _LONGEST_NAME else _kind(said)) if said else ""
            if element in own:
                kind = "own"
            elif not kind and element.tag == "time":
                kind = "date"
            if kind and len(found[kind]) < _MAX_ELEMENTS:
                found[kind].append(element)
        return found

    @cached_property
    def bylines(self) -> Bylines:
        """Who stands in by-line elements, behind labels, or beside the date."""
        marked = self._marked
        return bylines_of(self._tree, marked["own"], marked["byline"], marked["date"])

    @cached_property
    def dates(self) -> tuple[str, ...]:
        """Short texts of date elements that hold a number or mean a day, the first ones of the page."""
        texts = (line_of(element) for element in self._marked["date"][:20])
        return tuple(
            dict.fromkeys(
                text
                for text in texts
                if len(text) <= _LONGEST_DATE
                and (_HAS_NUMBER.search(text) or text.casefold() in days_in_words())
            )
        )[:4]

    @cached_property
    def labelled_dates(self) -> tuple[str, ...]:
        """Short texts with a number behind a word such as "Published" in an element of its own."""
        labels = date_labels()
        texts = (
            _behind(element)
            for element in self._tree.iter(*_LABELS)
            if (said := element.text) and said.strip(" :：\t\r\n").casefold() in labels
        )
        inside = (_labelled(text) for text in self.dates)
        found = (*(text for text in texts if _HAS_NUMBER.search(text)), *filter(None, inside))
        return tuple(dict.fromkeys(found))[:2]

    @cached_property
    def bare_dates(self) -> tuple[str, ...]:
        """Short texts around the headline that hold a year and a day, in elements that say nothing."""
        headline = next(self._tree.iter("h1"), None)
        if headline is None:
            return ()
        *_, around = (headline, *islice(headline.iterancestors(), _LEVELS))
        pieces = (piece for element in around.iter(*_AROUND) for piece in _own(element))
        texts = (" ".join(piece.split()) for piece in pieces if not piece.isspace())
        dates = (
            text
            for text in texts
            if _SHORTEST_DATE <= len(text) <= _LONGEST_BARE and _BARE_DATE.fullmatch(text)
        )
        return tuple(dict.fromkeys(islice(dates, 3)))


def _behind(label: HtmlTree) -> str:
    """What stands behind a label: on its line, else in the next element; empty when it is long."""
    following = label.getnext()
    texts = [label.tail or "", " ".join(following.itertext()) if following is not None else ""]
    text = next((line for text in texts if (line := " ".join(text.split()).strip(" :："))), "")
    return text if len(text) <= _LONGEST_DATE else ""


def _labelled(text: str) -> str:
    """What stands behind a word such as "Published" and a colon; empty without."""
    label, colon, date = text.replace("：", ":").partition(":")
    return date.strip() if colon and label.strip().casefold() in date_labels() else ""


def _own(element: HtmlTree) -> list[str]:
    """The texts right in an element: before its first child, and behind each child."""
    return [text for text in (element.text, *[child.tail for child in element]) if text]


def _kind(said: str) -> str:
    said = said.lower()
    if _has(said, _BYLINE):
        return "" if _has(said, _NO_BYLINE) else "byline"
    return "date" if _has(said, _DATE) and not _has(said, _NO_DATE) else ""


_kept_kind = lru_cache(maxsize=10_000)(_kind)  # names repeat on a page and among the pages of a site


def _has(said: str, words: tuple[str, ...]) -> bool:
    return any(map(said.__contains__, words))
