"""Sources: added, found again, changed, removed."""

import pytest

from storage.errors import AlreadyExists, SourceNotFound
from storage.model import NewSource
from storage.store import Store
from tests.keeping import NOW, add_article, add_source, lease, lease_one, line, offer, result


def test_a_new_source_has_what_it_was_given(store: Store) -> None:
    made = store.sources.add(
        NewSource(
            url="https://a.example:8443/feed",
            host="a.example:8443",
            title="Äbc",
            site_url="https://a.example",
            language="de",
            country="AT",
            tags=("news", "Über"),
            interval=900.0,
            next_due_at=NOW + 5,
        ),
        now=NOW,
    )
    again = store.sources.get(made.id)
    assert again == made
    assert (made.host, made.tags, made.interval, made.next_due_at) == (
        "a.example:8443",
        ("news", "Über"),
        900.0,
        NOW + 5,
    )
    assert (made.state, made.kind, made.created_at, made.failures, made.etag) == (
        "active",
        "feed",
        NOW,
        0,
        None,
    )


def test_the_same_url_twice(store: Store) -> None:
    made = add_source(store, "a")
    with pytest.raises(AlreadyExists) as caught:
        add_source(store, "a")
    assert caught.value.existing_id == made.id
    assert len(store.sources.list()) == 1


def test_a_source_crawled_once_can_be_followed(store: Store) -> None:
    once = add_source(store, "a", state="once")
    assert store.sources.list() == []
    assert lease(store) == [], "nobody follows it yet"
    with pytest.raises(AlreadyExists):
        add_source(store, "a", state="once")
    followed = add_source(store, "a", state="active", tags=("x",), next_due_at=NOW)
    assert (followed.id, followed.state, followed.tags) == (once.id, "active", ("x",))
    assert len(lease(store)) == 1


def test_long_urls(store: Store) -> None:
    for last in "xy":
        url = f"https://a.example/?q={'é%' * 4000}{last}"
        store.sources.add(NewSource(url=url, host="a.example"), now=NOW)
        assert store.sources.get(url).url == url
    assert len(store.sources.list()) == 2


class TestGet:
    def test_by_number_url_title_and_part(self, store: Store) -> None:
        one = add_source(store, "one", title="Kompas – Ekonomi")
        add_source(store, "two", title="Tempo")
        for ref in (one.id, str(one.id), one.url, "kompas – ekonomi", "EKONOMI", "ONE.xml"):
            assert store.sources.get(ref) == one, ref

    def test_a_whole_title_goes_before_a_part(self, store: Store) -> None:
        short = add_source(store, "one", title="Tempo")
        add_source(store, "two", title="Tempo Bisnis")
        assert store.sources.get("tempo") == short

    def test_several_are_meant(self, store: Store) -> None:
        for name in "abcd":
            add_source(store, name, title=f"Antara {name}")
        with pytest.raises(
            SourceNotFound, match=r"several sources .*1 \(Antara a\).*and others; name one"
        ) as caught:
            store.sources.get("antara")
        assert caught.value.ref == "antara"

    def test_near_ones_are_named(self, store: Store) -> None:
        add_source(store, "one", title="Liputan Enam")
        with pytest.raises(SourceNotFound, match="no source 'liputan enm'; did you mean Liputan Enam"):
            store.sources.get("liputan enm")
        with pytest.raises(SourceNotFound, match="no source 'zebra'; `kabar sources` lists them"):
            store.sources.get("zebra")

    @pytest.mark.parametrize(
        "ref", [0, -1, 2**70, "", "  ", "nothing like it", "%", "_", "\\", "\0", "\ud800", "9" * 40]
    )
    def test_not_found(self, store: Store, ref: int | str) -> None:
        add_source(store, "a")
        with pytest.raises(SourceNotFound):
            store.sources.get(ref)

    def test_a_number_may_be_part_of_a_title(self, store: Store) -> None:
        made = add_source(store, "a", title="Kanal 24")
        assert store.sources.get("24") == made

    def test_by_ids(self, store: Store) -> None:
        one, two = add_source(store, "a"), add_source(store, "b")
        assert store.sources.by_ids([two.id, 99, one.id]) == {one.id: one, two.id: two}


def test_list_by_state_and_tag(store: Store) -> None:
    one = add_source(store, "one", tags=("Politik", "id"))
    two = add_source(store, "two", tags=("sport",), state="paused")
    once = add_source(store, "three", state="once")
    assert store.sources.list() == [one, two]
    assert store.sources.list(states=["once"]) == [once]
    assert store.sources.list(states="once") == [once]  # type: ignore[arg-type]  # it is what is tested
    with pytest.raises(ValueError, match="states: takes active, paused, gone, once, done, not 'foo'"):
        store.sources.list(states=["foo"])  # type: ignore[list-item]  # it is what is tested
    assert store.sources.list(tag="POLITIK") == [one]
    assert store.sources.list(tag="pol") == []


class TestUpdate:
    def test_changes_are_kept(self, store: Store) -> None:
        made = add_source(store, "a")
        changed = store.sources.update(
            made.id,
            now=NOW,
            title="Neu",
            language="de",
            country="DE",
            tags=("x",),
            interval=60.0,
            state="paused",
            next_due_at=NOW + 9,
        )
        assert changed == store.sources.get(made.id)
        assert (changed.title, changed.tags, changed.state, changed.next_due_at) == (
            "Neu",
            ("x",),
            "paused",
            NOW + 9,
        )
        assert store.sources.get("neu") == changed
        assert store.sources.update(made.id, now=NOW) == changed

    def test_a_value_can_be_taken_back(self, store: Store) -> None:
        made = add_source(store, "a", interval=60.0)
        assert store.sources.update(made.id, now=NOW, interval=None, title=None).interval is None
        assert store.sources.get(made.id).title is None

    def test_an_earlier_time_wakes_the_host(self, store: Store) -> None:
        made = add_source(store, "a", next_due_at=NOW + 1000)
        assert lease(store) == []
        store.sources.update(made.id, now=NOW, next_due_at=NOW)
        assert len(lease(store)) == 1

    def test_a_new_url_forgets_the_validators_of_the_old(self, store: Store) -> None:
        made = add_source(store, "a")
        other = add_source(store, "b")
        [held] = lease(store, only=["a.example"])
        poll = result(
            held, made, etag='"1"', last_modified="x", body_hash="h", moved_to="https://c", moved_seen=2
        )
        store.sources.record_polls([poll], now=NOW)
        moved = store.sources.update(made.id, now=NOW, url="https://B.example/new")
        assert (moved.url, moved.host) == ("https://B.example/new", "b.example")
        assert (moved.etag, moved.last_modified, moved.body_hash, moved.moved_to, moved.moved_seen) == (
            *(None, None, None, None),
            0,
        )
        assert moved.host_id == other.host_id
        with pytest.raises(AlreadyExists) as caught:
            store.sources.update(made.id, now=NOW, url=other.url)
        assert caught.value.existing_id == other.id
        assert store.sources.update(made.id, now=NOW, url=moved.url) == moved

    def test_the_host_of_a_new_url_can_be_given(self, store: Store) -> None:
        made = add_source(store, "a")
        assert store.sources.update(made.id, now=NOW, url="https://x.example/f", host="lane").host == "lane"

    def test_wrong_names_and_numbers(self, store: Store) -> None:
        made = add_source(store, "a")
        with pytest.raises(TypeError, match="colour"):
            store.sources.update(made.id, now=NOW, colour="red")
        with pytest.raises(SourceNotFound):
            store.sources.update(99, now=NOW, title="x")


class TestRemove:
    def test_waiting_entries_go_and_finished_ones_stay(self, store: Store) -> None:
        made = add_source(store, "a")
        done, waiting = offer(store, made, line("done"), line("waiting"))
        article = add_article(store, "done", source=made)
        store.entries.finish(done.id, outcome="stored", article_id=article, now=NOW)
        store.sources.remove(made.id)
        assert store.entries.waiting([made.id]) == 0
        assert store.entries.history(url_keys=[waiting.url_key]) == []
        [kept] = store.entries.history(url_keys=[done.url_key])
        assert (kept.outcome, kept.article_id) == ("stored", article)
        assert store.articles.get(article).sources == (made.url,)
        counts = store.entries.accounting()
        assert (counts["offered"], counts["stored"], counts["deferred"]) == (1, 1, 0)

    def test_one_asked_for_again_keeps_its_article(self, store: Store) -> None:
        made = add_source(store, "a")
        [entry] = offer(store, made, line("x", title="old"))
        article = add_article(store, "x", source=made)
        store.entries.finish(entry.id, outcome="stored", article_id=article, now=NOW)
        offer(store, made, line("x", title="new"), now=NOW + 1e6)
        assert store.entries.accounting()["deferred"] == 1
        store.sources.remove(made.id)
        assert store.entries.get(entry.id).outcome == "unchanged"
        assert store.entries.get(entry.id).article_id == article

    def test_it_is_gone_from_every_list(self, store: Store) -> None:
        made = add_source(store, "a")
        store.sources.remove(made.id)
        assert store.sources.list(states=["active", "paused", "gone", "once"]) == []
        assert lease(store) == [] or store.sources.due(lease(store), now=NOW, per_host=9) == {}
        for ref in (made.id, made.url, "a"):
            with pytest.raises(SourceNotFound):
                store.sources.get(ref)
        with pytest.raises(SourceNotFound):
            store.sources.remove(made.id)
        assert sum(store.status(now=NOW).sources.values()) == 0

    def test_a_poll_under_way_is_dropped(self, store: Store) -> None:
        made = add_source(store, "a")
        [held] = lease(store)
        store.sources.remove(made.id)
        assert store.sources.record_polls([result(held, made, line("x"))], now=NOW) == []
        assert store.entries.accounting()["offered"] == 0

    def test_it_comes_back_and_reads_everything_again(self, store: Store) -> None:
        made = add_source(store, "a")
        offer(store, made, line("x"), etag='"1"', body_hash="h")
        store.sources.remove(made.id)
        back = add_source(store, "a", now=NOW + 5)
        assert (back.id, back.state, back.etag, back.body_hash) == (made.id, "active", None, None)
        [entry] = offer(store, back, line("x"), now=NOW + 10)
        assert entry.outcome is None


def test_due_gives_the_oldest_of_each_host(store: Store) -> None:
    for number in range(4):
        add_source(store, f"a{number}", host="a.example", next_due_at=NOW - number)
    later = add_source(store, "later", host="a.example", next_due_at=NOW + 1)
    paused = add_source(store, "paused", host="a.example", state="paused")
    other = add_source(store, "b")
    leases = lease(store)
    found = store.sources.due(leases, now=NOW, per_host=3)
    assert [source.title for source in found[later.host_id]] == ["a3", "a2", "a1"]
    assert found[other.host_id] == [other]
    assert {source.host for source in found[later.host_id]} == {"a.example"}
    everything = store.sources.due(leases, now=NOW + 1, per_host=99)[later.host_id]
    assert {source.title for source in everything} == {"a0", "a1", "a2", "a3", "later"}
    assert paused.id not in {source.id for source in everything}
    assert store.sources.due([], now=NOW, per_host=3) == {}


def test_a_move_to_another_host_during_a_poll_drops_the_poll(store: Store) -> None:
    made = add_source(store, "a")
    held = lease_one(store, "a.example")
    store.sources.update(made.id, now=NOW, url="https://b.example/f")
    assert store.sources.record_polls([result(held, made)], now=NOW) == []
