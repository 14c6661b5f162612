"""``kabar export``: write articles, as many as there are."""

import sys
from typing import TYPE_CHECKING, Any

import click

from crawler.cli.call import Call, empty_option
from crawler.cli.exits import DONE, EMPTY, PARTIAL
from crawler.cli.filters import QueryVerb, filter_options, filters_of, once_option, tell_of_filters
from crawler.cli.output import on_terminal, progress
from crawler.cli.phrases import count, local
from crawler.cli.when import ages
from crawler.errors import CrawlerError, ExportGone, ExportHeld, UsageError
from crawler.export.goal import FEEDS, FORMATS, Goal, goal_for
from crawler.normalize.url import clean_url
from storage.errors import ExportMoved

if TYPE_CHECKING:
    from crawler.export.job import Job


@click.command(cls=QueryVerb)
@click.argument("words", nargs=-1)
@filter_options
@once_option
@click.option(
    "--format",
    "format_",
    type=click.Choice(FORMATS),
    help="How to write them (else by the suffix of FILE, else jsonl).",
)
@click.option(
    "-o",
    "--output",
    metavar="FILE|DIR/",
    help="Write to FILE, which appears complete or not at all (.gz packs it), or to a folder.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=1, max=1_000_000_000),
    metavar="N",
    help="At most N articles (else all).",
)
@click.option("--sort", type=click.Choice(["newest", "oldest"]), help="Which come first (newest).")
@click.option("--safe", is_flag=True, help="CSV for spreadsheets: keep cells from being run as formulas.")
@click.option("--title", metavar="TEXT", help="Title of the feed (rss, atom, jsonfeed).")
@click.option("--link", metavar="URL", help="Where the feed will be found, if it is published.")
@click.option("--resume", is_flag=True, help="Go on with an export to FILE that was interrupted.")
@click.option(
    "--since-last", "name", metavar="NAME", help="Only what came or changed since the last export of NAME."
)
@click.option("--anew", is_flag=True, help="With --since-last: begin from the start again.")
@empty_option
@click.pass_context
def command(
    context: click.Context,
    /,
    words: tuple[str, ...],
    output: str | None,
    fail_on_empty: bool,
    **given: Any,
) -> int:
    """Write articles to a file, a folder or stdout, as many as there are.

    WORDS and filters are those of `kabar search`. JSON lines carry everything; feeds, NewsArticle, ninjs,
    Markdown and Parquet are for those who read them; WARC holds the kept pages.
    """
    from crawler.export.job import Job, Wish

    goal = goal_for(output, chosen=given["format_"])
    _check(goal, given)
    order, limit = given["sort"] or "newest", given["limit"] or 0
    filters = filters_of(words, given, sort=order, limit=limit, one_per_story=given["one_per_story"])
    rest = {name: given[name] for name in ("name", "anew", "resume", "safe", "title", "link")}
    call: Call = context.obj
    with call.store() as store:
        job = Job(store, Wish(goal=goal, filters=filters, ages=ages(context), spare=fail_on_empty, **rest))
        _tell_beginning(call, job)
        number = _run(call, job)
        if not number:
            tell_of_filters(call, store, filters)
        bare = job.total() if not (number or job.damaged) and goal.format == "warc" else 0
    goes_there = output is not None and (number or not fail_on_empty)
    told = f"{count(number, 'article')} written" + (f" to {output}" if goes_there else "")
    call.say(f"{told}: no page is kept of {count(bare, 'article')} found" if bare else told)
    _tell_left_out(call, job)
    if job.lost or job.damaged:
        return PARTIAL
    return EMPTY if fail_on_empty and not number else DONE


def _tell_left_out(call: Call, job: "Job") -> None:
    if job.lost:
        call.say(f"{count(job.lost, 'more article')} cannot be read: `kabar db check` says what is damaged")
    if job.damaged:
        more = " ..." if job.damaged > len(job.damages) else ""
        left = f"{count(job.damaged, 'kept page')} left out, being damaged"
        call.say(f"{left}: {', '.join(job.damages)}{more}")


def _check(goal: Goal, given: dict[str, Any]) -> None:
    name = given["name"]
    if goal.path is None and sys.__stdout__ is None:
        # The null device stands in for it, and a name would move on behind what nobody has.
        raise CrawlerError("the output cannot be written: stdout is closed; give -o FILE")
    if goal.path is None and goal.format in ("parquet", "warc") and on_terminal():
        raise UsageError(f"{goal.format} is not for a terminal; give -o FILE")
    if given["safe"] and goal.format != "csv":
        raise UsageError(f"--safe is for CSV, and this is {goal.format}: give --format csv, or leave it away")
    for option in ("title", "link"):
        if given[option] is not None and goal.format not in FEEDS:
            formats = " or ".join(FEEDS)
            raise UsageError(f"--{option} is for feeds, and this is {goal.format}: give --format {formats}")
    if given["link"] is not None and clean_url(given["link"]) is None:
        raise UsageError(
            f"--link {given['link']!r} is no web address: it must start with http:// or https://"
        )
    if given["anew"] and name is None:
        raise UsageError("--anew belongs to --since-last NAME")
    if name is not None and (given["limit"] or given["sort"]):
        raise UsageError("--since-last takes everything, in the order it came: leave --limit and --sort away")
    if given["resume"] and goal.path is None:
        raise UsageError("--resume goes on with a file; give -o FILE")


def _tell_beginning(call: Call, job: "Job") -> None:
    if job.gone_on_with is not None:
        begun, kept = job.gone_on_with
        call.say(f"goes on with the export of {local(begun.timestamp())}: {count(kept, 'article')} are kept")
    if job.tells_texts_alone:
        call.say(
            "--since-last looks at new texts alone: an article that comes to fit without one"
            " (another source, story or state) is not written later"
        )


def _run(call: Call, job: "Job") -> int:
    # A bar on the terminal that the articles themselves are written to would only be in their way.
    wanted = not call.quiet and on_terminal(sys.stderr) and (job.goal.path is not None or not on_terminal())
    total = job.total() if wanted else None
    try:
        with progress(wanted=wanted) as step:
            return job.run(watch=lambda number: step(number, total))
    except OSError as error:
        if error.filename is None and job.goal.path is not None:
            error.filename = str(job.goal.path)
        _tell_kept(call, job)
        raise
    except (ExportHeld, ExportGone, ExportMoved):  # what is kept there is another one's, or of no use
        raise
    except BaseException:  # Ctrl-C too leaves what can be gone on with
        _tell_kept(call, job)
        raise


def _tell_kept(call: Call, job: "Job") -> None:
    if (kept := job.kept()) is not None:
        call.say(f"{count(kept, 'article')} are kept; the same command with --resume goes on from there")
