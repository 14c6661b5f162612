"""Which of the sources found behind a URL is the best to follow, and why. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

from crawler.normalize.dates import parse_date
from crawler.normalize.url import site_of
from spiders.items import Entry, Feed, SourceKind

Origin = Literal["given", "announced", "linked", "robots", "well_known", "page"]
"""How a candidate was met: it is the URL itself; the page announces it, links to it; robots.txt names it;
it was tried by habit; it is the page's own list of articles."""
_ORIGINS: dict[Origin, tuple[float, str]] = {
    "given": (6, ""),
    "announced": (5, "announced"),
    "linked": (4, "linked to"),
    "robots": (3, "in robots.txt"),
    "well_known": (3, "a usual place"),
    "page": (0, "the page itself"),
}
_KINDS: dict[SourceKind, float] = {"feed": 3, "sitemap": 1, "section": 0}
_COMMENTS_NAME = "comments|komentar|kommentare|comentarios|comentários|commentaires|commenti|reacties|replies"
_COMMENTS_ADDRESS = re.compile(rf"[/=_.-](?:{_COMMENTS_NAME})(?:$|[/._?&-])", re.I)
_COMMENTS_TITLE = re.compile(
    rf"^\W*(?:{_COMMENTS_NAME})\b.{{0,12}}\b(?:on|for|to|di|pada|untuk|zu|für|en|em|sobre|sur|pour|su|per|op|voor)\b"
    r"|comments? feed|コメント|评论",
    re.I,
)
_MEDIA = re.compile(r"podcast|/audio|/video|/galer|/foto|/photo|mp3|youtube", re.I)
_SIDELINE = re.compile(r"image|video|photo|author|tag|categor|topic|page", re.I)
_TOPIC = re.compile(r"/(?:tags?|topics?|authors?|penulis|search|\?s=)(?:/|=|$)", re.I)
_LONG = 600
"""Characters of an entry's content from which it is a text and no teaser."""
_DAY = 86_400.0
SAME = 0.8
"""Share of common entries from which two candidates are the same source."""
_GRAVE = -3
"""Points of one reason from which a candidate is not enough, so that the search goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What ranking needs to know of a candidate."""

    url: str
    origin: Origin
    feed: Feed
    newest: datetime | None
    """When its newest entry was published, if any entry is dated."""
    kind: SourceKind = "feed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """How good a candidate is to follow: the higher the score the better; below zero it is not wanted."""

    score: float
    why: str
    enough: bool
    """Whether there is no need to look for something better."""


def judge_candidate(facts: Facts, *, asked: str, now: datetime, language: str | None = None) -> Judged:
    """Score a candidate for the URL that was ``asked`` for; ``now`` is aware.

    ``language`` is that of the page there, as it gives it.
    """
    found = (
        _ORIGINS[facts.origin],
        _freshness(facts, now),
        _fullness(facts.feed),
        _volume(facts.feed),
        _nearness(facts, asked),
        _purpose(facts, asked),
        _belonging(facts, asked),
        _speech(facts.feed, language),
    )
    score = _KINDS[facts.kind] + sum(points for points, _ in found)
    why = ", ".join(reason for _, reason in found if reason)
    return Judged(score=score, why=why, enough=score >= 0 and all(points > _GRAVE for points, _ in found))


def in_order(addresses: Iterable[str], *, asked: str) -> list[str]:
    """Return feed addresses as they are to be looked at: the section asked for first, topics last.

    Those of comments are left out.
    """
    wanted = _parts(asked)
    rest = [url for url in dict.fromkeys(addresses) if not _COMMENTS_ADDRESS.search(url)]
    return sorted(rest, key=lambda url: (-_matches(wanted, urlsplit(url).path), bool(_TOPIC.search(url))))


def sitemaps_in_order(addresses: Iterable[str]) -> list[str]:
    """Return sitemaps as they are to be looked at: those of news first, those of pictures and tags last."""

    def rank(url: str) -> int:
        path = urlsplit(url).path.lower().replace("newsletter", "")
        return 0 if "news" in path else 2 if _SIDELINE.search(path) else 1

    return sorted(dict.fromkeys(addresses), key=rank)


def same_entries(one: Feed, other: Feed) -> bool:
    """Tell whether two documents carry the same entries: RSS and Atom of one channel, http and https ..."""
    first, second = ([_bare(entry.link) for entry in newest_first(feed)] for feed in (one, other))
    return same_list(first, second)


def same_list(one: Sequence[str], other: Sequence[str]) -> bool:
    """Tell whether two lists of links, the newest first, are of one channel.

    One may be longer than the other, but then it goes on where the other ends: a section's feed is part of
    the feed of the whole site as well, yet other articles stand in between there.
    """
    short, long = sorted((list(dict.fromkeys(one)), list(dict.fromkeys(other))), key=len)
    return bool(short) and overlap(short, long[: len(short) * 5 // 4 + 1]) >= SAME


def overlap(first: Iterable[str], second: Iterable[str]) -> float:
    """Return the common share of the smaller of two sets of links, 0 to 1."""
    one, other = set(first), set(second)
    smaller = min(len(one), len(other))
    return len(one & other) / smaller if smaller else 0.0


def newest_first(feed: Feed) -> tuple[Entry, ...]:
    """Return the entries of a document with the newest first, as nearly all have them anyway."""
    dated = [text for entry in feed.entries if (text := entry.published or entry.updated)]
    if len(dated) > 1:
        first, last = parse_date(dated[0]), parse_date(dated[-1])
        if first is not None and last is not None and first < last:
            return feed.entries[::-1]
    return feed.entries


def _bare(link: str) -> str:
    return link.partition("://")[2].rstrip("/")


def _freshness(facts: Facts, now: datetime) -> tuple[float, str]:
    if facts.feed.children:
        return 0, "an index of sitemaps"
    if facts.newest is None:
        return 0, "undated"
    age = (now - facts.newest).total_seconds()
    if age < 2 * _DAY:
        return 3, "fresh"
    if age < 14 * _DAY:
        return 2, ""
    return (0, "a month old") if age < 60 * _DAY else (-6, "stale")


def _fullness(feed: Feed) -> tuple[float, str]:
    texts = [len(entry.content or "") for entry in feed.entries]
    full = sum(length >= _LONG for length in texts) >= max(len(texts) / 2, 1)
    return (1.5, "full text") if full else (0, "")


def _volume(feed: Feed) -> tuple[float, str]:
    count = len(feed.entries) + len(feed.children)
    if not count:
        return -8, "empty"
    return min(count / 20, 1.0), ""


def _nearness(facts: Facts, asked: str) -> tuple[float, str]:
    """A section's own feed is nearer to the section asked for than the feed of the whole site."""
    wanted = _parts(asked)
    if not wanted or facts.origin == "given":
        return 0, ""
    place = f"{urlsplit(facts.url).path} {facts.feed.title or ''} {facts.feed.site_url or ''}"
    matches = _matches(wanted, place)
    return (2.0 * matches, "of this section") if matches else (-0.5, "")


def _parts(url: str) -> list[str]:
    parts = urlsplit(url).path.split("/")
    return [part.lower() for part in parts if len(part) > 2 and "." not in part][:3]


def _matches(wanted: Sequence[str], place: str) -> int:
    return sum(part in place.lower() for part in wanted)


def _purpose(facts: Facts, asked: str) -> tuple[float, str]:
    if facts.origin == "given":
        return 0, ""
    if _COMMENTS_ADDRESS.search(facts.url) or _COMMENTS_TITLE.search(facts.feed.title or ""):
        return -20, "comments"
    if _MEDIA.search(facts.url):
        return _GRAVE, "not articles in the first place"
    narrow = _TOPIC.search(facts.url) and not _TOPIC.search(asked)
    return (_GRAVE, "one topic or author only") if narrow else (0, "")


def _belonging(facts: Facts, asked: str) -> tuple[float, str]:
    """A page may announce the feed of a partner; a feed that stands elsewhere may still be the site's own."""
    if facts.origin == "given":
        return 0, ""
    addresses = (facts.url, facts.feed.site_url or "", *(entry.link for entry in facts.feed.entries[:20]))
    site = site_of(asked)
    return (0, "") if any(site_of(url) == site for url in addresses) else (_GRAVE, "of another site")


def _speech(feed: Feed, language: str | None) -> tuple[float, str]:
    """A site in several languages has feeds in each; that of the page is meant."""
    spoken = language_of(feed)
    if not language or not spoken or _primary(language) == _primary(spoken):
        return 0, ""
    return -1.5, f"in another language ({_primary(spoken)})"


def language_of(feed: Feed) -> str | None:
    """Return the language a document says it is in, or else that of most entries that name one."""
    named = [entry.language for entry in feed.entries if entry.language]
    return feed.language or (max(set(named), key=named.count) if named else None)


def _primary(language: str) -> str:
    """The primary subtag of a language tag (RFC 5646)."""
    return re.split(r"[-_]", language.strip().lower())[0]
