"""The subscriber's side of WebSub (W3C Recommendation of 23 January 2018): every step is a pure function.

A step takes a Subscription and returns what becomes of it; who stores it and who sends is decided elsewhere.
Hubs are not believed: one may promise a lease and never push, push and not sign, or answer nothing at all.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from storage.hub import Subscription
from storage.model import Source

HOUR, DAY = 3600.0, 86400.0
SHORTEST_LEASE, LONGEST_LEASE = HOUR, 14 * DAY
"""A lease outside of these is believed to be this short or long, whatever the hub says."""
WISHED_LEASE = 10 * DAY
VERIFY_WITHIN = HOUR
"""Seconds a hub has to verify a request before it counts as failed; a late one is still welcome."""
LATE = DAY
"""Seconds after a request in which its verification, or a repeated one, is confirmed."""
RETRY = 600.0
MOST_FAILURES = 8
"""Requests in a row that come to nothing before a hub is left alone for ``REST``."""
MOST_GOODBYES = 3
REST = 14 * DAY
"""Seconds until a hub that denied, or never answered, is asked once more."""
_LONGEST_ADDRESS = 2000
_LONGEST_CHALLENGE = 1000
_LONGEST_REASON = 200
_DIGESTS = {
    "sha1": hashlib.sha1,
    "sha256": hashlib.sha256,
    "sha384": hashlib.sha384,
    "sha512": hashlib.sha512,
}
_SIGNATURE = re.compile(r"(sha1|sha256|sha384|sha512)=([0-9a-f]{40,128})", re.IGNORECASE | re.ASCII)

Mode = Literal["subscribe", "unsubscribe"]
Errand = Literal["subscribe", "unsubscribe", "unverified"]
"""What is to be done about a subscription that is due; ``unverified``: the hub let the time go by."""
Seal = Literal["signed", "unsigned", "forged"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """What a document says about its hubs (WebSub, 4)."""

    hubs: tuple[str, ...]
    """Empty when it announces none (any more)."""
    topic: str
    """The address by which the hubs know it (rel=self)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """A hub asked whether we mean it (WebSub, 5.3), and we do: its challenge is to be sent back."""

    challenge: str
    subscription: Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """A hub told us that there will be no subscription (WebSub, 5.2)."""

    subscription: Subscription


def announcement(
    links: Sequence[tuple[str, str]], *, hubs: Sequence[str], self_url: str | None, url: str
) -> Announcement:
    """Return what a document announces: by its Link headers if they name a hub, else by what it says itself.

    ``links`` are (relation, address) of its HTTP answer, ``url`` the address it is known by where it names
    none itself (WebSub, 4).
    """
    named = [address for relation, address in links if relation == "hub"]
    if named:
        hubs = named
        self_url = next((address for relation, address in links if relation == "self"), self_url)
    usable = tuple(dict.fromkeys(hub for hub in hubs if _is_address(hub)))
    topic = self_url if self_url is not None and _is_address(self_url) else url
    return Announcement(hubs=usable, topic=topic)


def _is_address(url: str) -> bool:
    return url.startswith(("https://", "http://")) and len(url) <= _LONGEST_ADDRESS and url.isprintable()


def hub_of(announced: Announcement, current: Subscription | None) -> str | None:
    """Choose a hub: the one we are with if it is still named, else the first with HTTPS, else the first."""
    if current is not None and current.hub in announced.hubs:
        return current.hub
    secure = [hub for hub in announced.hubs if hub.startswith("https://")]
    return next(iter([*secure, *announced.hubs]), None)


# What we ask


def errand(subscription: Subscription, *, now: float) -> Errand:
    """Say what is to be done about a subscription that is due."""
    if _is_awaited(subscription) and subscription.next_due_at <= now:
        return "unverified"
    return "unsubscribe" if subscription.state == "leaving" else "subscribe"


def _is_awaited(subscription: Subscription) -> bool:
    """Whether what it waits for is the hub's verification: everything else gives it another due time."""
    requested = subscription.requested_at
    return requested is not None and subscription.next_due_at == requested + VERIFY_WITHIN


def form(subscription: Subscription, mode: Mode) -> dict[str, str]:
    """Return the fields of a request to the hub (WebSub, 5.1).

    ``hub.verify`` is of PubSubHubbub 0.3: hubs as old as that insist on it, others ignore it.
    """
    fields = {
        "hub.mode": mode,
        "hub.verify": "async",
        "hub.topic": subscription.topic,
        "hub.callback": subscription.callback or "",
    }
    if mode == "subscribe":
        fields |= {"hub.lease_seconds": f"{WISHED_LEASE:.0f}", "hub.secret": subscription.secret}
    return fields


def requested(subscription: Subscription, *, callback: str, now: float) -> Subscription:
    """Return a subscription whose hub is about to be asked; it must be stored before: some verify at once.

    One that is verified stays so while it is renewed; one that has ended meanwhile stays ended.
    """
    state = subscription.state
    if state == "ended":
        return subscription
    if state == "leaving":
        callback = subscription.callback or callback
    elif state != "verified" or (subscription.lease_until or 0.0) <= now:
        state = "pending"
    return replace(
        subscription, state=state, callback=callback, requested_at=now, next_due_at=now + VERIFY_WITHIN
    )


def failed(
    subscription: Subscription, reason: str, *, now: float, chance: float, final: bool = False
) -> Subscription:
    """Return a subscription after a request that came to nothing: again later, ever later, at last not.

    ``final``: to try again makes no sense.
    """
    if subscription.state == "ended":  # the hub did what was asked, whatever it answered
        return subscription
    failures = subscription.failures + 1
    tried = replace(subscription, failures=failures, last_error=reason)
    if subscription.state == "leaving" and (final or failures >= MOST_GOODBYES):
        return replace(tried, state="ended", next_due_at=now)
    if final or failures >= MOST_FAILURES:
        words = reason if final else f"given up after {failures} tries: {reason}"
        return replace(tried, state="failed", last_error=words, failures=0, next_due_at=now + REST)
    wait = min(RETRY * 2.0 ** (failures - 1), DAY) * (1 + 0.2 * chance)
    return replace(tried, next_due_at=now + wait)


def postponed(subscription: Subscription, *, now: float) -> Subscription:
    """Return a subscription whose hub could not be asked yet, because its host wants to be left alone."""
    return replace(subscription, next_due_at=now + RETRY)


# What the hub asks


def intent(
    subscription: Subscription, query: Mapping[str, str], *, now: float, chance: float
) -> Confirmed | Denied | None:
    """Judge a GET to the callback of a subscription; None: we do not mean that, which is answered 404.

    ``query`` holds the parameters ``hub.mode``, ``hub.topic``, ``hub.challenge``, ``hub.lease_seconds``.
    """
    mode, challenge = query.get("hub.mode"), query.get("hub.challenge", "")
    if query.get("hub.topic") != subscription.topic:
        return None
    if mode == "denied" and subscription.state in ("pending", "verified"):
        return Denied(subscription=_denied(subscription, query.get("hub.reason", ""), now=now))
    asked = subscription.requested_at
    if asked is None or not 0 <= now - asked <= LATE or not 0 < len(challenge) <= _LONGEST_CHALLENGE:
        return None
    if mode == "subscribe" and subscription.state in ("pending", "verified"):
        lease = lease_of(query.get("hub.lease_seconds"))
        return Confirmed(
            challenge=challenge, subscription=_verified(subscription, lease, now=now, chance=chance)
        )
    if mode == "unsubscribe" and subscription.state in ("leaving", "ended"):
        return Confirmed(
            challenge=challenge, subscription=replace(subscription, state="ended", next_due_at=now)
        )
    return None


def lease_of(text: str | None) -> float:
    """Read ``hub.lease_seconds``; nonsense and nothing mean the lease we wished for. In seconds."""
    if text is None or not (text.isascii() and text.isdigit()):
        return WISHED_LEASE
    return min(max(float(text[:12]), SHORTEST_LEASE), LONGEST_LEASE)


def _verified(subscription: Subscription, lease: float, *, now: float, chance: float) -> Subscription:
    # The answer to the first verification may have been lost: one repeated is confirmed, and changes nothing.
    again = (subscription.verified_at or 0.0) >= (subscription.requested_at or 0.0)
    if again:
        return subscription
    return replace(
        subscription,
        state="verified",
        verified_at=now,
        lease_until=now + lease,
        next_due_at=now + lease * (0.8 + 0.1 * chance),
        failures=0,
        last_error=None,
    )


def _denied(subscription: Subscription, reason: str, *, now: float) -> Subscription:
    words = "".join(char for char in reason if char.isprintable())[:_LONGEST_REASON]
    said = f"the hub denied it: {words}" if words else "the hub denied it"
    return replace(subscription, state="denied", last_error=said, failures=0, next_due_at=now + REST)


# What the hub pushes


def seal(secret: str, body: bytes, signature: str | None) -> Seal:
    """Judge ``X-Hub-Signature`` (WebSub, 7.1), ``METHOD=HEX``, in a time that tells nothing."""
    if not signature:
        return "unsigned"
    found = _SIGNATURE.fullmatch(signature.strip())
    if found is None:
        return "forged"
    made = hmac.new(secret.encode(), body, _DIGESTS[found[1].lower()]).hexdigest()
    return "signed" if hmac.compare_digest(made, found[2].lower()) else "forged"


def hinted(source: Source, *, now: float, rest: float) -> float | None:
    """Return when a source is to be polled because a hub hinted at news; None: when it is due anyway.

    ``rest`` is the least time between two polls, in seconds. Where a person chose the times, or where polls
    fail, a hint changes nothing.
    """
    if source.state != "active" or source.failures or source.interval is not None or source.schedule:
        return None
    due = max(now, (source.last_polled_at or 0.0) + rest)
    return due if due < source.next_due_at else None
