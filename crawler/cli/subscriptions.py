"""A source's subscription at a hub, in words."""

from crawler.cli.phrases import local, relative
from crawler.websub.trust import opinion
from storage.hub import Subscription

_STATES = {
    "wanted": "the hub is still to be asked",
    "pending": "asked; the hub has still to verify",
    "verified": "subscribed",
    "denied": "denied by the hub",
    "failed": "given up for now",
    "leaving": "to be left",
    "ended": "ended",
}


def subscription_facts(subscription: Subscription, *, now: float) -> list[tuple[str, object]]:
    """Return hub, state, lease, pushes and trust as label and sentence."""
    until, last = subscription.lease_until, subscription.last_push_at
    refused = f", {subscription.refused} not signed as agreed" if subscription.refused else ""
    lease = None if until is None else f"until {local(until)}" if until > now else f"ran out {local(until)}"
    return [
        ("hub", subscription.hub),
        ("topic", subscription.topic),
        ("subscription", _STATES.get(subscription.state, subscription.state)),
        ("hub error", subscription.last_error),
        ("hub's lease", lease),
        ("next request", relative(subscription.next_due_at, now=now)),
        ("pushes", f"{subscription.pushes}{refused}"),
        ("last push", None if last is None else f"{relative(last, now=now)} ({local(last)})"),
        ("trust", opinion(subscription)),
    ]
