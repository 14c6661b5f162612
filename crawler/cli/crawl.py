"""``kabar crawl``: look at sources or URLs once, now."""

import dataclasses
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from crawler.cli import exits
from crawler.cli.call import Call, Verb, empty_option, json_option, partial_option, private_option
from crawler.cli.output import Column, draw_table, on_terminal, progress, say, show_list, write_json
from crawler.cli.phrases import count
from crawler.cli.records import without_passwords
from crawler.cli.when import moment_option
from crawler.errors import UsageError

if TYPE_CHECKING:
    from crawler.one_off import CrawlOptions, CrawlReport, CrawlRow
    from crawler.tally import Progress
    from crawler.warc_reading import ArchiveOptions
    from storage.model import Article

_STYLES = {
    "failed": "red",
    "damaged": "red",
    "new": "green",
    "read": "green",
    "stored": "green",
    "revised": "green",
    "deferred": "yellow",
}


@click.command(cls=Verb)
@click.argument("targets", nargs=-1, metavar="[SOURCE|URL|FILE]...")
@click.option(
    "--limit",
    type=click.IntRange(min=1, max=1_000_000_000),
    metavar="N",
    help="At most N entries of each feed, or pages of each WARC file.",
)
@click.option(
    "--since",
    callback=moment_option,
    metavar="WHEN",
    help="Only entries published since: 2026-11-23, 7d, 24h.",
)
@click.option(
    "--backfill",
    is_flag=True,
    help="Also read older documents, back to --since: archived feed pages, the site's sitemaps.",
)
@click.option("--add", is_flag=True, help="Follow the feeds from now on.")
@click.option(
    "--site", "sites", multiple=True, metavar="DOMAIN", help="Of WARC files, only this site's pages."
)
@click.option(
    "--language", "languages", multiple=True, metavar="CODE", help="Of WARC files, only this language."
)
@click.option("--again", is_flag=True, help="Read WARC files from the beginning once more.")
@click.option("--no-store", is_flag=True, help="Keep nothing; print the articles as JSON lines instead.")
@private_option
@json_option
@partial_option
@empty_option
@click.pass_obj
def command(
    call: Call,
    /,
    targets: tuple[str, ...],
    limit: int | None,
    since: datetime | None,
    backfill: bool,
    add: bool,
    no_store: bool,
    as_json: bool,
    partial_ok: bool,
    fail_on_empty: bool,
    **archived: Any,
) -> int:
    """Look at sources or URLs once, now.

    SOURCE is the number, title or URL of a source; a URL may also be a feed, an article or an OPML list.
    FILE is an OPML or CSV list of sources, or a WARC file, whose pages are read without fetching anything,
    on from where the last call left it. Without any of them all active sources are looked at. What is new
    is fetched and kept; the closing table says what happened to each.
    """
    if no_store and (add or not targets):
        raise UsageError("--no-store keeps nothing: name URLs to crawl, and leave --add out")
    if no_store:
        call.flags["database"] = "sqlite://"
    from crawler.one_off import CrawlOptions

    archives = _archive_options(targets, **archived)
    options = CrawlOptions(limit=limit, since=since, backfill=backfill, add=add, archives=archives)
    report = _crawl(call, targets, options, articles=no_store)
    _show(call, report, articles=no_store, as_json=as_json)
    if not no_store:
        _tell_next(call, report)
    return code(report, partial_ok=partial_ok, fail_on_empty=fail_on_empty)


def _crawl(call: Call, targets: tuple[str, ...], options: "CrawlOptions", *, articles: bool) -> "CrawlReport":
    from crawler.one_off import run_crawl

    settings = call.settings()
    with progress(wanted=not call.quiet) as step:
        call.logging(calm=True)

        def report(at: "Progress") -> None:
            step(at.done, at.total, at.message)

        return run_crawl(
            settings,
            list(targets),
            options=options,
            progress=report,
            on_article=_print_article if articles else None,
        )


def _archive_options(
    targets: tuple[str, ...], *, sites: tuple[str, ...], languages: tuple[str, ...], again: bool
) -> "ArchiveOptions":
    from crawler.warc_reading import ArchiveOptions, is_archive

    if (sites or languages or again) and not any(is_archive(target) for target in targets):
        raise UsageError("--site, --language and --again are for WARC files, and none is named")
    return ArchiveOptions(
        sites=frozenset(site.lower() for site in sites),
        languages=frozenset(code.lower() for code in languages),
        again=again,
    )


def _print_article(article: "Article") -> None:
    from crawler.record import record

    write_json(record(article))


def code(report: "CrawlReport", *, partial_ok: bool, fail_on_empty: bool) -> int:
    """Return the exit code of a crawl."""
    if report.interrupted:
        return exits.INTERRUPTED
    failed = sum(row.failed for row in report.rows)
    ended = exits.targets(failed=failed, total=len(report.rows), partial_ok=partial_ok)
    if ended == exits.DONE and fail_on_empty and not any(row.stored or row.revised for row in report.rows):
        return exits.EMPTY
    return ended


def _show(call: Call, report: "CrawlReport", *, articles: bool, as_json: bool) -> None:
    """Print a row for each target: on stdout, or on stderr where stdout carries the articles."""
    if not articles:
        show_list(report.rows, _columns(), record=_record, as_json=as_json)
    elif on_terminal(sys.stderr) and not call.quiet:
        draw_table(report.rows, _columns(), stream=sys.stderr)
    for row in report.rows:
        if row.found is not None:
            call.say(f"{row.target}: crawled what was found behind it, {row.found}")
        if row.failed:
            say(f"kabar: {row.target or repr('')}: {row.error}")
        elif row.error:
            call.say(f"{row.target}: {row.error}")
    call.say(_summary(report))


def _record(row: "CrawlRow") -> Mapping[str, Any]:
    return {**without_passwords(dataclasses.asdict(row)), "seconds": round(row.seconds, 3)}


def _columns() -> "list[Column[CrawlRow]]":
    first: list[Column[CrawlRow]] = [
        Column("source", lambda row: row.target, shown=lambda row: row.title or row.target, cut=True),
        Column("outcome", lambda row: row.outcome, style=lambda row: _STYLES.get(row.outcome, "")),
        Column("http", lambda row: row.status, right=True),
    ]
    numbers = [
        _number(name) for name in ("seen", "new", "stored", "revised", "duplicates", "rejected", "deferred")
    ]
    seconds: Column[CrawlRow] = Column(
        "time", lambda row: f"{row.seconds:.1f}", shown=lambda row: f"{row.seconds:.1f} s", right=True
    )
    plain: list[Column[CrawlRow]] = [Column("error", lambda row: row.error)]
    return [*first, *numbers, seconds, *([] if on_terminal() else plain)]


_SHORT = {"duplicates": "dup", "rejected": "rej", "deferred": "later"}


def _number(name: str) -> "Column[CrawlRow]":
    return Column(
        _SHORT.get(name, name),
        lambda row: getattr(row, name),
        right=True,
        style=lambda row: "" if getattr(row, name) else "dim",
    )


def _summary(report: "CrawlReport") -> str:
    if not report.rows and not report.interrupted:
        return "there are no sources to crawl: `kabar add URL` follows one"
    names = ("stored", "revised", "duplicates", "rejected", "deferred")
    numbers = [f"{sum(getattr(row, name) for row in report.rows):,} {name}" for name in names]
    unchanged = sum(row.unchanged for row in report.rows)
    numbers += [f"{unchanged:,} unchanged"] if unchanged else []
    failed = sum(row.failed for row in report.rows)
    documents = sum(row.documents for row in report.rows)
    numbers += [f"{count(documents, 'document')} read behind them"] if documents else []
    parts = [*numbers, *([f"{count(failed, 'target')} failed"] if failed else [])]
    return ("interrupted: " if report.interrupted else "") + " · ".join(parts)


def _tell_next(call: Call, report: "CrawlReport") -> None:
    """Name the next command a newcomer wants: follow what was only looked at once."""
    if call.quiet or not on_terminal(sys.stderr):
        return
    with call.store() as store:
        once = [
            row.target
            for row in report.rows
            if row.source_id and store.sources.get(row.source_id).state == "once"
        ]
    if once:
        call.say(f"follow from now on: kabar add {' '.join(once)}")
    elif any(row.stored for row in report.rows):
        call.say("read: kabar search")
