"""What a page says about itself outside its text: meta, link, title, h1, time, JSON-LD. One pass."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml.etree import XPath

from spiders.readers.jsonld import article_node
from spiders.readers.plain import plain, web_url
from spiders.readers.tree import HtmlTree

_ITEMS = XPath("//body//*[@itemprop]")
_ITEM_NAMES = frozenset(
    ["datepublished", "datemodified", "datecreated", "keywords", "articlesection", "headline"]
)
_TAGS = ("html", "base", "meta", "link", "title", "h1", "time", "script")
_MAX_EACH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The self-description of a page, as found."""

    base: str
    """What relative references are resolved against."""
    lang: str = ""
    """The lang attribute of the html element."""
    metas: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Contents by name, property, itemprop or http-equiv, lower case."""
    links: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Raw hrefs of link elements by each of their relations."""
    title: str = ""
    h1s: tuple[str, ...] = ()
    times: tuple[tuple[str, str], ...] = ()
    """(datetime attribute, itemprop and class) of time elements, in page order."""
    article: Mapping[str, Any] = field(default_factory=dict)
    """The JSON-LD node of the article; empty when there is none."""

    def meta(self, *names: str) -> str:
        """The first non-empty content among the names, in their order."""
        return next((text for name in names for text in self.metas.get(name, ()) if text), "")

    def meta_all(self, *names: str) -> tuple[str, ...]:
        """All contents of the first name that has any."""
        return next((found for name in names if (found := self.metas.get(name, ()))), ())


def read_head(tree: HtmlTree, url: str) -> Head:
    """Collect a page's self-description. ``url`` is the address of the page."""
    collector = _Collector(url)
    for element in tree.iter(*_TAGS):
        collector.take(element)
    for element in _ITEMS(tree):
        collector.take_item(element)
    return collector.head()


class _Collector:
    """Sorts the elements of the one pass."""

    def __init__(self, url: str) -> None:
        self.base, self.url, self.lang, self.title = url, url, "", ""
        self.metas: dict[str, list[str]] = {}
        self.links: dict[str, list[str]] = {}
        self.h1s: list[str] = []
        self.times: list[tuple[str, str]] = []
        self.scripts: list[str] = []

    def take(self, element: HtmlTree) -> None:
        getattr(self, f"_{element.tag}")(element, element.attrib)

    def take_item(self, element: HtmlTree) -> None:
        """Microdata outside meta elements; kept like a meta of that name that nothing else gave."""
        name = element.get("itemprop", "").strip().lower()
        if name in _ITEM_NAMES and name not in self.metas:
            text = element.get("content") or element.get("datetime") or "".join(element.itertext())
            text = " ".join(text[:2_000].split())
            if text:
                self.metas[name] = [text]

    def head(self) -> Head:
        return Head(
            base=self.base,
            lang=self.lang,
            metas={name: tuple(found) for name, found in self.metas.items()},
            links={name: tuple(found) for name, found in self.links.items()},
            title=self.title,
            h1s=tuple(self.h1s),
            times=tuple(self.times),
            article=article_node(self.scripts),
        )

    def _html(self, element: HtmlTree, attributes: Mapping[str, str]) -> None:
        self.lang = self.lang or attributes.get("lang", "") or attributes.get("xml:lang", "")

    def _base(self, element: HtmlTree, attributes: Mapping[str, str]) -> None:
        self.base = web_url(attributes.get("href"), self.url) or self.base

    def _meta(self, element: HtmlTree, attributes: Mapping[str, str]) -> None:
        content = " ".join(attributes.get("content", "")[:20_000].split())
        for key in ("name", "property", "itemprop", "http-equiv"):
            name = attributes.get(key, "").strip().lower()
            found = self.metas.setdefault(name, []) if name and content else None
            if found is not None and len(found) < _MAX_EACH and content not in found[-1:]:
                found.append(content)

    def _link(self, element: HtmlTree, attributes: Mapping[str, str]) -> None:
        for relation in attributes.get("rel", "").lower().split():
            found = self.links.setdefault(relation, [])
            if len(found) < _MAX_EACH and attributes.get("href"):
                found.append(attributes["href"])

    def _title(self, element: HtmlTree, attributes: Mapping[str, str]) -> None:
        self.title = self.title or plain(element.text or "")

    def _h1(self, element: HtmlTree, attributes: Mapping[str, str]) -> None:
        if len(self.h1s) < 20:
            text = plain(" ".join(element.itertext())[:5_000].replace("<", "&lt;").replace("&", "&amp;"))
            self.h1s += [text] if text else []

    def _time(self, element: HtmlTree, attributes: Mapping[str, str]) -> None:
        when = attributes.get("datetime", "").strip()
        if when and len(self.times) < _MAX_EACH:
            self.times.append(
                (when[:100], f"{attributes.get('itemprop', '')} {attributes.get('class', '')}".lower())
            )

    def _script(self, element: HtmlTree, attributes: Mapping[str, str]) -> None:
        if "ld+json" in attributes.get("type", "").lower() and len(self.scripts) < 100:
            self.scripts.append(element.text or "")
