"""One hop of an errand, whoever carries it: which address, which headers, how much of a body, what answer."""

import asyncio
import errno
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

import aiohttp
from multidict import CIMultiDict
from scrapy import Request
from scrapy.http import Response
from yarl import URL

from spiders import guard
from spiders.answer import TRUNCATED
from spiders.decode import BadEncoding, Decoder, TooLarge
from spiders.errand import Errand
from spiders.errors import PRIVATE, FetchFailed, FetchRefused
from spiders.policy import FetchPolicy
from spiders.robots import origin_of

MAX_HEADER_BYTES = 16 * 1024
MAX_HEADERS = 100
_PERMIT = "--allow-private permits it, or fetch.allow_private = true for good"
OS_REASONS = {
    errno.ECONNREFUSED: ("connection_refused", "the server refused the connection"),
    errno.ECONNRESET: ("connection_reset", "the server broke off the connection"),
    errno.EPIPE: ("connection_reset", "the server broke off the connection"),
    errno.ETIMEDOUT: ("timeout", "the server did not answer in time"),
    errno.ENETUNREACH: ("unreachable", "there is no route to the server"),
    errno.EHOSTUNREACH: ("unreachable", "there is no route to the server"),
}
"""Reason and words for what the system says of a connection."""
CERTIFICATE_WORDS = {
    9: "the certificate is not valid yet",
    10: "the certificate has expired",
    18: "the certificate is signed by itself",
    19: "the certificate is signed by an authority that vouches for itself and is not known",
    20: "the certificate is signed by an authority that is not known",
    21: "the certificate is signed by an authority that is not known",
    23: "the certificate has been revoked",
    62: "the certificate is for another host name",
    64: "the certificate is for another address",
}
"""By OpenSSL's X509_V_ERR codes."""


def judged(url: str, policy: FetchPolicy) -> URL:
    """Refuse literal addresses that are private or oddly spelled; the rest is judged at connect time.

    Behind a proxy this is all that can be judged, because the proxy resolves the names. Raises FetchRefused.
    """
    try:
        target = URL(url, encoded=True)
        kind = guard.kind_of_host(target.raw_host or "")
    except ValueError as error:
        raise FetchRefused(url, "bad_url", f"not a usable address: {error}") from error
    if kind not in (guard.NAME, guard.PUBLIC) and not policy.allow_private:
        raise private(url, target.raw_host or "", guard.literal(target.raw_host or ""), kind)
    if not guard.is_plain(target.raw_host or ""):
        raise FetchRefused(url, "bad_url", f"{target.raw_host!r} is not a usable host")
    return target


def private(url: str, host: str, address: str | None, kind: str) -> FetchRefused:
    """The error of an address that is not public; ``kind`` is what the guard calls it."""
    what = host if address in (None, host) else f"{host} is {address}, which"
    return FetchRefused(url, PRIVATE, f"{what} is not public ({kind}); {_PERMIT}")


def headers(request: Request, errand: Errand, usual: Mapping[str, str]) -> CIMultiDict[str]:
    """Return the headers of one hop, ``usual`` being what is sent unless something else is asked.

    What the source's options add is for the origin it was meant for.
    """
    options = errand.target.options
    found = CIMultiDict(usual)
    if options.user_agent:
        found["User-Agent"] = options.user_agent
    if request.url == errand.sent_url or origin_of(request.url) == origin_of(errand.sent_url):
        found.update(options.headers)
        if options.cookies:
            found["Cookie"] = "; ".join(f"{name}={value}" for name, value in options.cookies)
        if options.auth:
            found["Authorization"] = aiohttp.encode_basic_auth(*options.auth, encoding="utf-8")
    for name, values in request.headers.items():
        found[name.decode()] = b", ".join(values).decode()
    return found


def is_home(url: str, errand: Errand) -> bool:
    """Whether a hop is to the host that the errand was meant for, by whatever scheme."""
    return urlsplit(url).hostname == urlsplit(errand.sent_url).hostname


def response(
    request: Request,
    status: int,
    found: Iterable[tuple[bytes, bytes]],
    body: bytes,
    *,
    truncated: bool,
) -> Response:
    """Build the answer for Scrapy; its body is decoded already."""
    return Response(
        request.url,
        status=status,
        headers=[pair for pair in found if pair[0].lower() != b"content-encoding"],
        body=body,
        flags=[TRUNCATED] if truncated else None,
        request=request,
    )


class Body:
    """A body while it comes: decoded piece by piece, held to the errand's limit and to a least pace.

    ``announced`` is its length by the headers. Raises FetchRefused ``oversize`` and ``bad_encoding``, and
    FetchFailed ``too_slow``.
    """

    def __init__(
        self, url: str, errand: Errand, policy: FetchPolicy, *, encoding: str, announced: int | None
    ) -> None:
        self._url = url
        self._errand = errand
        self._pace = _Pace(url, policy)
        self._parts: list[bytes] = []
        self._cut = False
        if not errand.cut and (announced or 0) > errand.limit:
            raise oversize(url, errand.limit, f"{announced:,} bytes announced")
        try:
            self._decoder = Decoder(encoding, errand.limit)
        except BadEncoding as error:
            raise self._undecodable(error) from error

    def feed(self, chunk: bytes) -> bool:
        """Take the next piece; return whether more is wanted, which is not so once the body has been cut."""
        self._pace.count(len(chunk))
        try:
            self._parts.append(self._decoder.feed(chunk))
        except TooLarge as error:
            if not self._errand.cut:
                raise oversize(self._url, self._errand.limit, str(error)) from error
            self._parts.append(error.fitting)
            self._cut = True
        except BadEncoding as error:
            raise self._undecodable(error) from error
        return not self._cut

    def end(self, *, broken: bool) -> tuple[bytes, bool]:
        """Return the body with whether it ended too early; ``broken`` says that its connection did."""
        return b"".join(self._parts), broken or self._cut or not self._decoder.complete

    def _undecodable(self, error: BadEncoding) -> FetchRefused:
        return FetchRefused(self._url, "bad_encoding", f"the body cannot be decoded: {error}")


def oversize(url: str, limit: int, found: str) -> FetchRefused:
    """The error of a document that is larger than it may be."""
    return FetchRefused(url, "oversize", f"larger than the limit of {limit:,} bytes ({found})")


class _Pace:
    """Sees that a body does not trickle in: who sends a byte now and then only means to hold us."""

    def __init__(self, url: str, policy: FetchPolicy) -> None:
        self._url = url
        self._policy = policy
        self._time = asyncio.get_running_loop().time
        self._began = self._time()
        self._size = 0

    def count(self, size: int) -> None:
        """Count bytes that came. Raises FetchFailed ``too_slow``."""
        self._size += size
        seconds = self._time() - self._began
        if seconds > self._policy.slow_after and self._size < seconds * self._policy.slowest:
            words = f"the body comes too slowly: {self._size:,} bytes in {seconds:.3g} s"
            raise FetchFailed(self._url, "too_slow", words)
