"""When is a source next due, and why. Pure: time, randomness and history are passed in.

A person's cron or interval stands above all. Else two wishes pull at the wait: polls must overlap, so that
nothing is missed, and must not be wasted on a source that has nothing new. What the source's own rhythm
promises decides between them, within the bounds. A publisher's hint is a floor, but no reason to let the
feed's window roll over. Failures double the wait up to a day and are never final.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo

from crawler import rhythm as rhythms
from crawler.hints import NO_HINTS, PublisherHints, after_skip
from crawler.rhythm import News, Rhythm
from crawler.timetable import NO_TIMETABLE, Timetable, is_quiet, next_cron, quiet_end

DAY = 86400.0
HOUR = 3600.0
FIRST_BACKOFF = 60.0
JITTER = 0.1
"""Share of the wait by which it is moved at random, so that sources do not march in step."""
LONGEST_DELAY = 600.0
"""Seconds after the end of quiet hours, and after the minute that cron names, within which polls are spread;
for cron a tenth of that."""
GOAL = 0.37
"""Hours between two polls of a source that brings one entry an hour."""
POWER = 0.6
"""How much more often busy hours and busy sources are looked at: 0 not at all, 1 in proportion to what they
bring. A half, the square root, makes the mean delay of all entries least for the requests spent; a little
more favours the median."""
KNOWN = 3.0
"""Entries of which a rhythm must be made before a wait longer than the first interval is believed."""
_DAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Shortest, longest and first wait, in seconds."""

    shortest: float
    longest: float
    first: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What people laid down: bounds and effort for all sources, interval and schedule for this one."""

    bounds: Bounds
    effort: float = 1.0
    """Polls to spend: with 2.0 the rhythm asks for twice as many."""
    zone: tzinfo = UTC
    """In which cron, quiet hours and the days of a reason are meant."""
    interval: float | None = None
    """Seconds between two polls, if a person chose them."""
    schedule: Timetable = NO_TIMETABLE
    note: str = ""
    """What is to be added to each reason: why a schedule is not heeded."""

    @property
    def shortest(self) -> float:
        """Seconds between two polls at least, where nobody chose an interval."""
        return self.schedule.shortest or min(self.bounds.shortest, self.schedule.longest or DAY * 366)

    @property
    def longest(self) -> float:
        """Seconds between two polls at most, likewise."""
        return self.schedule.longest or max(self.bounds.longest, self.schedule.shortest or 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What a poll that worked found, and what was known before it."""

    seen: int
    new: int
    pace: float | None
    """Wait in force until now; None after the first poll."""
    published: Sequence[float] = ()
    """Publication times of the entries in the feed (epoch seconds), as far as they are dated."""
    before: float | None = None
    """The poll before that worked, in epoch seconds."""
    rhythm: str | None = None
    """As kept with the source."""
    hints: PublisherHints = NO_HINTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """When to look again, the wait in force from now on, and one sentence that says why."""

    next_due_at: float
    pace: float | None
    reason: str
    rhythm: str | None = None
    """What is to be kept from now on; None keeps what is known."""


@dataclass(frozen=True, slots=True)
class _Wait:
    """A wait in the making: its seconds, least and most, and the sentence that goes with it."""

    seconds: float
    least: float
    most: float
    why: str


def after_success(polled: Polled, rules: Rules, *, now: float, chance: float) -> Decision:
    """Decide after a poll that worked. ``chance`` is a random number in [0, 1)."""
    rhythm, kept = _learnt(polled, now)
    if rules.schedule.cron is not None:
        due, why = _by_cron(rules.schedule.cron, rules.zone, now=now, chance=chance)
        return _settled(due, why, rules, pace=polled.pace, chance=chance, kept=kept)
    if rules.interval is not None:
        wait = _Wait(rules.interval, 0.0, float("inf"), f"every {spell(rules.interval)} as set")
        pace = polled.pace
    else:
        wait = _adaptive(polled, rules, rhythm, now)
        pace = wait.seconds
        wait = _hinted(wait, polled, rhythm, rules, now=now)
    due, why = now + _spread(wait, chance), wait.why
    if rules.interval is None and polled.hints is not NO_HINTS:
        due, why = _skipping(due, wait, polled, rhythm, now=now)
    return _settled(due, why, rules, pace=pace, chance=chance, kept=kept)


def anew(polled: Polled, rules: Rules, *, last: float | None, now: float, chance: float) -> Decision:
    """Decide again when a person has changed the rules, from the last poll on (epoch seconds; None: never).

    What should have happened by now happens now, or after the quiet hours.
    """
    start = now if last is None or rules.schedule.cron is not None else min(last, now)
    decision = after_success(polled, rules, now=start, chance=chance)
    if decision.next_due_at >= now:
        return decision
    return replace(decision, next_due_at=_awake(now, rules, chance))


def after_failure(
    failures: int,
    pace: float | None,
    *,
    now: float,
    chance: float,
    retry_after: float | None = None,
    answered: bool = True,
    rules: Rules | None = None,
) -> Decision:
    """Decide after the ``failures``-th failed poll in a row; ``retry_after`` (seconds) is obeyed up to a day.

    It is the server's wish where it ``answered``, else ours: a host out of reach is left alone.
    With ``rules`` the next try keeps out of quiet hours.
    """
    if retry_after is not None:
        wait = min(max(retry_after, 1.0), DAY)
        told = "the server asked to wait" if answered else "no answer: next try in"
        due, why = now + wait * (1 + JITTER * chance), f"{told} {spell(wait)}"
    else:
        wait = min(FIRST_BACKOFF * 2.0 ** min(max(failures, 1) - 1, 20), DAY)
        times = "1 failure" if failures <= 1 else f"{failures} failures in a row"
        due, why = now + wait * (1 + JITTER * (2 * chance - 1)), f"{times}: next try in {spell(wait)}"
    if rules is None:
        return Decision(next_due_at=due, pace=pace, reason=why)
    return _settled(due, why, rules, pace=pace, chance=chance)


def host_backoff(previous: float) -> float:
    """Return the seconds to leave an overloaded host alone: 60 at first, doubled each time, at most a day."""
    return min(max(FIRST_BACKOFF, previous * 2), DAY)


def entry_backoff(attempts: int) -> float:
    """Return the seconds until a page is tried again after ``attempts`` tries: 1 min, 5 min, 25 min ..."""
    return min(FIRST_BACKOFF * 5.0 ** min(max(attempts, 1) - 1, 10), DAY)


def _learnt(polled: Polled, now: float) -> tuple[Rhythm | None, str | None]:
    """Return the rhythm to decide by, and what is to be kept of it."""
    known = rhythms.parse(polled.rhythm)
    if not polled.new:
        return known, None
    news = News(
        at=now, new=polled.new, seen=polled.seen, published=polled.published,
        before=polled.before if known is not None else None,
    )  # fmt: skip
    learnt = rhythms.learn(known, news)
    told = known is not None and known.count >= KNOWN and known.at <= now
    return rhythms.with_news(known, learnt) if known is not None and told else learnt, rhythms.dump(learnt)


def _adaptive(polled: Polled, rules: Rules, rhythm: Rhythm | None, now: float) -> _Wait:
    """Return the wait that the rhythm asks for, within the bounds and the feed's window."""
    least, most = rules.shortest, rules.longest
    if rhythm is None:
        pace = rules.bounds.first if polled.pace is None else polled.pace * 1.25
        return _Wait(min(max(pace, least), most), least, most, "nothing is known of its rhythm yet")
    seconds = rhythms.seek(rhythm, now, goal=GOAL / rules.effort, power=POWER, longest=most)
    why = _found(polled, rhythm, rules.zone, now)
    if rhythm.count < KNOWN and seconds > rules.bounds.first and now - rhythm.at < DAY:
        seconds = rules.bounds.first
    safe = max(rhythms.safe_wait(rhythm, now), least)
    if seconds > safe:
        seconds, why = safe, f"its {rhythm.window:.0f} entries could roll over in {spell(2 * safe)}"
        most = min(most, safe)
    return _Wait(min(max(seconds, least), most), least, most, why)


def _hinted(wait: _Wait, polled: Polled, rhythm: Rhythm | None, rules: Rules, *, now: float) -> _Wait:
    """Raise a wait to what the publisher asks for, as far as that lets nothing be missed."""
    asked = polled.hints.wait
    if asked <= wait.seconds:
        return wait
    why = f"the publisher asks for {spell(asked)}"
    if rhythm is not None and (safe := safe_wait(rhythm, rules, now)) < min(asked, wait.most):
        asked, why = safe, f"{why}, but its {rhythm.window:.0f} entries could roll over"
    seconds = max(min(asked, wait.most), wait.seconds)
    return replace(wait, seconds=seconds, least=seconds, why=why)


def safe_wait(rhythm: Rhythm, rules: Rules, now: float) -> float:
    """Return the seconds within which nothing is missed; of a source hardly known, twice the first wait."""
    return rhythms.safe_wait(rhythm, now) if rhythm.count >= KNOWN else 2 * rules.bounds.first


def _skipping(
    due: float, wait: _Wait, polled: Polled, rhythm: Rhythm | None, *, now: float
) -> tuple[float, str]:
    """Move a poll out of the hours and days that the publisher asks to leave out, likewise."""
    later = after_skip(polled.hints, due)
    if later == due:
        return due, wait.why
    most = now + (wait.most if rhythm is None else min(wait.most, rhythms.safe_wait(rhythm, now)))
    why = "the publisher asks not to be polled before (skipHours, skipDays)"
    if later <= most:
        return later + min((due - now) * JITTER, most - later, LONGEST_DELAY), why
    return max(due, most), f"{why}, but that is too long"


def _spread(wait: _Wait, chance: float) -> float:
    """Move a wait at random, by up to a tenth, between the least and the most that is allowed."""
    low, high = max(wait.seconds * (1 - JITTER), wait.least), min(wait.seconds * (1 + JITTER), wait.most)
    return low + max(high - low, 0.0) * chance


def _by_cron(cron: str, zone: tzinfo, *, now: float, chance: float) -> tuple[float, str]:
    due = next_cron(cron, zone, now)
    return due + min(LONGEST_DELAY, due - now) * JITTER * chance, f"cron {cron} as set"


def _settled(
    due: float, why: str, rules: Rules, *, pace: float | None, chance: float, kept: str | None = None
) -> Decision:
    """Keep out of quiet hours, and say so."""
    awake = _awake(due, rules, chance)
    if awake != due:
        why = f"{why}, after its quiet hours"
    return Decision(next_due_at=awake, pace=pace, reason=why + rules.note, rhythm=kept)


def _awake(due: float, rules: Rules, chance: float) -> float:
    quiet, zone = rules.schedule.quiet, rules.zone
    if quiet is None or not is_quiet(quiet, zone, due):
        return due
    end = quiet_end(quiet, zone, due)
    later = end + LONGEST_DELAY * chance
    return end if is_quiet(quiet, zone, later) else later


def _found(polled: Polled, rhythm: Rhythm, zone: tzinfo, now: float) -> str:
    """Say what the poll found and what is usual now."""
    if polled.new:
        found = f"{polled.new} of {polled.seen} entries were new"
    else:
        found = f"nothing new for {spell(max(now - rhythm.at, 0.0))}"
    return f"{found}; {spell_rate(rhythms.rate(rhythm, now))} {now_is(zone, now)}"


def now_is(zone: tzinfo, moment: float) -> str:
    """Name the time of the week: ``are usual on Tuesdays at this time``."""
    return f"are usual on {_DAYS[datetime.fromtimestamp(moment, zone).weekday()]} at this time"


def spell_rate(hourly: float) -> str:
    """Spell a rate: ``about 4 an hour``, ``about 3 a day``, ``about 2 a week``, ``hardly any``."""
    for length, unit in ((1, "an hour"), (24, "a day"), (168, "a week")):
        if hourly * length >= 0.95:
            count = hourly * length
            return f"about {count:,.0f} {unit}" if count >= 10 else f"about {count:.2g} {unit}"
    return "hardly any"


def spell(seconds: float) -> str:
    """Spell a span of time: ``45 s``, ``10 min``, ``1.5 h``, ``3 d``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.3g} h" if seconds < 2 * DAY else f"{seconds / DAY:.3g} d"
