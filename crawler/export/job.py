"""One export from a store: what it is of, where it goes on, how far the exports under its name have come."""

import json
import re
import time
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from crawler.errors import UsageError
from crawler.export import kept_at, output_for
from crawler.export.goal import Goal
from crawler.export.named import ends_by_age, fits_without_a_text
from crawler.export.note import Note
from crawler.export.run import EVERY, run
from crawler.export.shape import About
from crawler.record import timestamp
from storage.hits import Filters
from storage.values import in_utc

if TYPE_CHECKING:
    from storage.errors import PageDamaged
    from storage.exports import Batch, Span
    from storage.store import Store

LONGEST_NAME = 64
_NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{LONGEST_NAME - 1}}}")
NAMED = 5
"""Damaged pages that are told of by name."""
_NOT_QUERY = ("since", "until", "sort", "limit", "cursor", "now")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a person wants to be exported, and how."""

    goal: Goal
    filters: Filters
    name: str | None = None
    """Only what came or changed since the last export under this name."""
    anew: bool = False
    """Whether the exports under the name begin from the start again."""
    resume: bool = False
    spare: bool = False
    """Whether a file or folder is left as it is when there is nothing to write."""
    ages: Mapping[str, str] = field(default_factory=dict)
    """What was written for ``since`` and ``until`` where it means another moment later (``7d``)."""
    safe: bool = False
    title: str | None = None
    link: str | None = None

    @property
    def asked(self) -> dict[str, Any]:
        """Words and filters by name, as far as they are given; without times."""
        values = asdict(self.filters).items()
        return {name: value for name, value in values if name not in _NOT_QUERY and value}

    @property
    def query(self) -> str:
        """What it is an export of: the same for the same words and filters, whatever its times."""
        return json.dumps(self.asked, sort_keys=True)

    @property
    def times(self) -> dict[str, str]:
        """From when to when: ages as they were written, other times as moments in UTC."""
        given = {"since": self.filters.since, "until": self.filters.until}
        return {
            name: self.ages.get(name) or in_utc(when).isoformat()
            for name, when in given.items()
            if when is not None
        }

    @property
    def remembered(self) -> str:
        """What the exports under a name are of: with other times, too, something would be left out."""
        return json.dumps({**self.asked, **self.times}, sort_keys=True)

    def key(self, store: str) -> str:
        """What an export that was interrupted must have been, to be gone on with from this store (a URL)."""
        what = [store, self.query, self.times, self.filters.sort, self.filters.limit]
        how = [self.goal.format, self.name, self.anew, self.safe, self.title, self.link]
        return json.dumps([*what, *how])


class Job:
    """An export made ready to run."""

    def __init__(self, store: "Store", wish: Wish) -> None:
        """Find out where it begins. Raises UsageError when it cannot go on with what is there, StoreReadOnly
        for one under a name when the store cannot be written.
        """
        self._store, self._wish = store, wish
        self._key = wish.key(store.url)
        self.lost = 0
        self.damaged = 0
        self.damages: list[str] = []
        """Which kept pages are damaged, the first few of ``damaged``."""
        if wish.name is not None:
            store.require_writable()  # for how far it came is noted there, at the end
        self._before = None if wish.name is None else self._named(wish.name)
        note = kept_at(wish.goal) if wish.resume else None
        self._going_on = note is not None
        self._note = self._begun() if note is None else self._checked(note)
        self._filters = self._left()

    def _named(self, name: str) -> int | None:
        """Return the revision that the exports under a name have come to; None when there was none."""
        if not _NAME.fullmatch(name):
            raise UsageError(
                f"--since-last {name!r}: a name is made of letters, digits, dots, dashes and underscores,"
                f" {LONGEST_NAME} at most, and begins with a letter or a digit"
            )
        if "until" in self._wish.ages or ends_by_age(self._wish.filters.words):
            raise UsageError(
                f"--since-last {name}: what is too young for the end of its time is never looked at again;"
                " write a date there, or leave it away (ages may begin something: after:7d)"
            )
        named = self._store.exports.named(name)
        if named is None:
            return None
        if named.query != self._wish.remembered and not self._wish.anew:
            raise UsageError(
                f"--since-last {name}: its exports are of another query ({_told(named.query)});"
                " choose another name, or begin from the start with --anew"
            )
        return named.revision_id

    def _begun(self) -> Note:
        wish, filters = self._wish, self._wish.filters
        now = datetime.now(UTC).isoformat()
        since, until = timestamp(filters.since), timestamp(filters.until)
        note = Note(key=self._key, begun=now, since=since, until=until)
        if wish.name is None:
            return note
        after = 0 if wish.anew else self._before or 0
        return replace(note, after=after, upto=max(after, self._store.exports.newest_revision()))

    def _checked(self, note: Note) -> Note:
        wish = self._wish
        same = note.key == self._key and (note.upto is None) == (wish.name is None)
        if not same or (wish.name is not None and not wish.anew and note.after != (self._before or 0)):
            raise UsageError(
                f"--resume: the export to {wish.goal.path} that was interrupted was another one"
                " (of other words, times or options, or of another store);"
                " without --resume this one begins from the start"
            )
        return note

    def _left(self) -> Filters:
        """Return the filters of what is left to be written, with the times that were meant at first."""
        note, filters = self._note, self._wish.filters
        since, until = (None if at is None else datetime.fromisoformat(at) for at in (note.since, note.until))
        now = datetime.fromisoformat(note.begun)
        return replace(filters, since=since, until=until, cursor=note.cursor, now=now)

    @property
    def gone_on_with(self) -> tuple[datetime, int] | None:
        """When the export began that it goes on with, and how many articles are kept; None: with none."""
        note = self._note
        return (datetime.fromisoformat(note.begun), note.number) if self._going_on else None

    @property
    def tells_texts_alone(self) -> bool:
        """Whether it begins exports under a name that leave out what comes to fit without a new text."""
        wish = self._wish
        first = wish.name is not None and (self._before is None or wish.anew)
        return first and fits_without_a_text(wish.filters)

    @property
    def goal(self) -> Goal:
        """Where it goes."""
        return self._wish.goal

    def total(self) -> int:
        """Return how many articles there will be in the end. Raises InvalidQuery."""
        if self._wish.name is None:
            number = self._store.articles.count(self._filters)
            limit = self._wish.filters.limit
            return min(number, limit) if limit else number
        span = self._span()
        return self._store.exports.count(self._filters, span) if span else 0

    def run(self, *, watch: Callable[[int], None] = lambda _number: None, every: int = EVERY) -> int:
        """Write the articles and return how many the goal holds now. Raises OSError, StorageError.

        The exports under a name have come further only when everything is in its place. Raises ExportMoved
        when another one under that name, or to that folder, ended meanwhile. ``lost`` tells of
        how many articles the store, being damaged, could not be read; ``damaged`` and ``damages`` tell which
        kept pages were left out.
        """
        wish = self._wish
        pages = partial(self._store.pages.kept, damaged=self._damaged)
        output = output_for(wish.goal, self._about(), pages)
        with closing(self._steadily()) as batches:
            end = run(
                *(batches, output, self._note),
                going_on=self._going_on,
                limit=wish.filters.limit,
                spare=wish.spare,
                watch=watch,
                settle=self._settle,
                every=every,
            )
        self.lost = end.lost
        return end.number

    def _steadily(self) -> "Generator[Batch, None, None]":
        """Yield the articles, all as they are when the first one is asked for: the output is held by then."""
        with self._store.exports.steady():
            self._require_unmoved()
            yield from self._batches()
        if self._wish.anew and self._before:
            # What the next one would go on from is about to be replaced: should this one fail to be noted,
            # it is to begin from the start as well.
            self._move(0)
            self._before = 0

    def _require_unmoved(self) -> None:
        from storage.errors import ExportMoved

        name = self._wish.name
        if name is not None:
            named = self._store.exports.named(name)
            if self._before != (None if named is None else named.revision_id):
                raise ExportMoved(name)

    def _settle(self, end: Note) -> None:
        spared = self._wish.spare and not end.number
        if self._wish.name is not None and not end.lost and not spared:
            self._move(end.upto or 0, articles=end.number)

    def _move(self, revision_id: int, *, articles: int = 0) -> None:
        """Note under the name how far its exports have come. Raises ExportMoved."""
        from storage.exports import NamedExport

        assert self._wish.name is not None
        named = NamedExport(
            name=self._wish.name,
            query=self._wish.remembered,
            revision_id=revision_id,
            exported_at=time.time(),
            articles=articles,
        )
        self._store.exports.advance(named, before=self._before)

    def _damaged(self, error: "PageDamaged") -> None:
        self.damaged += 1
        if len(self.damages) < NAMED:
            self.damages.append(error.what)

    def kept(self) -> int | None:
        """Return how many articles are kept of an export that failed; None when it begins from the start."""
        note = kept_at(self._wish.goal)
        return note.number if note is not None and note.key == self._key else None

    def _batches(self) -> "Iterable[Batch]":
        filters = self._filters
        if filters.limit:
            left = filters.limit - self._note.number - self._note.lost
            if left <= 0:
                return ()
            # How many articles of a WARC file must be looked at is known only when their pages are.
            filters = replace(filters, limit=0 if self._wish.goal.format == "warc" else left)
        return self._store.exports.batches(filters, span=self._span())

    def _span(self) -> "Span | None":
        from storage.exports import Span

        note = self._note
        return None if note.after is None or note.upto is None else Span(note.after, note.upto)

    def _about(self) -> About:
        wish = self._wish
        words = " ".join(f"{name}:{value}" for name, value in sorted(wish.asked.items()))
        return About(
            title=wish.title or f"kabar {words.replace('words:', '')}".strip(),
            query=wish.query,
            link=wish.link,
            made_at=datetime.now(UTC).replace(microsecond=0),
            safe=wish.safe,
            stem="kabar" if wish.name is None else f"{wish.name}-{self._note.upto}",
            name=wish.name,
            after=self._note.after or 0,
        )


def _told(query: str) -> str:
    """Return a kept query as a person would type it."""
    values = json.loads(query)
    parts = [values.pop("words", ""), *(f"{name}:{value}" for name, value in values.items())]
    return " ".join(filter(None, parts)) or "all articles"
