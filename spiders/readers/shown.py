"""What a page shows around its text: by-lines, printed dates, links to topics. Walked when needed."""

import re
from functools import cached_property

from spiders.readers.conventions import date_labels
from spiders.readers.plain import MAX_NAME, plain
from spiders.readers.signed import Bylines, bylines_of
from spiders.readers.tree import HtmlTree

_MAX_ELEMENTS = 60
_MOST_TAGS = 12
"""More links than this are a cloud of the site's topics, not those of one article."""
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
_TAG_PATH = re.compile(
    r"/(?:tags?|topics?|themen?|thema|schlagwort|etiket|temas?|keyword|topik|hashtag|tagg?|emne|mot-cle)"
    r"/[^/?#]+/?$",
    re.IGNORECASE,
)
_LABELS = ("strong", "b", "dt", "th", "td", "span", "div", "label", "em")
_LONGEST_DATE = 90
_HAS_NUMBER = re.compile(r"\d")


class Shown:
    """What the elements of a page say by their marks; the page is walked when the first thing is asked."""

    def __init__(self, tree: HtmlTree) -> None:
        self._tree = tree

    @cached_property
    def _marked(self) -> dict[str, list[HtmlTree]]:
        """Elements that say they are the author (``own``), a by-line or a date, in page order."""
        found: dict[str, list[HtmlTree]] = {"own": [], "byline": [], "date": []}
        kinds: dict[str, str] = {}
        for element in self._tree.iter(*_ELEMENTS):
            get = element.get
            said = get("class") or get("id") or get("data-testid") or get("itemprop") or ""
            kind = kinds.get(said)
            if kind is None:
                kind = kinds[said] = _kind(said)
            tag = element.tag
            if (tag == "a" and "author" in (get("rel") or "").split()) or get("itemprop") == "author":
                kind = "own"
            elif tag == "time":
                kind = kind or "date"
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
        """Short texts of date elements that have a number in them, the first ones of the page."""
        texts = (" ".join("".join(element.itertext()).split()) for element in self._marked["date"][:20])
        return tuple(
            dict.fromkeys(text for text in texts if len(text) <= _LONGEST_DATE and _HAS_NUMBER.search(text))
        )[:4]

    @cached_property
    def labelled_dates(self) -> tuple[str, ...]:
        """Short texts with a number behind a word such as "Published" in an element of its own."""
        texts = (
            _behind(element)
            for element in self._tree.iter(*_LABELS)
            if element.text and element.text.strip(" :：\t\r\n").casefold() in date_labels()
        )
        return tuple(dict.fromkeys(text for text in texts if _HAS_NUMBER.search(text)))[:2]

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """The texts of links marked ``rel="tag"``, else of links to a tag's path; none when they are many."""
        marked, leading = [], []
        for link in self._tree.iter("a"):
            if "tag" in (link.get("rel") or ""):
                marked.append(link)
            elif _TAG_PATH.search(link.get("href") or ""):
                leading.append(link)
        marked = [link for link in marked if "tag" in link.get("rel").split()]
        for chosen in (marked, [link for link in leading[:200] if _in_content(link)]):
            found = dict.fromkeys(text.lstrip("#") for link in chosen[:100] if (text := _tag(link)))
            if 1 <= len(found) <= _MOST_TAGS:
                return tuple(found)
        return ()


def _behind(label: HtmlTree) -> str:
    """What stands behind a label: on its line, else in the next element; empty when it is long."""
    following = label.getnext()
    texts = [label.tail or "", " ".join(following.itertext()) if following is not None else ""]
    text = next((line for text in texts if (line := " ".join(text.split()).strip(" :："))), "")
    return text if len(text) <= _LONGEST_DATE else ""


def _kind(said: str) -> str:
    said = said.lower()
    if _has(said, _BYLINE):
        return "" if _has(said, _NO_BYLINE) else "byline"
    return "date" if _has(said, _DATE) and not _has(said, _NO_DATE) else ""


def _has(said: str, words: tuple[str, ...]) -> bool:
    return any(word in said for word in words)


def _in_content(link: HtmlTree) -> bool:
    return next(link.iterancestors("nav", "header", "footer"), None) is None


def _tag(link: HtmlTree) -> str:
    text = plain(" ".join(link.itertext()).replace("<", " "), MAX_NAME)
    return text if len(text) <= 60 else ""
