"""What is kept of an article that is to be looked at again: a frozen value made of the standard library."""

from dataclasses import dataclass

from storage.model import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Revisit:
    """A look at an article that is due one day, and what those before found. Times in epoch seconds."""

    article_id: int
    entry: Entry
    """Through which its page is asked for."""
    next_due_at: float
    since: float
    """When its page was first had; the plan counts from there."""
    looks: int = 0
    """How often it was looked at again."""
    attempts: int = 0
    """Failed tries at the look that is due."""
    missing_at: float | None = None
    """When its page was not there any more for the first time, if the last look did not find it."""
    etag: str | None = None
    last_modified: str | None = None
    """Validators of the page as it was last had."""
