"""Lists of sources that go out and come in: ``kabar sources export`` and ``kabar sources import``."""

import dataclasses
import io
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.cli import exits
from crawler.cli.call import Call, Verb, json_option, output_option, partial_option
from crawler.cli.exits import DONE
from crawler.cli.output import Column, draw_table, on_terminal, progress, safe_block, say, show_list
from crawler.cli.phrases import count
from crawler.cli.records import without_passwords
from crawler.cli.values import Name
from crawler.errors import UsageError

if TYPE_CHECKING:
    from crawler.importing import Imported, Report

MOST_DRAWN = 50
"""Longer reports are drawn without the lines about which there is nothing to say."""
_SUFFIXES = {".opml": "opml", ".xml": "opml", ".csv": "csv"}
_STYLES = {"added": "green", "refused": "red"}


@click.command("export", cls=Verb)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["opml", "csv"]),
    help="How to write them (else by the suffix of FILE, else opml).",
)
@output_option("Write to FILE, which appears complete or not at all.")
@click.option("--tag", metavar="TAG", help="Only sources with this tag.")
@click.option("--with-secrets", is_flag=True, help="Passwords, cookies and headers too.")
@click.pass_obj
def export(call: Call, format_: str | None, output: Path | None, tag: str | None, with_secrets: bool) -> int:
    """Write the sources as a list that feed readers, and kabar, can read: OPML or CSV.

    Everything you chose is in it: address, title, site, language, country, tags, kind, interval, schedule,
    whether it is paused, and how it is fetched. What kabar learnt is not.
    """
    from crawler.export import listed, opml, sheet
    from crawler.export.file import replacing

    write = {"opml": opml.write, "csv": sheet.write}[_format(output, format_)]
    with call.store() as store:
        # What names another source as its parent was found there, and will be found there again.
        found = [source for source in store.sources.list(tag=tag) if source.parent_id is None]
    if output is None and on_terminal():
        shown = io.StringIO(newline="")
        number = write(found, shown, secrets=with_secrets)
        sys.stdout.write(safe_block(shown.getvalue()))
    elif output is None:
        number = write(found, sys.stdout, secrets=with_secrets)
    else:
        with replacing(output) as out:
            number = write(found, out, secrets=with_secrets)
    call.say(f"{count(number, 'source')} written" + (f" to {output}" if output is not None else ""))
    if not with_secrets:
        _tell_left_out(call, sum(listed.has_secrets(source) for source in found))
    return DONE


def _format(path: Path | None, chosen: str | None) -> str:
    told = _SUFFIXES.get(path.suffix.lower()) if path is not None else None
    if chosen is not None:
        if told not in (None, chosen):
            raise UsageError(f"{path}: the suffix is that of {told}, not of {chosen}; leave --format away")
        return chosen
    if path is None:
        return "opml"
    if path.suffix.lower() not in _SUFFIXES:
        raise UsageError(f"{path}: the suffix names no format; end it in .opml or .csv, or give --format")
    return _SUFFIXES[path.suffix.lower()]


def _tell_left_out(call: Call, number: int) -> None:
    if number:
        call.say(f"{count(number, 'source')} without their passwords, cookies or headers: --with-secrets")


@click.command("import", cls=Verb)
@click.argument("files", nargs=-1, required=True, type=Name(), metavar="FILE...")
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="Tag the sources; may be repeated.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@json_option
@partial_option
@click.pass_obj
def import_(
    call: Call, files: tuple[str, ...], tags: tuple[str, ...], dry_run: bool, as_json: bool, partial_ok: bool
) -> int:
    """Follow the sources of lists: OPML of any feed reader, CSV, or one URL a line.

    FILE may be - for stdin. Folders become tags. A source that is followed already keeps what it has and is
    given the tags in addition. Nothing is fetched: first polls are spread, so that many do not come at once.
    """
    from crawler.importing import run_import

    first_interval = call.settings().poll.first_interval
    with call.store(create=True) as store, progress(wanted=not call.quiet) as step:
        report = run_import(
            store,
            _bodies(files),
            now=time.time(),
            first_interval=first_interval,
            tags=tags,
            dry_run=dry_run,
            progress=lambda done, total: step(done, total, "sources"),
        )
    _show(call, report, dry_run=dry_run, as_json=as_json)
    refused = sum(row.outcome == "refused" for row in report.rows)
    return exits.targets(failed=refused, total=len(report.rows), partial_ok=partial_ok)


def _bodies(files: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    from spiders.readers.listed import MAX_BYTES

    for name in dict.fromkeys(files):
        if name == "-":
            yield "stdin", sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                yield name, file.read(MAX_BYTES + 1)


def _show(call: Call, report: "Report", *, dry_run: bool, as_json: bool) -> None:
    rows = report.rows
    if on_terminal() and not as_json and len(rows) > MOST_DRAWN:
        draw_table([row for row in rows if row.outcome == "already" and row.tags_added], _columns())
    else:
        show_list(rows, _columns(), record=_record, as_json=as_json)
    for row in rows:
        if row.outcome == "refused":
            say(f"kabar: {_where(row)}: {row.reason}")
    for note in report.notes:
        call.say(note)
    numbers = [sum(row.outcome == outcome for row in rows) for outcome in ("added", "already", "refused")]
    words = ("would be added" if dry_run else "added", "followed already", "refused")
    call.say(" · ".join(f"{number:,} {word}" for number, word in zip(numbers, words, strict=True)))


def _record(row: "Imported") -> dict[str, object]:
    return without_passwords(dataclasses.asdict(row))


def _where(row: "Imported") -> str:
    place = "" if row.line is None else f", line {row.line}"
    return f"{row.list}{place}" + (f' ("{row.title}")' if row.title else "")


def _columns() -> "list[Column[Imported]]":
    return [
        Column("line", lambda row: row.line, right=True),
        Column("outcome", lambda row: row.outcome, style=lambda row: _STYLES.get(row.outcome, "")),
        Column("id", lambda row: row.source_id, right=True),
        Column("title", lambda row: row.title, cut=True),
        Column("url", lambda row: row.url, cut=True),
        Column("new tags", lambda row: ", ".join(row.tags_added)),
        Column("why", lambda row: row.reason, cut=True),
    ]


COMMANDS = (export, import_)
