"""Step: when an article was published and last changed."""

from datetime import UTC, datetime, timedelta

from crawler.normalize.dates import Hints, Moment, read_moment
from crawler.normalize.draft import OURS, Draft
from crawler.normalize.zones import assumed_zone, country_of
from spiders.items import Candidate
from spiders.readers.belief import one

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
AHEAD = timedelta(hours=48)
"""How far beyond the clock a date may lie."""


def find_dates(draft: Draft) -> Draft:
    """Set ``published_at`` and ``modified_at``, each with the offset its publisher gave.

    The page's date comes before the feed's, unless it is no believable one or lacks the time of day that
    the feed has. A change before the publication is none.
    """
    hints = _hints(draft)
    return _modified(_published(draft, hints), hints)


def _hints(draft: Draft) -> Hints:
    country = draft.entry.source_country or country_of(draft.site.partition(":")[0])
    language = draft.language or draft.entry.language or draft.entry.source_language
    return Hints(
        language=language,
        country=country,
        assumed=assumed_zone(country=country, language=language),
        fetched_at=_fetched(draft),
    )


def _fetched(draft: Draft) -> datetime:
    try:
        return datetime.fromtimestamp(draft.document.fetched_at, UTC)
    except (ValueError, OverflowError, OSError):
        return draft.now


def _published(draft: Draft, hints: Hints) -> Draft:
    page, how = _stated(draft, hints)
    feed = _believed(draft.entry.published or draft.entry.updated, hints, draft)
    if page is None and feed is None:
        return _refused(draft, "published_at", draft.document.published or draft.entry.published)
    if page is None or (feed is not None and _knows_more(feed, page)):
        return _dated(draft, "published_at", feed, "feed")
    if feed is not None and _same_wall(page, feed):
        return _dated(draft, "published_at", feed, f"{how}; {OURS}offset of the feed")
    return _dated(draft, "published_at", page, how)


def _stated(draft: Draft, hints: Hints) -> tuple[Moment | None, str]:
    """The page's date and where it stands: the most believed that can be read, with the time of day if any
    other candidate has it for that day.
    """
    found = [
        (moment, candidate.where)
        for candidate in _candidates(draft)
        if (moment := _believed(candidate.values[0], hints, draft)) is not None
    ]
    if not found:
        return None, ""
    first, where = found[0]
    better = ((moment, other) for moment, other in found[1:] if _knows_more(moment, first))
    return next(better, (first, where))


def _candidates(draft: Draft) -> tuple[Candidate, ...]:
    document = draft.document
    usual = one(document.published, draft.where("published_at") or "page", 1.0)
    known = document.candidates.get("published", ())
    if not usual.values or any(usual.values == candidate.values for candidate in known):
        return tuple(candidate for candidate in known if candidate.belief > 0)
    return (usual, *(candidate for candidate in known if candidate.belief > 0))


def _knows_more(feed: Moment, page: Moment) -> bool:
    """Tell whether the feed has the time of the day that the page has only the date of."""
    if feed.day_only or not (page.day_only or _midnight(page)):
        return False
    return page.at.date() in (feed.at.date(), feed.at.astimezone(page.at.tzinfo).date())


def _midnight(moment: Moment) -> bool:
    return not any((moment.at.hour, moment.at.minute, moment.at.second))


def _same_wall(page: Moment, feed: Moment) -> bool:
    """Tell whether both print the same hour and only the feed says in which zone."""
    if page.zoned or not feed.zoned:
        return False
    return abs(page.at.replace(tzinfo=None) - feed.at.replace(tzinfo=None)) < timedelta(seconds=90)


def _modified(draft: Draft, hints: Hints) -> Draft:
    feed = draft.entry.updated if draft.entry.published else None
    for raw, how in ((draft.document.modified, draft.where("modified_at") or "page"), (feed, "feed")):
        moment = _believed(raw, hints, draft)
        if moment and (draft.published_at is None or moment.at >= draft.published_at):
            return _dated(draft, "modified_at", moment, how)
    return draft


def _believed(raw: str | None, hints: Hints, draft: Draft) -> Moment | None:
    moment = read_moment(raw, hints=hints)
    if moment is None or not EARLIEST.year <= moment.at.year <= draft.now.year + 1:
        return None
    return moment if EARLIEST <= moment.at <= draft.now + AHEAD else None


def _dated(draft: Draft, name: str, moment: Moment | None, how: str) -> Draft:
    if moment is None:
        return draft
    return draft.with_(f"{how}; {OURS}{moment.how}" if moment.how else how, **{name: moment.at})


def _refused(draft: Draft, name: str, raw: str | None) -> Draft:
    """Keep a date that was not believed, as it was printed, in the provenance."""
    return draft.noted(name, f"{OURS}not believed: {raw[:60]}") if raw else draft
