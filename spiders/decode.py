"""Undo Content-Encoding piece by piece, and stop as soon as the result grows past a limit.

Bodies are decoded while they arrive: a few hundred bytes of nested gzip can otherwise unfold to a gigabyte.
"""

import zlib
from collections.abc import Callable
from typing import Any, Protocol

ACCEPTED = "gzip, deflate, br, zstd"
"""The Accept-Encoding we send."""
MAX_ENCODINGS = 2
MOST_STREAMS = 1000
"""Streams of one encoding in one body, one after the other. Even an empty one of ten bytes costs time."""
_BEFORE_TEXT = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"
_ZSTD_WINDOW_LOG = 23  # 8 MiB, the most RFC 9659 lets a server ask for


class BadEncoding(Exception):
    """The body is not what its Content-Encoding says, or uses an encoding we do not know."""


class TooLarge(Exception):
    """The body grew past the limit. ``fitting`` is the part of the last piece that still fits."""

    def __init__(self, message: str, fitting: bytes) -> None:
        super().__init__(message)
        self.fitting = fitting


class _Step(Protocol):
    """One encoding being undone."""

    def feed(self, data: bytes, room: int) -> bytes:
        """Decode the next piece into at most ``room`` bytes or a little more; less means all was used."""

    @property
    def complete(self) -> bool:
        """Whether the encoded stream came to its end."""


class _Streams:
    """Counts the streams that follow upon each other in one body."""

    def __init__(self) -> None:
        self._number = 1

    def next(self) -> None:
        """Count one more. Raises BadEncoding when there are too many."""
        self._number += 1
        if self._number > MOST_STREAMS:
            raise BadEncoding(f"more than {MOST_STREAMS:,} streams one after the other")


class _Zlib:
    """gzip (RFC 1952, several members too) and deflate, with or without its zlib wrapper."""

    def __init__(self, wbits: int) -> None:
        self._wbits = wbits
        self._streams = _Streams()
        self._object = zlib.decompressobj(wbits)
        self._started = False

    def feed(self, data: bytes, room: int) -> bytes:
        out = b""
        while data and len(out) < room:
            if self._object.eof and not self._next_member(data):
                break
            out += self._decode(data, room - len(out))
            data = self._object.unused_data
        return out

    def _decode(self, data: bytes, room: int) -> bytes:
        first, self._started = not self._started, True
        try:
            return self._object.decompress(data, room)
        except zlib.error:
            if not first or self._wbits != zlib.MAX_WBITS:
                raise
            self._object = zlib.decompressobj(-zlib.MAX_WBITS)
            return self._object.decompress(data, room)

    def _next_member(self, data: bytes) -> bool:
        if self._wbits <= zlib.MAX_WBITS or data[:2] not in (b"\x1f\x8b", b"\x1f"):
            return False  # padding behind the end is common and harmless
        self._streams.next()
        self._object = zlib.decompressobj(self._wbits)
        return True

    @property
    def complete(self) -> bool:
        return self._object.eof


class _Brotli:
    """br (RFC 7932)."""

    def __init__(self) -> None:
        import brotli

        self._object = brotli.Decompressor()

    def feed(self, data: bytes, room: int) -> bytes:
        out: bytes = b"" if self.complete else self._object.process(data, output_buffer_limit=room)
        while len(out) < room and not self._object.can_accept_more_data():
            out += self._object.process(b"", output_buffer_limit=room - len(out))
        return out

    @property
    def complete(self) -> bool:
        return bool(self._object.is_finished())


class _Zstd:
    """zstd (RFC 8878), several frames too."""

    def __init__(self) -> None:
        self._streams = _Streams()
        self._object = self._new()

    @staticmethod
    def _new() -> Any:
        zstd = _zstd()
        return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW_LOG})

    def feed(self, data: bytes, room: int) -> bytes:
        out = b""
        while data and len(out) < room:
            if self._object.eof:
                self._streams.next()
                self._object = self._new()
            out += self._object.decompress(data, room - len(out))
            data = self._object.unused_data if self._object.eof else b""
        return out

    @property
    def complete(self) -> bool:
        return bool(self._object.eof)


_STEPS: dict[str, Callable[[], _Step]] = {
    "gzip": lambda: _Zlib(zlib.MAX_WBITS | 16),
    "x-gzip": lambda: _Zlib(zlib.MAX_WBITS | 16),
    "deflate": lambda: _Zlib(zlib.MAX_WBITS),
    "br": _Brotli,
    "zstd": _Zstd,
}


class Decoder:
    """Undoes the encodings of one body. ``limit`` caps what arrives, every stage between, and the result."""

    def __init__(self, content_encoding: str, limit: int) -> None:
        self._steps = [_step(name) for name in reversed(_names(content_encoding))]
        self._sizes = [0] * (len(self._steps) + 1)
        self._limit = limit
        self._raw: list[bytes] | None = [] if self._steps else None
        """What arrived before anything came out: a plain body under a wrong label is still readable."""

    def feed(self, data: bytes) -> bytes:
        """Decode the next piece. Raises TooLarge or BadEncoding."""
        self._count(0, data)
        if self._raw is not None:
            self._raw.append(data)
        try:
            out = self._run(data)
        except _errors() as error:
            return self._as_plain(error)
        if out:
            self._raw = None
        return out

    def _run(self, data: bytes) -> bytes:
        for place, step in enumerate(self._steps, start=1):
            data = step.feed(data, self._limit - self._sizes[place] + 1)
            self._count(place, data)
        return data

    def _count(self, place: int, data: bytes) -> None:
        room = self._limit - self._sizes[place]
        self._sizes[place] += len(data)
        if len(data) > room:
            raise TooLarge(
                f"more than {self._limit:,} bytes", data[:room] if place == len(self._steps) else b""
            )

    def _as_plain(self, error: Exception) -> bytes:
        """Take what was never encoded as it is: servers label plain documents so by mistake."""
        plain = b"".join(self._raw or ())
        if len(self._steps) > 1 or not plain.lstrip(_BEFORE_TEXT).startswith((b"<", b"{", b"[")):
            raise BadEncoding(str(error)) from error
        self._raw, self._steps, self._sizes = None, [], self._sizes[:1]
        return plain

    @property
    def complete(self) -> bool:
        """Whether every encoded stream came to its end; an unencoded body is always complete."""
        return all(step.complete for step in self._steps)


def _names(content_encoding: str) -> list[str]:
    names = [name.strip().lower() for name in content_encoding.split(",")]
    names = [name for name in names if name not in ("", "identity", "none", "utf-8")]
    if len(names) > MAX_ENCODINGS:
        raise BadEncoding(f"{len(names)} encodings upon each other")
    return names


def _step(name: str) -> _Step:
    if name not in _STEPS:
        raise BadEncoding(f"unknown encoding {name[:40]!r}")
    return _STEPS[name]()


def _zstd() -> Any:
    try:
        from compression import zstd  # type: ignore[import-not-found, unused-ignore]  # Python 3.14
    except ImportError:
        from backports import zstd
    return zstd


def _errors() -> tuple[type[Exception], ...]:
    """The errors of the decoding libraries, named only when one was raised."""
    import brotli

    return zlib.error, brotli.error, _zstd().ZstdError
