"""CSV as RFC 4180 has it: a header, one article a row, quotes where they are needed.

Lists are joined by ``; ``, nested values are JSON, unknown values are empty; JSON lines lose nothing.
"""

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Literal

from crawler.export.shape import About, Shape
from crawler.record import FIELDS, record
from spiders.readers.listed import FORMULA

_FORMULA = re.compile(FORMULA)


def shape(about: About) -> Shape:
    """Return the shape of CSV; with ``safe`` what a spreadsheet would run is led by an apostrophe.

    Every cell then stands in quotes, too: no separator within its text begins another one.
    """
    line = partial(_line, quoting=csv.QUOTE_ALL if about.safe else csv.QUOTE_MINIMAL)
    return Shape(head=line(FIELDS), one=lambda article: line(row(record(article), safe=about.safe)))


def _line(cells: Sequence[str], *, quoting: Literal[0, 1]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, quoting=quoting).writerow(cells)
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
    return f"'{cell}" if _FORMULA.match(cell) else cell
