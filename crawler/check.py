"""Look at a source here and now, and say what is wrong with it in words a person can act on.

Nothing is kept but what every visit to a host leaves: its robots.txt and when it may be asked again.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from crawler import jobs
from crawler.errors import CrawlerError, HostBusy, PoolError
from crawler.failure import failure_of, require_running
from crawler.health import Finding, examine
from crawler.health.advice import advice
from crawler.health.document import judge_document
from crawler.lane import Lane
from crawler.normalize.url import host_lane
from crawler.options import options_for
from crawler.pool import SOURCES_ONLY
from crawler.probe import known_source, leased, web_address
from crawler.settings import Settings
from crawler.sifting import read_whole
from crawler.worker import Worker, open_worker
from spiders.errors import FetchError, ParseError
from spiders.items import AS_USUAL, Feed, Fetch, FetchOptions, SourceKind, Target
from storage import open_store
from storage.errors import SourceNotFound, StorageError
from storage.model import Source
from storage.store import Store

POLLS = 100
"""Last polls looked at."""
AT_ONCE = 8
_NO_SOURCES = frozenset(["html", "no_articles", "pdf", "image", "empty"])
"""What need not be well-formed, since it is not meant to be a feed or sitemap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a look at one source found."""

    target: str
    source_id: int | None = None
    url: str = ""
    """The address that answered, after redirects."""
    status: int | None = None
    seconds: float = 0.0
    size: int = 0
    """Bytes of the document."""
    format: str | None = None
    title: str | None = None
    language: str | None = None
    entries: int = 0
    newest: datetime | None = None
    """Publication of the newest dated entry."""
    findings: tuple[Finding, ...] = ()


def run_check(settings: Settings, targets: Sequence[str]) -> list[Checked]:
    """Look at each target (number, title or URL of a source, or any URL) and return an answer for each."""
    with open_store(settings.database_url) as store:
        return asyncio.run(_check_all(settings, store, targets))


async def _check_all(settings: Settings, store: Store, targets: Sequence[str]) -> list[Checked]:
    async with open_worker(settings, store, preload=SOURCES_ONLY) as worker:
        gate = asyncio.Semaphore(AT_ONCE)
        return list(await asyncio.gather(*(_check_one(worker, gate, target) for target in targets)))


async def _check_one(worker: Worker, gate: asyncio.Semaphore, target: str) -> Checked:
    async with gate:
        try:
            url, source = await worker.in_store(_meant, worker.store, target)
            return await _look(worker, target, url, source)
        except (CrawlerError, StorageError) as error:
            code = "busy" if isinstance(error, HostBusy) else "usage"
            return Checked(target=target, findings=(_problem(code, str(error)),))


def _meant(store: Store, target: str) -> tuple[str, Source | None]:
    """Return the address a target means and the source it is, if it is one. Raises UsageError."""
    if "://" not in target:
        source = store.sources.get(target)
        return source.url, source
    url = web_address(target)
    return url, known_source(store, url)


async def _look(worker: Worker, target: str, url: str, source: Source | None) -> Checked:
    checked = Checked(target=target, source_id=source.id if source else None, url=url)
    subject = str(source.id) if source else url
    options = AS_USUAL if source is None else await worker.in_store(_options, worker.store, source)
    kind: SourceKind = source.kind if source else "feed"
    async with leased(worker, host_lane(url)) as lane:
        fetched = await _fetch(worker, lane.target(url, kind, options=options), lane, subject)
    known = await _told_by_history(worker, source)
    if isinstance(fetched, Finding):
        return _with(checked, fetched, *(item for item in known if item.code != fetched.code))
    checked = _answered(checked, fetched)
    read = await _read(worker, fetched, kind, subject)
    if isinstance(read, Finding):
        faults = () if read.code in _NO_SOURCES else await _fault(worker, fetched)
        return _with(checked, read, *faults, *known)
    now = datetime.fromtimestamp(worker.clock(), UTC)
    judged, newest = judge_document(fetched, read, url=url, now=now)
    faults = await _fault(worker, fetched) if read.notes else ()
    return _with(_described(checked, read, newest), *judged, *faults, *known)


def _options(store: Store, source: Source) -> FetchOptions:
    """A document behind a source is fetched as its root is."""
    root = next(reversed(store.sources.lineage(source.id)), source)
    return options_for(root.options, root.url, source.url)


async def _fetch(worker: Worker, target: Target, lane: Lane, subject: str) -> Fetch | Finding:
    """Ask without validators, so that the document itself can be looked at."""
    try:
        fetch = await worker.engine.poll(target)
    except FetchError as error:
        require_running(error)
        lane.blame(error, now=worker.clock(), chance=worker.chance())
        failure = failure_of(error)
        is_told = "; set fetch." in failure.message
        return _problem(failure.reason, failure.message, "" if is_told else advice(failure.reason, subject))
    lane.praise(fetch.robots)
    return fetch


async def _read(worker: Worker, fetch: Fetch, kind: SourceKind, subject: str) -> Feed | Finding:
    try:
        return await read_whole(worker, fetch, kind)
    except (ParseError, PoolError) as error:
        failure = failure_of(error)
        words = failure.message
        if failure.reason == "html" and (named := await worker.pool.run(jobs.named_feeds, fetch)).announced:
            words += f"; it announces {', '.join(named.announced[:3])}"
        return _problem(failure.reason, words, advice(failure.reason, subject))


async def _fault(worker: Worker, fetch: Fetch) -> tuple[Finding, ...]:
    """Tell where the document is ill-formed, with the bytes around the place."""
    try:
        fault = await worker.pool.run(jobs.first_fault, fetch)
    except PoolError:
        return ()
    if fault is None:
        return ()
    words = "kabar reads it all the same; the publisher may want to know"
    return (Finding(code="ill_formed", severity="notice", what=str(fault), advice=words),)


async def _told_by_history(worker: Worker, source: Source | None) -> tuple[Finding, ...]:
    if source is None:
        return ()
    try:
        polls = await worker.in_store(worker.store.polls.latest, source.id, POLLS)
    except SourceNotFound:
        return ()
    return examine(source, polls, now=worker.clock())


def _problem(code: str, what: str, advised: str = "") -> Finding:
    return Finding(code=code, severity="problem", what=what, advice=advised)


def _answered(checked: Checked, fetch: Fetch) -> Checked:
    return replace(checked, url=fetch.url, status=fetch.status, seconds=fetch.seconds, size=len(fetch.body))


def _described(checked: Checked, feed: Feed, newest: datetime | None) -> Checked:
    return replace(
        checked,
        format=feed.format,
        title=feed.title,
        language=feed.language,
        entries=len(feed.entries) + len(feed.children),
        newest=newest,
    )


def _with(checked: Checked, *findings: Finding) -> Checked:
    return replace(checked, findings=findings)
