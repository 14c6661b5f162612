"""Read a list of sources kept as a table: CSV (RFC 4180), with semicolons or tabs too; or one URL a line."""

import csv
import difflib
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence

from spiders.errors import NotAList
from spiders.readers.listed import FIELDS, FORMULA, Listed, Listing, unique_tags

_DELIMITERS = (",", ";", "\t")
_OTHER_NAMES = {
    **dict.fromkeys(("xmlurl", "feed", "feedurl", "rss", "rssurl", "address"), "url"),
    **dict.fromkeys(("name", "text"), "title"),
    **dict.fromkeys(("htmlurl", "site", "siteurl", "website", "homepage"), "site_url"),
    **dict.fromkeys(("lang",), "language"),
    **dict.fromkeys(("tag", "category", "categories", "folder"), "tags"),
    **dict.fromkeys(("every",), "interval"),
}
_GUARD = re.compile(rf"^'(?='*(?:{FORMULA}))")
"""The apostrophe that keeps a spreadsheet from running a cell."""


def read_sheet(text: str, *, name: str) -> Listing:
    """Read a table with a header, or lines with an address each; ``name`` is what errors call the document.

    Columns that are not known are left out with a note. Raises NotAList when there is no column ``url``.
    """
    rows = _rows(text, name)
    first = next(rows, None)
    if first is None:
        raise NotAList(name, "empty", "holds nothing")
    _, header = first
    columns = _columns(header)
    if "url" not in columns and "://" not in header[0]:
        raise NotAList(name, "no_url_column", _no_url(header))
    if "url" not in columns:  # no header: each line is an address
        columns = ["url"]
        rows = _put_back(first, rows)
    return Listing(
        format="csv",
        lines=tuple(_listed(number, cells, columns) for number, cells in rows),
        notes=_notes(header, columns),
    )


def _rows(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that hold anything, each with the number of its first line."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise NotAList(name, "bad_csv", f"line {line}: {error}") from error


def _delimiter(text: str) -> str:
    head = next((line for line in text.splitlines() if line.strip()), "")
    bare = re.sub(r'"[^"]*"', "", head)
    return max(_DELIMITERS, key=bare.count) if "://" not in bare else ","


def _put_back(
    first: tuple[int, list[str]], rest: Iterator[tuple[int, list[str]]]
) -> Iterator[tuple[int, list[str]]]:
    yield first
    yield from rest


def _columns(header: Sequence[str]) -> list[str]:
    """Return the field that each column holds, empty where it is none or stands there for a second time."""
    found: list[str] = []
    for cell in header:
        plain = cell.strip().lower().replace(" ", "_")
        field = plain if plain in FIELDS else _OTHER_NAMES.get(plain.replace("_", ""), "")
        found.append(field if field not in found else "")
    return found


def _notes(header: Sequence[str], columns: Sequence[str]) -> tuple[str, ...]:
    unknown = [cell.strip() for cell, field in zip(header, columns, strict=False) if not field]
    return tuple(f"column {name!r} is not known and was left out{_nearest(name)}" for name in unknown if name)


def _nearest(name: str) -> str:
    near = difflib.get_close_matches(name.lower(), FIELDS, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _no_url(header: Sequence[str]) -> str:
    shown = ", ".join(cell.strip()[:40] for cell in header[:8])
    return f"has no column called url; its first line is: {shown}"


def _listed(line: int, cells: Sequence[str], columns: Sequence[str]) -> Listed:
    if len(columns) > 1 and len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns) :]):
        problem = f"the row has {len(cells)} cells, the header {len(columns)}"
        return Listed(line=line, url=cells[columns.index("url")].strip(), problem=problem)
    values = {
        field: value
        for field, cell in zip(columns, cells, strict=False)
        if field and (value := _GUARD.sub("", cell.strip(" ")).strip())
    }
    return Listed(
        line=line,
        url=values.pop("url", ""),
        title=values.pop("title", None),
        tags=_tags(values),
        values=_without_tags(values),
    )


def _tags(values: Mapping[str, str]) -> tuple[str, ...]:
    """Return the tags of a cell: separated by semicolons or commas, or a JSON list."""
    text = values.get("tags", "")
    if text.startswith("["):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, list) and all(isinstance(tag, str) for tag in found):
            return tuple(found)
    return unique_tags(re.split(r"[;,]", text))


def _without_tags(values: Mapping[str, str]) -> Mapping[str, str]:
    return {name: value for name, value in values.items() if name != "tags"}
