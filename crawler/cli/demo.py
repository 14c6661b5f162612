"""``kabar demo``: the main job on an invented world, offline."""

import shlex
from pathlib import Path

import click

from crawler.cli.call import Call, Verb
from crawler.cli.exits import DONE
from crawler.cli.nowhere import hush
from crawler.cli.output import safe, show_facts, write
from crawler.cli.phrases import count
from crawler.cli.status import accounting
from crawler.cli.values import File
from storage.address import sqlite_url


class _Told:
    """What happens, a line each, as long as somebody listens: the demo goes on in any case."""

    def __init__(self) -> None:
        self.failure: OSError | None = None
        """What ended the telling: a reader that left (``| head``), a full disk."""

    def __call__(self, line: str) -> None:
        try:
            write(safe(line))
        except OSError as error:
            self.failure = error
            hush()


@click.command(cls=Verb)
@click.option(
    "--directory",
    type=File(file_okay=False),
    metavar="DIR",
    help="Put demo.db there instead of the user's data folder; one of an earlier demo is replaced.",
)
@click.pass_obj
def command(call: Call, directory: Path | None) -> int:
    """Watch a day of invented news go by in seconds, offline.

    Papers of an invented world are published on this machine; kabar follows them, reads what is new,
    notices edits, copies and faults, and says so. What it kept is left for you to look at. Nothing leaves
    the machine.
    """
    from crawler.demo.tour import run_demo

    call.logging(calm=True)
    told = _Told()
    result = run_demo(directory, out=told)
    if told.failure is not None:
        raise told.failure
    write("")
    show_facts(
        [
            ("visits", f"{count(result.polls, 'poll')}, {count(result.requests, 'request')}"),
            ("articles", f"{result.status.articles:,} in {count(result.status.revisions, 'revision')}"),
            ("entries", accounting(result.status.entries)),
        ]
    )
    _tell_next(call, sqlite_url(result.database), edited=result.edited)
    return DONE


def _tell_next(call: Call, database: str, *, edited: int) -> None:
    call.say("look at what was kept, in the ways of everyday:")
    for words in ("search ferry", f"show {edited} --diff", "sources"):
        call.say(f"  kabar {words} --database {shlex.quote(database)}")
