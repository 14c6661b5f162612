"""The section an article stands in: stated, else on its trail of breadcrumbs, else the folder it lies in."""

import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import unquote, urljoin, urlsplit

from lxml.etree import XPath

from spiders.items import Candidate
from spiders.readers import jsonld
from spiders.readers.belief import one, ranked
from spiders.readers.conventions import topics
from spiders.readers.fields.outlet import name_key
from spiders.readers.fields.topics import is_no_topic, subjects_of
from spiders.readers.head import Head
from spiders.readers.layers import Layers
from spiders.readers.plain import MAX_NAME, plain
from spiders.readers.tree import HtmlTree, line_of

_LONGEST = 40
_CRUMBS = XPath("descendant::*/@class[contains(., 'readcrumb')]/..")
_MOST_LINKS = 3_000
_FOLDER = re.compile(r"[^\W\d][\w+&%.-]{2,40}")
_NO_SECTIONS = frozenset(
    [
        *("article", "articles", "artikel", "articolo", "articulo", "artigo", "story", "stories"),
        *("post", "posts", "content", "news", "noticias", "noticia", "nachrichten", "berita", "read"),
        *("view", "archive", "archives", "author", "authors", "autoren", "tag", "tags", "topic"),
        *("topics", "page", "amp", "index.php", "web"),
    ]
)
"""Folders that say nothing of what lies in them."""
_YEAR = re.compile(r"(?:19|20)\d\d")
_CURRENT = re.compile(r"\s*\((?:current|active)\)$")
"""What is written for those who do not see which link of a menu is set off."""
_LIST = re.compile(r",(?=\S)|\s*,.*,")


def section(
    head: Head, layers: Layers, tree: HtmlTree, titles: tuple[Candidate, ...], outlets: frozenset[str]
) -> tuple[Candidate, ...]:
    """Return the section the article stands in, as each place names it; the page is only looked at where its
    head is silent. Neither the names of its outlet, of which ``outlets`` are the keys, nor the headline are.
    """
    no_steps = outlets | {name_key(text) for text in (*head.h1s, *(title.values[0] for title in titles))}
    metas = head.meta("article:section", "parsely-section", "section", "cxenseparse:section")
    metas = metas or ("" if len(subjects := subjects_of(head)) > 1 else "".join(subjects))
    offers = [
        one(_first(jsonld.text_of(head.article.get("articleSection"))), "json-ld", 0.8),
        one(_first(metas), "meta", 0.6),
        one(_first(head.item("articlesection")), "microdata", 0.5),
        one(next(_steps(head.crumbs[1:], no_steps), ""), "breadcrumbs", 0.4),
    ]
    if not head.article and not any(offer.values for offer in offers):
        offers.append(one(_first(next(iter(layers.section), "")), "data layer", 0.25))
    if not any(offer.values for offer in offers):
        offers.append(one(next(_steps(_printed_crumbs(tree), no_steps), ""), "breadcrumbs", 0.3))
        offers.append(one(_folder(tree, head), "url", 0.2))
    return ranked(offer for offer in offers if not any(map(is_no_topic, offer.values)))


def _first(text: str) -> str:
    """A section, or the first of a list of them ("Opinion,Reported Opinion")."""
    return _LIST.split(plain(text, MAX_NAME), maxsplit=1)[0]


def _steps(names: tuple[str, ...], others: frozenset[str]) -> Iterator[str]:
    """The steps of a trail that are short and may be a section: no front page, no issue of a year."""
    for name in names:
        known = name_key(name) in others or name.casefold() in topics("front") or is_no_topic(name)
        if len(name) <= _LONGEST and not known and not _YEAR.search(name):
            yield plain(name, MAX_NAME)


def _printed_crumbs(tree: HtmlTree) -> tuple[str, ...]:
    """The steps of the first trail that a page prints, without the front page."""
    for element in islice(_CRUMBS(tree), 5):
        links = [(_line(link), urlsplit(link.get("href") or "")) for link in element.iter("a")]
        steps = tuple(text for text, parts in links if text and parts.path.strip("/"))
        if steps:
            return steps
    return ()


def _folder(tree: HtmlTree, head: Head) -> str:
    """The name by which the page links to the first telling folder of its own address; empty without."""
    try:
        parts = urlsplit(head.url)
    except ValueError:
        return ""
    *folders, _ = parts.path.strip("/").split("/")
    telling = (
        folder for folder in folders if _FOLDER.fullmatch(folder) and folder.lower() not in _NO_SECTIONS
    )
    if not (folder := next(telling, "")):
        return ""
    wanted = parts.path[: parts.path.index(f"/{folder}") + len(folder) + 1]
    ends = (wanted, f"{wanted}/")
    for link in islice(tree.iter("a"), _MOST_LINKS):
        if (link.get("href") or "").endswith(ends) and 1 < len(name := _line(link)) <= _LONGEST:
            found = urlsplit(urljoin(head.base, link.get("href")))
            if found.hostname == parts.hostname and unquote(found.path).rstrip("/") == unquote(wanted):
                return name
    return ""


def _line(element: HtmlTree) -> str:
    return _CURRENT.sub("", line_of(element))
