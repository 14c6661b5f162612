"""When the wall clock was set: let beats, leases and all that waits follow it."""

import asyncio
import logging
import time
from collections.abc import Callable
from functools import partial

from crawler.cadence import DAY, anew, spell
from crawler.jumps import Reading, jump, lead
from crawler.rules import known_of, rules_of
from crawler.settings import PollSettings
from crawler.worker import Worker, machine
from storage.model import Source
from storage.store import Store

log = logging.getLogger(__name__)

SETTLING = 1.0
"""Seconds until what was reckoned by the clock as it was is written; what came later would stay put off."""
FAR = DAY
"""Seconds: a clock that leaps further ahead may be wrong, and all that is old by it may be young."""
DOUBT = 7200.0
"""Seconds, of the steady clock, for which it is not believed after that: somebody may set it right."""
_BY_THE_CLOCK = ("cron", "quiet")
"""What a person may have chosen that names times of the day."""


class ClockWatch:
    """Looks at the wall clock of a worker, and sees to what follows from its being set.

    ``restart`` is called when it was set back: timers that go by it would stand still for as long.
    ``last_poll_at`` is the last moment on record.
    """

    def __init__(
        self,
        worker: Worker,
        *,
        restart: Callable[[], object],
        last_poll_at: float | None = None,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._worker = worker
        self._restart = restart
        self._steady = steady
        self._last = self._read()
        self._owed = 0.0
        slept = 0.0 if last_poll_at is None else self._last.wall - last_poll_at
        self._doubted = self._last.steady if slept > FAR else None

    def _read(self) -> Reading:
        return Reading(wall=self._worker.clock(), steady=self._steady())

    async def look(self) -> None:
        """Look once; to be called every few seconds. Raises StorageError; the next look makes up for it."""
        reading = self._read()
        by = jump(self._last, reading)
        if by:
            self._last = reading
            self._owed += by
            _say(by)
            if by > FAR:
                self._doubted = reading.steady
            if by < 0:
                self._restart()
                await asyncio.sleep(SETTLING)
        if self._owed:
            worker = self._worker
            moved = partial(follow, by=self._owed, now=worker.clock(), chance=worker.chance())
            await worker.in_store(moved, worker.store, worker.settings.poll)
            self._owed = 0.0

    def believed(self) -> bool:
        """Say whether the clock may be gone by where what is old is deleted, for good.

        Not for two hours after it leapt ahead by more than a day, or after a start that late behind the last
        poll.
        """
        reading = self._read()
        if jump(self._last, reading) > FAR:
            return False
        return self._doubted is None or reading.steady - self._doubted >= DOUBT


def _say(by: float) -> None:
    if by < 0:
        log.warning("the clock was set back by %s: what waits is brought forward by as much", spell(-by))
    elif by > FAR:
        words = "the clock went ahead by %s, or the machine slept: nothing old is deleted for the next %s"
        log.warning(words, spell(by), spell(DOUBT))
    else:
        log.info("the clock went ahead by %s, or the machine slept", spell(by))


def catch_up(store: Store, settings: PollSettings, *, now: float, chance: float) -> None:
    """Make up for a clock that was set back while nobody looked, as polls that lie ahead of ``now`` tell."""
    ahead = lead(store.sources.last_poll_at(), now)
    if ahead:
        words = "the last poll lies %s ahead, so the clock was set back: what waits is brought forward"
        log.warning(words, spell(ahead))
        follow(store, settings, by=-ahead, now=now, chance=chance)


def follow(store: Store, settings: PollSettings, *, by: float, now: float, chance: float) -> None:
    """Let what the store has put off follow a clock that was set ``by`` seconds and now shows ``now``.

    Cron and quiet hours name times of the day: sources that have them are decided on anew.
    """
    with store.transaction():
        store.follow_clock(by=by, now=now, machine=machine())
        for source in store.sources.list(states=["active"]) if by < 0 else ():
            if source.next_due_at > now and not source.failures and _goes_by_the_clock(source):
                rules = rules_of(source, settings)
                decision = anew(known_of(source), rules, last=source.last_ok_at, now=now, chance=chance)
                due, reason = decision.next_due_at, decision.reason
                store.sources.update(source.id, now=now, next_due_at=due, due_reason=reason)


def _goes_by_the_clock(source: Source) -> bool:
    return any(name in source.schedule for name in _BY_THE_CLOCK)
