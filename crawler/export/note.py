"""The note beside an export in the making: what it is of, and how far it has come."""

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from crawler.export.file import clear

_KINDS: dict[str, tuple[type, ...]] = {
    **{"key": (str,), "cursor": (str, type(None)), "latest": (str, type(None))},
    **{"begun": (str,), "since": (str, type(None)), "until": (str, type(None))},
    **{
        "after": (int, type(None)),
        "upto": (int, type(None)),
        "number": (int,),
        "size": (int,),
        "lost": (int,),
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What an export is of, and how far it has come."""

    key: str
    """What it is of: another key is another export."""
    begun: str = "1970-01-01T00:00:00+00:00"
    """When it began (RFC 3339): ages in the words count back from it."""
    since: str | None = None
    until: str | None = None
    """Times that were meant when it began (RFC 3339): ``7d`` is another one later."""
    after: int | None = None
    upto: int | None = None
    """The span of revisions, where it is told by a name."""
    cursor: str | None = None
    number: int = 0
    """Articles written so far."""
    lost: int = 0
    """Articles that could not be read, because the store is damaged."""
    latest: str | None = None
    """When the youngest of them was last changed (RFC 3339)."""
    size: int = 0
    """Bytes of the file, or files in the folder, that hold them."""

    @property
    def latest_at(self) -> datetime | None:
        """``latest`` as a time."""
        return None if self.latest is None else datetime.fromisoformat(self.latest)


def read(path: Path) -> Note | None:
    """Return the note at a path; None when there is none that can be read."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    if not isinstance(values, dict) or values.keys() != _KINDS.keys():
        return None
    if not all(isinstance(values[name], kinds) for name, kinds in _KINDS.items()):
        return None
    return Note(**values)


def write(path: Path, note: Note) -> None:
    """Put a note at a path; whoever reads it finds the old one or the new one. Raises OSError."""
    new = path.with_name(f"{path.name}.new")
    try:
        with new.open("w", encoding="utf-8") as out:
            json.dump(asdict(note), out)
            out.flush()
            os.fsync(out.fileno())
        new.replace(path)
    finally:
        clear(new)
