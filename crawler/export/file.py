"""A file that is replaced as a whole: readers see the old content or the new one, never a part."""

import contextlib
import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

from storage.durable import sync_file

_OPEN_FILES = re.compile(r"/dev/fd|/proc/(\d+)(?:/task/\d+)?/fd")
_LONGEST_NAME = 200
"""Bytes of the 255 that a name may have on most file systems; the others are for endings."""
_HIDDEN = re.compile(r"\..*\.parts?(\.|$)")
_MOST_LINKS = 40
"""As many as Linux follows."""


@contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """Open a file for UTF-8 text, as ``replacing_bytes`` does for bytes. Raises OSError."""
    with replacing_bytes(path) as raw:
        out = io.TextIOWrapper(raw, encoding="utf-8", newline="")
        yield out
        out.detach()


@contextmanager
def replacing_bytes(path: Path) -> Iterator[BinaryIO]:
    """Open a temporary file beside ``path``, which takes its place when the block ends well.

    When the block raises, the temporary file goes and ``path`` stays as it was. Pipes, devices and files
    that are open already (``/dev/stdout``) are written straight away. Raises OSError.
    """
    if is_stream(path):
        with opened_stream(path) as out:
            yield out
        return
    path = Path(os.path.realpath(path))
    temporary = beside(path, f".{os.getpid()}.part")
    try:
        with _opened(temporary, path) as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        put_in_place(temporary, path)
    finally:
        clear(temporary)


def clear(temporary: Path) -> None:
    """Remove a temporary file, if it is there and can be: what failed before is what is to be told."""
    with contextlib.suppress(OSError):
        temporary.unlink()


def beside(path: Path, ending: str) -> Path:
    """Return the path of a hidden file or folder beside another, named after it as far as there is room."""
    name = os.fsencode(path.name)[:_LONGEST_NAME].decode("utf-8", "ignore")
    return path.with_name(f".{name}{ending}")


def is_hidden(path: str | Path) -> bool:
    """Tell whether a path is of something in the making, which only kabar knows of."""
    return any(_HIDDEN.match(name) for name in Path(path).parts)


def is_stream(path: Path) -> bool:
    """Tell whether a path names what cannot be replaced: a pipe, a device, a file that is open already."""
    if _open_file(path) is not None:
        return True
    return path.exists() and not path.is_file() and not path.is_dir()


def opened_stream(path: Path) -> BinaryIO:
    """Open what ``is_stream`` tells of to be written straight away, behind what is in it. Raises OSError."""
    place = _open_file(path)
    number = None if place is None else _number(place)
    try:
        # Opened by its name, a file of ours would be written from its beginning, and over what is in it.
        return path.open("ab") if number is None else os.fdopen(os.dup(number), "wb")
    except OSError as error:
        raise known_as(error, path) from error


def _open_file(path: Path) -> Path | None:
    """Return where among the open files of a process a path leads (``/dev/stdout``, ``/dev/fd/63``).

    No step further: the names that such files have in turn may be those of pipes, which nobody can open, or
    of files that are to go on where they are.
    """
    place = Path(os.path.abspath(path))
    for _ in range(_MOST_LINKS):
        folder = Path(os.path.realpath(place.parent))
        if place.name.isdecimal() and _OPEN_FILES.fullmatch(str(folder)):
            return folder / place.name
        if not place.is_symlink():
            return None
        place = folder / place.readlink()
    return None


def _number(place: Path) -> int | None:
    """Return the number of an open file when it is one of this process."""
    process = _OPEN_FILES.fullmatch(str(place.parent))
    assert process is not None
    return int(place.name) if process[1] in (None, str(os.getpid())) else None


def put_in_place(new: Path, final: Path) -> None:
    """Let a file that is complete on disk take its final place, with the mode of the file before it."""
    with contextlib.suppress(FileNotFoundError):
        new.chmod(final.stat().st_mode & 0o777)
    new.replace(final)
    sync_folder(final.parent)


def sync_folder(folder: Path) -> None:
    """See to it that a new name outlives a power cut, where the file system can."""
    with contextlib.suppress(OSError):
        sync_file(folder)


def _opened(temporary: Path, path: Path) -> BinaryIO:
    try:
        return temporary.open("wb")
    except OSError as error:
        raise known_as(error, path) from error


def known_as(error: OSError, path: Path) -> OSError:
    """Return an error that names the file by the name a person gave it."""
    # Arrow puts the name of its file, and more, into the words for the error.
    words = os.strerror(error.errno) if error.errno else error.strerror
    return OSError(error.errno, words, str(path))
