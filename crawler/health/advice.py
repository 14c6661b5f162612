"""What the reason codes of failed polls mean, and what a person can do about each. Pure data.

``{id}`` stands for the number of the source, or its URL where it has none yet.
"""

from collections.abc import Mapping

_BLOCKED = (
    "the site turns kabar away; set fetch.contact, ask the publisher, or try"
    " `kabar sources set {id} --user-agent ...` or `--impersonate chrome` where its terms allow that"
)
_WAIT = "nothing to do unless it lasts: kabar tries again, at most a day apart"

ADVICE: Mapping[str, str] = {
    "http_401": "it wants a password: `kabar sources set {id} --auth USER:PASSWORD`",
    "http_402": "it is for subscribers: ask the publisher for access",
    "http_403": _BLOCKED,
    "http_406": _BLOCKED,
    "http_429": "it is asked too often: `kabar sources set {id} --every 1h` asks less, and so does a longer"
    " fetch.host_delay",
    "http_451": "it may not be shown where you are",
    "http_404": "the feed has moved or ended: `kabar add` on the site's front page finds its successor",
    "http_410": "the feed was ended: `kabar add` on the site's front page finds its successor;"
    " `kabar sources resume {id}` tries the old one again",
    "dns": "check the address; when the site has moved, `kabar sources set {id} --url NEW`",
    "tls": "tell the publisher; `kabar sources set {id} --insecure` takes any certificate, at your own risk",
    "too_slow": "the server hardly sends anything: wait, or tell the publisher",
    "timeout": "the server is slow: a longer fetch.timeout may help",
    "connection_refused": _WAIT,
    "connection_reset": _WAIT + "; some sites break off connections of programs they do not know",
    "connection_failed": _WAIT,
    "unreachable": _WAIT,
    "proxy": "check fetch.proxy, and that the proxy runs",
    "robots": "its robots.txt does not allow it: ask the publisher, or"
    " `kabar sources set {id} --ignore-robots` where you have the right",
    "robots_unavailable": "until its robots.txt can be read nothing may be fetched there (RFC 9309);"
    " kabar asks again every few minutes",
    "private_address": "--allow-private, or fetch.allow_private = true for good, if it is meant to be in your"
    " own network",
    "bad_scheme": "only http and https are fetched: `kabar sources set {id} --url NEW`",
    "bad_url": "correct it: `kabar sources set {id} --url NEW`",
    "too_many_redirects": "the site sends visitors in circles: `kabar add` on its front page finds the feed",
    "bad_redirect": "the server's redirect leads nowhere: tell the publisher",
    "bad_http": "the server does not speak HTTP there: check the address and its port",
    "bad_encoding": "the server mislabels its compression: tell the publisher",
    "headers_too_large": "tell the publisher",
    "empty_body": "the server answers with nothing: tell the publisher if it lasts",
    "oversize": "raise fetch.max_feed_bytes if you trust it",
    "html": "a web page stands where the feed was (a block page, a log-in, or the feed has moved):"
    " `kabar add` on the site's front page finds the feed",
    "no_articles": "the page lists no articles any more: look at it, and for a feed with `kabar add`",
    "not_a_feed": "look at it with `kabar sources check {id}`; `kabar add` on the front page finds the feed",
    "empty": "the document is empty: tell the publisher if it lasts",
    "reader_timeout": "the document takes too long to read; look at it before you raise pool.timeout",
    "reader_crash": "the document crashes the reader; please report its address",
    "no_impersonation": "pip install 'kabar[impersonate]' where kabar runs, or fetch it as usual:"
    " `kabar sources set {id} --impersonate ''`",
    "no_browser": "pip install 'kabar[browser]' and `playwright install chromium` where kabar runs (or set"
    " fetch.browser), or leave the scripts alone: `kabar sources set {id} --no-render`",
    "browser_crash": _WAIT + "; a machine short of memory ends browsers first",
    "endless_scripts": "its scripts never end: `kabar sources set {id} --no-render` reads it without",
    "overdue": _WAIT,
    "bug": "please report it, with the traceback in the log",
}


def advice(code: str, subject: str) -> str:
    """Return what to do about a failure with this reason code; ``subject`` is how to name the source."""
    words = ADVICE.get(code)
    if words is None and code.startswith("http_5"):
        words = _WAIT
    return (words or "").replace("{id}", subject)
