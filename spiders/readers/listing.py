"""How much a link looks like the link to an article: by its address, its words, its place. Pure points.

Precision comes before recall: a missed article comes with the next poll or another source, a menu taken for
news is read again and again.
"""

import re
import tomllib
from collections.abc import Iterable
from functools import lru_cache
from importlib import resources
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from publicsuffixlist import PublicSuffixList

LEAST = 4
"""Points from which a link counts as an article's."""
_DATE = re.compile(r"/(?:19|20)\d\d[/-]?(?:0?[1-9]|1[0-2]|[a-z]{3})(?:[/-]?\d{1,2})?(?:[/_-]|$)")
_NUMBER = re.compile(r"\d{5,}")
_ID = re.compile(r"(?:^|[-_/.a-z])\d{5,}|[0-9a-f]{8}-[0-9a-f]{4}-|[-_/][0-9a-z]{10,}$")
_PAGE_ENDING = re.compile(r"\.(?:s?html?|php|aspx?|jsp|ece|cms|story)$")
_OTHER_ENDING = re.compile(
    r"\.(?:jpe?g|png|gif|webp|svg|avif|mp[34]|m3u8|webm|pdf|zip|docx?|xlsx?|rss|xml|json|css|js|ico|apk)$"
)
_WORD_BREAK = re.compile(r"[-_+.~]")
_NO_ARTICLES = frozenset(
    tomllib.loads(resources.files("spiders.readers").joinpath("listing.toml").read_text("utf-8"))["segments"]
)
_WIDE = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]"
)
"""Scripts in which a few characters say as much as a few words: Thai, Lao, Burmese, Khmer, CJK."""


def address_points(url: str, *, page: str) -> int:
    """Judge the address of a link on ``page``; below zero it is certainly no article's."""
    parts = urlsplit(url)
    path = unquote(parts.path).lower()
    segments = [segment for segment in path.split("/") if segment]
    if not segments or _is_same_page(url, page) or _OTHER_ENDING.search(path):
        return -9
    if any(_PAGE_ENDING.sub("", segment) in _NO_ARTICLES for segment in segments):
        return -9 if not _DATE.search(path) or segments[0] in _NO_ARTICLES else 0
    last = _PAGE_ENDING.sub("", segments[-1])
    points = 3 if _DATE.search(path) else 0
    points += _slug_points(last)
    points += 2 if _ID.search(path) or _NUMBER.search(parts.query) else 0
    points += 1 if _PAGE_ENDING.search(path) else 0
    return points if points else -1


def _is_same_page(url: str, page: str) -> bool:
    here, there = urlsplit(page), urlsplit(url)
    return here.path.rstrip("/") == there.path.rstrip("/") and not (
        _NUMBER.search(there.query) and here.query != there.query
    )


def _slug_points(slug: str) -> int:
    words = [word for word in _WORD_BREAK.split(slug) if word and not word.isdigit()]
    weight = sum(map(text_weight, words))
    if len(words) >= 4 or (weight >= 20 and not slug.isascii()):
        return 3 if weight >= 24 else 2
    return 1 if len(words) == 3 and weight >= 14 else 0


def text_weight(text: str) -> float:
    """The length of a text in Latin letters: a character of a dense script counts for more."""
    return len(text) + 1.6 * len(_WIDE.findall(text))


def text_points(text: str) -> int:
    """Judge the words of a link: headlines are longer than the names of sections."""
    weight = text_weight(text)
    if weight < 9:
        return -2
    return 2 if weight >= 24 else 1 if weight >= 15 else 0


def shape(url: str) -> str:
    """What addresses of one kind have in common: their path with words and numbers replaced."""
    segments = urlsplit(url).path.strip("/").split("/")
    kinds = [
        "0" if segment.isdigit() else "slug" if len(_WORD_BREAK.split(segment)) > 2 else segment[:20]
        for segment in segments[:-1]
    ]
    last = "0" if segments[-1].isdigit() else "slug" if len(_WORD_BREAK.split(segments[-1])) > 2 else "word"
    return "/".join([*kinds, last])


def same_site(url: str, page: str) -> bool:
    """Whether two addresses belong to one registered domain (Public Suffix List), or to one numeric host."""
    return site_of(url) == site_of(page)


def site_of(url: str) -> str:
    """The registered domain of an address; numeric hosts and single names stand for themselves, with port."""
    parts = urlsplit(url)
    return _registered(parts.hostname or "", parts.netloc)


@lru_cache(maxsize=4096)
def _registered(host: str, lane: str) -> str:
    try:
        ip_address(host)
    except ValueError:
        return (_suffixes().privatesuffix(host) or lane) if "." in host else lane
    return lane


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def repeated(shapes: Iterable[str], *, least: int = 3) -> frozenset[str]:
    """The shapes that stand at least so many times: listings repeat themselves."""
    counts: dict[str, int] = {}
    for item in shapes:
        counts[item] = counts.get(item, 0) + 1
    return frozenset(item for item, count in counts.items() if count >= least)
