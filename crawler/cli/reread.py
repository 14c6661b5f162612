"""``kabar reread``: read kept pages again with today's reader."""

import time
from collections.abc import Mapping
from typing import Any

import click

from crawler.cli.call import Call, json_option
from crawler.cli.exits import DONE, FAILED, INTERRUPTED, PARTIAL
from crawler.cli.filters import QueryVerb, filter_options, filters_of
from crawler.cli.output import progress, write, write_json
from crawler.cli.phrases import count


@click.command(cls=QueryVerb)
@click.argument("words", nargs=-1)
@filter_options
@click.option("--all", "everything", is_flag=True, help="Also pages that today's reader has read already.")
@click.option("--dry-run", is_flag=True, help="Only count what would be read differently; change nothing.")
@json_option
@click.pass_obj
def command(
    call: Call, /, words: tuple[str, ...], everything: bool, dry_run: bool, as_json: bool, **given: Any
) -> int:
    """Read kept pages again with today's reader.

    For after an update of kabar, or a new rule for a site (then with --all). What is read differently becomes
    a new revision of the kind `reread`; what the publisher did, and when, stays as it was. A run that was
    broken off is gone on with, and to run it twice changes nothing. WORDS and filters are those of
    `kabar search`.
    """
    from crawler.reread import RereadOptions, run_reread

    options = RereadOptions(filters=filters_of(words, given), everything=everything, dry_run=dry_run)
    with call.store() as store, progress() as step:
        if not dry_run:
            store.require_writable()
        done = run_reread(
            call.settings(), store, options, now=time.time, step=lambda at, total: step(at, total)
        )
    if as_json:
        write_json(
            {
                "wanted": done.wanted,
                "read": done.read,
                "changed": done.changed,
                "fields": dict(done.fields),
                "refused": dict(done.refused),
                "unread": dict(done.unread),
                "dry_run": dry_run,
                "interrupted": done.interrupted,
            }
        )
    else:
        write(_line(done.read, done.changed, done.fields, dry_run=dry_run))
        if done.refused:
            write(f"{_pages(done.refused)} read as no article, which stay: {_reasons(done.refused)}")
        if done.unread:
            write(f"{_pages(done.unread)} not read, for the next run: {_reasons(done.unread)}")
    if done.interrupted:
        call.say("interrupted: `kabar reread` goes on from here")
        return INTERRUPTED
    if done.unread:
        return PARTIAL if done.read or done.refused else FAILED
    return DONE


def _pages(reasons: Mapping[str, int]) -> str:
    return count(sum(reasons.values()), "page")


def _reasons(reasons: Mapping[str, int]) -> str:
    return ", ".join(f"{reason} {number:,}" for reason, number in reasons.items())


def _line(read: int, changed: int, fields: Any, *, dry_run: bool) -> str:
    told = ", ".join(f"{name} {number:,}" for name, number in fields.items())
    would = "would be read" if dry_run else "read"
    return f"{count(read, 'article')} read again: {changed:,} {would} differently" + (
        f" ({told})" if told else ""
    )
