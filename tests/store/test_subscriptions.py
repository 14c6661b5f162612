"""Subscriptions at hubs, as the store keeps them."""

from dataclasses import replace
from functools import partial

from crawler.websub.protocol import requested
from crawler.websub.trust import weighed
from tests.keeping import NOW, add_source, give_back, lease_one, line, offer, result

HUB = "https://hub.example/"


def want(store, source, *, name="a", hub=HUB, now=NOW):
    return store.subscriptions.add(
        source.id, hub=hub, topic=source.url, token=f"token-{name}", secret="secret", next_due_at=now
    )


def ask(store, subscription, *, now=NOW):
    change = partial(requested, callback=f"https://us.example/websub/{subscription.token}", now=now)
    return store.subscriptions.revise(subscription.id, change)


def test_what_is_wanted_is_due(store):
    source = add_source(store)
    wanted = want(store, source)
    assert (wanted.state, wanted.source_id, wanted.pushes, wanted.trust) == ("wanted", source.id, 0, 0)
    assert store.subscriptions.of_source(source.id) == wanted
    assert store.subscriptions.by_token("token-a") == wanted
    assert store.subscriptions.by_token("token-b") is None
    assert store.subscriptions.by_token("nul\0") is None
    assert store.subscriptions.due(now=NOW - 1, limit=9) == []
    assert store.subscriptions.due(now=NOW, limit=9) == [wanted]


def test_the_longest_due_come_first_and_not_too_many(store):
    due = [want(store, add_source(store, f"s{n}"), name=str(n), now=NOW - n) for n in range(4)]
    assert store.subscriptions.due(now=NOW, limit=3) == due[:0:-1]


def test_a_revision_is_made_from_what_stands(store):
    wanted = want(store, add_source(store))
    asked = ask(store, wanted)
    assert asked.state == "pending"
    assert store.subscriptions.by_token("token-a") == asked
    store.subscriptions.count_refused(asked.id)
    again = store.subscriptions.revise(asked.id, lambda current: replace(current, state="verified"))
    assert (again.refused, again.state) == (1, "verified")
    assert store.subscriptions.revise(999, lambda current: current) is None


def test_another_hub_takes_the_place_of_the_first_which_is_left(store):
    source = add_source(store)
    old = ask(store, want(store, source))
    new = want(store, source, name="b", hub="https://other.example/", now=NOW + 5)
    assert store.subscriptions.of_source(source.id) == new
    left = store.subscriptions.by_token(old.token)
    assert (left.state, left.next_due_at) == ("leaving", NOW + 5)
    assert store.subscriptions.due(now=NOW + 5, limit=9) == [left, new]


def test_a_hub_that_was_never_asked_is_left_without_a_word(store):
    wanted = want(store, add_source(store))
    store.subscriptions.leave(wanted.id, now=NOW)
    assert store.subscriptions.by_token("token-a").state == "ended"
    assert store.subscriptions.due(now=NOW, limit=9) == []


def test_sources_no_longer_polled_are_let_go(store):
    sources = [add_source(store, name) for name in ("paused", "removed", "active")]
    for source in sources:
        ask(store, want(store, source, name=source.title))
    store.sources.update(sources[0].id, now=NOW, state="paused")
    store.sources.remove(sources[1].id)
    assert store.subscriptions.settle(now=NOW + 1) == 2
    assert store.subscriptions.settle(now=NOW + 1) == 0
    states = [store.subscriptions.by_token(f"token-{name}").state for name in ("paused", "removed", "active")]
    assert states == ["leaving", "leaving", "pending"]


def test_another_callback_address_is_told_to_every_hub(store):
    asked = ask(store, want(store, add_source(store)))
    want(store, add_source(store, "b"), name="b")
    assert store.subscriptions.rebase("https://us.example/websub", now=NOW + 9) == 0
    assert store.subscriptions.rebase("https://new.example/websub", now=NOW + 9) == 1
    moved = store.subscriptions.by_token(asked.token)
    assert (moved.state, moved.next_due_at) == ("wanted", NOW + 9)


def test_all_end_when_nothing_can_be_received(store):
    ask(store, want(store, add_source(store)))
    assert store.subscriptions.end_all() == 1
    assert store.subscriptions.end_all() == 0
    assert store.subscriptions.counts() == {}
    assert store.subscriptions.prune(before=NOW) == 0
    assert store.subscriptions.prune(before=NOW + 86400) == 1
    assert store.subscriptions.by_token("token-a") is None


def push(store, source, subscription, *lines, now=NOW + 60):
    held = lease_one(store, source.host, now=now)
    counts = store.subscriptions.deliver(subscription.id, result(held, source, *lines, now=now), now=now)
    give_back(store, held, now=now)
    return counts


def test_what_is_pushed_waits_in_the_frontier_and_is_no_poll(store):
    source = add_source(store)
    offer(store, source, line("old"), etag='"v1"', body_hash="h1")
    before = store.sources.get(source.id)
    wanted = want(store, source)
    counts = push(store, source, wanted, line("old"), line("new"), line("newer"))
    assert (counts.new, counts.known) == (2, 1)
    after = store.sources.get(source.id)
    assert replace(after, last_new_at=before.last_new_at) == before
    assert after.last_new_at == NOW + 60
    assert len(store.polls.latest(source.id, 9)) == 1
    assert store.entries.accounting()["deferred"] == 3
    assert store.hosts.next_due_at() is not None
    kept = store.subscriptions.by_token("token-a")
    assert (kept.pushes, kept.brought, kept.last_push_at) == (1, 2, NOW + 60)


def test_the_same_push_again_brings_nothing(store):
    source = add_source(store)
    wanted = want(store, source)
    push(store, source, wanted, line("new"))
    assert push(store, source, wanted, line("new"), now=NOW + 90).new == 0
    kept = store.subscriptions.by_token("token-a")
    assert (kept.pushes, kept.brought) == (2, 1)
    assert store.entries.accounting()["offered"] == 1


def test_a_push_under_a_lost_lease_is_dropped_whole(store):
    source = add_source(store)
    wanted = want(store, source)
    held = lease_one(store, source.host, ttl=10)
    lease_one(store, source.host, now=NOW + 20, owner="other")
    late = result(held, source, line("new"), now=NOW + 21)
    assert store.subscriptions.deliver(wanted.id, late, now=NOW + 21) is None
    assert store.entries.accounting()["offered"] == 0
    assert store.subscriptions.by_token("token-a").pushes == 0


def test_a_push_to_a_removed_source_is_dropped(store):
    source = add_source(store)
    wanted = want(store, source)
    store.sources.remove(source.id)
    assert push(store, source, wanted, line("new")) is None


def test_the_status_counts_them(store):
    assert store.status(now=NOW).subscriptions == {}
    verified = want(store, add_source(store))
    want(store, add_source(store, "b"), name="b")
    store.subscriptions.revise(
        verified.id, lambda current: replace(current, state="verified", trust=1, brought=1)
    )
    assert store.status(now=NOW).subscriptions == {"verified": 1, "wanted": 1, "trusted": 0}
    store.subscriptions.revise(verified.id, partial(weighed, new=0, since=NOW))
    assert store.status(now=NOW).subscriptions["trusted"] == 1


def test_a_clock_that_ran_ahead_is_mended(store):
    wanted = want(store, add_source(store), now=NOW + 10 * 365 * 86400)
    assert store.mend_clock(now=NOW, longest=86400) == 1
    assert store.subscriptions.by_token(wanted.token).next_due_at == NOW
