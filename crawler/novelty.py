"""Which lines of a document are new work. Pure: what is known, the rules and the time are passed in.

A feed lists what is new, and is believed. A sitemap lists everything a site ever published, and a section
page whatever its editors (or whoever bought the space) put there: of those only what is young enough, on the
source's own site and not suddenly far more than ever is fetched. What is not fetched is counted by reason.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from crawler.dated import published, stamp
from crawler.normalize.url import site_of
from storage.model import NewEntry

MASS = 20
"""Changed lines of one sitemap up to which a change is an editor's, whatever share of it they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What is taken of one document."""

    format: str
    """As ``Feed.format``: ``sitemap``, ``news_sitemap``, ``section``, or a kind of feed."""
    oldest: float | None = None
    """What was published before this moment (epoch seconds) is not new work."""
    first: bool = False
    """Whether the document is read for the first time, so that its lines without a date may be old."""
    gap: bool = False
    """Whether it is read once to fill a gap: only lines never seen, and dated where dates are to be had."""
    quota: int | None = None
    """Most lines fetched."""
    sites: frozenset[str] | None = None
    """Sites it may speak for; None: any."""
    within: str | None = None
    """URL of the part of a site that is wanted, like ``https://example.org/sport/``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is taken of a document."""

    offered: tuple[NewEntry, ...]
    """Lines for the frontier; those marked ``rejected`` are remembered only."""
    seen: int
    """Lines that could have been new: what the cadence measures novelty by."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Lines that are not offered at all, by reason."""


def choose(entries: Sequence[NewEntry], stamps: Sequence[str | None], rules: Rules) -> Choice:
    """Choose the lines of a sitemap, a section page, or a page of an archive.

    ``stamps`` tells for each line the update stamp it is known with ("" without one), None for a new one.
    """
    verdicts = [_verdict(entry, known, rules) for entry, known in zip(entries, stamps, strict=True)]
    fetched = [place for place, verdict in enumerate(verdicts) if verdict == TAKEN]
    again = [place for place in fetched if stamps[place] is not None]
    if _by_machine(len(again), sum(known is not None for known in stamps), rules):
        verdicts = [RESTAMPED if place in {*again} else verdict for place, verdict in enumerate(verdicts)]
        fetched = [place for place in fetched if stamps[place] is None]
    if rules.quota is not None and len(fetched) > rules.quota:
        for place in sorted(fetched, key=lambda place: -_age_key(entries[place]))[rules.quota :]:
            verdicts[place] = OVER_QUOTA
    kept = tuple(
        _kept(entry, verdict) for entry, verdict in zip(entries, verdicts, strict=True) if verdict in _KEPT
    )
    left_out = Counter(verdict for verdict in verdicts if verdict not in _KEPT and verdict != KNOWN)
    young = sum(verdict in (TAKEN, LISTED, KNOWN, OVER_QUOTA) for verdict in verdicts)
    return Choice(offered=kept, seen=young, left_out=left_out)


TAKEN, LISTED, KNOWN = "taken", "listed", "known"
BEFORE_FOLLOWING, OVER_QUOTA, RESTAMPED = "before_following", "over_quota", "restamped"
_KEPT = (TAKEN, LISTED, BEFORE_FOLLOWING, OVER_QUOTA, RESTAMPED)


def _verdict(entry: NewEntry, known: str | None, rules: Rules) -> str:
    """Say what becomes of a line: fetched, remembered only, or left out for a reason."""
    if rules.sites is not None and site_of(entry.url) not in rules.sites:
        return "other_site"
    if rules.within is not None and not _is_within(entry.url, rules.within):
        return "other_section"
    if rules.gap and known is not None:
        return KNOWN
    if known is None:
        return _new(entry, rules)
    if rules.format == "section":
        return LISTED  # the frontier sees whether its title changed
    if not known and entry.updated:
        return RESTAMPED  # it had no stamp until now: the next one will tell an edit
    changed = bool(entry.updated and known != entry.updated)
    return TAKEN if changed and not _is_old(stamp(entry.updated), rules) else KNOWN


def _new(entry: NewEntry, rules: Rules) -> str:
    if rules.format not in ("sitemap", "news_sitemap"):
        return "too_old" if _is_old(published(entry), rules) else TAKEN
    at = published(entry)
    if at is not None:
        return "too_old" if _is_old(at, rules) else TAKEN
    if rules.format == "news_sitemap":
        return TAKEN
    if rules.gap:
        return "undated"
    return BEFORE_FOLLOWING if rules.first else TAKEN


def _is_old(at: float | None, rules: Rules) -> bool:
    return at is not None and rules.oldest is not None and at < rules.oldest


def _is_within(url: str, part: str) -> bool:
    wanted = urlsplit(part).path
    return urlsplit(url).path.startswith(wanted if wanted.endswith("/") else f"{wanted}/")


def _by_machine(again: int, known: int, rules: Rules) -> bool:
    """Tell whether known lines got new stamps because the sitemap was made anew, not because of edits."""
    return rules.format in ("sitemap", "news_sitemap") and again > MASS and 2 * again > known


def _age_key(entry: NewEntry) -> float:
    return published(entry) or 0.0


def _kept(entry: NewEntry, verdict: str) -> NewEntry:
    return entry if verdict in (TAKEN, LISTED) else replace(entry, rejected=verdict)


def common_part(urls: Sequence[str]) -> str | None:
    """Return the URL of the part of a site that all articles of a feed lie in, or None when they do not.

    A first folder that all of at least five share is a section, unless it is a number or a date.
    """
    parts = {
        (piece.scheme, piece.netloc, piece.path.split("/")[1]) for piece in map(urlsplit, urls) if piece.path
    }
    deep = all(urlsplit(url).path.count("/") > 1 for url in urls)
    if len(urls) < _EVIDENCE or len(parts) != 1 or not deep:
        return None
    scheme, host, folder = parts.pop()
    return f"{scheme}://{host}/{folder}/" if folder and not any(map(str.isdigit, folder)) else None


_EVIDENCE = 5
