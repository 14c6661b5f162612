"""Write articles to files, folders and streams, in constant memory.

Each format is a module of its own, imported when it is asked for.
"""

import importlib
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, cast

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
    if goal.path is None or _stream_of(goal) is not None:
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

    path = _stream_of(goal)
    if path is not None:
        return ParquetStream(path)
    if goal.path is None:
        return ParquetStream(sys.stdout.buffer)
    if goal.folder:
        return ParquetFolder(goal.path, name=about.stem)
    return ParquetFile(Path(os.path.realpath(goal.path)))


def _text(goal: Goal, about: "About") -> "Output":
    from crawler.export.lines import ascii_only
    from crawler.export.outputs import File, Stream

    if goal.path is None:
        shape = _shape(goal.format, replace(about, ascii_only=ascii_only(sys.stdout)))
        return Stream(sys.stdout.write, shape, end=sys.stdout.flush)
    shape = _shape(goal.format, about)
    if (path := _stream_of(goal)) is not None:
        out = path.open("w", encoding="utf-8", newline="")
        return Stream(out.write, shape, end=out.close)
    return File(goal.path, shape, packed=goal.packed)


def _warc(goal: Goal, about: "About", pages: "Pages") -> "Output":
    from crawler.export import warc
    from crawler.export.outputs import File, Stream

    shape = warc.shape(about, pages, packed=goal.packed)
    if goal.path is None:
        return Stream(sys.stdout.buffer.write, shape, end=sys.stdout.buffer.flush)
    if (path := _stream_of(goal)) is not None:
        out = path.open("wb")
        return Stream(out.write, shape, end=out.close)
    return File(goal.path, shape, packed=False)


def _stream_of(goal: Goal) -> Path | None:
    """Return the path of a goal that is a pipe or a device, which cannot be replaced."""
    from crawler.export.file import is_stream

    if goal.path is None:
        return None
    path = Path(os.path.realpath(goal.path))
    return path if is_stream(path) else None


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
