"""The other pages of an article that is printed on several: numbered pages, or one view of the whole."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from urllib.parse import SplitResult, parse_qsl, urlsplit

from lxml.etree import XPath

from spiders.items import Parts
from spiders.readers.head import Head
from spiders.readers.plain import web_url
from spiders.readers.tree import HtmlTree

MAX_PARTS = 20
"""Pages of one article, the first included; what has more is no article."""

_MAX_LINKS = 3_000
_NUMBERED = frozenset(
    [
        *("page", "p", "pg", "pagenum", "page_num", "pageno", "page_no", "paged", "halaman", "hal", "seite"),
        *("pagina", "página", "sayfa", "strana", "sida", "side", "part", "artikelseite", "articlepage"),
    ]
)
"""Parameters, and path segments before a number, that count the pages of an article."""
_WHOLE_VALUES = frozenset(["all", "full", "semua", "alles", "alle", "komplett", "complete", "single"])
_WHOLE_PAIRS = frozenset(
    [
        *(
            ("single", "1"),
            ("single", "true"),
            ("singlepage", "1"),
            ("singlepage", "true"),
            ("showpage", "all"),
        ),
        *(
            ("view", "all"),
            ("view", "full"),
            ("onepage", "1"),
            ("full", "1"),
            ("fullpage", "1"),
            ("all", "1"),
        ),
    ]
)
_WHOLE_SEGMENTS = frozenset(["all", "full", "komplettansicht", "single-page", "onepage", "semua"])
_PATH_NUMBER = re.compile(r"^(.*?)/(?:([a-zà-ÿ_]+)[-/])?(\d{1,2})/?$", re.IGNORECASE)
_ENDING_NUMBER = re.compile(
    r"^(.+?)[-_](?:(page|seite|hal(?:aman)?|p)[-_]?)?(\d{1,2})(\.html?)$", re.IGNORECASE
)
_ARTICLE_NAME = re.compile(r"(?:[^-_]+[-_]){2}[^-_]|\d{5}")
"""Three words or a long number: the name of an article rather than of a section."""
_ELSEWHERE = re.compile(
    r"comment|komentar|kommentar|coment|disqus|respon[ds]|repl(?:y|ies)|gallery|galler|galeri|slide|carousel|"
    r"related|terkait|archive|arsip|listing|latest|terbaru",
    re.IGNORECASE,
)
_DEPTH = 8
_REFERENCES = XPath("/descendant::a/@href", smart_strings=False)
_LINKS = XPath("/descendant::a/@href[. = $to]/..")
_RELATIVE = re.compile(r"\?|[^/#:]{0,10}/?\d{1,2}/?$")
"""A reference relative to the article, like "2" or "page/2/"."""
_LONGEST_RELATIVE = 15


@dataclass(frozen=True, slots=True)
class _Place:
    """An address of a page of an article, taken apart."""

    article: tuple[str, str, tuple[tuple[str, str], ...]]
    """Host, path and parameters without what says which page is meant."""
    number: int | None
    """1 where nothing says which; None for the view of the whole."""


def other_parts(tree: HtmlTree, head: Head, url: str) -> Parts:
    """The pages behind the one at ``url``, and the view of the whole; none where that is the whole.

    Only links to the same article count: same host, path and parameters but for a page number. Links among
    comments, galleries and lists do not, and none does where the address is not that of an article.
    """
    own = _place(url)
    if own is None or own.number is None or not _names_article(own.article[1]):
        return Parts()
    whole: str | None = None
    numbered: dict[int, str] = {}
    for target in _targets(tree, head, own):
        place = _place(target)
        if place is None or place.article != own.article:
            continue
        if place.number is None:
            whole = whole or target
        elif place.number > own.number:
            numbered.setdefault(place.number, target)
    return Parts(number=own.number, whole=whole, numbered=_in_order(numbered, own.number + 1))


def _in_order(numbered: dict[int, str], first: int) -> tuple[str, ...]:
    """The numbered pages from ``first`` on, with those that a pagination leaves out (1 2 3 ... 7).

    None where there are more than an article has, or where the first is not among them.
    """
    if first not in numbered or max(numbered) > MAX_PARTS:
        return ()
    found = []
    for number in range(first, max(numbered) + 1):
        target = numbered.get(number) or _counted(numbered[first], first, number)
        if target is None:
            break
        found.append(target)
    return tuple(found)


def _counted(pattern: str, first: int, number: int) -> str | None:
    """The address of another page, made from that of page ``first``; None where that cannot be."""
    made = re.sub(rf"(?<=[=/_-]){first}(?=$|[&#/]|\.html?$)", str(number), pattern)
    here, place = _place(pattern), _place(made)
    if here is None or place is None or place.article != here.article or place.number != number:
        return None
    return made


def _targets(tree: HtmlTree, head: Head, own: _Place) -> Iterator[str]:
    """Addresses that may be pages of the article: rel=next, then links outside other lists, in page order.

    To look for the article's name in a reference is much cheaper than to resolve it.
    """
    for reference in head.links.get("next", ())[:3]:
        if target := web_url(reference, head.base):
            yield target.partition("#")[0]
    host, path, _ = own.article
    name = path.rpartition("/")[2].removesuffix(".html")
    references = islice(_REFERENCES(tree), _MAX_LINKS)
    short = (one for one in references if name in one or len(one) <= _LONGEST_RELATIVE or one[0] == "?")
    for reference in dict.fromkeys(short):
        before = reference.partition("?")[0]
        if not ((name in before and (host in before or "//" not in before)) or _is_relative(reference)):
            continue
        target = web_url(reference, head.base)
        if target is None or "#" in target or _place(target) == own:
            continue
        if not all(map(_stands_elsewhere, _LINKS(tree, to=reference))):
            yield target


def _is_relative(reference: str) -> bool:
    short = len(reference) <= _LONGEST_RELATIVE or reference[0] == "?"
    return short and _RELATIVE.match(reference) is not None


def _stands_elsewhere(link: HtmlTree) -> bool:
    """Whether a link belongs to comments, a gallery or a list, by the names of what it stands in."""
    for depth, element in enumerate((link, *link.iterancestors())):
        if depth > _DEPTH or element.tag in ("body", "article", "main"):
            return False
        if _ELSEWHERE.search(f"{element.get('class', '')} {element.get('id', '')}"):
            return True
    return False


def _names_article(path: str) -> bool:
    return any(_ARTICLE_NAME.search(segment) for segment in path.split("/"))


def _place(url: str) -> _Place | None:
    try:
        parts = urlsplit(url)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return None
    host = (parts.netloc or "").lower().removeprefix("www.")
    numbers: list[int | None] = []
    kept: list[tuple[str, str]] = []
    for name, value in pairs:
        lowered, asked = name.lower(), value.lower()
        if (lowered, asked) in _WHOLE_PAIRS or (lowered in _NUMBERED and asked in _WHOLE_VALUES):
            numbers.append(None)
        elif lowered in _NUMBERED and asked.isdecimal() and len(asked) <= 2:
            numbers.append(int(asked))
        else:
            kept.append((name, value))
    path, number = (_path_place(parts) if not numbers else (parts.path, 1)) or (parts.path, 1)
    found = numbers[0] if numbers else number
    return _Place((host, path.rstrip("/"), tuple(sorted(kept))), found) if len(numbers) <= 1 else None


def _path_place(parts: SplitResult) -> tuple[str, int | None] | None:
    """The path of the article, and which of its pages is meant, where the path says that."""
    path = parts.path
    base, _, last = path.rstrip("/").rpartition("/")
    if last.lower() in _WHOLE_SEGMENTS and _ARTICLE_NAME.search(base):
        return base, None
    if found := _PATH_NUMBER.match(path):
        base, word, number = found[1], (found[2] or "").lower(), int(found[3])
        named = not word or word in _NUMBERED
        if named and 1 <= number <= MAX_PARTS and _ARTICLE_NAME.search(base.rpartition("/")[2]):
            return base, number
    if found := _ENDING_NUMBER.match(path):
        return f"{found[1]}{found[4]}", int(found[3])
    return None
