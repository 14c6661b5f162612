"""Read a section page: an HTML page that lists articles and has no feed.

Links are taken for articles' conservatively, within the site, and by what listings have in common: addresses
of one shape, headlines, cards with a time and a picture. What stands in menus, footers and sidebars is left.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urldefrag

from spiders.errors import NotAFeed
from spiders.items import Entry, Feed
from spiders.readers.decode import decode
from spiders.readers.listing import (
    LEAST,
    address_points,
    repeated,
    same_site,
    shape,
    text_points,
    text_weight,
)
from spiders.readers.plain import plain, web_url
from spiders.readers.tree import HtmlTree, parse_html

FEWEST = 3
"""A page with fewer links to articles is no listing."""
MAX_LINKS = 3_000
MAX_ENTRIES = 300
_HEADINGS = ("h1", "h2", "h3", "h4")
_BESIDE = frozenset(["nav", "header", "footer", "aside", "form", "noscript", "template", "dialog"])
_BESIDE_ROLES = frozenset(["navigation", "banner", "contentinfo", "complementary", "search", "menu"])
_BESIDE_CLASS = re.compile(
    r"(?:^|[\s_-])(?:nav(?:bar|igation)?|menu|breadcrumbs?|footer|sidebar|pagination|pager|cookie|share|social|"
    r"tags?|newsletter|promo|advert\w*|sponsor\w*|login|signup|offcanvas)(?:$|[\s_-])",
    re.IGNORECASE,
)
_PAID = frozenset(["sponsored", "ugc"])
_CARD_DEPTH = 6
_MAX_TITLE = 300
_IMAGES = ("src", "data-src", "data-original", "data-lazy-src")


@dataclass(slots=True)
class _Link:
    """An address on the page with all the places it stands at."""

    url: str
    elements: list[HtmlTree] = field(default_factory=list)
    title: str = ""
    in_heading: bool = False

    def take(self, element: HtmlTree) -> None:
        """Add a place; the best words of all places become the title: a heading's, else the longest."""
        self.elements.append(element)
        heading = _heading(element)
        text = plain(" ".join((element if heading is None else heading).itertext()).replace("<", " "), 600)
        text = text or plain(element.get("title") or element.get("aria-label") or "", _MAX_TITLE)
        better = text_weight(text) > text_weight(self.title) and len(text) <= _MAX_TITLE
        if text and (heading is not None) > self.in_heading:
            self.title, self.in_heading = text[:_MAX_TITLE], True
        elif better and (heading is not None) == self.in_heading:
            self.title = text


def read_section(body: bytes, *, url: str, content_type: str = "") -> Feed:
    """Read a section page. ``url`` is the address that answered, ``content_type`` its header.

    Entries stand in page order. Raises NotAFeed ``no_articles`` when fewer than FEWEST links look like
    those of articles.
    """
    tree, notes = parse_html(decode(body, content_type).text)
    links = [] if tree is None else _articles(tree, url)
    if tree is None or len(links) < FEWEST:
        words = (
            f"the page lists no articles: {len(links)} of its links look like one, and {FEWEST} are needed"
        )
        raise NotAFeed(url, "no_articles", words)
    chosen = {link.url for link in links}
    base = _base(tree, url)
    return Feed(
        url=url,
        format="section",
        title=plain("".join(tree.xpath("string(//head/title[1])"))) or None,
        site_url=url,
        language=(tree.get("lang") or "")[:35] or None,
        entries=tuple(_entry(link, chosen, base) for link in links[:MAX_ENTRIES]),
        notes=notes,
    )


def _base(tree: HtmlTree, url: str) -> str:
    return next((found for item in tree.iter("base") if (found := web_url(item.get("href"), url))), url)


def _articles(tree: HtmlTree, page: str) -> list[_Link]:
    """The links that look like those of articles, in page order."""
    links = list(_links(tree, page).values())
    listed = _listed(tree, page)
    shapes = repeated(shape(link.url) for link in links if address_points(link.url, page=page) > 0)
    return [link for link in links if _points(link, page, shapes, listed) >= LEAST]


def _points(link: _Link, page: str, shapes: frozenset[str], listed: frozenset[str]) -> int:
    points = address_points(link.url, page=page)
    if points < 0 and link.url not in listed:
        return points if points < -1 or not link.in_heading else points + _place_points(link, shapes)
    if link.url in listed:
        points = max(points, 0) + LEAST
    return points + text_points(link.title) + _place_points(link, shapes)


def _place_points(link: _Link, shapes: frozenset[str]) -> int:
    return 2 * link.in_heading + (shape(link.url) in shapes)


def _links(tree: HtmlTree, page: str) -> dict[str, _Link]:
    """The links of the page's own part that stay on its site, by address."""
    base, found, beside = _base(tree, page), dict[str, _Link](), dict[HtmlTree, bool]()
    for number, element in enumerate(tree.iter("a")):
        if number >= MAX_LINKS:
            break
        url = web_url(element.get("href"), base)
        if url is None or _PAID & set((element.get("rel") or "").lower().split()):
            continue
        url = urldefrag(url).url
        if same_site(url, page) and not _stands_beside(element, beside):
            found.setdefault(url, _Link(url)).take(element)
    return found


def _stands_beside(element: HtmlTree, known: dict[HtmlTree, bool]) -> bool:
    """Whether a link stands in a menu, header, footer, sidebar or the like."""
    way: list[HtmlTree] = []
    verdict = False
    for parent in element.iterancestors():
        if parent in known:
            verdict = known[parent]
            break
        way.append(parent)
        if _is_beside(parent):
            verdict = True
            break
    known.update(dict.fromkeys(way, verdict))
    return verdict


def _is_beside(element: HtmlTree) -> bool:
    tag = element.tag
    if tag in ("html", "body", "main", "article"):
        return False
    if tag in _BESIDE:
        # A card may have a header of its own, with the headline in it.
        return tag != "header" or next(element.iterancestors("article", "li", "section"), None) is None
    return element.get("role") in _BESIDE_ROLES or bool(
        _BESIDE_CLASS.search(f"{element.get('class') or ''} {element.get('id') or ''}")
    )


def _heading(link: HtmlTree) -> HtmlTree | None:
    """The heading within a link, or the one the link stands in."""
    inside = next(link.iter(*_HEADINGS), None)
    if inside is None:
        inside = next((item for item in link.iter() if "headline" in (item.get("itemprop") or "")), None)
    return inside if inside is not None else next(link.iterancestors(*_HEADINGS), None)


def _listed(tree: HtmlTree, page: str) -> frozenset[str]:
    """The addresses that a JSON-LD ItemList or a list of articles names."""
    found: set[str] = set()
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or ""):
            try:
                found.update(_list_urls(json.loads(script.text or "")))
            except (ValueError, RecursionError):
                continue
    urls = (web_url(item, page) for item in found)
    return frozenset(urldefrag(url).url for url in urls if url and same_site(url, page))


def _list_urls(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _list_urls(item)
    elif isinstance(node, dict):
        kind = str(node.get("@type", ""))
        if kind.endswith("ListItem") or "Article" in kind or kind == "BlogPosting":
            yield from (value for key in ("url", "item", "@id") if isinstance(value := node.get(key), str))
        for key in ("@graph", "itemListElement", "item", "mainEntity", "hasPart", "blogPost"):
            yield from _list_urls(node.get(key))


def _entry(link: _Link, chosen: set[str], base: str) -> Entry:
    card = _card(link.elements[0], link.url, chosen, base)
    return Entry(link=link.url, title=link.title or None, published=_time(card), image_url=_image(card, base))


def _card(element: HtmlTree, url: str, chosen: set[str], base: str) -> HtmlTree:
    """The largest element around a link that belongs to its article alone."""
    card = element
    for parent in list(element.iterancestors())[:_CARD_DEPTH]:
        targets = (web_url(other.get("href"), base) for other in parent.iter("a"))
        if any(target and urldefrag(target).url in chosen - {url} for target in targets):
            break
        card = parent
    return card if card.tag not in ("html", "body", "main") else element


def _time(card: HtmlTree) -> str | None:
    """The publication as the card says it, when it says one only."""
    moments = dict.fromkeys(
        stamp for item in card.iter("time") if (stamp := item.get("datetime", "").strip())
    )
    return next(iter(moments))[:200] if len(moments) == 1 else None


def _image(card: HtmlTree, base: str) -> str | None:
    for image in card.iter("img"):
        for name in _IMAGES:
            found = web_url(image.get(name), base)
            if found and not (image.get(name) or "").startswith("data:"):
                return found
    return None
