"""CSV of sources (RFC 4180): a header, one source a row. No spreadsheet runs a cell of it."""

import csv
import json
import re
from collections.abc import Iterable, Sequence
from typing import TextIO

from crawler.export.csv import guarded
from crawler.export.listed import texts
from spiders.readers.listed import FIELDS, FORMULA, unique_tags
from storage.model import Source

_GUARDED_ALREADY = re.compile(rf"'+(?:{FORMULA})")


def write(sources: Iterable[Source], out: TextIO, *, secrets: bool = False) -> int:
    """Write a header and one row a source to ``out``; return how many sources."""
    writer = csv.writer(out)
    writer.writerow(FIELDS)
    count = 0
    for source in sources:
        values = {**texts(source, secrets=secrets), "tags": _tags(source.tags)}
        writer.writerow(_guarded(values.get(name, "")) for name in FIELDS)
        count += 1
    return count


def _guarded(cell: str) -> str:
    """Return a cell led by an apostrophe where a spreadsheet would run it; reading takes one away again."""
    return f"'{cell}" if _GUARDED_ALREADY.match(cell) else guarded(cell)


def _tags(tags: Sequence[str]) -> str:
    plain = "; ".join(tags)
    exact = unique_tags(re.split("[;,]", plain)) == tuple(tags) and not plain.startswith("[")
    return plain if exact else json.dumps(list(tags), ensure_ascii=False)
