"""Structured data in JSON-LD: the node that describes the article, out of whatever shape it comes in."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from html import unescape
from typing import Any

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
_TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")
_INTO = ("@graph", "mainEntity", "mainEntityOfPage", "hasPart", "itemListElement", "item")
_WITNESSES = ("headline", "datePublished", "author", "articleBody")


def article_node(scripts: Iterable[str]) -> dict[str, Any]:
    """The article described by a page's JSON-LD scripts; empty when there is none.

    Authors, publisher and image given by ``@id`` alone are looked up among all nodes.
    """
    nodes = [node for script in scripts for node in _walk(parse(script), MAX_DEPTH)][:_MAX_NODES]
    articles = [node for node in nodes if any(_ARTICLE.search(kind) for kind in types_of(node))]
    if not articles:
        return {}
    best = max(articles, key=lambda node: sum(1 for name in _WITNESSES if node.get(name)))
    by_id = {node["@id"]: node for node in nodes if isinstance(node.get("@id"), str) and len(node) > 1}
    return {name: _within_reason(name, _resolve(value, by_id)) for name, value in best.items()}


def parse(script: str) -> Any:
    """The value of one script, forgiving comments, trailing commas, control characters and escaped quotes."""
    text = _WRAPPING.sub("", script[:_MAX_SCRIPT].strip()).strip()
    for mend in (str, _without_trailing_commas, unescape):
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


def _without_trailing_commas(text: str) -> str:
    return _TRAILING_COMMA.sub("", text)


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
