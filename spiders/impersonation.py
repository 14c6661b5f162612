"""Send one request as a browser would, TLS and HTTP/2 handshake included, with curl_cffi.

curl itself decides nothing: it is told the very addresses it may connect to, follows no redirect, keeps no
cookie, reads no setting of the environment. Each exchange has a curl of its own, so that no connection, name
or session passes from one to the next.
"""

import os
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.http import Response
from yarl import URL

from spiders import guard, hop
from spiders.addresses import BoundedConnector
from spiders.errand import Errand
from spiders.errors import FetchError, FetchFailed, FetchRefused
from spiders.extras import imitated
from spiders.policy import FetchPolicy

if TYPE_CHECKING:
    from curl_cffi import Curl, CurlError

_STOP = 0xFFFFFFFF
"""What a callback returns to end the transfer (CURL_WRITEFUNC_ERROR)."""
_STATUS = re.compile(rb"HTTP/[\d.]+ (\d{3})")
_TUNNEL = re.compile(r"CONNECT tunnel failed, response (\d{3})")
_FAULT = re.compile(r"verify result: .*\((\d+)\)")
_WORDS = re.compile(r"curl: \(\d+\) (.*?)\.? See https://curl", re.DOTALL)
_BROKEN_OFF = ("connection_reset", "the server broke off the connection")
_TOO_LARGE = ("headers_too_large", "the answer's headers are too large")
_NOT_HTTP = ("bad_http", "the answer is not HTTP")
_REASONS = {
    1: _NOT_HTTP,
    3: ("bad_url", "not a usable address"),
    5: ("proxy", "the proxy cannot be reached"),
    6: ("dns", "the host name cannot be resolved"),
    8: _NOT_HTTP,
    16: _NOT_HTTP,
    28: ("timeout", "the server did not answer in time"),
    **dict.fromkeys(
        (35, 53, 54, 58, 59, 60, 64, 66, 77, 80, 83, 90, 91, 98), ("tls", "no secure connection")
    ),
    52: _BROKEN_OFF,
    55: _BROKEN_OFF,
    56: _BROKEN_OFF,
    92: _NOT_HTTP,
    100: _TOO_LARGE,
    97: ("proxy", "the proxy does not let it through"),
}
"""By curl's error codes (CURLE_*)."""
_CONNECTING = 7
_TELLING = ("bad_url", "bad_http")
"""Reasons for which curl's own words tell more."""


async def impersonated(
    request: Request, url: URL, errand: Errand, *, policy: FetchPolicy, connector: BoundedConnector
) -> Response:
    """Send a request whose literal address was judged; return its answer as any other exchange does.

    Names are resolved by ``connector``, and every address is judged before curl is told of it. Raises
    FetchFailed, FetchRefused and LocalFailure.
    """
    browser = imitated(request.url, errand.target.options.impersonate or "")
    proxy = errand.target.options.proxy or policy.proxy
    if proxy:
        return await _Exchange(request, url, errand, policy, proxy).run(browser, pins=[])
    pins = await _pins(request.url, url, policy, connector)
    async with connector.place((pins[0], url.port or 0)):
        return await _Exchange(request, url, errand, policy, None).run(browser, pins=pins)


async def _pins(shown: str, url: URL, policy: FetchPolicy, connector: BoundedConnector) -> list[str]:
    """Return the addresses of a URL's host that may be dialled. Raises FetchFailed and FetchRefused."""
    host = url.raw_host or ""
    try:
        found = await connector.resolve(host, url.port or 0)
    except OSError as error:
        words = f"the host name {host!r} cannot be resolved: {error.strerror or error}"
        raise FetchFailed(shown, "dns", words) from error
    kinds = {address: guard.kind(address) for address in found}
    good = [address for address, kind in kinds.items() if kind == guard.PUBLIC or policy.allow_private]
    if not good and found:
        raise hop.private(shown, host, found[0], kinds[found[0]])
    if not good:
        raise FetchFailed(shown, "dns", f"the host name {host!r} has no address")
    return good


class _Exchange:
    """One request on its way through curl, and what has come of its answer."""

    def __init__(
        self, request: Request, url: URL, errand: Errand, policy: FetchPolicy, proxy: str | None
    ) -> None:
        self._request = request
        self._url = url
        self._errand = errand
        self._policy = policy
        self._proxy = proxy
        self._status = 0
        self._headers: list[tuple[bytes, bytes]] = []
        self._complete = False
        self._body: hop.Body | None = None
        self._error: FetchError | None = None
        self._enough = False

    async def run(self, browser: str, *, pins: list[str]) -> Response:
        """Carry it out; ``pins`` are the only addresses that may be connected to (all, behind a proxy)."""
        from curl_cffi import CurlError

        broken = False
        async with _curl() as (curl, send):
            self._prepare(curl, browser, pins)
            try:
                await send()
            except CurlError as error:
                broken = not self._enough
                if self._error is not None:
                    raise self._error from error
                if not self._complete:
                    raise self._explained(curl, error) from error
            self._check_peer(curl, pins)
        body, truncated = self._body.end(broken=broken) if self._body else (b"", broken)
        return hop.response(self._request, self._status, self._headers, body, truncated=truncated)

    def _prepare(self, curl: "Curl", browser: str, pins: list[str]) -> None:
        from curl_cffi import CurlHttpVersion, CurlOpt

        request, errand, url = self._request, self._errand, self._url
        given = hop.headers(request, errand, {})
        lines = [f"{name}: {value}" if value else f"{name};" for name, value in given.items()]
        # Spelled from its parts as they were judged, so that curl cannot read another host in it.
        address = f"{url.scheme}://{url.host_port_subcomponent}{url.raw_path_qs}"
        curl.setopt(CurlOpt.URL, address.encode())
        curl.setopt(CurlOpt.HTTPHEADER, [line.encode() for line in lines])
        curl.impersonate(browser, default_headers=True)
        if url.scheme == "http":  # no browser asks for HTTP/2 there, but curl would
            curl.setopt(CurlOpt.HTTP_VERSION, CurlHttpVersion.V1_1)
        if request.body:
            curl.setopt(CurlOpt.POSTFIELDS, request.body)
            curl.setopt(CurlOpt.POSTFIELDSIZE, len(request.body))
        if request.method != "GET" or request.body:
            curl.setopt(CurlOpt.CUSTOMREQUEST, request.method.encode())
        curl.setopt(CurlOpt.PROTOCOLS_STR, b"http,https")
        curl.setopt(CurlOpt.PATH_AS_IS, 1)
        curl.setopt(CurlOpt.FOLLOWLOCATION, 0)
        curl.setopt(CurlOpt.HTTP_CONTENT_DECODING, 0)  # decoded by us, within the limit
        curl.setopt(CurlOpt.SUPPRESS_CONNECT_HEADERS, 1)
        curl.setopt(CurlOpt.PROXY, (self._proxy or "").encode())  # empty: none, whatever the environment says
        curl.setopt(CurlOpt.NOPROXY, b"" if self._proxy else b"*")
        if self._proxy and url.scheme == "https":
            curl.setopt(CurlOpt.HTTPPROXYTUNNEL, 1)
        if pins:  # any name on that port is one of these, so that curl never resolves one itself
            curl.setopt(CurlOpt.RESOLVE, [f"*:{url.port}:{','.join(map(_bracketed, pins))}".encode()])
        if not errand.target.options.verify_tls and hop.is_home(request.url, errand):
            curl.setopt(CurlOpt.SSL_VERIFYPEER, 0)
            curl.setopt(CurlOpt.SSL_VERIFYHOST, 0)
        curl.setopt(CurlOpt.HEADERFUNCTION, self._on_header)
        curl.setopt(CurlOpt.WRITEFUNCTION, self._on_chunk)

    def _on_header(self, line: bytes) -> int:
        """Take one line of the head of an answer; curl calls this."""
        if self._complete:
            return len(line)  # trailers
        if found := _STATUS.match(line):
            self._status, self._headers = int(found[1]), []
            return len(line)
        if len(line) > hop.MAX_HEADER_BYTES or len(self._headers) >= hop.MAX_HEADERS:
            return self._stop(FetchRefused(self._request.url, *_TOO_LARGE))
        name, colon, value = line.partition(b":")
        if colon:
            self._headers.append((name.strip(), value.strip()))
        elif not line.strip() and self._status >= 200:
            self._complete = True
            return self._begin_body(len(line))
        return len(line)

    def _begin_body(self, size: int) -> int:
        if not 200 <= self._status < 300:
            return size  # what errors and redirects say in their bodies is of no use
        head = {name.lower(): value.decode("latin-1") for name, value in self._headers}
        length = head.get(b"content-length", "")
        announced = int(length) if length.isascii() and length.isdigit() else None
        encoding = head.get(b"content-encoding", "")
        try:
            self._body = hop.Body(
                self._request.url, self._errand, self._policy, encoding=encoding, announced=announced
            )
        except FetchError as error:
            return self._stop(error)
        return size

    def _on_chunk(self, chunk: bytes) -> int:
        """Take one piece of the body; curl calls this."""
        if self._body is None:
            self._enough = True
            return _STOP
        try:
            self._enough = not self._body.feed(chunk)
        except FetchError as error:
            return self._stop(error)
        return _STOP if self._enough else len(chunk)

    def _stop(self, error: FetchError) -> int:
        self._error = error
        return _STOP

    def _check_peer(self, curl: "Curl", pins: list[str]) -> None:
        """See that curl kept to the addresses it was told."""
        from curl_cffi import CurlInfo

        found = curl.getinfo(CurlInfo.PRIMARY_IP)
        peer = found.decode() if isinstance(found, bytes) else str(found)
        if pins and not self._policy.allow_private and guard.kind(peer) != guard.PUBLIC:
            raise hop.private(self._request.url, self._url.raw_host or "", peer, guard.kind(peer))

    def _explained(self, curl: "Curl", error: "CurlError") -> FetchError:
        """Translate what curl said before there was an answer."""
        from curl_cffi import CurlInfo

        url, code = self._request.url, int(error.code)
        said = _WORDS.search(str(error))
        words = " ".join((said[1] if said else str(error)).split())[:300]
        if refused := _TUNNEL.search(words):
            return FetchFailed(url, "proxy", f"the proxy answered {refused[1]}")
        if code == _CONNECTING and self._proxy:
            return FetchFailed(url, *_REASONS[5])
        if code == _CONNECTING:
            number = curl.getinfo(CurlInfo.OS_ERRNO)
            known = hop.OS_REASONS.get(number if isinstance(number, int) else 0)
            return FetchFailed(url, *(known or ("connection_failed", f"the connection failed: {words}")))
        reason, meaning = _REASONS.get(code, ("connection_failed", f"the exchange failed: {words}"))
        if reason == "tls":
            return FetchFailed(url, reason, f"{meaning}: {_certificate(words)}")
        kind = FetchRefused if reason in ("bad_url", "headers_too_large") else FetchFailed
        return kind(url, reason, f"{meaning}: {words}" if reason in _TELLING else meaning)


@asynccontextmanager
async def _curl() -> "AsyncIterator[tuple[Curl, Callable[[], Awaitable[None]]]]":
    """Open a curl that knows of no other; what it holds is given back whatever happens."""
    from curl_cffi import AsyncCurl, Curl

    authorities = ssl.get_default_verify_paths().cafile
    curl = Curl(cacert=authorities if authorities and os.path.exists(authorities) else "")
    many = AsyncCurl()

    async def send() -> None:
        await many.add_handle(curl)

    try:
        yield curl, send
    finally:
        many.remove_handle(curl)
        curl.close()
        await many.close()  # type: ignore[no-untyped-call]


def _certificate(words: str) -> str:
    """Say what is wrong with a certificate as we always do, where curl's words tell which fault it is."""
    number = _FAULT.search(words)
    if number and int(number[1]) in hop.CERTIFICATE_WORDS:
        return hop.CERTIFICATE_WORDS[int(number[1])]
    if "certificate subject name" not in words:
        return words
    return hop.CERTIFICATE_WORDS[64 if " address '" in words else 62]


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address
