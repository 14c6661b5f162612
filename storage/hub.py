"""The noun of WebSub: a subscription at a hub."""

from dataclasses import dataclass
from typing import Literal

SubscriptionState = Literal["wanted", "pending", "verified", "denied", "failed", "leaving", "ended"]
"""``wanted``: the hub is still to be asked. ``pending``: asked, and its verification awaited. ``verified``:
the hub pushes, or should. ``denied``: the hub said no. ``failed``: it did not answer as hubs do, and is left
alone for a while. ``leaving``: it is to be told that nothing more is wanted. ``ended``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A source's subscription at a hub, and what the hub has made of it. Times are epoch seconds."""

    id: int
    source_id: int
    hub: str
    topic: str
    token: str
    """Last part of the callback address; nobody can guess it."""
    secret: str
    """With this the hub signs what it pushes."""
    state: SubscriptionState
    callback: str | None = None
    """The whole callback address as the hub was last told; None before the first request."""
    next_due_at: float
    requested_at: float | None = None
    verified_at: float | None = None
    lease_until: float | None = None
    failures: int = 0
    """Requests in a row that came to nothing."""
    last_error: str | None = None
    pushes: int = 0
    """Signed documents that were pushed and could be read."""
    last_push_at: float | None = None
    refused: int = 0
    """Pushes without a signature, or with a wrong one."""
    brought: int = 0
    """New entries that came by push since the source was last polled."""
    trust: int = 0
    """Polls in a row that found nothing new because pushes had brought it."""
    missed: int = 0
    """Polls that found entries which the hub should have pushed and did not."""

    @property
    def standing(self) -> bool:
        """Whether it is, or is about to be, in force: what is not is over or on its way out."""
        return self.state not in ("leaving", "ended")
