"""The URL of a SQLite file."""

from pathlib import Path


def sqlite_url(path: Path | str) -> str:
    """Return the database URL of a SQLite file, whatever its name: of a URL, ``%`` and ``?`` mean more."""
    return "sqlite:///" + str(path).replace("%", "%25").replace("?", "%3F")
