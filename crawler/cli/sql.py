"""``kabar sql``: ask the database in SQL."""

import csv
import io
import math
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crawler.cli.call import Call, Verb, empty_option, json_option, output_option
from crawler.cli.exits import DONE, EMPTY
from crawler.cli.output import Column, list_format, on_terminal, show_list
from crawler.errors import CrawlerError, UsageError
from storage.errors import StoreBusy
from storage.hits import Answer

if TYPE_CHECKING:
    from storage.store import Store


class _Seconds(click.FloatRange):
    """A span of time: NaN lies between no two numbers, and within all bounds."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number."""
        found = super().convert(value, param, ctx)
        return self.fail(f"{value!r} is no number of seconds", param, ctx) if math.isnan(found) else found


@click.command(cls=Verb)
@click.argument("statement", required=False)
@click.option("--format", "format_", type=click.Choice(["table", "jsonl", "csv"]), help="How to print rows.")
@output_option("Write to FILE; its suffix (.jsonl, .csv) chooses the format.")
@click.option(
    "--timeout",
    type=_Seconds(min=0.001, max=86_400),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="How long it may take.",
)
@json_option
@empty_option
@click.pass_obj
def command(
    call: Call,
    /,
    statement: str | None,
    format_: str | None,
    output: Path | None,
    timeout: float,
    as_json: bool,
    fail_on_empty: bool,
) -> int:
    """Ask the database in SQL, for reading only.

    STATEMENT is one SELECT, on the views v_articles, v_revisions, v_stories, v_polls and v_sources; `-` or
    nothing reads it from stdin. It is in the dialect of the database, SQLite's or
    PostgreSQL's. Nothing can be changed.
    """
    if output is not None and output.suffix.lower() == ".gz":
        raise UsageError(f"{output}: answers are not packed; leave the .gz away")
    format_ = list_format(format_, output, as_json=as_json)
    if statement is None or statement == "-":
        if statement is None and on_terminal(sys.stdin):
            raise UsageError('there is no statement; give one, like kabar sql "select * from v_sources"')
        statement = sys.stdin.read()
    with call.store() as store:
        answer = _asked(store, statement, timeout)
    _write(answer, output, format_=format_)
    return EMPTY if fail_on_empty and not answer.rows else DONE


def _asked(store: "Store", statement: str, timeout: float) -> Answer:
    began = time.monotonic()
    try:
        return store.sql(statement, seconds=timeout)
    except StoreBusy as error:
        if time.monotonic() - began < timeout:
            raise
        raise CrawlerError(f"sql: stopped after {timeout:g} s; --timeout gives it longer") from error


def _write(answer: Answer, output: Path | None, *, format_: str) -> None:
    if output is None:
        _print(answer, format_)
        return
    from crawler.export.file import replacing

    with replacing(output) as out:
        out.writelines(_csv(answer) if format_ == "csv" else _json(answer))


def _print(answer: Answer, format_: str) -> None:
    if format_ == "csv":
        sys.stdout.writelines(_csv(answer))
        return
    # Two columns may have one name; each takes its own value.
    columns = [
        Column[tuple[Any, ...]](name, lambda row, at=at: _plain(row[at]), cut=True)  # type: ignore[misc]
        for at, name in enumerate(answer.columns)
    ]
    names = _names(answer.columns)
    record = dict[str, Any]
    show_list(
        answer.rows,
        columns,
        record=lambda row: record(zip(names, map(_plain, row), strict=True)),
        as_json=format_ == "jsonl",
    )


def _names(columns: Sequence[str]) -> list[str]:
    """Return a name of its own for each column: of two that are called ``id``, the second is ``id_2``."""
    taken, names = set(columns), list[str]()
    for column in columns:
        name, number = column, 1
        while name in names or (number > 1 and name in taken):
            number += 1
            name = f"{column}_{number}"
        names.append(name)
    return names


def _csv(answer: Answer) -> Iterator[str]:
    line = io.StringIO()
    writer = csv.writer(line)
    for row in (answer.columns, *answer.rows):
        writer.writerow(["" if value is None else _plain(value) for value in row])
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def _json(answer: Answer) -> Iterator[str]:
    from crawler.export.lines import json_line

    names = _names(answer.columns)
    for row in answer.rows:
        yield json_line(dict(zip(names, map(_plain, row), strict=True))) + "\n"


def _plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    if value is None or isinstance(value, str | int | bool | list | dict):
        return value
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, Decimal):
        whole = value == value.to_integral_value()
        return int(value) if whole else float(value)
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
