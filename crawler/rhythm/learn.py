"""How a rhythm is learnt: a poll with new entries fades what is known and counts what has come."""

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from crawler.rhythm.forecast import PRIOR
from crawler.rhythm.shape import DAY, HALF_LIFE, HOUR, MEMORY, SPANS, Rhythm, weekday

LATE = 6 * HOUR
"""An entry dated this long before the poll that should have seen it is dated wrongly, or came late."""
_TOLD = 3.0
"""Entries of which a rhythm must be made before what it holds for usual is a reason to be careful."""
_WATCHED = 3 * HALF_LIFE
"""Seconds that are looked back at most: what lies before has faded to an eighth."""
_OLDEST = 631_152_000.0
"""1990: nothing was published in a feed before."""
_AHEAD = 300.0
"""Seconds a publisher's clock may be ahead of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What a poll with new entries tells: when, how many, and when they were published."""

    at: float
    """Epoch seconds of the poll."""
    new: int
    seen: int
    """Entries in the feed."""
    published: Sequence[float] = ()
    """Publication times of the entries in the feed, as far as they are dated; in any order."""
    before: float | None = None
    """Epoch seconds of the poll before; None for the first one."""


def learn(known: Rhythm | None, news: News) -> Rhythm:
    """Return the rhythm after a poll with new entries; the first one learns from all that the feed shows."""
    dated = _believable(news.published, news.at)
    if known is None or known.at > news.at + DAY:  # a clock that ran ahead has spoilt what is known
        return _first(news, dated)
    new = dated[-news.new :] if news.new else []
    overrun = 0 < news.seen <= news.new and new
    start = max(known.watched, new[0]) if overrun else known.watched
    earliest = (news.before or known.at) - LATE
    times = [moment for moment in new if moment >= earliest]
    return _counted(known, news, times, start=start, dated=dated)


def with_news(known: Rhythm, learnt: Rhythm) -> Rhythm:
    """Return the habits known before a poll with what has just come: what to expect right after it.

    What came changes the habits little by little, and each count makes other hours a smaller share of the
    whole. For the next poll it counts only as news that draws news: more of it, and the next poll is sooner.
    """
    return replace(
        known,
        at=learnt.at,
        watched=learnt.watched,
        recent=learnt.recent,
        window=learnt.window,
        peaks=learnt.peaks,
    )


def _first(news: News, dated: list[float]) -> Rhythm:
    """Learn from all that the feed shows; the silence began with its newest entry."""
    newest = min(dated[-1], news.at) if dated else news.at
    # One old line that stays at the top must not stretch the time in which the others came.
    lines = dated[len(dated) // 10 :]
    times = [moment for moment in lines if moment > newest - _WATCHED]
    start = newest - _WATCHED if len(times) < len(lines) else times[0] if times else news.at
    blank = Rhythm(
        at=start, watched=start, count=0.0, seen=0.0, recent=0.0, gap=0.0, window=float(news.seen),
        dated=1.0 if dated else 0.0, peaks=(0.0,) * len(SPANS), hours=(0.0,) * 24, days=(0.0,) * 7,
        minutes=(0.0,) * 12, hours_seen=(0.0,) * 24, days_seen=(0.0,) * 7,
    )  # fmt: skip
    first = News(at=news.at, new=len(times), seen=news.seen, before=start)
    learnt = _counted(blank, first, times[1:], start=start, dated=dated)
    gap = max((later - earlier for earlier, later in pairwise(times)), default=0.0)
    recent = sum(math.exp((moment - newest) / MEMORY) for moment in times)
    return replace(learnt, at=newest, gap=gap, recent=recent)


def _counted(known: Rhythm, news: News, times: list[float], *, start: float, dated: list[float]) -> Rhythm:
    """Fade what is known, then count the new entries; those without a believable time came with the poll."""
    fade = 0.5 ** (max(news.at - known.watched, 0.0) / HALF_LIFE)
    hours, days = [n * fade for n in known.hours], [n * fade for n in known.days]
    minutes = [n * fade for n in known.minutes]
    hours_seen, days_seen = [n * fade for n in known.hours_seen], [n * fade for n in known.days_seen]
    count, seen = known.count * fade, known.seen * fade
    for moment in times:
        hours[int(moment // HOUR) % 24] += 1
        days[weekday(moment)] += 1
        minutes[int(moment // 300) % 12] += 1
    undated = max(news.new - len(times), 0) if known.count or known.seen else 0
    hours[int(news.at // HOUR) % 24] += undated
    days[weekday(news.at)] += undated
    for moment, length in _hours(start, news.at):
        hours_seen[int(moment // HOUR) % 24] += length
        days_seen[weekday(moment)] += length
        seen += length
    share = len(times) / news.new if news.new else known.dated
    learnt = Rhythm(
        at=news.at, watched=news.at, count=count + len(times) + undated, seen=max(seen, 1e-3),
        recent=_recent(known, news, times, undated),
        gap=max(known.gap * fade, news.at - known.at),
        window=float(news.seen), dated=share if not known.seen else 0.8 * known.dated + 0.2 * share,
        peaks=tuple(n * fade for n in known.peaks), hours=tuple(hours), days=tuple(days),
        minutes=tuple(minutes),
        hours_seen=tuple(hours_seen), days_seen=tuple(days_seen),
    )  # fmt: skip
    return replace(learnt, peaks=_peaks(learnt, news, dated))


def _hours(start: float, end: float) -> Iterator[tuple[float, float]]:
    """Cut a span into pieces within one hour each: their beginning, and their length in hours."""
    start = max(start, end - _WATCHED)
    while start < end:
        stop = min((start // HOUR + 1) * HOUR, end)
        yield start, (stop - start) / HOUR
        start = stop


def _recent(known: Rhythm, news: News, times: list[float], undated: int) -> float:
    late = math.exp(min(known.at - news.at, 0.0) / MEMORY)
    span = max(news.at - (news.before or known.at), 1.0) / MEMORY
    spread = -math.expm1(-span) / span
    now = sum(math.exp(min(moment - news.at, 0.0) / MEMORY) for moment in times)
    return known.recent * late + now + undated * spread


def _peaks(rhythm: Rhythm, news: News, dated: list[float]) -> tuple[float, ...]:
    """Return the most entries that came, or by the habits may well come, within each span."""
    span = max(news.at - (news.before or news.at), 1.0)
    usual = _usual(rhythm) if rhythm.count >= _TOLD else (0.0,) * len(SPANS)
    ends = range(max(len(dated) - news.new - 1, 0), len(dated))
    found = []
    for known, width, often in zip(rhythm.peaks, SPANS, usual, strict=True):
        arrived = news.new * min(width / span, 1.0) if news.before is not None else 0.0
        within = [end + 1 - bisect_left(dated, dated[end] - width) for end in ends]
        found.append(max(known, arrived, often + 2 * math.sqrt(often), *within))
    return tuple(found)


def _usual(rhythm: Rhythm) -> tuple[float, ...]:
    """Return the entries usual within each span, at the busiest hours of the busiest day."""
    base = rhythm.hourly
    pairs = zip(rhythm.days, rhythm.days_seen, strict=True)
    day = base * max((count + PRIOR) / (base * seen + PRIOR) for count, seen in pairs)
    pairs = zip(rhythm.hours, rhythm.hours_seen, strict=True)
    hours = [day * (count + PRIOR) / (base * seen + PRIOR) for count, seen in pairs]
    four = max(hours[n] + hours[n - 1] + hours[n - 2] + hours[n - 3] for n in range(24))
    hour = max(hours)
    return hour / 12, hour / 3, hour, four, 24 * day


def _believable(published: Sequence[float], now: float) -> list[float]:
    """Return the publication times that can be true, sorted; none where they name days, or one rebuild."""
    times = sorted(moment for moment in published if _OLDEST < moment <= now + _AHEAD)
    if len(times) > 2:
        days_only = sum(1 for moment in times if moment % DAY == 0)
        return [] if times[0] == times[-1] or 2 * days_only > len(times) else times
    return times
