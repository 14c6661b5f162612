"""Save several prepared articles in one transaction: what is new is judged and written together.

Most articles that come are new: nothing in the store has their address or their text. What there is to know
about all of them is looked up at once, and what is written about them is gathered, with a statement for each
table in the end. An article that may be a known one, or one of those gathered, is saved by itself, after they
were written: each sees the store as if those before it had been saved one by one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crawler.ingest import Saved, addresses, copied, keep_pages, save
from crawler.judge import Duplicate
from crawler.likeness import Likeness, Neighbourhood, join_of, kept_print
from crawler.near.fingerprint import Fingerprint
from crawler.prepare import Prepared
from crawler.watching import Had, watch
from storage.ending import Ending
from storage.errors import AlreadyExists
from storage.likeness import Join, KeptPrint, Standing
from storage.model import ArticleRef, Entry, EntryOutcome, Lease
from storage.newcomers import Newcomer
from storage.pages import PackedPages
from storage.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A prepared article and what it came with; see ``ingest.save``."""

    prepared: Prepared
    entry: Entry
    lease: Lease | None
    now: float
    reason: str | None = None
    had: Had | None = None
    pages: PackedPages | None = None

    def all_keys(self) -> set[str]:
        """Return the keys of all URLs that it has or claims."""
        prepared = self.prepared
        claimed = {prepared.canonical_key, prepared.shown_key, prepared.plain_key} - {None}
        return {key for _, key in addresses(prepared, self.entry)} | {str(key) for key in claimed}


def save_one(store: Store, arrival: Arrival, *, likeness: Likeness) -> Saved:
    """Save an article by itself. Raises what ``ingest.save`` raises."""
    return save(
        store,
        arrival.prepared,
        entry=arrival.entry,
        lease=arrival.lease,
        likeness=likeness,
        now=arrival.now,
        reason=arrival.reason,
        had=arrival.had,
        pages=arrival.pages,
    )


def save_all(store: Store, arrivals: Sequence[Arrival], *, likeness: Likeness) -> list[Saved]:
    """Save articles in one transaction, all or none, in their order. Raises what saving one raises."""
    if len(arrivals) == 1:
        return [save_one(store, arrivals[0], likeness=likeness)]
    with store.transaction():
        store.hosts.fence([(arrival.lease, arrival.now) for arrival in arrivals if arrival.lease])
        batch = _Batch(store, likeness, arrivals)
        saved = [batch.take(place) for place in range(len(arrivals))]
        batch.write()
    return saved


class _Around(Neighbourhood):
    """A neighbourhood with articles in it that are not written yet."""

    def __init__(self, likeness: Likeness, store: Store, texts: Sequence[Fingerprint]) -> None:
        super().__init__(likeness, store, texts)
        self._gathered: dict[int, Fingerprint] = {}
        self._refs = store.articles.refs(sorted(self.look_ahead(texts)))

    def ref(self, number: int) -> ArticleRef | None:
        """Return what it takes to judge against an article of the store."""
        return self._refs.get(number) or self._store.articles.ref(number)

    def gather(self, kept: KeptPrint, new: Fingerprint, *, story_id: int) -> None:
        """Take in an article that is to be written. Should it never be, its number will be another's."""
        self._look_up(kept.keys)  # later it would put what is written in place of what is gathered
        self._take_in(kept, Standing(story_id, 1, kept.day))
        self._gathered[kept.article_id] = new

    def _known(self, number: int) -> Fingerprint | None:
        return self._gathered.get(number) or super()._known(number)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gathered:
    """A new article, judged and not written yet."""

    arrival: Arrival
    keys: set[str]
    newcomer: Newcomer
    kept: KeptPrint
    join: Join | None

    def saved(self) -> Saved:
        reason = self.arrival.reason or ("near" if self.join else None)
        outcome: EntryOutcome = "duplicate" if self.join else "stored"
        return Saved(outcome=outcome, reason=reason, article_id=self.newcomer.id)

    def ending(self) -> Ending:
        saved, arrival = self.saved(), self.arrival
        return Ending(
            entry=arrival.entry,
            outcome=saved.outcome,
            reason=saved.reason,
            article_id=saved.article_id,
            at=arrival.now,
        )

    def keep_more(self, store: Store) -> None:
        """Keep its pages, and plan when it is looked at again."""
        arrival, number, content = self.arrival, self.newcomer.id, self.newcomer.content
        if arrival.pages is not None:
            keep_pages(store, arrival.pages, number, arrival.prepared, arrival.entry, now=arrival.now)
        if arrival.had is not None:
            watch(store, number, content, arrival.entry, arrival.had, added=True, now=arrival.now)

    def ref(self) -> ArticleRef:
        new, content = self.newcomer, self.newcomer.content
        return ArticleRef(
            id=new.id, url=content.url, site=content.site, title=content.title, revision=1,
            content_hash=content.content_hash, story_id=new.story_id, duplicate_of=new.duplicate_of,
            last_seen_at=new.fetched_at.timestamp(),
        )  # fmt: skip


class _Batch:
    """Articles on their way into the store together, inside a transaction."""

    def __init__(self, store: Store, likeness: Likeness, arrivals: Sequence[Arrival]) -> None:
        self._store, self._likeness, self._arrivals = store, likeness, arrivals
        self._own = [arrival.all_keys() for arrival in arrivals]
        keys = {key for own in self._own for key in own}
        hashes = {arrival.prepared.content.content_hash for arrival in arrivals}
        self._keys, self._hashes = store.articles.familiar(url_keys=keys, content_hashes=hashes)
        self._gathered: dict[int, _Gathered] = {}
        self._around: _Around | None = None
        self._numbers: Iterator[int] = iter(())

    def take(self, place: int) -> Saved:
        """Save the next article, or gather what is to be written about it."""
        arrival = self._arrivals[place]
        keys, hash_ = self._own[place], arrival.prepared.content.content_hash
        saved = None
        if self._keys.isdisjoint(keys) and hash_ not in self._hashes:
            saved = self._gather(arrival, place)
        if saved is None:
            self.write()
            saved = save_one(self._store, arrival, likeness=self._likeness)
            self._around = None  # what it changed is not known here
        self._keys |= keys
        self._hashes.add(hash_)
        return saved

    def _gather(self, arrival: Arrival, place: int) -> Saved | None:
        """Judge a new article by what it resembles; None when it is to be saved by itself after all."""
        prepared = arrival.prepared
        around = self._look_around(place)
        found = around.find(prepared.fingerprint, now=arrival.now)
        number = next(self._numbers)
        first, join = None, None
        if found.best is not None and (original := self._ref(found.best[0], around)) is not None:
            verdict = copied(prepared, arrival.entry, original, found.best[1])
            if isinstance(verdict, Duplicate):
                same = verdict.article_id == original.id
                first = original if same else self._ref(verdict.article_id, around)
                if first is None:
                    return None
                join = join_of(number, original.id, found.best[1])
        story_id = number if first is None else first.story_id
        kept = kept_print(number, found, now=arrival.now)
        around.gather(kept, prepared.fingerprint, story_id=story_id)
        self._gathered[number] = gathered = _Gathered(
            arrival=arrival,
            keys=self._own[place],
            newcomer=Newcomer(
                id=number,
                content=prepared.content,
                url_keys=addresses(prepared, arrival.entry),
                source_id=arrival.entry.source_id,
                fetched_at=prepared.fetched_at,
                story_id=story_id,
                duplicate_of=None if first is None else first.id,
                canonical_key=prepared.canonical_key,
            ),
            kept=kept,
            join=join,
        )
        return gathered.saved()

    def _look_around(self, place: int) -> _Around:
        if self._around is None:
            coming = [arrival.prepared.fingerprint for arrival in self._arrivals[place:]]
            self._around = _Around(self._likeness, self._store, coming)
            self._numbers = iter(self._store.articles.reserve(len(coming)))
        return self._around

    def _ref(self, number: int, around: _Around) -> ArticleRef | None:
        gathered = self._gathered.get(number)
        return around.ref(number) if gathered is None else gathered.ref()

    def write(self) -> None:
        """Write what was gathered. Raises AlreadyExists when another process was faster."""
        new, self._gathered = [*self._gathered.values()], {}
        if not new:
            return
        store = self._store
        addresses = sum(len({key for _, key in one.newcomer.url_keys}) for one in new)
        if store.articles.add_all([one.newcomer for one in new]) < addresses:
            url = new[0].arrival.entry.url
            raise AlreadyExists(f"{url}, or one of {len(new) - 1} others,", new[0].newcomer.id)
        store.fingerprints.add([one.kept for one in new])
        store.fingerprints.join_all([one.join for one in new if one.join is not None])
        wanted = [key for one in new if one.arrival.entry.source_id is None for key in one.keys]
        if wanted:
            store.pruned.readmit(wanted)
        store.entries.finish_all([one.ending() for one in new])
        for one in new:
            one.keep_more(store)
