"""How far a hub is believed. Trust is earned by polls that a push made needless, and lost at one blow.

Hubs that take a subscription and never push are common, so polling goes on whatever a hub promises. It slows
down only as far as trust allows, and no slower than once an hour.
"""

from dataclasses import replace

from storage.hub import Subscription
from storage.model import PollResult, Source

MOST_PATIENCE = 3
"""Most by which the time between polls is stretched."""
LONGEST_STRETCH = 3600.0
"""Seconds beyond which no time between polls is stretched."""
_QUIET = ("unchanged", "not_modified")


def patience(subscription: Subscription | None, *, now: float) -> float:
    """Return the factor, at least 1, by which a source may wait longer for its next poll.

    It grows with the polls in a row that found nothing because the hub had pushed it, and is 1 when the
    subscription is not in force.
    """
    if subscription is None or subscription.state != "verified" or (subscription.lease_until or 0.0) <= now:
        return 1.0
    return float(min(max(subscription.trust, 1), MOST_PATIENCE))


def weighed(subscription: Subscription, *, new: int, since: float | None) -> Subscription:
    """Return a subscription after a poll that found ``new`` entries which no push had brought.

    ``since`` is the epoch seconds of the poll before. What appeared before the hub had verified was not the
    hub's to push, and is not held against it.
    """
    if new and _was_bound(subscription, since):
        return replace(subscription, trust=0, missed=subscription.missed + 1, brought=0)
    if new:
        return replace(subscription, trust=0, brought=0)
    if subscription.brought:
        return replace(subscription, trust=subscription.trust + 1, brought=0)
    return subscription


def _was_bound(subscription: Subscription, since: float | None) -> bool:
    verified = subscription.verified_at
    return (
        subscription.state == "verified" and verified is not None and since is not None and verified <= since
    )


def slowed(
    result: PollResult, source: Source, subscription: Subscription | None, *, longest: float
) -> PollResult:
    """Return the result of a poll with its next one put off as far as its hub is trusted.

    Only after a quiet poll, never where a person chose the times, and never beyond an hour or ``longest``
    (seconds).
    """
    # A quiet poll that a push made needless counts already.
    judged = None if subscription is None else weighed(subscription, new=0, since=source.last_polled_at)
    factor = patience(judged, now=result.at)
    chosen = source.interval is not None or bool(source.schedule)
    wait = result.next_due_at - result.at
    stretched = min(wait * factor, LONGEST_STRETCH, longest)
    if result.outcome not in _QUIET or chosen or stretched <= wait:
        return result
    why = f"{result.due_reason}; a hub pushes it: polls are spread {factor:.0f} x"
    return replace(result, next_due_at=result.at + stretched, due_reason=why)


def opinion(subscription: Subscription) -> str:
    """Say in a sentence what the hub is worth so far."""
    if subscription.refused and not subscription.pushes:
        return "none: it does not sign what it pushes, which is taken as a hint to poll at most"
    if subscription.missed and not subscription.pushes:
        times = "1 poll" if subscription.missed == 1 else f"{subscription.missed} polls"
        return f"distrusted: it has never pushed, although {times} found news; polling goes on as before"
    if not subscription.pushes:
        return "none yet: nothing was pushed so far"
    if subscription.trust > 1:
        return f"{subscription.trust} polls in a row found nothing that it had not pushed"
    if subscription.missed:
        return "little: polls have found what it did not push"
    return "not yet earned"
