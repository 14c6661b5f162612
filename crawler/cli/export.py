"""``kabar export``: write articles, as many as there are."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crawler.cli.call import Call, empty_option
from crawler.cli.exits import DONE, EMPTY
from crawler.cli.filters import QueryVerb, filter_options, filters_of, once_option
from crawler.cli.output import Step, on_terminal, progress
from crawler.cli.phrases import count
from storage.hits import Filters
from storage.model import Article

if TYPE_CHECKING:
    from storage.store import Store

STEP = 100
"""Articles between two moves of the progress bar."""


@click.command(cls=QueryVerb)
@click.argument("words", nargs=-1)
@filter_options
@once_option
@click.option(
    "--format",
    "format_",
    type=click.Choice(["jsonl", "csv"]),
    help="How to write them (else by the suffix of FILE, else jsonl).",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write to FILE, which appears complete or not at all.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=1, max=1_000_000_000),
    metavar="N",
    help="At most N articles (else all).",
)
@click.option("--sort", type=click.Choice(["newest", "oldest"]), default="newest", show_default=True)
@click.option("--safe", is_flag=True, help="CSV for spreadsheets: keep cells from being run as formulas.")
@empty_option
@click.pass_obj
def command(
    call: Call,
    /,
    words: tuple[str, ...],
    format_: str | None,
    output: Path | None,
    limit: int | None,
    safe: bool,
    fail_on_empty: bool,
    **given: Any,
) -> int:
    """Write articles to a file or stdout, as many as there are.

    WORDS and filters are those of `kabar search`. JSON lines carry everything; CSV has one row an article,
    with lists joined by "; ".
    """
    from crawler.export import export, format_for

    chosen = format_for(output, chosen=format_)
    filters = filters_of(
        words, given, sort=given["sort"], limit=limit or 0, one_per_story=given["one_per_story"]
    )
    # A bar on the terminal that the articles themselves are written to would only be in their way.
    wanted = not call.quiet and on_terminal(sys.stderr) and (output is not None or not on_terminal())
    with call.store() as store, progress(wanted=wanted) as step:
        found = store.articles.iterate(filters)
        if wanted:
            found = _watched(found, step, total=_total(store, filters))
        number = export(found, output, format_=chosen, safe=safe)
    call.say(f"{count(number, 'article')} written" + (f" to {output}" if output is not None else ""))
    return EMPTY if fail_on_empty and not number else DONE


def _total(store: "Store", filters: Filters) -> int:
    number = store.articles.count(filters)
    return min(number, filters.limit) if filters.limit else number


def _watched(articles: Iterable[Article], step: Step, *, total: int) -> Iterator[Article]:
    """Pass the articles on, moving the bar on the way."""
    for number, article in enumerate(articles, start=1):
        if number % STEP == 0:
            step(number, total)
        yield article
