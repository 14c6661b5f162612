"""What became of some records of an archive, written together with how far the archive has been read."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from crawler.likeness import Likeness
from crawler.normalize.url import host_lane, url_key
from crawler.prepare import Prepared
from crawler.together import Arrival, save_all
from storage.captures import Archive
from storage.model import NewEntry
from storage.pages import PackedPages
from storage.store import Store


@dataclass(frozen=True, slots=True)
class Kept:
    """An article, to be judged and saved."""

    url: str
    prepared: Prepared
    pages: PackedPages | None = None
    """The page, where it is to be kept as it came."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A page that is no article."""

    url: str
    reason: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A record that holds no page, or one that was not asked for. It is counted and leaves no entry."""

    reason: str


Outcome = Kept | Rejected | Skipped


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What keeping some records came to."""

    archive: Archive
    counts: Mapping[str, int]
    """Of these records alone, by outcome, ``rejected:REASON`` and ``skipped:REASON``."""
    articles: tuple[int, ...]
    """Articles that were stored, revised or met again, each once, in order."""


def keep(
    store: Store,
    archive: Archive,
    outcomes: Sequence[Outcome],
    *,
    likeness: Likeness,
    position: int,
    now: float,
    finished: bool = False,
) -> Done:
    """Save what became of the next records, up to ``position``, in one transaction.

    Raises ArchiveHeld when another process keeps records of this archive as well.
    """
    counts: Counter[str] = Counter()
    articles: dict[int, None] = {}
    with store.transaction():
        for piece in _apart(outcomes):
            counts.update(_keep(store, archive, piece, articles, likeness=likeness, now=now))
        total = Counter(archive.counts)
        total.update(counts)
        advanced = store.archives.advance(
            archive,
            position=position,
            records=archive.records + len(outcomes),
            counts=dict(sorted(total.items())),
            finished_at=now if finished else None,
        )
    return Done(archive=advanced, counts=counts, articles=tuple(articles))


def _apart(outcomes: Sequence[Outcome]) -> Iterator[list[Outcome]]:
    """Part records where a page comes again: the first must have ended before its entry waits anew."""
    piece: list[Outcome] = []
    seen: set[str] = set()
    for outcome in outcomes:
        key = "" if isinstance(outcome, Skipped) else url_key(outcome.url)
        if key in seen:
            yield piece
            piece, seen = [], set()
        piece.append(outcome)
        seen |= {key} - {""}
    yield piece


def _keep(
    store: Store,
    archive: Archive,
    outcomes: Sequence[Outcome],
    articles: dict[int, None],
    *,
    likeness: Likeness,
    now: float,
) -> list[str]:
    """Keep records of different pages and return under which names they count."""
    names: list[str] = []
    arrivals: list[Arrival] = []
    pages = [outcome for outcome in outcomes if not isinstance(outcome, Skipped)]
    lines = [NewEntry(url=one.url, url_key=url_key(one.url), host=host_lane(one.url)) for one in pages]
    names += [f"skipped:{outcome.reason}" for outcome in outcomes if isinstance(outcome, Skipped)]
    entries = store.entries.add_archived(lines, archive_id=archive.id, now=now)
    for page, entry in zip(pages, entries, strict=True):
        if isinstance(page, Rejected):
            store.entries.finish(entry, outcome="rejected", reason=page.reason, now=now)
            names += ["rejected", f"rejected:{page.reason}"]
        else:
            arrivals.append(
                Arrival(prepared=page.prepared, entry=entry, lease=None, now=now, pages=page.pages)
            )
    for saved in save_all(store, arrivals, likeness=likeness):
        names.append(saved.outcome)
        if saved.outcome != "unchanged":
            articles[saved.article_id] = None
    return names
