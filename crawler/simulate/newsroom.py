"""A synthetic newsroom: outlets whose entries come as those of real ones do. Seeded, the same each time.

Each outlet is a Hawkes process: entries of its own accord at a rate that follows the hours of its zone and
the days of its week, and a share that follows other entries within the hour. A part of what a newsroom puts
out waits for the full or the half hour. Breaking news, a few times a week and at any hour, multiplies the
rate of all outlets of a region and ebbs away within hours. Magazines put out whole issues at once, blogs a
piece now and then, some feeds died long ago, aggregators show only the newest few of many. Publishers ask
for waits that are sensible, and for some that are not; a few state no dates, or dates in a wrong zone.
"""

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from crawler.hints import NO_HINTS, PublisherHints
from crawler.simulate.outlet import Outlet

HOUR = 3600.0
DAY = 86400.0
_HOURS = (
    *(0.25, 0.15, 0.12, 0.12, 0.2, 0.5, 0.9, 1.2, 1.5, 1.6, 1.7, 1.6),
    *(1.5, 1.5, 1.6, 1.6, 1.6, 1.5, 1.4, 1.2, 1.0, 0.85, 0.65, 0.4),
)
"""How many times the mean a newsroom puts out at each hour of its own day."""
_ZONES = (7.0, 7.0, 8.0, 1.0, 0.0, -5.0, -8.0, 5.5, 10.0, 3.0)
"""Hours ahead of UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A class of outlets: how many of a hundred, and the span within which each of them draws its ways."""

    name: str
    share: float
    daily: tuple[float, float]
    """Entries a day; drawn so that each order of magnitude is as likely."""
    window: tuple[int, int]
    weekend: tuple[float, float] = (0.4, 0.9)
    """What Saturday and Sunday bring, as a share of a weekday."""
    swing: float = 1.0
    """How far it follows the hours of the day: 0 not at all, 1 as newsrooms do, 2 sharper."""
    echo: float = 0.25
    """Share of entries that follow another one."""
    batch: float = 0.2
    """Share of entries that wait for the full or half hour."""
    issue: tuple[int, int] = (1, 1)
    """Entries put out at once."""
    ended: bool = False
    """Whether it died, weeks to months before the simulation begins."""
    hints: tuple[PublisherHints, ...] = (NO_HINTS,)
    dates: tuple[str, ...] = ("right",)
    """What the entries state: ``right``, ``none``, ``shifted`` (a wrong zone), ``days`` (no time of day)."""


_SENSIBLE = (
    *(NO_HINTS,) * 6,
    PublisherHints(ttl=300.0),
    PublisherHints(max_age=300.0),
    PublisherHints(max_age=60.0),
    PublisherHints(ttl=900.0),
)
_WRONG = (
    PublisherHints(ttl=1440 * 60.0),
    PublisherHints(ttl=6 * HOUR),
    PublisherHints(max_age=DAY),
    PublisherHints(ttl=3 * HOUR),
)
_DATES = ("right",) * 12 + ("none", "shifted")

KINDS = (
    Kind(name="agency", share=5, daily=(200, 600), window=(50, 120), weekend=(0.6, 0.9), swing=0.7,
         hints=_SENSIBLE),
    Kind(name="newspaper", share=26, daily=(30, 150), window=(20, 60), hints=_SENSIBLE, dates=_DATES),
    Kind(name="section", share=20, daily=(4, 30), window=(10, 40), hints=_SENSIBLE, dates=_DATES),
    Kind(name="aggregator", share=4, daily=(100, 350), window=(10, 20), swing=0.5, batch=0.05, echo=0.15),
    Kind(name="wrong ttl", share=4, daily=(30, 120), window=(15, 50), hints=_WRONG),
    Kind(name="magazine", share=14, daily=(0.3, 2), window=(10, 30), weekend=(0.1, 0.6), swing=1.5,
         issue=(1, 8), echo=0.05, dates=("right", "right", "right", "days")),
    Kind(name="blog", share=15, daily=(0.1, 1.2), window=(10, 20), weekend=(0.6, 1.2), swing=0.8, echo=0.02,
         batch=0.0),
    Kind(name="dead", share=12, daily=(0.3, 10), window=(10, 30), ended=True),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """Breaking news: when, where, and how many times more is written at first."""

    at: float
    zones: frozenset[float]
    times: float
    lasts: float
    """Seconds in which it ebbs away to a third."""


def newsroom(
    *, seed: int, outlets: int, start: float, end: float, kinds: tuple[Kind, ...] = KINDS
) -> list[Outlet]:
    """Return ``outlets`` feeds with what appears in them until ``end`` and what they show at ``start``."""
    dice = random.Random(seed)  # noqa: S311 - invented times, not secrets
    breaks = _breaks(dice, start - 3 * DAY, end)
    whole = sum(kind.share for kind in kinds)
    found: list[Outlet] = []
    owed = 0.0
    for kind in kinds:
        owed += outlets * kind.share / whole
        while len(found) < round(owed):
            name = f"{kind.name} {len(found) + 1}"
            found.append(_outlet(dice, kind, name, breaks, start, end))
    return found


def _outlet(
    dice: random.Random, kind: Kind, name: str, breaks: list[Break], start: float, end: float
) -> Outlet:
    zone = dice.choice(_ZONES)
    daily = _between(dice, *kind.daily)
    window = dice.randint(*kind.window)
    weekend, issue = dice.uniform(*kind.weekend), dice.uniform(*kind.issue)
    if kind.ended:
        end = start - dice.uniform(10, 300) * DAY
    history = min(max(1.5 * window / daily, 2.0), 2000.0) * DAY
    first = (end if kind.ended else start) - history
    near = [event for event in breaks if zone in event.zones] if daily > 3 else []
    rate = _rate(daily / DAY / issue, zone, weekend, kind.swing, near)
    steepest = (
        max(_powered(kind.swing)) * daily / DAY / issue * (1 + max((e.times for e in near), default=0.0))
    )
    own = _thinned(dice, rate, 1.3 * steepest, first, end, keep=1 - kind.echo)
    times = sorted(_batched(dice, moment, kind.batch) for moment in _echoed(dice, own, kind.echo, end))
    times = [moment for moment in times for _ in range(_whole(dice, issue))]
    return Outlet(
        name=name, kind=kind.name, window=window, appeared=times,
        stated=_stated(dice, times, dice.choice(kind.dates)), hints=dice.choice(kind.hints),
    )  # fmt: skip


def _breaks(dice: random.Random, start: float, end: float) -> list[Break]:
    """Draw breaking news: four in a week, mostly for one region, seldom for the whole world."""
    found = []
    moment = start + dice.expovariate(4 / (7 * DAY))
    while moment < end:
        world = dice.random() < 0.25
        zones = frozenset(_ZONES) if world else frozenset(dice.sample(sorted(set(_ZONES)), 3))
        found.append(
            Break(at=moment, zones=zones, times=dice.uniform(2, 7), lasts=dice.uniform(0.7, 3) * HOUR)
        )
        moment += dice.expovariate(4 / (7 * DAY))
    return found


def _powered(swing: float) -> tuple[float, ...]:
    powers = [factor**swing for factor in _HOURS]
    return tuple(24 * power / sum(powers) for power in powers)


def _rate(
    mean: float, zone: float, weekend: float, swing: float, breaks: list[Break]
) -> Callable[[float], float]:
    """Return the rate of an outlet (entries a second) as a function of the moment."""
    hours = _powered(swing)
    days = [7 / (5 + 2 * weekend) * factor for factor in (1, 1, 1, 1, 1, weekend, weekend)]

    def rate(moment: float) -> float:
        local = moment + zone * HOUR
        place = local / HOUR % 24
        hour, share = int(place), place % 1
        usual = mean * days[(int(local // DAY) + 3) % 7]
        usual *= hours[hour] * (1 - share) + hours[(hour + 1) % 24] * share
        for event in breaks:
            if event.at <= moment < event.at + 6 * event.lasts:
                usual += mean * event.times * math.exp((event.at - moment) / event.lasts)
        return usual

    return rate


def _thinned(
    dice: random.Random, rate: Callable[[float], float], most: float, start: float, end: float, *, keep: float
) -> Iterator[float]:
    """Draw the moments of an inhomogeneous Poisson process by thinning (Lewis and Shedler)."""
    moment = start
    while (moment := moment + dice.expovariate(most * keep)) < end:
        if dice.random() * most < rate(moment):
            yield moment


def _echoed(dice: random.Random, own: Iterator[float], share: float, end: float) -> Iterator[float]:
    """Let each entry draw others after it, within the hour and now and then."""
    open_ = list(own)
    while open_:
        moment = open_.pop()
        if moment < end:
            yield moment
            if dice.random() < share:
                open_.append(moment + dice.expovariate(1 / 1500))


def _batched(dice: random.Random, moment: float, share: float) -> float:
    if dice.random() >= share:
        return moment
    slot = 1800.0 if dice.random() < 0.4 else HOUR
    return (moment // slot + 1) * slot + dice.uniform(0, 90)


def _stated(dice: random.Random, times: list[float], ways: str) -> list[float | None]:
    if ways == "none":
        return [None] * len(times)
    if ways == "days":
        return [moment // DAY * DAY for moment in times]
    shift = dice.choice((-8, -7, -2, -1, 1, 2, 7)) * HOUR if ways == "shifted" else 0.0
    lag = dice.choice((0.0, 0.0, 0.0, 60.0, 300.0))
    return [moment // 1 + shift - lag * dice.random() for moment in times]


def _whole(dice: random.Random, mean: float) -> int:
    """Return a whole number with this mean, at least 1."""
    return int(mean) + (dice.random() < mean % 1)


def _between(dice: random.Random, low: float, high: float) -> float:
    return float(math.exp(dice.uniform(math.log(low), math.log(high))))
