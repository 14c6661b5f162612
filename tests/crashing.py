"""A worker that polls and keeps until somebody kills it; for the tests that do."""

from storage import open_store
from storage.store import Store
from tests.keeping import NOW, add_source, at, content, give_back, lease, line, result

SOURCES = 3
LINES = 4


def prepare(url: str) -> None:
    with open_store(url) as store:
        for number in range(SOURCES):
            add_source(store, f"s{number}")


def work(url: str, owner: str, start: float) -> None:
    """Poll and keep for ever. The n-th poll of a source offers lines n-0 ... n-3 and says so in its etag."""
    with open_store(url) as store:
        now = start
        while True:
            now += 1000.0
            leases = lease(store, owner=owner, now=now, ttl=500.0)
            for sources in store.sources.due(leases, now=now, per_host=9).values():
                for source in sources:
                    poll(store, {held.host: held for held in leases}, source, now)
            for held in leases:
                for entries in store.entries.due([held], now=now, per_host=9).values():
                    for entry in entries:
                        keep(store, entry, held, now)
            give_back(store, *leases, now=now)


def poll(store: Store, leases: dict, source, now: float) -> None:  # type: ignore[no-untyped-def, type-arg]
    number = int(source.etag or 0) + 1
    lines = [line(f"{source.id}-{number}-{n}", title="t") for n in range(LINES)]
    held = leases[source.host]
    store.sources.record_polls([result(held, source, *lines, now=now, etag=str(number))], now=now)


def keep(store: Store, entry, held, now: float) -> None:  # type: ignore[no-untyped-def]
    name = entry.url.rpartition("/")[2]
    word = "word" + name.replace("-", "x")
    made = content(name, text=f"{word} " * 300, content_hash=name)
    with store.transaction():
        article = store.articles.add(
            made,
            url_keys=[(entry.url, entry.url_key)],
            source_id=entry.source_id,
            fetched_at=at(now),
            duplicate_of=None,
        )
        store.articles.revise(
            article, made, url_keys=[(entry.url + "?2", entry.url + "?2")], source_id=None, fetched_at=at(now)
        )
        store.entries.finish(entry.id, outcome="stored", article_id=article, now=now, lease=held)


START = NOW
