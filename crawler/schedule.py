"""The clock of the daemon: a handful of jobs that wake others. What is due is written in the store."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

Job = Callable[[], Awaitable[None]]
"""A coroutine function: APScheduler runs anything else in a thread, beside the event loop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """A job and the seconds between its runs."""

    name: str
    every: float
    job: Job


# Of every run that is left out while the one before waits for the store it would say so.
logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)


async def _run(job: Job) -> None:
    with suppress(asyncio.CancelledError):  # which ends a run when the daemon does: no defect
        await job()


class Every(IntervalTrigger):  # type: ignore[misc]
    """An interval of which the runs that were missed are one.

    APScheduler puts together what was missed only after it has counted all of it, run by run: where the clock
    leapt ahead by a year, the daemon stood still over that for minutes.
    """

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """Return the run that follows one, or None; from ``now`` on where that time is over."""
        following: datetime | None = super().get_next_fire_time(previous_fire_time, now)
        if previous_fire_time is not None and following is not None and following <= now:
            return now + self.interval  # type: ignore[no-any-return]
        return following


def _every(beat: Beat) -> Every:
    return Every(seconds=beat.every, timezone="UTC")


class Schedule:
    """Runs beats on the running event loop until stopped."""

    def __init__(self, beats: tuple[Beat, ...]) -> None:
        self._beats = beats
        # A late run is still wanted, several late runs are one, and no job runs beside itself.
        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        self._scheduler = AsyncIOScheduler(job_defaults=defaults, timezone="UTC")
        for beat in beats:
            self._scheduler.add_job(partial(_run, beat.job), _every(beat), id=beat.name, name=beat.name)

    def start(self) -> None:
        """Start all beats."""
        self._scheduler.start()

    def restart(self) -> None:
        """Count the seconds until the next run of each beat from now on.

        APScheduler waits for moments of the wall clock: where that was set back they would be long in coming.
        """
        for beat in self._beats if self._scheduler.running else ():
            self._scheduler.reschedule_job(beat.name, trigger=_every(beat))

    def stop(self) -> None:
        """Start no further run; runs under way go on."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
