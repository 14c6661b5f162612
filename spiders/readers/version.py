"""The version of the page reader, kept with every article that it read."""

import re
import zlib
from collections.abc import Collection

VERSION = "11"
"""Counted up when the same page is read differently than before."""


def reader_name(rule: str | None = None, repeated: Collection[str] = ()) -> str:
    """Return what is kept as the reader: its version, the name of the site rule that spoke, if any, and a
    mark of what was left out because the site repeats it: to leave out more is no edit of the publisher.
    """
    mark = f"~{zlib.crc32(chr(10).join(sorted(repeated)).encode('utf-8', 'replace')):08x}" if repeated else ""
    return (f"{VERSION}+{rule}" if rule else VERSION) + mark


def version_of(name: str) -> str:
    """Return the version of a reader, given as ``reader_name`` names it."""
    return re.split("[+~]", name, maxsplit=1)[0]
