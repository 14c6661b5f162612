"""Short ways to make what a store keeps, with everything left out that a test does not speak of."""

from datetime import UTC, datetime
from typing import Any

from storage.model import Content, Entry, Lease, NewEntry, NewSource, PollResult, Release, Source
from storage.store import Store

NOW = 1_760_000_000.0


def at(seconds: float = NOW) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def add_source(store: Store, name: str = "a", *, host: str = "", now: float = NOW, **fields: Any) -> Source:
    host = host or f"{name}.example"
    new = NewSource(url=f"https://{host}/{name}.xml", host=host, **{"title": name, **fields})
    return store.sources.add(new, now=now)


def bare_source(**fields: Any) -> Source:
    """A source that no store knows, with nothing in it but these fields."""
    usual: dict[str, Any] = dict.fromkeys(Source.__dataclass_fields__)
    kept = {"schedule": {}, "options": {}, "hints": {}, "tags": (), "failures": 0}
    return Source(**{**usual, **kept, **fields})


def line(name: str, *, host: str = "pages.example", **fields: Any) -> NewEntry:
    return NewEntry(**{"url": f"https://{host}/{name}", "url_key": f"{host}/{name}", "host": host, **fields})


def lease(
    store: Store, *, now: float = NOW, owner: str = "me", ttl: float = 60.0, **more: Any
) -> list[Lease]:
    return store.hosts.lease(owner, now=now, ttl=ttl, **{"limit": 100, **more})


def lease_one(store: Store, host: str, *, now: float = NOW, owner: str = "me", ttl: float = 60.0) -> Lease:
    [found] = store.hosts.lease(owner, now=now, limit=1, ttl=ttl, only=[host])
    return found


def result(held: Lease, source: Source, *lines: NewEntry, now: float = NOW, **fields: Any) -> PollResult:
    usual: dict[str, Any] = {
        "outcome": "new" if lines else "unchanged",
        "next_due_at": now + 600,
        "due_reason": "every 10 minutes",
        "entries": lines,
        "entries_seen": len(lines),
        "status": 200,
    }
    return PollResult(lease=held, source_id=source.id, at=now, **{**usual, **fields})


def give_back(store: Store, *leases: Lease, now: float = NOW, polite_at: float | None = None) -> None:
    polite_at = now if polite_at is None else polite_at
    store.hosts.release([Release(lease=held, polite_at=polite_at) for held in leases], now=now)


def offer(store: Store, source: Source, *lines: NewEntry, now: float = NOW, **fields: Any) -> list[Entry]:
    """Let a source offer lines in one poll; returns the entries of these lines."""
    held = lease_one(store, source.host, now=now)
    assert store.sources.record_polls([result(held, source, *lines, now=now, **fields)], now=now)
    give_back(store, held, now=now)
    return store.entries.history(url_keys=[entry.url_key for entry in lines])


def content(name: str = "a", **fields: Any) -> Content:
    usual: dict[str, Any] = {
        "url": f"https://pages.example/{name}",
        "canonical_url": None,
        "site": "pages.example",
        "publisher": None,
        "title": f"Title {name}",
        "lead": None,
        "text": f"Text of {name}.",
        "language": "en",
        "authors": (),
        "byline": None,
        "dateline": None,
        "published_at": None,
        "modified_at": None,
        "section": None,
        "tags": (),
        "image_url": None,
        "word_count": 3,
        "paywalled": None,
        "text_source": "page",
        "provenance": {},
        "content_hash": f"hash-{name}",
    }
    return Content(**{**usual, **fields})


def add_article(
    store: Store,
    name: str = "a",
    *,
    seen_at: float = NOW,
    source: Source | None = None,
    duplicate_of: int | None = None,
    **fields: Any,
) -> int:
    """Keep an article under the URL https://pages.example/NAME, which is its key as well."""
    made = content(name, **fields)
    return store.articles.add(
        made,
        url_keys=[(made.url, made.url)],
        source_id=source.id if source else None,
        fetched_at=at(seen_at),
        duplicate_of=duplicate_of,
    )
