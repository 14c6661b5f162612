"""Write articles to files and streams, in constant memory: JSON lines, CSV.

Each format is one module with ``write(articles, out) -> int``, imported when it is asked for.
"""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TextIO

from crawler.errors import UsageError

if TYPE_CHECKING:
    from storage.model import Article

Format = Literal["jsonl", "csv"]
FORMATS: tuple[Format, ...] = ("jsonl", "csv")
_SUFFIXES: dict[str, Format] = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv"}


def format_for(path: Path | None, *, chosen: str | None = None) -> Format:
    """Return the format to write: the one chosen, else the one of the file's suffix, else JSON lines.

    Raises UsageError when there is a file whose suffix says nothing.
    """
    if chosen is not None:
        return next(name for name in FORMATS if name == chosen)
    if path is None or str(path) == "-":
        return "jsonl"
    found = _SUFFIXES.get(path.suffix.lower())
    if found is None:
        raise UsageError(f"{path}: the suffix names no format; end it in .jsonl or .csv, or give --format")
    return found


def export(articles: "Iterable[Article]", path: Path | None, *, format_: str, safe: bool = False) -> int:
    """Write ``articles`` to ``path`` (stdout when None or ``-``) and return how many.

    The file appears complete or not at all. ``safe`` keeps spreadsheets from running CSV cells as formulas.
    Raises OSError when the file cannot be written.
    """
    from crawler.export.file import replacing

    if path is None or str(path) == "-":
        return _write(articles, sys.stdout, format_=format_, safe=safe)
    with replacing(path) as out:
        return _write(articles, out, format_=format_, safe=safe)


def _write(articles: "Iterable[Article]", out: TextIO, *, format_: str, safe: bool) -> int:
    if format_ == "csv":
        from crawler.export import csv

        return csv.write(articles, out, safe=safe)
    from crawler.export import jsonl

    return jsonl.write(articles, out)
