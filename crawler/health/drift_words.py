"""What steps down at a site, in words: one finding a site. Pure."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import groupby

from crawler.health.drift import Drift
from crawler.health.finding import Finding

_GRAVE = frozenset(["title", "published", "text", "length"])
"""What an article is little worth without."""
_PARTS = {
    "title": "a title",
    "authors": "authors",
    "published": "a date",
    "image": "a picture",
    "tags": "tags",
    "section": "a section",
    "text": "a text of the page's own",
    "rule": "a layout that the site's rule knows",
}


def drifted(drifts: Iterable[Drift]) -> Iterator[Finding]:
    """Turn drifts, those of a site one after the other, into a finding for each site."""
    for site, found in groupby(drifts, key=lambda drift: drift.site):
        told = sorted(found, key=lambda drift: (drift.since, drift.what not in _GRAVE))
        yield Finding(
            code="drift",
            severity="problem" if any(drift.what in _GRAVE for drift in told) else "notice",
            what="; ".join(_sentences(told)) + _cause(told[0]),
            advice=f"its pages may have changed: `kabar search --site {site}` lists its newest articles, and"
            " `kabar read URL` shows how one is read",
            site=site,
        )


def _sentences(drifts: Iterable[Drift]) -> Iterator[str]:
    for day, found in groupby(drifts, key=lambda drift: drift.since):
        several = list(found)
        since = date(1970, 1, 1) + timedelta(days=day)
        before, now = several[0].articles
        words = ", ".join(map(_words, several))
        yield f"of its {now:,} articles since {since} {words} ({before:,} before)"


def _words(drift: Drift) -> str:
    if drift.what == "length":
        return f"the usual one has {drift.now:,.0f} words, down from {drift.before:,.0f}"
    return f"{drift.now:.0%} have {_PARTS[drift.what]}, down from {drift.before:.0%}"


def _cause(drift: Drift) -> str:
    before, since = drift.readers
    return (
        f"; kabar reads it with reader {since} now, no more with {before}"
        if before != since and since
        else ""
    )
