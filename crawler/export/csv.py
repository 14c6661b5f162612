"""CSV as RFC 4180 has it: a header, one article a row, quotes where they are needed.

Lists are joined by ``; ``, nested values are JSON, unknown values are empty; JSON lines lose nothing.
"""

import csv
import json
from collections.abc import Iterable, Mapping
from typing import Any, TextIO

from crawler.record import FIELDS, record
from storage.model import Article

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes a spreadsheet take a cell for a formula (OWASP, CSV injection), full-width forms included."""


def write(articles: Iterable[Article], out: TextIO, *, safe: bool = False) -> int:
    """Write a header and one row an article to ``out``; return how many articles.

    With ``safe`` a cell that a spreadsheet would run as a formula is led by an apostrophe.
    """
    writer = csv.writer(out)
    writer.writerow(FIELDS)
    count = 0
    for article in articles:
        writer.writerow(row(record(article), safe=safe))
        count += 1
    return count


def row(values: Mapping[str, Any], *, safe: bool = False) -> list[str]:
    """Return the cells of one record, in the order of the header."""
    cells = [_cell(values[name]) for name in FIELDS]
    return [guarded(cell) for cell in cells] if safe else cells


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value):
        return "; ".join(value)
    return json.dumps(value, ensure_ascii=False)


def guarded(cell: str) -> str:
    """Return ``cell`` so that no spreadsheet runs it."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
