"""How a run ends: each kind of end has its code, and at most one line."""

import errno
import re

import click
import pytest

from crawler.cli import exits
from crawler.cli.exits import Ending, ending, targets
from crawler.cli.output import safe
from crawler.errors import CrawlerError, SettingsError, UsageError
from spiders.errors import FetchFailed
from storage.errors import (
    ArticleNotFound,
    InvalidQuery,
    SourceNotFound,
    StoreBusy,
    StoreFull,
    StoreHeld,
    StoreReadOnly,
    StoreUnavailable,
    TookTooLong,
)

ROOT = click.Context(click.Group("kabar"), info_name="kabar")
CONTEXT = click.Context(click.Command("search"), info_name="search", parent=ROOT)


@pytest.mark.parametrize(
    ("error", "code", "part"),
    [
        (CrawlerError("no daemon runs"), exits.FAILED, "kabar: no daemon runs"),
        (
            FetchFailed("http://a.test/", "timeout", "no answer in 30 s"),
            exits.FAILED,
            "http://a.test/: no answer",
        ),
        (ArticleNotFound(7, "no article has the number 7"), exits.FAILED, "number 7"),
        (StoreHeld("process 1 on here"), exits.FAILED, "stop it first"),
        (StoreBusy("database is locked"), exits.FAILED, "try again in a moment"),
        (TookTooLong("it took longer than 30 s"), exits.FAILED, "than 30 s; narrow it by more words"),
        (StoreFull("disk full"), exits.FAILED, "make room"),
        (StoreReadOnly("read-only"), exits.FAILED, "right to write"),
        (StoreUnavailable("sqlite:///x", "unable to open"), exits.FAILED, "--database"),
        (
            FileNotFoundError(errno.ENOENT, "No such file or directory", "/a/b.csv"),
            exits.FAILED,
            "/a/b.csv: No such",
        ),
        (OSError("odd"), exits.FAILED, "kabar: odd"),
        (SystemExit("own words"), exits.FAILED, "own words"),
        (
            SettingsError("fetch.timeout", "kabar.toml", "must be at least 0.1"),
            exits.USAGE,
            "kabar.toml: fetch.timeout",
        ),
        (UsageError("--tag and --no-tags contradict"), exits.USAGE, "contradict"),
        (
            InvalidQuery('"abc', 5, "a quote is missing"),
            exits.USAGE,
            'column 5: a quote is missing, in `"abc`',
        ),
        (
            click.UsageError("No such option '--x'.", CONTEXT),
            exits.USAGE,
            "'--x'; `kabar search --help` shows",
        ),
        (
            click.UsageError("No '--x'. Did you mean '--y'?", CONTEXT),
            exits.USAGE,
            "'--y'? `kabar search --help` shows",
        ),
        (click.FileError("a.csv", "cannot"), exits.FAILED, "cannot"),
        (KeyboardInterrupt(), exits.INTERRUPTED, "interrupted"),
        (click.Abort(), exits.INTERRUPTED, "interrupted"),
        (ZeroDivisionError("division by zero"), exits.BUG, "ZeroDivisionError: division by zero; a bug"),
        (KeyError("x"), exits.BUG, "--verbose shows the traceback"),
        (MemoryError(), exits.BUG, "internal error: MemoryError;"),
    ],
)
def test_each_end_has_its_code_and_one_line(error: BaseException, code: int, part: str) -> None:
    found = ending(error)
    assert found.code == code
    assert found.message is not None
    assert part in found.message
    assert "\n" not in found.message


def test_what_stands_around_a_word_without_end_is_seen() -> None:
    message = ending(click.BadParameter(f"'{'x' * 5000}' is no time")).message
    assert message is not None
    assert len(message) < 250
    assert "xxx…xx' is no time" in message


def test_codes_are_the_promised_ones() -> None:
    names = ("DONE", "FAILED", "USAGE", "EMPTY", "PARTIAL", "BUG", "INTERRUPTED", "TERMINATED")
    assert [getattr(exits, name) for name in names] == [0, 1, 2, 3, 4, 70, 130, 143]


@pytest.mark.parametrize(("asked", "code"), [(None, 0), (0, 0), (3, 3)])
def test_an_explicit_exit_says_nothing_more(asked: int | None, code: int) -> None:
    assert ending(SystemExit(asked)) == Ending(code)


def test_a_bug_names_the_place_in_our_code() -> None:
    with pytest.raises(AttributeError) as caught:
        safe(None)  # type: ignore[arg-type]
    message = ending(caught.value).message
    assert message is not None
    assert re.search(r"internal error at crawler/cli/output\.py:\d+: AttributeError", message)


def test_a_message_is_one_harmless_line_without_passwords() -> None:
    found = ending(CrawlerError("cannot open\n postgresql://me:s3cret@db/x \x1b[31m\u202e"))
    assert found.message == "kabar: cannot open postgresql://me:***@db/x �[31m"


def test_advice_is_given_once() -> None:
    found = ending(StoreBusy("database is locked: try again in a moment"))
    assert found.message == "kabar: database is locked: try again in a moment"


@pytest.mark.parametrize(
    ("failed", "total", "partial_ok", "code"),
    [
        (0, 0, False, exits.DONE),
        (0, 3, False, exits.DONE),
        (1, 3, False, exits.PARTIAL),
        (1, 3, True, exits.DONE),
        (3, 3, False, exits.FAILED),
        (1, 1, True, exits.FAILED),
    ],
)
def test_targets(failed: int, total: int, partial_ok: bool, code: int) -> None:
    assert targets(failed=failed, total=total, partial_ok=partial_ok) == code


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            ArticleNotFound(7, "there is no article '7'"),
            "kabar: there is no article '7'; `kabar search` finds articles",
        ),
        (
            SourceNotFound("dayly", "there is no source 'dayly'; did you mean Daily?"),
            "kabar: there is no source 'dayly'; did you mean Daily?",
        ),
        (
            StoreUnavailable("sqlite:///x", "it is empty"),
            "kabar: cannot open the store sqlite:///x: it is empty; check --database, KABAR_DATABASE or"
            " `database` in kabar.toml;"
            " `kabar add URL` makes a new store",
        ),
        (
            StoreUnavailable("sqlite:///x", "file is not a database"),
            "kabar: cannot open the store sqlite:///x: file is not a database;"
            " check --database, KABAR_DATABASE or `database` in kabar.toml",
        ),
        (
            click.BadParameter("'x' is not a valid integer range.", CONTEXT, param_hint="'--limit'"),
            "kabar: Invalid value for '--limit': 'x' is no whole number;"
            " `kabar search --help` shows how it is used",
        ),
    ],
)
def test_the_line_says_what_to_do(error: BaseException, line: str) -> None:
    assert ending(error).message == line


@pytest.mark.parametrize(
    ("column", "shown"),
    [
        (1, "aaa" + "b" * 77 + "…"),
        (4001, "…" + "b" * 77 + "ccc"),
        (2000, "…" + "b" * 80 + "…"),
    ],
)
def test_a_long_query_is_shown_where_it_cannot_be_read(column: int, shown: str) -> None:
    query = "aaa" + "b" * 4000 + "ccc"
    assert f"in `{shown}`" in (ending(InvalidQuery(query, column, "no")).message or "")
