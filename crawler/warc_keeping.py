"""What became of some records of an archive, written together with how far the archive has been read."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crawler.ingest import save
from crawler.likeness import Likeness
from crawler.normalize.url import host_lane, url_key
from crawler.prepare import Prepared
from storage.captures import Archive
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
        for outcome in outcomes:
            counts.update(_keep(store, archive, outcome, articles, likeness=likeness, now=now))
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


def _keep(
    store: Store,
    archive: Archive,
    outcome: Outcome,
    articles: dict[int, None],
    *,
    likeness: Likeness,
    now: float,
) -> list[str]:
    """Keep one record and return under which names it counts."""
    if isinstance(outcome, Skipped):
        return [f"skipped:{outcome.reason}"]
    url = outcome.url
    entry = store.entries.add_archived(
        url=url, url_key=url_key(url), host=host_lane(url), archive_id=archive.id, now=now
    )
    if isinstance(outcome, Rejected):
        store.entries.finish(entry.id, outcome="rejected", reason=outcome.reason, now=now)
        return ["rejected", f"rejected:{outcome.reason}"]
    saved = save(
        store,
        outcome.prepared,
        entry=entry,
        lease=None,
        likeness=likeness,
        now=now,
        pages=outcome.pages,
    )
    if saved.outcome != "unchanged":
        articles[saved.article_id] = None
    return [saved.outcome]
