"""Which of the sources found behind a URL is the best to follow, and why. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

from spiders.items import Feed, SourceKind

Origin = Literal["given", "announced", "linked", "robots", "well_known", "page"]
"""How a candidate was met: it is the URL itself; the page announces it, links to it; robots.txt names it;
it was tried by habit; it is the page's own list of articles."""
_ORIGINS: dict[Origin, float] = {
    "given": 6,
    "announced": 5,
    "linked": 4,
    "robots": 3,
    "well_known": 3,
    "page": 0,
}
_KINDS: dict[SourceKind, float] = {"feed": 3, "sitemap": 1, "section": 0}
_COMMENTS = re.compile(
    r"comment|komentar|kommentar|comentario|commentaire|replies|reacties|コメント|评论", re.I
)
_MEDIA = re.compile(r"podcast|/audio|/video|/galer|/foto|/photo|mp3|youtube", re.I)
_TOPIC = re.compile(r"/(?:tags?|topics?|authors?|penulis|search|\?s=)(?:/|=|$)", re.I)
_LONG = 600
"""Characters of an entry's content from which it is a text and no teaser."""
_DAY = 86_400.0
SAME = 0.8
"""Share of common entries from which two candidates are the same source."""


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


def judge_candidate(facts: Facts, *, asked: str, now: datetime) -> Judged:
    """Score a candidate for the URL that was ``asked`` for; ``now`` is aware."""
    reasons: list[str] = []
    score = _ORIGINS[facts.origin] + _KINDS[facts.kind]
    for points, reason in (
        _freshness(facts, now),
        _fullness(facts.feed),
        _volume(facts.feed),
        _nearness(facts, asked),
        _purpose(facts),
    ):
        score += points
        if reason:
            reasons.append(reason)
    return Judged(score=score, why=", ".join(reasons))


def same_entries(one: Feed, other: Feed) -> bool:
    """Tell whether two documents carry the same entries: RSS and Atom of one channel, http and https ..."""
    first, second = _links(one), _links(other)
    return bool(first) and overlap(first, second) >= SAME


def overlap(first: Iterable[str], second: Iterable[str]) -> float:
    """Return the common share of the smaller of two sets of links, 0 to 1."""
    one, other = set(first), set(second)
    smaller = min(len(one), len(other))
    return len(one & other) / smaller if smaller else 0.0


def _links(feed: Feed) -> Sequence[str]:
    return [entry.link.partition("://")[2].rstrip("/") for entry in feed.entries]


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
    wanted = [part.lower() for part in urlsplit(asked).path.split("/") if len(part) > 2 and "." not in part]
    if not wanted or facts.origin == "given":
        return 0, ""
    place = f"{urlsplit(facts.url).path} {facts.feed.title or ''} {facts.feed.site_url or ''}".lower()
    matches = sum(part in place for part in wanted[:3])
    return (2.0 * matches, "of this section") if matches else (-0.5, "")


def _purpose(facts: Facts) -> tuple[float, str]:
    name = f"{facts.url} {facts.feed.title or ''}"
    if facts.origin == "given":
        return 0, ""
    if _COMMENTS.search(name):
        return -20, "comments"
    if _MEDIA.search(facts.url):
        return -3, "not articles in the first place"
    return (-2, "one topic only") if _TOPIC.search(facts.url) else (0, "")
