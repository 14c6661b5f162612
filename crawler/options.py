"""How one source wants to be fetched, as kept with it: read, checked, held to its site, masked. Pure.

Kept is a mapping for JSON: ``user_agent proxy`` (text), ``headers cookies`` (lists of name and value),
``auth`` (user and password), ``verify_tls obey_robots render`` (true or false), ``impersonate`` (a browser's
name). What is not there is as usual.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from crawler.errors import UsageError
from crawler.normalize.url import site_of
from spiders.items import AS_USUAL, FetchOptions
from spiders.robots import origin_of

Pair = tuple[str, str]

MASK = "***"
LONGEST = 8000
"""Characters of a header's value; servers refuse longer ones."""
MOST = 30
"""Headers, and cookies, of one source."""
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_PRINTABLE = re.compile(r"[\t -~]*")
_COOKIE_VALUE = re.compile(r'"[!#-+\--:<-\[\]-~]*"|[!#-+\--:<-\[\]-~]*')  # RFC 6265, 4.1.1
_BROWSER = re.compile(r"[a-z][a-z0-9_]{1,40}")
_VISIBLE = re.compile(r"[!-~]{1,2000}")
_UNSENDABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_OWN = {
    "user-agent": "it has an option of its own, --user-agent",
    "cookie": "it has an option of its own, --cookie",
    "authorization": "it has an option of its own, --auth",
    "proxy-authorization": "put user and password into the proxy's address",
    **dict.fromkeys(
        ("accept-encoding", "if-none-match", "if-modified-since", "if-match", "if-range", "range"),
        "kabar sets it itself",
    ),
    **dict.fromkeys(
        ("connection", "content-length", "expect", "host", "http2-settings", "keep-alive"),
        "it belongs to the connection",
    ),
    **dict.fromkeys(
        ("proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "via"),
        "it belongs to the connection",
    ),
}
"""Headers that are not to be given by hand, in lower case, each with the reason."""
_PLAIN = frozenset({"accept", "accept-language", "dnt", "origin", "priority", "referer", "sec-gpc"})
"""Headers whose values hold no secret."""


def parse_header(text: str) -> Pair:
    """Read ``Name: value``. Raises UsageError, which never repeats the value."""
    name, colon, value = text.partition(":")
    if not colon:
        raise UsageError("a header is written 'Name: value'")
    return _header(name.strip(), value.strip())


def _header(name: str, value: str) -> Pair:
    if not _TOKEN.fullmatch(name):
        raise UsageError(f"{name[:40]!r} is no name of a header")
    if name.lower() in _OWN:
        raise UsageError(f"the header {name} cannot be given: {_OWN[name.lower()]}")
    if not _PRINTABLE.fullmatch(value) or len(value) > LONGEST:
        raise UsageError(f"the value of the header {name} must be one line of plain ASCII")
    return name, value


def parse_cookie(text: str) -> Pair:
    """Read ``name=value`` (RFC 6265, 4.1.1). Raises UsageError, which never repeats the value."""
    name, sign, value = text.strip().partition("=")
    if not sign:
        raise UsageError("a cookie is written name=value")
    return _cookie(name, value)


def _cookie(name: str, value: str) -> Pair:
    if not _TOKEN.fullmatch(name):
        raise UsageError(f"{name[:40]!r} is no name of a cookie")
    if not _COOKIE_VALUE.fullmatch(value) or len(value) > LONGEST:
        raise UsageError(f"the value of the cookie {name} has characters that no cookie may have")
    return name, value


def parse_auth(text: str) -> Pair:
    """Read ``user:password`` (RFC 7617; the user has no colon). Raises UsageError, which repeats neither."""
    user, colon, password = text.partition(":")
    if not colon:
        raise UsageError("a login is written USER:PASSWORD")
    return _auth(user, password)


def _auth(user: str, password: str) -> Pair:
    spoilt = any(
        char < " " or "\x7f" <= char < "\xa0" or "\ud800" <= char < "\ue000" for char in user + password
    )
    if not user or ":" in user or spoilt or len(user + password) > LONGEST // 2:
        raise UsageError("a login is a user and a password on one line, the user without a colon")
    return user, password


def parse_proxy(text: str) -> str:
    """Check the address of an HTTP proxy. Raises UsageError, which never repeats it."""
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if (
        not good
        or parts.path not in ("", "/")
        or parts.query
        or parts.fragment
        or not _VISIBLE.fullmatch(text)
    ):
        raise UsageError("a proxy is an address like http://proxy:3128 or http://user:password@proxy:3128")
    return text


def parse_agent(text: str) -> str:
    """Check a User-Agent. Raises UsageError."""
    if not re.fullmatch(r"[!-~](?:[ -~]{0,500}[!-~])?", text):
        raise UsageError("a user agent is one line of plain ASCII")
    return text


def parse_browser(text: str) -> str:
    """Check the form of a browser's name, like chrome or safari184. Raises UsageError."""
    if not _BROWSER.fullmatch(text):
        raise UsageError("a browser to imitate is a name like chrome, firefox or safari184")
    return text


def read_options(kept: Mapping[str, Any]) -> FetchOptions:
    """Return the options kept with a source. What is spoilt in them counts as not given; never raises."""
    if not isinstance(kept, Mapping) or not kept:
        return AS_USUAL
    verify, obey = kept.get("verify_tls"), kept.get("obey_robots")
    return FetchOptions(
        user_agent=_or_none(parse_agent, kept.get("user_agent")),
        headers=_pairs(_header, kept.get("headers")),
        cookies=_pairs(_cookie, kept.get("cookies")),
        auth=next(iter(_pairs(_auth, [kept.get("auth")])), None),
        proxy=_or_none(parse_proxy, kept.get("proxy")),
        verify_tls=verify is not False,
        obey_robots=obey if isinstance(obey, bool) else None,
        impersonate=_or_none(parse_browser, kept.get("impersonate")),
        render=kept.get("render") is True,
    )


def _or_none(check: Callable[[str], str], value: object) -> str | None:
    try:
        return check(value) if isinstance(value, str) else None
    except UsageError:
        return None


def _pairs(check: Callable[[str, str], Pair], value: object) -> tuple[Pair, ...]:
    found: dict[str, Pair] = {}
    for item in value[:MOST] if isinstance(value, (list, tuple)) else ():
        if isinstance(item, (list, tuple)) and len(item) == 2 and all(isinstance(part, str) for part in item):
            try:
                name, content = check(*item)
            except UsageError:
                continue
            found[name.lower()] = (name, content)
    return tuple(found.values())


def options_for(kept: Mapping[str, Any], source_url: str, url: str) -> FetchOptions:
    """Return the options of a source for one of its URLs: its own, or a page it names.

    A source names pages anywhere. Only its own origin is shown its login; its site (the registrable domain,
    never over http when the source is on https) its headers and cookies; others get what gives nothing away.
    """
    options = read_options(kept)
    if options is AS_USUAL or origin_of(url) == origin_of(source_url):
        return options
    options = replace(options, auth=None)
    lowered = urlsplit(source_url).scheme == "https" and urlsplit(url).scheme != "https"
    if site_of(url) == site_of(source_url) and not lowered:
        return options
    stricter = True if options.obey_robots else None
    return replace(options, headers=(), cookies=(), verify_tls=True, obey_robots=stricter)


def kept_for(kept: Mapping[str, Any], asked: str, url: str) -> dict[str, Any]:
    """Return what a source found at ``url`` may keep of options that were given for ``asked``."""
    whole, shown = read_options(kept), options_for(kept, asked, url)
    return {name: value for name, value in kept.items() if getattr(whole, name) == getattr(shown, name)}


def masked(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a source fit to be shown: passwords, cookies and unknown headers masked."""
    options = read_options(kept)
    shown: dict[str, Any] = {
        "user_agent": options.user_agent,
        "headers": [[name, value if name.lower() in _PLAIN else MASK] for name, value in options.headers],
        "cookies": [[name, MASK] for name, _ in options.cookies],
        "auth": [options.auth[0], MASK] if options.auth else None,
        "proxy": _without_login(options.proxy) if options.proxy else None,
        "verify_tls": None if options.verify_tls else False,
        "obey_robots": options.obey_robots,
        "impersonate": options.impersonate,
        "render": options.render or None,
    }
    return {name: value for name, value in shown.items() if value not in (None, [])}


def _without_login(proxy: str) -> str:
    login, at, rest = proxy.rpartition("@")
    return f"{login.partition('://')[0]}://{MASK}@{rest}" if at else proxy


def described(kept: Mapping[str, Any]) -> str | None:
    """Say the options of a source in one line, secrets masked; None when there are none."""
    words = [_word(name, value) for name, value in masked(kept).items()]
    return "; ".join(words) or None


def _word(name: str, value: Any) -> str:
    if name == "headers":
        return "; ".join(f"{header}: {content}" for header, content in value)
    if name == "cookies":
        return "; ".join(f"cookie {cookie}={content}" for cookie, content in value)
    if name == "auth":
        return f"login {value[0]}:{value[1]}"
    if name == "verify_tls":
        return "certificates not verified"
    if name == "obey_robots":
        return "robots.txt obeyed" if value else "robots.txt ignored"
    if name == "impersonate":
        return f"as {value} would"
    if name == "render":
        return "scripts of its pages run"
    return f"{name.replace('_', ' ')} {value}"
