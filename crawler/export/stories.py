"""Stories as JSON lines or CSV; the origin is three columns of a row."""

import csv
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TextIO

from crawler.export.file import replacing
from crawler.export.lines import ascii_only, json_line

FIELDS = ("id", "title", "language", "articles", "outlets", "first_at", "last_at")
_ORIGIN = ("article_id", "name", "why")


def export(records: Iterable[Mapping[str, Any]], path: Path | None, *, format_: str) -> int:
    """Write records of stories to ``path`` (stdout when None) and return how many. Raises OSError."""
    if path is None:
        return _write(records, sys.stdout, format_=format_)
    with replacing(path) as out:
        return _write(records, out, format_=format_)


def _write(records: Iterable[Mapping[str, Any]], out: TextIO, *, format_: str) -> int:
    writer = csv.writer(out)
    if format_ == "csv":
        writer.writerow([*FIELDS, *(f"origin_{name}" for name in _ORIGIN)])
    number = 0
    for record in records:
        number += 1
        if format_ == "csv":
            cells = [record[name] for name in FIELDS] + [record["origin"][name] for name in _ORIGIN]
            writer.writerow(["" if cell is None else cell for cell in cells])
        else:
            out.write(json_line(record, ascii_only=ascii_only(out)) + "\n")
    return number
