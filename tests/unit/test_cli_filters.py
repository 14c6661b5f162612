"""Words and options of a query on the command line."""

from datetime import datetime

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from crawler.cli.call import Call
from crawler.cli.filters import QueryVerb, filter_options, filters_of, next_command, sort_arguments
from storage.hits import Filters

VALUED = frozenset({"--site", "-o"})
FLAGS = frozenset({"--json", "-h", "-v"})


def sort(line: str) -> tuple[list[str], list[str]]:
    return sort_arguments(line.split(), valued=VALUED, flags=FLAGS)


@pytest.mark.parametrize(
    ("line", "options", "words"),
    [
        ("inflasi -jakarta", "", "inflasi -jakarta"),
        ("-olahraga --site detik.com beras", "--site detik.com", "-olahraga beras"),
        ("beras -o laut.csv -ombak", "-o laut.csv", "beras -ombak"),
        ("--json -v -vv a --site=x b", "--json -v -vv --site=x", "a b"),
        ("--site -odd -odd", "--site -odd", "-odd"),
        ("a -- --json -o", "", "a --json -o"),
        ("--unknown a", "--unknown", "a"),
        ("- a", "", "- a"),
    ],
)
def test_words_and_options_are_told_apart(line: str, options: str, words: str) -> None:
    assert sort(line) == (options.split(), words.split())


@given(st.lists(st.text(min_size=1, max_size=8)))
def test_nothing_is_lost_and_words_keep_their_order(items: list[str]) -> None:
    try:
        options, words = sort_arguments(items, valued=VALUED, flags=FLAGS)
    except click.BadOptionUsage:
        assert items[-1] in VALUED
        return
    kept = list(items)
    if "--" in kept and "--" not in options:
        kept.remove("--")
    assert sorted(options + words) == sorted(kept)
    rest = iter(items)
    assert all(word in rest for word in words)


@click.command(cls=QueryVerb)
@click.argument("words", nargs=-1)
@filter_options
@click.option("-o", "--output")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def probe(call: Call, words: tuple[str, ...], output: str | None, as_json: bool, **given: object) -> None:
    click.echo(repr((filters_of(words, given, limit=0), output, as_json, call.verbose, call.database)))


def made(*arguments: str) -> str:
    result = CliRunner().invoke(probe, list(arguments), obj=Call())
    assert result.exit_code == 0, result.output
    return result.output.strip()


def test_filters_come_from_options_and_words() -> None:
    line = "harga -beras --site a.id -o x.csv --json --language id -vv --story 3"
    printed = made(*line.split())
    expected = Filters(words="harga -beras", site="a.id", language="id", story=3, limit=0)
    assert printed == repr((expected, "x.csv", True, 2, None))


def test_global_options_may_stand_after_the_command() -> None:
    assert made("x", "--database", "sqlite://").endswith("'sqlite://')")


def test_times_are_read() -> None:
    filters = filters_of((), {"since": datetime(2026, 1, 1), "until": None})
    assert filters == Filters(since=datetime(2026, 1, 1))


@pytest.mark.parametrize("bad", [["--sicne", "7d"], ["--since", "soon"], ["--story", "0"], ["--site"]])
def test_what_makes_no_sense_is_refused(bad: list[str]) -> None:
    assert CliRunner().invoke(probe, bad, obj=Call()).exit_code == 2


def test_the_next_page_is_a_command_to_paste() -> None:
    assert next_command(["search", "harga beras", "--since", "7d"], "abc=") == (
        "kabar search --cursor abc= 'harga beras' --since 7d"
    )
    assert next_command(["--database", "sqlite:///x", "search", "--cursor", "old", "a"], "new") == (
        "kabar --database sqlite:///x search --cursor new a"
    )
    assert next_command(["search", "--cursor=old", "--", "--cursor"], "new") == "kabar search --cursor new --"
