"""A file that is replaced as a whole: readers see the old content or the new one, never a part."""

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


@contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """Open a temporary file beside ``path`` for UTF-8 text, which takes its place when the block ends well.

    When the block raises, the temporary file goes and ``path`` stays as it was. Pipes and devices
    (``/dev/stdout``) are written straight away. Raises OSError.
    """
    path = Path(os.path.realpath(path))
    if path.exists() and not path.is_file():
        with path.open("w", encoding="utf-8", newline="") as out:
            yield out
        return
    temporary = path.with_name(f".{path.name[:200]}.{os.getpid()}.part")
    try:
        with _opened(temporary, path) as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        _keep_mode(path, temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _opened(temporary: Path, path: Path) -> TextIO:
    try:
        return temporary.open("w", encoding="utf-8", newline="")
    except OSError as error:
        # A person knows the file by the name they gave it.
        raise OSError(error.errno, error.strerror, str(path)) from error


def _keep_mode(old: Path, new: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        new.chmod(old.stat().st_mode & 0o777)
