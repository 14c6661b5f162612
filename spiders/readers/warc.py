"""Read WARC files (ISO 28500): plain, gzip or zstd; records in, pages as if they had just been fetched.

FastWARC finds the records. It passes over what is cut off without a word, so the ends are checked here.
"""

import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, BinaryIO

from spiders.decode import BadEncoding, Decoder, TooLarge
from spiders.errors import DamagedArchive, NotAnArchive, NotAnArticle
from spiders.items import KEPT_HEADERS, Fetch

if TYPE_CHECKING:
    from fastwarc.warc import WarcRecord

_STARTS = (b"\x1f\x8b\x08", b"WARC/", b"\x28\xb5\x2f\xfd", b"\x04\x22\x4d\x18")
"""How records begin: gzip, plain, zstd, lz4."""
_GZIP = _STARTS[0]
_HEADROOM = 65_536
"""Bytes of HTTP headers and chunk lengths beside a body."""
_PIECE = 1 << 20
_PADDING = b"\0\r\n"
_HTML = ("text/html", "application/xhtml+xml")
_PERHAPS = ("", "text/plain", "application/octet-stream", "unknown/unknown", "application/pdf")
_LENGTH = re.compile(rb"^content-length:[ \t]*(\d{1,18})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_CHUNK = re.compile(rb"([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record of an archive. What is not a page (``skip``) comes without its body."""

    position: int
    """Byte at which it begins."""
    end: int
    """Byte behind it, where the next one begins."""
    skip: str | None = None
    """Why there is no page in it, as a short code to count by."""
    url: str = ""
    captured_at: float | None = None
    """Epoch seconds (WARC-Date); None when it is not stated."""
    content_type: str = ""
    content_encoding: str = ""
    chunked: bool = False
    headers: tuple[tuple[str, str], ...] = ()
    """Those that are kept with a page, by lower-case name."""
    body: bytes = b""
    """As it was transferred."""
    too_large: bool = False
    """The body is over the limit, and was left out."""
    truncated: bool = False
    """The archive holds the beginning of the body alone."""


class _Broken(Exception):
    """The file cannot be read further. ``position`` is where, if that is known."""

    def __init__(self, why: str, position: int | None = None) -> None:
        super().__init__(why)
        self.position = position


def read_records(
    file: BinaryIO, *, name: str, size: int, position: int = 0, passed: int = 0, limit: int
) -> Iterator[Record]:
    """Yield the records of an archive of ``size`` bytes, from the one at ``position`` on.

    ``passed`` records stand before it: they are counted off where a file that was compressed as a whole
    cannot be entered in the middle. Bodies above ``limit`` bytes are left out. Raises NotAnArchive, and
    DamagedArchive where the file is cut off or broken, after everything readable before that.
    """
    start, to_skip = _entrance(file, position, passed)
    held: Record | None = None
    try:
        for number, found in enumerate(_found(file, start, name=name, size=size, limit=limit)):
            if held is not None:
                yield replace(held, end=found.position)
            held = found if number >= to_skip else None
    except _Broken as broken:
        if held is None and start == 0 and broken.position is None:
            raise NotAnArchive(name, "not_warc", "is no WARC file") from broken
        end = _end(file, held, start, size) if broken.position is None else broken.position
        if held is not None:
            yield replace(held, end=end)
        if end < size:  # else nothing but padding stands there
            raise DamagedArchive(name, end, str(broken)) from broken
        return
    end = _end(file, held, size, size)
    if held is not None:
        yield replace(held, end=end)
    if end < size:
        raise DamagedArchive(name, end, "it is cut off there")


def _entrance(file: BinaryIO, position: int, passed: int) -> tuple[int, int]:
    """Return where to begin reading, and how many records to pass over from there."""
    if position == 0 or _peek(file, position).startswith(_STARTS):
        return position, 0
    return 0, passed


def _peek(file: BinaryIO, position: int, most: int = 8) -> bytes:
    file.seek(position)
    return file.read(most)


def _found(file: BinaryIO, start: int, *, name: str, size: int, limit: int) -> Iterator[Record]:
    warc = _library(name)
    whole = not _peek(file, start).startswith(b"WARC/")
    file.seek(start)
    try:
        for raw in warc.ArchiveIterator(file, parse_http=False):
            length = raw.headers.get("Content-Length") or ""
            if not length.isdigit() or (not whole and raw.stream_pos + int(length) > size):
                raise _Broken("it is cut off there", raw.stream_pos)
            yield _record(raw, int(length), limit)
    except (OSError, ValueError) as error:
        raise _Broken(str(error)) from error


def _record(raw: "WarcRecord", length: int, limit: int) -> Record:
    position = raw.stream_pos
    record = Record(
        position=position, end=position, url=(raw.headers.get("WARC-Target-URI") or "").strip("<> ")
    )
    kind = (raw.headers.get("WARC-Type") or "unknown").strip().lower()[:40]
    if kind != "response" or not raw.is_http:
        return replace(record, skip=kind if kind != "response" else "not_http")
    most = limit + _HEADROOM
    block = raw.reader.read(min(length, most))
    if len(block) < min(length, most):
        raise _Broken("it is cut off there", position)
    record = _with_http(record, block)
    too_large = length > most
    return replace(
        record,
        captured_at=_date(raw.headers.get("WARC-Date")),
        body=b"" if too_large or record.skip else record.body,
        too_large=too_large,
        truncated=raw.headers.get("WARC-Truncated") is not None,
    )


def _with_http(record: Record, block: bytes) -> Record:
    """Read the HTTP headers at the beginning of a block."""
    from fastwarc.warc import HeaderMap

    http = HeaderMap()
    try:
        start = http.parse(io.BytesIO(block))
    except (OSError, ValueError):
        return replace(record, skip="not_http")
    content_type = (http.get("Content-Type") or "").strip()
    return replace(
        record,
        skip=_skip(http.status_code, content_type),
        content_type=content_type,
        content_encoding=http.get("Content-Encoding") or "",
        chunked="chunked" in (http.get("Transfer-Encoding") or "").lower(),
        headers=tuple((name.lower(), said) for name in KEPT_HEADERS if (said := _joined(http, name))),
        body=block[start:],
    )


def _joined(http: Any, name: str) -> str:
    return ", ".join(value.strip() for key, value in http.items() if key.lower() == name.lower())


def _skip(status: int | None, content_type: str) -> str | None:
    """Return why an answer holds no page, from what its head says."""
    if status != 200:
        return f"http_{status or 0}"
    media = content_type.partition(";")[0].strip().lower()
    # What calls itself a feed or a PDF is offered, and refused by its bytes: people ask why it is not there.
    return None if media in _HTML or media in _PERHAPS or media.endswith("xml") else "not_html"


def _date(text: str | None) -> float | None:
    try:
        moment = datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _end(file: BinaryIO, held: Record | None, otherwise: int, size: int) -> int:
    """Return where the last record that was read ends; ``otherwise`` when there is none or nothing tells."""
    if held is None:
        return otherwise
    head = _peek(file, held.position, _HEADROOM)
    if head.startswith(b"WARC/"):
        behind = _plain_end(head, held.position, size)
        return behind if _peek(file, behind, _HEADROOM).strip(_PADDING) else size
    if not head.startswith(_GZIP):
        return size if otherwise == size else held.position
    at = held.position
    end = _member_end(file, at, blank=False)
    while end is not None and end < size:
        at, end = end, _member_end(file, end, blank=True)
    return size if end is not None else at


def _plain_end(head: bytes, position: int, size: int) -> int:
    """Return the end of an uncompressed record, as its own headers tell, with the blank lines behind it."""
    start, found = head.find(b"\r\n\r\n"), _LENGTH.search(head)
    if start < 0 or found is None:
        return position
    return min(position + start + 4 + int(found[1]) + 4, size)


def _member_end(file: BinaryIO, position: int, *, blank: bool) -> int | None:
    """Return the byte behind the gzip member at ``position``; None when it is broken, or not ``blank``.

    Padding between the members, and at the end of the file, counts as a blank member.
    """
    file.seek(position)
    member, read, empty = zlib.decompressobj(wbits=31), position, True
    while piece := file.read(_PIECE):
        read += len(piece)
        if read - len(piece) == position and blank and not piece.strip(_PADDING):
            return read
        try:
            while piece and not member.eof:
                empty = not member.decompress(piece, _PIECE).strip(_PADDING) and empty
                piece = member.unconsumed_tail
        except zlib.error:
            return None
        if member.eof:
            return read - len(member.unused_data) if empty or not blank else None
    return None


def fetched(record: Record, *, limit: int, otherwise: float) -> Fetch:
    """Return a page of an archive as if it had just been fetched, undone from chunks and compression.

    ``otherwise`` is taken where the record states no time. Raises NotAnArticle: ``too_large``,
    ``bad_encoding``.
    """
    body, whole = _unchunked(record.body) if record.chunked else (record.body, True)
    try:
        if record.too_large:
            raise TooLarge(f"more than {limit:,} bytes", b"")
        body = Decoder(record.content_encoding, limit).feed(body)
    except TooLarge as error:
        raise NotAnArticle(record.url, "too_large", str(error)) from None
    except BadEncoding as error:
        raise NotAnArticle(record.url, "bad_encoding", str(error)) from None
    return Fetch(
        url=record.url,
        requested_url=record.url,
        status=200,
        body=body,
        fetched_at=record.captured_at if record.captured_at is not None else otherwise,
        seconds=0.0,
        content_type=record.content_type,
        x_robots_tag=dict(record.headers).get("x-robots-tag"),
        headers=record.headers,
        truncated=record.truncated or not whole,
    )


def _unchunked(body: bytes) -> tuple[bytes, bool]:
    """Undo chunked transfer (RFC 9112, 7.1), and say whether it came to its end.

    Some archives keep the label on bodies that are not in chunks any more: these stay as they are.
    """
    pieces: list[bytes] = []
    at = 0
    while found := _CHUNK.match(body, at):
        length, start = int(found[1], 16), found.end()
        if not length:
            return b"".join(pieces), True
        pieces.append(body[start : start + length])
        at = start + length
        at += len(body[at : at + 2]) - len(body[at : at + 2].lstrip(b"\r\n"))
    return (b"".join(pieces), False) if pieces else (body, True)


def _library(name: str) -> Any:
    try:
        from fastwarc import warc
    except ModuleNotFoundError:
        raise NotAnArchive(name, "no_library", "reading WARC needs: pip install 'kabar[warc]'") from None
    return warc
