"""Read pages without a store: files and addresses, many side by side in the pool, told in their order."""

import asyncio
import logging
import os
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from crawler import jobs
from crawler.errors import PoolCrash, PoolError
from crawler.inspected import Given, Inspected
from crawler.normalize.url import host_lane, site_of
from crawler.paging import PageMissing, Walk, is_first_of_several
from crawler.pool import Pool
from crawler.record import nothing
from crawler.settings import Settings
from spiders.errors import FetchError
from spiders.items import Document, Fetch, Robots, Target
from spiders.readers.body.template import Template

if TYPE_CHECKING:
    from spiders.engine import Engine
    from storage.store import Store

log = logging.getLogger(__name__)

IN_HAND = 8
"""Pages in hand for each reading process: enough that none waits."""
TRIES = 3
"""How often a page is given to the pool when a process dies over it (perhaps over another page)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A page that is to be read: at an address that is fetched, or as given."""

    name: str
    """What it is called in the answer."""
    fetch: str = ""
    """The address to fetch."""
    given: Given = field(default_factory=Given)
    error: str = ""
    """Why it cannot be read, when that is known beforehand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of a page."""

    wanted: Wanted
    given: Given
    inspected: Inspected

    @property
    def failed(self) -> bool:
        """Whether no article came of it."""
        return self.inspected.error is not None


def run_inspection(
    settings: Settings, wanted: Iterable[Wanted], *, steps: bool, on_answer: Callable[[Answer], None]
) -> None:
    """Read pages and hand over what was found, in order. ``steps``: also tell how the reading went.

    With ``steps`` a page is read as a crawl would, knowing what the store has learned of its site. What fails
    is told in its answer and stops nothing.
    """
    asyncio.run(_run(settings, wanted, steps=steps, on_answer=on_answer))


async def _run(
    settings: Settings, wanted: Iterable[Wanted], *, steps: bool, on_answer: Callable[[Answer], None]
) -> None:
    pool, fetcher = Pool(settings.pool), Fetcher(settings)
    learned = _Learned(settings if steps else None)
    width = IN_HAND * (settings.pool.workers or os.cpu_count() or 1)
    in_hand: deque[asyncio.Task[Answer]] = deque()
    try:
        for item in wanted:
            in_hand.append(asyncio.create_task(_answer(pool, fetcher, learned, item, steps=steps)))
            while len(in_hand) >= width or (in_hand and in_hand[0].done()):
                on_answer(await in_hand.popleft())
        while in_hand:
            on_answer(await in_hand.popleft())
    finally:
        for task in in_hand:
            task.cancel()
        await fetcher.stop()
        pool.stop()
        learned.close()


class _Learned:
    """What the store knows of sites, as long as there is one; it is only read, and never made."""

    def __init__(self, settings: Settings | None) -> None:
        self._settings = settings
        self._store: Store | None = None

    def of(self, url: str | None) -> Template:
        """Return what repeats on the site of a URL; nothing without a store that can be read."""
        if self._settings is None or not url:
            return Template()
        from crawler.repeating import Repeating
        from storage import open_store
        from storage.errors import StorageError

        try:
            self._store = self._store or open_store(self._settings.database_url, create=False)
            return Repeating().learn(self._store, site_of(url), now=time.time(), keep=False)
        except StorageError:
            self._settings = None
            return Template()

    def close(self) -> None:
        """Close the store."""
        if self._store is not None:
            self._store.close()


async def _answer(
    pool: Pool, fetcher: "Fetcher", learned: _Learned, wanted: Wanted, *, steps: bool
) -> Answer:
    given = wanted.given
    if wanted.error:
        return _failed(wanted, given, "unusable", wanted.error)
    if wanted.fetch:
        try:
            given = _given(await fetcher.fetch(wanted.fetch))
        except FetchError as error:
            return _failed(wanted, replace(given, url=error.url), error.reason, error.message)
    given = replace(given, template=await asyncio.to_thread(learned.of, given.url))
    task = asyncio.create_task(_whole(pool, fetcher if wanted.fetch else None, given, steps=steps))
    await asyncio.wait((task,))
    defect = task.exception()
    if defect is None:
        return Answer(wanted=wanted, given=given, inspected=task.result())
    if isinstance(defect, PoolError):
        return _failed(wanted, given, defect.reason, str(defect))
    if isinstance(defect, OSError):
        return _failed(wanted, given, "unreadable", defect.strerror or str(defect))
    # A defect met in reading one page must not stand in the way of all the others.
    log.error("a page could not be read", exc_info=defect, extra={"page": wanted.name})
    return _failed(wanted, given, "bug", f"internal error: {type(defect).__name__}: {defect}")


async def _whole(pool: Pool, fetcher: "Fetcher | None", given: Given, *, steps: bool) -> Inspected:
    """Inspect a page, or the article of all its pages where it is the first of several to be fetched."""
    found = await _inspect(pool, given, steps=steps)
    first = found.document
    if fetcher is None or first is None or not is_first_of_several(first):
        return found
    had: dict[str, Given] = {}

    async def read(url: str) -> Document:
        try:
            part = _given(await fetcher.fetch(url))
            inspected = await _inspect(pool, part, steps=False)
        except (FetchError, PoolError) as error:
            raise PageMissing(error.reason) from error
        if inspected.document is None:
            raise PageMissing(inspected.reason or "empty_page")
        had[inspected.document.requested_url] = part
        return inspected.document

    walk = Walk(first, read)
    await walk.run()
    if not walk.others:
        return found
    others = tuple(had[page.requested_url] for page in walk.others)
    return await _inspect(pool, replace(given, others=others, missing=walk.missing), steps=steps)


async def _inspect(pool: Pool, given: Given, *, steps: bool) -> Inspected:
    for left in range(TRIES - 1, -1, -1):
        try:
            return await pool.run(jobs.inspect, given, steps)
        except PoolCrash:
            if not left:
                raise
    raise AssertionError("unreachable")


def _failed(wanted: Wanted, given: Given, reason: str, error: str) -> Answer:
    return Answer(
        wanted=wanted, given=given, inspected=Inspected(record=nothing(given.url), reason=reason, error=error)
    )


def _given(fetch: Fetch) -> Given:
    return Given(
        body=fetch.body,
        url=fetch.url,
        requested_url=fetch.requested_url,
        content_type=fetch.content_type,
        fetched_at=fetch.fetched_at,
        truncated=fetch.truncated,
        x_robots_tag=fetch.x_robots_tag,
        headers=dict(fetch.headers),
    )


async def _unread(fetch: Fetch) -> Document:
    raise AssertionError("pages are fetched here, and read elsewhere")


class Fetcher:
    """Fetches pages one after the other, as politely as a crawl does. The engine begins with the first."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings.fetch
        self._turn = asyncio.Lock()
        self._robots: tuple[Robots, ...] = ()
        self._last: dict[str, float] = {}
        self._engine: Engine | None = None

    async def fetch(self, url: str) -> Fetch:
        """Fetch a page. Raises FetchError."""
        async with self._turn:
            engine = self._engine or await self._begin()
            lane = host_lane(url)
            pause = self._last.get(lane, 0.0) + self._settings.host_delay - time.monotonic()
            await asyncio.sleep(max(pause, 0.0))
            try:
                fetched = await engine.fetch(Target(url=url, kind="page", robots=self._robots))
            finally:
                self._last[lane] = time.monotonic()
            self._robots += fetched.robots
            return fetched

    async def _begin(self) -> "Engine":
        from crawler.worker import fetch_policy
        from spiders.engine import Engine

        engine = Engine(fetch_policy(self._settings), read=_unread, clock=time.time)
        await engine.start()
        self._engine = engine
        return engine

    async def stop(self) -> None:
        """End what was begun."""
        if self._engine is not None:
            await self._engine.stop(deadline=1.0)
