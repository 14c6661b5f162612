"""Where does the text of a story likely come from? Pure.

An agency that articles name is believed before any clock; where none is named, the article that came out
first is the origin. Clocks of ten outlets do not agree to the minute, and some print a day alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crawler.stories.naming import Named, Where, agency_of_site, named_in, outlet_keys
from storage.membership import Member

TOLERANCE = timedelta(minutes=10)
"""Between publications so close together, the clock says nothing."""
_SHOWN = {
    "dateline": "in the dateline",
    "opening": "at the beginning",
    "closing": "at the end",
    "byline": "in the byline",
    "credits": "in the credits",
    "authors": "as the author",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a text likely comes from."""

    article_id: int | None
    """The article that is the original; None when it is not among those kept."""
    name: str
    """The outlet or agency."""
    why: str
    """The reason, in words that can stand behind "because"."""


@dataclass(slots=True)
class _Votes:
    """Who names one outlet or agency."""

    name: str
    known: bool
    """Whether it is an agency on our list."""
    by: dict[int, Named] = field(default_factory=dict)
    own: Member | None = None
    """Its own article, if that is in the story."""

    def score(self) -> tuple[int, bool, int]:
        return len(self.by) + (self.known and self.own is not None), self.own is not None, self.known


def came_out(member: Member) -> datetime:
    """Return when an article came out, as far as its time can be believed.

    A day without a time of day says nothing about the hour: then it is when it was first seen. That is also
    the latest it can be.
    """
    published = member.published_at
    if published is None or published > member.first_seen_at:
        return member.first_seen_at
    bare = (published.hour, published.minute, published.second) == (0, 0, 0)
    if bare and member.first_seen_at - published < timedelta(days=1):
        return member.first_seen_at
    return published


def in_time(members: Sequence[Member]) -> list[Member]:
    """Return the articles of a story in the order in which they came out."""
    return sorted(members, key=lambda member: (came_out(member), member.id))


def origin_of(members: Sequence[Member]) -> Origin:
    """Return the likely origin of the text that these articles (one at least) carry."""
    ordered = in_time(members)
    votes = [one for one in _votes(ordered).values() if _is_believed(one, ordered)]
    best = max(votes, key=_Votes.score, default=None)
    return _earliest(ordered) if best is None else _named(best, ordered)


def _votes(members: Sequence[Member]) -> dict[str, _Votes]:
    found: dict[str, _Votes] = {}
    own = {member.id: outlet_keys(member) for member in members}
    for member in members:
        agency = agency_of_site(member.site)
        if agency is not None:
            votes = found.setdefault(agency.name, _Votes(agency.name, known=True))
            votes.own = votes.own or member
        for named in named_in(member):
            if named.key in own[member.id] or (named.agency and named.agency == agency):
                continue
            votes = found.setdefault(named.key, _Votes(named.name, known=named.agency is not None))
            votes.by[member.id] = named
    for key, votes in found.items():
        if votes.own is None and not votes.known:
            votes.own = next((member for member in members if key in own[member.id]), None)
    return found


def _is_believed(votes: _Votes, members: Sequence[Member]) -> bool:
    """Tell whether what is named can be where the text comes from."""
    if votes.known or votes.own is not None:
        return bool(votes.by) or votes.known
    sites = {member.site for member in members if member.id in votes.by}
    return len(sites) > 1 and any(named.firm for named in votes.by.values())


def _named(votes: _Votes, members: Sequence[Member]) -> Origin:
    own = votes.own
    others = len(members) - (own is not None)
    number = len(votes.by)
    if own is not None and not number:
        return Origin(article_id=own.id, name=votes.name, why=f"{own.site} is a news agency")
    if others == 1:
        who = "the other one names it" if own is not None else "it is named"
    else:
        who = f"{number} of {'the other ' if own is not None else ''}{others} name it"
    where = _SHOWN[_commonest([named.where for named in votes.by.values()])]
    why = f"{who} {where}"
    if own is None:
        return Origin(article_id=None, name=votes.name, why=f"{why}; its own article is not here")
    return Origin(article_id=own.id, name=own.publisher or own.site, why=why)


def _commonest(places: Sequence[Where]) -> Where:
    return max(dict.fromkeys(places), key=places.count)


def _earliest(ordered: Sequence[Member]) -> Origin:
    first = ordered[0]
    if len(ordered) == 1:
        return _origin(first, "nobody else has printed it")
    close = [member for member in ordered if came_out(member) - came_out(first) <= TOLERANCE]
    if len(close) == 1:
        ahead = _span(came_out(ordered[1]) - came_out(first))
        return _origin(first, f"it came out first, {ahead} before the next")
    # The fullest text: copies are cut more often than they grow. Then one with a writer, then the clock.
    best = max(close, key=lambda member: (member.word_count, bool(member.authors), -close.index(member)))
    minutes = round(TOLERANCE.total_seconds() / 60)
    if best is first:
        return _origin(first, "it came out first and has the fullest text of those that came out with it")
    return _origin(best, f"it has the fullest text of {len(close)} that came out within {minutes} min")


def _origin(member: Member, why: str) -> Origin:
    return Origin(article_id=member.id, name=member.publisher or member.site, why=why)


def _span(length: timedelta) -> str:
    minutes = round(length.total_seconds() / 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} d"
