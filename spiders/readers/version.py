"""The version of the page reader, kept with every article that it read."""

VERSION = "6"
"""Counted up when the same page is read differently than before."""


def reader_name(rule: str | None = None) -> str:
    """Return what is kept as the reader: its version, and the name of the site rule that spoke, if any."""
    return f"{VERSION}+{rule}" if rule else VERSION
