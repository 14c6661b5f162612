"""What is wrong with a source, told from its row and its last polls. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import zip_longest
from urllib.parse import urlsplit

from crawler import rhythm
from crawler.health.advice import advice
from crawler.health.condition import silent_since
from crawler.health.finding import Finding
from storage.model import Poll, Source

DAY = 86_400.0
STALE = 30 * DAY
"""Seconds without anything new after which a source of unknown rhythm counts as stale."""
NEVER = 3 * DAY
"""Seconds in which a new source should have brought something."""
RECENT = 7 * DAY
"""Seconds for which a gap is told."""
SIGHTINGS_TO_MOVE = 3
"""Permanent redirects seen in a row before a source takes its new address (one may be a mistake)."""
PATIENCE = 3
"""Failures in a row after which one is a problem and no longer a hiccup."""


def examine(source: Source, polls: Sequence[Poll], *, now: float) -> tuple[Finding, ...]:
    """Return what is wrong with a followed source; ``polls`` are its last ones, the newest first.

    A source that is paused, crawled by hand or only read once is nobody's concern.
    """
    if source.state == "gone":
        return (_gone(source),)
    if source.state != "active":
        return ()
    if source.failures:
        return (_failing(source, now=now), *_moved(source))
    return (*_moved(source), *_barren(source, polls, now=now), *_gap(source, now=now))


def empty_since(polls: Sequence[Poll]) -> float | None:
    """Return since when (epoch seconds) a source surely answers without entries, or None if it may have some.

    A 304 and an unchanged body tell nothing of entries: they are what the body before them was. Only one
    that is not as long as the one before it, or the first of all, is known to have been read. So a source
    that was emptied longer ago than ``polls`` go back, and is the same since, cannot be told from a full one:
    it is told of as quiet or stale.
    """
    bodies = [poll for poll in polls if poll.outcome != "failed" and poll.status != 304]
    back_to_the_first = bool(polls) and polls[-1].previous_id is None
    since = None
    for poll, before in zip_longest(bodies, bodies[1:]):
        if poll.entries_seen:
            break
        was_read = back_to_the_first if before is None else poll.size != before.size
        since = poll.at if was_read else since
    return since


def documents(failing: int, one: int) -> Finding:
    """Return the finding that so many documents behind a source fail; ``one`` is the number of one."""
    what = "a document behind it fails" if failing == 1 else f"{failing:,} documents behind it fail"
    return Finding(
        code="documents",
        severity="problem",
        what=f"{what} again and again",
        advice=f"`kabar sources check {one}` looks at one of them",
    )


def _gone(source: Source) -> Finding:
    what = f"the publisher took it away{_since(source.last_polled_at)}"
    return Finding(code="gone", severity="problem", what=what, advice=advice("http_410", str(source.id)))


def _failing(source: Source, *, now: float) -> Finding:
    error = source.last_error or "unknown"
    code, _, words = error.partition(":")
    times = "its last poll" if source.failures == 1 else f"its last {source.failures} polls"
    since = "" if source.last_ok_at is None else f", the last good one was {_date(source.last_ok_at)}"
    lasting = source.failures >= PATIENCE or now - (source.last_ok_at or source.created_at) > DAY
    return Finding(
        code=code.strip(),
        severity="problem" if lasting else "notice",
        what=f"{times} failed: {words.strip() or code}{since}",
        advice=advice(code.strip(), str(source.id)),
    )


def _moved(source: Source) -> Iterator[Finding]:
    if not source.moved_to:
        return
    elsewhere = urlsplit(source.moved_to).hostname != urlsplit(source.url).hostname
    by_hand = f"`kabar sources set {source.id} --url {source.moved_to}` takes it over"
    if source.moved_seen > SIGHTINGS_TO_MOVE:  # and yet it stayed
        words = (
            f"kabar does not follow by itself: {by_hand}, or names the source that has this address already"
        )
    else:
        words = f"kabar follows by itself once that is certain{f'; {by_hand}' if elsewhere else ''}"
    yield Finding(
        code="moved",
        severity="notice",
        what=f"it has moved to {source.moved_to} (seen {source.moved_seen} times in a row)",
        advice=words,
    )


def _barren(source: Source, polls: Sequence[Poll], *, now: float) -> Iterator[Finding]:
    """Tell of a source that is reached but brings nothing: empty, silent, stale; the gravest word only."""
    empty, silent = empty_since(polls), silent_since(source, now=now)
    check = f"look at it with `kabar sources check {source.id}`"
    if empty is not None:
        what = f"it has no entries since {_date(empty)}"
        yield Finding(code="empty", severity="problem", what=what, advice=check)
    elif silent is not None:
        yield Finding(code="quiet", severity="problem", what=_quiet(source, silent, now=now), advice=check)
    elif source.last_new_at is None and now - source.created_at > NEVER:
        what = f"it brought nothing since it is followed ({_date(source.created_at)})"
        yield Finding(code="stale", severity="problem", what=what, advice=check)
    elif source.last_new_at is not None and now - source.last_new_at > STALE:
        what = f"nothing new since {_date(source.last_new_at)}"
        yield Finding(code="stale", severity="problem", what=what, advice=check)


def _quiet(source: Source, since: float, *, now: float) -> str:
    learnt = rhythm.parse(source.rhythm)
    usual = f"; usually one comes every {span(rhythm.typical_gap(learnt))}" if learnt else ""
    return f"quieter than its rhythm: nothing new for {span(now - since)}{usual}"


def _gap(source: Source, *, now: float) -> Iterator[Finding]:
    if source.gap_at is None or now - source.gap_at > RECENT:
        return
    yield Finding(
        code="gap",
        severity="notice",
        what=f"entries were possibly missed before {_date(source.gap_at)}: two polls had none in common",
        advice=f"`kabar sources set {source.id} --max-every 15m` looks more often;"
        f" `kabar crawl {source.id} --backfill --since {_day(source.gap_at - DAY)}` fetches what is missing",
    )


def span(seconds: float) -> str:
    """Spell a span of time in its largest sensible unit: ``45 min``, ``7 h``, ``12 days``."""
    if seconds < 5_400:
        return f"{max(seconds / 60, 1):.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 2 * DAY else f"{seconds / DAY:.0f} days"


def _since(moment: float | None) -> str:
    return "" if moment is None else f" ({_date(moment)})"


def _date(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment).astimezone():%Y-%m-%d %H:%M}"


def _day(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment).astimezone():%Y-%m-%d}"
