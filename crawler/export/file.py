"""A file that is replaced as a whole: readers see the old content or the new one, never a part."""

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from storage.durable import sync_file


@contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """Open a temporary file beside ``path`` for UTF-8 text, which takes its place when the block ends well.

    When the block raises, the temporary file goes and ``path`` stays as it was. Pipes and devices
    (``/dev/stdout``) are written straight away. Raises OSError.
    """
    path = Path(os.path.realpath(path))
    if is_stream(path):
        with path.open("w", encoding="utf-8", newline="") as out:
            yield out
        return
    temporary = path.with_name(f".{path.name[:200]}.{os.getpid()}.part")
    try:
        with _opened(temporary, path) as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        put_in_place(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def is_stream(path: Path) -> bool:
    """Tell whether there is something at a path that cannot be replaced: a pipe, a device."""
    return path.exists() and not path.is_file() and not path.is_dir()


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


def _opened(temporary: Path, path: Path) -> TextIO:
    try:
        return temporary.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise known_as(error, path) from error


def known_as(error: OSError, path: Path) -> OSError:
    """Return an error that names the file by the name a person gave it."""
    return OSError(error.errno, error.strerror, str(path))
