"""Documents behind a source: added and awakened by polls, hidden, paused and removed with it."""

from dataclasses import replace
from typing import Any

import pytest

from storage.errors import SourceNotFound
from storage.model import NewSource, Source
from storage.store import Store
from tests.keeping import NOW, add_source, give_back, lease, lease_one, line, offer, result


def part(parent: Source, name: str, **fields: Any) -> NewSource:
    usual: dict[str, Any] = {
        "host": parent.host,
        "kind": "sitemap",
        "next_due_at": NOW,
        "due_reason": "the index names it",
    }
    url = f"https://{parent.host}/{name}.xml"
    return NewSource(url=url, parent_id=parent.id, **{**usual, **fields})


def poll(store: Store, source: Source, **fields: Any) -> None:
    held = lease_one(store, source.host)
    assert store.sources.record_polls([result(held, source, **fields)], now=NOW)
    give_back(store, held)


@pytest.fixture
def root(store: Store) -> Source:
    return add_source(store, "index", kind="sitemap", tags=("big",), next_due_at=NOW + 600)


def children(store: Store, root: Source) -> dict[str, Source]:
    found = store.sources.children([root.id])
    return {child.url.rpartition("/")[2].removesuffix(".xml"): child for child in found}


def test_a_poll_adds_children_with_their_due_times(store: Store, root: Source) -> None:
    poll(store, root, children=(part(root, "a"), part(root, "b", host="other.example", changed_at=5.0)))
    found = children(store, root)
    assert {(child.state, child.kind, child.parent_id) for child in found.values()} == {
        ("active", "sitemap", root.id)
    }
    assert found["b"].changed_at == 5.0
    held = {each.host: each for each in lease(store)}
    assert {root.host, "other.example"} <= set(held)
    due = store.sources.due([*held.values()], now=NOW, per_host=9)
    assert sorted(source.url for sources in due.values() for source in sources) == sorted(
        child.url for child in found.values()
    )


def test_a_child_is_known_by_its_parent_and_url(store: Store, root: Source) -> None:
    other = add_source(store, "other", host=root.host, next_due_at=NOW + 600)
    poll(store, root, children=(part(root, "a"),))
    poll(store, other, children=(part(other, "a"), part(other, "other")))
    assert len(store.sources.children([root.id, other.id])) == 3
    assert store.sources.by_url(children(store, root)["a"].url) is None
    add_source(store, "a", host=root.host)  # the same address may be followed for itself


def test_a_known_child_is_awakened_with_what_is_new(store: Store, root: Source) -> None:
    poll(store, root, children=(part(root, "a", changed_at=1.0),))
    child = children(store, root)["a"]
    poll(store, child, state="done", etag='"x"', next_due_at=NOW + 9)
    poll(store, root, children=(part(root, "a", changed_at=2.0, next_due_at=NOW + 5),))
    again = children(store, root)["a"]
    assert (again.id, again.state, again.changed_at, again.next_due_at) == (child.id, "active", 2.0, NOW + 5)
    assert again.etag == '"x"'
    poll(store, root, children=(part(root, "a", since=1.0),))
    assert children(store, root)["a"].etag is None  # it was no witness to what is older


def test_children_that_left_end(store: Store, root: Source) -> None:
    poll(store, root, children=(part(root, "a"), part(root, "b")))
    stranger = add_source(store, "stranger")
    ended = (children(store, root)["a"].id, stranger.id)
    poll(store, root, ended=ended)
    assert {name: child.state for name, child in children(store, root).items()} == {
        "a": "done",
        "b": "active",
    }
    assert store.sources.get(stranger.id).state == "active"


def test_entries_belong_to_the_root(store: Store, root: Source) -> None:
    poll(store, root, children=(part(root, "a"), part(root, "b")))
    for child in children(store, root).values():
        poll(store, child, entries=(line("1"),), entries_seen=1, root_id=root.id)
    [entry] = store.entries.history(url_keys=["pages.example/1"])
    assert entry.source_id == root.id
    assert store.entries.accounting()["offered"] == 1


def test_lines_are_remembered_without_being_fetched(store: Store, root: Source) -> None:
    [entry] = offer(store, root, line("old", rejected="before_following", updated="1"))
    assert (entry.outcome, entry.reason, entry.next_due_at) == ("rejected", "before_following", None)
    assert store.entries.accounting() == {
        **dict.fromkeys(("stored", "revised", "duplicate", "unchanged", "deferred"), 0),
        "offered": 1,
        "rejected": 1,
    }
    [entry] = offer(store, root, line("old", rejected="restamped", updated="2"))
    assert (entry.outcome, entry.reason, entry.updated) == ("rejected", "before_following", "2")
    [entry] = offer(store, root, line("old", updated="2"))
    assert entry.outcome == "rejected"
    [entry] = offer(store, root, line("old", updated="3"))  # an edit of a page that is known
    assert entry.outcome is None


def test_stamps_tell_the_known_from_the_new(store: Store, root: Source) -> None:
    offer(store, root, line("a", updated="1"), line("b"))
    asked = [line("a"), line("b"), line("c")]
    assert store.entries.stamps(root.id, asked) == ["1", "", None]
    assert store.entries.stamps(root.id + 1, asked) == [None, None, None]
    offer(store, root, line("d", guid="x", updated="2"))
    assert store.entries.stamps(root.id, [line("d")]) == ["2"]  # its sitemap knows no guid
    assert store.entries.stamps(root.id, [line("d", guid="y")]) == ["2"]
    assert store.entries.knows_page(root.id, ["x", "pages.example/a"])
    assert not store.entries.knows_page(root.id, ["pages.example/c"])
    assert not store.entries.knows_page(root.id + 1, ["pages.example/a"])


def deep(store: Store, root: Source) -> tuple[Source, Source]:
    poll(store, root, children=(part(root, "a"),))
    child = children(store, root)["a"]
    poll(store, child, children=(part(child, "b"),), next_due_at=NOW + 600)
    return child, children(store, root)["b"]


def test_lineage_and_children_go_all_the_way(store: Store, root: Source) -> None:
    child, grandchild = deep(store, root)
    assert [source.id for source in store.sources.lineage(grandchild.id)] == [child.id, root.id]
    assert store.sources.lineage(root.id) == ()
    assert {source.id for source in store.sources.children([root.id])} == {child.id, grandchild.id}
    assert store.sources.count_children([root.id, 99]) == {root.id: {"active": 2}}


def test_children_are_hidden(store: Store, root: Source) -> None:
    child, _ = deep(store, root)
    assert [source.id for source in store.sources.list(states=("active", "done"))] == [root.id]
    assert store.sources.get("index.example").id == root.id  # a part of the URL, which the children have too
    assert store.sources.get(child.id).id == child.id
    assert store.status(now=NOW).sources["active"] == 1


def states(store: Store, root: Source) -> set[str]:
    return {source.state for source in store.sources.children([root.id])}


def test_children_are_paused_resumed_and_removed_with_their_source(store: Store, root: Source) -> None:
    deep(store, root)
    store.sources.update(root.id, now=NOW, state="paused")
    assert states(store, root) == {"paused"}
    assert store.sources.due(lease(store), now=NOW, per_host=9) == {}
    later = NOW + 600
    store.sources.update(root.id, now=later, state="active")
    assert states(store, root) == {"active"}
    due = store.sources.due(lease(store, now=later), now=later, per_host=9)
    assert sum(map(len, due.values())) == 3
    store.sources.remove(root.id)
    assert store.sources.children([root.id]) == []


def test_a_gone_source_lets_its_children_rest(store: Store, root: Source) -> None:
    deep(store, root)
    poll(store, root, outcome="failed", state="gone")
    assert states(store, root) == {"paused"}


def test_a_new_address_ends_the_documents_of_the_old_one(store: Store, root: Source) -> None:
    child, _ = deep(store, root)
    store.sources.update(root.id, now=NOW, url="https://new.example/index.xml")
    assert states(store, root) == {"done"}
    moved = replace(root, url="https://new.example/index.xml", host="new.example")
    poll(store, moved, children=(replace(part(root, "a"), url=child.url),))
    assert store.sources.get(child.id).state == "active"


def test_what_a_backfill_left_goes_on(store: Store, root: Source) -> None:
    poll(
        store,
        root,
        children=(
            part(root, "left", since=1.0, state="paused"),
            part(root, "failed", since=1.0),
            part(root, "own"),
        ),
    )
    found = children(store, root)
    poll(store, found["failed"], outcome="failed", error="http_500", state="done", failures=6)
    store.sources.update(found["own"].id, now=NOW, state="paused")
    assert store.sources.resume_children(root.id, now=NOW) == 2
    found = children(store, root)
    assert {name: child.state for name, child in found.items()} == {
        "left": "active",
        "failed": "active",
        "own": "paused",
    }
    assert store.sources.resume_children(99, now=NOW) == 0


def test_ended_children_are_forgotten_in_time(store: Store, root: Source) -> None:
    child, grandchild = deep(store, root)
    poll(store, root, ended=(child.id,))
    assert store.sources.prune_children(before=NOW + 1) == 0  # it has a child that is still read
    poll(store, child, state="done", ended=(grandchild.id,))
    assert store.sources.prune_children(before=NOW) == 0
    assert store.sources.prune_children(before=NOW + 1) == 1
    assert store.sources.prune_children(before=NOW + 1) == 1
    assert store.sources.children([root.id]) == []
    assert store.sources.get(root.id).state == "active"


def test_sitemaps_of_a_host_are_found(store: Store, root: Source) -> None:
    add_source(store, "feed", host=root.host)
    deep(store, root)
    assert [source.id for source in store.sources.sitemaps_on([root.host, "x.example"])] == [root.id]


def test_a_removed_root_drops_what_its_child_brings(store: Store, root: Source) -> None:
    child, _ = deep(store, root)
    held = lease_one(store, root.host)
    store.sources.remove(root.id)
    late = result(held, child, line("late"), root_id=root.id)
    assert store.sources.record_polls([late], now=NOW) == []
    with pytest.raises(SourceNotFound):
        store.sources.get(child.id)


def test_what_a_document_brings_is_news_of_its_root(store: Store, root: Source) -> None:
    poll(store, root, children=(part(root, "index"),))
    [index] = children(store, root).values()
    poll(store, index, root_id=root.id, children=(part(index, "a"),))
    assert store.sources.get(root.id).last_new_at is None
    [deep] = [child for name, child in children(store, root).items() if name == "a"]
    held = lease_one(store, root.host)
    store.sources.record_polls([result(held, deep, line("x"), now=NOW + 9, root_id=root.id)], now=NOW + 9)
    assert store.sources.get(root.id).last_new_at == NOW + 9
    assert store.sources.get(root.id).last_polled_at == NOW, "it was not polled itself"
