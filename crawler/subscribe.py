"""What a poll tells about its source's hub, written in one transaction with the poll.

Without a callback address nothing is ever subscribed and nothing of this happens.
"""

import secrets
from collections.abc import Sequence
from functools import partial

from crawler.settings import Settings
from crawler.websub.protocol import DAY, Announcement, hub_of
from crawler.websub.trust import slowed, weighed
from storage.hub import Subscription
from storage.model import PollCounts, PollResult, Source
from storage.store import Store

Recorded = tuple[PollResult, PollCounts | None]
"""The result of a poll as it was written, and its counts; None where the lease was lost."""


def is_self_contained(result: PollResult) -> bool:
    """Whether a poll changes its own source alone, so that it may share a transaction with others."""
    others = result.entries or result.seen or result.children or result.ended
    return not others and result.url is None and result.state is None


def record_polls(
    store: Store, polls: Sequence[tuple[Source, PollResult]], settings: Settings, *, now: float
) -> list[Recorded]:
    """Write the results of polls, in order, those that change no source but their own in one go.

    To be called in a transaction; ``now`` is epoch seconds.
    """
    together = {source.id: result for source, result in polls if is_self_contained(result)}
    if settings.websub.callback is not None or len(together) < len(polls):
        return [record_poll(store, source, result, settings, now=now) for source, result in polls]
    counts = {found.source_id: found for found in store.sources.record_polls([*together.values()], now=now)}
    return [(result, counts.get(source.id)) for source, result in polls]


def record_poll(
    store: Store, source: Source, result: PollResult, settings: Settings, *, now: float
) -> Recorded:
    """Write the result of a poll, and return how it was written.

    The hub of the source is judged by it, and what the source announces is remembered for the next request.
    """
    if settings.websub.callback is None:
        return result, next(iter(store.sources.record_polls([result], now=now)), None)
    with store.transaction():
        subscription = store.subscriptions.of_source(source.id)
        result = slowed(result, source, subscription, longest=settings.poll.max_interval)
        counts = next(iter(store.sources.record_polls([result], now=now)), None)
        if counts is not None and subscription is not None and result.outcome != "failed":
            judged = partial(weighed, new=counts.new, since=source.last_polled_at)
            store.subscriptions.revise(subscription.id, judged)
        if counts is not None and result.hubs is not None and source.state == "active":
            announced = Announcement(hubs=result.hubs, topic=result.topic or source.url)
            heed(store, source, announced, subscription, now=result.at)
    return result, counts


def brought(store: Store, source: Source) -> int:
    """Return how many new entries pushes have brought since a source was last polled."""
    subscription = store.subscriptions.of_source(source.id)
    return 0 if subscription is None else subscription.brought


def heed(
    store: Store, source: Source, announced: Announcement, current: Subscription | None, *, now: float
) -> None:
    """Want a subscription at the hub a source announces, and leave the one it no longer announces.

    That is done at most once a day: a document that names another hub each time is not run after.
    """
    hub = hub_of(announced, current)
    if current is not None:
        settled = (hub, announced.topic) == (current.hub, current.topic)
        if settled or now - (current.requested_at or 0.0) < DAY:
            return
    if hub is not None:
        store.subscriptions.add(
            source.id,
            hub=hub,
            topic=announced.topic,
            token=secrets.token_urlsafe(32),
            secret=secrets.token_urlsafe(32),
            next_due_at=now,
        )
    elif current is not None:
        store.subscriptions.leave(current.id, now=now)
