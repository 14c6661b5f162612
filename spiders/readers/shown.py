"""What a page shows around its text: by-lines, printed dates, links to topics. Walked when needed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from spiders.readers.byline import (
    is_author_label,
    looks_like_person,
    names_editor,
    split_names,
    starts_with_author,
)
from spiders.readers.plain import MAX_AUTHORS, MAX_NAME, plain
from spiders.readers.tree import HtmlTree

_MAX_BYLINE = 200
_MAX_ELEMENTS = 60
_MOST_TAGS = 12
"""More links than this are a cloud of the site's topics, not those of one article."""
_BYLINE = re.compile(
    r"author|byline|by-line|penulis|reporter|autor|contributor|jurnalis|wartawan",
    re.IGNORECASE,
)
_DATE = re.compile(r"date|time|publish|tanggal|datum|fecha|posted|waktu", re.IGNORECASE)
_NO_DATE = re.compile(r"update|modif|timeline|read|candidate|mandate|validate", re.IGNORECASE)
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
_LABELLED = ("p", "div", "span", "li", "strong", "b", "em", "i", "dt", "td", "h5", "h6")
_TAG_PATH = re.compile(
    r"/(?:tags?|topics?|themen?|thema|schlagwort|etiket|temas?|keyword|topik|hashtag|tagg?|emne|mot-cle)"
    r"/[^/?#]+/?$",
    re.IGNORECASE,
)
_HAS_NUMBER = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Bylines:
    """The people a page shows around its text."""

    authors: tuple[str, ...] = ()
    editors: tuple[str, ...] = ()
    """People said to have edited ("Editor: ...")."""


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
        """Who stands in by-line elements: those marked first, then those called so; else labelled ones."""
        authors: tuple[str, ...] = ()
        editors: dict[str, None] = {}
        for kind in ("own", "byline"):
            for text in _texts(self._marked[kind]):
                names = tuple(name for name in split_names(text) if looks_like_person(name))
                if names_editor(text):
                    editors.update(dict.fromkeys(names))
                elif names and not authors:
                    authors = names
        authors = tuple(name for name in authors if name not in editors) or self.labelled
        return Bylines(authors[:MAX_AUTHORS], tuple(editors))

    @cached_property
    def labelled(self) -> tuple[str, ...]:
        """Names behind a word for author that stands in an element of its own, or before a colon."""
        for element in self._tree.iter(*_LABELLED):
            label = (element.text or "").strip()
            if not 1 < len(label) <= _MAX_BYLINE:
                continue
            if is_author_label(label):
                names = split_names(_behind(element))
            elif starts_with_author(label):
                names = split_names(" ".join("".join(element.itertext()).split())[:_MAX_BYLINE])
            else:
                continue
            if found := tuple(name for name in names if looks_like_person(name)):
                return found[:MAX_AUTHORS]
        return ()

    @cached_property
    def dates(self) -> tuple[str, ...]:
        """Short texts of date elements that have a number in them, the first ones of the page."""
        texts = (" ".join("".join(element.itertext()).split()) for element in self._marked["date"][:20])
        return tuple(dict.fromkeys(text for text in texts if len(text) <= 90 and _HAS_NUMBER.search(text)))[
            :4
        ]

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


def _behind(element: HtmlTree) -> str:
    """The text behind a label: on its line, else in the next element."""
    tail = " ".join((element.tail or "").split())
    following = element.getnext()
    if tail.strip(" :：") or following is None:
        return tail.strip(" :：")[:_MAX_BYLINE]
    return " ".join("".join(following.itertext()).split())[:_MAX_BYLINE]


def _kind(said: str) -> str:
    if _BYLINE.search(said):
        return "byline"
    return "date" if _DATE.search(said) and not _NO_DATE.search(said) else ""


def _texts(elements: list[HtmlTree]) -> Iterator[str]:
    for element in elements:
        text = " ".join(" ".join(element.itertext()).split())
        if 3 < len(text) <= _MAX_BYLINE:
            yield text


def _in_content(link: HtmlTree) -> bool:
    return next(link.iterancestors("nav", "header", "footer"), None) is None


def _tag(link: HtmlTree) -> str:
    text = plain(" ".join(link.itertext()).replace("<", " "), MAX_NAME)
    return text if len(text) <= 60 else ""
