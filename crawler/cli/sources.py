"""``kabar sources``: list the sources, look at one, change them. Without a subcommand it lists."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

import click

from crawler.cli import sources_check, sources_edit, sources_exchange
from crawler.cli.call import Call, Group, Verb, global_options, json_option, no_such_command
from crawler.cli.exits import DONE
from crawler.cli.output import Column, on_terminal, show_facts, show_list, write, write_json
from crawler.cli.phrases import local, relative, rfc3339, size
from crawler.cli.records import failing, poll_record, source_record, subscription_record
from crawler.cli.sources_rhythm import looks, next_poll, timing_facts, timing_record
from crawler.cli.subscriptions import subscription_facts
from crawler.cli.when import moment_option
from crawler.options import described
from crawler.rules import plan_of
from crawler.settings import PollSettings
from storage.model import Poll, Source, SourceState

_STATES: tuple[SourceState, ...] = ("active", "paused", "gone", "once")


class Listing(Group):
    """A group that lists when no subcommand is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put ``list`` in front of a command line that names no subcommand."""
        if not any(item in self.commands for item in args) and not {"-h", "--help"} & set(args):
            if args and not args[0].startswith("-"):
                shown = f"; `kabar sources show {args[0]}` shows one source"
                no_such_command(ctx, args[0], self.commands, otherwise=shown)
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group(cls=Listing, params=[*global_options(hidden=True)])
def command() -> None:
    """List the sources, and change them.

    SOURCE is a number, a URL, or a part of a title or URL that fits one source only.
    """


@command.command("list", cls=Verb)
@click.option(
    "--state",
    "states",
    type=click.Choice(_STATES),
    multiple=True,
    help="Only these; may be repeated (once: crawled by hand, not followed).",
)
@click.option("--tag", metavar="TAG", help="Only sources with this tag.")
@click.option(
    "--silent",
    callback=moment_option,
    metavar="WHEN",
    help="Only active sources without anything new since: 2026-11-23, 3d, 12h.",
)
@click.option(
    "--all", "everything", is_flag=True, help="Also the documents behind them, like parts of a sitemap."
)
@json_option
@click.pass_obj
def list_(
    call: Call,
    states: tuple[str, ...],
    tag: str | None,
    silent: datetime | None,
    everything: bool,
    as_json: bool,
) -> int:
    """List the sources: how they are, and when they are looked at next."""
    import time

    with call.store() as store:
        chosen = tuple(state for state in _STATES if state in states) or ("active", "paused", "gone")
        found = store.sources.list(states=chosen, tag=tag)
        if silent is not None:
            found = [source for source in found if _silent(source, silent.timestamp())]
        numbers = [source.id for source in found]
        behind = store.sources.count_children(numbers)
        if everything:
            found += store.sources.children(numbers)
    now = time.time()
    columns = _drawn_columns(now, behind) if on_terminal() else _PLAIN_COLUMNS
    show_list(found, columns, record=source_record, as_json=as_json)
    if not found and on_terminal() and not as_json:
        narrowed = states or tag is not None or silent is not None
        call.say("no such sources" if narrowed else "no sources; `kabar add URL` follows one")
    return DONE


@command.command(cls=Verb)
@click.argument("source")
@click.option(
    "--polls",
    type=click.IntRange(0, 1_000_000),
    default=10,
    show_default=True,
    metavar="N",
    help="Last polls shown.",
)
@json_option
@click.pass_obj
def show(call: Call, source: str, polls: int, as_json: bool) -> int:
    """Show one source: its settings, its health, why it is looked at when it is, its last polls."""
    import time

    with call.store() as store:
        found = store.sources.get(source)
        visits = store.polls.latest(found.id, polls) if polls else []
        waiting = store.entries.waiting([found.id])
        pushed = store.subscriptions.of_source(found.id)
        behind = store.sources.count_children([found.id]).get(found.id, {})
        alone_until = store.hosts.alone_until(found.host)
    if as_json:
        rest = {
            **timing_record(found, call.settings().poll),
            "revisit": list(plan_of(found, call.settings().revisit.after)),
            "host_alone_until": rfc3339(alone_until) if alone_until > time.time() else None,
            "entries_waiting": waiting,
            "documents": behind,
            "subscription": subscription_record(pushed) if pushed else None,
            "polls": [poll_record(visit) for visit in visits],
        }
        write_json({**source_record(found), **rest})
        return DONE
    now = time.time()
    show_facts(
        [
            *_facts(found, call.settings().poll, alone_until=alone_until, now=now),
            ("looks again", looks(found, call.settings().revisit.after)),
            ("documents", _documents(behind)),
            ("waiting", f"{waiting} entries whose page is still to be read"),
            *(subscription_facts(pushed, now=now) if pushed else ()),
        ]
    )
    if visits and on_terminal():
        write("")
        show_list(visits, _POLL_COLUMNS, record=poll_record, as_json=False)
    return DONE


for verb in (*sources_edit.COMMANDS, *sources_exchange.COMMANDS, sources_check.check):
    command.add_command(verb)


def _silent(source: Source, since: float) -> bool:
    return source.state == "active" and (source.last_new_at or source.created_at) < since


def health(source: Source, *, now: float) -> str:
    """Say in a word or two how a source is."""
    from crawler.health import condition

    if failing(source) and source.failures > 1:
        return f"failing {source.failures}x"
    return condition(source, now=now)


_COLOURS = {
    "active": "green",
    "new": "cyan",
    "quiet": "yellow",
    "paused": "yellow",
    "gone": "red",
    "once": "dim",
    "done": "dim",
}


def _style(source: Source, *, now: float) -> str:
    return _COLOURS.get(health(source, now=now), "red")


_PLAIN_COLUMNS = [
    Column[Source]("id", lambda source: source.id),
    Column[Source]("state", lambda source: source.state),
    Column[Source]("failures", lambda source: source.failures),
    Column[Source]("language", lambda source: source.language),
    Column[Source]("title", lambda source: source.title),
    Column[Source]("url", lambda source: source.url),
    Column[Source]("last poll", lambda source: rfc3339(source.last_polled_at)),
    Column[Source]("last new", lambda source: rfc3339(source.last_new_at)),
    Column[Source](
        "next poll", lambda source: rfc3339(source.next_due_at) if source.state == "active" else None
    ),
    Column[Source]("tags", lambda source: ",".join(source.tags)),
]


def _documents(behind: Mapping[str, int]) -> str | None:
    """Say how many documents stand behind a source, and how many of them are still polled or read."""
    if not behind:
        return None
    parts = [f"{behind[state]} {word}" for state, word in _BEHIND.items() if behind.get(state)]
    return f"{sum(behind.values())} behind it: {', '.join(parts)}"


_BEHIND = {"active": "to be read", "paused": "paused", "done": "done"}


def _titled(source: Source, behind: Mapping[int, Mapping[str, int]]) -> str:
    """Name a source, with how many documents stand behind it; one of these by its address."""
    name = source.title or source.url
    if source.parent_id is not None:
        return f"  {source.url}"
    return f"{name} (+{sum(behind[source.id].values())})" if source.id in behind else name


def _drawn_columns(now: float, behind: Mapping[int, Mapping[str, int]]) -> list[Column[Source]]:
    return [
        Column("id", lambda source: source.id, right=True),
        Column("state", partial(health, now=now), style=partial(_style, now=now)),
        Column("lang", lambda source: source.language),
        Column("title", lambda source: _titled(source, behind), cut=True),
        Column("last new", lambda source: relative(source.last_new_at, now=now)),
        Column("next poll", lambda source: _next(source, now=now)),
        Column("why", lambda source: source.due_reason, cut=True, style=lambda source: "dim"),
    ]


def _next(source: Source, *, now: float) -> str:
    if source.state != "active":
        return "-"
    return "due" if source.next_due_at <= now else relative(source.next_due_at, now=now)


def _facts(
    source: Source, settings: PollSettings, *, alone_until: float, now: float
) -> list[tuple[str, object]]:
    active = source.state == "active"
    due = f"{_next(source, now=now)} ({next_poll(source, settings)})" if active else "-"
    moved = f"{source.moved_to} ({source.moved_seen} times in a row)" if source.moved_to else None
    return [
        ("source", source.id),
        ("title", source.title),
        ("url", source.url),
        ("kind", source.kind),
        ("site", source.site_url),
        ("language", source.language),
        ("country", source.country),
        ("tags", ", ".join(source.tags)),
        ("state", health(source, now=now)),
        ("fetched with", described(source.options)),
        ("next poll", due),
        ("because", source.due_reason),
        ("its host", _held(source, alone_until=alone_until, now=now) if active else None),
        *timing_facts(source, settings),
        ("last poll", _since(source.last_polled_at, now=now)),
        ("last success", _since(source.last_ok_at, now=now)),
        ("last new", _since(source.last_new_at, now=now)),
        ("possible gap", None if source.gap_at is None else _since(source.gap_at, now=now)),
        ("part of", source.parent_id),
        ("last error", source.last_error if source.failures else None),
        ("http status", source.last_status),
        ("moved to", moved),
        ("known since", local(source.created_at)),
    ]


def _held(source: Source, *, alone_until: float, now: float) -> str | None:
    """Say that the host of a source is to be left alone beyond the source's next poll, if it is."""
    if alone_until <= max(now + 1, source.next_due_at):
        return None
    return (
        f"{source.host} is left alone until {local(alone_until)} ({relative(alone_until, now=now)}):"
        " it asked for that, or could not be had"
    )


def _since(moment: float | None, *, now: float) -> str:
    return "never" if moment is None else f"{relative(moment, now=now)} ({local(moment)})"


_POLL_STYLES = {"failed": "red", "new": "green"}
_POLL_COLUMNS = [
    Column[Poll]("polled", lambda poll: local(poll.at)),
    Column[Poll]("outcome", lambda poll: poll.outcome, style=lambda poll: _POLL_STYLES.get(poll.outcome, "")),
    Column[Poll]("http", lambda poll: poll.status, right=True),
    Column[Poll]("seen", lambda poll: poll.entries_seen, right=True),
    Column[Poll]("new", lambda poll: poll.entries_new, right=True),
    Column[Poll]("size", lambda poll: size(poll.size), right=True),
    Column[Poll]("time", lambda poll: f"{poll.seconds:.1f} s", right=True),
    Column[Poll]("error", lambda poll: poll.error, cut=True, style=lambda poll: "red"),
]
