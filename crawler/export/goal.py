"""Where an export goes and in which format: what ``-o`` and ``--format`` say together."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from crawler.errors import UsageError

Format = Literal[
    "jsonl", "csv", "parquet", "rss", "atom", "jsonfeed", "newsarticle", "ninjs", "markdown", "warc"
]
FORMATS: tuple[Format, ...] = (
    *("jsonl", "csv", "parquet", "rss", "atom"),
    *("jsonfeed", "newsarticle", "ninjs", "markdown", "warc"),
)
FEEDS: tuple[Format, ...] = ("rss", "atom", "jsonfeed")
TABLES: tuple[Format, ...] = ("jsonl", "csv")
"""What lists are written as, of whatever they are."""
_FOLDERS: tuple[Format, ...] = ("parquet", "markdown")
_UNPACKED: tuple[Format, ...] = ("parquet",)
"""Formats that are packed in themselves."""
_SUFFIXES: dict[str, tuple[Format, ...]] = {
    ".jsonl": ("jsonl", "newsarticle", "ninjs"),
    ".ndjson": ("jsonl", "newsarticle", "ninjs"),
    ".csv": ("csv",),
    ".parquet": ("parquet",),
    ".rss": ("rss",),
    ".atom": ("atom",),
    ".md": ("markdown",),
    ".warc": ("warc",),
    ".xml": ("rss", "atom"),
    ".json": ("jsonfeed", "newsarticle", "ninjs"),
}
"""Suffix to the formats that fit it, the first one the one it stands for, if ``_CLEAR``."""
_CLEAR = frozenset([".jsonl", ".ndjson", ".csv", ".parquet", ".rss", ".atom", ".md", ".warc"])


@dataclass(frozen=True, slots=True)
class Goal:
    """Where an export goes (None: stdout) and in which format."""

    path: Path | None
    format: Format
    folder: bool = False
    packed: bool = False
    """Whether it is packed with gzip."""


def goal_for(output: str | None, *, chosen: str | None = None, among: tuple[Format, ...] = FORMATS) -> Goal:
    """Return the goal that a file or folder (``DIR/``; None and ``-``: stdout) and a chosen format make.

    Raises UsageError when they do not fit each other, or say nothing.
    """
    wanted = next((name for name in FORMATS if name == chosen), None)
    if output is None or output == "-":
        return Goal(None, wanted or "jsonl")
    if not output:
        raise UsageError("-o needs the name of a file or a folder; - is stdout")
    path = Path(output)
    if output.endswith("/") or path.is_dir():
        return Goal(path, _of_folder(output, wanted), folder=True)
    packed = path.suffix.lower() == ".gz"
    suffix = (path.with_suffix("") if packed else path).suffix.lower()
    format_ = _of_file(output, suffix, wanted, among)
    if packed and format_ in _UNPACKED:
        raise UsageError(f"{output}: {format_} is packed in itself; leave the .gz away")
    return Goal(path, format_, packed=packed)


def _of_folder(output: str, wanted: Format | None) -> Format:
    if wanted in _FOLDERS:
        return wanted
    what = "give --format" if wanted is None else f"{wanted} goes to a file; for a folder give --format"
    raise UsageError(f"{output} is a folder: {what} {' or '.join(_FOLDERS)}")


def _of_file(output: str, suffix: str, wanted: Format | None, among: tuple[Format, ...]) -> Format:
    fitting = tuple(name for name in _SUFFIXES.get(suffix, ()) if name in among)
    if wanted is not None:
        if fitting and wanted not in fitting:
            raise UsageError(f"{output}: {suffix} is not for {wanted}; {_advice(wanted)}")
        return wanted
    if fitting and suffix in _CLEAR:
        return fitting[0]
    if fitting:
        formats = " or ".join(f"--format {name}" for name in fitting)
        raise UsageError(f"{output}: {suffix} does not say which format; give {formats}")
    suffixes = [name for name, formats in _SUFFIXES.items() if name in _CLEAR and formats[0] in among]
    suffixes.remove(".ndjson")
    listed = f"{', '.join(suffixes[:-1])} or {suffixes[-1]}"
    raise UsageError(f"{output}: the suffix names no format; end it in {listed}, or give --format")


def _advice(wanted: Format) -> str:
    fitting = [suffix for suffix, formats in _SUFFIXES.items() if wanted in formats]
    return f"end it in {' or '.join(fitting)}, or leave --format away"
