"""WARC 1.1: the kept pages of articles as responses, for archives and for ``kabar crawl``.

A body is kept decoded and with the headers that matter to a reader; a response is told accordingly, and the
first record says so.
"""

import gzip
import hashlib
import importlib
import io
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from crawler.errors import NeedsExtra
from crawler.export.shape import About, Shape
from storage.model import Article
from storage.raw import KeptPage

Pages = Callable[[Sequence[int]], Iterable[KeptPage]]
_OF_TRANSFER = frozenset(["content-encoding", "transfer-encoding", "content-length", "connection"])
_INFO = (
    "software: kabar\r\nformat: WARC File Format 1.1\r\n"
    "description: pages kept by kabar: bodies decoded from their transfer, headers those that were kept\r\n"
)


def shape(about: About, pages: Pages, *, packed: bool) -> Shape:
    """Return the shape of a WARC file; an article of which no page is kept is nothing in it.

    ``packed`` makes each record a member of a gzip file of its own, as readers want it. Raises NeedsExtra.
    """
    library = _library()

    def one(article: Article) -> bytes:
        return b"".join(_packed(_response(library, page), packed=packed) for page in pages([article.id]))

    info = _record(library, "warcinfo", f"{about.urn}:{about.made_at.isoformat()}", about.made_at)
    info.headers["Content-Type"] = "application/warc-fields"
    info.set_bytes_content(f"{_INFO}isPartOf: {' '.join(about.title.split())}\r\n".encode())
    return Shape(head=_packed(_written(info), packed=packed), one=one)


def _library() -> Any:
    try:
        return importlib.import_module("fastwarc.warc")
    except ImportError:
        raise NeedsExtra("writing WARC", "warc") from None


def _record(library: Any, kind: str, name: str, moment: datetime) -> Any:
    record = library.WarcRecord()
    record.init_headers(record_type=getattr(library.WarcRecordType, kind), record_urn=_uuid(name))
    record.headers["WARC-Date"] = moment.astimezone(UTC).replace(tzinfo=None).isoformat("T", "seconds") + "Z"
    return record


def _uuid(name: str) -> bytes:
    return uuid5(NAMESPACE_URL, f"kabar:warc:{name}").urn.removeprefix("urn:").encode()


def _response(library: Any, page: KeptPage) -> bytes:
    moment = datetime.fromtimestamp(page.fetched_at, UTC)
    record = _record(library, "response", f"{page.url} {page.fetched_at} {page.part}", moment)
    record.headers["WARC-Target-URI"] = page.url
    record.headers["Content-Type"] = "application/http; msgtype=response"
    if page.truncated:
        record.headers["WARC-Truncated"] = "unspecified"
    record.set_bytes_content(http(page))
    return _written(record, hashlib.sha1(page.body, usedforsecurity=False).digest())


def http(page: KeptPage) -> bytes:
    """Return a page as the answer of a server that neither packs nor cuts up what it sends."""
    try:
        phrase = HTTPStatus(page.status).phrase
    except ValueError:
        phrase = ""
    lines = [f"HTTP/1.1 {page.status} {phrase}".rstrip()]
    lines += [
        f"{name}: {' '.join(value.split())}"
        for name, value in page.headers.items()
        if name.lower() not in _OF_TRANSFER
    ]
    lines.append(f"content-length: {len(page.body)}")
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "replace") + page.body


def _written(record: Any, digest: bytes | None = None) -> bytes:
    out = io.BytesIO()
    record.write(out, checksum_data=True, payload_digest=digest)
    return out.getvalue()


def _packed(record: bytes, *, packed: bool) -> bytes:
    return gzip.compress(record, mtime=0) if packed else record
