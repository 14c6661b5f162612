"""A clock that ran ahead leaves due times and leases far in the future; they are brought back."""

from typing import Any

import pytest

from storage.model import NewSource, Release, Source
from storage.store import Store
from tests.keeping import NOW, add_source, lease, lease_one, line, offer

YEAR = 365 * 86400.0


def mend(store: Store) -> int:
    return store.mend_clock(now=NOW, longest=86400.0)


def test_sources(store: Store) -> None:
    far = add_source(store, "far", next_due_at=NOW + YEAR)
    near = add_source(store, "near", next_due_at=NOW + 3600)
    monthly = add_source(store, "monthly", interval=30 * 86400.0, next_due_at=NOW + 29 * 86400)
    daily = add_source(store, "cron", schedule={"cron": "0 0 1 * *"}, next_due_at=NOW + 29 * 86400)
    asleep = add_source(store, "quiet", schedule={"quiet": "1:00-0:00"}, next_due_at=NOW + 1.9 * 86400)
    paused = add_source(store, "paused", state="paused", next_due_at=NOW + YEAR)
    assert mend(store) > 0
    assert store.sources.get(far.id).next_due_at == NOW
    assert "clock" in store.sources.get(far.id).due_reason
    for source in (near, monthly, daily, asleep, paused):
        assert store.sources.get(source.id) == source
    assert [held.host for held in lease(store)] == ["far.example"]


@pytest.mark.parametrize(
    ("chosen", "stays"),
    [
        ({}, False),
        ({"interval": 30 * 86400.0}, True),
        ({"schedule": {"cron": "0 0 1 * *"}}, True),
        ({"schedule": {"max": 30 * 86400.0}}, True),
    ],
)
def test_documents_go_by_what_was_chosen_for_their_root(
    store: Store, chosen: dict[str, Any], stays: bool
) -> None:
    root = add_source(store, "index", kind="sitemap", **chosen)
    index = document(store, root, root, "https://index.example/parts.xml")
    deep = document(store, root, index, "https://index.example/deep.xml")
    mend(store)
    for child in (index, deep):
        due = store.sources.by_ids({child.id})[child.id].next_due_at
        assert due == (NOW + 29 * 86400 if stays else NOW)


def document(store: Store, root: Source, parent: Source, url: str) -> Source:
    new = NewSource(
        url=url, host=root.host, kind="sitemap", parent_id=parent.id, next_due_at=NOW + 29 * 86400
    )
    offer(store, parent, children=(new,), root_id=root.id, next_due_at=NOW + 29 * 86400)
    return next(child for child in store.sources.children([parent.id]) if child.url == url)


def test_entries(store: Store) -> None:
    [entry] = offer(store, add_source(store, "a", next_due_at=NOW), line("x"))
    held = lease_one(store, "pages.example")
    store.entries.defer(entry.id, reason="503", attempts=1, next_due_at=NOW + YEAR, now=NOW)
    store.hosts.release([Release(lease=held, polite_at=NOW)], now=NOW)
    mend(store)
    assert store.entries.get(entry.id).next_due_at == NOW
    assert "pages.example" in {held.host for held in lease(store, owner="next", now=NOW + 1)}


def test_politeness_and_leases(store: Store) -> None:
    add_source(store, "a")
    add_source(store, "b")
    [held] = lease(store, limit=1, only=["a.example"])
    store.hosts.release([Release(lease=held, polite_at=NOW + YEAR)], now=NOW)
    lease(store, owner="from the future", now=NOW + YEAR - 1e6, only=["b.example"])
    assert lease(store) == []
    mend(store)
    assert {held.host for held in lease(store)} == {"a.example", "b.example"}


def test_nothing_to_mend(store: Store) -> None:
    offer(store, add_source(store, "a"), line("x"))
    assert mend(store) == 0
