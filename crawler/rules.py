"""The rules that hold for one source: what a person laid down for it, and the settings."""

from crawler.cadence import Bounds, Polled, Rules
from crawler.errors import ScheduleError
from crawler.hints import read_hints
from crawler.settings import PollSettings
from crawler.spans import spans
from crawler.timetable import NO_TIMETABLE, Timetable, read_timetable, zone_named
from storage.model import Source


def rules_of(source: Source, settings: PollSettings) -> Rules:
    """Return the rules for a source; a child comes with what was chosen for the source at its root.

    Never raises: a kept schedule that cannot be understood is as none, and each decision says so.
    """
    schedule, note = _readable(source)
    return Rules(
        bounds=Bounds(
            shortest=settings.min_interval, longest=settings.max_interval, first=settings.first_interval
        ),
        effort=settings.effort,
        zone=zone_named(schedule.zone or settings.zone),
        interval=source.interval,
        schedule=schedule,
        note=note,
    )


def plan_of(source: Source | None, after: str) -> tuple[float, ...]:
    """Return when articles of a source are looked at again: seconds after the first fetch, ascending.

    ``after`` is the setting. Pages crawled by hand are read once. Never raises: a kept schedule that cannot
    be understood is as none.
    """
    if source is None or source.state == "once":
        return ()
    own = _readable(source)[0].revisit
    return (spans(after) or ()) if own is None else own


def known_of(source: Source) -> Polled:
    """Return what is known of a source, as a poll that found nothing new would see it."""
    return Polled(
        seen=0,
        new=0,
        pace=source.pace,
        before=source.last_ok_at,
        rhythm=source.rhythm,
        hints=read_hints(source.hints),
    )


def _readable(source: Source) -> tuple[Timetable, str]:
    try:
        return read_timetable(source.schedule), ""
    except ScheduleError as error:
        return NO_TIMETABLE, f"; its schedule is not heeded: {error}"
