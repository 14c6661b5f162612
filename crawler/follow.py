"""Follow sources: find what is behind a URL, choose the best of it, remember it with its first entries."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from crawler.discovery import ANYTHING, Candidate, Wish, best_of, discover, given, known_sitemaps
from crawler.errors import CrawlerError
from crawler.lane import Lane
from crawler.normalize.url import host_lane, url_key
from crawler.options import kept_for, options_for
from crawler.polling import digest
from crawler.probe import Probed, known_source, leased, probe, web_address
from crawler.settings import Settings
from crawler.starters import Starter, starters
from crawler.visit import record
from crawler.worker import Worker, open_worker
from spiders.errors import SpiderError
from storage import open_store
from storage.errors import StorageError
from storage.model import NewSource, Source
from storage.store import Store

AT_ONCE = 16
"""URLs looked at side by side."""
FEWEST = 5
"""Entries that a document must have in common with a source to be the same one."""
SAME = 0.8
"""Share of its entries that a source already brings, from which a document is that source."""

Step = Callable[[int, int, str], None]
"""Told how many URLs are done, of how many, and the last one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """How what is found is to be followed."""

    tags: tuple[str, ...] = ()
    title: str | None = None
    dry_run: bool = False
    wish: Wish = ANYTHING
    interval: float | None = None
    """Seconds between polls that a person chose, if any."""
    schedule: Mapping[str, Any] = field(default_factory=dict)
    """What a person laid down beside it, as ``sources.schedule`` keeps it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What became of one source that was found behind a URL, or of the URL itself when there was none."""

    url: str
    source_id: int | None = None
    title: str | None = None
    kind: str | None = None
    format: str | None = None
    language: str | None = None
    entries: int = 0
    newest: str | None = None
    """When its newest entry was published, RFC 3339."""
    why: str = ""
    already: bool = False
    """Whether it is followed already, under ``source_id``."""
    error: str | None = None
    hints: tuple[str, ...] = ()
    """Other sources that were found and not followed."""


def run_add(
    settings: Settings, urls: Sequence[str], *, following: Following, step: Step | None = None
) -> list[Added]:
    """Find the sources behind each URL and follow the best, or all good ones; one answer or more a URL."""
    with open_store(settings.database_url) as store:
        return asyncio.run(_add_all(settings, store, urls, following, step))


async def _add_all(
    settings: Settings, store: Store, urls: Sequence[str], following: Following, step: Step | None
) -> list[Added]:
    done = 0

    async def one(url: str) -> list[Added]:
        nonlocal done
        async with gate:
            answers = await add(worker, url, following=following)
        done += 1
        if step is not None:
            step(done, len(urls), url)
        return answers

    gate = asyncio.Semaphore(AT_ONCE)
    async with open_worker(settings, store) as worker:
        found = await asyncio.gather(*(one(url) for url in urls))
    return [answer for answers in found for answer in answers]


async def add(worker: Worker, text: str, *, following: Following) -> list[Added]:
    """Find what is behind one URL and follow it. Never raises for anything the web or a person does."""
    error = ""
    meant = spellings(text)
    for url in meant[:1] if following.wish.options else meant:  # never a login over http by guess
        try:
            return await _add_one(worker, web_address(url), following)
        except (SpiderError, CrawlerError, StorageError) as problem:
            error = error or getattr(problem, "message", str(problem))
    return [Added(url=text, error=error)]


def spellings(text: str) -> tuple[str, ...]:
    """Return the URLs a text may mean: ``example.org`` is tried with https, then with http."""
    text = text.strip()
    if "://" in text or "." not in text.split("/", 1)[0] or " " in text:
        return (text,)
    return (f"https://{text}", f"http://{text}")


async def _add_one(worker: Worker, url: str, following: Following) -> list[Added]:
    known = await worker.in_store(known_source, worker.store, url)
    if known is not None and known.state != "once":
        return [_already(url, known)]
    async with leased(worker, host_lane(url)) as lane:
        probed = await probe(worker, lane, url, options=options_for(following.wish.options, url, url))
        robots_lines = known_sitemaps(lane)
        if probed.kind != "html":
            return [await _take_given(worker, lane, url, probed, following)]
    found = await discover(worker, url, probed, robots_lines, wish=following.wish)
    best_of(found)  # or there is nothing to follow
    good = [candidate for candidate in found if candidate.good]
    if following.dry_run:
        return [await _shown(worker, candidate) for candidate in good]
    chosen = good if following.wish.everything else good[:1]
    answers = [await _take(worker, url, candidate, following) for candidate in chosen]
    rest = tuple(candidate.url for candidate in good if candidate not in chosen)
    return [replace(answers[0], hints=rest), *answers[1:]]


async def _take_given(worker: Worker, lane: Lane, url: str, probed: Probed, following: Following) -> Added:
    """Follow a URL that is itself a source, within the lease of its one fetch. Raises ParseError."""
    candidate = await given(worker, url, probed)
    twin = await worker.in_store(same_source, worker.store, candidate)
    if twin is not None:
        return _already(candidate.url, twin)
    if following.dry_run:
        return _found(candidate)
    source = await _remember(worker, url, candidate, following)
    if source.host == lane.lease.host:
        await _first_entries(worker, lane, source, candidate)
    return _found(candidate, source)


async def _take(worker: Worker, asked: str, candidate: Candidate, following: Following) -> Added:
    """Follow a source that was found, with what its fetch brought."""
    twin = await worker.in_store(same_source, worker.store, candidate)
    if twin is not None:
        return _already(candidate.url, twin)
    try:
        source = await _remember(worker, asked, candidate, following)
        async with leased(worker, source.host) as lane:
            await _first_entries(worker, lane, source, candidate)
    except (CrawlerError, StorageError) as problem:
        return Added(url=candidate.url, error=str(problem))
    return _found(candidate, source)


async def _remember(worker: Worker, asked: str, candidate: Candidate, following: Following) -> Source:
    feed, now = candidate.facts.feed, worker.clock()
    new = NewSource(
        url=candidate.url,
        host=host_lane(candidate.url),
        kind=candidate.facts.kind,
        title=following.title or feed.title,
        site_url=feed.site_url,
        language=feed.language,
        tags=following.tags,
        interval=following.interval,
        schedule=following.schedule,
        options=kept_for(following.wish.options, asked, candidate.url),
        next_due_at=now,
    )
    return await worker.in_store(worker.store.sources.add, new, now=now)


async def _first_entries(worker: Worker, lane: Lane, source: Source, candidate: Candidate) -> None:
    """Record the fetch that found a source as its first poll."""
    await record(
        worker, source, await digest(worker, lane, source, candidate.fetch, feed=candidate.facts.feed)
    )


async def _shown(worker: Worker, candidate: Candidate) -> Added:
    twin = await worker.in_store(same_source, worker.store, candidate)
    return _already(candidate.url, twin) if twin is not None else _found(candidate)


def same_source(store: Store, candidate: Candidate) -> Source | None:
    """Return the followed source that a candidate is under another address, if there is one.

    It is when the address is the same, the document is the same to the byte, or nearly all its entries
    came from that source already: feeds have many addresses (http and https, RSS and Atom, slashes).
    """
    known = store.sources.by_url(candidate.url)
    if known is not None:
        return None if known.state == "once" else known
    twin = store.sources.by_body(hashlib.sha256(candidate.fetch.body).hexdigest())
    return twin or _carrier(store, candidate)


def _carrier(store: Store, candidate: Candidate) -> Source | None:
    keys = list(dict.fromkeys(url_key(entry.link) for entry in candidate.facts.feed.entries))
    if len(keys) < FEWEST:
        return None
    counts = store.entries.carriers(keys[:500])
    best = max(counts, key=lambda number: counts[number], default=None)
    if best is None or counts[best] < SAME * min(len(keys), 500):
        return None
    source = store.sources.by_ids([best]).get(best)
    followed = source is not None and source.state != "once" and source.kind == candidate.facts.kind
    return source if followed else None


def _already(url: str, source: Source) -> Added:
    return Added(
        url=url,
        source_id=source.id,
        title=source.title,
        kind=source.kind,
        language=source.language,
        why="" if url == source.url else f"carries the same as {source.url}",
        already=True,
    )


def _found(candidate: Candidate, source: Source | None = None) -> Added:
    facts = candidate.facts
    return Added(
        url=candidate.url,
        source_id=source.id if source else None,
        title=facts.feed.title,
        kind=facts.kind,
        format=facts.feed.format,
        language=facts.feed.language or _language(candidate),
        entries=len(facts.feed.entries) + len(facts.feed.children),
        newest=facts.newest.isoformat(timespec="seconds") if facts.newest else None,
        why=candidate.judged.why,
    )


def _language(candidate: Candidate) -> str | None:
    """The language of most entries that name one."""
    named = [entry.language for entry in candidate.facts.feed.entries if entry.language]
    return max(set(named), key=named.count) if named else None


def follow_starters(store: Store, *, now: float) -> int:
    """Follow the starter sources when the store has none; return how many were added."""
    if store.sources.list():
        return 0
    chosen = [_starter_source(starter) for starter in starters()]
    with store.transaction():
        for source in chosen:
            store.sources.add(source, now=now)
    return len(chosen)


def _starter_source(starter: Starter) -> NewSource:
    return NewSource(
        url=starter.url,
        host=host_lane(starter.url),
        title=starter.title,
        site_url=starter.site,
        language=starter.language,
        country=starter.country,
        tags=("starter",),
    )
