"""The changes ``kabar sources`` can make: set, pause, resume, remove."""

import sys
import time
from collections.abc import Callable
from random import random as _chance
from typing import TYPE_CHECKING, Any

import click

from crawler.cli.call import Call, Verb
from crawler.cli.exits import DONE
from crawler.cli.output import on_terminal
from crawler.cli.phrases import count
from crawler.cli.sources_options import changed_options, fetch_options
from crawler.cli.sources_schedule import NAMES, schedule_changes, schedule_options
from crawler.codes import country_code, language_tag
from crawler.errors import UsageError
from spiders.readers.listed import unique_tags
from storage.model import Source

if TYPE_CHECKING:
    from storage.store import Store

_FOLLOWING = ("next_due_at", "due_reason")
"""What changes because of another change, and is not worth a word."""


@click.command("set", cls=Verb)
@click.argument("source")
@click.option("--title", metavar="TITLE")
@click.option("--url", metavar="URL", help="The feed's new address; it is read again from the start.")
@click.option("--language", metavar="CODE", help="ISO 639 code, like id.")
@click.option("--country", metavar="CODE", help="ISO 3166 code, like ID.")
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="The tags, all of them; may be repeated.")
@click.option("--no-tags", is_flag=True, help="Take all tags away.")
@schedule_options
@fetch_options
@click.pass_obj
def set_(call: Call, /, source: str, tags: tuple[str, ...], no_tags: bool, **given: Any) -> int:
    """Change a source. An empty value ('') makes it unknown again."""
    timing = {name: given.pop(name) for name in NAMES}
    settings, now = call.settings().poll, time.time()
    with call.store() as store, store.transaction():
        found = store.sources.get(source)
        options = changed_options(found.options, given)
        changes = {**_changes(given, tags, no_tags=no_tags), **options}
        changes.update(schedule_changes(found, timing, settings, now=now, chance=_chance()))  # noqa: S311 - jitter, not secrets
        if not changes:
            raise UsageError("nothing to change; `kabar sources set --help` lists what can be")
        changes.update(_next_poll(found, now=now) if options else {})
        if found.state != "active":  # it keeps the reason why it is not polled
            changes = {name: value for name, value in changes.items() if name not in _FOLLOWING}
        changed = store.sources.update(found.id, now=now, **changes)
    call.say(f"changed {_name(changed)}: {', '.join(name for name in changes if name not in _FOLLOWING)}")
    return DONE


def _changes(given: dict[str, Any], tags: tuple[str, ...], *, no_tags: bool) -> dict[str, Any]:
    if tags and no_tags:
        raise UsageError("--tag and --no-tags contradict each other")
    changes: dict[str, Any] = {name: value or None for name, value in given.items() if value is not None}
    if given["url"] is not None:
        changes["url"] = _address(given["url"])
    for name, code in (("language", language_tag), ("country", country_code)):
        if given[name]:
            changes[name] = _code(f"--{name}", given[name], code)
    if tags or no_tags:
        changes["tags"] = unique_tags(tags)
    return changes


def _next_poll(source: Source, *, now: float) -> dict[str, Any]:
    """Return the next poll of a source that is fetched in another way from now on: at once if it fails."""
    if not source.failures:
        return {}
    return {"next_due_at": now, "due_reason": "fetched in another way now, to see whether that helps"}


def _code(option: str, text: str, read: Callable[[str], str]) -> str:
    try:
        return read(text)
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from None


def _address(text: str) -> str:
    from crawler.normalize.url import clean_url

    url = clean_url(text)
    if url is None:
        raise UsageError(f"{text!r} is no web address: it must start with http:// or https://")
    return url


@click.command(cls=Verb)
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.pass_obj
def pause(call: Call, sources: tuple[str, ...]) -> int:
    """Stop polling sources until they are resumed; what they brought stays."""
    return _each(call, sources, _pause, "paused")


@click.command(cls=Verb)
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.pass_obj
def resume(call: Call, sources: tuple[str, ...]) -> int:
    """Poll sources again, beginning now; works for paused and gone ones."""
    return _each(call, sources, _resume, "resumed")


@click.command(cls=Verb)
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def remove(call: Call, sources: tuple[str, ...], yes: bool) -> int:
    """Forget sources and the entries that still wait; articles stay."""
    if not yes:
        _make_sure(call, sources)
    return _each(call, sources, _remove, "removed")


COMMANDS = (set_, pause, resume, remove)


def _pause(store: "Store", source: Source, now: float) -> None:
    store.sources.update(source.id, now=now, state="paused", due_reason="paused by hand")


def _resume(store: "Store", source: Source, now: float) -> None:
    store.sources.update(source.id, now=now, state="active", next_due_at=now, due_reason="resumed by hand")


def _remove(store: "Store", source: Source, now: float) -> None:
    store.sources.remove(source.id)


def _each(call: Call, refs: tuple[str, ...], act: "Callable[[Store, Source, float], None]", done: str) -> int:
    """Do the same to all named sources, or to none when one of them is not found."""
    now = time.time()
    with call.store() as store, store.transaction():
        found = {source.id: source for source in (store.sources.get(item) for item in refs)}
        for source in found.values():
            act(store, source, now)
    for source in found.values():
        call.say(f"{done} {_name(source)}")
    return DONE


def _make_sure(call: Call, refs: tuple[str, ...]) -> None:
    if not on_terminal(sys.stdin):
        raise UsageError("nobody is there to be asked: give --yes to remove")
    with call.store() as store:
        found = {source.id: source for source in (store.sources.get(item) for item in refs)}
    names = ", ".join(_name(source) for source in found.values())
    click.confirm(f"Remove {count(len(found), 'source')}: {names}?", abort=True, err=True)


def _name(source: Source) -> str:
    return f"{source.id} ({source.title or source.url})"
