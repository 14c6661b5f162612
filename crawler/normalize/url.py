"""URLs: which ones we take, their normal form, their lane and their site."""

import re
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from crawler.normalize.canonical import plausible_canonical
from crawler.normalize.host import DEFAULT_PORTS, ascii_host, host_lane, site_of
from crawler.normalize.key import url_key

__all__ = [
    "MAX_URL",
    "clean_url",
    "host_lane",
    "plausible_canonical",
    "site_of",
    "url_key",
    "without_credentials",
]

MAX_URL = 16_384
"""Longer ones are no URL of an article."""

_EDGE = "".join(map(chr, range(0x21))) + "\u00a0\u200b\ufeff"
_BREAKS = re.compile(r"[\t\r\n]")
_SLASHES = re.compile(r"^[^?#]*")
_PATH_SAFE = "/%:@!$&'()*+,;=~-._"
_QUERY_SAFE = _PATH_SAFE + "?[]|"


def clean_url(url: str, base: str | None = None) -> str | None:
    """Return an absolute http(s) URL in ASCII, ready to be asked for, or None when ``url`` is none.

    Relative references are resolved against ``base`` (RFC 3986). The host is folded to lower case and
    Punycode; path and query keep their meaning (only characters that may not stand there are escaped);
    a fragment goes, unless it is a route of its own (``#!/...``). Credentials stay.
    """
    text = _BREAKS.sub("", url.strip(_EDGE))
    if not text or len(text) > MAX_URL:
        return None
    text = _SLASHES.sub(lambda match: match[0].replace("\\", "/"), text, count=1)
    try:
        return _clean(urljoin(base, text) if base else text)
    except ValueError:
        return None


def _clean(url: str) -> str | None:
    parts = urlsplit(url)
    host = ascii_host(parts.hostname or "")
    if parts.scheme not in DEFAULT_PORTS or not host:
        return None
    if parts.port is not None and parts.port != DEFAULT_PORTS[parts.scheme]:
        host = f"{host}:{parts.port}"
    user = parts.netloc.rpartition("@")[0]
    lane = f"{_escape(user, _PATH_SAFE)}@{host}" if user else host
    fragment = parts.fragment if parts.fragment.startswith(("!", "/")) else ""
    cleaned = urlunsplit(
        (
            parts.scheme,
            lane,
            _escape(parts.path, _PATH_SAFE) or "/",
            _escape(parts.query, _QUERY_SAFE),
            _escape(fragment, _QUERY_SAFE),
        )
    )
    return cleaned if len(cleaned) <= MAX_URL else None


def _escape(text: str, safe: str) -> str:
    return quote(text, safe=safe, errors="replace")


def without_credentials(url: str) -> str:
    """Return a cleaned URL without ``user:password@``."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
