"""Topics as the page shows them: links that say they lead to a tag."""

import re

from lxml.etree import XPath

from spiders.readers.plain import MAX_NAME, plain
from spiders.readers.tree import HtmlTree

_MOST = 12
"""More links than this are a cloud of the site's topics, not those of one article."""
_MARKED = XPath("//a[contains(concat(' ', @rel, ' '), ' tag ')]")
_LINKS = XPath("//body//a[@href]")
_PATH = re.compile(
    r"/(?:tags?|topics?|themen?|thema|schlagwort|etiket|temas?|keyword|topik)/[^/?#]+/?$", re.IGNORECASE
)


def tag_links(tree: HtmlTree) -> tuple[str, ...]:
    """The texts of links marked ``rel="tag"``, else of links to a tag's path; none when they are many."""
    for links in (_MARKED(tree), [link for link in _LINKS(tree) if _leads_to_tag(link)]):
        found = dict.fromkeys(text.lstrip("#") for link in links if (text := _text(link)))
        if 1 <= len(found) <= _MOST:
            return tuple(found)
    return ()


def _leads_to_tag(link: HtmlTree) -> bool:
    if _PATH.search(link.get("href", "")) is None:
        return False
    return next(link.iterancestors("nav", "header", "footer"), None) is None


def _text(link: HtmlTree) -> str:
    text = plain(" ".join(link.itertext()).replace("<", " "), MAX_NAME)
    return text if len(text) <= 60 else ""
