"""The filters that ``search``, ``stories`` and ``export`` share."""

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from crawler.cli.call import Call, Verb
from crawler.cli.when import end_option, moment_option
from crawler.errors import UsageError
from storage.hits import Filters

if TYPE_CHECKING:
    from storage.store import Store

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--since",
        callback=moment_option,
        metavar="WHEN",
        help="Published at or after: 2026-11-23, 7d, 24h, 2w.",
    ),
    click.option(
        "--until", callback=end_option, metavar="WHEN", help="Published at or before; a day is included."
    ),
    click.option("--source", metavar="SOURCE", help="Number, URL or part of the title of a source."),
    click.option("--site", metavar="DOMAIN", help="Site of the article, like detik.com."),
    click.option("--language", metavar="CODE", help="Language of the article, like id."),
    click.option("--author", metavar="NAME", help="Words of an author's name."),
    click.option("--story", type=click.IntRange(min=1), metavar="NUMBER", help="All articles of one story."),
)
once_option = click.option(
    "--one-per-story", is_flag=True, help="Each story once: the first of its articles that is found."
)
_UNKNOWN = {
    "source": "no source is meant by {!r}: `kabar sources` lists them",
    "site": "no article has the site {!r}: `kabar search --facet site` lists them",
    "language": "no article has the language {!r}: `kabar search --facet language` lists them",
    "story": "there is no story {}: `kabar show ARTICLE --story` tells that of an article",
}
"""What is said of a value that nothing in the store has."""
_NAMES = ("since", "until", "source", "site", "language", "author", "story")


def filter_options(command: F) -> F:
    """Add the filter options to a command, which takes them as keywords."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def filters_of(words: tuple[str, ...], given: Mapping[str, Any], **rest: Any) -> Filters:
    """Make the filters from the words and options of a command line; ``rest`` are further fields."""
    chosen = {name: given[name] for name in _NAMES if given.get(name) is not None}
    if {"since", "until"} <= chosen.keys() and chosen["since"] > chosen["until"]:
        raise UsageError("--since lies behind --until: nothing can be between them")
    return Filters(words=" ".join(words), **chosen, **rest)


def tell_of_filters(call: Call, store: "Store", filters: Filters) -> None:
    """Say it where nothing can be found: there is no such source, site, language, story or field."""
    for name, value in _wanted(filters):
        alone = Filters(limit=1, **{name: int(value) if name == "story" else value})  # type: ignore[arg-type]  # by name
        known = store.sources.means_any(value) if name == "source" else store.articles.page(alone).hits
        if not known:
            call.say(_UNKNOWN[name].format(value))
    for line in _strange(filters.words):
        call.say(line)


def _strange(query: str) -> Iterator[str]:
    """Yield a line for each word of a query that may be meant for a field and is none."""
    from storage.query import strange_fields

    for name, near in strange_fields(query).items():
        yield f"{name}: is no field, so it was searched as a word; did you mean {near}:?"


def _wanted(filters: Filters) -> Iterator[tuple[str, str]]:
    """Yield what an article has to have of them, by the options and by the query's fields."""
    from storage.query import Is, parse, required

    for name in _UNKNOWN:
        if (value := getattr(filters, name)) is not None:
            yield name, str(value)
    for part in required(parse(filters.words, now=datetime.now(UTC))):
        if isinstance(part, Is) and part.name != "is":
            yield "language" if part.name == "lang" else part.name, part.value


class QueryVerb(Verb):
    """A command whose arguments are a query: ``-word`` (not this word) is no option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Sort words and options apart, then parse as usual."""
        options, words = sort_arguments(
            args, valued=self._names(takes_value=True), flags=self._names(takes_value=False)
        )
        return super().parse_args(ctx, [*options, "--", *words])

    def _names(self, *, takes_value: bool) -> frozenset[str]:
        options = [item for item in self.params if isinstance(item, click.Option)]
        found = {
            name for item in options if takes_value != (item.is_flag or item.count) for name in item.opts
        }
        return frozenset(found if takes_value else found | {"-h", "--help"})


def sort_arguments(
    args: list[str], *, valued: frozenset[str], flags: frozenset[str]
) -> tuple[list[str], list[str]]:
    """Part a command line into options (with their values) and words.

    A single-dash argument is a word unless it is one of ours in full, so ``-olahraga`` excludes a word
    and ``-o laut.csv`` names a file. Unknown double-dash arguments stay with the options, to be refused.
    Raises click.BadOptionUsage for an option whose value is missing.
    """
    options: list[str] = []
    words: list[str] = []
    rest = iter(args)
    for item in rest:
        if item == "--":
            words.extend(rest)
        elif item in valued:
            options += [item, _value_of(item, rest)]
        elif item.startswith("--") or item in flags or (item[:2] == "-v" and not item.strip("-v")):
            options.append(item)
        else:
            words.append(item)
    return options, words


def _value_of(option: str, rest: Iterator[str]) -> str:
    value = next(rest, None)
    if value is None:
        raise click.BadOptionUsage(option, f"Option '{option}' requires an argument.")
    return value


def next_command(arguments: Sequence[str], cursor: str, *, verb: str = "search") -> str:
    """Return the command line that shows the page after the one that ended at ``cursor``."""
    kept: list[str] = []
    rest = iter(arguments)
    for item in rest:
        if item == "--cursor":
            next(rest, None)
        elif not item.startswith("--cursor="):
            kept.append(item)
    place = kept.index(verb) + 1 if verb in kept else len(kept)
    return shlex.join(["kabar", *kept[:place], "--cursor", cursor, *kept[place:]])
