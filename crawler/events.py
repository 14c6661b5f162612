"""What happened during a slice, told to whoever listens (the log, a progress bar, a closing table)."""

from collections.abc import Callable
from dataclasses import dataclass

from storage.model import Entry, EntryOutcome, PollResult, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class PollDone:
    """A source was visited."""

    source: Source
    result: PollResult
    new: int
    """Entries that have to be fetched now: never seen before, or changed since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryDone:
    """An entry came to its end."""

    entry: Entry
    outcome: EntryOutcome
    reason: str | None
    article_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryDeferred:
    """An entry's page could not be had; it will be tried again."""

    entry: Entry
    reason: str
    next_due_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """An article was looked at again."""

    entry: Entry
    """Through which it was asked for; it stays as it ended."""
    article_id: int
    outcome: str
    """``unchanged``, ``revised``, ``withdrawn`` (taken away), or ``not_had`` (nothing is known)."""
    reason: str | None
    """Why it could not be had; ``returned`` when it had been taken away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLost:
    """A poll or page whose result was dropped, because its host or source is in other hands now."""

    step: Source | Entry


Event = PollDone | EntryDone | EntryDeferred | Looked | StepLost
Listener = Callable[[Event], None]
