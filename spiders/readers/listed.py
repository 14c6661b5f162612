"""What a list of sources holds, as it was written: nothing in these values has been judged yet."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

ListFormat = Literal["opml", "csv"]

MAX_BYTES = 64 * 1024 * 1024
"""Larger files are no list of sources that anybody keeps."""
LONGEST_TEXT = 1_000
"""Longer titles are cut."""
NAMESPACE = "urn:kabar:opml"
"""XML namespace of what OPML has no attribute for."""
FIELDS = (
    *("url", "title", "site_url", "language", "country", "tags", "kind", "state", "interval", "since"),
    *("schedule", "options"),
)
"""What a person chooses of a source, by name; in the order of CSV columns."""
_UNSEEN = (
    r"\s\x00-\x1f\x7f-\xa0\u00ad\u034f\u061c\u115f\u1160\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff"
)
"""Blanks, controls and characters without width, which spreadsheets pass over or drop."""
_SIGNS = r"=+\-@＝＋－＠﹦﹢﹣﹫⁼⁺₌₊⩵⩶﬩−"
"""What begins a formula, and whatever Unicode calls compatible with it."""
FORMULA = rf"[\t\r\n]|[{_UNSEEN}]*[{_SIGNS}]"
"""Pattern of how a cell begins that a spreadsheet takes for a formula (OWASP, CSV injection)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One source as a list names it."""

    line: int
    """Where it stands in the file, from 1."""
    url: str = ""
    """Address of the feed; empty when none is given."""
    page: str = ""
    """Address of a web page that stands in place of a feed's."""
    title: str | None = None
    tags: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    """Further ``FIELDS`` by name."""
    problem: str | None = None
    """Why the line cannot be read, if so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list of sources, read."""

    format: ListFormat
    lines: tuple[Listed, ...]
    notes: tuple[str, ...] = ()
    """What had to be mended or was left out, in plain words."""


def unique_tags(tags: "list[str] | tuple[str, ...]") -> tuple[str, ...]:
    """Return tags with plain white space, each once (case does not matter), without empty ones."""
    found: dict[str, str] = {}
    for tag in tags:
        text = " ".join(tag.split())
        if text:
            found.setdefault(text.casefold(), text)
    return tuple(found.values())
