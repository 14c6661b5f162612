"""Read kept pages again with today's reader, side by side in the pool, and keep what it reads differently.

What came of a batch and that it has been read are written in one transaction: a run that is broken off at any
moment is gone on with by the next one, and to read twice changes nothing. Pages that are kept meanwhile
are left alone, so that every article is read once: they were read just now.
"""

import asyncio
import logging
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from crawler import jobs
from crawler.cadence import DAY
from crawler.changes.reread import differing, line_then, remembering, with_lead
from crawler.errors import Drop, PoolCrash, PoolError
from crawler.ingest import facts
from crawler.likeness import Likeness, kept_print
from crawler.normalize.draft import EntryFacts
from crawler.pool import Pool
from crawler.prepare import Prepared
from crawler.repeating import Repeating
from crawler.replay import fetch_of
from crawler.settings import Settings
from crawler.stop import Stop
from spiders.errors import ParseError
from spiders.items import Fetch
from spiders.readers.body.template import Template
from spiders.readers.version import VERSION
from storage.errors import ArticleNotFound, PageDamaged, StoreDamaged, ValueDamaged
from storage.hits import Filters
from storage.model import Article, Content, Entry
from storage.raw import KeptPage
from storage.store import Store

log = logging.getLogger(__name__)

IN_HAND = 16
"""Pages in hand for each reading process, and so many that are written at once."""
BYTES_IN_HAND = 32 * 1024 * 1024
"""Bytes of pages with which fewer are in hand: some are of many megabytes."""
TRIES = 3
"""How often a page is given to the pool when a process dies over it (perhaps over another page)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RereadOptions:
    """Which pages are read again, and whether anything comes of it."""

    filters: Filters = field(default_factory=Filters)
    everything: bool = False
    """Whether pages are read as well that today's reader has read."""
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reread:
    """What a run came to."""

    wanted: int
    """Articles that were to be read when it began."""
    read: int
    """Articles that were read; not those that were revised or pruned meanwhile."""
    changed: int
    """Articles that are read differently now."""
    fields: Mapping[str, int]
    """In how many articles each field is."""
    refused: Mapping[str, int]
    """Pages that are not read as an article any more, by reason; their articles stay as they are."""
    unread: Mapping[str, int]
    """Pages that nobody could read, by reason; the next run tries them again."""
    interrupted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _InHand:
    """An article whose pages are being read."""

    page_id: int
    article: Article
    pages: tuple[Fetch, ...]
    entry: EntryFacts
    template: Template
    """What repeats on its site."""


@dataclass(frozen=True, slots=True)
class Unread:
    """Why a page was not read: a process died over it or was ended, a defect."""

    reason: str


Outcome = Prepared | str | Unread
"""The article as it is read now, or why today's reader takes its page for none."""


def run_reread(
    settings: Settings,
    store: Store,
    options: RereadOptions,
    *,
    now: Callable[[], float],
    step: Callable[[int, int], None],
) -> Reread:
    """Read the pages that are wanted; ``step`` is told how far it is. Ctrl-C ends it after the next batch.

    ``now`` gives epoch seconds. Raises StorageError, InvalidQuery.
    """
    return asyncio.run(_Rereading(settings, store, options, now, step).run())


class _Rereading:
    """One run."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        options: RereadOptions,
        now: Callable[[], float],
        step: Callable[[int, int], None],
    ) -> None:
        self._settings, self._store, self._options = settings, store, options
        self._now, self._step = now, step
        self._likeness = Likeness(window=settings.duplicates.window)
        self._repeating = Repeating()
        # What --all reads is marked first, so that a run without it goes on where one was broken off.
        self._reader = None if options.everything and options.dry_run else VERSION
        self._last = 0
        self._counts: Counter[str] = Counter()
        self._fields: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._unread: Counter[str] = Counter()

    async def run(self) -> Reread:
        """Read until nothing is left or somebody wants it to stop."""
        stop = Stop()
        pool = Pool(self._settings.pool)
        filters = self._options.filters
        try:
            with stop.on_signals():
                if self._options.everything and not self._options.dry_run:
                    await asyncio.to_thread(self._store.rereads.begin, filters)
                self._last = await asyncio.to_thread(self._store.rereads.last)
                wanted = await asyncio.to_thread(self._store.rereads.left, filters, reader=self._reader)
                await self._read_all(pool, stop, wanted)
        finally:
            pool.stop()
        return Reread(
            wanted=wanted,
            read=self._counts["read"],
            changed=self._counts["changed"],
            fields=dict(self._fields.most_common()),
            refused=dict(self._refused.most_common()),
            unread=dict(self._unread.most_common()),
            interrupted=stop.requested.is_set(),
        )

    async def _read_all(self, pool: Pool, stop: Stop, wanted: int) -> None:
        width = IN_HAND * (self._settings.pool.workers or os.cpu_count() or 1)
        after = 0
        while not stop.requested.is_set():
            last, batch = await asyncio.to_thread(self._next, after, width)
            if last is None:
                return
            after = last
            outcomes = await asyncio.gather(*(_read(pool, item) for item in batch))
            await asyncio.to_thread(self._keep, batch, outcomes)
            done = self._counts["read"] + self._refused.total() + self._unread.total()
            self._step(done, max(done, wanted))  # one that began to match meanwhile comes on top

    def _next(self, after: int, limit: int) -> tuple[int | None, list[_InHand]]:
        """Return the next articles, and the number of the last page looked at; None at the end."""
        store, filters = self._store, self._options.filters
        last, batch, held = None, list[_InHand](), 0
        found = store.rereads.next(filters, reader=self._reader, after=after, last=self._last, limit=limit)
        for last, article_id in found:
            item = self._loaded(last, article_id)
            if item is not None:
                batch.append(item)
                held += sum(len(page.body) for page in item.pages)
            if held >= BYTES_IN_HAND:
                break
        return last, batch

    def _loaded(self, page_id: int, article_id: int) -> _InHand | None:
        store = self._store
        try:
            article = store.articles.get(article_id)
            pages = store.pages.of(article_id)
            if not pages or pages[0].revision != article.revision:
                return None
            return _InHand(
                page_id=page_id, article=article, pages=tuple(fetch_of(page) for page in pages),
                entry=self._known(pages[0], article.content), template=self._template(article.content.site),
            )  # fmt: skip
        except ArticleNotFound:  # pruned since its page was found
            return None
        except (PageDamaged, StoreDamaged, ValueDamaged) as damage:
            log.error("%s", damage, extra={"article": article_id})
            self._unread["damaged"] += 1
            return None

    def _known(self, page: KeptPage, content: Content) -> EntryFacts:
        """Return what was known besides a page when an article was read from it."""
        store, entry_id = self._store, page.entry_id
        entry = store.entries.by_ids([entry_id]).get(entry_id) if entry_id is not None else None
        if entry is None:
            return EntryFacts()
        source_id = entry.source_id
        source = store.sources.by_ids([source_id]).get(source_id) if source_id is not None else None
        line = facts(entry, source)
        return with_lead(line, content) if _is_line_of(entry, page) else line_then(line, content)

    def _template(self, site: str) -> Template:
        keep = not self._options.dry_run
        return self._repeating.learn(self._store, site, now=self._now(), keep=keep)

    def _keep(self, batch: Sequence[_InHand], outcomes: Sequence[Outcome]) -> None:
        whole = nullcontext() if self._options.dry_run else self._store.transaction()
        with whole:
            results = [self._keep_one(item, outcome) for item, outcome in zip(batch, outcomes, strict=True)]
        for outcome, changed in zip(outcomes, results, strict=True):
            if isinstance(outcome, Unread):
                self._unread[outcome.reason] += 1
            elif isinstance(outcome, str):
                self._refused[outcome] += 1
            elif changed is not None:
                self._counts["read"] += 1
                self._counts["changed"] += bool(changed)
                self._fields.update(changed)

    def _keep_one(self, item: _InHand, outcome: Outcome) -> tuple[str, ...] | None:
        """Keep what is read differently and return its fields; None where its newest text was not read."""
        store, article = self._store, item.article
        if isinstance(outcome, Unread):
            return None
        if self._options.dry_run:
            current = store.articles.ref(article.id)
            newest = current and current.revision
        else:
            newest = store.rereads.newest(article.id)
        if newest != article.revision:
            return None
        changed: tuple[str, ...] = ()
        revision = article.revision
        if not isinstance(outcome, str):
            outcome = replace(outcome, content=remembering(outcome.content, article.content))
            changed = differing(article.content, outcome.content)
        if self._options.dry_run:
            return changed
        if changed and not isinstance(outcome, str):
            revision = self._revise(article, outcome)
        store.rereads.done(article.id, revision=article.revision, now_revision=revision, reader=VERSION)
        return changed

    def _revise(self, article: Article, prepared: Prepared) -> int:
        store, now = self._store, self._now()
        revision = store.articles.revise(
            article.id,
            prepared.content,
            url_keys=(),
            source_id=None,
            fetched_at=datetime.fromtimestamp(now, UTC),
            canonical_key=prepared.canonical_key,
            kind="reread",
        )
        came = article.first_seen_at.timestamp()
        if came >= now - self._settings.duplicates.window * DAY:
            found = self._likeness.find(store, prepared.fingerprint, now=came, itself=article.id)
            store.fingerprints.put([kept_print(article.id, found, now=came)])
        return revision


def _is_line_of(entry: Entry, page: KeptPage) -> bool:
    """Tell whether an entry's feed line is surely the one that a page was kept with.

    A changed line lets the entry wait, and end once more; of a page that was the same no other one is kept.
    """
    return entry.finished_at is not None and entry.next_due_at is None and entry.finished_at <= page.kept_at


async def _read(pool: Pool, item: _InHand) -> Outcome:
    outcome: Outcome = ""
    for _ in range(TRIES):
        task = asyncio.create_task(pool.run(jobs.read_kept, item.pages, item.entry, item.template))
        await asyncio.wait((task,))
        defect = task.exception()
        if defect is None:
            return task.result()
        if isinstance(defect, (ParseError, Drop)):
            outcome = defect.reason
        elif isinstance(defect, PoolError):
            outcome = Unread(defect.reason)
        else:  # a defect met in reading one page must not stand in the way of all the others
            log.error("a page could not be read", exc_info=defect, extra={"article": item.article.id})
            outcome = Unread("bug")
        if not isinstance(defect, PoolCrash):
            break
    return outcome
