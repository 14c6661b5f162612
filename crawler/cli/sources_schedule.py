"""When a source is looked at, as a person says it: options of ``kabar sources set`` and what they change."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import click

from crawler.cadence import Decision, anew
from crawler.cli.when import every_option
from crawler.errors import ScheduleError, UsageError
from crawler.rules import known_of, rules_of
from crawler.settings import PollSettings
from crawler.spans import span
from crawler.timetable import read_timetable
from storage.model import Source

_OPTIONS = {
    "cron": "--cron",
    "zone": "--zone",
    "quiet": "--quiet-hours",
    "min": "--min-every",
    "max": "--max-every",
    "revisit": "--revisit",
}
"""Field of a schedule to the option that sets it."""
_GIVEN = {field: option.removeprefix("--").replace("-", "_") for field, option in _OPTIONS.items()}
NAMES = ("every", "adaptive", *_GIVEN.values())
"""What the options are called when they are handed to the command."""


def bound_option(context: click.Context, option: click.Parameter, value: str | None) -> float | None:
    """Turn an option's text into seconds; 0.0 for an empty one, which takes the bound away."""
    if value is None or not value.strip():
        return None if value is None else 0.0
    seconds = span(value)
    if not seconds:
        raise click.BadParameter(f"{value!r} is no duration: write 5m, 2h or 1d")
    return seconds


def schedule_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say when a source is looked at."""
    for option in reversed(
        (
            click.option(
                "--every",
                callback=every_option,
                metavar="DURATION",
                help="Time between polls: 15m, 2h, 1d; auto lets the cadence decide.",
            ),
            click.option("--cron", metavar="CRON", help='Times of polls: "*/10 6-22 * * 1-5".'),
            click.option(
                "--zone", metavar="ZONE", help="Time zone of cron and quiet hours, like Asia/Jakarta."
            ),
            click.option("--quiet-hours", metavar="SPAN", help="No polls then: 23:00-05:00."),
            click.option(
                "--min-every",
                callback=bound_option,
                metavar="DURATION",
                help="Least time between polls.",
            ),
            click.option(
                "--max-every",
                callback=bound_option,
                metavar="DURATION",
                help="Most time between polls.",
            ),
            click.option(
                "--revisit",
                metavar="SPANS",
                help="When its articles are looked at again: 1h,6h,24h,7d; none: never.",
            ),
            click.option("--adaptive", is_flag=True, help="Let the cadence decide: no interval, no cron."),
        )
    ):
        command = option(command)
    return command


def schedule_changes(
    source: Source, given: Mapping[str, Any], settings: PollSettings, *, now: float, chance: float
) -> dict[str, Any]:
    """Return what changes in a source by these options, its next poll included. Raises UsageError."""
    chosen = _chosen(source, given)
    if not chosen:
        return {}
    _check(chosen.get("schedule", source.schedule))
    decision = _decided(source, chosen, settings, now=now, chance=chance)
    due = decision.next_due_at
    if source.last_polled_at is None or source.failures:
        due = min(due, source.next_due_at)
    return {**chosen, "next_due_at": due, "due_reason": decision.reason}


def first_schedule(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``interval`` and ``schedule`` of a source about to be followed. Raises UsageError."""
    _contradict(given)
    schedule = {field: given[name] for field, name in _GIVEN.items() if given.get(name)}
    _check(schedule)
    return {"interval": given.get("every") or None, "schedule": schedule}


def _chosen(source: Source, given: Mapping[str, Any]) -> dict[str, Any]:
    _contradict(given)
    schedule = dict(source.schedule)
    for field, name in _GIVEN.items():
        if given.get(name) is not None:
            schedule[field] = given[name]
        if not schedule.get(field, True):
            del schedule[field]
    every = given.get("every")
    if every is not None or given.get("adaptive"):
        schedule.pop("cron", None)
    interval = source.interval if every is None else every or None
    if given.get("adaptive") or given.get("cron"):
        interval = None
    asked = every is not None or given.get("adaptive")
    found: dict[str, Any] = {}
    if interval != source.interval or asked:
        found["interval"] = interval
    if schedule != source.schedule:
        found["schedule"] = schedule
    return found


def _contradict(given: Mapping[str, Any]) -> None:
    ways = [name for name in ("every", "cron", "adaptive") if given.get(name)]
    if len(ways) > 1:
        raise UsageError(f"--{ways[0]} and --{ways[1]} contradict each other")


def _check(schedule: Mapping[str, Any]) -> None:
    try:
        read_timetable(schedule)
    except ScheduleError as error:
        raise UsageError(
            str(error).replace(error.field, _OPTIONS.get(error.field, error.field), 1)
        ) from error


def _decided(
    source: Source, chosen: Mapping[str, Any], settings: PollSettings, *, now: float, chance: float
) -> Decision:
    rules = rules_of(replace(source, **chosen), settings)
    return anew(known_of(source), rules, last=source.last_ok_at, now=now, chance=chance)
