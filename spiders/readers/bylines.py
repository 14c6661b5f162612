"""By-lines as the page shows them: elements that say they hold the author."""

from collections.abc import Iterator

from lxml.etree import XPath

from spiders.readers.byline import looks_like_person, split_names
from spiders.readers.fields import Findings
from spiders.readers.plain import MAX_AUTHORS
from spiders.readers.tree import HtmlTree

_MAX_BYLINE = 200
_LOWER = "translate({}, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')"
_WORDS = ("author", "byline", "penulis", "reporter", "autor", "contributor", "jurnalis")
_NAMED = XPath(
    "//a[contains(concat(' ', @rel, ' '), ' author ')] | //*[@itemprop='author' or @itemprop='creator']",
)
_CLASSED = XPath(
    "//body//*[self::a or self::span or self::div or self::p or self::address or self::li or self::strong or self::h4]["
    + " or ".join(
        f"contains({_LOWER.format(attribute)}, '{word}')"
        for attribute in ("@class", "@data-testid", "@id")
        for word in _WORDS
    )
    + "]"
)


def page_bylines(tree: HtmlTree) -> Findings:
    """The people named in by-line elements: those marked as author first, then those called so by their class."""
    for find in (_NAMED, _CLASSED):
        for text in _texts(find(tree)):
            names = tuple(name for name in split_names(text) if looks_like_person(name))
            if names:
                return Findings(names[:MAX_AUTHORS], "byline")
    return Findings()


def _texts(elements: list[HtmlTree]) -> Iterator[str]:
    for element in elements[:50]:
        text = " ".join(" ".join(element.itertext()).split())
        if 3 < len(text) <= _MAX_BYLINE:
            yield text
