"""``kabar simulate``: ways to poll set against each other, on invented or on kept publication times."""

import dataclasses
import sys
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from crawler.cadence import spell
from crawler.cli.call import Call, Verb, json_option
from crawler.cli.exits import DONE
from crawler.cli.output import Column, Step, on_terminal, progress, show_list, write
from crawler.errors import UsageError

if TYPE_CHECKING:
    from crawler.simulate.compare import Row, Setting
    from crawler.simulate.outlet import Outlet

DAY = 86400.0
MONDAY = 1_759_708_800.0
"""A Monday at 00:00 UTC in 2025, at which invented weeks begin."""
_PARTS = {
    "own": "kabar",
    "budget": "the same number of requests",
    "as it is": "as they come",
    "kind": "by class of feed, the same number of requests over all",
}
_STEPS = 18
"""Policies that are run, or nearly so: for the progress bar."""


@click.command(cls=Verb)
@click.option("--history", is_flag=True, help="Replay the entries that the store keeps, not invented ones.")
@click.option(
    "--outlets",
    type=click.IntRange(1, 10_000),
    default=100,
    show_default=True,
    metavar="N",
    help="Invented feeds.",
)
@click.option(
    "--days", type=click.IntRange(1, 365), default=7, show_default=True, metavar="N", help="Days that count."
)
@click.option(
    "--learning",
    type=click.IntRange(0, 365),
    default=7,
    show_default=True,
    metavar="N",
    help="Days before them, in which policies get to know the feeds.",
)
@click.option(
    "--seed", type=int, default=1, show_default=True, metavar="N", help="Another one, another week."
)
@json_option
@click.pass_obj
def command(
    call: Call, history: bool, outlets: int, days: int, learning: int, seed: int, as_json: bool
) -> int:
    """Compare ways to poll, on invented or on kept publication times.

    Shown are the delay from publication to poll, the entries missed and the requests made. Nothing is
    fetched and nothing is changed. kabar is run with the poll.* settings in force here; beside it
    stand fixed intervals and the rules of Media Cloud, StormCrawler and Miniflux. With the hundred
    feeds of the default that takes about half a minute of computing; fewer take less.
    """
    from crawler.simulate.compare import compare

    setting = _setting(call, history=history, outlets=outlets, days=days, learning=learning, seed=seed)
    with progress(wanted=not call.quiet) as step:
        rows = _told(compare(setting), step)
        if as_json or not on_terminal():
            columns = [Column[tuple[str, "Row"]]("part", lambda item: item[0]), *_columns()]
            show_list(rows, columns, record=_record, as_json=as_json)
            return DONE
        done = list(rows)
    _show(done)
    return DONE


def _told(rows: "Iterable[tuple[str, Row]]", step: Step) -> "Iterator[tuple[str, Row]]":
    """Yield rows as they are worked out, a second or more each, and let none wait in a pipe."""
    step(0, _STEPS, "polling")
    for number, item in enumerate(rows, start=1):
        yield item
        sys.stdout.flush()
        step(min(number, _STEPS), _STEPS, item[1].policy)


def _setting(call: Call, *, history: bool, outlets: int, days: int, learning: int, seed: int) -> "Setting":
    from crawler.cadence import Bounds
    from crawler.simulate.compare import Setting
    from crawler.simulate.newsroom import newsroom
    from crawler.simulate.replay import Span

    poll = call.settings().poll
    if history:
        end = time.time()
        found = _kept(call, since=end - (days + learning + 30) * DAY)
    else:
        end = MONDAY + (days + learning) * DAY
        found = newsroom(seed=seed, outlets=outlets, start=end - (days + learning) * DAY, end=end + 2 * DAY)
    span = Span(start=end - (days + learning) * DAY, measured=end - days * DAY, end=end)
    bounds = Bounds(shortest=poll.min_interval, longest=poll.max_interval, first=poll.first_interval)
    return Setting(outlets=found, span=span, bounds=bounds, effort=poll.effort, seed=seed)


def _kept(call: Call, *, since: float) -> "list[Outlet]":
    from crawler.simulate.history import outlets_of

    with call.store() as store:
        sources = {source.id: source for source in store.sources.list()}
        found = outlets_of(store.entries.sightings(since=since), sources)
    if not found:
        raise UsageError("the store keeps no entries of followed sources to replay; leave --history out")
    return found


def _show(rows: "list[tuple[str, Row]]") -> None:
    """Draw each part of the table under its heading."""
    write("a day: requests for each feed and day; an entry: requests for each entry that was caught")
    for part, heading in _PARTS.items():
        write(f"\n{heading}")
        show_list([item for item in rows if item[0] == part], _columns(), record=_record, as_json=False)


def _record(item: "tuple[str, Row]") -> dict[str, object]:
    return {"part": item[0], **dataclasses.asdict(item[1])}


def _columns() -> "list[Column[tuple[str, Row]]]":
    return [
        Column("policy", lambda item: item[1].policy, cut=True),
        Column("feeds", lambda item: item[1].outlets),
        Column("median", lambda item: _spelt(item[1].median), right=True),
        Column("95 %", lambda item: _spelt(item[1].p95), right=True),
        Column("mean", lambda item: _spelt(item[1].mean), right=True),
        Column("missed", lambda item: item[1].missed, right=True),
        Column("caught", lambda item: item[1].caught, right=True),
        Column("a day", lambda item: f"{item[1].requests_per_day:.1f}", right=True),
        Column("an entry", lambda item: _number(item[1].requests_per_entry), right=True),
    ]


def _spelt(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return f"{seconds / 60:.1f} min" if seconds < 6000 else spell(seconds)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
