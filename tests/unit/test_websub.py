"""The subscriber's side of WebSub, step by step."""

import hashlib
import hmac
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.websub import protocol
from crawler.websub.protocol import (
    DAY,
    HOUR,
    Announcement,
    Confirmed,
    Denied,
    announcement,
    errand,
    failed,
    form,
    hinted,
    hub_of,
    intent,
    lease_of,
    requested,
    seal,
)
from storage.hub import Subscription
from tests.hub import source

NOW = 1_760_000_000.0
WANTED = Subscription(
    id=1, source_id=1, hub="https://hub.test/", topic="https://a.test/feed", token="t" * 43, secret="s" * 43,
    state="wanted", next_due_at=NOW,
)  # fmt: skip
PENDING = requested(WANTED, callback="https://us.test/websub/t", now=NOW)
QUERY = {
    "hub.mode": "subscribe",
    "hub.topic": "https://a.test/feed",
    "hub.challenge": "abc",
    "hub.lease_seconds": "864000",
}


def verify(subscription, now, **changes):
    query = {**QUERY, **{f"hub.{name}": value for name, value in changes.items()}}
    query = {name: value for name, value in query.items() if value is not None}
    return intent(subscription, query, now=now, chance=0.5)


def verified(now=NOW + 5, **changes):
    verdict = verify(PENDING, now, **changes)
    assert isinstance(verdict, Confirmed)
    return verdict.subscription


# Discovery


def test_headers_come_before_the_document():
    links = (("hub", "https://h.test/"), ("self", "https://a.test/x"))
    found = announcement(
        links, hubs=("https://other.test/",), self_url="https://a.test/y", url="https://a.test/"
    )
    assert found == Announcement(hubs=("https://h.test/",), topic="https://a.test/x")


def test_a_self_link_alone_in_the_headers_does_not_count():
    found = announcement(
        (("self", "https://a.test/x"),), hubs=("https://h.test/",), self_url="https://a.test/y", url="u"
    )
    assert found == Announcement(hubs=("https://h.test/",), topic="https://a.test/y")


def test_a_feed_without_a_name_is_known_by_its_address():
    found = announcement((), hubs=("https://h.test/",), self_url=None, url="https://a.test/feed")
    assert found.topic == "https://a.test/feed"


@pytest.mark.parametrize(
    "hub", ["ftp://h.test/", "javascript:1", "", "https://h.test/\n", "https://h" + "h" * 3000]
)
def test_what_is_no_address_is_no_hub(hub):
    assert announcement((), hubs=(hub,), self_url=hub, url="https://u.test/") == Announcement(
        hubs=(), topic="https://u.test/"
    )


def test_the_hub_we_are_with_stays_and_https_is_preferred():
    announced = Announcement(hubs=("http://a.test/", "https://b.test/"), topic="t")
    assert hub_of(announced, None) == "https://b.test/"
    assert hub_of(announced, replace(WANTED, hub="http://a.test/")) == "http://a.test/"
    assert hub_of(Announcement(hubs=("http://a.test/",), topic="t"), WANTED) == "http://a.test/"
    assert hub_of(Announcement(hubs=(), topic="t"), WANTED) is None


# Asking


def test_a_request_says_what_the_recommendation_wants():
    assert form(PENDING, "subscribe") == {
        "hub.mode": "subscribe",
        "hub.verify": "async",
        "hub.topic": "https://a.test/feed",
        "hub.callback": "https://us.test/websub/t",
        "hub.lease_seconds": "864000",
        "hub.secret": "s" * 43,
    }
    assert set(form(PENDING, "unsubscribe")) == {"hub.mode", "hub.verify", "hub.topic", "hub.callback"}


def test_a_request_waits_an_hour_for_its_verification():
    assert (PENDING.state, PENDING.next_due_at) == ("pending", NOW + HOUR)
    assert errand(WANTED, now=NOW) == "subscribe"
    assert errand(PENDING, now=NOW + HOUR) == "unverified"
    again = failed(PENDING, "silent", now=NOW + HOUR, chance=0.0)
    assert errand(again, now=again.next_due_at) == "subscribe"


def test_a_renewal_leaves_the_subscription_in_force():
    old = verified()
    assert errand(old, now=old.next_due_at) == "subscribe"
    renewing = requested(old, callback="https://us.test/websub/t", now=old.next_due_at)
    assert renewing.state == "verified"
    assert requested(old, callback="c", now=old.lease_until).state == "pending"


def test_failures_double_the_wait_and_end_in_a_rest():
    subscription, waits, now = PENDING, [], NOW
    while subscription.state == "pending":
        subscription = failed(subscription, "timeout", now=now, chance=0.0)
        waits.append(subscription.next_due_at - now)
        now = subscription.next_due_at
    assert waits == [600, 1200, 2400, 4800, 9600, 19200, 38400, protocol.REST]
    assert (subscription.state, subscription.failures) == ("failed", 0)
    assert subscription.last_error == "given up after 8 tries: timeout"
    assert requested(subscription, callback="c", now=now).state == "pending"


def test_a_hub_that_will_never_answer_is_left_alone_at_once():
    assert failed(PENDING, "http_404", now=NOW, chance=0.0, final=True).state == "failed"


def test_a_farewell_is_tried_three_times():
    leaving = replace(PENDING, state="leaving")
    for _ in range(3):
        assert leaving.state == "leaving"
        assert errand(leaving, now=leaving.next_due_at - 1) == "unsubscribe"
        leaving = failed(leaving, "timeout", now=NOW, chance=0.0)
    assert leaving.state == "ended"


def test_what_has_ended_stays_ended():
    ended = replace(PENDING, state="ended")
    assert requested(ended, callback="c", now=NOW + 9) == ended
    assert failed(ended, "http_500", now=NOW, chance=0.0, final=True) == ended


def test_a_farewell_goes_to_the_address_the_hub_knows():
    leaving = replace(PENDING, state="leaving")
    assert requested(leaving, callback="https://new.test/", now=NOW).callback == "https://us.test/websub/t"


# Verification of intent


def test_a_hub_that_verifies_gets_its_challenge():
    verdict = verify(PENDING, NOW + 5)
    assert isinstance(verdict, Confirmed)
    assert verdict.challenge == "abc"
    made = verdict.subscription
    assert (made.state, made.verified_at, made.lease_until) == ("verified", NOW + 5, NOW + 5 + 10 * DAY)
    assert NOW + 5 + 8 * DAY <= made.next_due_at <= NOW + 5 + 9 * DAY


@pytest.mark.parametrize(
    "changes",
    [
        {"topic": "https://a.test/other"},
        {"topic": None},
        {"mode": "unsubscribe"},
        {"mode": None},
        {"mode": "publish"},
        {"challenge": None},
        {"challenge": ""},
        {"challenge": "x" * 1001},
    ],
)
def test_what_was_not_asked_for_is_not_confirmed(changes):
    assert verify(PENDING, NOW + 5, **changes) is None


@pytest.mark.parametrize("state", ["wanted", "denied", "failed", "leaving", "ended"])
def test_only_what_was_asked_for_is_confirmed(state):
    assert verify(replace(PENDING, state=state), NOW + 5) is None


def test_nothing_is_confirmed_that_was_never_asked():
    assert verify(WANTED, NOW) is None
    assert verify(replace(PENDING, requested_at=None), NOW) is None


def test_a_late_verification_is_welcome_for_a_day():
    assert isinstance(verify(PENDING, NOW + 20 * HOUR), Confirmed)
    assert verify(PENDING, NOW + 25 * HOUR) is None


def test_a_late_one_is_welcome_after_it_was_counted_as_failed():
    again = failed(PENDING, "silent", now=NOW + HOUR, chance=0.0)
    verdict = verify(again, NOW + 2 * HOUR)
    assert isinstance(verdict, Confirmed)
    assert (verdict.subscription.failures, verdict.subscription.last_error) == (0, None)


def test_a_replayed_verification_changes_nothing():
    old = verified()
    verdict = verify(old, NOW + 600, lease_seconds="9999")
    assert isinstance(verdict, Confirmed)
    assert verdict.subscription == old
    assert verify(old, NOW + 2 * DAY) is None


def test_a_renewal_is_verified_anew():
    renewing = requested(verified(), callback="c", now=NOW + 8 * DAY)
    verdict = verify(renewing, NOW + 8 * DAY + 1)
    assert isinstance(verdict, Confirmed)
    assert verdict.subscription.lease_until == NOW + 18 * DAY + 1


def test_a_hub_may_deny_at_any_time():
    for subscription in (PENDING, verified()):
        verdict = verify(
            subscription, NOW + 9 * DAY, mode="denied", reason="no\nway " + "x" * 500, challenge=None
        )
        assert isinstance(verdict, Denied)
        assert verdict.subscription.state == "denied"
        assert verdict.subscription.last_error.startswith("the hub denied it: noway xxx")
        assert len(verdict.subscription.last_error) < 250
        assert verdict.subscription.next_due_at == NOW + 9 * DAY + protocol.REST
    assert verify(WANTED, NOW, mode="denied") is None
    assert verify(PENDING, NOW, mode="denied", topic="https://b.test/") is None


def test_a_farewell_is_confirmed_twice_if_need_be():
    leaving = replace(PENDING, state="leaving")
    verdict = verify(leaving, NOW + 5, mode="unsubscribe")
    assert isinstance(verdict, Confirmed)
    assert verdict.subscription.state == "ended"
    assert isinstance(verify(verdict.subscription, NOW + 6, mode="unsubscribe"), Confirmed)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("60", HOUR),
        ("3600", HOUR),
        ("86400", DAY),
        ("31536000", 14 * DAY),
        ("9" * 400, 14 * DAY),
        ("0", HOUR),
        *((nonsense, 10 * DAY) for nonsense in (None, "", "-5", "1e9", "soon", "²", "1.5")),
    ],
)
def test_leases_are_believed_within_limits(text, seconds):
    assert lease_of(text) == seconds


@given(st.dictionaries(st.sampled_from([*QUERY, "hub.reason"]), st.text(max_size=40)), st.floats(-1e6, 1e7))
def test_only_the_right_topic_ever_moves_anything(query, after):
    verdict = intent(PENDING, query, now=NOW + after, chance=0.5)
    if verdict is not None:
        assert query["hub.topic"] == PENDING.topic
        assert verdict.subscription.state in ("verified", "denied")


# Signatures


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_signatures_of_all_kinds_are_known(method):
    made = hmac.new(b"secret", b"body", getattr(hashlib, method)).hexdigest()
    assert seal("secret", b"body", f"{method}={made}") == "signed"
    assert seal("secret", b"body", f" {method.upper()}={made.upper()}") == "signed"
    assert seal("secret", b"body2", f"{method}={made}") == "forged"
    assert seal("other", b"body", f"{method}={made}") == "forged"
    assert seal("secret", b"body", f"{method}={made[:-1]}") == "forged"


@pytest.mark.parametrize(
    "signature", ["md5=" + "0" * 32, "sha256", "sha256=", "=", "sha1=zz", "sha256=" + "é" * 64]
)
def test_what_is_no_signature_is_forged(signature):
    assert seal("secret", b"body", signature) == "forged"


def test_no_signature_is_not_a_forged_one():
    assert seal("secret", b"body", None) == seal("secret", b"body", "") == "unsigned"


@given(st.binary(max_size=50), st.text(max_size=80))
def test_nobody_guesses_a_signature(body, signature):
    assert seal("secret", body, signature) in ("forged", "unsigned")


# Hints


def test_a_hint_brings_a_poll_forward_but_not_within_the_shortest_interval():
    polled = source(state="active", last_polled_at=NOW - 100, next_due_at=NOW + 5000)
    assert hinted(polled, now=NOW, rest=300) == NOW + 200
    assert hinted(polled, now=NOW + 250, rest=300) == NOW + 250
    assert hinted(replace(polled, next_due_at=NOW + 150), now=NOW, rest=300) is None
    assert hinted(replace(polled, last_polled_at=None), now=NOW, rest=300) == NOW


@pytest.mark.parametrize(
    "changes",
    [{"state": "paused"}, {"failures": 1}, {"interval": 7200.0}, {"schedule": {"cron": "0 8 * * *"}}],
)
def test_a_hint_overrules_neither_a_person_nor_a_back_off(changes):
    polled = source(**{"last_polled_at": NOW - 5000, "next_due_at": NOW + 5000, **changes})
    assert hinted(polled, now=NOW, rest=300) is None
