"""``kabar search``: find articles."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from crawler.cli.call import Call, empty_option, json_option, output_option
from crawler.cli.exits import DONE, EMPTY
from crawler.cli.filters import (
    QueryVerb,
    filter_options,
    filters_of,
    next_command,
    once_option,
    tell_of_filters,
)
from crawler.cli.output import Column, list_format, on_terminal, show_list, write_count
from crawler.cli.phrases import stamp
from crawler.errors import UsageError
from storage.hits import FACETS, Facet, FacetName, Filters, Page
from storage.model import Article

_COLUMNS = [
    Column[Article]("id", lambda article: article.id, right=True),
    Column[Article]("published", lambda article: _when(article), shown=lambda article: _shown(article)),
    Column[Article]("lang", lambda article: article.content.language),
    Column[Article]("site", lambda article: article.content.site, cut=True),
    Column[Article]("title", lambda article: article.content.title, cut=True),
]
_FACET_COLUMNS = [
    Column[tuple[FacetName, Facet]]("facet", lambda row: row[0]),
    Column[tuple[FacetName, Facet]]("value", lambda row: row[1].value, cut=True),
    Column[tuple[FacetName, Facet]](
        "articles", lambda row: row[1].count, shown=lambda row: _counted(row[1]), right=True
    ),
    Column[tuple[FacetName, Facet]]("title", lambda row: row[1].title, cut=True),
]
_URL = Column[Article]("url", lambda article: article.content.url)


def _when(article: Article) -> datetime:
    return article.content.published_at or article.first_seen_at


def _shown(article: Article) -> str:
    """Show when it was published; with a tilde when it was first seen, where publication is unknown."""
    if article.content.published_at is not None:
        return stamp(article.content.published_at)
    return f"~{stamp(article.first_seen_at.astimezone())}"


def _counted(facet: Facet) -> str:
    """Show an estimate with two figures."""
    if facet.exact:
        return str(facet.count)
    return f"about {round(facet.count, min(0, 2 - len(str(facet.count)))):,}"


@click.command(cls=QueryVerb)
@click.argument("words", nargs=-1)
@filter_options
@once_option
@click.option(
    "--sort", type=click.Choice(["newest", "oldest", "relevance"]), default="newest", show_default=True
)
@click.option(
    "--limit", type=click.IntRange(min=1, max=1_000_000_000), default=20, show_default=True, metavar="N"
)
@click.option("--cursor", metavar="CURSOR", help="Go on where the page before ended.")
@click.option("--facets", is_flag=True, help="Count them by site, day and so on instead.")
@click.option(
    "--facet",
    "chosen_facets",
    type=click.Choice(FACETS),
    multiple=True,
    help="Count them by this; may be given several times.",
)
@click.option(
    "--most",
    type=click.IntRange(min=1, max=1_000_000),
    default=10,
    show_default=True,
    metavar="N",
    help="Values of each facet.",
)
@click.option("--exact", is_flag=True, help="Count every article for the facets, however many there are.")
@click.option("--count", "only_count", is_flag=True, help="Print only how many there are.")
@click.option("--format", "format_", type=click.Choice(["table", "jsonl", "csv"]), help="How to print them.")
@output_option("Write to FILE; its suffix (.jsonl, .csv) chooses the format.")
@json_option
@empty_option
@click.pass_obj
def command(
    call: Call,
    /,
    words: tuple[str, ...],
    only_count: bool,
    format_: str | None,
    output: Path | None,
    as_json: bool,
    fail_on_empty: bool,
    facets: bool,
    chosen_facets: tuple[FacetName, ...],
    **given: Any,
) -> int:
    """Find articles.

    WORDS must all occur; "in quotes" they must stand together; -word must not occur; OR, ( ), prefix* and
    fields like title: site: lang: author: tag: after: work too. Without words the newest articles are
    listed. A date with ~ is when the article was first seen.
    """
    counted = "--facets" if facets else "--facet" if chosen_facets else "--count" if only_count else ""
    if counted and (output is not None or format_ is not None):
        raise UsageError(f"{counted} counts, and lists nothing: leave --format and --output away")
    if only_count and counted != "--count":
        raise UsageError(f"--count and {counted} contradict each other")
    rest = {name: given[name] for name in ("sort", "limit", "cursor", "one_per_story")}
    filters = filters_of(words, given, **rest)
    if facets or chosen_facets:
        wanted = {"by": tuple(dict.fromkeys(chosen_facets)) or FACETS}
        wanted |= {name: given[name] for name in ("most", "exact")}
        return _facets(call, filters, wanted, as_json=as_json, fail_on_empty=fail_on_empty)
    if only_count:
        return _count(call, filters, as_json=as_json, fail_on_empty=fail_on_empty)
    with call.store() as store:
        page = store.articles.page(filters)
        if not page.hits:
            tell_of_filters(call, store, filters)
    articles = [hit.article for hit in page.hits]
    _print(call, articles, format_=list_format(format_, output, as_json=as_json), output=output)
    _tell_more(call, page)
    return EMPTY if fail_on_empty and not articles else DONE


def _facets(
    call: Call, filters: Filters, wanted: Mapping[str, Any], *, as_json: bool, fail_on_empty: bool
) -> int:
    with call.store() as store:
        found = store.articles.facets(filters, **wanted)
        if not any(found.values()):
            tell_of_filters(call, store, filters)
    rows = [(name, facet) for name, facets in found.items() for facet in facets]
    show_list(rows, _FACET_COLUMNS, record=_facet_record, as_json=as_json)
    if not all(facet.exact for _, facet in rows):
        call.say("estimates from an even sample of what was found; --exact counts every article")
    return EMPTY if fail_on_empty and not rows else DONE


def _facet_record(row: tuple[FacetName, Facet]) -> dict[str, Any]:
    name, facet = row
    value = facet.value.isoformat() if isinstance(facet.value, date) else facet.value
    told = {"facet": name, "value": value, "count": facet.count, "exact": facet.exact}
    return {**told, "title": facet.title}


def _count(call: Call, filters: Filters, *, as_json: bool, fail_on_empty: bool) -> int:
    with call.store() as store:
        number = store.articles.count(filters)
        if not number:
            tell_of_filters(call, store, filters)
    write_count(number, as_json=as_json)
    return EMPTY if fail_on_empty and not number else DONE


def _print(call: Call, articles: Sequence[Article], *, format_: str, output: Path | None) -> None:
    if format_ == "table":
        columns = _COLUMNS if on_terminal() else [*_COLUMNS, _URL]
        show_list(articles, columns, record=_no_record, as_json=False)
        if not articles and on_terminal():
            call.say("nothing found")
        return
    from crawler.export import export

    number = export(articles, output, format_=format_)
    if output is not None:
        call.say(f"{number} written to {output}")


def _no_record(article: Article) -> dict[str, Any]:
    from crawler.record import record

    return record(article)


def _tell_more(call: Call, page: Page) -> None:
    if page.cursor is not None:
        call.say(f"more: {next_command(call.arguments, page.cursor)}")
