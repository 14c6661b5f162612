"""What a rhythm lets one expect: rates, counts, the moment to look again, how long a silence may last."""

import math

from crawler.rhythm.shape import DAY, HALF_LIFE, HOUR, MEMORY, SPANS, Rhythm, weekday

ECHO = 0.35
"""Share of what is to come that follows what has just come; the rest follows the habits."""
PRIOR = 2.0
"""Entries that a bucket must have for half of what it says to be believed."""
DOUBT = 10.0
"""Entries that a silence must have cost for three quarters of the rate to be given up."""
SAFETY = 2.0
"""A feed must hold so many times what came at most between two polls."""
ALARM = 7.0
"""A silence in which so many entries were to be expected is suspicious: one in a thousand by chance."""
FEWEST = 5.0
"""Entries that must have been counted before a silence can be judged."""
_SLOT = 300.0
_FAR = 90 * DAY


def habit(rhythm: Rhythm, hour: int) -> float:
    """Return the entries an hour that are usual at an hour of the day (UTC), over all days of the week."""
    base = rhythm.hourly
    return base * (rhythm.hours[hour] + PRIOR) / (base * rhythm.hours_seen[hour] + PRIOR)


def day_factor(rhythm: Rhythm, day: int) -> float:
    """Return how many times more than usual comes on a day of the week (0 is Monday, UTC)."""
    return (rhythm.days[day] + PRIOR) / (rhythm.hourly * rhythm.days_seen[day] + PRIOR)


def rate(rhythm: Rhythm, moment: float) -> float:
    """Return the entries an hour to be expected at a moment (epoch seconds), if nothing was silent."""
    return _rate(rhythm, rhythm.hourly, moment)


def _rate(rhythm: Rhythm, base: float, moment: float) -> float:
    """``rate`` with the hourly one worked out before: it is called for every hour that a source may wait."""
    hour, day = int(moment // HOUR) % 24, (int(moment // DAY) + 3) % 7
    factor = (rhythm.hours[hour] + PRIOR) / (base * rhythm.hours_seen[hour] + PRIOR)
    factor *= (rhythm.days[day] + PRIOR) / (base * rhythm.days_seen[day] + PRIOR)
    age = moment - rhythm.at
    if age > 8 * MEMORY:
        return (1 - ECHO) * base * factor
    return (1 - ECHO) * base * factor + ECHO * rhythm.recent * math.exp(
        -max(age, 0.0) / MEMORY
    ) * HOUR / MEMORY


def expected(rhythm: Rhythm, start: float, end: float) -> float:
    """Return the number of entries to be expected between two moments, epoch seconds."""
    start = max(start, end - _FAR)
    base, weeks = rhythm.hourly, max((end - start) // (7 * DAY), 0.0)
    total = weeks * 168 * (1 - ECHO) * base
    start += weeks * 7 * DAY
    # The longer the span, the coarser the pieces: it is asked at each poll, and must cost little.
    size = HOUR if end - start <= 3 * HOUR else 4 * HOUR if end - start <= 2 * DAY else DAY
    while start < end:
        stop = min((start // size + 1) * size, end)
        if size == DAY:
            hourly = (1 - ECHO) * base * day_factor(rhythm, weekday(start))
        else:
            hourly = _rate(rhythm, base, (start + stop) / 2)
        total += hourly * (stop - start) / HOUR
        start = stop
    return total


def trust(rhythm: Rhythm, now: float) -> float:
    """Return the share of the rate that is left after the silence since the last news, 0 to 1."""
    left = DOUBT / (DOUBT + expected(rhythm, rhythm.at, now))
    return left * left


def seek(rhythm: Rhythm, now: float, *, goal: float, power: float, longest: float) -> float:
    """Return the seconds from ``now`` after which it is worth while to look again, at most ``longest``.

    The hours that pass, each weighed with its rate (entries an hour) to the ``power``, must come to
    ``goal``: hours in which much is published count for more. Within the hour that is reached the habits of
    its minutes decide.
    """
    base, left = rhythm.hourly, trust(rhythm, now)
    moment, sum_, end = now, 0.0, now + longest
    while moment < end:
        stop = min((moment // HOUR + 1) * HOUR, end)
        weight: float = (left * _rate(rhythm, base, (moment + stop) / 2)) ** power
        step = weight * (stop - moment) / HOUR
        if sum_ + step >= goal:
            return _within(rhythm, moment, stop, share=(goal - sum_) / step, power=power) - now
        sum_ += step
        moment = stop
    return longest


def _within(rhythm: Rhythm, start: float, stop: float, *, share: float, power: float) -> float:
    """Return the moment within an hour at which a share of its weight has passed."""
    total = sum(rhythm.minutes)
    if total < 12 * PRIOR:
        return start + share * (stop - start)
    slots: list[tuple[float, float]] = []
    while start < stop:
        end = min((start // _SLOT + 1) * _SLOT, stop)
        factor = 12 * (rhythm.minutes[int(start // _SLOT) % 12] + PRIOR) / (total + 12 * PRIOR)
        slots.append((end, factor**power * (end - start)))
        start = end
    rest: float = share * sum(weight for _, weight in slots)
    for end, weight in slots:
        if rest <= weight:
            return end - (weight - rest) / weight * (end - (end - 1) // _SLOT * _SLOT)
        rest -= weight
    return stop


def safe_wait(rhythm: Rhythm, now: float) -> float:
    """Return the seconds within which the feed's window cannot roll over, as far as is known.

    So many entries as its busiest span of that length brought must fit into half of it. Where even the
    shortest span brings more (a magazine that puts out its whole issue at once), what comes on top counts.
    What a source did long ago counts for less.
    """
    fade: float = 0.5 ** (max(now - rhythm.watched, 0.0) / HALF_LIFE)
    room = max(rhythm.window / SAFETY / fade, rhythm.peaks[0])
    before, least = SPANS[0], rhythm.peaks[0]
    for span, most in zip(SPANS[1:], rhythm.peaks[1:], strict=True):
        if most > room:
            return before + (span - before) * (room - least) / (most - least)
        before, least = span, most
    return DAY * room / max(rhythm.peaks[-1], 1e-3)


def window_lasts(rhythm: Rhythm) -> tuple[float, float]:
    """Return the seconds that the entries in the feed stay there, at the usual and at the peak rate."""
    busiest = max(most / span for most, span in zip(rhythm.peaks[2:], SPANS[2:], strict=True))
    return rhythm.window / rhythm.hourly * HOUR, rhythm.window / max(busiest, 1e-9)


def typical_gap(rhythm: Rhythm) -> float:
    """Return the seconds between two entries, on the whole."""
    return HOUR / rhythm.hourly


def quiet_after(rhythm: Rhythm, since: float) -> float | None:
    """Return the moment until which a silence that began at ``since`` is within the habits of the source.

    A longer one is suspicious: so many entries were to be expected that none came is no chance, and it is
    well longer than any silence of late. None where too little is known, or three months would not tell.
    """
    if rhythm.count < FEWEST or rhythm.hourly * _FAR / HOUR < ALARM:
        return None
    moment, missed = since, 0.0
    while missed < ALARM and moment < since + _FAR:
        stop = (moment // HOUR + 1) * HOUR
        usual = habit(rhythm, int(moment // HOUR) % 24) * day_factor(rhythm, weekday(moment))
        missed += usual * (stop - moment) / HOUR
        moment = stop
    return max(moment, since + 1.5 * rhythm.gap)


def by_hour(rhythm: Rhythm) -> tuple[float, ...]:
    """Return the entries an hour that are usual at each hour of the day (24, UTC)."""
    return tuple(habit(rhythm, hour) for hour in range(24))


def by_day(rhythm: Rhythm) -> tuple[float, ...]:
    """Return the entries a day that are usual on each day of the week (7, Monday first, UTC)."""
    return tuple(24 * rhythm.hourly * day_factor(rhythm, day) for day in range(7))
