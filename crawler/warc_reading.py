"""Read WARC files: records found in a thread, read in the pool side by side, kept in their order.

What became of a batch of records and how far the file has been read are written in one transaction. A kill
at any moment loses nothing and keeps nothing twice: the next call goes on behind the last batch.
"""

import asyncio
import logging
import os
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from crawler import jobs
from crawler.errors import Drop, PoolCrash, PoolError
from crawler.normalize.url import clean_url, site_of
from crawler.prepare import Prepared
from crawler.replay import packed
from crawler.tally import CrawlRow, Progress
from crawler.warc_keeping import Kept, Outcome, Rejected, Skipped, keep
from crawler.worker import Worker, template_for
from spiders.errors import DamagedArchive, ParseError
from spiders.readers.warc import Record, fetched, read_records
from storage.captures import Archive
from storage.errors import AlreadyExists, StorageError
from storage.model import Article
from storage.pages import PackedPages

log = logging.getLogger(__name__)

SUFFIXES = (".warc", ".warc.gz", ".warc.zst")
RECORDS_PER_PROCESS = 8
"""Records in hand for each reading process: enough that none waits while a batch is kept."""
BATCH = 64
"""Most records whose outcome is written at once."""
BYTES_AT_ONCE = 16 * 1024 * 1024
TRIES = 3
"""How often a page is given to the pool when a process dies over it (perhaps over another page)."""
PAUSE = 1.0
"""Seconds before a batch is written again that the store was too busy for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveOptions:
    """Which pages of an archive are taken. The others are passed over, and counted."""

    limit: int | None = None
    """Most pages taken in one call; the next call goes on behind them."""
    since: datetime | None = None
    """Pages captured, or articles published, before this moment are passed over."""
    sites: frozenset[str] = frozenset()
    """Only these, if any."""
    languages: frozenset[str] = frozenset()
    again: bool = False
    """Whether to begin at the beginning, however far the file was read before."""


def is_archive(target: str) -> bool:
    """Tell whether a target of a crawl is a WARC file: it is no URL and ends as these files do."""
    return "://" not in target and target.lower().endswith(SUFFIXES)


async def read_archives(
    worker: Worker,
    targets: Iterable[str],
    options: ArchiveOptions,
    stop: asyncio.Event,
    *,
    progress: Callable[[Progress], None] | None = None,
    on_article: Callable[[Article], None] | None = None,
) -> tuple[CrawlRow, ...]:
    """Read WARC files on from where they were left, and return what became of the pages of each.

    Nothing is fetched. One file after another: each keeps all reading processes busy. ``on_article`` is
    called with each article that was stored, revised or met again. Raises StorageError when the store gives
    up; what is wrong with a file is told in its row.
    """
    return tuple(
        [
            await _read_archive(worker, target, options, stop, progress, on_article)
            for target in targets
            if not stop.is_set()
        ]
    )


async def _read_archive(
    worker: Worker,
    target: str,
    options: ArchiveOptions,
    stop: asyncio.Event,
    progress: Callable[[Progress], None] | None,
    on_article: Callable[[Article], None] | None,
) -> CrawlRow:
    started = worker.clock()
    try:
        path = Path(os.path.realpath(target))
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            archive = await worker.in_store(
                worker.store.archives.open,
                str(path),
                size=status.st_size,
                modified_at=status.st_mtime,
                now=started,
                again=options.again,
            )
            reading = _Reading(worker, archive, options, stop, progress, on_article)
            row = await reading.run(file, target)
    except OSError as error:
        row = CrawlRow(target=target, error=error.strerror or str(error))
    except ParseError as error:
        row = CrawlRow(target=target, error=error.message)
    return replace(row, seconds=max(worker.clock() - started, 0.0))


@dataclass(slots=True)
class _InHand:
    """A record on its way: passed over, or being read."""

    end: int
    url: str
    skip: str | None
    task: asyncio.Task[tuple[Prepared, PackedPages | None]] | None

    @property
    def done(self) -> bool:
        return self.task is None or self.task.done()


class _Reading:
    """One file while it is read."""

    def __init__(
        self,
        worker: Worker,
        archive: Archive,
        options: ArchiveOptions,
        stop: asyncio.Event,
        progress: Callable[[Progress], None] | None,
        on_article: Callable[[Article], None] | None,
    ) -> None:
        self._worker, self._archive, self._options = worker, archive, options
        self._stop, self._progress, self._on_article = stop, progress, on_article
        self._counts: Counter[str] = Counter()
        self._taken = 0
        self._in_hand: deque[_InHand] = deque()
        self._waiting: deque[Record] = deque()
        self._ended = False
        self._damage: DamagedArchive | None = None
        workers = worker.settings.pool.workers or os.cpu_count() or 1
        self._width = RECORDS_PER_PROCESS * workers

    async def run(self, file: BinaryIO, target: str) -> CrawlRow:
        """Read on and return what came of it."""
        archive = self._archive
        if archive.finished_at is not None:
            return self._row(target, "read_before", "it was read to its end before; --again reads it again")
        records = read_records(
            file,
            name=archive.path,
            size=archive.size,
            position=archive.position,
            passed=archive.records,
            limit=self._worker.settings.fetch.max_page_bytes,
        )
        try:
            while not self._stop.is_set():
                await self._fill(records)
                if not self._in_hand:
                    break
                await self._keep_done()
        finally:
            for item in self._in_hand:
                if item.task is not None:
                    item.task.cancel()
            await asyncio.to_thread(records.close)  # type: ignore[attr-defined]  # a generator
        return await self._close(target)

    async def _close(self, target: str) -> CrawlRow:
        if self._damage is not None and not self._in_hand:
            return self._row(target, "damaged", self._damage.message)
        if not self._ended or self._in_hand or self._waiting:
            return self._row(target, "partly", None)
        await self._advance([], self._archive.size, finished=True)
        return self._row(target, "read", None)

    # --- what goes in

    async def _fill(self, records: Iterator[Record]) -> None:
        """Take records in hand, as many as are wanted."""
        while len(self._in_hand) < self._width and self._wanted():
            if not self._waiting and not self._ended:
                found, self._ended, self._damage = await asyncio.to_thread(_some, records, self._width)
                self._waiting.extend(found)
            if not self._waiting:
                return
            self._take(self._waiting.popleft())

    def _wanted(self) -> bool:
        limit = self._options.limit
        reading = sum(item.task is not None for item in self._in_hand)
        return limit is None or self._taken + reading < limit

    def _take(self, record: Record) -> None:
        url = clean_url(record.url) or ""
        skip = record.skip or self._passed_over(record, url)
        task = None if skip else asyncio.create_task(self._read(replace(record, url=url)))
        self._in_hand.append(_InHand(record.end, url, skip, task))

    def _passed_over(self, record: Record, url: str) -> str | None:
        options = self._options
        if not url:
            return "bad_url"
        if options.sites and site_of(url) not in options.sites:
            return "other_site"
        too_old = options.since is not None and record.captured_at is not None
        if too_old and record.captured_at < options.since.timestamp():  # type: ignore[operator, union-attr]
            return "before_since"
        return None

    async def _read(self, record: Record) -> tuple[Prepared, PackedPages | None]:
        worker, otherwise = self._worker, self._archive.modified_at
        limit = worker.settings.fetch.max_page_bytes
        prepared = await self._prepared(record, limit, otherwise)
        if not worker.settings.pages.archives:
            return prepared, None
        fetch = await asyncio.to_thread(fetched, record, limit=limit, otherwise=otherwise)
        return prepared, await packed(worker, [fetch], prepared.content)

    async def _prepared(self, record: Record, limit: int, otherwise: float) -> Prepared:
        template = await template_for(self._worker, record.url)
        for left in range(TRIES - 1, -1, -1):
            try:
                return await self._worker.pool.run(jobs.read_record, record, limit, otherwise, template)
            except PoolCrash:
                if not left:
                    raise
        raise AssertionError("unreachable")

    # --- what comes out

    async def _keep_done(self) -> None:
        """Wait for the first record in hand, and keep it with those behind it that are done as well."""
        first = self._in_hand[0]
        if first.task is not None and not first.task.done():
            stopping = asyncio.create_task(self._stop.wait())
            await asyncio.wait((first.task, stopping), return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
        batch: list[_InHand] = []
        while self._in_hand and self._in_hand[0].done and len(batch) < BATCH:
            batch.append(self._in_hand.popleft())
        if batch:
            await self._advance([self._outcome(item) for item in batch], batch[-1].end)

    def _outcome(self, item: _InHand) -> Outcome:
        if item.task is None:
            return Skipped(item.skip or "")
        error = item.task.exception()
        if error is None:
            return self._filtered(*item.task.result(), item.url)
        if isinstance(error, (ParseError, Drop, PoolError)):
            return Rejected(item.url, error.reason)
        # A defect met in reading one page must not stand in the way of all the pages behind it.
        log.error("a page of an archive failed", exc_info=error, extra={"url": item.url})
        return Rejected(item.url, "bug")

    def _filtered(self, prepared: Prepared, pages: PackedPages | None, url: str) -> Outcome:
        options, content = self._options, prepared.content
        if options.languages and (content.language or "").lower() not in options.languages:
            return Skipped("other_language")
        published = content.published_at
        if options.since is not None and published is not None and published < options.since:
            return Skipped("before_since")
        return Kept(url, prepared, pages)

    async def _advance(self, outcomes: Sequence[Outcome], position: int, *, finished: bool = False) -> None:
        worker = self._worker
        for left in range(TRIES - 1, -1, -1):
            now = worker.clock()
            try:
                done = await worker.in_store(
                    keep,
                    worker.store,
                    self._archive,
                    outcomes,
                    likeness=worker.likeness,
                    position=position,
                    now=now,
                    finished=finished,
                )
                break
            except StorageError as error:
                # Another process that kept one of these articles meanwhile is no trouble the second time.
                if not left or not (error.transient or isinstance(error, AlreadyExists)):
                    raise
                await asyncio.sleep(PAUSE)
        for outcome in outcomes:
            if isinstance(outcome, Kept):
                worker.repeating.kept(outcome.prepared.content.site)
        self._archive = done.archive
        self._counts.update(done.counts)
        self._taken += sum(not isinstance(outcome, Skipped) for outcome in outcomes)
        if self._on_article is not None:
            for article_id in done.articles:
                self._on_article(await worker.in_store(worker.store.articles.get, article_id))
        if self._progress is not None:
            self._progress(Progress(position, self._archive.size, self._label()))

    def _label(self) -> str:
        return f"{Path(self._archive.path).name}: {self._counts['stored']:,} stored"

    def _row(self, target: str, outcome: str, error: str | None) -> CrawlRow:
        counts = self._counts
        skipped = sum(number for name, number in counts.items() if name.startswith("skipped:"))
        ended = {name: counts[name] for name in ("stored", "revised", "unchanged", "rejected")}
        return CrawlRow(
            target=target,
            found=None,
            title=Path(self._archive.path).name,
            outcome=outcome,
            seen=self._taken + skipped,
            new=self._taken,
            duplicates=counts["duplicate"],
            error=error,
            **ended,
        )


def _some(records: Iterator[Record], most: int) -> tuple[list[Record], bool, DamagedArchive | None]:
    """Take some records; say whether these were the last, and where the file is damaged, if it is."""
    found: list[Record] = []
    size = 0
    try:
        for record in records:
            found.append(record)
            size += len(record.body)
            if len(found) >= most or size >= BYTES_AT_ONCE:
                return found, False, None
    except DamagedArchive as damage:
        return found, True, damage
    return found, True, None
