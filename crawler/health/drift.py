"""Has a site's page changed so that less is read from it? Told by fields and lengths that step down. Pure.

A step is told when it is wide, sure, lasting, and lower than the site ever was before in as many articles:
better a step missed on a small site than an alarm for a weekend without by-lines.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from math import sqrt
from typing import Literal, get_args

from spiders.readers.version import version_of
from storage.harvest import LENGTHS, Harvest, Part

LOOK_BACK = 28 * 86_400.0
"""Seconds that a site's articles are looked at."""
EARLIER = 40
"""Fewest articles before a step."""
SINCE = 12
"""Fewest articles since; what so few show by chance the earlier ones show as well."""
WEEK = 8
"""Fewest days from the first article to a step: what is usual at weekends is known by then."""
WIDE = 0.3
"""Least part of all articles by which a share falls."""
COMMON = 0.5
"""Least share of articles that had it before: what is rare is no loss."""
SURE = 5.0
"""Least distance of the two shares in standard errors; one in three million by chance. On a site where the
days differ more than by chance it is as much more."""
_SHORTEST = 64
"""Sites whose texts have fewer words are not judged by their length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One thing that a site's articles had and have no more, or much more rarely."""

    site: str
    what: Part | Literal["length"]
    before: float
    """Share of the earlier articles that had it; for ``length`` the usual number of words."""
    now: float
    """The same of those since."""
    since: int
    """The first day of it, in days since 1970."""
    articles: tuple[int, int]
    """How many articles there were before and since."""
    readers: tuple[str, str] = ("", "")
    """Versions of the reader that read most of them before and since."""


@dataclass(frozen=True, slots=True)
class _Day:
    """A day of a site: its articles, and how many of them have something."""

    day: int
    articles: int
    having: int


def drifts(harvests: Iterable[Harvest]) -> tuple[Drift, ...]:
    """Return what steps down and stays down, of each site; the days of a site come in ascending order."""
    return tuple(
        found
        for site, rows in groupby(harvests, key=lambda row: row.site)
        for found in _of_site(site, tuple(rows))
    )


def _of_site(site: str, rows: Sequence[Harvest]) -> Iterator[Drift]:
    if sum(row.articles for row in rows) < EARLIER + SINCE:
        return
    for place, part in enumerate(get_args(Part)):
        days = _days(rows, [row.having[place][1] for row in rows])
        if (at := step(days)) is not None:
            yield _drift(site, part, rows, days, at)
    usual = _usual_length(rows[: _half(rows)])
    if usual is not None:
        days = _days(rows, [row.long[LENGTHS.index(usual // 2)] for row in rows])
        if (at := step(days)) is not None:
            yield _shortened(_drift(site, "length", rows, days, at), rows)


def _days(rows: Sequence[Harvest], having: Sequence[int]) -> tuple[_Day, ...]:
    """Put the readers of each day together."""
    paired = zip(rows, having, strict=True)
    grouped = ((day, list(pairs)) for day, pairs in groupby(paired, key=lambda pair: pair[0].day))
    return tuple(
        _Day(day, sum(row.articles for row, _ in pairs), sum(number for _, number in pairs))
        for day, pairs in grouped
    )


def step(days: Sequence[_Day]) -> int | None:
    """Return where a share steps down for good: the place of the first day of the surest such step."""
    articles = list(accumulate((day.articles for day in days), initial=0))
    having = list(accumulate((day.having for day in days), initial=0))
    best, surest = None, SURE
    for at in range(1, len(days)):
        earlier, later = articles[at], articles[-1] - articles[at]
        if earlier < EARLIER or days[at].day - days[0].day < WEEK:
            continue
        sureness = _sureness(having[at], earlier, having[-1] - having[at], later)
        if sureness >= surest:
            best, surest = at, sureness
    if best is None or articles[-1] - articles[best] < SINCE:
        return None
    before, since = days[:best], days[best:]
    return best if surest >= SURE * _unrest(before) and _is_new(before, since) else None


def _sureness(having: int, articles: int, having_since: int, articles_since: int) -> float:
    """By how many standard errors a share fell, 0 where it did not fall far enough to be told."""
    before, since = having / articles, having_since / articles_since
    if before < COMMON or before - since < WIDE:
        return 0.0
    pooled = (having + having_since) / (articles + articles_since)
    # Half an article more on either side: of twelve that all lack something nothing is quite sure.
    spread = max(pooled * (1 - pooled), 0.5 / (articles + articles_since))
    return (before - since) / sqrt(spread * (1 / articles + 1 / articles_since))


def _unrest(days: Sequence[_Day]) -> float:
    """How many times as much the share differs from day to day as chance alone would make it, at least 1."""
    share = min(_share(days), 1 - 1 / (2 * sum(day.articles for day in days)))
    squares = [(day.having - day.articles * share) ** 2 / day.articles for day in days]
    return max(sqrt(sum(squares) / (share * (1 - share) * max(len(days) - 1, 1))), 1.0)


def _is_new(before: Sequence[_Day], since: Sequence[_Day]) -> bool:
    """Whether the share was never so low before in as many articles, and has not recovered of late."""
    share = _share(since)
    lowest = min(_blocks(before), default=0.0)
    return share < lowest and _latest(since) <= (share + lowest) / 2


def _blocks(days: Sequence[_Day]) -> Iterator[float]:
    """The shares of runs of days with SINCE articles or more each."""
    run: list[_Day] = []
    for day in days:
        run.append(day)
        if sum(each.articles for each in run) >= SINCE:
            yield _share(run)
            run = []


def _latest(days: Sequence[_Day]) -> float:
    """The share of the last days that have SINCE articles together."""
    return next(_blocks(days[::-1]), _share(days))


def _share(days: Sequence[_Day]) -> float:
    return sum(day.having for day in days) / max(sum(day.articles for day in days), 1)


def _drift(
    site: str, what: Part | Literal["length"], rows: Sequence[Harvest], days: Sequence[_Day], at: int
) -> Drift:
    before, since = days[:at], days[at:]
    return Drift(
        site=site,
        what=what,
        before=_share(before),
        now=_share(since),
        since=since[0].day,
        articles=(sum(day.articles for day in before), sum(day.articles for day in since)),
        readers=(
            _reader(row for row in rows if row.day < since[0].day),
            _reader(row for row in rows if row.day >= since[0].day),
        ),
    )


def _reader(rows: Iterable[Harvest]) -> str:
    """The version that read most articles, without the site rule."""
    counts: dict[str, int] = {}
    for row in rows:
        version = version_of(row.reader or "")
        counts[version] = counts.get(version, 0) + row.articles
    return max(counts, key=lambda version: counts[version], default="")


def _half(rows: Sequence[Harvest]) -> int:
    """The place by which half of the articles were there."""
    counts = list(accumulate(row.articles for row in rows))
    return next(place for place, count in enumerate(counts, start=1) if count * 2 >= counts[-1])


def _usual_length(rows: Sequence[Harvest]) -> int | None:
    """The largest of LENGTHS that half of the texts reach; None for texts too short to be judged."""
    total = sum(row.articles for row in rows)
    reached = [
        length
        for place, length in enumerate(LENGTHS)
        if sum(row.long[place] for row in rows) * 2 >= total and length >= _SHORTEST
    ]
    return max(reached, default=None)


def _shortened(drift: Drift, rows: Sequence[Harvest]) -> Drift:
    """Put usual numbers of words in place of the shares of texts that are long enough."""
    before = _words([row for row in rows if row.day < drift.since])
    now = _words([row for row in rows if row.day >= drift.since])
    return Drift(
        site=drift.site,
        what=drift.what,
        before=before,
        now=now,
        since=drift.since,
        articles=drift.articles,
        readers=drift.readers,
    )


def _words(rows: Sequence[Harvest]) -> float:
    """About how many words the text in the middle has."""
    total = sum(row.articles for row in rows)
    counts = [total, *(sum(row.long[place] for row in rows) for place in range(len(LENGTHS))), 0]
    bounds = [0, *LENGTHS, 2 * LENGTHS[-1]]
    place = max(index for index, count in enumerate(counts[:-1]) if count * 2 >= total)
    within = (counts[place] - total / 2) / max(counts[place] - counts[place + 1], 1)
    return bounds[place] + within * (bounds[place + 1] - bounds[place])
