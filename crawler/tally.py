"""What a one-off crawl did, counted per target."""

from collections.abc import Callable
from dataclasses import dataclass, field

from crawler.events import EntryDeferred, EntryDone, Event, Looked, PollDone, StepLost


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlRow:
    """What happened to one target. ``outcome`` is the poll's, or for a single page the entry's.

    For a list of sources it is ``listed``; for an archive ``read`` (to its end), ``partly``, ``damaged``
    (read up to where it is) or ``read_before``.
    """

    target: str
    source_id: int | None = None
    found: str | None = None
    """The source behind the target that was found, and crawled in its place."""
    title: str | None = None
    outcome: str = "failed"
    status: int | None = None
    seen: int = 0
    new: int = 0
    stored: int = 0
    revised: int = 0
    unchanged: int = 0
    duplicates: int = 0
    rejected: int = 0
    deferred: int = 0
    documents: int = 0
    """Documents read behind the source: parts of a sitemap index, pages of an archive."""
    seconds: float = 0.0
    error: str | None = None

    @property
    def failed(self) -> bool:
        """Whether the target itself could not be had, or not as a whole."""
        return self.outcome in ("failed", "damaged")


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlReport:
    """One row a target, in the order they were named."""

    rows: tuple[CrawlRow, ...]
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a crawl is: steps done, steps known so far, and what was done last."""

    done: int
    total: int
    message: str


_QUIET = ("unchanged", "not_modified")


@dataclass(slots=True, kw_only=True)
class Tally:
    """The running count of one target."""

    target: str
    started: float
    source_id: int | None = None
    found: str | None = None
    title: str | None = None
    outcome: str = "deferred"
    status: int | None = None
    seen: int = 0
    new: int = 0
    ended: dict[str, int] = field(default_factory=dict)
    documents: int = 0
    put_off: int = 0
    error: str | None = None
    last: float = 0.0

    @property
    def pages(self) -> int:
        """Entries that were taken up: ended, or put off after a try."""
        return sum(self.ended.values()) + self.put_off

    def add(self, event: Event, *, now: float) -> None:
        """Count an event of this target."""
        self.last = now
        match event:
            case PollDone(source=source, result=result, new=new) if source.parent_id is not None:
                self.documents += result.outcome != "failed"
                self.seen, self.new = self.seen + result.entries_seen, self.new + new
                self.outcome = "new" if new and self.outcome in _QUIET else self.outcome
            case PollDone(result=result, new=new):
                self.outcome, self.status, self.error = result.outcome, result.status, result.error
                self.seen, self.new = result.entries_seen, new
                self.title = self.title or result.title
            case EntryDone(outcome=outcome, reason=reason):
                self.ended[outcome] = self.ended.get(outcome, 0) + 1
                if self.source_id is None:
                    self.outcome, self.error = outcome, reason if outcome == "rejected" else None
            case EntryDeferred(reason=reason):
                self.put_off += 1
                if self.source_id is None:
                    self.outcome, self.error = "deferred", reason

    def fail(self, message: str, *, status: int | None = None) -> None:
        """Note that the target could not be had."""
        self.outcome, self.error, self.status = "failed", message, status

    def row(self, *, deferred: int) -> CrawlRow:
        """Return the closed count; ``deferred`` entries still wait in the store."""
        ended = self.ended
        return CrawlRow(
            target=self.target,
            source_id=self.source_id,
            found=self.found,
            title=self.title,
            outcome=self.outcome,
            status=self.status,
            seen=self.seen,
            new=self.new,
            stored=ended.get("stored", 0),
            revised=ended.get("revised", 0),
            unchanged=ended.get("unchanged", 0),
            duplicates=ended.get("duplicate", 0),
            rejected=ended.get("rejected", 0),
            deferred=deferred,
            documents=self.documents,
            seconds=max(self.last - self.started, 0.0),
            error=self.error,
        )


@dataclass(slots=True)
class Counter:
    """Sends the events of a crawl to the tallies they belong to, and tells how far it is."""

    clock: Callable[[], float]
    report: Callable[[Progress], None] | None
    tallies: dict[int, Tally] = field(default_factory=dict)
    """By source id."""
    articles: dict[int, None] = field(default_factory=dict)
    """Ids of the articles that were stored or revised, in order, each once."""
    done: int = 0
    total: int = 0

    def __call__(self, event: Event) -> None:
        """Take note of an event."""
        if isinstance(event, StepLost | Looked):
            return  # it will be made again, by us or by whoever has it in hand; looks are no part of a crawl
        if isinstance(event, PollDone):
            source_id: int | None = event.source.id
            self.total += event.new
        else:
            source_id = event.entry.source_id
        tally = self.tallies.get(source_id) if source_id is not None else None
        if tally is not None:
            tally.add(event, now=self.clock())
        if isinstance(event, EntryDone) and event.article_id is not None and event.outcome != "unchanged":
            self.articles[event.article_id] = None
        self.step(_label(event))

    def step(self, message: str) -> None:
        """Note that one more step is done."""
        self.done += 1
        self.total = max(self.total, self.done)
        if self.report is not None:
            self.report(Progress(self.done, self.total, message))


def _label(event: PollDone | EntryDone | EntryDeferred) -> str:
    match event:
        case PollDone(source=source):
            return source.title or source.url
        case EntryDone(entry=entry) | EntryDeferred(entry=entry):
            return entry.title or entry.url
