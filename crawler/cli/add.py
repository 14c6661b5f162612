"""``kabar add``: find the feeds behind URLs and follow them."""

import dataclasses
from typing import TYPE_CHECKING

import click

from crawler.cli import exits
from crawler.cli.call import Call, Verb, json_option, partial_option, private_option
from crawler.cli.output import Column, progress, say, show_list

if TYPE_CHECKING:
    from crawler.follow import Added

_STYLES = {"failed": "red", "followed": "green", "found": "cyan"}


@click.command(cls=Verb)
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="Tag the sources; may be repeated.")
@click.option("--title", metavar="TITLE", help="Title of the source (one URL only).")
@click.option("--dry-run", is_flag=True, help="Only look; follow nothing.")
@private_option
@json_option
@partial_option
@click.pass_obj
def command(
    call: Call,
    urls: tuple[str, ...],
    tags: tuple[str, ...],
    title: str | None,
    dry_run: bool,
    as_json: bool,
    partial_ok: bool,
) -> int:
    """Find the feeds behind URLs and follow them.

    URL is an RSS or Atom feed. Of a web page the feeds it announces are named.
    """
    if title is not None and len(urls) > 1:
        raise click.UsageError("--title goes with one URL only")
    from crawler.follow import run_add

    settings = call.settings()
    with progress(wanted=not call.quiet) as step:
        call.logging(calm=True)
        step(0, None, "looking")
        answers = run_add(settings, list(dict.fromkeys(urls)), tags=tags, dry_run=dry_run, title=title)
    show_list(answers, _columns(dry_run=dry_run), record=dataclasses.asdict, as_json=as_json)
    _explain(call, answers)
    failed = sum(answer.error is not None for answer in answers)
    return exits.targets(failed=failed, total=len(answers), partial_ok=partial_ok)


def _columns(*, dry_run: bool) -> "list[Column[Added]]":
    def state(answer: "Added") -> str:
        if answer.error is not None:
            return "failed"
        return "already" if answer.already else "found" if dry_run else "followed"

    return [
        Column("id", lambda answer: answer.source_id, right=True),
        Column("state", state, style=lambda answer: _STYLES.get(state(answer), "")),
        Column("format", lambda answer: answer.format),
        Column("lang", lambda answer: answer.language),
        Column("entries", lambda answer: answer.entries or None, right=True),
        Column("title", lambda answer: answer.title, cut=True),
        Column("url", lambda answer: answer.url, cut=True),
    ]


def _explain(call: Call, answers: "list[Added]") -> None:
    for answer in answers:
        if answer.error is not None:
            say(f"kabar: {answer.url}: {answer.error}")
        for hint in answer.hints:
            call.say(f"  kabar add {hint}")
