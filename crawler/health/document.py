"""What is wrong with a source's document although it could be fetched and read. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from crawler.health.finding import Finding
from crawler.health.history import STALE, span
from crawler.normalize.dates import parse_date
from spiders.items import Entry, Feed, Fetch

MANY = 5_000
"""Entries from which a document is large for what it brings."""


def judge_document(
    fetch: Fetch, feed: Feed, *, url: str, now: datetime
) -> tuple[tuple[Finding, ...], datetime | None]:
    """Return the findings about a document that was read, and when its newest entry was published.

    ``url`` is the address that was asked for; ``now`` is aware.
    """
    dates = [moment for entry in feed.entries if (moment := _date(entry)) is not None and moment <= now]
    newest = max(dates, default=None)
    findings = (
        *_moved(fetch, url),
        *_cut(fetch, feed),
        *_entries(feed),
        *_dates(feed, dates, newest, now=now),
        *_manners(fetch, feed),
    )
    return findings, newest


def _notice(code: str, what: str, advice: str = "") -> Finding:
    return Finding(code=code, severity="notice", what=what, advice=advice)


def _problem(code: str, what: str, advice: str = "") -> Finding:
    return Finding(code=code, severity="problem", what=what, advice=advice)


def _moved(fetch: Fetch, url: str) -> Iterator[Finding]:
    if fetch.url == url:
        return
    if fetch.moved_to:
        yield _notice("moved", f"it has moved for good to {fetch.url}", "kabar follows once it is certain")
    else:
        yield _notice("redirected", f"it redirects for now to {fetch.url}")


def _cut(fetch: Fetch, feed: Feed) -> Iterator[Finding]:
    if fetch.truncated:
        yield _problem("truncated", "the connection ended before the document did", "kabar asks again")
    elif feed.truncated:
        yield _problem("truncated", "the document ends in the middle", "tell the publisher if it lasts")


def _entries(feed: Feed) -> Iterator[Finding]:
    if not feed.entries and not feed.children:
        yield _problem("empty", "it has no entries", "tell the publisher if it lasts")
    if feed.skipped:
        yield _notice("no_link", f"{feed.skipped} of its entries have no usable link and are left out")
    if len(feed.entries) >= MANY:
        yield _notice("large", f"it lists {len(feed.entries):,} entries each time it changes")
    shared = _shared(feed.entries)
    if shared:
        yield _notice("shared_id", f"{shared} identifiers stand at several links; kabar goes by the links")


def _shared(entries: Sequence[Entry]) -> int:
    links: dict[str, set[str]] = {}
    for entry in entries:
        if entry.guid:
            links.setdefault(entry.guid, set()).add(entry.link)
    return sum(len(found) > 1 for found in links.values())


def _dates(
    feed: Feed, dates: Sequence[datetime], newest: datetime | None, *, now: datetime
) -> Iterator[Finding]:
    total = len(feed.entries)
    dated = sum(1 for entry in feed.entries if entry.published or entry.updated)
    ahead = dated - len(dates)
    if total and not dated:
        yield _notice("undated", "none of its entries has a date; kabar goes by when it saw them")
    elif ahead > 0:
        words = f"{ahead} of {total} entries have a date that lies ahead or cannot be read"
        yield _notice("bad_dates", words, "the date of the page is taken instead")
    if newest is not None and now - newest > timedelta(seconds=STALE):
        words = f"its newest entry is {span((now - newest).total_seconds())} old"
        yield _problem(
            "stale", words, "the feed may have been given up: `kabar add` on the site's front page"
        )


def _manners(fetch: Fetch, feed: Feed) -> Iterator[Finding]:
    if not fetch.etag and not fetch.last_modified:
        size = f"{len(fetch.body) / 1000:,.0f} kB"
        yield _notice("no_validators", f"it sends neither ETag nor Last-Modified: every poll costs {size}")
    for note in feed.notes[:5]:
        yield _notice("mended", note)


def _date(entry: Entry) -> datetime | None:
    text = entry.published or entry.updated
    return parse_date(text) if text else None
