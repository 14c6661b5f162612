"""``kabar run``: the daemon."""

import sys

import click

from crawler.cli.call import Call, Verb, private_option
from crawler.cli.output import on_terminal, say


@click.command(cls=Verb)
@click.option("--once", is_flag=True, help="Poll what is due, fetch what is new, then exit.")
@click.option(
    "--starters/--no-starters",
    default=None,
    help="Begin with a dozen well-known feeds when there are no sources; on a terminal you are asked.",
)
@private_option
@click.pass_obj
def command(call: Call, once: bool, starters: bool | None) -> int:
    """Follow the sources day and night: the daemon.

    Polls each source when it is due, fetches what is new and keeps it, until Ctrl-C or SIGTERM. One
    daemon runs on a store at a time. Logs go to stderr: text on a terminal, JSON lines elsewhere.
    """
    from crawler.daemon import run_daemon

    settings = call.settings()
    if starters is None:
        starters = _asked(call)
    call.logging()
    return run_daemon(settings, once=once, starters=starters)


def _asked(call: Call) -> bool | None:
    """Ask whether to begin with the starter feeds; None when nobody is there or there are sources already."""
    if call.quiet or not (on_terminal(sys.stdin) and on_terminal(sys.stderr)):
        return None
    with call.store(create=True) as store:
        if store.sources.list():
            return None
    from crawler.starters import starters

    say("There are no sources yet. kabar can begin with these feeds:")
    for starter in starters():
        say(f"  {starter.language}  {starter.title}  ({starter.url})")
    return click.confirm("Follow them?", default=True, err=True)
