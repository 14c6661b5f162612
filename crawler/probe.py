"""Look at a URL that is no source yet: lease its host, fetch it, and say what it is."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from crawler.errors import HostBusy, UsageError
from crawler.failure import require_running
from crawler.lane import Lane
from crawler.normalize.url import clean_url
from crawler.visit import give_back, lease_time
from crawler.worker import Worker, lease_name
from spiders.errors import FetchError, FetchFailed
from spiders.items import AS_USUAL, Fetch, FetchOptions
from spiders.readers.discover import sniff
from storage.model import Source
from storage.store import Store

T = TypeVar("T")

PATIENCE = 20.0
"""Seconds to wait for a host that somebody else is asking, or that wants a pause."""
GLANCE = 0.05
_FEED_SCHEME = re.compile(r"^feed:(?://)?(https?://)?", re.IGNORECASE)
_HOST = re.compile(r"(?:[^/?#\s]+\.[^/?#\s]+|localhost|[\w-]+:\d+)(?:[/?#][^\s]*)?$")

_FILES = (
    ".txt", ".html", ".htm", ".mhtml", ".xml", ".rss", ".opml", ".csv", ".tsv", ".json", ".jsonl",
    ".parquet", ".toml", ".pdf", ".gz", ".warc", ".zst",
)  # fmt: skip
"""What files end in that people have for kabar, and no host does; some do in ``md`` and ``zip``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """A fetched URL and what its bytes look like: ``feed html pdf image json empty other``."""

    fetch: Fetch
    kind: str


@asynccontextmanager
async def leased(worker: Worker, host: str, *, patience: float = PATIENCE) -> AsyncIterator[Lane]:
    """Hold the lease of a host while open. Raises HostBusy when it is not to be had in time."""
    store, fetch = worker.store, worker.settings.fetch
    lease = None
    give_up_at = asyncio.get_running_loop().time() + patience
    await worker.in_store(store.hosts.ensure, [host])
    while lease is None:
        found = await worker.in_store(
            store.hosts.lease,
            lease_name(worker),
            now=worker.clock(),
            limit=1,
            ttl=lease_time(worker),
            only=[host],
        )
        lease = next(iter(found), None)
        if lease is None:
            await _wait_for(worker, host, give_up_at)
    lane = Lane(lease, delay=fetch.host_delay, user_agent=fetch.user_agent)
    try:
        yield lane
    finally:
        await worker.in_store(give_back, store, lane, now=worker.clock())


async def _wait_for(worker: Worker, host: str, give_up_at: float) -> None:
    polite = await worker.in_store(worker.store.hosts.politeness, [host])
    polite_at = polite.get(host, 0.0)
    left = give_up_at - asyncio.get_running_loop().time()
    if polite_at > worker.clock() + left:
        until = datetime.fromtimestamp(polite_at).astimezone()
        raise HostBusy(f"{host} asked to be left alone until {until:%Y-%m-%d %H:%M:%S}; try again then")
    if left < 0:
        raise HostBusy(f"{host} is being asked by another kabar process; try again in a minute")
    await asyncio.sleep(max(GLANCE, min(polite_at - worker.clock(), 1.0)))


async def probe(worker: Worker, lane: Lane, url: str, *, options: FetchOptions = AS_USUAL) -> Probed:
    """Fetch a URL of the leased host and say what it is. Raises FetchError."""
    try:
        fetch = await worker.engine.poll(lane.target(url, "feed", options=options))
    except FetchError as error:
        require_running(error)
        lane.blame(error, now=worker.clock(), chance=worker.chance())
        raise
    lane.praise(fetch.robots)
    return Probed(fetch=fetch, kind=sniff(fetch.body, fetch.content_type))


def known_source(store: Store, url: str) -> Source | None:
    """Return the source with exactly this URL, if there is one."""
    return store.sources.by_url(url)


def spellings(text: str) -> tuple[str, ...]:
    """Return the URLs a text may mean: ``example.org`` is tried with https, then with http."""
    text = _FEED_SCHEME.sub(lambda found: found[1] or "https://", text.strip())
    if "://" in text or not _HOST.match(text):
        return (text,)
    return (f"https://{text}", f"http://{text}")


def refuse_file(text: str) -> None:
    """Raise UsageError for the name of a file, there or misspelt: ``page.html`` looks like a host."""
    text = text.strip()
    named = "/" not in text and text.lower().endswith(_FILES) and not _FEED_SCHEME.match(text)
    with suppress(OSError, ValueError):
        if "://" not in text and Path(text).is_file():
            raise UsageError(
                "is a file, and no address of the web; `kabar read FILE` reads a saved page"
                " (a host of that name is meant with https:// in front)"
            )
        if named and Path(text).is_dir():
            raise UsageError("is a folder (a host of that name is meant with https:// in front)")
    if named:
        raise UsageError("there is no such file (a host of that name is meant with https:// in front)")


async def first_that_answers(text: str, act: Callable[[str], Awaitable[T]]) -> T:
    """Do something with the URL that a text means: with its first spelling under which a server answers.

    Raises UsageError when it is no address of the web, but a file, FetchFailed when nobody answers, and what
    ``act`` raises.
    """
    refuse_file(text)
    problem: FetchFailed | None = None
    for url in spellings(text):
        try:
            return await act(web_address(url))
        except FetchFailed as error:
            if error.status is not None:
                raise
            problem = problem or error
    raise problem or UsageError("is no web address")


def web_address(text: str) -> str:
    """Return a text as a clean URL. Raises UsageError when it is no address of the web."""
    url = clean_url(text)
    if url is None:
        raise UsageError("is no web address: it must start with http:// or https:// and name a host")
    return url
