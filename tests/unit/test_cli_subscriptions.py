"""Subscriptions as the command line shows them."""

from dataclasses import replace

from crawler.cli.records import subscription_record
from crawler.cli.status import hubs
from crawler.cli.subscriptions import subscription_facts
from storage.hub import Subscription

NOW = 1_760_000_000.0
VERIFIED = Subscription(
    id=1, source_id=1, hub="https://hub.test/", topic="https://a.test/feed", token="the-token",
    secret="the-secret", state="verified", callback="https://us.test/websub/the-token",
    next_due_at=NOW + 9000, requested_at=NOW - 5000, verified_at=NOW - 4990, lease_until=NOW + 86400,
    pushes=3, last_push_at=NOW - 60, refused=2,
)  # fmt: skip


def test_a_subscription_is_told_in_words():
    facts = dict(subscription_facts(VERIFIED, now=NOW))
    assert facts["subscription"] == "subscribed"
    assert facts["hub's lease"].startswith("until ")
    assert facts["pushes"] == "3, 2 not signed as agreed"
    assert facts["trust"] == "not yet earned"
    late = dict(subscription_facts(replace(VERIFIED, state="failed", last_error="http_404"), now=NOW + 90000))
    assert late["hub's lease"].startswith("ran out ")
    assert (late["subscription"], late["hub error"]) == ("given up for now", "http_404")
    unheard = subscription_facts(replace(VERIFIED, state="mystery"), now=NOW)  # type: ignore[arg-type]
    assert dict(unheard)["subscription"] == "mystery"


def test_what_only_the_hub_may_know_is_never_shown():
    shown = repr([subscription_record(VERIFIED), subscription_facts(VERIFIED, now=NOW)])
    assert "the-token" not in shown
    assert "the-secret" not in shown
    assert subscription_record(VERIFIED)["lease_until"] == "2025-10-10T08:53:20+00:00"


def test_the_status_tells_of_hubs_in_one_line():
    assert hubs({}) == ""
    assert (
        hubs({"verified": 1200, "trusted": 3, "denied": 1}) == "1,200 subscribed, 3 of them trusted, 1 denied"
    )
    assert hubs({"verified": 1, "trusted": 0}) == "1 subscribed"
