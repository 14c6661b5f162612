"""CSV as RFC 4180 has it: a header, one article a row, quotes where they are needed.

Lists are joined by ``; ``, nested values are JSON, unknown values are empty; JSON lines lose nothing.
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from crawler.export.shape import About, Shape
from crawler.record import FIELDS, record

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes a spreadsheet take a cell for a formula (OWASP, CSV injection), full-width forms included."""


def shape(about: About) -> Shape:
    """Return the shape of CSV; with ``safe`` what a spreadsheet would run is led by an apostrophe."""
    return Shape(head=_line(FIELDS), one=lambda article: _line(row(record(article), safe=about.safe)))


def _line(cells: Sequence[str]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out).writerow(cells)
    return out.getvalue()


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
