"""Subscriptions: which source is pushed by which hub, and how far the hub keeps its word.

A source has one subscription that stands, and perhaps older ones that the hub is still to be told to end.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, exists, func, literal, select, update

from storage import offers, polls, tables
from storage.database import Database
from storage.hub import Subscription
from storage.model import PollCounts, PollResult
from storage.values import clean

_NAMES = tuple(field.name for field in fields(Subscription))
_table = tables.subscriptions
_columns = [_table.c[name] for name in _NAMES]
_OVER = ("leaving", "ended")
_IN_FORCE = ("wanted", "pending", "verified")

Revise = Callable[[Subscription], Subscription]


class Subscriptions:
    """The subscriptions of a store."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(
        self, source_id: int, *, hub: str, topic: str, token: str, secret: str, next_due_at: float
    ) -> Subscription:
        """Want a subscription; an earlier one of the source, at another hub, is to be left."""
        with self._db.write() as connection:
            for standing in _fetch(connection, _table.c.source_id == source_id, *_standing()):
                _change(connection, _table.c.id == standing.id, **_left(standing, next_due_at))
            values = {"hub": hub, "topic": topic, "token": token, "secret": secret, "state": "wanted"}
            statement = self._db.insert(_table).values(source_id=source_id, next_due_at=next_due_at, **values)
            added = connection.scalar(statement.returning(_table.c.id))
            return _fetch(connection, _table.c.id == added)[0]

    def of_source(self, source_id: int) -> Subscription | None:
        """Return the subscription of a source that stands, or None."""
        with self._db.read() as connection:
            return _only(_fetch(connection, _table.c.source_id == source_id, *_standing()))

    def by_token(self, token: str) -> Subscription | None:
        """Return the subscription with this callback token, or None."""
        with self._db.read() as connection:
            return _only(_fetch(connection, _table.c.token == clean(token)))

    def due(self, *, now: float, limit: int) -> list[Subscription]:
        """Return subscriptions for which something is to be done, the longest due first."""
        with self._db.read() as connection:
            due = (_table.c.next_due_at <= now, _table.c.state != "ended")
            return _fetch(connection, *due, limit=limit)

    def revise(self, number: int, decide: Revise) -> Subscription | None:
        """Change a subscription as ``decide`` says from what it is now; None when it is no longer there.

        Nobody else can change it in between.
        """
        with self._db.write() as connection:
            found = _only(_fetch(connection, _table.c.id == number, lock=True))
            if found is None:
                return None
            wanted = decide(found)
            changed = {name: getattr(wanted, name) for name in _NAMES if name != "id"}
            changed = {name: value for name, value in changed.items() if value != getattr(found, name)}
            _change(connection, _table.c.id == number, **changed)
            return wanted

    def leave(self, number: int, *, now: float) -> None:
        """Let go of a subscription: its hub is to be told, if it was ever asked."""
        with self._db.write() as connection:
            for found in _fetch(connection, _table.c.id == number, *_standing()):
                _change(connection, _table.c.id == number, **_left(found, now))

    def count_refused(self, number: int) -> None:
        """Count a push that was not signed as agreed."""
        with self._db.write() as connection:
            _change(connection, _table.c.id == number, refused=_table.c.refused + 1)

    def settle(self, *, now: float) -> int:
        """Let go of what is subscribed for sources that are no longer polled; return how many."""
        sources = tables.sources
        polled = exists().where(sources.c.id == _table.c.source_id, sources.c.state == "active")
        with self._db.read() as connection:  # usually there is nothing to write
            lost = _fetch(connection, ~polled, *_standing())
        for subscription in lost:
            self.leave(subscription.id, now=now)
        return len(lost)

    def rebase(self, base: str, *, now: float) -> int:
        """Want anew what hubs were told another callback address for than ``base``, a slash and the token.

        Returns how many.
        """
        moved = _table.c.callback != literal(f"{base}/").op("||")(_table.c.token)
        with self._db.write() as connection:
            return _change(
                connection, moved, _table.c.state.in_(_IN_FORCE), state="wanted", next_due_at=now, failures=0
            )

    def end_all(self) -> int:
        """End every subscription here, without a word to the hubs; return how many."""
        with self._db.write() as connection:
            return _change(connection, _table.c.state != "ended", state="ended")

    def prune(self, *, before: float) -> int:
        """Forget subscriptions that ended and were last due before (epoch seconds); return how many."""
        over = (_table.c.state == "ended", _table.c.next_due_at < before)
        with self._db.write() as connection:
            return connection.execute(delete(_table).where(*over)).rowcount

    def deliver(self, number: int, pushed: PollResult, *, now: float) -> PollCounts | None:
        """Offer the entries that a hub pushed, under the lease of the source's host, and count the push.

        Of ``pushed`` only lease, source, time and entries are looked at: it is no poll, so neither the
        validators nor the schedule of the source change. Returns None when the lease was lost.
        """
        with self._db.write() as connection:
            host_ids = offers.hosts_of(self._db, connection, [pushed])
            valid, _ = polls.fenced(self._db, connection, [pushed], now)
            if not valid:
                return None
            [counts] = offers.offer(self._db, connection, valid, host_ids)
            if counts.new:
                sources = tables.sources
                news = update(sources).where(sources.c.id == pushed.source_id)
                connection.execute(news.values(last_new_at=pushed.at))
            _change(
                connection,
                _table.c.id == number,
                pushes=_table.c.pushes + 1,
                brought=_table.c.brought + counts.new,
                last_push_at=pushed.at,
            )
            return counts

    def counts(self) -> Mapping[str, int]:
        """Count by state, without those that ended; ``trusted`` counts those a push was relied on."""
        query = select(_table.c.state, func.count()).where(_table.c.state != "ended")
        trusted = select(func.count()).where(_table.c.state == "verified", _table.c.trust > 1)
        with self._db.read() as connection:
            found = {state: count for state, count in connection.execute(query.group_by(_table.c.state))}  # noqa: C416 - mypy needs to see the pair
            return {**found, "trusted": connection.scalar(trusted) or 0} if found else {}


def _standing() -> tuple[ColumnElement[bool], ...]:
    return (_table.c.state.not_in(_OVER),)


def _left(subscription: Subscription, now: float) -> dict[str, Any]:
    """Return the changes to one that is no longer wanted: a hub that was never asked need not be told."""
    state = "ended" if subscription.requested_at is None else "leaving"
    return {"state": state, "next_due_at": now, "failures": 0}


def _fetch(
    connection: Connection, *conditions: Any, limit: int | None = None, lock: bool = False
) -> list[Subscription]:
    query = select(*_columns).where(*conditions).order_by(_table.c.next_due_at, _table.c.id).limit(limit)
    rows: Sequence[Row[Any]] = connection.execute(query.with_for_update() if lock else query).all()
    return [Subscription(**dict(zip(_NAMES, row, strict=True))) for row in rows]


def _only(found: Sequence[Subscription]) -> Subscription | None:
    return found[0] if found else None


def _change(connection: Connection, *conditions: Any, **values: Any) -> int:
    if not values:
        return 0
    return connection.execute(update(_table).where(*conditions).values(**values)).rowcount
