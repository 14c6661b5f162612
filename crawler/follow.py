"""Follow sources: find what is behind a URL, choose the best of it, remember it with its first entries."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from crawler.discovery import (
    ANYTHING,
    UNREADABLE,
    Candidate,
    Discovered,
    Start,
    Wish,
    discover,
    given,
    known_sitemaps,
)
from crawler.errors import CrawlerError, HostBusy, NothingFound
from crawler.lane import LONGEST_CRAWL_DELAY, Lane
from crawler.normalize.url import clean_url, host_lane
from crawler.options import kept_for, options_for, read_options
from crawler.polling import digest
from crawler.pool import SOURCES_ONLY
from crawler.probe import PATIENCE, Probed, first_that_answers, known_source, leased, probe, spellings
from crawler.ranking import language_of
from crawler.settings import Settings
from crawler.starters import Starter, starters
from crawler.twins import same_source
from crawler.visit import record
from crawler.worker import Worker, open_worker
from spiders.errors import Denied, SpiderError
from storage import open_store
from storage.errors import StorageError
from storage.model import NewSource, Source
from storage.store import Store

AT_ONCE = 16
"""Hosts looked at side by side."""
PATIENCE_TO_KEEP = PATIENCE + LONGEST_CRAWL_DELAY
"""Seconds to wait for a host once more, only to write down what it has sent."""

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
class Hint:
    """A source that was found and not followed."""

    url: str
    kind: str
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What became of one source that was found behind a URL, or of the URL itself when there was none."""

    url: str
    asked: str = ""
    """The URL as a person gave it."""
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
    hints: tuple[Hint, ...] = ()
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
        # The URLs of one host take turns here, where waiting is no sign that somebody else asks it.
        async with turns[_lane_of(url)], gate:
            answers = await follower.add(url)
        done += 1
        if step is not None:
            step(done, len(urls), url)
        return answers

    gate = asyncio.Semaphore(AT_ONCE)
    turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
    async with open_worker(settings, store, preload=SOURCES_ONLY) as worker:
        follower = Follower(worker, following)
        found = await asyncio.gather(*(one(url) for url in urls))
    return [answer for answers in found for answer in answers]


def _lane_of(text: str) -> str:
    url = clean_url(spellings(text)[0])
    return host_lane(url) if url else ""


class Follower:
    """Follows what is behind URLs, any number of them side by side."""

    def __init__(self, worker: Worker, following: Following) -> None:
        self._worker = worker
        self._following = following
        self._keeping = asyncio.Lock()
        """Held while a source is compared with those there are and remembered: two of one call may be one.
        Taken within a lease, never the other way round."""

    async def add(self, text: str) -> list[Added]:
        """Find what is behind one URL and follow it. Never raises for anything the web or a person does."""
        # A login is never sent over http by guess.
        meant = spellings(text)[0] if self._following.wish.options else text
        try:
            answers = await first_that_answers(meant, self._add_one)
        except (SpiderError, CrawlerError, StorageError) as problem:
            return [Added(url=text, asked=text, error=getattr(problem, "message", str(problem)))]
        return [replace(answer, asked=text) for answer in answers]

    async def _add_one(self, url: str) -> list[Added]:
        worker, wish = self._worker, self._following.wish
        known = await worker.in_store(known_source, worker.store, url)
        if known is not None and known.state != "once":
            return [_already(url, known)]
        async with leased(worker, host_lane(url)) as lane:
            first = await self._first_look(lane, url)
            if isinstance(first, Candidate):
                if self._following.dry_run:
                    return [await self._shown(first)]
                if host_lane(first.url) == lane.lease.host:
                    return [await self._keep(lane, first)]
        if isinstance(first, Candidate):  # it led to another host
            return [await self._take(first)]
        found = await discover(worker, first, wish=wish)
        if first.refusal is not None and not found.good:
            agent = read_options(wish.options).user_agent or worker.settings.fetch.user_agent
            raise NothingFound(_refused(first.refusal, agent))
        found.best()  # or there is nothing to follow
        return await self._choose(found)

    async def _first_look(self, lane: Lane, url: str) -> Candidate | Start:
        """Fetch a URL: it is a source, or the start of a search for one."""
        try:
            options = options_for(self._following.wish.options, url, url)
            probed = await probe(self._worker, lane, url, options=options)
        except Denied as error:
            return Start(url=url, page=None, sitemaps=known_sitemaps(lane), refusal=error)
        if probed.kind == "html":
            return Start(url=url, page=probed.fetch, sitemaps=known_sitemaps(lane))
        return await self._given(url, probed)

    async def _choose(self, found: Discovered) -> list[Added]:
        """Follow the best of what was found, or all that is good, or only show it."""
        if self._following.dry_run:
            return [await self._shown(candidate) for candidate in found.good]
        chosen = found.good if self._following.wish.everything else found.good[:1]
        answers = [await self._take(candidate) for candidate in chosen]
        rest = tuple(_hint(candidate) for candidate in found.good[len(chosen) :])
        return [replace(answers[0], hints=rest), *answers[1:]]

    async def _given(self, url: str, probed: Probed) -> Candidate:
        """Read a URL that is itself a source. Raises ParseError, and NothingFound for what holds none."""
        if probed.kind in UNREADABLE:
            raise NothingFound(UNREADABLE[probed.kind])
        candidate = await given(self._worker, url, probed)
        kind, wanted = candidate.facts.kind, self._following.wish.kind
        if wanted not in (None, kind):
            raise NothingFound(f"is a {kind}, and a {wanted} is wanted; give the address of the site instead")
        return candidate

    async def _take(self, candidate: Candidate) -> Added:
        """Follow a source that was found, with what its fetch brought."""
        try:
            try:
                async with leased(self._worker, host_lane(candidate.url), patience=PATIENCE_TO_KEEP) as lane:
                    return await self._keep(lane, candidate)
            except HostBusy:  # then its next poll brings the entries
                return await self._keep(None, candidate)
        except (CrawlerError, StorageError) as problem:
            return Added(url=candidate.url, error=str(problem))

    async def _keep(self, lane: Lane | None, candidate: Candidate) -> Added:
        """Remember a source; on the lane of its host, record the fetch that found it as its first poll."""
        worker = self._worker
        async with self._keeping:
            twin = await worker.in_store(same_source, worker.store, candidate)
            if twin is not None:
                return _already(candidate.url, twin)
            source = await self._remember(candidate)
            if lane is not None and source.host == lane.lease.host:
                result = await digest(worker, lane, source, candidate.fetch, feed=candidate.facts.feed)
                await record(worker, source, result)
        return _found(candidate, source)

    async def _remember(self, candidate: Candidate) -> Source:
        feed, following, now = candidate.facts.feed, self._following, self._worker.clock()
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
            options=kept_for(following.wish.options, candidate.behind, candidate.url),
            next_due_at=now,
        )
        return await self._worker.in_store(self._worker.store.sources.add, new, now=now)

    async def _shown(self, candidate: Candidate) -> Added:
        twin = await self._worker.in_store(same_source, self._worker.store, candidate)
        return _already(candidate.url, twin) if twin is not None else _found(candidate)


def _refused(error: Denied, user_agent: str) -> str:
    """Say what a person can do about a site that does not let us in."""
    if error.status == 401:
        return f"{error.message}; it wants a user name and a password"
    return (
        f"{error.message}; it does not take to the user agent {user_agent!r}: set fetch.user_agent, or give"
        " the address of a feed, if you know one"
    )


def _hint(candidate: Candidate) -> Hint:
    return Hint(url=candidate.url, kind=candidate.facts.kind, title=candidate.facts.feed.title)


def _already(url: str, source: Source) -> Added:
    why = [] if url == source.url else [f"carries the same as {source.url}"]
    why += [f"{source.state}: kabar sources resume {source.id}"] if source.state != "active" else []
    return Added(
        url=url,
        source_id=source.id,
        title=source.title,
        kind=source.kind,
        language=source.language,
        why=", ".join(why),
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
        language=language_of(facts.feed),
        entries=len(facts.feed.entries) + len(facts.feed.children),
        newest=facts.newest.isoformat(timespec="seconds") if facts.newest else None,
        why=candidate.judged.why,
    )


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
