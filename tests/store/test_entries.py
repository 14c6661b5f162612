"""Entries: due, finished, deferred, and always accounted for."""

import pytest

from storage.errors import LeaseLost, NotFound
from storage.model import Entry
from storage.store import Store
from tests.keeping import NOW, add_article, add_source, give_back, lease, lease_one, line, offer


def urls(entries: list[Entry]) -> list[str]:
    return [entry.url.rpartition("/")[2] for entry in entries]


class TestDue:
    def test_the_oldest_of_each_leased_host(self, store: Store) -> None:
        source = add_source(store, "a")
        for number, name in enumerate("xyz"):
            offer(store, source, line(name), line(name, host="other.example"), now=NOW + number)
        pages = lease_one(store, "pages.example", now=NOW + 9)
        found = store.entries.due([pages], now=NOW + 1, per_host=99)
        assert {host: urls(entries) for host, entries in found.items()} == {pages.host_id: ["x", "y"]}
        assert urls(store.entries.due([pages], now=NOW + 2, per_host=1)[pages.host_id]) == ["x"]
        assert store.entries.due([], now=NOW, per_host=9) == {}

    def test_of_some_sources_only(self, store: Store) -> None:
        one, two = add_source(store, "one"), add_source(store, "two")
        offer(store, one, line("1"))
        offer(store, two, line("2"))
        store.entries.add_page(url="https://pages.example/p", url_key="p", host="pages.example", now=NOW)
        held = lease_one(store, "pages.example")

        def due(*source_ids: int | None) -> list[str]:
            found = store.entries.due([held], now=NOW, per_host=9, source_ids=source_ids)
            return sorted(urls(found.get(held.host_id, [])))

        assert due(one.id) == ["1"]
        assert due(one.id, two.id) == ["1", "2"]
        assert due(None) == ["p"]
        assert due(two.id, None) == ["2", "p"]
        assert due() == []

    def test_finished_and_deferred_ones_are_not_due(self, store: Store) -> None:
        done, later = offer(store, add_source(store, "a"), line("done"), line("later"))
        store.entries.finish(done.id, outcome="rejected", reason="no_title", now=NOW)
        store.entries.defer(later.id, reason="timeout", attempts=1, next_due_at=NOW + 60, now=NOW)
        held = lease_one(store, "pages.example", now=NOW + 59)
        assert store.entries.due([held], now=NOW + 59, per_host=9) == {}
        assert urls(store.entries.due([held], now=NOW + 60, per_host=9)[held.host_id]) == ["later"]


class TestSameness:
    """What tells whether a source is followed already under another address."""

    def test_who_brought_which_pages(self, store: Store) -> None:
        one, two = add_source(store, "one"), add_source(store, "two")
        [first, *_] = offer(store, one, *map(line, "abc"))
        offer(store, two, line("b"), line("x"))
        [late] = [entry for entry in offer(store, two, line("c")) if entry.source_id == two.id]
        keys = [line(name).url_key for name in "abcz"]
        counts = store.entries.carriers(keys)
        assert {number: count for number, (count, _) in counts.items()} == {one.id: 3, two.id: 2}
        assert counts[one.id][1] == first.id
        assert counts[two.id][1] < late.id
        assert store.entries.carriers([]) == {}

    def test_a_page_counts_once_under_however_many_identities(self, store: Store) -> None:
        source = add_source(store)
        offer(store, source, line("a", guid="1"), line("a", guid="2"))
        [(count, _)] = store.entries.carriers([line("a").url_key]).values()
        assert count == 1

    def test_the_newest_first_and_each_poll_in_its_order(self, store: Store) -> None:
        source = add_source(store)
        offer(store, add_source(store, "other"), *map(line, "pq"))
        [first, *_] = offer(store, source, *map(line, "cde"))
        offer(store, source, *map(line, "ab"), now=NOW + 60)

        def newest(first_id: int, limit: int) -> str:
            keys = store.entries.newest_keys(source.id, first_id=first_id, limit=limit)
            return "".join(key[-1] for key in keys)

        assert newest(0, 9) == "abcde"
        assert newest(first.id + 1, 3) == "abd"

    def test_a_document_seen_before(self, store: Store) -> None:
        source = add_source(store)
        offer(store, source, line("a"), body_hash="abc")
        found = store.sources.by_body("abc")
        assert found is not None
        assert found.id == source.id
        assert store.sources.by_body("abd") is None
        store.sources.remove(source.id)
        assert store.sources.by_body("abc") is None


class TestFinish:
    def test_the_outcome_is_kept(self, store: Store) -> None:
        [entry] = offer(store, add_source(store, "a"), line("x"))
        article = add_article(store, "x")
        held = lease_one(store, "pages.example")
        store.entries.finish(
            entry.id, outcome="duplicate", reason="same text", article_id=article, now=NOW + 1, lease=held
        )
        done = store.entries.get(entry.id)
        assert (done.outcome, done.reason, done.article_id) == ("duplicate", "same text", article)
        assert (done.finished_at, done.next_due_at) == (NOW + 1, None)

    def test_an_article_once_known_stays(self, store: Store) -> None:
        [entry] = offer(store, add_source(store, "a"), line("x"))
        article = add_article(store, "x")
        store.entries.finish(entry.id, outcome="stored", article_id=article, now=NOW)
        store.entries.finish(entry.id, outcome="rejected", reason="gone", now=NOW + 1)
        assert store.entries.get(entry.id).article_id == article

    def test_a_long_reason_is_cut(self, store: Store) -> None:
        [entry] = offer(store, add_source(store, "a"), line("x"))
        store.entries.finish(entry.id, outcome="rejected", reason="ü" * 5000 + "\0", now=NOW)
        assert store.entries.get(entry.id).reason == "ü" * 500
        assert store.status(now=NOW).rejected == {"ü" * 500: 1}

    def test_a_lost_lease(self, store: Store) -> None:
        [entry] = offer(store, add_source(store, "a"), line("x"))
        old = lease_one(store, "pages.example", owner="one", ttl=10)
        lease_one(store, "pages.example", owner="two", now=NOW + 10)
        for now in (NOW, NOW + 11):
            with pytest.raises(LeaseLost, match=r"pages\.example"):
                store.entries.finish(entry.id, outcome="stored", now=now, lease=old)
            with pytest.raises(LeaseLost):
                store.entries.defer(entry.id, reason="x", attempts=1, next_due_at=now, now=now, lease=old)
        assert store.entries.get(entry.id) == entry

    def test_an_expired_lease(self, store: Store) -> None:
        [entry] = offer(store, add_source(store, "a"), line("x"))
        held = lease_one(store, "pages.example", ttl=10)
        with pytest.raises(LeaseLost):
            store.entries.finish(entry.id, outcome="stored", now=NOW + 10, lease=held)

    def test_no_such_entry(self, store: Store) -> None:
        with pytest.raises(NotFound, match="no entry 77"):
            store.entries.finish(77, outcome="stored", now=NOW)
        with pytest.raises(NotFound):
            store.entries.defer(77, reason="x", attempts=1, next_due_at=NOW, now=NOW)
        with pytest.raises(NotFound):
            store.entries.get(77)


class TestDefer:
    def test_it_waits_with_its_reason(self, store: Store) -> None:
        [entry] = offer(store, add_source(store, "a"), line("x"))
        held = lease_one(store, "pages.example")
        store.entries.defer(entry.id, reason="503", attempts=2, next_due_at=NOW + 60, now=NOW, lease=held)
        later = store.entries.get(entry.id)
        assert (later.outcome, later.reason, later.attempts, later.next_due_at) == (None, "503", 2, NOW + 60)
        give_back(store, held)
        assert lease(store, now=NOW + 59) == []
        assert [h.host for h in lease(store, now=NOW + 60)] == ["pages.example"]
        assert store.entries.accounting()["deferred"] == 1

    def test_without_a_lease_the_host_wakes_for_it(self, store: Store) -> None:
        [entry] = offer(store, add_source(store, "a"), line("x"))
        held = lease_one(store, "pages.example")
        store.entries.finish(entry.id, outcome="rejected", now=NOW)
        give_back(store, held)
        assert lease(store, now=NOW + 500) == []
        store.entries.defer(entry.id, reason="again", attempts=0, next_due_at=NOW + 100, now=NOW)
        assert [h.host for h in lease(store, now=NOW + 100)] == ["pages.example"]


class TestPagesByHand:
    def add(self, store: Store, now: float = NOW) -> Entry:
        return store.entries.add_page(
            url="https://pages.example/x?utm=1", url_key="pages.example/x", host="pages.example", now=now
        )

    def test_a_new_page_waits_at_once(self, store: Store) -> None:
        entry = self.add(store)
        assert (entry.source_id, entry.host, entry.outcome, entry.next_due_at, entry.visits) == (
            *(None, "pages.example", None, NOW),
            0,
        )
        [held] = lease(store)
        assert store.entries.due([held], now=NOW, per_host=9) == {held.host_id: [entry]}

    def test_a_waiting_one_is_the_same(self, store: Store) -> None:
        first = self.add(store)
        store.entries.defer(first.id, reason="503", attempts=3, next_due_at=NOW + 999, now=NOW)
        again = self.add(store, NOW + 1)
        assert (again.id, again.attempts, again.next_due_at, again.visits) == (first.id, 0, NOW + 1, 0)

    def test_a_finished_one_waits_again(self, store: Store) -> None:
        first = self.add(store)
        article = add_article(store, "x")
        store.entries.finish(first.id, outcome="stored", article_id=article, now=NOW)
        again = self.add(store, NOW + 5)
        assert (again.id, again.outcome, again.reason, again.next_due_at) == (first.id, None, None, NOW + 5)
        assert (again.visits, again.article_id, again.first_seen_at) == (1, article, NOW)
        assert [h.host for h in lease(store, now=NOW + 5)] == ["pages.example"]

    @pytest.mark.parametrize(
        "url", ["https://pages.example/x", "http://www.pages.example/x/", "https://m.pages.example/x?utm=1"]
    )
    def test_its_key_comes_back_whatever_its_url(self, store: Store, url: str) -> None:
        key = "https://pages.example/x"
        first = store.entries.add_page(
            url="https://pages.example/x", url_key=key, host="pages.example", now=NOW
        )
        again = store.entries.add_page(url=url, url_key=key, host="pages.example", now=NOW)
        assert (again.id, again.url, again.url_key) == (first.id, url, key)
        assert store.entries.get(first.id) == again
        assert store.entries.history(url_keys=[key]) == [again]

    def test_a_feed_line_of_the_same_page_is_another_entry(self, store: Store) -> None:
        page = self.add(store)
        [entry] = [e for e in offer(store, add_source(store, "a"), line("x")) if e.id != page.id]
        assert entry.source_id is not None
        assert [e.id for e in store.entries.history(url_keys=["pages.example/x"])] == [page.id, entry.id]


def test_waiting_counts(store: Store) -> None:
    one, two = add_source(store, "one"), add_source(store, "two")
    done, _ = offer(store, one, line("1"), line("2"))
    offer(store, two, line("3", host="b.example"))
    store.entries.finish(done.id, outcome="stored", now=NOW)
    store.entries.add_page(url="https://c", url_key="c", host="c", now=NOW)
    assert store.entries.waiting([one.id]) == 1
    assert store.entries.waiting([one.id, two.id]) == 2
    assert store.entries.waiting([one.id, None]) == 2
    assert store.entries.waiting([]) == 0
    assert store.entries.waiting_hosts([one.id, two.id]) == {"pages.example": NOW, "b.example": NOW}


def test_count_new(store: Store) -> None:
    source = add_source(store, "a")
    offer(store, source, line("1"), line("2"))
    assert store.entries.count_new(source.id, [line("1"), line("3"), line("3"), line("4")]) == 2
    assert store.entries.count_new(99, [line("1")]) == 1
    assert store.entries.count_new(source.id, []) == 0


def test_history_by_url(store: Store) -> None:
    one, two = add_source(store, "one"), add_source(store, "two")
    offer(store, one, line("x"), line("y"))
    offer(store, two, line("x", guid="other"))
    found = store.entries.history(url_keys=["pages.example/x"])
    assert [(entry.source_id, entry.url) for entry in found] == [
        (one.id, "https://pages.example/x"),
        (two.id, "https://pages.example/x"),
    ]
    assert store.entries.history(url_keys=["unknown"]) == []
    assert store.entries.history(url_keys=[]) == []


def test_dirty_and_long_lines(store: Store) -> None:
    """NUL and lone surrogates are cleaned the same way everywhere; long URLs have their identity."""
    long = "https://pages.example/" + "%C3%A9x" * 1500
    dirty = line(
        "x",
        url=long,
        url_key=long,
        guid="g\0\ud800",
        title="T\0\udc00i",
        content="\0" * 10,
        authors=("A\0",),
        tags=("\ud83d\ude00",),
    )
    source = add_source(store, "a")
    [entry] = offer(store, source, dirty)
    assert (entry.url, entry.guid, entry.title, entry.content) == (long, "g\ufffd", "T\ufffdi", "")
    assert (entry.authors, entry.tags) == (("A",), ("😀",))
    [again] = offer(store, source, dirty)
    assert again.id == entry.id
    assert store.entries.accounting()["offered"] == 1


def test_sightings_are_by_source_the_first_seen_first(store: Store) -> None:
    one, two = add_source(store, "one"), add_source(store, "two")
    offer(store, two, line("y", updated="u"), now=NOW)
    offer(store, one, line("x", published="p", updated="u"), now=NOW + 10)
    offer(store, one, line("x", published="p"), line("z"), now=NOW + 20)
    assert list(store.entries.sightings(since=NOW)) == [
        (one.id, "p", NOW + 10),
        (one.id, None, NOW + 20),
        (two.id, "u", NOW),
    ]
    assert list(store.entries.sightings(since=NOW + 15)) == [(one.id, None, NOW + 20)]
