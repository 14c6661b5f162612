"""Whether the address a page claims as its own can be believed."""

import re
from urllib.parse import SplitResult, urlsplit

from crawler.normalize.host import site_of
from crawler.normalize.key import names_article, url_key

_ID = re.compile(r"\d{5,}")
_PART = re.compile(r"\d{1,3}|all|full|print|amp|page|komentar|comments?|foto|photos?|video")


def plausible_canonical(canonical: str, url: str) -> bool:
    """Tell whether ``canonical`` may be the address of the article that answered at ``url`` (both cleaned).

    It has to be on the same site, must not be the homepage, a section or the bare script above the
    article, and must not carry another number than ``url`` does.
    """
    if site_of(canonical) != site_of(url):
        return False
    claimed, own = url_key(canonical), url_key(url)
    if claimed == own:
        return True
    ours, theirs = urlsplit(own), urlsplit(claimed)
    return not (_too_general(theirs, ours) or _other_id(theirs, ours))


def _too_general(claimed: SplitResult, own: SplitResult) -> bool:
    if not names_article(claimed.path) and not _names(own.query) <= _names(claimed.query):
        return True
    if not claimed.query and not names_article(claimed.path):
        return True
    mine, theirs = own.path.split("/")[1:], claimed.path.split("/")[1:]
    if len(theirs) < len(mine) and mine[: len(theirs)] == theirs and not claimed.query:
        return not (_specific(theirs[-1]) or all(_PART.fullmatch(part) for part in mine[len(theirs) :]))
    return _specific(mine[-1]) and not _specific(theirs[-1]) and not claimed.query and len(theirs) < len(mine)


def _specific(segment: str) -> bool:
    """Tell whether a path segment looks like an article's name: three words or a long number."""
    return len(re.findall(r"[-_]", segment)) >= 2 or bool(_ID.search(segment))


def _other_id(claimed: SplitResult, own: SplitResult) -> bool:
    mine, theirs = _numbers(own), _numbers(claimed)
    if mine and theirs and not mine & theirs:
        return True
    return claimed.path == own.path and _conflict(claimed.query, own.query)


def _names(query: str) -> set[str]:
    return {pair.partition("=")[0] for pair in query.split("&") if pair}


def _numbers(parts: SplitResult) -> set[str]:
    return set(_ID.findall(f"{parts.path}?{parts.query}"))


def _conflict(claimed: str, own: str) -> bool:
    """Tell whether a parameter that both queries carry has another value in the other."""
    mine = dict(pair.partition("=")[::2] for pair in own.split("&"))
    theirs = dict(pair.partition("=")[::2] for pair in claimed.split("&"))
    return any(mine[name] != theirs[name] for name in mine.keys() & theirs.keys())
