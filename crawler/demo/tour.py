"""``kabar demo``: the main job without any network, on an invented world, a day in a few seconds."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from crawler.demo.press import Press
from crawler.demo.world import World, load_world
from crawler.errors import UsageError
from crawler.events import EntryDeferred, EntryDone, Event, PollDone
from crawler.normalize.url import host_lane
from crawler.settings import FetchSettings, PollSettings, Settings
from crawler.slice import Dispatcher, run_until_idle
from crawler.worker import Worker, open_worker
from storage import open_store
from storage.address import sqlite_url
from storage.errors import SchemaOutdated, SchemaTooNew, StoreUnavailable
from storage.model import NewSource
from storage.status import StoreStatus
from storage.store import Store

Say = Callable[[str], None]

DATABASE = "demo.db"
TAG = "demo"
_ENDINGS = ("", "-wal", "-shm", "-journal", ".lock")
"""Of a SQLite store's files."""
SLOW = 0.8
"""Seconds after which an answer is called slow."""
SLOW_IS_TOO_SLOW = 10.0
"""Seconds the demo waits for an answer; its slow paper takes less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoResult:
    """What the demo left behind."""

    database: Path
    requests: int
    polls: int
    edited: int
    """Number of an article that was edited while the demo watched."""
    status: StoreStatus


@dataclass(slots=True)
class Clock:
    """A clock that stands still until it is moved."""

    now: float

    def __call__(self) -> float:
        """Return the present moment, in epoch seconds."""
        return self.now


def run_demo(directory: Path | None, *, out: Say) -> DemoResult:
    """Crawl the demo world into a fresh store and tell what happens, a line each.

    The store is ``demo.db`` in ``directory`` (the user's data folder by default); one left by an earlier demo
    is replaced, anything else of that name is not (UsageError). Everything stays on this machine.
    """
    database = (directory or _data_folder()) / DATABASE
    database.parent.mkdir(parents=True, exist_ok=True)
    make_room(database)
    with open_store(sqlite_url(database)) as store:
        return asyncio.run(_tour(store, database, _recent(load_world()), out))


def make_room(database: Path) -> None:
    """Delete what an earlier demo left, and nothing else. Raises UsageError."""
    if database.exists() and not _is_of_a_demo(database):
        raise UsageError(f"{database} is not of a demo and is left as it is; name another --directory")
    for ending in _ENDINGS:
        Path(f"{database}{ending}").unlink(missing_ok=True)


def _is_of_a_demo(database: Path) -> bool:
    if not database.is_file() or not database.stat().st_size:
        return database.is_file()
    try:
        with open_store(sqlite_url(database), create=False) as store:
            return all(TAG in source.tags for source in store.sources.list())
    except StoreUnavailable:
        return False
    except (SchemaOutdated, SchemaTooNew):
        return True


def _data_folder() -> Path:
    import platformdirs

    return Path(platformdirs.user_data_dir("kabar", appauthor=False))


def _recent(world: World) -> World:
    """Move the world so that it has just ended: what it publishes is today's news."""
    length = world.ends_at - world.begins_at
    return world.moved_to(datetime.now(UTC).replace(microsecond=0) - length)


def _settings(database: Path) -> Settings:
    fetch = FetchSettings(
        allow_private=True, host_delay=0.0, timeout=SLOW_IS_TOO_SLOW, user_agent="kabar demo"
    )
    poll = PollSettings(first_interval=900.0, max_interval=3600.0)
    return replace(Settings(), database=sqlite_url(database), fetch=fetch, poll=poll)


async def _tour(store: Store, database: Path, world: World, out: Say) -> DemoResult:
    clock = Clock(world.begins_at.timestamp())
    teller = Teller(clock, out)
    async with Press(world, clock=clock) as press:
        _follow(store, press, now=clock())
        hours = (world.ends_at - world.begins_at).total_seconds() / 3600
        out(f"{len(press.feeds)} invented papers on this machine, {hours:.0f} hours of news:")
        chance = random.Random(1).random  # noqa: S311 - jitter, not secrets
        async with open_worker(_settings(database), store, clock=clock, chance=chance) as worker:
            dispatcher = Dispatcher(worker, listener=teller)
            await _live(store, dispatcher, worker, clock, until=world.ends_at.timestamp())
            await dispatcher.stop(deadline=1.0)
        status = store.status(now=clock())
        return DemoResult(
            database=database,
            requests=len(press.requests),
            polls=teller.polls,
            edited=teller.edited,
            status=status,
        )


def _follow(store: Store, press: Press, *, now: float) -> None:
    countries = {paper.name: paper.country or None for paper in press.world.papers}
    for name, url, language in press.feeds:
        source = NewSource(
            url=url, host=host_lane(url), title=name, language=language, country=countries[name],
            tags=(TAG,), next_due_at=now,
        )  # fmt: skip
        store.sources.add(source, now=now)


async def _live(store: Store, dispatcher: Dispatcher, worker: Worker, clock: Clock, *, until: float) -> None:
    """Jump from one due moment to the next until the end of the world's time."""
    never = asyncio.Event()
    while clock.now <= until:
        await run_until_idle(worker, dispatcher, never, patience=0.0)
        next_due = store.hosts.next_due_at()
        if next_due is None:
            return
        clock.now = max(next_due, clock.now + 1.0)
    clock.now = until


class Teller:
    """Tells the story of the crawl as it happens."""

    def __init__(self, clock: Clock, out: Say) -> None:
        self.polls = 0
        self.edited = 1
        self._clock = clock
        self._out = out
        self._failing: set[int] = set()
        self._slow: set[int] = set()

    def __call__(self, event: Event) -> None:
        """Tell an event, if it is worth a line."""
        match event:
            case PollDone():
                self._polled(event)
            case EntryDone(entry=entry, outcome=outcome, reason=reason) if outcome != "unchanged":
                if outcome == "revised":
                    self.edited = event.article_id or self.edited
                self._say(_WORDS.get((outcome, reason), outcome), entry.title or entry.url)
            case EntryDeferred(entry=entry, reason=reason):
                self._say("put off", f"{entry.title or entry.url} ({reason})")

    def _polled(self, event: PollDone) -> None:
        self.polls += 1
        source, failed = event.source, event.result.outcome == "failed"
        name = source.title or source.url
        if failed and source.id not in self._failing:
            self._failing.add(source.id)
            self._say("failing", f"{name}: {event.result.error}; {event.result.due_reason}")
        elif not failed and source.id in self._failing:
            self._failing.discard(source.id)
            self._say("back", f"{name} answers again")
        if event.result.seconds >= SLOW and source.id not in self._slow:
            self._slow.add(source.id)
            self._say("slow", f"{name} took {event.result.seconds:.1f} s to answer")

    def _say(self, word: str, what: str) -> None:
        moment = datetime.fromtimestamp(self._clock(), UTC).astimezone()
        self._out(f"{moment:%a %H:%M}  {word:<9}  {what}")


_WORDS = {
    ("stored", None): "new",
    ("revised", None): "edited",
    ("duplicate", "syndicated"): "copy",
    ("duplicate", "near"): "copy",
    ("duplicate", "same_url"): "known",
}
