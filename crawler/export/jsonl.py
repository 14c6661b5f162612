"""JSON lines: one record a line."""

from collections.abc import Iterable
from typing import TextIO

from crawler.export.lines import ascii_only, json_line
from crawler.record import record
from storage.model import Article


def write(articles: Iterable[Article], out: TextIO) -> int:
    """Write one record a line to ``out``; return how many."""
    ascii_ = ascii_only(out)
    count = 0
    for article in articles:
        out.write(json_line(record(article), ascii_only=ascii_) + "\n")
        count += 1
    return count
