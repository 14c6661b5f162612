"""The normal form of a URL, used as the identity of what it leads to.

Conservative: a false merge loses an article for ever, a missed one costs one fetch. Folded away are what
``trackers.toml`` lists, scheme, default port, ``www.`` and the mobile hosts, fragments, the order of the
query, percent-encoding, dot segments, a last slash and AMP markers. Everything else may be an identity.
"""

import re
from functools import cache
from typing import Any
from urllib.parse import SplitResult, urlsplit

from w3lib.url import canonicalize_url

from crawler.normalize.host import registrable, shown_host
from crawler.normalize.rules import rules, word_set

_INDEX = re.compile(r"(?:index|default|home)(?:\.\w+)?")
_MAX_PASSES = 8
_SESSION = re.compile(r";jsessionid=[^/;]*", re.IGNORECASE)


@cache
def _tuple(*path: str) -> tuple[Any, ...]:
    node: Any = rules("trackers")
    for key in path:
        node = node[key]
    return tuple(node)


def url_key(url: str) -> str:
    """Return the normal form of a cleaned http(s) URL; two URLs with the same key are the same article.

    Applying it twice changes nothing. What cannot be understood as a URL is returned as it came.
    """
    try:
        key = _key(url)
        # w3lib reads what follows a semicolon as a parameter, so that one pass may uncover another.
        for _ in range(min(key.count(";"), _MAX_PASSES)):
            key = _key(key)
        return key
    except ValueError:
        return url


def _key(url: str) -> str:
    keep = "#!" in url or "#/" in url
    parts = urlsplit(canonicalize_url(url.replace("&amp;", "&"), keep_fragments=keep))
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return url
    path = key_path(parts.path)
    query = "&".join(key_query(parts.query, path))
    fragment = parts.fragment if parts.fragment.startswith(("!", "/")) else ""
    return f"https://{key_host(parts)}{path}{'?' if query else ''}{query}{'#' if fragment else ''}{fragment}"


def key_host(parts: SplitResult) -> str:
    """Return the host of a split URL without ``www.`` and mobile prefixes, with any unusual port."""
    host = bare_host(shown_host(parts))
    usual = parts.port in (None, 443) or (parts.port == 80 and parts.scheme == "http")
    return host if usual else f"{host}:{parts.port}"


def bare_host(host: str) -> str:
    """Take prefixes such as ``www.`` off a host as long as a registrable domain remains."""
    prefixes = _tuple("hosts", "prefixes")
    while host.startswith(prefixes):
        rest = host.partition(".")[2]
        if registrable(rest) is None:
            break
        host = rest
    return host


def key_path(path: str) -> str:
    """Return a path without session, dot segments, AMP markers and last slashes; it begins with a slash."""
    segments, before = _SESSION.sub("", path).split("/")[1:], None
    while segments != before:  # one marker may uncover another
        before = segments
        segments = _without_dots(segments)
        _drop_last_empty(segments)
        _drop_views(segments)
    return "/" + "/".join(segments)


def _drop_views(segments: list[str]) -> None:
    """Take a folder's index off a path, and AMP markers as long as something remains."""
    views = word_set("trackers", "paths", "segments")
    if segments and segments[-1] in word_set("trackers", "paths", "indexes"):
        segments.pop()
    if segments:
        segments[-1] = _plain_ending(segments[-1])
    if any(segments[:-1]) and segments[-1] in views:
        segments.pop()
    if len(segments) > 1 and segments[0] in views:
        segments.pop(0)


def _drop_last_empty(segments: list[str]) -> None:
    while segments and not segments[-1]:
        segments.pop()


def _without_dots(segments: list[str]) -> list[str]:
    """Resolve ``.`` and ``..`` (RFC 3986, 5.2.4); empty parameters (``a;``) go, as w3lib lets them."""
    kept: list[str] = []
    for segment in (segment.rstrip(";") for segment in segments):
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    return kept


def _plain_ending(segment: str) -> str:
    for ending, plain in _tuple("paths", "endings"):
        if segment.endswith(ending) and len(segment) > len(ending):
            return segment.removesuffix(ending) + str(plain)
    return segment


def key_query(query: str, path: str) -> list[str]:
    """Return the sorted ``name=value`` pairs of a query that may say which article is meant."""
    if not query:
        return []
    pairs = (pair for pair in query.split("&") if pair and not is_tracker(pair))
    views = word_set("trackers", "views", "on_article_paths") if names_article(path) else frozenset()
    return sorted(pair for pair in pairs if pair.lower() not in views)


def is_tracker(pair: str) -> bool:
    """Tell whether a ``name=value`` pair of a query says nothing about which article is meant."""
    folded = pair.lower()
    name, _, value = folded.partition("=")
    if name in word_set("trackers", "parameters") or name.startswith(_tuple("prefixes")):
        return True
    if name in word_set("trackers", "channel", "parameters"):
        return value in word_set("trackers", "channel", "values")
    return folded in word_set("trackers", "views", "anywhere")


def names_article(path: str) -> bool:
    """Tell whether a path names a page by itself: neither a root nor a script fed by its query."""
    last = path.rpartition("/")[2].lower()
    return bool(last) and not _INDEX.fullmatch(last) and not last.endswith(_tuple("paths", "scripts"))
