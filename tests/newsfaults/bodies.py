"""Faults of the body: wrong charsets, content encodings, bombs, and documents of another kind."""

import functools
import gzip
import struct
import sys
import zlib
from collections.abc import Callable
from dataclasses import replace

import brotli
from aiohttp import web

from crawler.demo.outlet import Answer
from tests.newsfaults.exchange import Exchange

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MIB = 1024 * 1024
PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
PNG = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\nIDATx\x9cc\0\x01"
    b"\0\0\x05\0\x01\r\n-\xb4\0\0\0\0IEND\xaeB`\x82"
)


def _raw_deflate(data: bytes) -> bytes:
    return zlib.compress(data, wbits=-15)


ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "raw-deflate": _raw_deflate,
    "br": brotli.compress,
    "zstd": zstd.compress,
    "identity": bytes,
}


async def encoded(x: Exchange) -> web.StreamResponse:
    """The honest body under Content-Encoding ``encoding``; several by commas, applied in turn.

    ``raw-deflate`` is sent as ``deflate`` without the zlib wrapper, as some servers do.
    """
    names = x.text("encoding", "gzip").split(",")
    answer = x.honest()
    for name in names:
        answer = replace(answer, body=ENCODERS[name.strip()](answer.body))
    label = ", ".join(name.strip().removeprefix("raw-") for name in names)
    return _labelled(x, answer, label)


async def false_encoding(x: Exchange) -> web.StreamResponse:
    """Plain bytes that claim to be ``encoding`` (which may be one nobody knows)."""
    return _labelled(x, x.honest(), x.text("encoding", "gzip"))


async def cut_encoding(x: Exchange) -> web.StreamResponse:
    """A compressed body that ends in the middle, under a Content-Length that fits."""
    name = x.text("encoding", "gzip")
    answer = x.honest()
    body = ENCODERS[name](answer.body)
    return _labelled(x, replace(answer, body=body[: len(body) // 2]), name)


def _labelled(x: Exchange, answer: Answer, encoding: str) -> web.StreamResponse:
    return x.reply(replace(answer, headers={**answer.headers, "Content-Encoding": encoding}))


async def bomb(x: Exchange) -> web.StreamResponse:
    """``mib`` of zeros in a gzip stream of a thousandth of that."""
    left = int(x.number("mib", 1024))
    await x.send_head("Content-Type: application/rss+xml", "Content-Encoding: gzip", "Connection: close")
    await x.send(b"\x1f\x8b\x08\0\0\0\0\0\0\xff")
    for _ in range(left):
        if not await x.send(_zeros()):
            return x.hang_up()
    await x.send(b"\x03\0" + struct.pack("<II", _crc_of_zeros(left), left * MIB % 2**32))
    return x.hang_up()


@functools.cache
def _zeros() -> bytes:
    """Return 1 MiB of zeros as deflate blocks that can stand anywhere in a stream."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    return squeeze.compress(bytes(MIB)) + squeeze.flush(zlib.Z_FULL_FLUSH)


def _crc_of_zeros(mib: int) -> int:
    crc = 0
    for _ in range(mib):
        crc = zlib.crc32(bytes(MIB), crc)
    return crc


async def nested_bomb(x: Exchange) -> web.StreamResponse:
    """``mib`` of zeros squeezed three times into a few hundred bytes: gzip, gzip, gzip."""
    body = _nested(int(x.number("mib", 16)))
    return _labelled(x, Answer(200, body, {"Content-Type": "application/rss+xml"}), "gzip, gzip, gzip")


@functools.cache
def _nested(mib: int) -> bytes:
    body = bytes(mib * MIB)
    for _ in range(3):
        body = gzip.compress(body, 9)
    return body


async def charset(x: Exchange) -> web.StreamResponse:
    """The honest text written in ``actual`` while the header says ``declared`` (none when empty)."""
    answer = x.honest()
    text = answer.body.decode("utf-8").encode(x.text("actual", "latin-1"), "replace")
    kind = answer.content_type.partition(";")[0]
    declared = x.text("declared", "utf-8")
    content_type = f"{kind}; charset={declared}" if declared else kind
    return x.reply(replace(answer, body=text, headers={**answer.headers, "Content-Type": content_type}))


async def wrong_type(x: Exchange) -> web.StreamResponse:
    """The honest body under Content-Type ``type``; without one when empty."""
    answer = x.honest()
    response = x.reply(
        replace(answer, headers={**answer.headers, "Content-Type": x.text("type", "text/plain")})
    )
    if not x.text("type", "text/plain"):
        del response.headers["Content-Type"]
    return response


async def empty(x: Exchange) -> web.StreamResponse:
    """A 200 without a byte."""
    return x.reply(Answer(200, b"", {"Content-Type": x.honest().content_type}))


async def pdf(x: Exchange) -> web.StreamResponse:
    """A PDF, whatever was asked for; labelled ``type`` (application/pdf)."""
    return x.reply(Answer(200, PDF, {"Content-Type": x.text("type", "application/pdf")}))


async def image(x: Exchange) -> web.StreamResponse:
    """A small PNG, whatever was asked for."""
    return x.reply(Answer(200, PNG, {"Content-Type": x.text("type", "image/png")}))


async def json_error(x: Exchange) -> web.StreamResponse:
    """A JSON error object with 200."""
    return x.reply(Answer(200, b'{"error": "unavailable"}', {"Content-Type": "application/json"}))


async def noise(x: Exchange) -> web.StreamResponse:
    """``bytes`` of every byte value in turn, labelled as the honest answer is."""
    length = int(x.number("bytes", 4096))
    body = (bytes(range(256)) * (length // 256 + 1))[:length]
    return x.reply(Answer(200, body, {"Content-Type": x.honest().content_type}))
