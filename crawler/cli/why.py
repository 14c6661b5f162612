"""``kabar why``: what happened to a URL, from what the store knows."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from crawler.cli.call import Call, Verb, json_option
from crawler.cli.exits import DONE
from crawler.cli.output import safe, write, write_json
from crawler.cli.phrases import count, local, relative, rfc3339, stamp
from crawler.cli.reasons import explained
from crawler.cli.records import archive_record, entry_record, poll_record, source_record
from crawler.errors import CrawlerError, UsageError
from storage.captures import Archive
from storage.errors import SourceNotFound
from storage.looks import Revisit
from storage.model import Article, Entry, Poll, Source
from storage.retained import Pruned

if TYPE_CHECKING:
    from storage.store import Store

POLLS = 3
"""Last polls told of each source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All that the store knows of one URL."""

    url: str
    key: str
    article: Article | None
    entries: tuple[Entry, ...]
    sources: tuple[tuple[Source, tuple[Poll, ...]], ...]
    """The sources that listed it (or that it is), each with its last polls."""
    archives: Mapping[int, Archive]
    """The archives that its page was read from, by number."""
    revisit: Revisit | None = None
    """The next look at the article, if one is planned."""
    pruned: Pruned | None = None
    """The article that was here, where it was deleted."""

    @property
    def nothing(self) -> bool:
        """Whether the store has never met the URL."""
        return not (self.article or self.entries or self.sources or self.pruned)


@click.command(cls=Verb)
@click.argument("url")
@json_option
@click.pass_obj
def command(call: Call, url: str, as_json: bool) -> int:
    """Tell what happened to a URL.

    Which sources listed it and when, what became of it and why, what is kept of it, and how those sources
    are. URL may also be an article's number. A URL that is not known at all is exit code 1.
    """
    with call.store() as store:
        known = look(store, url)
    if known.nothing:
        raise CrawlerError(
            f"nothing is known of {known.url}: no source listed it and nobody crawled it; "
            f"`kabar crawl {known.url}` fetches it now, `kabar add` follows its feed"
        )
    if as_json:
        write_json(_record(known))
    else:
        for sentence in sentences(known, now=time.time()):
            write(safe(sentence))
    return DONE


def look(store: "Store", text: str) -> Known:
    """Gather what is known of a URL, or of an article by its number. Raises UsageError, StorageError."""
    from crawler.normalize.url import clean_url, url_key

    url = store.articles.get(text).content.url if text.isdecimal() else clean_url(text)
    if url is None:
        raise UsageError(f"{text!r} is no URL: it must start with http:// or https://")
    key = url_key(url)
    article = store.articles.by_keys([key])
    keys = [key, *(url_key(other) for other in (article.urls if article else ()))]
    entries = tuple(store.entries.history(url_keys=list(dict.fromkeys(keys))))
    archive_ids = {entry.archive_id for entry in entries if entry.archive_id is not None}
    return Known(
        url=url,
        key=key,
        article=article,
        entries=entries,
        sources=_sources(store, url, entries),
        archives=store.archives.by_ids(archive_ids),
        revisit=store.revisits.of(article.id) if article is not None else None,
        pruned=store.pruned.of(keys) if article is None else None,
    )


def _sources(
    store: "Store", url: str, entries: Sequence[Entry]
) -> tuple[tuple[Source, tuple[Poll, ...]], ...]:
    refs: list[int | str] = [*(entry.source_id for entry in entries if entry.source_id is not None), url]
    found: dict[int, Source] = {}
    for ref in refs:
        source = _source(store, ref)
        if source is not None:
            found[source.id] = source
    return tuple((source, tuple(store.polls.latest(source.id, POLLS))) for source in found.values())


def _source(store: "Store", ref: int | str) -> Source | None:
    """Return a source that is still there; a URL must be exactly its own."""
    try:
        source = store.sources.get(ref)
    except SourceNotFound:
        return None
    return source if ref in (source.id, source.url) else None


def _record(known: Known) -> dict[str, Any]:
    from crawler.record import record

    return {
        "url": known.url,
        "url_key": known.key,
        "sentences": list(sentences(known, now=time.time())),
        "entries": [entry_record(entry) for entry in known.entries],
        "archives": [archive_record(archive) for archive in known.archives.values()],
        "article": record(known.article) if known.article is not None else None,
        "sources": [
            {**source_record(source), "polls": [poll_record(poll) for poll in polls]}
            for source, polls in known.sources
        ],
        "pruned": {"article": known.pruned.article_id, "at": known.pruned.at.isoformat()}
        if known.pruned
        else None,
        "next_look_at": rfc3339(known.revisit.next_due_at) if known.revisit is not None else None,
    }


def sentences(known: Known, *, now: float) -> Iterator[str]:
    """Tell the story of a URL in sentences, oldest things first. ``now`` is in epoch seconds."""
    yield known.url
    if known.key.partition("://")[2] != known.url.partition("://")[2]:
        yield f"It counts as {known.key}: the rest does not tell pages apart."
    names = {source.id: source.title or source.url for source, _ in known.sources}
    for entry in known.entries:
        yield _origin(entry, names, known.archives)
        yield from _entry(entry, known.pruned, now=now)
    if known.pruned is not None:
        yield _pruned(known.pruned, known.url)
    if known.article is not None:
        yield from _article(known.article)
        yield from _looks(known.article, known.revisit, now=now)
    for source, polls in known.sources:
        yield from _source_sentences(source, polls, known, now=now)


def _origin(entry: Entry, names: Mapping[int, str], archives: Mapping[int, Archive]) -> str:
    at = local(entry.first_seen_at)
    if entry.archive_id is not None:
        archive = archives.get(entry.archive_id)
        return f"{at}: read from the archive {archive.path if archive else entry.archive_id}."
    if entry.source_id is None:
        return f"{at}: crawled by hand."
    name = names.get(entry.source_id, "which is no longer followed")
    titled = f', titled "{entry.title}"' if entry.title else ""
    return f"{at}: listed by source {entry.source_id} ({name}){titled}."


def _pruned(pruned: Pruned, url: str) -> str:
    return (
        f"{stamp(pruned.at.astimezone())}: article {pruned.article_id} was pruned: kept for as long as was "
        f"wished, and deleted. It is not fetched again as a new one; `kabar crawl {url}` does that."
    )


def _entry(entry: Entry, pruned: Pruned | None, *, now: float) -> Iterator[str]:
    if entry.last_seen_at > entry.first_seen_at:
        yield f"{local(entry.last_seen_at)}: last seen there."
    yield _fate(entry, pruned, now=now)
    if entry.visits:
        again = "asked for" if entry.archive_id is None else "read"
        yield f"Its page has been {again} again {count(entry.visits, 'time')}."


def _fate(entry: Entry, pruned: Pruned | None, *, now: float) -> str:
    if entry.outcome is None:
        return _waiting(entry, now=now)
    at = f"{local(entry.finished_at)}: " if entry.finished_at is not None else ""
    number = entry.article_id if entry.article_id is not None or pruned is None else pruned.article_id
    article = f" article {number}" if number is not None else ""
    because = f": {explained(entry.reason)}" if entry.reason else ""
    if entry.outcome == "stored" and entry.reason:
        return (
            f"{at}stored as{article} from what the feed carried, because its page could not be had{because}."
        )
    if entry.reason in ("syndicated", "near"):
        return f"{at}stored as{article}, a copy{because}."
    if entry.outcome == "unchanged" and entry.reason not in (None, "not_modified"):
        return f"{at}asked for again, in vain{because}. What is kept of{article} stays."
    fate = _FATES.get(entry.outcome, f"{entry.outcome}{{article}}").replace("{article}", article)
    return f"{at}{fate}{because}."


_FATES = {
    "stored": "stored as{article}",
    "revised": "stored as a new revision of{article}",
    "duplicate": "found to be a duplicate, and linked to{article}",
    "unchanged": "looked at again; nothing had changed in{article}",
    "rejected": "rejected",
}


def _waiting(entry: Entry, *, now: float) -> str:
    due = entry.next_due_at if entry.next_due_at is not None else now
    when = "is due now" if due <= now else f"is due {relative(due, now=now)} ({local(due)})"
    if not entry.attempts:
        return f"Its page waits to be fetched, and {when}."
    because = f", the last time because {explained(entry.reason)}" if entry.reason else ""
    return f"Its page could not be had in {count(entry.attempts, 'try', 'tries')}{because}; the next {when}."


def _article(article: Article) -> Iterator[str]:
    content = article.content
    published = f", published {stamp(content.published_at)}" if content.published_at else ", without a date"
    yield f'Kept as article {article.id}: "{content.title}" ({content.site}){published}.'
    if article.edits:
        times = count(article.edits, "time")
        yield f"Its publisher changed it {times}; `kabar show {article.id} --diff` shows the last change."
    if article.duplicate_of is not None:
        yield f"It carries the same text as article {article.duplicate_of}, in story {article.story_id}."
    others = [url for url in article.urls if url != content.url]
    if others:
        yield f"Other addresses led to it: {', '.join(others)}."


def _looks(article: Article, revisit: Revisit | None, *, now: float) -> Iterator[str]:
    if article.withdrawn_at is not None:
        since = stamp(article.withdrawn_at.astimezone())
        yield f"Its publisher took it away: its page is not there since {since}."
    elif article.returned_at is not None:
        since = stamp(article.returned_at.astimezone())
        yield f"It had been taken away, and is there again since {since}."
    if revisit is None:
        return
    if revisit.missing_at is not None:
        yield "Its page was not there at the last look; the next one decides."
    done = f" It was looked at again {count(revisit.looks, 'time')}." if revisit.looks else ""
    when = "is due now" if revisit.next_due_at <= now else f"is due {relative(revisit.next_due_at, now=now)}"
    yield f"The next look at it {when} ({local(revisit.next_due_at)}).{done}"


def _source_sentences(source: Source, polls: Sequence[Poll], known: Known, *, now: float) -> Iterator[str]:
    own = "It is the address of source" if source.url == known.url else "Source"
    yield f"{own} {source.id} ({source.title or source.url}), {_state(source, now=now)}."
    for poll in polls:
        yield f"  {local(poll.at)}: {_poll(poll)}."


def _state(source: Source, *, now: float) -> str:
    if source.state != "active":
        return {"paused": "paused", "gone": "gone: it is not polled any more"}.get(
            source.state, "not followed"
        )
    due = "due now" if source.next_due_at <= now else relative(source.next_due_at, now=now)
    because = f" ({source.due_reason})" if source.due_reason else ""
    failing = f", failing {count(source.failures, 'time')} in a row" if source.failures else ""
    return f"followed{failing}, next poll {due}{because}"


def _poll(poll: Poll) -> str:
    status = f"HTTP {poll.status}, " if poll.status else ""
    if poll.outcome == "failed":
        return f"{status}failed: {poll.error or 'no reason noted'}"
    if poll.outcome == "not_modified":
        return f"{status}nothing new"
    return f"{status}{count(poll.entries_seen, 'entry', 'entries')} seen, {poll.entries_new:,} of them new"
