"""Take the sources of lists into the store: read, judged line by line, added batch by batch. No network."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from crawler.proposals import Proposal, propose, spread
from spiders.errors import NotAList
from spiders.readers.listed import Listed
from spiders.readers.lists import read_list
from storage.model import Admitted
from storage.store import Store

BATCH = 500
"""Sources added in one transaction."""
DUE_REASON = "came in with a list: first polls are spread out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of one line of a list."""

    list: str
    """Name of the file."""
    line: int | None
    """None: the list as a whole."""
    outcome: Literal["added", "already", "refused"]
    source_id: int | None = None
    url: str | None = None
    title: str | None = None
    tags_added: tuple[str, ...] = ()
    """Tags that a source followed before was given."""
    reason: str | None = None
    """Why it was refused, or where it stood before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What became of all lines, in their order."""

    rows: tuple[Imported, ...]
    notes: tuple[str, ...] = ()


def run_import(
    store: Store,
    lists: Iterable[tuple[str, bytes]],
    *,
    now: float,
    first_interval: float,
    tags: tuple[str, ...] = (),
    dry_run: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Read lists (name and bytes) and follow their sources, the first polls spread over ``first_interval``.

    A source followed before keeps what it has and is given the tags of the list in addition. Each batch is
    added as a whole or not at all; ``dry_run`` adds nothing and says the same. ``progress`` is told how many
    of how many lines are done.
    """
    refused: list[Imported] = []
    notes: list[str] = []
    lines: list[tuple[str, Listed]] = []
    for name, body in lists:
        try:
            listing = read_list(body, name=name)
        except NotAList as error:
            refused.append(Imported(list=name, line=None, outcome="refused", reason=error.message))
            continue
        notes += [f"{name}: {note}" for note in listing.notes]
        lines += [(name, line) for line in listing.lines]
    proposals = _due(propose(lines, tags=tags), now=now, first_interval=first_interval)
    notes += _own_ways(proposals)
    intake = _Intake(store, now=now, dry_run=dry_run)
    for start in range(0, len(proposals), BATCH):
        intake.add(proposals[start : start + BATCH])
        if progress is not None:
            progress(len(intake.rows), len(proposals))
    return Report(rows=(*refused, *intake.rows), notes=tuple(notes))


def _due(proposals: Sequence[Proposal], *, now: float, first_interval: float) -> list[Proposal]:
    """Give each source the moment of its first poll."""
    count = sum(proposal.new is not None for proposal in proposals)
    moments = spread(count, now=now, first_interval=first_interval)
    return [
        proposal
        if proposal.new is None
        else replace(proposal, new=replace(proposal.new, next_due_at=next(moments)))
        for proposal in proposals
    ]


def _own_ways(proposals: Sequence[Proposal]) -> list[str]:
    """Say that sources bring fetch options, so that nobody is sent through a stranger's proxy unawares."""
    names = {name: None for one in proposals if one.new is not None for name in one.new.options}
    number = sum(one.new is not None and bool(one.new.options) for one in proposals)
    own = "1 source brings its" if number == 1 else f"{number:,} sources bring their"
    return [f"{own} own way to be fetched: {', '.join(sorted(names))}"] if number else []


class _Intake:
    """Adds proposals, a batch a transaction, and remembers what became of them."""

    def __init__(self, store: Store, *, now: float, dry_run: bool) -> None:
        self.rows: list[Imported] = []
        self._sources, self._now, self._dry_run = store.sources, now, dry_run
        self._ids: dict[str, int | None] = {}

    def add(self, batch: Sequence[Proposal]) -> None:
        new = [proposal.new for proposal in batch if proposal.new is not None and proposal.first is None]
        if self._dry_run:
            admitted = self._sources.would_add(new)
        else:
            admitted = self._sources.add_all(new, reason=DUE_REASON, now=self._now)
        found = {source.url: outcome for source, outcome in zip(new, admitted, strict=True)}
        self._ids |= {url: outcome.source_id for url, outcome in found.items()}
        self.rows += [self._row(proposal, found) for proposal in batch]

    def _row(self, proposal: Proposal, found: Mapping[str, Admitted]) -> Imported:
        row = Imported(
            list=proposal.list,
            line=proposal.line,
            outcome="refused",
            title=proposal.name,
            reason=proposal.refusal,
        )
        new = proposal.new
        if new is None:
            return row
        row = replace(row, outcome="already", url=new.url, title=new.title, source_id=self._ids.get(new.url))
        if proposal.first is not None:
            return replace(row, reason=f"stands in {proposal.first} already")
        admitted = found[new.url]
        return replace(
            row, outcome="already" if admitted.already else "added", tags_added=admitted.tags_added
        )
