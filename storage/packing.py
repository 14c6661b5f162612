"""How raw pages are packed: zstd, by what pages of the same site have in common. Pure.

Most of a page is its site's: menus, scripts, style sheets. So whole pages of a site, one behind the other,
serve as its dictionary: the first ones, and those that are unlike the ones before. What follows takes a
twentieth of its size. Dictionaries trained from samples (``train_dict``) hold a hundred kilobytes of common
strings: with them it takes double.
"""

import sys
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LEVEL = 5
"""Behind a dictionary: a tenth larger than at level 9, in half of the time."""
FOR_LONG = 9
"""Of what is laid into a dictionary: 4 % smaller than at level 5, for some milliseconds more. Beyond that,
level 19 saves another 5 % and takes twenty times as long."""
QUICK = 1
"""The level at which is asked what a page takes by itself."""
LONGEST = 1024 * 1024
"""Bytes of a page that are laid into a dictionary."""
WINDOW_LOG = 24
"""Sixteen megabytes are looked back on, so that the dictionary is in reach up to the end of a page."""
SMALLEST = 2048
"""Bytes; what is shorter is laid into no dictionary."""
UNLIKE = 0.25
"""Share of what a page takes by itself from which it is worth being laid into the dictionary. That costs
nothing as long as there is room: it takes no more there than it would as a page."""
STRANGE = 0.6
"""The same where there is no room any more: a new dictionary is begun, by a page that is packed by itself."""
GOOD = 0.02
"""Share of its size that a page may take without it being asked what it would take by itself."""


@dataclass(frozen=True, slots=True)
class Packed:
    """A packed body."""

    data: bytes
    behind: bool
    """Whether it is packed by the dictionary that was offered."""
    new: bool
    """Whether it is to be laid into a dictionary, that one or a new one."""


def pack(body: bytes, dictionary: bytes | None, *, room: bool) -> Packed:
    """Pack a body by a dictionary, if it is of any use; ``room`` tells whether more may be laid into it."""
    large = len(body) >= SMALLEST
    if dictionary is not None:
        data = packed(body, dictionary)
        share = 0.0 if len(data) <= GOOD * len(body) else len(data) / len(packed(body, level=QUICK))
        if large and room and share > UNLIKE:
            return Packed(packed(body, dictionary, level=FOR_LONG), behind=True, new=True)
        if room or share <= STRANGE:
            return Packed(data, behind=True, new=False)
    return Packed(packed(body), behind=False, new=large)


def packed(body: bytes, dictionary: bytes | None = None, *, level: int | None = None) -> bytes:
    """Return a body packed, by a dictionary if there is one."""
    if dictionary is None:
        return bytes(zstd.compress(body, level or FOR_LONG))
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


@lru_cache(maxsize=2)
def _loaded(dictionary: bytes) -> Any:
    return zstd.ZstdDict(dictionary, is_raw=True)
