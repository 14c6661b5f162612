"""What a page says about itself outside its text: meta, link, title, h1, time, JSON-LD. One pass."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml.etree import XPath

from spiders.readers.jsonld import Described, described, parse, texts
from spiders.readers.plain import plain, web_url
from spiders.readers.tree import HtmlTree

# By the way of the attributes; to ask each element for one takes three times as long.
_ITEMS = XPath("descendant::*/@itemprop/..")
_RDFA = XPath("descendant::*/@property/..")
_ITEM_NAMES = frozenset(
    [
        *("datepublished", "datemodified", "datecreated", "keywords", "articlesection", "headline"),
        *("author", "creator", "isaccessibleforfree"),
    ]
)
_TAGS = ("html", "base", "meta", "link", "title", "h1", "time", "script")
_ENOUGH = ("headline", "datePublished", "author")
_PARSELY = {
    "parsely-title": ("title",),
    "parsely-pub-date": ("pub_date",),
    "parsely-section": ("section",),
    "parsely-author": ("authors", "author"),
    "parsely-tags": ("tags",),
}
_MAX_EACH = 500
_MAX_H1S = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The self-description of a page, as found."""

    base: str
    """What relative references are resolved against."""
    url: str = ""
    """The address of the page."""
    lang: str = ""
    """The lang attribute of the html element."""
    metas: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Contents by name, property, itemprop or http-equiv, lower case."""
    items: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Microdata and RDFa of the body: texts by the last part of their name, lower case."""
    links: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Raw hrefs of link elements by each of their relations."""
    title: str = ""
    h1s: tuple[str, ...] = ()
    times: tuple[tuple[str, str], ...] = ()
    """(datetime attribute, itemprop and class) of time elements, in page order."""
    article: Mapping[str, Any] = field(default_factory=dict)
    """The JSON-LD node of the article; empty when there is none."""
    outlets: tuple[str, ...] = ()
    """Names of website and organisations in JSON-LD."""
    crumbs: tuple[str, ...] = ()
    """Names on the JSON-LD trail of breadcrumbs."""
    scripts: tuple[HtmlTree, ...] = ()
    """Inline scripts other than JSON-LD, as elements: data layers are looked for where all else is silent."""

    def meta(self, *names: str) -> str:
        """The first non-empty content among the names, in their order."""
        return next((text for name in names for text in self.metas.get(name, ()) if text), "")

    def meta_all(self, *names: str) -> tuple[str, ...]:
        """All contents of the first name that has any."""
        return next((found for name in names if (found := self.metas.get(name, ()))), ())

    def item(self, name: str) -> str:
        """The first text of microdata or RDFa under a name."""
        return next(iter(self.items.get(name, ())), "")


def read_head(tree: HtmlTree, url: str) -> Head:
    """Collect a page's self-description. ``url`` is the address of the page.

    Microdata and RDFa of the body are looked for only where JSON-LD does not say enough.
    """
    collector = _Collector(url)
    take = collector.takers()
    for element in tree.iter(*_TAGS):
        take[element.tag](element)
    structured = described(collector.structured, url)
    if not all(structured.article.get(name) for name in _ENOUGH):
        for element in _ITEMS(tree):
            collector.take_item(element, element.get("itemprop"))
        for element in _RDFA(tree):
            collector.take_item(element, element.get("property"))
    return collector.head(structured)


class _Collector:
    """Sorts the elements of the one pass."""

    def __init__(self, url: str) -> None:
        self.base, self.url, self.lang, self.title = url, url, "", ""
        self.metas: dict[str, list[str]] = {}
        self.items: dict[str, list[str]] = {}
        self.links: dict[str, list[str]] = {}
        self.h1s: list[str] = []
        self.times: list[tuple[str, str]] = []
        self.structured: list[str] = []
        self.scripts: list[HtmlTree] = []

    def takers(self) -> dict[str, Callable[[HtmlTree], None]]:
        """What takes the elements of each name. Not kept: a collector that holds its own methods would hold
        the page, too, until the garbage of all pages is collected.
        """
        return {name: getattr(self, f"_{name}") for name in _TAGS}

    def take_item(self, element: HtmlTree, said: str) -> None:
        """Microdata outside meta elements."""
        for prop in said.lower().split() if element.tag != "meta" else ():
            name = prop.rpartition(":")[2].rpartition("/")[2]
            found = self.items.setdefault(name, []) if name in _ITEM_NAMES else None
            if found is not None and len(found) < 20:
                text = element.get("content") or element.get("datetime") or _text(element, 500)
                if text := " ".join(text[:2_000].split()):
                    found.append(text)

    def head(self, structured: Described) -> Head:
        """Everything collected, with what JSON-LD says."""
        return Head(
            base=self.base,
            url=self.url,
            lang=self.lang,
            metas={name: tuple(found) for name, found in self.metas.items()},
            items={name: tuple(found) for name, found in self.items.items() if found},
            links={name: tuple(found) for name, found in self.links.items()},
            title=self.title,
            h1s=tuple(self.h1s),
            times=tuple(self.times),
            article=structured.article,
            outlets=structured.outlets,
            crumbs=structured.crumbs,
            scripts=tuple(self.scripts),
        )

    def _html(self, element: HtmlTree) -> None:
        self.lang = self.lang or element.get("lang", "") or element.get("xml:lang", "")

    def _base(self, element: HtmlTree) -> None:
        self.base = web_url(element.get("href"), self.url) or self.base

    def _meta(self, element: HtmlTree) -> None:
        content = element.get("content")
        if not content:
            return
        content = " ".join(content[:20_000].split())
        if element.get("name") == "parsely-page":
            self._parsely(content)
        for key in ("name", "property", "itemprop", "http-equiv"):
            said = element.get(key)
            if not said or not content:
                continue
            found = self.metas.setdefault(said.strip().lower().removeprefix("schema:"), [])
            if len(found) < _MAX_EACH and content not in found[-1:]:
                found.append(content)

    def _parsely(self, content: str) -> None:
        """What Parse.ly is told of a page in one JSON object, as if each were told in a meta of its own."""
        said = parse(content)
        for name, keys in _PARSELY.items() if isinstance(said, dict) else ():
            values = [text for key in keys for text in texts(said.get(key)) if text.strip()]
            if values:
                self.metas.setdefault(name, []).extend(values[:_MAX_EACH])

    def _link(self, element: HtmlTree) -> None:
        href = element.get("href")
        for relation in (element.get("rel") or "").lower().split() if href else ():
            found = self.links.setdefault(relation, [])
            if len(found) < _MAX_EACH:
                found.append(href)

    def _title(self, element: HtmlTree) -> None:
        self.title = self.title or plain(element.text or "")

    def _h1(self, element: HtmlTree) -> None:
        if len(self.h1s) < _MAX_H1S and (text := _text(element, 5_000)):
            self.h1s.append(text[:1_000].rstrip())

    def _time(self, element: HtmlTree) -> None:
        when = (element.get("datetime") or "").strip()[:100]
        if when and len(self.times) < _MAX_EACH:
            marks = f"{element.get('itemprop', '')} {element.get('class', '')}".lower()
            self.times.append((when, marks))

    def _script(self, element: HtmlTree) -> None:
        kind = (element.get("type") or "").lower()
        if "ld+json" in kind:
            if len(self.structured) < 100:
                self.structured.append(element.text or "")
        elif element.get("src") is None and len(self.scripts) < _MAX_EACH:
            self.scripts.append(element)


def _text(element: HtmlTree, limit: int) -> str:
    """One line of an element's text, of about ``limit`` characters at most."""
    pieces: list[str] = []
    size = 0
    for piece in element.itertext():
        pieces.append(piece)
        size += len(piece)
        if size > limit * 4:
            break
    return plain(" ".join(pieces)[: limit * 4].replace("&", "&amp;").replace("<", "&lt;"), limit)
