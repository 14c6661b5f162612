"""Whether a site is read worse than it was: a field that stays empty, texts that shrink. Pure.

A site that changes its layout rarely breaks loudly: one field is empty from then on, or half of each text is
missing. Its newest articles are held against those before, and only a step that chance does not explain is
told: the exact tail of the binomial distribution says how likely so few would be.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import comb
from statistics import median, quantiles

from storage.sighting import Sighting

NEWEST = 20
"""Articles of a site that are held against those before."""
BEFORE = 40
"""Fewer earlier articles say nothing."""
MOST_BEFORE = 200
USUAL = 0.5
"""Share of earlier articles that have a field, from which its absence is worth a word."""
STEP = 0.4
"""How much smaller the share has to be."""
SHRUNK = 0.6
"""How many of the usual words texts may have before they are short."""
CHANCE = 1e-5
"""How likely a step may be by chance alone."""
_SHORT = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """A step down in what is read from a site."""

    site: str
    what: str
    """The field, or ``text``."""
    before: float
    """Share of articles with the field; for the text the usual number of words."""
    after: float
    since: float
    """Epoch seconds at which the first of the articles that differ was seen."""
    articles: int
    """How many are held against those before."""


def drifts(sightings: Iterable[Sighting]) -> tuple[Drift, ...]:
    """Return the steps down of all sites, by site; ``sightings`` are the last articles, newest first."""
    sites: dict[str, list[Sighting]] = {}
    for one in sightings:
        sites.setdefault(one.site, []).append(one)
    return tuple(drift for site in sorted(sites) for drift in _of_site(site, sites[site]))


def _of_site(site: str, seen: Sequence[Sighting]) -> Iterator[Drift]:
    newest, earlier = seen[:NEWEST], seen[NEWEST : NEWEST + MOST_BEFORE]
    if len(newest) < NEWEST or len(earlier) < BEFORE:
        return
    since = newest[-1].seen_at
    for what, before, after in (*_fields(newest, earlier), *_text(newest, earlier)):
        yield Drift(site=site, what=what, before=before, after=after, since=since, articles=len(newest))


def _fields(newest: Sequence[Sighting], earlier: Sequence[Sighting]) -> Iterator[tuple[str, float, float]]:
    for name in earlier[0].filled:
        usual = sum(one.filled[name] for one in earlier) / len(earlier)
        have = sum(one.filled[name] for one in newest)
        if (
            usual >= USUAL
            and usual - have / len(newest) >= STEP
            and _at_most(have, len(newest), usual) <= CHANCE
        ):
            yield name, usual, have / len(newest)


def _text(newest: Sequence[Sighting], earlier: Sequence[Sighting]) -> Iterator[tuple[str, float, float]]:
    """Texts are short when many are below what nine of ten were before."""
    words = [one.words for one in earlier]
    usual, now = median(words), median(one.words for one in newest)
    floor = quantiles(words, n=10)[0]
    long = sum(one.words >= floor for one in newest)
    if now <= SHRUNK * usual and _at_most(long, len(newest), 1 - _SHORT) <= CHANCE:
        yield "text", usual, now


def _at_most(count: int, total: int, share: float) -> float:
    """Return the chance that at most ``count`` of ``total`` have what a share of all have."""
    share = min(max(share, 0.0), 1.0 - 1e-9)
    return sum(comb(total, k) * share**k * (1 - share) ** (total - k) for k in range(count + 1))


def words_of(drift: Drift, day: str) -> str:
    """Say a drift in a sentence; ``day`` is when it began, as people write it."""
    if drift.what == "text":
        return f"texts of {drift.site} have {drift.after:.0f} words, usually {drift.before:.0f}, since {day}"
    return (
        f"{drift.what} is there in {drift.after:.0%} of the last {drift.articles} articles of {drift.site},"
        f" usually in {drift.before:.0%}, since {day}"
    )
