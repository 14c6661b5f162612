"""``kabar stories``: list the stories, and change who is in them. Without a subcommand it lists."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crawler.cli import stories_decide
from crawler.cli.call import Call, Group, empty_option, global_options, json_option, output_option
from crawler.cli.exits import DONE, EMPTY
from crawler.cli.filters import QueryVerb, filter_options, filters_of, next_command, tell_of_filters
from crawler.cli.output import Column, list_format, on_terminal, show_list, write_count
from crawler.cli.phrases import count, duration, stamp
from crawler.cli.values import File
from crawler.errors import UsageError
from storage.hits import Filters

if TYPE_CHECKING:
    from crawler.stories.account import Line

_VALUED = ("--config", "--database")


class Listing(Group):
    """A group that lists when its first word is no subcommand: any other word is looked for."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put ``list`` in front of a command line that names no subcommand."""
        rest = list(args)
        while rest and (rest[0] in _VALUED or rest[0] in ("-v", "-q", "--verbose", "--quiet")):
            del rest[: 2 if rest[0] in _VALUED else 1]
        if not rest or rest[0] not in {*self.commands, "-h", "--help"}:
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group(cls=Listing, params=[*global_options(hidden=True)])
def command() -> None:
    """List stories: articles of one text, and who printed it first.

    A story is what several articles have in common that carry the same text, whatever each outlet made of it.
    `kabar show ARTICLE --story` tells one.
    """


@command.command("list", cls=QueryVerb)
@click.argument("words", nargs=-1)
@filter_options
@click.option(
    "--min",
    "least",
    type=click.IntRange(1, 1_000_000_000),
    default=2,
    show_default=True,
    metavar="N",
    help="Only stories of at least N articles.",
)
@click.option(
    "--sort",
    type=click.Choice(["newest", "size"]),
    default="newest",
    show_default=True,
    help="By the newest article, or by the number of articles.",
)
@click.option(
    "--limit", type=click.IntRange(min=1, max=1_000_000), default=20, show_default=True, metavar="N"
)
@click.option("--cursor", metavar="CURSOR", help="Go on where the page before ended.")
@click.option("--count", "only_count", is_flag=True, help="Print only how many there are.")
@click.option("--format", "format_", type=click.Choice(["table", "jsonl", "csv"]), help="How to print them.")
@click.option(
    "--manifest",
    type=File(dir_okay=False, exists=True, allow_dash=True),
    metavar="FILE",
    help='Judge the documents that FILE lists instead: a line of JSON each, {"id", "title", "text"}.',
)
@output_option("Write to FILE, which appears complete or not at all.")
@json_option
@empty_option
@click.pass_obj
def list_(
    call: Call,
    /,
    words: tuple[str, ...],
    least: int,
    only_count: bool,
    format_: str | None,
    manifest: Path | None,
    output: Path | None,
    as_json: bool,
    fail_on_empty: bool,
    **given: Any,
) -> int:
    """List stories in which an article fits WORDS and filters, with all their articles.

    With --manifest, documents of your own are judged in the order of FILE (- is stdin), each against those
    before it and just as articles are. Nothing is kept. A line of JSON is written for each: id, story (the id
    of its first document), verdict (new, duplicate; rejected for a line that is no document), score (0 to 1),
    match (the id of the document it is a copy of) and why.
    """
    if manifest is not None:
        if words or only_count or format_ == "csv" or given["cursor"] is not None:
            raise UsageError(
                "--manifest judges all documents of FILE: it takes no words, --count or --cursor"
            )
        from crawler.cli.stories_manifest import judge_documents

        return judge_documents(call, manifest, output)
    filters = filters_of(words, given, limit=given["limit"], cursor=given["cursor"])
    if only_count:
        return _count(call, filters, least=least, as_json=as_json, fail_on_empty=fail_on_empty)
    from crawler.stories.account import lines_of

    with call.store() as store:
        page = store.stories.find(filters, least=least, sort=given["sort"])
        lines = lines_of(store, page.stories)
        if not lines:
            tell_of_filters(call, store, filters)
    _print(call, lines, format_=list_format(format_, output, as_json=as_json), output=output)
    if page.cursor is not None:
        call.say(f"more: {next_command(call.arguments, page.cursor, verb='stories')}")
    return EMPTY if fail_on_empty and not lines else DONE


for verb in stories_decide.COMMANDS:
    command.add_command(verb)


def _count(call: Call, filters: Filters, *, least: int, as_json: bool, fail_on_empty: bool) -> int:
    with call.store() as store:
        number = store.stories.count(filters, least=least)
        if not number:
            tell_of_filters(call, store, filters)
    write_count(number, as_json=as_json)
    return EMPTY if fail_on_empty and not number else DONE


def _print(call: Call, lines: "list[Line]", *, format_: str, output: Path | None) -> None:
    from crawler.stories.account import line_record

    if format_ == "table":
        show_list(lines, _columns(), record=line_record, as_json=False)
        if not lines and on_terminal():
            call.say("no stories; `kabar stories --min 1` lists articles that nobody else printed too")
        return
    from crawler.export.stories import export

    number = export(map(line_record, lines), output, format_=format_)
    if output is not None:
        call.say(f"{count(number, 'story', 'stories')} written to {output}")


def _columns() -> "list[Column[Line]]":
    def span(line: "Line") -> str:
        seconds = (line.story.last_at - line.story.first_at).total_seconds()
        return duration(seconds) if seconds >= 1 else ""

    columns: list[Column[Line]] = [
        Column("id", lambda line: line.story.id, right=True),
        Column(
            "first",
            lambda line: line.story.first_at,
            shown=lambda line: stamp(line.story.first_at.astimezone()),
        ),
        Column("span", lambda line: line.story.last_at, shown=span, right=True),
        Column("articles", lambda line: line.story.articles, right=True),
        Column("outlets", lambda line: line.story.outlets, right=True),
        Column("origin", lambda line: line.origin.name, cut=True),
        Column("title", lambda line: line.title, cut=True),
    ]
    return columns
