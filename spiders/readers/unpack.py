"""Undo gzip inside a document: sitemaps lie as ``.xml.gz`` on servers that do not call it an encoding."""

import zlib

from spiders.errors import NotAFeed

MAX_BYTES = 64 * 1024 * 1024
_MAGIC = b"\x1f\x8b\x08"


def unpacked(body: bytes, *, url: str) -> bytes:
    """Return a body that is a gzip file (RFC 1952) as what is in it, any other as it is.

    Of a file that ends too early the part before its end is returned. Raises NotAFeed ``oversize`` beyond
    MAX_BYTES, and ``bad_encoding`` for a broken file or a gzip file within a gzip file.
    """
    if not body.startswith(_MAGIC):
        return body
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        found = unpacker.decompress(body, MAX_BYTES + 1)
    except zlib.error as error:
        raise NotAFeed(url, "bad_encoding", f"the gzip file is broken: {error}") from error
    if len(found) > MAX_BYTES:
        raise NotAFeed(url, "oversize", f"the gzip file unfolds to more than {MAX_BYTES:,} bytes")
    if found.startswith(_MAGIC):
        raise NotAFeed(url, "bad_encoding", "the gzip file holds another gzip file")
    return found
