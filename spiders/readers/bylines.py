"""By-lines as the page shows them: elements that say they hold the author."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml.etree import XPath

from spiders.readers.byline import looks_like_person, names_editor, split_names
from spiders.readers.plain import MAX_AUTHORS
from spiders.readers.tree import HtmlTree

_MAX_BYLINE = 200
_MAX_ELEMENTS = 60
_CALLED = re.compile(r"author|byline|penulis|reporter|autor|contributor|jurnalis|wartawan", re.IGNORECASE)
_MARKED = XPath(
    "//a[contains(concat(' ', @rel, ' '), ' author ')] | //*[@itemprop='author' or @itemprop='creator']"
)
_ELEMENTS = XPath(
    "//body//*[self::a or self::span or self::div or self::p or self::address or self::li or self::strong"
    " or self::h4][@class or @id or @data-testid]"
)


@dataclass(frozen=True, slots=True)
class Bylines:
    """The people a page shows around its text."""

    authors: tuple[str, ...] = ()
    editors: tuple[str, ...] = ()
    """People said to have edited ("Editor: ...")."""


def page_bylines(tree: HtmlTree) -> Bylines:
    """Who stands in by-line elements: those marked as author first, then those called so by their class."""
    authors: tuple[str, ...] = ()
    editors: dict[str, None] = {}
    for elements in (_MARKED(tree), [element for element in _ELEMENTS(tree) if _is_called(element)]):
        for text in _texts(elements):
            names = tuple(name for name in split_names(text) if looks_like_person(name))
            if names_editor(text):
                editors.update(dict.fromkeys(names))
            elif names and not authors:
                authors = names
    return Bylines(tuple(name for name in authors if name not in editors)[:MAX_AUTHORS], tuple(editors))


def _is_called(element: HtmlTree) -> bool:
    return any(_CALLED.search(element.get(name, "")) for name in ("class", "id", "data-testid"))


def _texts(elements: list[HtmlTree]) -> Iterator[str]:
    for element in elements[:_MAX_ELEMENTS]:
        text = " ".join(" ".join(element.itertext()).split())
        if 3 < len(text) <= _MAX_BYLINE:
            yield text
