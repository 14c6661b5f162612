"""Recording polls: one transaction, fenced by the lease, cheap when nothing is new."""

import pytest
from sqlalchemy import text

from storage.errors import StorageError
from storage.model import PollCounts
from storage.store import Store
from tests.keeping import NOW, add_source, give_back, lease, lease_one, line, offer, result


def test_new_lines_become_waiting_entries(store: Store) -> None:
    source = add_source(store, "a")
    full = line(
        "x",
        guid="g1",
        title="T",
        summary="<p>s</p>",
        content="<p>c</p>",
        published="Tue, 21 Oct 2025 20:43:00 +0700",
        updated="u",
        authors=("A", "B"),
        tags=("t",),
        language="id",
        image_url="https://i",
    )
    held = lease_one(store, source.host)
    [counts] = store.sources.record_polls([result(held, source, full, line("y"))], now=NOW)
    assert counts == PollCounts(source_id=source.id, new=2, changed=0, known=0)
    [entry] = store.entries.history(url_keys=[full.url_key])
    for name in ("url", "url_key", "host", "guid", "title", "summary", "content", "published", "updated"):
        assert getattr(entry, name) == getattr(full, name)
    assert (entry.authors, entry.tags, entry.language, entry.image_url) == (
        ("A", "B"),
        ("t",),
        "id",
        "https://i",
    )
    assert (entry.source_id, entry.outcome, entry.next_due_at, entry.first_seen_at) == (
        source.id,
        None,
        NOW,
        NOW,
    )
    assert (entry.attempts, entry.visits, entry.article_id, entry.finished_at) == (0, 0, None, None)


def test_known_lines_are_marked_seen(store: Store) -> None:
    source = add_source(store, "a")
    [entry] = offer(store, source, line("x"))
    held = lease_one(store, source.host, now=NOW + 50)
    [counts] = store.sources.record_polls(
        [result(held, source, line("x"), line("z"), now=NOW + 50)], now=NOW + 50
    )
    assert (counts.new, counts.changed, counts.known) == (1, 0, 1)
    again = store.entries.get(entry.id)
    assert (again.first_seen_at, again.last_seen_at, again.next_due_at) == (NOW, NOW + 50, NOW)


def test_identity_is_the_guid_within_the_source(store: Store) -> None:
    one, two = add_source(store, "one"), add_source(store, "two")
    [first] = offer(store, one, line("x", guid="1"))
    offer(store, two, line("other", guid="1"))
    assert store.entries.accounting()["offered"] == 2, "the same guid in another feed is another entry"
    held = lease_one(store, one.host)
    [counts] = store.sources.record_polls([result(held, one, line("new-slug", guid="1"))], now=NOW)
    assert counts.known == 1
    assert store.entries.get(first.id).url == "https://pages.example/x"


def test_a_line_twice_in_one_feed_counts_once(store: Store) -> None:
    source = add_source(store, "a")
    held = lease_one(store, source.host)
    [counts] = store.sources.record_polls(
        [result(held, source, line("x", title="1"), line("x", title="2"))], now=NOW
    )
    assert (counts.new, counts.known) == (1, 1)
    assert store.entries.history(url_keys=["pages.example/x"])[0].title == "1"


class TestChangedLines:
    def finished(self, store: Store, **fields: str) -> int:
        source = add_source(store, "a")
        [entry] = offer(store, source, line("x", **fields))
        store.entries.finish(entry.id, outcome="stored", article_id=None, now=NOW)
        return entry.id

    def poll(self, store: Store, at: float, **fields: str) -> PollCounts:
        source = store.sources.get("a.xml")
        held = lease_one(store, source.host, now=at)
        [counts] = store.sources.record_polls([result(held, source, line("x", **fields), now=at)], now=at)
        give_back(store, held, now=at)
        return counts

    def test_a_new_title_asks_for_the_page_again(self, store: Store) -> None:
        entry_id = self.finished(store, title="old", updated="1")
        assert self.poll(store, NOW + 1e5, title="new", updated="1", summary="s").changed == 1
        entry = store.entries.get(entry_id)
        assert (entry.outcome, entry.title, entry.summary, entry.visits) == (None, "new", "s", 1)
        assert entry.next_due_at is not None
        assert entry.next_due_at >= NOW + 1e5
        assert store.entries.accounting() == {
            **dict.fromkeys(("stored", "revised", "duplicate", "unchanged", "rejected"), 0),
            **{"offered": 1, "deferred": 1},
        }

    def test_a_new_stamp_does_too(self, store: Store) -> None:
        self.finished(store, title="t", updated="1")
        assert self.poll(store, NOW + 1e5, title="t", updated="2").changed == 1

    @pytest.mark.parametrize("fields", [{"title": "t"}, {"title": "t", "updated": "1"}, {}, {"title": ""}])
    def test_what_was_empty_or_is_empty_is_no_change(self, store: Store, fields: dict[str, str]) -> None:
        self.finished(store, title="t")
        assert self.poll(store, NOW + 1e5, **fields).changed == 0

    def test_a_waiting_entry_is_no_change(self, store: Store) -> None:
        offer(store, add_source(store, "a"), line("x", title="old"))
        assert self.poll(store, NOW + 1e5, title="new").changed == 0

    def test_it_rests_before_it_is_asked_again(self, store: Store) -> None:
        entry_id = self.finished(store, title="old")
        self.poll(store, NOW + 10, title="new")
        due = store.entries.get(entry_id).next_due_at
        assert due is None or due >= NOW + 300

    def test_one_that_leads_elsewhere_leaves_what_it_led_to(self, store: Store) -> None:
        """Feeds give one guid to a page whose address moves, and some to one page after another."""
        old = self.finished(store, guid="1", title="old")
        source, at = store.sources.get("a.xml"), NOW + 1e5
        for name, title in (("y", "new"), ("x", "newer"), ("y", "newest")):
            held = lease_one(store, source.host, now=at)
            poll = result(held, source, line(name, guid="1", title=title), now=at)
            [counts] = store.sources.record_polls([poll], now=at)
            give_back(store, held, now=at)
            assert (counts.new, counts.changed, counts.known) == (0, 1, 0)
            [entry] = [
                one for one in store.entries.history(url_keys=[f"pages.example/{name}"]) if not one.outcome
            ]
            assert (entry.title, entry.article_id) == (title, None)
            store.entries.finish(entry.id, outcome="stored", article_id=None, now=at)
            at += 1e6
        assert store.entries.get(old).url == "https://pages.example/x"
        assert (store.entries.get(old).outcome, store.entries.get(old).title) == ("stored", "old")
        assert store.entries.accounting()["offered"] == 4

    def test_it_ends_some_day(self, store: Store) -> None:
        entry_id = self.finished(store, title="0")
        changed = 0
        for number in range(1, 56):
            at = NOW + number * 1e7
            changed += self.poll(store, at, title=str(number)).changed
            if store.entries.get(entry_id).outcome is None:
                store.entries.finish(entry_id, outcome="unchanged", now=at)
        assert changed == 50


class TestSource:
    def test_what_a_poll_teaches(self, store: Store) -> None:
        source = add_source(store, "a", title=None)
        held = lease_one(store, source.host)
        poll = result(
            held,
            source,
            line("x"),
            pace=900.0,
            etag='"1"',
            last_modified="Tue",
            body_hash="h",
            title="Named",
            site_url="https://a.example",
            language="id",
            seconds=0.5,
            size=1234,
        )
        store.sources.record_polls([poll], now=NOW)
        kept = store.sources.get("named")
        assert (kept.etag, kept.last_modified, kept.body_hash, kept.pace) == ('"1"', "Tue", "h", 900.0)
        assert (kept.title, kept.site_url, kept.language) == ("Named", "https://a.example", "id")
        assert (kept.next_due_at, kept.due_reason, kept.last_status) == (NOW + 600, "every 10 minutes", 200)
        assert (kept.last_polled_at, kept.last_ok_at, kept.last_new_at) == (NOW, NOW, NOW)
        [seen] = store.polls.latest(source.id, 5)
        assert (seen.at, seen.outcome, seen.entries_seen, seen.entries_new, seen.seconds, seen.size) == (
            *(NOW, "new", 1, 1),
            *(0.5, 1234),
        )

    def test_known_facts_are_not_overwritten(self, store: Store) -> None:
        source = add_source(store, "a", title="Mine", language="en")
        offer(store, source, line("x"), title="Theirs", language="id", site_url="https://s")
        kept = store.sources.get(source.id)
        assert (kept.title, kept.language, kept.site_url) == ("Mine", "en", "https://s")
        assert store.sources.get("mine") == kept

    @pytest.mark.parametrize("outcome", ["unchanged", "not_modified"])
    @pytest.mark.parametrize("pace", [None, 60.0])
    def test_validators_are_kept_or_replaced(self, store: Store, outcome: str, pace: float | None) -> None:
        source = add_source(store, "a")
        offer(store, source, line("x"), etag='"1"', last_modified="a", body_hash="h", pace=30.0)
        held = lease_one(store, source.host, now=NOW + 1)
        poll = result(held, source, now=NOW + 1, outcome=outcome, status=304, pace=pace, keep_validators=True)
        store.sources.record_polls([poll], now=NOW + 1)
        kept = store.sources.get(source.id)
        assert (kept.etag, kept.last_modified, kept.body_hash, kept.last_status) == ('"1"', "a", "h", 304)
        assert (kept.last_ok_at, kept.last_new_at, kept.pace) == (NOW + 1, NOW, pace or 30.0)
        poll = result(held, source, now=NOW + 2, outcome=outcome, etag='"2"', pace=pace)
        store.sources.record_polls([poll], now=NOW + 2)
        kept = store.sources.get(source.id)
        assert (kept.etag, kept.last_modified, kept.body_hash) == ('"2"', None, None)

    def test_failure_and_recovery(self, store: Store) -> None:
        source = add_source(store, "a")
        held = lease_one(store, source.host)
        failed = result(
            *(held, source),
            **{
                "outcome": "failed",
                "failures": 2,
                "error": "no\0 route\ud800",
                "status": None,
                "keep_validators": True,
            },
        )
        store.sources.record_polls([failed], now=NOW)
        kept = store.sources.get(source.id)
        assert (kept.failures, kept.last_error, kept.last_ok_at, kept.last_status) == (
            2,
            "no route\ufffd",
            None,
            None,
        )
        assert store.status(now=NOW).sources["failing"] == 1
        well = result(held, source, now=NOW + 1, outcome="not_modified", pace=1.0, keep_validators=True)
        store.sources.record_polls([well], now=NOW + 1)
        kept = store.sources.get(source.id)
        assert (kept.failures, kept.last_error, kept.last_ok_at) == (0, None, NOW + 1)

    def test_state_and_move(self, store: Store) -> None:
        source = add_source(store, "a")
        held = lease_one(store, source.host)
        poll = result(held, source, state="gone", moved_to="https://b.example/f", moved_seen=3)
        store.sources.record_polls([poll], now=NOW)
        kept = store.sources.get(source.id)
        assert (kept.state, kept.moved_to, kept.moved_seen) == ("gone", "https://b.example/f", 3)

    def test_a_new_address_changes_the_host(self, store: Store) -> None:
        source = add_source(store, "a")
        held = lease_one(store, source.host)
        poll = result(held, source, url="https://Moved.example:8080/f", etag='"1"')
        store.sources.record_polls([poll], now=NOW)
        give_back(store, held)
        kept = store.sources.get(source.id)
        assert (kept.url, kept.host, kept.etag) == (
            "https://Moved.example:8080/f",
            "moved.example:8080",
            '"1"',
        )
        assert [held.host for held in lease(store, now=NOW + 600)] == ["moved.example:8080"]

    def test_an_address_that_is_taken_is_left(self, store: Store) -> None:
        source, other = add_source(store, "a"), add_source(store, "b")
        held = lease_one(store, source.host)
        [counts] = store.sources.record_polls([result(held, source, line("x"), url=other.url)], now=NOW)
        assert counts.new == 1
        assert store.sources.get(source.id).url == source.url

    def test_a_person_may_pause_it_meanwhile(self, store: Store) -> None:
        source = add_source(store, "a")
        held = lease_one(store, source.host)
        store.sources.update(source.id, now=NOW, state="paused")
        assert store.sources.record_polls([result(held, source)], now=NOW)
        assert store.sources.get(source.id).state == "paused"


class TestFence:
    def test_a_lost_lease_drops_its_results_alone(self, store: Store) -> None:
        lost, kept = add_source(store, "a"), add_source(store, "b")
        old = lease_one(store, "a.example", owner="one", ttl=10)
        fine = lease_one(store, "b.example", owner="one", ttl=100)
        lease_one(store, "a.example", owner="two", now=NOW + 10)
        results = [result(old, lost, line("x"), etag="new"), result(fine, kept, line("y"))]
        [counts] = store.sources.record_polls(results, now=NOW + 11)
        assert counts.source_id == kept.id
        assert store.entries.history(url_keys=["pages.example/x"]) == []
        assert store.sources.get(lost.id).etag is None
        assert store.polls.latest(lost.id, 9) == []

    def test_an_expired_lease_is_lost_even_if_nobody_took_it(self, store: Store) -> None:
        source = add_source(store, "a")
        held = lease_one(store, "a.example", ttl=10)
        assert store.sources.record_polls([result(held, source)], now=NOW + 10) == []
        assert len(store.sources.record_polls([result(held, source)], now=NOW + 9)) == 1

    def test_a_lease_of_another_host_is_none(self, store: Store) -> None:
        source = add_source(store, "a")
        add_source(store, "b")
        assert store.sources.record_polls([result(lease_one(store, "b.example"), source)], now=NOW) == []

    def test_nothing_to_record(self, store: Store) -> None:
        assert store.sources.record_polls([], now=NOW) == []


def test_a_feed_of_many_thousand_lines(store: Store) -> None:
    many = 33_000 if store.url.startswith("sqlite:///") else 5_000
    source = add_source(store, "a")
    lines = [line(str(number), host=f"h{number % 7}.example", title="t") for number in range(many)]
    held = lease_one(store, source.host)
    [counts] = store.sources.record_polls([result(held, source, *lines)], now=NOW)
    assert counts.new == many
    [counts] = store.sources.record_polls([result(held, source, *lines, now=NOW + 1)], now=NOW + 1)
    assert (counts.new, counts.known) == (0, many)
    assert store.entries.accounting()["deferred"] == many
    woken = lease(store, now=NOW + 1, owner="other")
    assert len(woken) == 7
    due = store.entries.due(woken, now=NOW + 1, per_host=3)
    assert [len(entries) for entries in due.values()] == [3] * 7


def test_all_or_nothing(store: Store) -> None:
    """What goes wrong in the middle undoes the poll, its validators and its entries."""
    source = add_source(store, "a")
    held = lease_one(store, source.host)
    bad = result(held, source, line("x"), etag='"new"', outcome=None)
    with pytest.raises(StorageError):
        store.sources.record_polls([bad], now=NOW)
    assert store.entries.accounting()["offered"] == 0
    assert store.polls.latest(source.id, 1) == []
    assert store.sources.get(source.id).etag is None
    assert store.sources.record_polls([result(held, source, line("x"))], now=NOW)


class TestHistory:
    def test_the_newest_first(self, store: Store) -> None:
        one, two = add_source(store, "one"), add_source(store, "two")
        for number in range(5):
            offer(store, one, line(str(number)), now=NOW + number)
            offer(store, two, now=NOW + number)
        assert [poll.at for poll in store.polls.latest(one.id, 3)] == [NOW + 4, NOW + 3, NOW + 2]
        assert len(store.polls.latest(one.id, 99)) == 5
        assert store.polls.latest(99, 3) == []

    def test_two_polls_of_a_source_at_once(self, store: Store) -> None:
        source = add_source(store, "a")
        held = lease_one(store, source.host)
        polls = [result(held, source, line("x")), result(held, source, line("y"), now=NOW + 1)]
        assert [counts.new for counts in store.sources.record_polls(polls, now=NOW + 1)] == [1, 1]
        assert [poll.at for poll in store.polls.latest(source.id, 9)] == [NOW + 1, NOW]

    def test_pruned_by_age(self, store: Store) -> None:
        source, other = add_source(store, "a"), add_source(store, "b")
        for number in range(6):
            offer(store, source, now=NOW + number)
        assert store.polls.prune(before=NOW + 4) == 4
        assert store.polls.prune(before=NOW + 4) == 0
        assert [poll.at for poll in store.polls.latest(source.id, 9)] == [NOW + 5, NOW + 4]
        assert store.polls.prune(before=NOW + 99) == 2
        assert store.polls.latest(source.id, 9) == []
        for number in range(3):
            offer(store, other, now=NOW + 200 + number)
        assert store.polls.latest(source.id, 9) == [], "its old numbers are now another source's"
        offer(store, source, now=NOW + 300)
        assert [poll.at for poll in store.polls.latest(source.id, 9)] == [NOW + 300]
        assert len(store.polls.latest(other.id, 9)) == 3

    def test_numbers_that_come_again_make_no_circle(self, store: Store) -> None:
        source, other = add_source(store, "a"), add_source(store, "b")
        for round_ in range(3):
            for number in range(3):
                offer(store, source, now=NOW + round_ * 100 + number)
                offer(store, other, now=NOW + round_ * 100 + number)
            assert len(store.polls.latest(source.id, 99)) == 3
            assert len({poll.id for poll in store.polls.latest(other.id, 99)}) == 3
            assert store.polls.prune(before=NOW + round_ * 100 + 50) == 6
        offer(store, source, now=NOW + 1000)
        assert [poll.at for poll in store.polls.latest(source.id, 99)] == [NOW + 1000]

    def test_a_poll_from_the_future_does_not_keep_older_ones(self, store: Store) -> None:
        source = add_source(store, "a")
        held = lease_one(store, source.host)
        for at in (NOW, NOW + 1e9, NOW + 1):
            store.sources.record_polls([result(held, source, now=at)], now=NOW)
        assert store.polls.prune(before=NOW + 100) == 2

    def test_the_view_shows_them(self, store: Store) -> None:
        source = add_source(store, "a")
        offer(store, source, line("x"))
        with store._database.read() as connection:
            [row] = connection.execute(text("SELECT * FROM v_polls")).mappings()
        assert (row["source_url"], row["polled_at"], row["entries_new"]) == (
            source.url,
            "2025-10-09T08:53:20Z",
            1,
        )


def test_bodies_go_back_to_the_last_poll_with_entries(store: Store) -> None:
    full, other = add_source(store, "full"), add_source(store, "other")
    never = add_source(store, "never")
    offer(store, full, line("old"))
    offer(store, full, line("new"), now=NOW + 1)
    offer(store, full, now=NOW + 2, size=7)
    offer(store, full, now=NOW + 3, status=304, outcome="not_modified")
    offer(store, full, now=NOW + 4, status=500, outcome="failed", failures=1, error="http_500: no")
    offer(store, other, now=NOW + 5)
    found = store.polls.bodies([full.id, other.id, never.id], 100)
    assert {number: [poll.at - NOW for poll in polls] for number, polls in found.items()} == {
        full.id: [2, 1],
        other.id: [5],
    }
    assert found[full.id] == store.polls.latest(full.id, 4)[2:]
    assert store.polls.bodies([full.id], 2) == {}, "two failed or brought nothing"
    first, *_ = reversed(store.polls.latest(full.id, 9))
    assert (first.previous_id, found[full.id][0].previous_id) == (None, found[full.id][1].id)


def test_a_first_poll_that_failed_says_that_no_document_came_before(store: Store) -> None:
    source = add_source(store, "a")
    offer(store, source, status=None, outcome="failed", failures=1, error="dns: no such host")
    offer(store, source, now=NOW + 1, size=80)
    offer(store, source, now=NOW + 2, size=80)
    assert [poll.at - NOW for poll in store.polls.bodies([source.id], 100)[source.id]] == [2, 1, 0]
    assert [poll.at - NOW for poll in store.polls.bodies([source.id], 2)[source.id]] == [2, 1]
