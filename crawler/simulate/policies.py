"""Ways to decide when to look again: kabar's own, fixed intervals, and the rules of other systems."""

import random
from bisect import bisect_left
from collections.abc import Callable
from datetime import UTC

from crawler import cadence
from crawler.cadence import Bounds, Polled, Rules
from crawler.simulate.outlet import Outlet
from crawler.simulate.replay import Look, Policy, Poller

MINUTE = 60.0
HOUR = 3600.0
DAY = 86400.0


def fixed(every: float) -> Policy:
    """Poll every so many seconds, whatever comes."""

    def start(outlet: Outlet, dice: random.Random) -> Poller:
        return lambda look: look.at + every

    return Policy(name=f"every {cadence.spell(every)}", start=start, every=every)


def kabar(bounds: Bounds, *, effort: float = 1.0, name: str = "kabar, adaptive") -> Policy:
    """Decide as the daemon does, with the very functions it uses."""

    def start(outlet: Outlet, dice: random.Random) -> Poller:
        rules = Rules(bounds=bounds, effort=effort, zone=UTC)
        rhythm: str | None = None
        pace: float | None = None

        def poll(look: Look) -> float:
            nonlocal rhythm, pace
            published = [moment for moment in look.stated if moment is not None] if look.new else ()
            polled = Polled(
                seen=look.seen if look.new else 0, new=look.new, pace=pace, published=published,
                before=look.before, rhythm=rhythm, hints=outlet.hints,
            )  # fmt: skip
            decision = cadence.after_success(polled, rules, now=look.at, chance=dice.random())
            pace, rhythm = decision.pace, decision.rhythm or rhythm
            return decision.next_due_at

        return poll

    return Policy(name=name, start=start)


def media_cloud() -> Policy:
    """Media Cloud's rss-fetcher: the interval creeps by the share of entries already seen.

    6 h at first, 10 min to 24 h; from the second poll on: 67 % seen or more is 10 min longer (60 when nothing
    was new for 31 days), under 33 % is an hour shorter, or 6 h if it was longer. The feed's own period is
    a floor.
    """

    def start(outlet: Outlet, dice: random.Random) -> Poller:
        interval, newest = 6 * HOUR, 0.0

        def poll(look: Look) -> float:
            nonlocal interval, newest
            newest = look.at if look.new else newest
            share = 1.0 - look.new / look.seen if look.seen and look.new else 1.01
            if look.before is not None:
                if share >= 0.67:
                    interval += 60 * MINUTE if look.at - newest > 31 * DAY else 10 * MINUTE
                elif share < 0.33:
                    interval = 6 * HOUR if interval > 6 * HOUR else interval - HOUR
            interval = min(max(interval, 10 * MINUTE), DAY)
            return look.at + max(interval, min(outlet.hints.ttl or 0.0, DAY))

        return poll

    return Policy(name="Media Cloud's rule", start=start)


def storm_crawler() -> Policy:
    """StormCrawler's adaptive scheduler as news-crawl sets it: 12 h at first; changed, a fifth of the way
    towards 90 min; unchanged, half as long again, at most 90 days.
    """

    def start(outlet: Outlet, dice: random.Random) -> Poller:
        interval = 12 * HOUR

        def poll(look: Look) -> float:
            nonlocal interval
            if look.before is not None:
                changed = 0.8 * interval + 0.2 * 90 * MINUTE
                interval = changed if look.new else min(1.5 * interval, 90 * DAY)
            return look.at + interval

        return poll

    return Policy(name="StormCrawler's rule", start=start)


def miniflux(*, factor: float = 1.0) -> Policy:
    """Miniflux by entry frequency: a week divided by the entries of the last one, 5 min to 24 h.

    ttl, max-age and Expires raise it, up to the longest interval.
    """

    def start(outlet: Outlet, dice: random.Random) -> Poller:
        def poll(look: Look) -> float:
            there = bisect_left(outlet.appeared, look.at)
            week = there - bisect_left(outlet.appeared, look.at - 7 * DAY)
            interval = 7 * DAY / (week * factor) if week else DAY
            interval = min(max(interval, 5 * MINUTE), DAY)
            return look.at + min(max(interval, outlet.hints.wait), DAY)

        return poll

    return Policy(name="Miniflux, entry frequency", start=start)


def others() -> tuple[Policy, ...]:
    """Return the rules of other systems, as they come."""
    return media_cloud(), storm_crawler(), miniflux()


def stretched(policy: Policy, effort: float) -> Policy:
    """Return the same rule with every wait divided by an effort, but never shorter than 5 minutes."""

    def start(outlet: Outlet, dice: random.Random) -> Poller:
        poller = policy.start(outlet, dice)
        return lambda look: look.at + max((poller(look) - look.at) / effort, 5 * MINUTE)

    return Policy(name=policy.name, start=start)


def matched(
    make: Callable[[float], Policy], requests: Callable[[Policy], int], budget: int, *, name: str
) -> Policy:
    """Return the policy of a family that spends a budget of requests to within half a hundredth, if one does.

    ``make`` takes an effort: the higher, the more requests. It is found by bisection of its logarithm, with
    first guesses in proportion.
    """
    low, high, effort = 1 / 1024, 1024.0, 1.0
    for _ in range(12):
        spent = requests(make(effort))
        if abs(spent / budget - 1) < 0.005 or high / low < 1.005:
            break
        low, high = (effort, high) if spent < budget else (low, effort)
        guess = effort * budget / max(spent, 1)
        inside = low * 1.001 < guess < high / 1.001 and high / low > 1.5
        effort = guess if inside else (low * high) ** 0.5
    found = make(effort)
    return Policy(name=name, start=found.start, every=found.every)
