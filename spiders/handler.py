"""Send one request and hand Scrapy the answer: with aiohttp, unless the source wants it otherwise.

Connections are opened here and in ``spiders.impersonation`` alone, both held to the same guard.
"""

import asyncio
import contextlib
import socket
import ssl
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import cast

import aiohttp
from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.crawler import Crawler
from scrapy.http import Response
from yarl import URL

from spiders import guard, hop
from spiders.addresses import BoundedConnector
from spiders.article import ArticleSpider
from spiders.decode import ACCEPTED
from spiders.errand import Errand
from spiders.errors import FetchError, FetchFailed, FetchRefused
from spiders.impersonation import impersonated
from spiders.items import FetchOptions
from spiders.policy import FetchPolicy
from spiders.rendering import is_document, rendered

_DNS_TTL = 300
_KEPT_OPEN = 5.0
"""Seconds for which a connection is kept: long enough for the pages that a poll leads to. With many hosts
most connections are idle ones."""
_NO_LIMITS = aiohttp.ClientTimeout(total=None, connect=None, sock_connect=None, sock_read=None)
"""The errand keeps the time, over all hops."""
_ACCEPT = {
    "feed": "application/atom+xml, application/rss+xml, application/feed+json;q=0.9, "
    "application/rdf+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.8, text/html;q=0.5, */*;q=0.1",
    "sitemap": "application/xml, text/xml, application/gzip;q=0.9, text/plain;q=0.8, */*;q=0.1",
    "section": "text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.5",
    "page": "text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.5",
}
# aiohttp wraps what its parser found twice over; the words are all that arrives.
_TOO_LARGE = ("Got more than", "Too many headers", "Too many trailers")


class PrivateAddress(OSError):
    """An address was about to be dialled that is not public."""

    def __init__(self, address: str, kind: str) -> None:
        super().__init__()
        self.address = address
        self.kind = kind

    def __str__(self) -> str:
        # Constant, so that the connector passes the first one on when every address of a name is private.
        return "private address"


def open_session(policy: FetchPolicy) -> aiohttp.ClientSession:
    """Open the one HTTP session of an engine: connections, DNS cache and the guard in front of every dial.

    Names are resolved by aiodns, which aiohttp prefers when it is installed (through /etc/hosts and the
    system's name servers), so that slow DNS never takes threads. The guard judges the very address each
    socket is about to connect to. With a proxy every dial goes to the proxy, which the operator chose.
    Raises ValueError for a proxy that is no http or https address.
    """
    if policy.proxy and not policy.proxy.startswith(("http://", "https://")):
        kind = policy.proxy.partition(":")[0]
        raise ValueError(f"the proxy, an address of {kind!r}, is neither an http nor an https address")
    unguarded = policy.allow_private or policy.proxy is not None
    connector = BoundedConnector(
        # All exchanges go to the one address of a proxy.
        per_address=policy.per_address if policy.proxy is None else sys.maxsize,
        limit=0,
        ttl_dns_cache=_DNS_TTL,
        keepalive_timeout=_KEPT_OPEN,
        socket_factory=None if unguarded else _public_socket,
    )
    return aiohttp.ClientSession(
        connector=connector,
        timeout=_NO_LIMITS,
        headers={"User-Agent": policy.user_agent, "Accept-Encoding": ACCEPTED},
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        max_line_size=hop.MAX_HEADER_BYTES,
        max_field_size=hop.MAX_HEADER_BYTES,
        max_headers=hop.MAX_HEADERS,
    )


def _public_socket(addr_info: tuple[int, int, int, str, tuple[str, int]]) -> socket.socket:
    family, type_, proto, _, address = addr_info
    kind = guard.kind(address[0])
    if kind != guard.PUBLIC:
        raise PrivateAddress(address[0], kind)
    return socket.socket(family=family, type=type_, proto=proto)


class HttpHandler(BaseDownloadHandler):
    """Scrapy's download handler for http and https."""

    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        spider = ArticleSpider.of(crawler)
        self._policy = spider.policy
        self._session = spider.session
        self._browser = spider.browser
        self._proxied: aiohttp.ClientSession | None = None
        self._time = asyncio.get_running_loop().time

    async def download_request(self, request: Request) -> Response:
        """Send a request and return its answer, the body decoded and within the errand's limit.

        Raises FetchFailed, FetchRefused and LocalFailure. Time runs from the first hop of the errand on.
        """
        errand = Errand.of(request)
        if errand.began is None:
            errand.began = self._time()
        return await errand.bounded(errand.began + self._policy.timeout, self._answer(request, errand))

    async def close(self) -> None:
        """Close what this handler opened; Scrapy calls this at the end."""
        if self._proxied is not None:
            await self._proxied.close()

    async def _answer(self, request: Request, errand: Errand) -> Response:
        answer = await self._exchange(request, errand)
        if errand.target.is_rendered and is_document(answer):
            browser, policy = self._browser, self._policy
            return await rendered(answer, errand, browser=browser, policy=policy, exchange=self._exchange)
        return answer

    async def _exchange(self, request: Request, errand: Errand) -> Response:
        url = hop.judged(request.url, self._policy)
        with errand.sending():
            if errand.target.options.impersonate:
                connector = cast(BoundedConnector, self._session.connector)
                return await impersonated(request, url, errand, policy=self._policy, connector=connector)
            return await self._send(request, url, errand)

    async def _send(self, request: Request, url: URL, errand: Errand) -> Response:
        options = errand.target.options
        proxy = options.proxy or self._policy.proxy
        try:
            async with self._session_for(options).request(
                request.method,
                url,
                headers=hop.headers(request, errand, {"Accept": _ACCEPT[errand.target.kind]}),
                data=request.body or None,
                allow_redirects=False,
                proxy=URL(proxy) if proxy else None,
                ssl=options.verify_tls or not hop.is_home(request.url, errand),
            ) as answer:
                return await _received(request, answer, errand, self._policy)
        except (aiohttp.ClientError, ValueError) as error:
            raise _explained(request.url, error) from error

    def _session_for(self, options: FetchOptions) -> aiohttp.ClientSession:
        """A source's own proxy may stand on a private address, as the policy's may; nothing else may."""
        if options.proxy is None or self._policy.proxy is not None:
            return self._session
        if self._proxied is None:
            self._proxied = open_session(replace(self._policy, proxy=options.proxy))
        return self._proxied


async def _received(
    request: Request, answer: aiohttp.ClientResponse, errand: Errand, policy: FetchPolicy
) -> Response:
    body, truncated = b"", False
    if 200 <= answer.status < 300:  # what errors and redirects say in their bodies is of no use
        body, truncated = await _body(request.url, answer, errand, policy)
    return hop.response(request, answer.status, answer.raw_headers, body, truncated=truncated)


async def _body(
    url: str, answer: aiohttp.ClientResponse, errand: Errand, policy: FetchPolicy
) -> tuple[bytes, bool]:
    """Read and decode a body. Returns it with whether it ended too early."""
    encoding = answer.headers.get("Content-Encoding", "")
    body = hop.Body(url, errand, policy, encoding=encoding, announced=answer.content_length)
    try:
        with _broken_when_closed(answer):
            async for chunk in answer.content.iter_any():
                if not body.feed(chunk):
                    break
    except aiohttp.ClientError:
        return body.end(broken=True)
    return body.end(broken=False)


@contextlib.contextmanager
def _broken_when_closed(answer: aiohttp.ClientResponse) -> Iterator[None]:
    """See that a body ends when its connection does.

    aiohttp closes the connection over a malformed chunk but leaves the reader of the body waiting.
    """
    content, connection = answer.content, answer.connection
    protocol = connection.protocol if connection is not None else None
    closed = protocol.closed if protocol is not None else None

    def on_closed(_: object) -> None:
        if not content.is_eof() and content.exception() is None:
            content.set_exception(aiohttp.ClientPayloadError("the connection was closed"))

    if closed is None:
        on_closed(None)
        yield
        return
    closed.remove_done_callback(_seen)
    closed.add_done_callback(_seen)
    closed.add_done_callback(on_closed)
    try:
        yield
    finally:
        closed.remove_done_callback(on_closed)


def _seen(closed: "asyncio.Future[None]") -> None:
    """Look at why a connection was lost, or asyncio complains that nobody did."""
    if not closed.cancelled():
        closed.exception()


def _explained(url: str, error: Exception) -> FetchError:
    """Translate what aiohttp raised before there was an answer."""
    if isinstance(error, aiohttp.ClientConnectorError):
        return _connect_error(url, error)
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return FetchFailed(url, "proxy", f"the proxy answered {error.status}: {error.message}")
    if isinstance(error, aiohttp.ClientResponseError):
        return _protocol_error(url, error)
    if isinstance(error, aiohttp.ClientConnectionError):
        return FetchFailed(url, "connection_reset", "the server broke off the connection")
    if isinstance(error, (aiohttp.InvalidURL, ValueError)):
        return FetchRefused(url, "bad_url", f"not a usable address: {_line(error)}")
    return FetchFailed(url, "connection_failed", f"the exchange failed: {_line(error)}")


def _connect_error(url: str, error: aiohttp.ClientConnectorError) -> FetchError:
    cause = error.os_error
    if isinstance(cause, PrivateAddress):
        return hop.private(url, error.host, cause.address, cause.kind)
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return FetchFailed(url, "proxy", f"the proxy cannot be reached: {_line(cause)}")
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return FetchFailed(url, "dns", f"the host name {error.host!r} cannot be resolved: {_line(cause)}")
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return FetchFailed(url, "tls", f"no secure connection: {_tls_words(error.certificate_error)}")
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        return FetchFailed(url, "tls", f"no secure connection: {_line(cause)}")
    known = hop.OS_REASONS.get(cause.errno or 0)
    reason, words = known or ("connection_failed", f"the connection failed: {_line(cause)}")
    return FetchFailed(url, reason, words)


def _tls_words(cause: BaseException) -> str:
    """Say what is wrong with a certificate."""
    if not isinstance(cause, ssl.SSLCertVerificationError):
        return _line(cause)
    return hop.CERTIFICATE_WORDS.get(
        cause.verify_code, f"the certificate does not hold: {cause.verify_message}"
    )


def _protocol_error(url: str, error: aiohttp.ClientResponseError) -> FetchError:
    if error.message.startswith(_TOO_LARGE):
        return FetchRefused(url, "headers_too_large", "the answer's headers are too large")
    return FetchFailed(url, "bad_http", f"the answer is not HTTP: {_first_line(error.message)!r}")


def _first_line(words: str) -> str:
    return words.partition("\n")[0].rstrip(": ")[:200]


def _line(error: BaseException) -> str:
    words = cast(str, getattr(error, "strerror", None)) or str(error)
    return " ".join(words.split())[:300] or type(error).__name__
