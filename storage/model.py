"""The nouns that are kept: frozen values made of the standard library alone.

Times of the frontier (due, lease, poll) are epoch seconds; those of the record aware datetimes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

SourceKind = Literal["feed", "sitemap", "section"]
SourceState = Literal["active", "paused", "gone", "once", "done"]
"""``once``: crawled by hand, not followed. ``done``: a document read once to fill a gap; it is not polled
again. Whether an active source fails is told by ``failures``."""
PollOutcome = Literal["new", "unchanged", "not_modified", "failed"]
"""``new``: new or changed entries; ``unchanged``: a body without news; ``not_modified``: a 304."""
EntryOutcome = Literal["stored", "revised", "duplicate", "unchanged", "rejected"]
TextSource = Literal["page", "feed", "structured"]
RevisionKind = Literal["published", "reread"]
"""``reread``: the publisher changed nothing, kabar reads the same page differently than before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSource:
    """A source about to be followed. ``host`` is the politeness lane (``host`` or ``host:port``)."""

    url: str
    host: str
    kind: SourceKind = "feed"
    state: SourceState = "active"
    title: str | None = None
    site_url: str | None = None
    language: str | None = None
    country: str | None = None
    tags: tuple[str, ...] = ()
    interval: float | None = None
    """Seconds between polls chosen by a person; None lets the cadence decide."""
    next_due_at: float = 0.0
    due_reason: str = ""
    parent_id: int | None = None
    since: float | None = None
    changed_at: float | None = None
    schedule: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What we poll, with all that the last polls taught us."""

    id: int
    host_id: int
    host: str
    url: str
    kind: SourceKind
    state: SourceState
    title: str | None
    site_url: str | None
    language: str | None
    country: str | None
    tags: tuple[str, ...]
    interval: float | None
    etag: str | None
    last_modified: str | None
    body_hash: str | None
    pace: float | None
    """Seconds between polls as the cadence last learnt them."""
    next_due_at: float
    due_reason: str
    """One sentence: why it is looked at then."""
    failures: int
    """Failed polls in a row."""
    last_error: str | None
    last_status: int | None
    moved_to: str | None
    """Where permanent redirects pointed, and how often in a row."""
    moved_seen: int
    created_at: float
    last_polled_at: float | None
    last_ok_at: float | None
    last_new_at: float | None
    parent_id: int | None = None
    """The source that named this document (a child sitemap, an archive page). Entries belong to the root."""
    since: float | None = None
    """Entries published before are not taken (epoch seconds). A child with it is read once, to fill a gap."""
    changed_at: float | None = None
    """When its parent says that it last changed (lastmod of a sitemap index), if it does."""
    gap_at: float | None = None
    """When two polls last had no entry in common, so that some may have been missed."""
    schedule: Mapping[str, Any] = field(default_factory=dict)
    """What a person chose beside ``interval``: cron, zone, quiet hours, bounds."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """How it wants to be fetched: user agent, headers, proxy ... May hold secrets."""
    hints: Mapping[str, Any] = field(default_factory=dict)
    """What the publisher asked for in the newest feed that was read: ttl, hours and days to skip."""
    rhythm: str | None = None
    """When it publishes, as the cadence learnt it and alone understands it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """What became of a source that came in with others."""

    source_id: int | None
    """None while it was only looked whether it could be added."""
    already: bool
    """It was followed before, and keeps what it had."""
    tags_added: tuple[str, ...] = ()
    """Tags that one followed before was given in addition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsRow:
    """A robots.txt as kept with its host, until it is to be asked for again if that is not as usual."""

    origin: str
    status: int
    text: str
    fetched_at: float
    expires_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A worker's claim on a host, with an end."""

    host_id: int
    host: str
    owner: str
    until: float
    backoff: float
    """Seconds of the host's current back-off (0 when it is well)."""
    polite_at: float = 0.0
    resume_at: float = 0.0
    """The schedule was to leave the host alone until then."""
    robots: tuple[RobotsRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What a worker leaves behind on a host: when it may next be asked, and what was learnt."""

    lease: Lease
    polite_at: float
    """Nobody asks the host anything before this moment."""
    resume_at: float = 0.0
    """The schedule leaves the host alone until then; a person's one-off crawl need not."""
    backoff: float = 0.0
    robots: tuple[RobotsRow, ...] = ()
    """Fresh robots.txt files to keep (empty: keep the old ones)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """A line of a feed on its way into the frontier."""

    url: str
    url_key: str
    host: str
    """Lane of the article's own URL, which may differ from the feed's."""
    guid: str | None = None
    title: str | None = None
    summary: str | None = None
    content: str | None = None
    published: str | None = None
    updated: str | None = None
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    language: str | None = None
    image_url: str | None = None
    mark: int | None = None
    """Hash of the feed line, by which it is known to be unchanged without being read again."""
    rejected: str | None = None
    """Why it is not to be fetched: a new one ends with this reason, a known one takes its stamp alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of a feed as kept: the durable frontier row until its page is fetched, the answer after."""

    id: int
    source_id: int | None
    """None for a page crawled by hand."""
    host_id: int
    host: str
    url: str
    url_key: str
    guid: str | None
    title: str | None
    summary: str | None
    content: str | None
    published: str | None
    updated: str | None
    authors: tuple[str, ...]
    tags: tuple[str, ...]
    language: str | None
    image_url: str | None
    outcome: EntryOutcome | None
    """None while it waits."""
    reason: str | None
    """Why it ended so, or why the last try failed."""
    attempts: int
    """Failed tries so far."""
    next_due_at: float | None
    """None when nothing is left to do."""
    article_id: int | None
    first_seen_at: float
    last_seen_at: float
    finished_at: float | None
    visits: int
    """How often its page has been asked for again after the first time."""
    archive_id: int | None = None
    """The archive that its page was read from, if that was not fetched."""
    written: bool = True
    """Whether it stands in the store already; a new one of an archive is written when it ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollResult:
    """Everything one poll changes; written in one transaction, validators never before their entries."""

    lease: Lease
    source_id: int
    at: float
    outcome: PollOutcome
    next_due_at: float
    due_reason: str
    pace: float | None = None
    status: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    """Validators and hash replace the kept ones unless ``keep_validators``."""
    keep_validators: bool = False
    entries: tuple[NewEntry, ...] = ()
    seen: tuple[int, ...] = ()
    """Numbers of entries whose lines stand there unchanged, known by their marks; they are marked seen."""
    entries_seen: int = 0
    failures: int = 0
    error: str | None = None
    state: SourceState | None = None
    """A new state, or None to leave it."""
    url: str | None = None
    """A new address for the source, or None to leave it."""
    host: str | None = None
    """Lane of the new address; None derives it from the address."""
    moved_to: str | None = None
    moved_seen: int = 0
    title: str | None = None
    site_url: str | None = None
    language: str | None = None
    """Title, site and language fill what is still unknown; they never overwrite."""
    seconds: float = 0.0
    size: int = 0
    hints: Mapping[str, Any] | None = None
    rhythm: str | None = None
    gap_at: float | None = None
    """What is None keeps what is known."""
    hubs: tuple[str, ...] | None = None
    """WebSub hubs that a document which was read announces, and the topic it is there; None: nothing was
    read."""
    topic: str | None = None
    root_id: int | None = None
    """The source that the entries belong to, when a child of it was polled."""
    children: tuple[NewSource, ...] = ()
    """Documents that this one names and that are to be read: added, or awakened when they are known."""
    ended: tuple[int, ...] = ()
    """Children that are not to be read any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollCounts:
    """What a poll brought: entries never seen, seen ones that changed, and the rest (not to be fetched)."""

    source_id: int
    new: int
    changed: int
    known: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """One visit to a source, with its one outcome."""

    id: int
    source_id: int
    at: float
    outcome: PollOutcome
    status: int | None
    entries_seen: int
    entries_new: int
    error: str | None
    seconds: float
    size: int
    previous_id: int | None = None
    """The poll of this source before; None: it is the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The content of one revision: everything of an article that its publisher decides."""

    url: str
    canonical_url: str | None
    site: str
    publisher: str | None
    title: str
    lead: str | None
    text: str
    """Paragraphs joined by a blank line."""
    language: str | None
    authors: tuple[str, ...]
    byline: str | None
    dateline: str | None
    published_at: datetime | None
    """With the published offset."""
    modified_at: datetime | None
    section: str | None
    tags: tuple[str, ...]
    image_url: str | None
    word_count: int
    paywalled: bool | None
    text_source: TextSource
    provenance: Mapping[str, str]
    content_hash: str
    citations: tuple[Mapping[str, Any], ...] = ()
    repeats: tuple[Mapping[str, Any], ...] = ()
    image_caption: str | None = None
    image_credit: str | None = None
    credits: tuple[str, ...] = ()
    """Agencies, photographers and organisations named beside the authors."""
    reservations: Mapping[str, str] = field(default_factory=dict)
    """What the publisher reserves about use by machines: where it is said, and what."""
    reader: str | None = None
    """Version of the page reader, and the site rule that spoke; None for a text of the feed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """An article as kept, at its newest revision."""

    id: int
    content: Content
    first_seen_at: datetime
    last_seen_at: datetime
    fetched_at: datetime
    revision: int
    """Number of the newest revision, from 1."""
    story_id: int
    duplicate_of: int | None
    sources: tuple[str, ...]
    """URLs of the sources that carried it, oldest first."""
    urls: tuple[str, ...]
    """All URLs that led to it, the first one first."""
    withdrawn_at: datetime | None = None
    """When its page was first found to be taken away; None while it is there."""
    returned_at: datetime | None = None
    """When its page was last found to be there again, after it had been taken away."""
    edits: int = 0
    """How often its publisher changed it: what kabar itself read anew does not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One text of an article."""

    article_id: int
    number: int
    seen_at: datetime
    """When we first saw this text."""
    content: Content
    kind: RevisionKind = "published"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRef:
    """Just enough of a kept article to judge a new one against it."""

    id: int
    url: str
    site: str
    title: str
    content_hash: str
    revision: int
    story_id: int
    duplicate_of: int | None
    last_seen_at: float = 0.0
    """Epoch seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Kept articles that might be the one at hand."""

    by_url: ArticleRef | None
    """Reached by the URL it was asked for or answered at."""
    by_canonical: ArticleRef | None
    """Reached by the canonical URL its page claims."""
    by_content: tuple[ArticleRef, ...]
    """Articles with the same content hash, oldest first."""
