"""The request that polls a source: conditional, so that nothing new costs nothing."""

from scrapy import Request

from spiders.errand import Errand
from spiders.errors import FetchRefused
from spiders.items import Target


def build_request(errand: Errand) -> Request:
    """Build the Scrapy request of an errand, with the validators its target knows.

    Raises FetchRefused ``bad_scheme`` or ``bad_url``.
    """
    url = errand.target.url
    if not url.lower().startswith(("http://", "https://")):
        raise FetchRefused(url, "bad_scheme", "only http and https addresses are fetched")
    try:
        request = Request(url, headers=validators(errand.target), meta={"errand": errand}, dont_filter=True)
    except ValueError as error:
        raise FetchRefused(url, "bad_url", f"not a usable address: {error}") from error
    errand.sent_url = request.url
    return request


def validators(target: Target) -> dict[str, str]:
    """Return the conditional headers (RFC 9110, 13.1) for what is known of a target, values verbatim."""
    known = {"If-None-Match": target.etag, "If-Modified-Since": target.last_modified}
    return {name: value for name, value in known.items() if value and _is_sendable(value)}


def _is_sendable(value: str) -> bool:
    """A stored value with control characters would break the request."""
    return len(value) <= 8000 and not any(char < " " or char == "\x7f" for char in value)
