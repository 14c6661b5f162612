"""One-off crawls: poll sources, or any feed or article URL, now; fetch what is new; say what happened."""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from crawler.discovery import Candidate
from crawler.documents import Documents
from crawler.errors import CrawlerError, UsageError
from crawler.events import EntryDone, Event, PollDone, StepLost
from crawler.failure import ELSEWHERE, failure_of
from crawler.intake import Offer
from crawler.landing import turned_away
from crawler.lane import Lane
from crawler.listed_targets import Named, fetched, unfold
from crawler.meeting import ArticlePage, SourceList, met
from crawler.moments import Moments, ready
from crawler.normalize.url import host_lane, url_key
from crawler.polling import digest
from crawler.probe import PATIENCE, first_that_answers, known_source, refuse_file, spellings
from crawler.reading import keep
from crawler.settings import Settings
from crawler.slice import Dispatcher
from crawler.stop import Stop, unless_stopped
from crawler.tally import Counter, CrawlReport, CrawlRow, Progress, Tally
from crawler.twins import same_source
from crawler.visit import STEPS_PER_VISIT, Scope, record
from crawler.warc_reading import ArchiveOptions, is_archive, read_archives
from crawler.worker import Worker, is_dead, open_worker
from spiders.errors import PRIVATE, FetchError, SpiderError
from storage import open_store
from storage.errors import SourceNotFound, StorageError
from storage.model import Article, NewSource, Source, SourceState
from storage.store import Store

__all__ = ["CrawlOptions", "CrawlReport", "CrawlRow", "Progress", "run_crawl"]

PROBES_AT_ONCE = 8
MOST_LOSSES = 3
REPEATED = "repeated"
"""Outcome of a target that is another one, spelt otherwise."""
DRAIN = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlOptions:
    """How a one-off crawl goes about it."""

    limit: int | None = None
    """Most entries taken of each feed, the first ones; the others stay for the next poll."""
    since: datetime | None = None
    """Entries published before this moment are left for the next poll."""
    backfill: bool = False
    """Whether older documents are read as well, back to ``since``, which it needs."""
    add: bool = False
    """Whether feeds not yet followed are followed from now on."""
    archives: ArchiveOptions = field(default_factory=ArchiveOptions)
    """How WARC files are read; ``limit`` and ``since`` hold for them as well."""


def run_crawl(
    settings: Settings,
    targets: Sequence[str],
    *,
    options: CrawlOptions,
    progress: Callable[[Progress], None] | None = None,
    on_article: Callable[[Article], None] | None = None,
) -> CrawlReport:
    """Crawl targets (number, title or URL of a source; feed or article URL) and return a row for each.

    Without targets all active sources are crawled. Works beside a running daemon: leases keep the two apart.
    ``on_article`` is called at the end with each article that was stored, revised or met again. Ctrl-C drains
    what is under way and returns what was done so far, marked as interrupted. Raises UsageError for a
    back-fill that does not say how far back.
    """
    if options.backfill and options.since is None:
        raise UsageError("--backfill needs to know how far back: give --since as well, like --since 30d")
    with open_store(settings.database_url) as store:
        # A crawl that was killed, or had no room to write, holds hosts.
        store.hosts.reap(is_dead, now=time.time())
        return asyncio.run(_run(settings, store, targets, options, progress, on_article))


async def _run(
    settings: Settings,
    store: Store,
    targets: Sequence[str],
    options: CrawlOptions,
    progress: Callable[[Progress], None] | None,
    on_article: Callable[[Article], None] | None,
) -> CrawlReport:
    stop = Stop()
    with stop.on_signals():
        async with open_worker(settings, store) as worker:
            crawl = Crawl(worker, options, progress, stop)
            archives = dict.fromkeys(filter(is_archive, targets))
            chosen = replace(options.archives, limit=options.limit, since=_aware(options.since))
            rows = await read_archives(
                worker, archives, chosen, stop.requested, progress=progress, on_article=on_article
            )
            if not archives or len(archives) < len(set(targets)):
                rows += await crawl.run([target for target in targets if target not in archives])
            if on_article is not None:
                for article_id in crawl.counter.articles:
                    on_article(await worker.in_store(store.articles.get, article_id))
    return CrawlReport(rows=rows, interrupted=stop.requested.is_set())


class Crawl:
    """One one-off crawl while it goes on."""

    def __init__(
        self,
        worker: Worker,
        options: CrawlOptions,
        progress: Callable[[Progress], None] | None,
        stop: Stop,
    ) -> None:
        self.counter = Counter(worker.clock, progress)
        self._worker = worker
        self._options = options
        self._offer = Offer(limit=options.limit, since=_aware(options.since), backfill=options.backfill)
        self._documents = Documents(worker)
        self._stop = stop.requested
        self._pending: dict[int, Source] = {}
        self._losses: dict[int, int] = {}
        self._met: set[str] = set()
        self._listed: list[Named] = []
        self._lists_done = False
        self._moments = Moments(self._ask)
        self._failure: StorageError | None = None

    async def run(self, targets: Sequence[str]) -> tuple[CrawlRow, ...]:
        """Crawl the targets and return a row for each."""
        tallies = await self._resolve(targets)
        if not self._stop.is_set():
            if self._options.backfill:
                await self._documents.begin_again(self._sources())
            if self._worker.settings.fetch.allow_private:
                entries, now = self._worker.store.entries, self._worker.clock()
                await self._worker.in_store(entries.take_up, PRIVATE, now=now, source_ids=self._sources())
            await self._work_off()
        return tuple([await self._close(tally) for tally in tallies if self._counts(tally)])

    def _counts(self, tally: Tally) -> bool:
        """Whether a tally stands for itself: a source named twice is crawled, and told, once."""
        if tally.source_id is None:
            return tally.outcome != REPEATED
        return self.counter.tallies[tally.source_id] is tally

    async def _resolve(self, targets: Sequence[str]) -> list[Tally]:
        worker = self._worker
        if not targets:
            followed: tuple[SourceState, ...] = ("active",)
            sources = await worker.in_store(worker.store.sources.list, states=followed)
            tallies = [self._tally(source.url) for source in sources]
            for tally, source in zip(tallies, sources, strict=True):
                self._poll_later(tally, source)
            return tallies
        tallies = await self._resolve_all(unfold([*targets]))
        self._lists_done = True
        return [*tallies, *await self._resolve_all(self._listed)]

    async def _resolve_all(self, names: Sequence[Named]) -> list[Tally]:
        self.counter.total += len(names)
        tallies = [self._tally(name.target) for name in names]
        for tally, name in zip(tallies, names, strict=True):
            if name.problem is not None:
                tally.fail(name.problem)
        gate = asyncio.Semaphore(PROBES_AT_ONCE)
        sound = [tally for tally in tallies if tally.outcome != "failed"]
        await unless_stopped(self._stop, [self._resolve_one(tally, gate) for tally in sound])
        return tallies

    async def _resolve_one(self, tally: Tally, gate: asyncio.Semaphore) -> None:
        async with gate:
            try:
                await self._meet(tally, tally.target)
            except FetchError as error:
                tally.fail(str(failure_of(error)), status=error.status)
            except (SpiderError, CrawlerError, StorageError) as error:
                tally.fail(getattr(error, "message", str(error)))
        if tally.outcome == "failed":
            self.counter.step(tally.target)

    async def _meet(self, tally: Tally, name: str) -> None:
        """Find out what a target is: a known source, or else a URL, whose scheme may be left out."""
        store = self._worker.store
        try:
            known = None if "://" in name else await self._worker.in_store(store.sources.get, name)
        except SourceNotFound:
            refuse_file(name)
            if len(spellings(name)) == 1:
                raise
            known = None
        if known is not None:
            self._poll_later(tally, known)
        else:
            await first_that_answers(name, partial(self._meet_url, tally))

    async def _meet_url(self, tally: Tally, url: str) -> None:
        """Find out what a URL is: a known source, a feed, a page of a site, an article page."""
        worker = self._worker
        known = await worker.in_store(known_source, worker.store, url)
        if known is None and url in self._met:
            tally.outcome = REPEATED
            return
        self._met.add(url)
        if known is None:
            await self._visit_unknown(tally, url)
            return
        source = known
        if self._options.add and source.state == "once":
            source = await worker.in_store(
                worker.store.sources.update, source.id, now=worker.clock(), state="active"
            )
        self._poll_later(tally, source)

    async def _visit_unknown(self, tally: Tally, url: str) -> None:
        async with met(self._worker, url) as (lane, thing):
            if isinstance(thing, SourceList):
                await self._take_list(tally, thing)
            elif isinstance(thing, ArticlePage):
                await self._keep_page(tally, lane, url, thing)
            else:
                tally.found = None if thing.facts.origin == "given" else thing.url
                await self._take_source(tally, lane, thing)

    async def _take_list(self, tally: Tally, met: SourceList) -> None:
        """Remember what a list behind a URL names. A list within a list is not followed further."""
        if self._lists_done:
            tally.fail("is a list of sources within a list; crawl it by itself")
            return
        named = await self._worker.pool.run(fetched, met.fetch)
        self._listed += named
        tally.outcome, tally.status, tally.seen = "listed", met.fetch.status, len(named)

    async def _take_source(self, tally: Tally, lane: Lane, candidate: Candidate) -> None:
        """Remember a source met by its URL (followed only with ``add``) and take its entries."""
        worker, feed = self._worker, candidate.facts.feed
        store = worker.store
        known = await worker.in_store(same_source, store, candidate)
        known = known or await worker.in_store(known_source, store, candidate.url)
        if known is not None:
            tally.found = known.url
            self._poll_later(tally, known)
            return
        new = NewSource(
            url=candidate.url,
            host=host_lane(candidate.url),
            kind=candidate.facts.kind,
            state="active" if self._options.add else "once",
            title=feed.title,
            site_url=feed.site_url,
            language=feed.language,
            next_due_at=worker.clock(),
        )
        source = await worker.in_store(worker.store.sources.add, new, now=worker.clock())
        self._join(tally, source)
        result = await digest(worker, lane, source, candidate.fetch, offer=self._offer, feed=feed)
        self.counter(await record(worker, source, result))

    async def _keep_page(self, tally: Tally, lane: Lane, url: str, page: ArticlePage) -> None:
        worker, fetch, document = self._worker, page.fetch, page.document
        if turned_away(url, fetch.url, expected=None, title=document.title):
            tally.fail(f"{ELSEWHERE.message}: {fetch.url}", status=fetch.status)
            return
        entry = await worker.in_store(
            worker.store.entries.add_page,
            url=url,
            url_key=url_key(url),
            host=host_lane(url),
            now=worker.clock(),
        )
        event = await keep(worker, lane, entry, None, document, pages=(fetch,))
        tally.title, tally.status, tally.seen, tally.new = document.title, fetch.status, 1, 1
        tally.add(event, now=worker.clock())
        if isinstance(event, EntryDone):
            self.counter(event)

    def _tally(self, target: str) -> Tally:
        return Tally(target=target, started=self._worker.clock())

    def _join(self, tally: Tally, source: Source) -> None:
        tally.source_id, tally.title = source.id, source.title
        self.counter.tallies[source.id] = tally

    def _sources(self) -> Collection[int]:
        """Return the numbers of the sources that are crawled."""
        return {tally.source_id for tally in self.counter.tallies.values() if tally.source_id is not None}

    async def _take_documents(self) -> None:
        """Take up the documents behind the sources that are crawled, as they come to be known."""
        for root_id, child in await self._documents.waiting(self._unsated()):
            self.counter.tallies[child.id] = self.counter.tallies[root_id]
            self._pending[child.id] = child
            self.counter.total += 1

    def _poll_later(self, tally: Tally, source: Source) -> None:
        self._join(tally, source)
        self._pending[source.id] = source
        self.counter.total = max(self.counter.total, len(self._pending))

    async def _work_off(self) -> None:
        """Poll what is pending and fetch entries until only those are left that want a longer pause."""
        dispatcher = Dispatcher(self._worker, listener=self._heard)
        try:
            await self._until_idle(dispatcher)
        finally:
            await dispatcher.stop(deadline=DRAIN)
        self._failure = dispatcher.failure

    async def _until_idle(self, dispatcher: Dispatcher) -> None:
        stuck_since: float | None = None
        while not self._stop.is_set():
            now = self._worker.clock()
            moments = await self._moments.of_hosts()
            if await dispatcher.fill(self._scope(moments, now)):
                stuck_since = None
                continue
            if await dispatcher.settle(timeout=0.2):
                continue
            next_at = min((await self._moments.of_hosts(fresh=True)).values(), default=None)
            stuck_since = now if stuck_since is None else stuck_since
            patience = 2 * dispatcher.longest_delay + 1
            if next_at is None or next_at > now + patience or now - stuck_since > PATIENCE + patience:
                break
            await asyncio.sleep(min(max(next_at - now, 0.02), 0.5))

    def _lost(self, source_id: int) -> None:
        """Give up on a source that was taken out of our hands again and again (removed, moved, paused)."""
        self._losses[source_id] = self._losses.get(source_id, 0) + 1
        if self._losses[source_id] < MOST_LOSSES:
            return
        source = self._pending.pop(source_id, None)
        if source is not None and source.parent_id is None:
            self.counter.tallies[source_id].fail("it was removed or moved meanwhile, or is polled elsewhere")

    def _heard(self, event: Event) -> None:
        if isinstance(event, PollDone):
            self._pending.pop(event.source.id, None)
        elif isinstance(event, StepLost) and isinstance(event.step, Source):
            self._lost(event.step.id)
        self.counter(event)

    def _scope(self, moments: Mapping[str, float], now: float) -> Scope:
        return Scope(
            hosts=ready(moments, now),
            polls=dict(self._pending),
            source_ids=frozenset(self._unsated()),
            offer=self._offer,
            pages=min(STEPS_PER_VISIT, self._options.limit or STEPS_PER_VISIT),
        )

    def _unsated(self) -> list[int]:
        """Return the sources that may have more pages fetched: with a limit, those that had fewer."""
        limit = self._options.limit
        tallies = self.counter.tallies
        return [number for number in self._sources() if limit is None or tallies[number].pages < limit]

    async def _ask(self) -> Mapping[str, float]:
        store, in_store = self._worker.store, self._worker.in_store
        await self._take_documents()
        waiting = await in_store(store.entries.waiting_hosts, self._unsated())
        wanted = {**waiting, **{source.host: 0.0 for source in self._pending.values()}}
        polite = await in_store(store.hosts.politeness, list(wanted))
        return {host: max(at, polite.get(host, 0.0)) for host, at in wanted.items()}

    async def _close(self, tally: Tally) -> CrawlRow:
        if tally.source_id is None:
            return tally.row(deferred=int(tally.outcome == "deferred"))
        deferred = await self._worker.in_store(self._worker.store.entries.waiting, [tally.source_id])
        row = tally.row(deferred=deferred)
        left = sum(self.counter.tallies[number] is tally for number in self._pending)
        if self._failure is not None and (left or deferred) and row.error is None:
            row = replace(row, outcome="failed", error=str(self._failure))
        elif left and row.error is None:
            what = "" if tally.source_id in self._pending else f"{left} documents behind it wait: "
            row = replace(
                row, error=f"{what}its host asked for a pause or is asked by another process; try again later"
            )
        return row


def _aware(moment: datetime | None) -> datetime | None:
    """Return a moment with its offset; one without is meant in local time."""
    return moment.astimezone() if moment is not None and moment.tzinfo is None else moment
