"""The requests of the engine: conditional ones for sources and pages, and forms for hubs."""

from collections.abc import Mapping
from urllib.parse import urlencode

from scrapy import Request

from spiders.errand import Errand
from spiders.errors import FetchRefused
from spiders.items import Target

SLOT = "all"
"""The one slot of Scrapy's downloader. It would make one for each host and drop it a minute later; the pauses
and bounds that such slots are for are kept elsewhere."""


def build_request(errand: Errand) -> Request:
    """Build the Scrapy request of an errand, with the validators its target knows.

    Raises FetchRefused ``bad_scheme`` or ``bad_url``.
    """
    return _request(errand, headers=validators(errand.target))


def build_form(errand: Errand, fields: Mapping[str, str]) -> Request:
    """Build the Scrapy request that sends a form, as a web page would. Raises as ``build_request`` does."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return _request(errand, headers=headers, method="POST", body=urlencode(fields))


def _request(errand: Errand, *, headers: Mapping[str, str], method: str = "GET", body: str = "") -> Request:
    url = errand.target.url
    if not url.lower().startswith(("http://", "https://")):
        raise FetchRefused(url, "bad_scheme", "only http and https addresses are fetched")
    try:
        request = Request(
            url,
            method=method,
            headers=headers,
            body=body,
            meta={"errand": errand, "download_slot": SLOT},
            dont_filter=True,
        )
    except ValueError as error:
        raise FetchRefused(url, "bad_url", f"not a usable address: {error}") from error
    errand.sent_url = request.url
    return request


def validators(target: Target) -> dict[str, str]:
    """Return the conditional headers (RFC 9110, 13.1) for what is known of a target, values verbatim.

    There are none for what a browser finishes: the page may be as it was, and what its scripts fetch not.
    """
    if target.is_rendered:
        return {}
    known = {"If-None-Match": target.etag, "If-Modified-Since": target.last_modified}
    return {name: value for name, value in known.items() if value and _is_sendable(value)}


def _is_sendable(value: str) -> bool:
    """A stored value with control characters would break the request."""
    return len(value) <= 8000 and not any(char < " " or char == "\x7f" for char in value)
