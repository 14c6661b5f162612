"""What a slice works with: the store behind its own thread, the engine, the pool, clock and chance."""

import asyncio
import os
import random
import secrets
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import ParamSpec, TypeVar

from crawler import jobs
from crawler.ingest import Saved
from crawler.likeness import Likeness
from crawler.normalize.url import site_of
from crawler.pool import ALL_READERS, Pool
from crawler.repeating import Repeating
from crawler.saving import Saving
from crawler.settings import FetchSettings, Settings
from crawler.together import Arrival, save_all
from spiders.engine import Engine
from spiders.items import Document, Fetch
from spiders.policy import FetchPolicy
from spiders.readers.body.template import Template
from storage.errors import StorageError
from storage.store import Store

P = ParamSpec("P")
T = TypeVar("T")


class StoreThread:
    """Runs store calls one after another in one thread, so that the event loop never waits for the disk."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")

    async def __call__(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``function`` in the store's thread and return its result."""
        return await asyncio.get_running_loop().run_in_executor(
            self._executor, partial(function, *args, **kwargs)
        )

    def stop(self) -> None:
        """Wait for the call that runs and end the thread."""
        self._executor.shutdown(wait=True, cancel_futures=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """Everything a slice needs, opened and closed together by ``open_worker``."""

    settings: Settings
    store: Store
    in_store: StoreThread
    engine: Engine
    pool: Pool
    likeness: Likeness
    """Finds what an article is a copy of; to be used in the store's thread."""
    repeating: Repeating
    """Knows what repeats on sites."""
    saving: Saving
    """Saves prepared articles."""
    owner: str
    """Name under which leases are held: ``machine:pid:token``."""
    clock: Callable[[], float]
    """Epoch seconds."""
    chance: Callable[[], float]
    """A random number in [0, 1)."""


@asynccontextmanager
async def open_worker(
    settings: Settings,
    store: Store,
    *,
    clock: Callable[[], float] = time.time,
    chance: Callable[[], float] = random.random,
    preload: str = ALL_READERS,
) -> AsyncIterator[Worker]:
    """Start engine and pool around an open store; on the way out give back all leases and stop them.

    ``preload`` names the module that the pool's processes share, ``SOURCES_ONLY`` where no pages
    are read.
    """
    pool, in_store, repeating = Pool(settings.pool, preload=preload), StoreThread(), Repeating()
    known = partial(_template, repeating, store, in_store, clock)
    engine = Engine(fetch_policy(settings.fetch), read=partial(_read, pool, known), clock=clock)
    likeness = Likeness(window=settings.duplicates.window)
    worker = Worker(
        settings=settings, store=store, in_store=in_store, engine=engine, pool=pool,
        likeness=likeness, repeating=repeating,
        saving=Saving(partial(_save_all, in_store, store, likeness)),
        owner=new_owner(), clock=clock, chance=chance,
    )  # fmt: skip
    try:
        await engine.start()
        yield worker
    finally:
        await engine.stop(deadline=1.0)
        pool.stop()
        await worker.saving.close()
        await in_store(store.hosts.release_owner, worker.owner, now=clock())
        in_store.stop()


async def _save_all(
    in_store: StoreThread, store: Store, likeness: Likeness, arrivals: Sequence[Arrival]
) -> list[Saved]:
    return await in_store(save_all, store, arrivals, likeness=likeness)


def fetch_policy(settings: FetchSettings) -> FetchPolicy:
    """Translate the settings into what spiders are given."""
    return FetchPolicy(
        user_agent=settings.user_agent,
        timeout=settings.timeout,
        max_feed_bytes=settings.max_feed_bytes,
        max_page_bytes=settings.max_page_bytes,
        max_sitemap_bytes=settings.max_sitemap_bytes,
        max_redirects=settings.max_redirects,
        allow_private=settings.allow_private,
        obey_robots=settings.obey_robots,
        proxy=settings.proxy,
        browser=settings.browser,
        polls=settings.polls,
        pages=settings.pages,
        per_address=settings.per_address,
    )


async def _read(pool: Pool, known: Callable[[str], Awaitable[Template]], fetch: Fetch) -> Document:
    return await pool.run(jobs.read_page, fetch, await known(fetch.url))


async def template_for(worker: Worker, url: str) -> Template:
    """Return what is known to repeat on the site of a URL."""
    return await _template(worker.repeating, worker.store, worker.in_store, worker.clock, url)


async def _template(
    repeating: Repeating, store: Store, in_store: StoreThread, clock: Callable[[], float], url: str
) -> Template:
    site = site_of(url)
    known = repeating.known(site)
    if known is not None:
        return known
    try:
        return await in_store(repeating.learn, store, site, now=clock())
    except StorageError:  # a page can be read without
        return Template()


def new_owner() -> str:
    """Return a name for this process that no other process, past or present, has."""
    return f"{machine()}{os.getpid()}:{secrets.token_hex(4)}"


def machine() -> str:
    """Return what the names of all owners on this machine begin with."""
    return f"{socket.gethostname()}:"


def lease_name(worker: Worker) -> str:
    """Return a new name to lease under: the worker's own, and a mark that no other lease has."""
    return f"{worker.owner}#{secrets.token_hex(4)}"


def is_dead(owner: str) -> bool:
    """Tell whether a lease owner is a process of this machine that is no more."""
    machine, _, rest = owner.partition(":")
    pid, _, _ = rest.partition(":")
    if machine != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return int(pid) == os.getpid()  # our own number, reused: the process that had it is gone
