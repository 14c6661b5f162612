"""The clock of the daemon: a handful of jobs that wake others. What is due is written in the store."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from apscheduler.schedulers.asyncio import AsyncIOScheduler

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


class Schedule:
    """Runs beats on the running event loop until stopped."""

    def __init__(self, beats: tuple[Beat, ...]) -> None:
        self._beats = beats
        # A late run is still wanted, several late runs are one, and no job runs beside itself.
        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        self._scheduler = AsyncIOScheduler(job_defaults=defaults, timezone="UTC")
        for beat in beats:
            self._scheduler.add_job(
                partial(_run, beat.job), "interval", seconds=beat.every, id=beat.name, name=beat.name
            )

    def start(self) -> None:
        """Start all beats."""
        self._scheduler.start()

    def restart(self) -> None:
        """Count the seconds until the next run of each beat from now on.

        APScheduler waits for moments of the wall clock: where that was set back they would be long in coming.
        """
        for beat in self._beats if self._scheduler.running else ():
            self._scheduler.reschedule_job(beat.name, trigger="interval", seconds=beat.every)

    def stop(self) -> None:
        """Start no further run; runs under way go on."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
