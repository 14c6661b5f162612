"""Trust in hubs: earned slowly, lost at one blow."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.websub.trust import opinion, patience, slowed, weighed
from storage.hub import Subscription
from storage.model import Lease, PollResult
from tests.hub import source

NOW = 1_760_000_000.0
VERIFIED = Subscription(
    id=1, source_id=1, hub="https://hub.test/", topic="https://a.test/feed", token="t", secret="s",
    state="verified", next_due_at=NOW + 9000, requested_at=NOW - 5000, verified_at=NOW - 4990,
    lease_until=NOW + 86400,
)  # fmt: skip


def quiet(wait=600.0, outcome="unchanged"):
    lease = Lease(host_id=1, host="a.test", owner="me", until=NOW + 60, backoff=0.0)
    return PollResult(
        lease=lease,
        source_id=1,
        at=NOW,
        outcome=outcome,
        next_due_at=NOW + wait,
        due_reason="nothing new: 10 min",
    )


def test_a_hub_earns_trust_poll_by_poll():
    subscription, factors = VERIFIED, []
    for _ in range(5):
        subscription = weighed(replace(subscription, brought=2), new=0, since=NOW - 600)
        factors.append(patience(subscription, now=NOW))
    assert factors == [1.0, 2.0, 3.0, 3.0, 3.0]
    assert subscription.brought == 0


def test_a_promise_alone_earns_nothing():
    silent = VERIFIED
    for _ in range(10):
        silent = weighed(silent, new=0, since=NOW - 600)
    assert patience(silent, now=NOW) == 1.0


def test_one_entry_that_was_not_pushed_ends_trust():
    trusted = replace(VERIFIED, trust=9, brought=5, pushes=40)
    after = weighed(trusted, new=1, since=NOW - 600)
    assert (after.trust, after.missed, after.brought) == (0, 1, 0)
    assert patience(after, now=NOW) == 1.0


def test_what_appeared_before_the_hub_had_verified_is_not_held_against_it():
    for since in (None, NOW - 5000):
        assert weighed(VERIFIED, new=3, since=since).missed == 0
    assert weighed(replace(VERIFIED, state="pending"), new=3, since=NOW).missed == 0


@pytest.mark.parametrize(
    "changes", [{"state": "pending"}, {"state": "failed"}, {"lease_until": NOW}, {"lease_until": None}]
)
def test_only_what_is_in_force_is_relied_on(changes):
    assert patience(replace(VERIFIED, trust=5, **changes), now=NOW) == 1.0
    assert patience(None, now=NOW) == 1.0


def test_polls_are_spread_and_it_is_said():
    result = slowed(quiet(), source(), replace(VERIFIED, trust=5), longest=86400)
    assert result.next_due_at == NOW + 1800
    assert result.due_reason == "nothing new: 10 min; a hub pushes it: polls are spread 3 x"


@pytest.mark.parametrize(
    ("wait", "longest", "spread"),
    [(600, 86400, 1800), (1500, 86400, 3600), (5000, 86400, 5000), (600, 900, 900)],
)
def test_no_poll_is_put_off_beyond_an_hour(wait, longest, spread):
    result = slowed(quiet(wait), source(), replace(VERIFIED, trust=5), longest=longest)
    assert result.next_due_at - NOW == spread


@pytest.mark.parametrize("outcome", ["new", "failed"])
def test_only_quiet_polls_are_spread(outcome):
    result = quiet(outcome=outcome)
    assert slowed(result, source(), replace(VERIFIED, trust=5), longest=86400) == result


@pytest.mark.parametrize("chosen", [{"interval": 600.0}, {"schedule": {"cron": "* * * * *"}}])
def test_what_a_person_chose_stands(chosen):
    assert slowed(quiet(), source(**chosen), replace(VERIFIED, trust=5), longest=86400) == quiet()


@given(
    trust=st.integers(0, 10**6), wait=st.floats(1, 10**6), longest=st.floats(1, 10**6),
    steps=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=20),
)  # fmt: skip
def test_patience_is_bounded_whatever_happens(trust, wait, longest, steps):
    subscription = replace(VERIFIED, trust=trust)
    for brought, new in steps:
        subscription = weighed(replace(subscription, brought=brought), new=new, since=NOW)
        assert subscription.trust == 0 or not new
    assert 1 <= patience(subscription, now=NOW) <= 3
    after = slowed(quiet(wait), source(), subscription, longest=longest).next_due_at - NOW
    assert wait - 1e-3 <= after <= max(wait, min(3600, longest, 3 * wait)) + 1e-3


def test_opinions_are_said_in_words():
    assert opinion(VERIFIED) == "none yet: nothing was pushed so far"
    assert opinion(replace(VERIFIED, missed=1)).startswith(
        "distrusted: it has never pushed, although 1 poll found"
    )
    assert "although 7 polls found news" in opinion(replace(VERIFIED, missed=7))
    assert opinion(replace(VERIFIED, missed=7, refused=2)).startswith("none: it does not sign")
    assert opinion(replace(VERIFIED, pushes=1)) == "not yet earned"
    assert opinion(replace(VERIFIED, pushes=9, trust=4)).startswith("4 polls in a row")
    assert opinion(replace(VERIFIED, pushes=9, missed=4)).startswith("little")
