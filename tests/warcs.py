"""WARC files made by hand: good ones, and whatever can be wrong with them."""

import gzip
import zlib
from collections.abc import Iterable, Sequence

FEBRUARY, MARCH, APRIL = "2026-02-01T10:00:00Z", "2026-03-01T10:00:00Z", "2026-04-01T10:00:00Z"
_WORDS = [
    *("harbour", "council", "bridge", "river", "market", "school", "winter", "engine", "garden", "voters"),
    *("budget", "station", "doctor", "farmers", "railway", "library", "festival", "museum", "airport"),
    *("village", "forest"),
]


def page(number: int, *, title: str | None = None, text: str | None = None) -> bytes:
    """Return an article page, its text made of words that no other number has in this order."""
    words = [_WORDS[(number * 7 + place * (number % 5 + 1)) % len(_WORDS)] for place in range(120)]
    body = text or f"Report {number} says that " + " ".join(words) + "."
    paragraphs = "".join(f"<p>{part}</p>" for part in body.split("\n"))
    heading = title or f"The {words[0]} and the {words[1]}, part {number}"
    return (
        f"<html lang=en><head><title>{heading}</title></head><body><article><h1>{heading}</h1>"
        f"{paragraphs}</article></body></html>"
    ).encode()


def record(
    kind: str, url: str, block: bytes, *, date: str | None = MARCH, length: int | None = None, **more: str
) -> bytes:
    """Return one record, uncompressed; ``length`` is what it says of its block."""
    headers = {
        "WARC-Type": kind,
        "WARC-Record-ID": f"<urn:uuid:00000000-0000-0000-0000-{zlib.crc32(block + url.encode()):012}>",
        "WARC-Target-URI": url,
        **({"WARC-Date": date} if date else {}),
        "Content-Type": "application/http; msgtype=response" if kind in ("response", "revisit") else "text/x",
        **{name.replace("_", "-"): value for name, value in more.items()},
        "Content-Length": str(len(block) if length is None else length),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return b"WARC/1.0\r\n" + head.encode() + b"\r\n" + block + b"\r\n\r\n"


def http(
    body: bytes, *, status: str = "200 OK", content_type: str = "text/html; charset=utf-8", **headers: str
) -> bytes:
    """Return an HTTP answer as it went over the wire."""
    lines = [f"HTTP/1.1 {status}", *([f"Content-Type: {content_type}"] if content_type else [])]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def response(url: str, body: bytes, *, date: str | None = MARCH, **answer: str) -> bytes:
    """Return a response record that holds a page."""
    return record("response", url, http(body, **answer), date=date)


def article(number: int, *, date: str = MARCH, site: str = "a.example", **changes: str) -> bytes:
    """Return the record of one article page."""
    return response(f"https://{site}/news/{number}", page(number, **changes), date=date)


def chunked(body: bytes, size: int = 100) -> bytes:
    """Return a body in chunks, with an extension in the first."""
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    chunks = [
        b"%x%s\r\n%s\r\n" % (len(piece), b";a=b" if n == 0 else b"", piece) for n, piece in enumerate(pieces)
    ]
    return b"".join(chunks) + b"0\r\n\r\n"


def plain(records: Iterable[bytes]) -> bytes:
    return b"".join(records)


def zipped(records: Iterable[bytes]) -> bytes:
    """Return records as they mostly come: each a gzip member of its own."""
    return b"".join(gzip.compress(item, mtime=0) for item in records)


def offsets(records: Sequence[bytes]) -> list[int]:
    """Return where each record begins, and where the last one ends, when they are zipped."""
    ends = [0]
    for item in records:
        ends.append(ends[-1] + len(gzip.compress(item, mtime=0)))
    return ends
