"""The language detector, py3langid, with its model kept where it is quick to load.

The model comes packed so tightly that to unpack it takes as long as all else that a process needs to start.
So it is unpacked once, into the user's cache folder (68 MB), and mapped into memory from there: only what is
asked for is read, and all processes share it. It holds the same numbers, so the answers are the same; where
there is no such folder, or anything else goes wrong, py3langid loads its own file.
"""

import io
import logging
import lzma
import math
import mmap
import os
import struct
import tempfile
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

log = logging.getLogger(__name__)

_PACKED = "data/model.npz.xz"
_FAILURES = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    ImportError,
    EOFError,
    struct.error,
    lzma.LZMAError,
    BadZipFile,
)
_NEEDED = frozenset(["ptc", "pc", "classes", "nextmove", "nextmove_row", "out_feat"])
_HEADER = 4_096
"""Bytes in which the description of an array ends."""


def classify(text: str) -> str:
    """Return the code of the language that py3langid finds in a text."""
    return str(_identifier().classify(text)[0])


@cache
def _identifier() -> Any:
    try:
        return _from_cache()
    except _FAILURES as error:
        log.debug("the language model is loaded from its package: %s", error)
        import py3langid

        return py3langid


def _from_cache() -> Any:
    from py3langid.langid import LanguageIdentifier

    data = dict(_arrays(*_unpacked()))
    if not data.keys() >= _NEEDED:
        raise ValueError("the model has another layout")
    return LanguageIdentifier(
        data["ptc"],
        data["pc"],
        data["classes"].tolist(),
        _view(data["nextmove"]),
        data["out_feat"].tolist(),
        tk_row=_view(data["nextmove_row"]),
    )


def _arrays(files: Sequence[ZipInfo], content: mmap.mmap) -> Iterator[tuple[str, Any]]:
    """Yield names and arrays of an npz file that is not packed, where they stand; numpy would copy each."""
    import numpy
    from numpy.lib import format as npy

    for file in files:
        name, extra = struct.unpack_from("<HH", content, file.header_offset + 26)
        start = file.header_offset + 30 + name + extra
        written = memoryview(content)[start : start + file.file_size]
        if file.compress_type != ZIP_STORED:
            raise ValueError(f"{file.filename} of the model is packed")
        stream = io.BytesIO(written[:_HEADER])
        if npy.read_magic(stream) != (1, 0):
            raise ValueError("the model has another layout")
        shape, by_column, kind = npy.read_array_header_1_0(stream)
        flat = numpy.frombuffer(written, kind, math.prod(shape), stream.tell())
        yield file.filename.removesuffix(".npy"), flat.reshape(shape, order="F" if by_column else "C")


def _view(numbers: Any) -> memoryview:
    """Return numbers as a view of the standard library, which is quicker to index one by one."""
    return memoryview(numbers.data).cast("B").cast(numbers.dtype.char)


def _mapped(path: Path) -> tuple[list[ZipInfo], mmap.mmap]:
    """Return the files in an npz file, and all of it mapped into memory."""
    with ZipFile(path) as archive, path.open("rb") as file:
        return archive.infolist(), mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _unpacked() -> tuple[list[ZipInfo], mmap.mmap]:
    """Return the model from the cache folder, where it is put when it is not there or not whole."""
    import py3langid

    source = Path(py3langid.__file__).parent / _PACKED
    kept = cache_file(source)
    try:
        return _mapped(kept)
    except (OSError, BadZipFile):
        _keep(kept, source)
        return _mapped(kept)


def cache_file(source: Path) -> Path:
    """Return where the model of the installed py3langid is kept: its name tells version and size."""
    from platformdirs import user_cache_path

    name = f"py3langid-{version('py3langid')}-{source.stat().st_size}.npz"
    return user_cache_path("kabar", appauthor=False) / name


def _keep(path: Path, source: Path) -> None:
    """Write the unpacked file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        try:
            file.write(lzma.decompress(source.read_bytes()))
            os.replace(file.name, path)
        except BaseException:  # Ctrl-C too leaves no half file
            os.unlink(file.name)
            raise
