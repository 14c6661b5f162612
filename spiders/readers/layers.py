"""Data layers: what scripts of a page say of its article to other scripts. Read where all else is silent."""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from functools import cached_property
from html import unescape
from typing import Any

import orjson

from spiders.readers.belief import sameness
from spiders.readers.head import Head
from spiders.readers.tree import HtmlTree

_MOST = 1_000_000
"""Characters of scripts that are looked at."""
_DEPTH = 14
_TITLES = ("title", "headline", "name", "seoTitle", "articleTitle", "pageTitle", "contentTitle", "label")
_NODES = 6_000
_SHORTEST = 8
"""Characters of the longest piece of a headline without quotation marks, by which it is found."""
_QUOTES = re.compile(r"[\"'“”‘’„«»&\\<>]")
_TIMES = 8
"""How often a headline is looked for in one script."""
_NEAR = 4_000
"""Characters around the headline in which the values of an article's object stand."""
_PUBLISHED = (
    *("datepublished", "publishdate", "publisheddate", "publishedat", "publicationdate", "pubdate"),
    *("firstpublished", "firstpublishedat", "firstpublisheddate", "publishedtime", "publishtime"),
    *("datepublish", "articlepublishdate", "articlepublicationdate", "contentpublisheddate"),
    *("publisheddt", "publishdt", "deploydt", "publishdatetime", "publisheddatetime", "displaydate"),
    *("articledate", "contentdate", "datepublishedgmt", "pagepublished"),
)
_AUTHORS = (
    "author",
    "authors",
    "authorname",
    "authornames",
    "articleauthor",
    "pageauthor",
    "contentauthor",
    "byline",
    "contentauthors",
    "writer",
)
_SECTIONS = ("section", "articlesection", "category", "channel", "kanal", "sectionname", "contentsection")
_TAGS = ("tags", "keywords", "articletags", "contenttags")
_KINDS = {
    **dict.fromkeys(_PUBLISHED, "published"),
    **dict.fromkeys(_AUTHORS, "authors"),
    **dict.fromkeys(_SECTIONS, "section"),
    **dict.fromkeys(_TAGS, "tags"),
}
_VALUE = re.compile(r""":\s*(?:"((?:[^"\\\n]|\\.){2,400})"|'([^'\n]{2,400})'|\[([^\[\]{}]{2,600})\])""")
_KEY = re.compile(r"""(?<![\w-])["']?([A-Za-z_][\w.\-]{3,30})["']?\s*\Z""")
_LONGEST_KEY = 40
"""Characters before a colon in which its key stands."""
_QUOTED = re.compile(r"""["']([^"'\n]{2,200})["']""")
_LAYER = re.compile(r"dataLayer|digitalData|utag_data|_sf_async_config|datalayer|cX\.callQueue|ga4_data")
_FLIGHT = "__next_f"
_SIGNS = {"n": "\n", "t": "\t", "r": " "}
_ESCAPED = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)

Found = dict[str, list[str]]


class Layers:
    """The data layers of a page; its scripts are read when the first value is asked for."""

    def __init__(self, head: Head, headlines: Iterable[str] = ()) -> None:
        self._scripts = head.scripts
        self._shown = frozenset(headlines) - {""}
        self._headlines = frozenset(map(sameness, self._shown))

    @cached_property
    def _found(self) -> Found:
        found: Found = {}
        for text, kind in _texts(self._scripts):
            for name, value in self._said(text, kind):
                values = found.setdefault(name, [])
                if value not in values and len(values) < 40:
                    values.append(value)
        return found

    def _said(self, text: str, kind: str) -> Iterator[tuple[str, str]]:
        if kind == "json":
            if "\\u" in text or any(headline in text for headline in self._shown):
                yield from _of_article(text, self._headlines)
        elif kind == "layer":
            yield from _pairs(text)
        else:
            yield from self._near_headline(text)

    def _near_headline(self, text: str) -> Iterator[tuple[str, str]]:
        for headline in {max(_QUOTES.split(title), key=len).strip() for title in self._shown}:
            at, end = text.find(headline) if len(headline) >= _SHORTEST else -1, 0
            for _ in range(_TIMES):
                if at < 0:
                    break
                start, end = max(end, at - _NEAR), at + _NEAR
                yield from _pairs(_unescaped(text[start:end]))
                at = text.find(headline, end)

    @property
    def published(self) -> tuple[str, ...]:
        """Dates of publication, as written."""
        return tuple(self._found.get("published", ()))

    @property
    def authors(self) -> tuple[str, ...]:
        """Names of authors, as written."""
        return tuple(self._found.get("authors", ()))

    @property
    def section(self) -> tuple[str, ...]:
        """Names of sections."""
        return tuple(self._found.get("section", ()))

    @property
    def tags(self) -> tuple[str, ...]:
        """Topics."""
        return tuple(self._found.get("tags", ()))


def _texts(scripts: Iterable[HtmlTree]) -> Iterator[tuple[str, str]]:
    """Scripts that may be data, each with its kind: ``json``, ``layer`` or ``flight``."""
    left, flight = _MOST, []
    for script in scripts:
        text = script.text or ""
        left -= len(text)
        if left < 0:
            break
        kind = (script.get("type") or "").lower()
        if "json" in kind:
            yield text, "json"
        elif _FLIGHT in text:
            flight.append(text)
        elif _LAYER.search(text):
            yield text, "layer"
    if flight:
        yield "".join(flight), "flight"


def _of_article(text: str, headlines: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Values of the objects in a JSON document that carry the headline of the page."""
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:
        return
    waiting, seen = deque([(document, 0)]), 0
    while waiting and seen < _NODES:
        value, depth = waiting.popleft()
        seen += 1
        children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        if isinstance(value, dict) and _is_about(value, headlines):
            yield from _values(value)
        if depth < _DEPTH:
            waiting += [(child, depth + 1) for child in children if isinstance(child, dict | list)]


def _is_about(node: dict[str, Any], headlines: frozenset[str]) -> bool:
    return any(
        isinstance(said := node.get(name), str) and sameness(said[:400]) in headlines for name in _TITLES
    )


def _values(node: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in node.items():
        name = _KINDS.get(_plain_key(key))
        if name:
            yield from ((name, text) for text in _strings(value))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str) and value.strip():
        yield value.strip()
    elif isinstance(value, int) and value > 10**9:
        yield str(value)
    elif isinstance(value, list):
        for item in value[:20]:
            yield from _strings(item) if not isinstance(item, list) else ()
    elif isinstance(value, dict):
        for key in ("name", "displayName", "title", "text"):
            if isinstance(value.get(key), str):
                yield from _strings(value[key])
                return


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for key, double, single, several in _keyed(text):
        name = _KINDS.get(_plain_key(key))
        if name is None:
            continue
        for value in _QUOTED.findall(several) if several else (double or single,):
            yield name, unescape(_unescaped(value)).strip()


def _keyed(text: str) -> Iterator[tuple[str, ...]]:
    """The keys of a script with their values: in double quotes, in single ones, or several in brackets.

    Values are looked for first: to look for a key at each letter takes ten times as long.
    """
    done = 0
    while value := _VALUE.search(text, done):
        colon = value.start()
        key = _KEY.search(text, max(done, colon - _LONGEST_KEY), colon)
        if key:
            yield key[1], *value.groups("")
        done = value.end() if key else colon + 1


def _plain_key(key: str) -> str:
    return key.rpartition(".")[2].replace("_", "").replace("-", "").lower()


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    return _ESCAPED.sub(_sign, text)


def _sign(found: re.Match[str]) -> str:
    return chr(int(found[1], 16)) if found[1] else _SIGNS.get(found[2], found[2])
