"""Write articles to files, folders and streams, in constant memory.

Each format is a module of its own, imported when it is asked for.
"""

import importlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from crawler.export.goal import FORMATS, TABLES, Format, Goal, goal_for

if TYPE_CHECKING:
    from crawler.export.note import Note
    from crawler.export.outputs import Output
    from crawler.export.shape import About, Shape
    from crawler.export.warc import Pages
    from storage.exports import Batch
    from storage.model import Article

__all__ = ["FORMATS", "Format", "Goal", "export", "format_for", "goal_for", "kept_at", "output_for"]


def format_for(path: Path | None, *, chosen: str | None = None) -> Format:
    """Return the format of a list: the one chosen, else the one of the file's suffix, else JSON lines.

    Raises UsageError when there is a file whose suffix says nothing.
    """
    return goal_for(None if path is None else str(path), chosen=chosen, among=TABLES).format


def output_for(goal: Goal, about: "About", pages: "Pages | None" = None) -> "Output":
    """Return the output that writes to a goal; ``pages`` are where WARC takes those of articles from.

    Raises NeedsExtra when a library is missing.
    """
    if pages is not None and goal.format == "warc":
        return _warc(goal, about, pages)
    if goal.format == "parquet":
        return _parquet(goal, about)
    if goal.folder:
        from crawler.export.folder import MarkdownFolder

        return MarkdownFolder(cast(Path, goal.path))
    return _text(goal, about)


def kept_at(goal: Goal) -> "Note | None":
    """Return the note of an export to a goal that was interrupted; None when there is none to go on with."""
    from crawler.export.file import is_stream

    if goal.path is None or is_stream(goal.path):
        return None
    if goal.folder:
        from crawler.export.folder import Staged

        return Staged(goal.path).kept()
    if goal.format == "parquet":
        from crawler.export.parquet import parts_of

        return parts_of(Path(os.path.realpath(goal.path))).kept()
    from crawler.export.partial import Partial

    return Partial(goal.path).kept()


def _parquet(goal: Goal, about: "About") -> "Output":
    from crawler.export.parquet import ParquetFile, ParquetFolder, ParquetStream

    if (stream := _stream_of(goal)) is not None:
        return ParquetStream(*stream)
    if goal.folder:
        return ParquetFolder(cast(Path, goal.path), about)
    return ParquetFile(Path(os.path.realpath(cast(Path, goal.path))))


def _text(goal: Goal, about: "About") -> "Output":
    from crawler.export.lines import ascii_only
    from crawler.export.outputs import File, Stream

    if (stream := _stream_of(goal)) is not None:
        ascii_ = goal.path is None and ascii_only(sys.stdout)
        return Stream(*stream, _shape(goal.format, replace(about, ascii_only=ascii_)))
    return File(cast(Path, goal.path), _shape(goal.format, about), packed=goal.packed)


def _warc(goal: Goal, about: "About", pages: "Pages") -> "Output":
    from crawler.export import warc
    from crawler.export.outputs import File, Stream

    shape = warc.shape(about, pages, packed=goal.packed)
    if (stream := _stream_of(goal)) is not None:
        return Stream(*stream, shape)
    return File(cast(Path, goal.path), shape, packed=False)


def _stream_of(goal: Goal) -> "tuple[BinaryIO, Callable[[], None]] | None":
    """Return what a goal that cannot be replaced is written to, and what is done at the end."""
    from crawler.export.file import is_stream, opened_stream

    if goal.path is None:
        return sys.stdout.buffer, sys.stdout.buffer.flush
    if not is_stream(goal.path):
        return None
    out = opened_stream(goal.path)
    return out, out.close


def _shape(format_: Format, about: "About") -> "Shape":
    return cast("Shape", importlib.import_module(f"crawler.export.{format_}").shape(about))


def export(articles: "Iterable[Article]", path: Path | None, *, format_: str, safe: bool = False) -> int:
    """Write ``articles`` to ``path`` (stdout when None or ``-``) and return how many.

    The file appears complete or not at all. ``safe`` keeps spreadsheets from running CSV cells as formulas.
    Raises OSError when the file cannot be written.
    """
    from crawler.export.note import Note
    from crawler.export.run import run
    from crawler.export.shape import About

    goal = goal_for(None if path is None else str(path), chosen=format_)
    return run(_batches(articles), output_for(goal, About(safe=safe)), Note(key=""), every=sys.maxsize).number


def _batches(articles: "Iterable[Article]") -> "Iterator[Batch]":
    from storage.exports import SIZE, Batch

    rest = iter(articles)
    while found := tuple(islice(rest, SIZE)):
        yield Batch(found, "")
