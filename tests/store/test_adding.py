"""Many sources at once, and archives, on every database."""

from dataclasses import replace
from functools import partial

import pytest

from storage import tables
from storage.ending import Ending
from storage.errors import ArchiveHeld
from storage.model import Admitted, NewEntry, NewSource
from storage.store import Store
from storage.values import digest
from tests.keeping import NOW, add_source, lease


def new(name: str, **fields) -> NewSource:
    host = fields.pop("host", f"{name}.example")
    return NewSource(**{"url": f"https://{host}/{name}.xml", "host": host, "next_due_at": NOW, **fields})


def test_new_ones_are_added_and_known_ones_are_given_tags(store: Store) -> None:
    known = add_source(store, "a", tags=("News",), title="As it is")
    offered = [new("a", tags=("news", "x"), title="Another"), new("b", tags=("x",), state="paused")]
    looked = store.sources.would_add(offered)
    assert looked == [
        Admitted(source_id=known.id, already=True, tags_added=("x",)),
        Admitted(source_id=None, already=False),
    ]
    assert len(store.sources.list()) == 1
    first, second = store.sources.add_all(offered, reason="from a list", now=NOW)
    assert first == looked[0]
    assert not second.already
    a, b = store.sources.list()
    assert (a.title, a.tags) == ("As it is", ("News", "x"))
    assert (b.id, b.state, b.due_reason) == (second.source_id, "paused", "from a list")
    again = store.sources.add_all(offered, reason="from a list", now=NOW)
    assert [(one.already, one.tags_added) for one in again] == [(True, ()), (True, ())]


def test_what_was_removed_or_looked_at_once_is_followed_again(store: Store) -> None:
    gone, once = add_source(store, "gone", tags=("old",)), add_source(store, "once", state="once")
    store.sources.remove(gone.id)
    back = store.sources.add_all([new("gone", tags=("new",)), new("once")], reason="r", now=NOW)
    assert [(one.source_id, one.already) for one in back] == [(gone.id, False), (once.id, False)]
    found = store.sources.list()
    assert [(source.state, source.tags) for source in found] == [("active", ("new",)), ("active", ())]


def test_hosts_are_woken_for_the_first_of_their_sources(store: Store) -> None:
    many = [new(f"s{n}", host=f"h{n % 3}.example", next_due_at=NOW + 10 * n) for n in range(1200)]
    admitted = store.sources.add_all(many, reason="r", now=NOW)
    assert len({one.source_id for one in admitted}) == 1200
    assert [held.host for held in lease(store, now=NOW)] == ["h0.example"]
    assert len(lease(store, now=NOW + 25, owner="you")) == 2


def test_an_archive_goes_on_where_it_was(store: Store) -> None:
    archive = store.archives.open("/a.warc", size=100, modified_at=1.5, now=NOW)
    assert (archive.position, archive.records, archive.counts) == (0, 0, {})
    further = store.archives.advance(archive, position=60, records=2, counts={"stored": 2})
    assert store.archives.open("/a.warc", size=100, modified_at=1.5, now=NOW + 9) == further
    ended = store.archives.advance(further, position=100, records=3, counts={}, finished_at=NOW)
    assert ended.finished_at == NOW
    for file in ({"size": 101, "modified_at": 1.5}, {"size": 101, "modified_at": 1.6}):
        anew = store.archives.open("/a.warc", **file, now=NOW + 9)
        assert (anew.id, anew.position, anew.finished_at) == (archive.id, 0, None)
    assert store.archives.open("/b.warc", size=100, modified_at=1.5, now=NOW).id != archive.id
    assert list(store.archives.by_ids([archive.id, 99])) == [archive.id]


def test_two_that_read_one_archive_do_not_both_go_on(store: Store) -> None:
    archive = store.archives.open("/a.warc", size=100, modified_at=1.5, now=NOW)
    store.archives.advance(archive, position=60, records=2, counts={})
    with pytest.raises(ArchiveHeld, match=r"/a\.warc"):
        store.archives.advance(archive, position=50, records=1, counts={})
    older = store.archives.open("/a.warc", size=100, modified_at=1.5, now=NOW)
    store.archives.open("/a.warc", size=100, modified_at=1.5, now=NOW + 5, again=True)
    with pytest.raises(ArchiveHeld):
        store.archives.advance(older, position=70, records=3, counts={})


def test_a_page_of_an_archive_wakes_nobody(store: Store) -> None:
    page = {"url": "https://a.example/1", "url_key": "a.example/1", "host": "a.example"}
    more = NewEntry(url="https://a.example/2", url_key="a.example/2", host="a.example")
    with store.transaction():
        [entry] = store.entries.add_archived([NewEntry(**page)], archive_id=3, now=NOW)
        store.entries.finish(entry, outcome="stored", reason="short", article_id=7, now=NOW + 1)
    ended = {"outcome": "stored", "reason": "short", "article_id": 7, "finished_at": NOW + 1}
    assert store.entries.get(entry.id) == replace(entry, written=True, next_due_at=None, **ended)
    assert lease(store, now=NOW + 1) == []
    with store.transaction():
        lines = [more, NewEntry(**page), more]
        other, again, same = store.entries.add_archived(lines, archive_id=4, now=NOW)
        assert (other.id, other.url) == (same.id, more.url)
        store.entries.finish(again, outcome="unchanged", now=NOW)
        store.entries.finish(other, outcome="stored", now=NOW)
    found = store.entries.get(entry.id)
    assert (again.id, found.archive_id, found.visits, found.outcome) == (entry.id, 4, 1, "unchanged")
    assert store.entries.add_page(**page, now=NOW).archive_id is None


@pytest.mark.parametrize("number", [1, 12])
def test_a_page_that_another_was_faster_with_is_ended_all_the_same(store: Store, number: int) -> None:
    names = [f"a.example/{n}" for n in range(number)]
    lines = [NewEntry(url=f"https://{name}", url_key=name, host="a.example") for name in names]
    with store.transaction():
        late = store.entries.add_archived(lines, archive_id=4, now=NOW)
        store.entries.add_page(url="https://b.example/", url_key="b.example", host="b.example", now=NOW)
        first = store.entries.add_page(url=lines[0].url, url_key=names[0], host="a.example", now=NOW)
        store.entries.finish(first, outcome="rejected", now=NOW)
        store.entries.finish_all(
            [Ending(entry=one, outcome="stored", reason=None, article_id=one.id, at=NOW) for one in late]
        )
    found = store.entries.history(url_keys=names)
    assert sorted(entry.url for entry in found) == sorted(line.url for line in lines)
    assert {(entry.outcome, entry.archive_id, entry.visits) for entry in found if entry.url == first.url} == {
        ("stored", 4, 1)
    }
    assert store.entries.accounting()["stored"] == number


def test_rows_that_are_there_are_left_out(store: Store) -> None:
    columns = ("key", "article_id", "at")
    with store._database.write() as connection:
        add = partial(store._database.add_unknown, connection, "pruned", columns)
        assert add([]) == 0
        assert add([(digest(f"{n}"), n, NOW) for n in range(20)]) == 20
        assert add([(digest(f"{n}"), n, NOW) for n in range(10, 30)]) == 10, "another was faster with ten"
        assert add([(digest("5"), 5, NOW)]) == 0
        known = store._database.known_among(
            connection, tables.pruned.c.key, [digest(f"{n}") for n in range(25, 35)]
        )
        assert known == {digest(f"{n}") for n in range(25, 30)}


def test_what_is_looked_up_may_be_any_text(store: Store) -> None:
    texts = ["a,b", "{}", '"', "\\", '\\"', "'", "NULL", "", " ", "ü", "\\x41"]
    with store._database.write() as connection:
        names = [(digest(text), text) for text in texts[::2]]
        store._database.add_rows(connection, "hosts", ("key", "name"), names)
        known = store._database.known_among(connection, tables.hosts.c.name, texts)
    assert known == set(texts[::2])
