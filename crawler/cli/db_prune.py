"""``kabar db prune``: delete old articles."""

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import click

from crawler.cli.call import Call, Verb, json_option
from crawler.cli.exits import DONE
from crawler.cli.output import progress, safe, write, write_json
from crawler.cli.phrases import count
from crawler.errors import UsageError
from crawler.retention import FOREVER, Choice, retention_of, tokens
from crawler.spans import span
from storage.retained import Held, Pruning

if TYPE_CHECKING:
    from storage.store import Store


def _age(context: click.Context, option: click.Parameter, value: str | None) -> float | None:
    seconds = None if value is None else span(value)
    if value is not None and seconds is None:
        raise click.BadParameter(f"{value!r} is no span of time: write 400d, 52w or 36h")
    return seconds


@click.command("prune", cls=Verb)
@click.option("--older-than", callback=_age, metavar="SPAN", help="That came longer ago than this: 400d.")
@click.option("--source", "sources", multiple=True, metavar="SOURCE", help="That no other source carried.")
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="That have this tag, and each one given.")
@click.option("--yes", is_flag=True, help="Delete them; without it they are only counted.")
@json_option
@click.pass_obj
def prune(
    call: Call,
    older_than: float | None,
    sources: tuple[str, ...],
    tags: tuple[str, ...],
    yes: bool,
    as_json: bool,
) -> int:
    """Delete old articles with all that is kept of them; without --yes, say how many there are.

    Without options, those whose time is over by the settings under [retention]. With several options, those
    that all of them name; of several sources, those that none but these carried. The URLs of deleted articles
    stay known, so that they are not fetched again as new ones. Space becomes free for new articles; `kabar db
    copy` makes a smaller file.
    """
    now = time.time()
    with call.store() as store, progress(wanted=not call.quiet) as step:
        if older_than is not None or sources or tags:
            shortest, unwanted = _chosen(store, older_than or 0.0, sources, tags, now=now)
        else:
            kept = retention_of(call.settings().retention, lambda ref: store.sources.get(ref).id)
            shortest, unwanted = kept.shortest, partial(kept.ended, now=now)
        if shortest == FOREVER:
            raise UsageError(
                "nothing says what to prune: give --older-than, --source or --tag, or set retention.age"
            )
        done = Pruning()
        for done in store.prune(before=now - shortest, unwanted=unwanted, now=now, dry=not yes):
            step(done.looked_at, None, count(done.articles, "article"))
    _tell(done, tags, yes=yes, as_json=as_json)
    return DONE


def _chosen(
    store: "Store", age: float, sources: tuple[str, ...], tags: tuple[str, ...], *, now: float
) -> tuple[float, Callable[[Held], bool]]:
    numbers = frozenset(store.sources.get(ref).id for ref in sources)
    choice = Choice(age=age, sources=numbers, tags=tokens(tags))
    if tags and not choice.tags:
        raise UsageError("--tag needs a tag with a letter or digit in it")
    return age, partial(choice.names, now=now)


def _tell(done: Pruning, tags: tuple[str, ...], *, yes: bool, as_json: bool) -> None:
    first, last = (
        None if when is None else when.isoformat(timespec="seconds") for when in (done.first, done.last)
    )
    if as_json:
        write_json(
            {
                "deleted": yes,
                "articles": done.articles,
                "revisions": done.revisions,
                "pages": done.pages,
                "first_seen_from": first,
                "first_seen_to": last,
            }
        )
        return
    tagged = f" tagged {' and '.join(tags)}" if tags else ""
    if not done.articles:
        write(safe(f"there is nothing{tagged} to prune"))
        return
    what = f"{count(done.articles, 'article')}{tagged} with {count(done.revisions, 'revision')}"
    pages = f" and {count(done.pages, 'kept page')}" if done.pages else ""
    when = f", which came from {first} to {last}"
    ending = "" if yes else "; --yes does it"
    write(safe(f"{'deleted' if yes else 'would delete'} {what}{pages}{when}{ending}"))
