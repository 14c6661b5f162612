"""Structured data in JSON-LD: the node that describes the article, out of whatever shape it comes in."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import orjson

Node = Mapping[str, Any]

MAX_DEPTH = 6
_MAX_NODES = 2_000
_MAX_SCRIPT = 2_000_000
_LONG = 2_000
_LONG_TEXTS = frozenset(["articleBody", "text", "reviewBody"])
_BLANKS = re.compile(r"\s{2,}+")
_ARTICLE = re.compile(r"(?:Article|Posting|Report|Review)$")
_WRAPPING = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[|/\*.*?\*/)|(?:-->|//\s*\]\]>|\]\]>|;)\s*$", re.DOTALL
)
_COMMENTED = re.compile(r'("(?:[^"\\\n]|\\.)*+"?)|/\*.*?(?:\*/|\Z)|//[^\n]*+', re.DOTALL)
"""A string, which is kept, or a comment, which is not. What has no end goes on to the end: one pass."""
_TRAILING_COMMA = re.compile(r",(?=\s*+[}\]])")
_MISSING_COMMA = re.compile(r"\}(?=\s*+\{)")
_QUOTE = re.compile(r'(?<!\\)"')
_NEAR = 40
"""Characters around a quote that say whether it begins or ends a string."""
_SINGLE = re.compile(r"([{\[,:]\s*+)'((?:[^'\\]|\\.|(?<=\w)'(?=\w))*+)'(?=\s*+[:,}\]])", re.DOTALL)
"""A string in single quotes; an apostrophe between letters does not end it."""
_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*+"?|[{}\[\],]', re.DOTALL)
_MAX_OPEN = 50
_MAX_REBUILT = 200_000
"""Longer scripts in single quotes or cut off are given up."""
_BAD_ESCAPE = re.compile(r"\\(?![\"\\/bfnrtu])")
_INTO = ("@graph", "mainEntity", "mainEntityOfPage", "hasPart", "itemListElement", "item")
_BLANK = " \t\r\n\ufeff"
_WITNESSES = ("headline", "datePublished", "author", "articleBody")


@dataclass(frozen=True, slots=True)
class Described:
    """What a page's JSON-LD describes."""

    article: Mapping[str, Any] = field(default_factory=dict)
    """The node of the article; empty when there is none."""
    outlets: tuple[str, ...] = ()
    """Names of the website and of organisations, those that publish news first."""
    crumbs: tuple[str, ...] = ()
    """Names on the trail of breadcrumbs, from the front page down."""


def described(scripts: Iterable[str], url: str = "") -> Described:
    """Return what JSON-LD scripts say of the page at ``url``.

    Among several articles the one with that address is meant, else the one of which most is said; what it
    lacks is taken from another node about the same article. Authors, publisher and image given by ``@id``
    alone are looked up among all nodes.
    """
    scripts = tuple(scripts)
    nodes = [node for script in scripts for node in _walk(parse(script), MAX_DEPTH)][:_MAX_NODES]
    article = _article(nodes, url)
    if any(len(script) > 10 * _LONG for script in scripts):
        article = {name: _within_reason(name, value) for name, value in article.items()}
    return Described(article, _outlets(nodes), _crumbs(nodes)) if nodes else Described()


def article_node(scripts: Iterable[str], url: str = "") -> Mapping[str, Any]:
    """Return the article that a page's JSON-LD scripts describe; empty when there is none."""
    return described(scripts, url).article


def _article(nodes: list[dict[str, Any]], url: str) -> dict[str, Any]:
    articles = [node for node in nodes if any(_ARTICLE.search(kind) for kind in types_of(node))]
    if not articles:
        return {}
    best = max(articles, key=lambda node: _weight(node, url)) if len(articles) > 1 else articles[0]
    for other in articles:
        if other is not best and _same_article(best, other):
            best = {**other, **best}
    by_id = {node["@id"]: node for node in nodes if isinstance(node.get("@id"), str) and len(node) > 1}
    return {name: _resolve(value, by_id) for name, value in best.items()}


def _weight(node: Node, url: str) -> int:
    said = sum(1 for name in _WITNESSES if node.get(name))
    return said + 3 * (bool(url) and _bare(url) in _addresses(node))


def _addresses(node: Node) -> set[str]:
    values = (node.get(name) for name in ("url", "@id", "mainEntityOfPage"))
    return {_bare(text_of(value, "@id", "url")) for value in values if value} - {""}


def _bare(url: str) -> str:
    return url.partition("#")[0].partition("?")[0].partition("://")[2].removeprefix("www.").rstrip("/")


def _same_article(one: Node, other: Node) -> bool:
    headline = text_of(one.get("headline"))
    if headline and headline == text_of(other.get("headline")):
        return True
    return bool(_addresses(one) & _addresses(other)) and not other.get("headline")


def _outlets(nodes: list[dict[str, Any]]) -> tuple[str, ...]:
    named = [(kind, text_of(node.get("name"))) for node in nodes for kind in types_of(node)]
    media = [name for kind, name in named if kind == "NewsMediaOrganization"]
    others = [name for kind, name in named if kind in ("WebSite", "Organization")]
    return tuple(dict.fromkeys(name for name in [*media, *others] if name))[:8]


def _crumbs(nodes: list[dict[str, Any]]) -> tuple[str, ...]:
    for node in nodes:
        if "BreadcrumbList" in types_of(node) and isinstance(node.get("itemListElement"), list):
            items = [item for item in node["itemListElement"][:20] if isinstance(item, dict)]
            names = [text_of(item.get("name")) or text_of(item.get("item"), "name") for item in items]
            return tuple(name for name in names if name)
    return ()


def parse(script: str) -> Any:
    """The value of one script, forgiving comments, CDATA, commas too many or missing, control characters,
    bad escapes and quotes; None when it cannot be read.
    """
    try:
        return orjson.loads(script[:_MAX_SCRIPT])
    except orjson.JSONDecodeError:
        return _mended(script[:_MAX_SCRIPT])


def _mended(script: str) -> Any:
    text = _WRAPPING.sub("", script.strip(_BLANK)).strip(_BLANK)
    dear = (
        lambda text: _without_errors(_SINGLE.sub(_doubled, text)),
        lambda text: _closed(_without_errors(text)),
    )
    for mend in (
        str,
        _without_errors,
        unescape,
        lambda text: _without_errors(unescape(text)),
        lambda text: _without_errors(_with_quotes(text)),
        *(dear if len(text) <= _MAX_REBUILT else ()),
    ):
        value = _loads(mend(text))
        if value is not None:
            return value
    return None


def types_of(node: Node) -> tuple[str, ...]:
    """The ``@type`` names of a node."""
    kinds = node.get("@type")
    return tuple(kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(kind, str))


def texts(value: Any, *keys: str) -> Iterator[str]:
    """The strings in a value: itself, its items, or the first of ``keys`` its mappings have."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value[:200]:
            yield from texts(item, *keys) if not isinstance(item, list) else ()
    elif isinstance(value, dict):
        inner = next((value[key] for key in keys if isinstance(value.get(key), str | list)), None)
        if inner is not None:
            yield from texts(inner)


def text_of(value: Any, *keys: str) -> str:
    """The first string in a value, stripped; empty when there is none."""
    return next((text.strip() for text in texts(value, *keys) if text.strip()), "")


def _without_errors(text: str) -> str:
    text = _COMMENTED.sub(lambda found: found[1] or " ", text)
    text = _MISSING_COMMA.sub("},", _TRAILING_COMMA.sub("", text))
    return _BAD_ESCAPE.sub("", text)


def _with_quotes(text: str) -> str:
    """Escape quotes within strings: those that neither stand where a string begins nor where one ends."""

    def judged(quote: re.Match[str]) -> str:
        before = text[max(0, quote.start() - _NEAR) : quote.start()].rstrip()[-1:]
        after = text[quote.end() : quote.end() + _NEAR].lstrip()
        ends = not after or after[0] in ":}]"
        if before in "{[,:" or ends or (after[0] == "," and after[1:].lstrip()[:1] in '"{[-0123456789tfn'):
            return '"'
        return '\\"'

    return _QUOTE.sub(judged, text)


def _doubled(found: re.Match[str]) -> str:
    inside = found[2].replace("\\'", "'").replace('"', '\\"')
    return f'{found[1]}"{inside}"'


def _closed(text: str) -> str:
    """Close what is open where a script was cut off, without the value that it was cut in."""
    open_ones: list[str] = []
    end, still_open = 0, ""
    for found in _STRUCTURE.finditer(text):
        sign = found[0]
        if sign in "{[":
            open_ones.append("}" if sign == "{" else "]")
        elif sign in "}]" and open_ones:
            open_ones.pop()
        elif sign == ",":
            end, still_open = found.start(), "".join(reversed(open_ones[-_MAX_OPEN:]))
    return text[:end] + still_open if open_ones else ""


def _loads(text: str) -> Any:
    """Parse JSON; for several values in a row the first. None when it is none."""
    try:
        return json.JSONDecoder(strict=False).raw_decode(text)[0] if text else None
    except (ValueError, RecursionError):
        return None


def _walk(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth < 0:
        return
    if isinstance(value, list):
        for item in value[:500]:
            yield from _walk(item, depth - 1)
    elif isinstance(value, dict):
        yield value
        for key in _INTO:
            if isinstance(value.get(key), dict | list):
                yield from _walk(value[key], depth - 1)


def _within_reason(name: str, value: Any, depth: int = 3) -> Any:
    """The value without endless strings; only an article's text may be long."""
    if isinstance(value, str) and len(value) > _LONG and name not in _LONG_TEXTS:
        return _BLANKS.sub(" ", value[: 10 * _LONG])
    if isinstance(value, list) and depth:
        return [_within_reason(name, item, depth - 1) for item in value]
    if isinstance(value, dict) and depth:
        return {key: _within_reason(key, item, depth - 1) for key, item in value.items()}
    return value


def _resolve(value: Any, by_id: Mapping[str, dict[str, Any]]) -> Any:
    """Replace bare references by the nodes they name, one level deep."""
    if isinstance(value, list):
        return [_resolve(item, by_id) if isinstance(item, dict) else item for item in value]
    if (
        isinstance(value, dict)
        and isinstance(value.get("@id"), str)
        and "name" not in value
        and "url" not in value
    ):
        return by_id.get(value["@id"], value)
    return value
