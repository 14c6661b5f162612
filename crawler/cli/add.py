"""``kabar add``: find the sources behind URLs and follow them."""

import dataclasses
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import click

from crawler.cli import exits
from crawler.cli.call import Call, Verb, json_option, partial_option, private_option
from crawler.cli.output import Column, on_terminal, progress, say, show_list
from crawler.cli.records import without_passwords
from crawler.cli.sources_options import changed_options, first_options
from crawler.cli.sources_schedule import NAMES, first_schedule, schedule_options
from spiders.readers.listed import unique_tags

if TYPE_CHECKING:
    from crawler.follow import Added, Following, Hint
    from storage.model import SourceKind

_STYLES = {"failed": "red", "followed": "green", "found": "cyan"}
_SHOWN_HINTS = 5


@click.command(cls=Verb)
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@click.option("--all", "everything", is_flag=True, help="Follow all good sources found, not only the best.")
@click.option("--kind", type=click.Choice(["feed", "sitemap", "section"]), help="Only sources of this kind.")
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="Tag the sources; may be repeated.")
@click.option("--title", metavar="TITLE", help="Title of the source (one URL only).")
@schedule_options
@first_options
@click.option("--dry-run", is_flag=True, help="Only look; follow nothing.")
@private_option
@json_option
@partial_option
@click.pass_obj
def command(
    call: Call,
    /,
    urls: tuple[str, ...],
    everything: bool,
    kind: str | None,
    tags: tuple[str, ...],
    title: str | None,
    dry_run: bool,
    as_json: bool,
    partial_ok: bool,
    **given: Any,
) -> int:
    """Find the sources behind URLs and follow them.

    URL is a feed, a sitemap, or any page of a site: then what the page announces, robots.txt and the usual
    places are looked at, and the best source is followed. A section without a feed is followed as a page.
    """
    if title is not None and (len(urls) > 1 or everything):
        raise click.UsageError("--title goes with one URL only, and without --all")
    from crawler.discovery import Wish
    from crawler.follow import Following, run_add

    timing = {name: given.pop(name) for name in NAMES}
    options = changed_options({}, given).get("options", {})
    wish = Wish(kind=cast("SourceKind | None", kind), everything=everything, options=options)
    following = Following(
        tags=unique_tags(tags), title=title, dry_run=dry_run, wish=wish, **first_schedule(timing)
    )
    settings = call.settings()
    targets = list(dict.fromkeys(urls))
    with progress(wanted=not call.quiet) as step:
        call.logging(calm=True)
        step(0, len(targets), "looking")
        answers = run_add(settings, targets, following=following, step=step)
    show_list(answers, _columns(following), record=partial(_record, following), as_json=as_json)
    _explain(call, answers)
    if dry_run and on_terminal() and not as_json:  # where the table has no room for whole addresses
        _offer(call, answers)
    failed = sum(answer.error is not None for answer in answers)
    return exits.targets(failed=failed, total=len(answers), partial_ok=partial_ok)


def _columns(following: "Following") -> "list[Column[Added]]":
    def state(answer: "Added") -> str:
        return _state(answer, following)

    return [
        Column("id", lambda answer: answer.source_id, right=True),
        Column("state", state, style=lambda answer: _STYLES.get(state(answer), "")),
        Column("format", lambda answer: answer.format or answer.kind),
        Column("lang", lambda answer: answer.language),
        Column("entries", lambda answer: answer.entries or None, right=True),
        Column("newest", lambda answer: answer.newest, shown=lambda answer: (answer.newest or "")[:10]),
        Column("title", lambda answer: answer.title, cut=True),
        Column("url", lambda answer: answer.url, cut=True),
        Column("why", lambda answer: answer.why, cut=True, style=lambda answer: "dim"),
    ]


def _state(answer: "Added", following: "Following") -> str:
    if answer.error is not None:
        return "failed"
    return "already" if answer.already else "found" if following.dry_run else "followed"


def _record(following: "Following", answer: "Added") -> dict[str, object]:
    first = {"asked": answer.asked, "url": answer.url, "state": _state(answer, following)}
    return without_passwords({**first, **dataclasses.asdict(answer)})


def _explain(call: Call, answers: "list[Added]") -> None:
    for answer in answers:
        if answer.error is not None:
            say(f"kabar: {answer.url or repr('')}: {answer.error}")
        if answer.hints:
            call.say(f"also found behind {answer.asked}, and not followed:")
        for hint in answer.hints[:_SHOWN_HINTS]:
            call.say(_follow_it(hint))
        if len(answer.hints) > _SHOWN_HINTS:
            call.say(f"  and {len(answer.hints) - _SHOWN_HINTS} more: kabar add --dry-run {answer.asked}")


def _offer(call: Call, answers: "list[Added]") -> None:
    found = [answer for answer in answers if answer.error is None and not answer.already]
    if found:
        call.say("to follow:")
    for answer in found:
        call.say(_follow_it(answer))


def _follow_it(found: "Added | Hint") -> str:
    page = "--kind section " if found.kind == "section" else ""
    title = f"   # {found.title}" if found.title else ""
    return f"  kabar add {page}{found.url}{title}"
