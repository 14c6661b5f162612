"""Ask a server without any courtesy: no redirects, no decoding, or no HTTP library at all."""

import http.client
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import feedparser

CLOSING = "Connection: close\r\n"


@dataclass(frozen=True)
class Got:
    """An answer as it came, neither decoded nor redirected."""

    status: int
    headers: Mapping[str, str]
    """By name as sent; of several with one name, the first."""
    body: bytes

    @property
    def links(self) -> list[str]:
        return [entry.link for entry in feedparser.parse(self.body).entries]


@contextmanager
def connection(url: str, *, timeout: float = 10.0) -> Iterator[http.client.HTTPConnection]:
    open_ = http.client.HTTPConnection(urlsplit(url).netloc, timeout=timeout)
    try:
        yield open_
    finally:
        open_.close()


def ask(url: str, headers: Mapping[str, str] | None = None, *, timeout: float = 10.0) -> Got:
    parts = urlsplit(url)
    with connection(url, timeout=timeout) as http_:
        http_.request(
            "GET", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), headers=headers or {}
        )
        response = http_.getresponse()
        return Got(response.status, dict(response.headers), response.read())


def on_the_wire(url: str, *, most: int = 1 << 20, until: bytes | None = None, timeout: float = 5.0) -> bytes:
    """Return the raw bytes that came back up to the end of the connection.

    Ends early after ``most`` bytes, when they end with ``until``, or after ``timeout`` seconds of silence.
    """
    parts = urlsplit(url)
    got = b""
    with socket.create_connection((parts.hostname, parts.port), timeout=timeout) as sock:
        sock.sendall(
            f"GET {parts.path}?{parts.query} HTTP/1.1\r\n{CLOSING}Host: {parts.netloc}\r\n\r\n".encode()
        )
        while len(got) < most and not (until and got.endswith(until)):
            try:
                data = sock.recv(65536)
            except TimeoutError:
                break
            if not data:
                break
            got += data
    return got
