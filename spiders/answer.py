"""What an HTTP answer means: a Fetch, or one of the errors of spiders.errors."""

import re
from datetime import UTC
from email.utils import parsedate_to_datetime

from scrapy.exceptions import IgnoreRequest, NotSupported
from scrapy.http import Response

from spiders.errand import Errand
from spiders.errors import Denied, FetchError, FetchFailed, FetchRefused, Gone
from spiders.items import KEPT_HEADERS, Fetch, Redirect
from spiders.links import links

TRUNCATED = "truncated"
"""The response flag of a body that ended before its announced length."""
_RETRY_LATER = frozenset({408, 425, 429})
_READABLE = frozenset({200, 203})
_WEBSUB = frozenset({"hub", "self"})
_YEAR = 366 * 86400.0
_MAX_AGE = re.compile(r'(?:^|[\s,])max-age\s*=\s*"?(\d{1,9})', re.IGNORECASE)
_NOT_KEPT = re.compile(r"no-cache|no-store", re.IGNORECASE)
_NUMBER = re.compile(r"\d{1,12}(?:\.\d*)?\Z")


def answer(response: Response, errand: Errand, *, now: float, seconds: float) -> Fetch:
    """Turn a final response into a Fetch: 200 with its body, or 304 without one.

    ``now`` is epoch seconds. Raises Gone (404, 410), Denied (other 4xx), FetchFailed (408, 425, 429, 5xx,
    an empty or unusable answer) and FetchRefused (a redirect to something that is not http).
    """
    later = retry_after(_text(response, "Retry-After"), now=now)
    if response.status not in _READABLE and not _is_unchanged(response.status, errand):
        raise _status_error(response, errand, later)
    if response.status != 304 and not response.body:
        raise _empty(response, errand)
    return Fetch(
        url=response.url,
        requested_url=errand.target.url,
        status=response.status,
        body=response.body,
        fetched_at=now,
        seconds=seconds,
        content_type=_text(response, "Content-Type") or "",
        etag=_text(response, "ETag"),
        last_modified=_text(response, "Last-Modified"),
        retry_after=later,
        max_age=_fresh_for(response, now),
        x_robots_tag=_joined(response, "X-Robots-Tag"),
        redirects=_redirects(response),
        robots=tuple(errand.fresh),
        headers=_headers(response),
        truncated=TRUNCATED in response.flags,
        links=_links(response),
    )


def acknowledged(response: Response, errand: Errand, *, now: float, seconds: float) -> Fetch:
    """Turn the answer to a form into a Fetch: any 2xx, with or without a body. Raises as ``answer`` does."""
    if 300 <= response.status < 400:
        words = f"the server answered {response.status}, which would lose what was sent"
        raise _error(FetchRefused, response, errand, "bad_redirect", words, None)
    if not 200 <= response.status < 300:
        later = retry_after(_text(response, "Retry-After"), now=now)
        raise _status_error(response, errand, later)
    return Fetch(
        url=response.url,
        requested_url=errand.target.url,
        status=response.status,
        body=response.body,
        fetched_at=now,
        seconds=seconds,
    )


def _is_unchanged(status: int, errand: Errand) -> bool:
    """A 304 means something only to one who asked conditionally."""
    return status == 304 and bool(errand.target.etag or errand.target.last_modified)


def _status_error(response: Response, errand: Errand, later: float | None) -> FetchError:
    status, reason = response.status, f"http_{response.status}"
    words = f"the server answered {status}"
    kind: type[FetchError] = FetchFailed
    if status in (204, 205):
        reason, words = "empty_body", f"the server answered {status} without a document"
    elif status == 304:
        words = "the server answered 304 (not modified) although nothing was known yet"
    elif 300 <= status < 400:
        kind, reason, words = _bad_redirect(response)
    elif status in (404, 410):
        kind, words = Gone, f"the server answered {status}: it is no longer there"
    elif 400 <= status < 500 and status not in _RETRY_LATER:
        kind, words = Denied, f"the server answered {status}: access refused"
    return _error(kind, response, errand, reason, words, later)


def _bad_redirect(response: Response) -> tuple[type[FetchError], str, str]:
    location = _text(response, "Location")
    if not location:
        return FetchFailed, "bad_redirect", f"the server answered {response.status} without saying where to"
    return FetchRefused, "bad_scheme", f"redirected to {location[:200]!r}, which is neither http nor https"


def _empty(response: Response, errand: Errand) -> FetchError:
    if TRUNCATED in response.flags:
        words = "the connection ended before the document began"
        return _error(FetchFailed, response, errand, "connection_reset", words, None)
    words = f"the server answered {response.status} with an empty document"
    return _error(FetchFailed, response, errand, "empty_body", words, None)


def _error(
    kind: type[FetchError], response: Response, errand: Errand, reason: str, words: str, later: float | None
) -> FetchError:
    where = "" if response.url == errand.sent_url else f" (at {response.url})"
    return kind(errand.target.url, reason, words + where, status=response.status, retry_after=later)


def explained(error: BaseException, errand: Errand) -> BaseException:
    """Return what the caller of an errand is told: FetchErrors about its URL, with the robots.txt found.

    Other errors pass through as they are.
    """
    url = errand.target.url
    if isinstance(error, IgnoreRequest):
        error = FetchFailed(url, "too_many_redirects", "redirected too often")
    elif isinstance(error, NotSupported):
        error = FetchRefused(url, "bad_scheme", "neither http nor https")
    if not isinstance(error, FetchError):
        return error
    if error.url not in (url, errand.sent_url):
        error.message += f" (at {error.url})"
    error.url = url
    error.args = (url, error.reason, error.message)
    error.robots = tuple(errand.fresh)
    return error


def retry_after(value: str | None, *, now: float) -> float | None:
    """Read a Retry-After header (RFC 9110, 10.2.3) as seconds from ``now`` (epoch seconds).

    Returns None for nothing, nonsense, the past, and anything beyond a year.
    """
    seconds = _seconds(value.strip(), now) if value else None
    return seconds if seconds is not None and 0 < seconds <= _YEAR else None


def asked_delay(response: Response, *, now: float) -> float | None:
    """Return the seconds that the Retry-After of an answer asks to wait, as ``retry_after`` does."""
    return retry_after(_text(response, "Retry-After"), now=now)


def cache_age(response: Response) -> float | None:
    """Return the max-age of an answer's Cache-Control in seconds, if it has one."""
    return max_age(_text(response, "Cache-Control"))


def _seconds(value: str, now: float) -> float | None:
    if _NUMBER.match(value):
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, IndexError, OverflowError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now


def _fresh_for(response: Response, now: float) -> float | None:
    values = (_text(response, name) for name in ("Cache-Control", "Expires", "Date"))
    return fresh_for(*values, now=now)


def fresh_for(
    cache_control: str | None, expires: str | None, date: str | None, *, now: float
) -> float | None:
    """Return the seconds for which an answer says that it stays fresh (RFC 9111, 4.2.1), if it does.

    max-age counts, or else Expires as seen from the server's own Date: its clock need not be ours.
    """
    asked = max_age(cache_control)
    if (
        asked is not None
        or expires is None
        or _NUMBER.match(expires)
        or _NOT_KEPT.search(cache_control or "")
    ):
        return asked
    sent = now + ((_seconds(date, now) if date else None) or 0.0)
    seconds = _seconds(expires, sent)
    return seconds if seconds is not None and 0 < seconds <= _YEAR else None


def max_age(cache_control: str | None) -> float | None:
    """Return the max-age of a Cache-Control header in seconds, if it has one."""
    found = _MAX_AGE.search(cache_control) if cache_control else None
    return float(found[1]) if found else None


def _text(response: Response, name: str) -> str | None:
    """The last value of a header. Bytes that are no UTF-8 cannot be sent back verbatim: as if absent."""
    value = response.headers.get(name)
    try:
        return value.decode() if value is not None else None
    except UnicodeDecodeError:
        return None


def _joined(response: Response, name: str) -> str | None:
    values = response.headers.getlist(name)
    return ", ".join(value.decode("utf-8", "replace") for value in values) or None


def _headers(response: Response) -> tuple[tuple[str, str], ...]:
    found = ((name.lower(), _joined(response, name)) for name in KEPT_HEADERS)
    return tuple((name, value) for name, value in found if value is not None)


def _links(response: Response) -> tuple[tuple[str, str], ...]:
    values = response.headers.getlist("Link")
    if not values:
        return ()
    return links((value.decode("utf-8", "replace") for value in values), base=response.url, relations=_WEBSUB)


def _redirects(response: Response) -> tuple[Redirect, ...]:
    meta = response.meta
    if "redirect_urls" not in meta:
        return ()
    return tuple(map(Redirect, meta["redirect_urls"], meta["redirect_reasons"]))
