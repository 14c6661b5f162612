"""How raw pages are packed: zstd, by what pages of the same site have in common. Pure.

Most of a page is its site's: menus, scripts, style sheets. So whole pages of a site serve as dictionaries:
the first of each of its layouts is kept as one, and what follows takes a twentieth of its size. Dictionaries
trained from samples (``train_dict``) hold a hundred kilobytes of common strings: with them it takes double.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LEVEL = 5
"""Behind a dictionary: a tenth larger than at level 9, in half of the time."""
ALONE = 9
"""Of what is packed by itself, the first page of each layout: 4 % smaller than at level 5, for a millisecond
more. Beyond that, level 19 saves another 5 % and takes thirty times as long."""
QUICK = 1
"""The level at which dictionaries are compared."""
LONGEST = 1024 * 1024
"""Bytes of a page that serve as a dictionary."""
WINDOW_LOG = 24
"""Sixteen megabytes are looked back on, so that the dictionary is in reach up to the end of a page."""
ALIKE = 0.6
"""Share of what a page takes by itself from which a dictionary is of no use for it: it has another layout."""
GOOD = 0.06
"""Share of its size that a page may take without it being asked what it would take by itself."""


@dataclass(frozen=True, slots=True)
class Packed:
    """A packed body, and which of the dictionaries offered it is packed by (None: it becomes one itself)."""

    data: bytes
    dictionary: int | None


def pack(body: bytes, dictionaries: Sequence[bytes]) -> Packed:
    """Pack a body by the best of some dictionaries; without a good one it is packed by itself."""
    best = _best(body, dictionaries)
    if best is None:
        return Packed(packed(body), None)
    data = packed(body, dictionaries[best])
    if len(data) > GOOD * len(body) and len(data) > ALIKE * len(packed(body, level=QUICK)):
        return Packed(packed(body), None)
    return Packed(data, best)


def _best(body: bytes, dictionaries: Sequence[bytes]) -> int | None:
    if len(dictionaries) < 2:
        return 0 if dictionaries else None
    sizes = [len(packed(body, dictionary, level=QUICK)) for dictionary in dictionaries]
    return sizes.index(min(sizes))


def packed(body: bytes, dictionary: bytes | None = None, *, level: int | None = None) -> bytes:
    """Return a body packed, by a dictionary if there is one."""
    if dictionary is None:
        return bytes(zstd.compress(body, level or ALONE))
    options: dict[int, int] = {
        zstd.CompressionParameter.compression_level: level or LEVEL,
        zstd.CompressionParameter.window_log: WINDOW_LOG,
    }
    return bytes(zstd.compress(body, options=options, zstd_dict=_loaded(dictionary).as_prefix))


def unpacked(data: bytes, dictionary: bytes | None = None) -> bytes:
    """Return the body that was packed so. Raises ValueError when it cannot be had."""
    try:
        if dictionary is None:
            return bytes(zstd.decompress(data))
        options: dict[int, int] = {zstd.DecompressionParameter.window_log_max: WINDOW_LOG}
        return bytes(zstd.decompress(data, zstd_dict=_loaded(dictionary).as_prefix, options=options))
    except (zstd.ZstdError, EOFError) as error:
        raise ValueError(str(error)) from error


@lru_cache(maxsize=8)
def _loaded(dictionary: bytes) -> Any:
    return zstd.ZstdDict(dictionary, is_raw=True)
