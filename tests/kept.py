"""A small store with something of everything, for tests of what reads it."""

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from crawler.normalize.url import host_lane, url_key
from storage.model import Content, Entry, Lease, NewEntry, NewSource, PollResult
from storage.store import Store

WIB = timezone(timedelta(hours=7))
DAY = 86400.0
NEWS = "http://news.test/rss"
AGAIN = "http://news.test/again"
HOSTILE = "Owned\x1b[31m\x07 \u202egnp.exe\tby\nan advertiser"


def content(number: int, **changes: Any) -> Content:
    """Return a made-up content, published ``number`` days after 1 November 2026, 01:15 +07:00."""
    url = changes.pop("url", f"http://news.test/{number}")
    values: dict[str, Any] = {
        "url": url,
        "canonical_url": None,
        "site": "news.test",
        "publisher": "News Test",
        "title": f"Harga beras naik {number}",
        "lead": None,
        "text": f"Harga beras naik di Jakarta. Pasar ramai.\n\nParagraf kedua nomor {number}.",
        "language": "id",
        "authors": ("Ani", "Budi"),
        "byline": None,
        "dateline": None,
        "published_at": datetime(2026, 11, 1, 1, 15, tzinfo=WIB) + timedelta(days=number),
        "modified_at": None,
        "section": None,
        "tags": ("ekonomi",),
        "image_url": None,
        "word_count": 9,
        "paywalled": None,
        "text_source": "page",
        "provenance": {"title": "json-ld"},
        "content_hash": f"hash{number}",
    }
    return Content(**{**values, **changes})


@dataclass(frozen=True)
class Kept:
    """What ``fill`` put into the store."""

    source_id: int
    entries: dict[str, Entry]
    """By the last part of their URL."""


def fill(store: Store) -> Kept:
    """Put three sources, six entries in every state, and four articles into an empty store."""
    now = time.time()
    source = store.sources.add(
        NewSource(url=NEWS, host="news.test", title="News Test", language="id"), now=now
    )
    store.sources.add(
        NewSource(url="http://quiet.test/feed", host="quiet.test", title="Quiet", state="paused"), now=now
    )
    lease = store.hosts.lease("tests", now=now, limit=1, ttl=3 * DAY, only=["news.test"])[0]
    names = ("revised", "copied", "fed", "rejected", "waiting", "failing")
    store.sources.record_polls([_poll(lease, source.id, names, now)], now=now)
    waiting = store.entries.due([lease], now=now, per_host=99)[lease.host_id]
    entries = {entry.url.rpartition("/")[2]: entry for entry in waiting}
    _finish(store, entries, source.id, lease, now)
    return Kept(source.id, entries)


def _poll(lease: Lease, source_id: int, names: tuple[str, ...], now: float) -> PollResult:
    offered = tuple(
        NewEntry(
            url=f"http://news.test/{name}",
            url_key=url_key(f"http://news.test/{name}"),
            host=host_lane(f"http://news.test/{name}"),
            title=f"Entry {name}",
        )
        for name in names
    )
    return PollResult(
        lease=lease,
        source_id=source_id,
        at=now,
        outcome="new",
        next_due_at=now + 3 * DAY,
        due_reason="it publishes twice a week",
        pace=3.5 * DAY,
        status=200,
        entries=offered,
        entries_seen=len(offered),
        seconds=0.2,
        size=5100,
    )


def _finish(store: Store, entries: dict[str, Entry], source_id: int, lease: Lease, now: float) -> None:
    at = datetime.fromtimestamp(now, UTC)

    def add(name: str, kept: Content, **rest: Any) -> int:
        url = entries[name].url
        keys = [(url, url_key(url))]
        return store.articles.add(kept, url_keys=keys, source_id=source_id, fetched_at=at, **rest)

    first = content(1, url="http://news.test/revised")
    one = add("revised", first, duplicate_of=None)
    text = first.text.replace("Pasar ramai.", "Pasar sepi.")
    edited = replace(first, text=text, title="Harga beras turun 1", content_hash="hash1b")
    store.articles.revise(one, edited, url_keys=[(AGAIN, url_key(AGAIN))], source_id=source_id, fetched_at=at)
    copied = content(2, url="http://news.test/copied", published_at=None, authors=(), language="en", tags=())
    two = add("copied", copied, duplicate_of=one)
    three = add(
        "fed", content(3, url="http://news.test/fed", title=HOSTILE, text_source="feed"), duplicate_of=None
    )
    store.articles.add(
        content(
            4,
            title="首相がジャカルタを訪問",
            text="首相は記者会見を開いた。",
            language="ja",
            site="asing.test",
            url="http://asing.test/4",
        ),
        url_keys=[("http://asing.test/4", url_key("http://asing.test/4"))],
        source_id=None,
        fetched_at=at,
        duplicate_of=None,
    )
    end = store.entries.finish
    end(entries["revised"].id, outcome="stored", article_id=one, now=now, lease=lease)
    end(entries["copied"].id, outcome="duplicate", reason="syndicated", article_id=two, now=now, lease=lease)
    end(entries["fed"].id, outcome="stored", reason="http_503", article_id=three, now=now, lease=lease)
    end(entries["rejected"].id, outcome="rejected", reason="no_text", now=now, lease=lease)
    store.entries.defer(
        entries["failing"].id, reason="timeout", attempts=2, next_due_at=now + 600, now=now, lease=lease
    )
