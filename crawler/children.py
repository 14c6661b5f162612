"""Which parts of a sitemap index are read, and when. Pure: what is known and the time are passed in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from crawler.dated import stamp, url_end
from crawler.normalize.url import clean_url, host_lane, site_of
from spiders.items import ChildSitemap
from storage.model import NewSource, Source

DEEPEST = 3
"""Generations of indexes below the first one: an index that lists itself must end somewhere."""
MOST_CHILDREN = 200
"""Parts of one index that are followed, the newest."""
MOST_GAP_CHILDREN = 1_000
"""Parts of one index that are read to fill a gap."""
MOST_BEHIND = 10_000
"""Documents behind one source, all generations: indexes that name ever more indexes must end somewhere."""
STAGGER = 5.0
"""Seconds between the due times of two parts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """A sitemap index that was read, and what bears on its parts."""

    source: Source
    lineage: tuple[Source, ...]
    """The sources above it, the root last."""
    sites: frozenset[str]
    """Sites whose sitemaps it may name."""
    oldest: float
    """Parts that did not change since this moment (epoch seconds) are not read."""
    since: float | None = None
    """Set when the parts are read once: their entries published before are not taken."""
    room: int = MOST_BEHIND
    """How many more documents may stand behind the source at the root."""
    shortest: float = 0.0
    """Least seconds between two polls of one part."""
    first: float = 0.0
    """Pace of a part of which nothing was learnt yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What becomes of the parts of an index."""

    children: tuple[NewSource, ...] = ()
    """Those to be read: new ones, and known ones that changed."""
    ended: tuple[int, ...] = ()
    """Known ones that are not to be read any more."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Parts that are not followed, by reason."""


def plan(named: Sequence[ChildSitemap], known: Sequence[Source], index: Index, *, now: float) -> Plan:
    """Decide on the parts that an index names, beside those known from earlier."""
    if len(index.lineage) >= DEEPEST:
        return Plan(left_out={"too_deep": len(named)})
    mine = {child.url: child for child in known}
    parts, left_out = _wanted(named, index)
    surplus = [url for url in parts if url not in mine][max(index.room, 0) :]
    if surplus:
        left_out["over_limit"] = left_out.get("over_limit", 0) + len(surplus)
        parts = {url: at for url, at in parts.items() if url not in {*surplus}}
    due = 0
    children: list[NewSource] = []
    for url, changed_at in parts.items():
        at = _due_at(mine.get(url), changed_at, index, now=now)
        if at is not None:
            children.append(_child(url, changed_at, index, at=at + due * STAGGER))
            due += 1
    ended = tuple(child.id for child in known if child.state == "active" and child.url not in parts)
    # A part that another search for a gap reads is not this one's to end.
    keep = {child.id for child in known if child.since is not None}
    return Plan(
        children=tuple(children),
        ended=() if index.since is not None else tuple(number for number in ended if number not in keep),
        left_out=left_out,
    )


def _wanted(named: Sequence[ChildSitemap], index: Index) -> tuple[dict[str, float | None], dict[str, int]]:
    """Return the parts to follow, the newest first, each with when it changed; and why others are not."""
    above = {index.source.url, *(source.url for source in index.lineage)}
    young: dict[str, float | None] = {}
    left_out = {"other_site": 0, "too_old": 0, "over_limit": 0}
    for item in named:
        url = clean_url(item.url)
        if url is None or url in above:
            continue
        if site_of(url) not in index.sites:
            left_out["other_site"] += 1
            continue
        changed_at = stamp(item.modified)
        last = changed_at if changed_at is not None else url_end(url, least="year")
        if last is not None and last < index.oldest:
            left_out["too_old"] += 1
        else:
            young[url] = changed_at
    most = MOST_CHILDREN if index.since is None else MOST_GAP_CHILDREN
    newest = sorted(young, key=lambda url: -(young[url] or url_end(url, least="year") or 0.0))
    left_out["over_limit"] = max(len(newest) - most, 0)
    return {url: young[url] for url in newest[:most]}, {k: n for k, n in left_out.items() if n}


def _due_at(child: Source | None, changed_at: float | None, index: Index, *, now: float) -> float | None:
    """Return when a part is to be read because of what the index says now; None: as it stands."""
    if child is None:
        return now
    if index.since is not None:
        return None if _covers(child, index.since) and changed_at == child.changed_at else now
    if child.state == "paused":
        return None
    if child.since is not None and child.state == "active":
        return None  # it is still to be read for a gap, which takes in what is new
    if child.last_ok_at is None:
        return None if child.state == "active" else now
    if changed_at is None:  # it goes by its own cadence
        return None if child.state == "active" else max(now, child.last_ok_at + (child.pace or 0.0))
    if changed_at == child.changed_at and changed_at <= child.last_ok_at:
        return None
    if child.state == "active" and changed_at == child.changed_at:
        return None
    # An index that calls parts changed that are not is believed less and less.
    brought = child.last_new_at is not None and child.last_new_at >= child.last_ok_at
    pace = child.pace or 0.0
    wait = index.shortest if brought or pace <= index.first else max(pace, index.shortest)
    return max(now, (child.last_polled_at or 0.0) + wait)


def _covers(child: Source, since: float) -> bool:
    """Tell whether a part was read for this very gap, or waits to be read at least as far back."""
    if child.since is None:
        return False
    return child.since == since or (child.state == "active" and child.since < since)


def _child(url: str, changed_at: float | None, index: Index, *, at: float) -> NewSource:
    return NewSource(
        url=url,
        host=host_lane(url),
        kind="sitemap",
        next_due_at=at,
        due_reason="the index names it" if changed_at is None else "the index says that it changed",
        parent_id=index.source.id,
        site_url=index.source.site_url if index.source.parent_id is not None else None,
        since=index.since,
        changed_at=changed_at,
    )


def is_told(child: Source, *, at: float) -> bool:
    """Tell whether the index of a part says when to read it again, after it was read at ``at``."""
    return child.changed_at is not None and child.changed_at <= at
