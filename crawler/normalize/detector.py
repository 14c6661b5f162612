"""The language detector, py3langid, with its model kept where it is quick to load.

The model comes packed so tightly that unpacking it is half of what a process needs to start. So it is packed
anew once, more loosely, into the user's cache folder. It holds the same numbers, so the answers are the same;
where there is no such folder, or anything else goes wrong, py3langid loads its own file.
"""

import io
import logging
import lzma
import math
import os
import struct
import tempfile
import zlib
from array import array
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, BadZipFile, ZipFile

log = logging.getLogger(__name__)

_PACKED = "data/model.npz.xz"
_LEVEL = 9
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

    data = dict(_arrays(_unpacked()))
    if not data.keys() >= _NEEDED:
        raise ValueError("the model has another layout")
    return LanguageIdentifier(
        data["ptc"].copy(order="K"),
        data["pc"].copy(),
        data["classes"].tolist(),
        _flat(data["nextmove"]),
        data["out_feat"].tolist(),
        tk_row=_flat(data["nextmove_row"]),
    )


def _arrays(content: bytes) -> Iterator[tuple[str, Any]]:
    """Yield names and arrays of an npz file that is not packed; numpy would copy each several times."""
    import numpy
    from numpy.lib import format as npy

    with ZipFile(io.BytesIO(content)) as archive:
        files = archive.infolist()
    for file in files:
        name, extra = struct.unpack_from("<HH", content, file.header_offset + 26)
        start = file.header_offset + 30 + name + extra
        written = memoryview(content)[start : start + file.file_size]
        if file.compress_type != ZIP_STORED or zlib.crc32(written) != file.CRC:
            raise ValueError(f"{file.filename} of the model cannot be read")
        stream = io.BytesIO(written[:_HEADER])
        if npy.read_magic(stream) != (1, 0):
            raise ValueError("the model has another layout")
        shape, by_column, kind = npy.read_array_header_1_0(stream)
        flat = numpy.frombuffer(written, kind, math.prod(shape), stream.tell())
        yield file.filename.removesuffix(".npy"), flat.reshape(shape, order="F" if by_column else "C")


def _flat(numbers: Any) -> "array[int]":
    """Return unsigned numbers as an array of the standard library, which is quicker to index one by one."""
    flat: array[int] = array({2: "H", 4: "I", 8: "L"}[numbers.dtype.itemsize])
    flat.frombytes(numbers.data.cast("B"))
    return flat


def _unpacked() -> bytes:
    import py3langid

    source = Path(py3langid.__file__).parent / _PACKED
    kept = cache_file(source)
    try:
        return bytes(_zstd().decompress(kept.read_bytes()))
    except (OSError, EOFError, _zstd().ZstdError):
        plain: bytes = lzma.decompress(source.read_bytes())
        _keep(kept, _zstd().compress(plain, _LEVEL))
        return plain


def cache_file(source: Path) -> Path:
    """Return where the model of the installed py3langid is kept: its name tells version and size."""
    from platformdirs import user_cache_path

    name = f"py3langid-{version('py3langid')}-{source.stat().st_size}.npz.zst"
    return user_cache_path("kabar", appauthor=False) / name


def _keep(path: Path, packed: bytes) -> None:
    """Write a file whole or not at all; a folder that cannot be written is no harm."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(packed)
        os.replace(file.name, path)
    except OSError as error:
        log.debug("the language model cannot be kept in %s: %s", path, error)


def _zstd() -> Any:
    try:
        from compression import zstd  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        from backports import zstd  # type: ignore[no-redef, unused-ignore]
    return zstd
