"""The noun of files of captured pages: a frozen value made of the standard library alone."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """A file of captured pages (WARC), and how far it has been read."""

    id: int
    path: str
    size: int
    """Bytes."""
    modified_at: float
    """Of the file, in epoch seconds."""
    position: int
    """Byte at which the first record begins that has not been read and kept."""
    records: int
    """Records before that place."""
    counts: Mapping[str, int]
    """What became of them: an outcome, ``rejected:REASON`` or ``skipped:REASON``, and how many."""
    started_at: float
    finished_at: float | None
