"""How a source's timing reads in ``kabar sources show``: who decides, its rhythm, its window, its hints."""

from datetime import datetime, tzinfo
from typing import Any

from crawler import rhythm as rhythms
from crawler.cadence import Rules, spell, spell_rate
from crawler.cli.phrases import rfc3339
from crawler.hints import PublisherHints, read_hints
from crawler.rhythm import Rhythm
from crawler.rules import plan_of, rules_of
from crawler.settings import PollSettings
from crawler.spans import spelled
from storage.model import Source

_BARS = "▁▂▃▄▅▆▇█"
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_FEW = 5
"""Entries below which a rhythm is not worth a picture."""


def timing_facts(source: Source, settings: PollSettings) -> list[tuple[str, str | None]]:
    """Return who decides about a source's polls, and what is known of when it publishes."""
    rules, rhythm = rules_of(source, settings), rhythms.parse(source.rhythm)
    facts: list[tuple[str, str | None]] = [("decided by", _who(rules))]
    if rhythm is not None and rhythm.count >= 1:
        facts.append(("publishes", spell_rate(rhythm.hourly) + _picture(rhythm, rules.zone)))
        usual, peak = rhythms.window_lasts(rhythm)
        lasts = f"{spell(usual)} at its usual rate, {spell(min(peak, usual))} at its peak"
        facts.append(("shows", f"{rhythm.window:.0f} entries at once: {lasts}"))
    facts.append(("asks for", _asked(read_hints(source.hints)) or None))
    return facts


def looks(source: Source, after: str) -> str:
    """Say when articles of a source are looked at again; ``after`` is the setting."""
    spans = " ".join(spelled(seconds) for seconds in plan_of(source, after))
    return f"{spans} after the first fetch" if spans else "never"


def next_poll(source: Source, settings: PollSettings) -> str:
    """Return the moment of the next poll in the source's zone: ``Tue 14:20 WIB``."""
    try:
        due = datetime.fromtimestamp(source.next_due_at, rules_of(source, settings).zone)
    except (OverflowError, ValueError, OSError):
        return ""
    return f"{due:%Y-%m-%d %H:%M} {due.tzname()}"


def timing_record(source: Source, settings: PollSettings) -> dict[str, Any]:
    """Return the same as JSON-ready values; rates are entries an hour or a day, in UTC."""
    rules, rhythm = rules_of(source, settings), rhythms.parse(source.rhythm)
    return {
        "decided_by": _way(rules),
        "zone": str(rules.zone),
        "rhythm": None if rhythm is None else _rhythm_record(source, rhythm),
    }


def _rhythm_record(source: Source, rhythm: Rhythm) -> dict[str, Any]:
    usual, peak = rhythms.window_lasts(rhythm)
    quiet = rhythms.quiet_after(rhythm, source.last_new_at or rhythm.at)
    return {
        "per_day": round(24 * rhythm.hourly, 3),
        "by_hour": [round(rate, 3) for rate in rhythms.by_hour(rhythm)],
        "by_weekday": [round(rate, 2) for rate in rhythms.by_day(rhythm)],
        "entries_counted": round(rhythm.count, 1),
        "window": round(rhythm.window),
        "window_seconds": round(usual),
        "window_seconds_at_peak": round(min(peak, usual)),
        "silence_expected_until": rfc3339(quiet),
    }


def _way(rules: Rules) -> str:
    if rules.schedule.cron is not None:
        return "cron"
    return "cadence" if rules.interval is None else "interval"


def _who(rules: Rules) -> str:
    schedule = rules.schedule
    if schedule.cron is not None:
        who = f"you: cron {schedule.cron} ({rules.zone})"
    elif rules.interval is not None:
        who = f"you: every {spell(rules.interval)}"
    else:
        who = f"the cadence, between {spell(rules.shortest)} and {spell(rules.longest)}"
    if schedule.quiet is not None:
        (start, begun), (end, ended) = (divmod(minute, 60) for minute in schedule.quiet)
        who += f"; quiet {start:02}:{begun:02}-{end:02}:{ended:02} ({rules.zone})"
    return who + rules.note


def _picture(rhythm: Rhythm, zone: tzinfo) -> str:
    if rhythm.count < _FEW:
        return ""
    offset = datetime.fromtimestamp(rhythm.at, zone).utcoffset()
    shift = round(offset.total_seconds() / 3600) if offset else 0
    hours = rhythms.by_hour(rhythm)
    local = [hours[(hour - shift) % 24] for hour in range(24)]
    days = " ".join(f"{name}{bar}" for name, bar in zip(_DAYS, _bars(rhythms.by_day(rhythm)), strict=True))
    return f"; 0 h {_bars(local)} 24 h; {days}"


def _bars(rates: Any) -> str:
    most = max(rates) or 1.0
    return "".join(_BARS[min(int(rate / most * len(_BARS)), len(_BARS) - 1)] for rate in rates)


def _asked(hints: PublisherHints) -> str:
    wishes = [
        f"{name} {spell(value)}" for name, value in (("ttl", hints.ttl), ("max-age", hints.max_age)) if value
    ]
    if hints.skip_hours:
        wishes.append(f"no polls at {', '.join(map(str, hints.skip_hours))} h UTC")
    if hints.skip_days:
        wishes.append(f"no polls on {', '.join(_DAYS[day] for day in hints.skip_days)} (UTC)")
    return "; ".join(wishes)
