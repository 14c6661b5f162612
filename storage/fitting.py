"""In which order rows fill the pages of a SQLite file: one that does not fit behind the last begins a page.

Of a row too long for a page, SQLite puts as much into pages of its own as fills them; the rest, of any length
up to a page, stands with the rests of its neighbours. In the order in which articles come, a quarter of those
pages stays empty. https://www.sqlite.org/fileformat.html (1.6) says how long what becomes of a row is.
"""

from bisect import bisect_right
from collections.abc import Sequence

_PAGE_HEADER, _LINK, _POINTER = 8, 4, 2
_SHORT = 57
"""Bytes of a text of which one byte says how long it is."""
_GOLDEN = 0x9E3779B1
"""Of 2**32 the golden section: multiples of it spread evenly, whatever the distance between two numbers."""


def order(sizes: Sequence[int], page_bytes: int, *, first: int) -> list[int]:
    """Return the places of rows in the order in which to write them, each behind the one before.

    ``sizes`` are those of their records, in bytes. Of those left, the largest that fits comes next. ``first``
    is the number that the first one gets; which of them that is it decides, as if by chance: numbers that a
    power of two divides make samples, and must not be those of the longest or the shortest.
    """
    left = sorted((cell_bytes(size, page_bytes), place) for place, size in enumerate(sizes))
    found: list[int] = []
    room = 0
    while left:
        at = bisect_right(left, (room, len(sizes))) - 1
        if at < 0:
            at, room = len(left) - 1, page_bytes - _PAGE_HEADER
        cell, place = left.pop(at)
        room -= cell
        found.append(place)
    turn = (first * _GOLDEN % 2**32 * len(found)) >> 32
    return found[turn:] + found[:turn]


def cell_bytes(record: int, page_bytes: int) -> int:
    """Return how much of a page with others a record takes, which has so many bytes, its number with it."""
    around = _POINTER + _varint(record) + 4
    longest, least = page_bytes - 35, (page_bytes - 12) * 32 // 255 - 23
    if record <= longest:
        return record + around
    rest = least + (record - least) % (page_bytes - _LINK)
    return (rest if rest <= longest else least) + _LINK + around


def record_bytes(values: Sequence[object]) -> int:
    """Return how many bytes the record of a row takes: texts, numbers, None; its own number left out."""
    header, body = 2 + len(values), 0  # its length, and the number of the row, which stands elsewhere
    for value in values:
        if type(value) is str:
            size = len(value) if value.isascii() else len(value.encode(errors="replace"))
            body += size
            if size > _SHORT:
                header += _varint(2 * size + 13) - 1
        elif value is not None:
            body += _number(value)
    return header + _varint(header) - 1 + body


def _number(value: object) -> int:
    if not isinstance(value, int):
        return 8
    size = 0 if value in (0, 1) else value.bit_length() // 8 + 1
    return size if size < 5 else 6 if size < 7 else 8


def _varint(value: int) -> int:
    return max(1, -(-value.bit_length() // 7))
