"""What commands print: tables on a terminal, tab-separated lines elsewhere, JSON lines when asked for.

Data goes to stdout, everything else to stderr. rich is loaded only when something is drawn on a terminal.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from crawler.errors import UsageError
from crawler.export.lines import ascii_only, json_line
from crawler.log import masked

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

T = TypeVar("T")

_CONTROLS = [*range(0x20), *range(0x7F, 0xA0)]
_STEERING = [0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF]
"""Invisible characters that change the direction in which text around them is drawn."""
_LINE_ENDS = [0x2028, 0x2029]
_GAP = 2
"""Blanks between the columns of a table."""
_TOO_FEW, _ENOUGH = 5, 16
"""Characters of a column that gives way: fewer than the first say nothing, the second are enough."""
_BLOCK: dict[int, str | None] = {
    **dict.fromkeys(_CONTROLS, "\N{REPLACEMENT CHARACTER}"),
    **dict.fromkeys(range(0xD800, 0xE000), "\N{REPLACEMENT CHARACTER}"),
    **dict.fromkeys(_STEERING),
    **dict.fromkeys(_LINE_ENDS, "\n"),
    ord("\n"): "\n",
    ord("\t"): " ",
    ord("\r"): None,
}
_LINE: dict[int, str | None] = {**_BLOCK, **dict.fromkeys([*_LINE_ENDS, *b"\t\n\r"], " ")}


def safe(text: str) -> str:
    """Return ``text`` as one line that cannot steer a terminal: no control or direction characters."""
    return text.translate(_LINE)


def safe_block(text: str) -> str:
    """Return ``text`` with its line breaks, but without control or direction characters."""
    return text.translate(_BLOCK)


def on_terminal(stream: IO[str] | None = None) -> bool:
    """Tell whether a person looks at ``stream`` (stdout when None)."""
    return (stream or sys.stdout).isatty()


def console(stream: IO[str] | None = None) -> "Console":
    """Return a rich console on ``stream`` (stdout when None) that takes text as it is, without markup."""
    from rich.console import Console

    return Console(file=stream or sys.stdout, highlight=False, markup=False, emoji=False)


def write(line: str) -> None:
    """Write one line of data to stdout."""
    sys.stdout.write(line + "\n")


def write_json(value: object) -> None:
    """Write ``value`` to stdout as one line of JSON."""
    write(json_line(value, ascii_only=ascii_only(sys.stdout)))


def write_count(number: int, *, as_json: bool) -> None:
    """Write how many there are to stdout."""
    if as_json:
        write_json({"count": number})
    else:
        write(str(number))


def list_format(format_: str | None, output: Path | None, *, as_json: bool) -> str:
    """Return how a list is printed: as JSON lines, in the format chosen, or in that of the file's suffix.

    Raises UsageError when the suffix names no format, and when they contradict each other.
    """
    from crawler.export import format_for

    if as_json and format_ not in (None, "jsonl"):
        raise UsageError(f"--json and --format {format_} contradict each other")
    if as_json:
        return "jsonl"
    if output is None:
        return format_ or "table"
    return format_for(output, chosen=None if format_ == "table" else format_)


def say(line: str) -> None:
    """Write one message for a person to stderr."""
    sys.stderr.write(safe(masked(line)) + "\n")
    sys.stderr.flush()


# No slots: in Python 3.11 a frozen, slotted, generic dataclass cannot be made through Column[Row](...).
@dataclass(frozen=True)
class Column(Generic[T]):
    """One column of a list: how a row's cell reads, and how it gives way when room is short."""

    name: str
    cell: Callable[[T], object]
    """The value; None is an empty cell."""
    shown: Callable[[T], object] | None = None
    """The value as drawn on a terminal, where that is not the same."""
    cut: bool = False
    """Whether it gives way, ending in an ellipsis, when the terminal is narrow."""
    right: bool = False
    style: Callable[[T], str] | None = None
    """A rich style by row, like ``red``."""


def show_list(
    rows: Iterable[T],
    columns: Sequence[Column[T]],
    *,
    record: Callable[[T], Mapping[str, Any]],
    as_json: bool,
) -> int:
    """Print ``rows`` as JSON lines, a table or tab-separated lines, whichever fits; return how many."""
    if as_json:
        return _each(rows, lambda row: write_json(record(row)))
    if on_terminal():
        return draw_table(rows, columns)
    return _each(rows, lambda row: write("\t".join(_plain(column.cell(row)) for column in columns)))


def _each(rows: Iterable[T], act: Callable[[T], None]) -> int:
    count = 0
    for row in rows:
        act(row)
        count += 1
    return count


def _plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat()
    return safe(masked(str(value)))


def draw_table(rows: Iterable[T], columns: Sequence[Column[T]], *, stream: IO[str] | None = None) -> int:
    """Draw ``rows`` as a table that fits the terminal; an empty table is not drawn. Returns how many."""
    from rich.table import Table

    # Only cells know that they are not to be wrapped: rich takes room first from columns that may wrap.
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
    for column in columns:
        table.add_column(column.name, justify="right" if column.right else "left", no_wrap=not column.cut)
    for row in rows:
        table.add_row(*(_drawn(row, column) for column in columns))
    if table.row_count:
        screen = console(stream)
        screen.width = _room(table, screen)
        screen.print(table)
    return table.row_count


def _room(table: "Table", screen: "Console") -> int:
    """Return how wide a table is drawn: as the terminal, unless too little of a column would be left there.

    Then lines go on below, as the terminal breaks them, and nothing is lost.
    """
    widest = [
        max(screen.measure(cell).maximum for cell in (column.header, *column.cells))
        for column in table.columns
    ]

    def width(most: int) -> int:
        """How wide it is when columns that give way have at the most so many characters."""
        own = (
            wide if column.no_wrap else min(wide, most)
            for column, wide in zip(table.columns, widest, strict=True)
        )
        return sum(own) + _GAP * len(widest)

    if width(_TOO_FEW) <= screen.width:
        return screen.width
    for column, wide in zip(table.columns, widest, strict=True):
        column.min_width = None if column.no_wrap else min(wide, _ENOUGH)
    return width(_ENOUGH)


def _drawn(row: T, column: Column[T]) -> "Text":
    from rich.text import Text

    value = (column.shown or column.cell)(row)
    style = column.style(row) if column.style is not None else ""
    return Text(_plain(value), style=style, no_wrap=True, overflow="ellipsis")


def show_facts(facts: Iterable[tuple[str, object]]) -> None:
    """Print one thing as labelled lines: aligned on a terminal, ``label<TAB>value`` elsewhere."""
    known = [(label, _plain(value)) for label, value in facts if value not in (None, "")]
    if not on_terminal():
        for label, value in known:
            write(f"{label}\t{value}")
        return
    draw_facts(known)


def draw_facts(facts: Sequence[tuple[str, str]]) -> None:
    """Draw labelled lines on the terminal. Sentences are wrapped beside their label, URLs stay whole."""
    from rich.text import Text

    screen = console()
    margin = max((len(label) for label, _ in facts), default=0) + 2
    for label, value in facts:
        text = Text(value)
        lines = text.wrap(screen, max(screen.width - margin, 20)) if " " in value else [text]
        for number, line in enumerate(lines):
            line.rstrip()
            head = (label if number == 0 else "").ljust(margin)
            screen.print(Text.assemble((head, "bold"), line), soft_wrap=True)


class Step(Protocol):
    """Moves a progress bar: ``done`` of ``total`` (None: unknown), and what is being done."""

    def __call__(self, done: int, total: int | None, message: str = "") -> None:
        """Draw the bar anew."""
        ...


@contextmanager
def progress(*, wanted: bool = True) -> Iterator[Step]:
    """Show a progress bar on stderr while the block runs; nothing when stderr is no terminal."""
    if not wanted or not on_terminal(sys.stderr):
        yield _no_step
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.table import Column as RichColumn

    message = TextColumn("{task.description}", markup=False, table_column=RichColumn(no_wrap=True, ratio=1))
    columns = (BarColumn(bar_width=24), MofNCompleteColumn(), TimeElapsedColumn(), message)
    with Progress(*columns, console=console(sys.stderr), transient=True, expand=True) as bar:
        task = bar.add_task("", total=None)

        def step(done: int, total: int | None, message: str = "") -> None:
            bar.update(task, completed=done, total=total, description=safe(masked(message)))

        yield step


def _no_step(done: int, total: int | None, message: str = "") -> None:
    pass
