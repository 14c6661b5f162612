"""Faults that are proper HTTP answers: statuses, redirects, pages that redirect by themselves, validators."""

import json
from dataclasses import replace
from email.utils import formatdate
from urllib.parse import urlencode

from aiohttp import web

from crawler.demo.outlet import HTML, Answer
from tests.newsfaults.exchange import Exchange


async def plain(x: Exchange) -> web.StreamResponse:
    """No fault: the honest answer of ``to``."""
    return x.reply_honestly()


async def status(x: Exchange) -> web.StreamResponse:
    """Answer with ``code``; ``retry_after`` may be seconds, ``date:SECONDS`` or any text."""
    code = int(x.number("code", 500))
    answer = x.outlet.error(code, "This did not work.")
    headers = dict(answer.headers)
    if wait := x.text("retry_after", ""):
        headers["Retry-After"] = _retry_after(wait, x.outlet.clock())
    if code == 401:
        headers["WWW-Authenticate"] = 'Basic realm="subscribers"'
    return x.reply(replace(answer, headers=headers))


def _retry_after(wait: str, now: float) -> str:
    if wait.startswith("date:"):
        return formatdate(now + float(wait.removeprefix("date:")), usegmt=True)
    return wait


async def redirect(x: Exchange) -> web.StreamResponse:
    """Redirect with ``code`` to ``location`` (raw, any scheme), else to the honest target."""
    return _go(x, x.text("location", "") or _honest_url(x))


async def loop(x: Exchange) -> web.StreamResponse:
    """Redirect in a circle of two addresses, for ever."""
    turn = "b" if x.text("turn", "a") == "a" else "a"
    return _go(x, x.outlet.url(f"/fault/loop?turn={turn}"))


async def chain(x: Exchange) -> web.StreamResponse:
    """Redirect ``n`` times, then give the honest answer."""
    left = int(x.number("n", 3)) - 1
    if left <= 0:
        return _go(x, _honest_url(x))
    query = urlencode({"n": left, "code": int(x.number("code", 302)), "to": x.target})
    return _go(x, x.outlet.url(f"/fault/chain?{query}"))


def _go(x: Exchange, location: str) -> web.StreamResponse:
    code = int(x.number("code", 302))
    return x.reply(Answer(code, b"", {"Location": location, "Content-Type": HTML}))


def _honest_url(x: Exchange) -> str:
    return x.outlet.url(f"/fault/plain?{urlencode({'to': x.target})}")


async def script_redirect(x: Exchange) -> web.StreamResponse:
    """A 200 whose page goes elsewhere by JavaScript."""
    script = f"<script>window.location.replace({json.dumps(_honest_url(x))});</script>"
    return _page(x, script, "<body></body>")


async def meta_redirect(x: Exchange) -> web.StreamResponse:
    """A 200 whose page goes elsewhere by a meta refresh."""
    return _page(x, f'<meta http-equiv="refresh" content="0; url={_honest_url(x)}">', "<p>Moving on ...</p>")


async def portal(x: Exchange) -> web.StreamResponse:
    """A captive portal: a log-in page with 200 for whatever was asked."""
    form = (
        '<form method="post" action="/login">Room number <input name="room"><button>Go online</button></form>'
    )
    return _page(x, "<title>Welcome to Hotel Wi-Fi</title>", f"<body><h1>Log in</h1>{form}</body>")


def _page(x: Exchange, head: str, body: str) -> web.StreamResponse:
    page = f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">{head}</head>\n{body}</html>\n'
    return x.reply(Answer(200, page.encode(), {"Content-Type": HTML}))


async def always_304(x: Exchange) -> web.StreamResponse:
    """Claim that nothing changed, whatever was asked."""
    return x.reply(Answer(304))


async def never_304(x: Exchange) -> web.StreamResponse:
    """Offer validators but never honour them."""
    return x.reply(x.honest())


async def no_validators(x: Exchange) -> web.StreamResponse:
    """The honest answer without ETag and Last-Modified."""
    answer = x.honest()
    kept = {name: value for name, value in answer.headers.items() if name not in ("ETag", "Last-Modified")}
    return x.reply(replace(answer, headers=kept))


async def header(x: Exchange) -> web.StreamResponse:
    """The honest answer with one more header: ``name`` and ``value``."""
    answer = x.honest()
    return x.reply(replace(answer, headers={**answer.headers, x.params["name"]: x.text("value", "")}))


async def cookies(x: Exchange) -> web.StreamResponse:
    """The honest answer with ``n`` cookies, set for ``domain`` when given."""
    answer = x.reply(x.honest())
    domain = f"; Domain={x.params['domain']}" if "domain" in x.params else ""
    for number in range(int(x.number("n", 1))):
        answer.headers.add("Set-Cookie", f"c{number}=v{number}; Path=/{domain}")
    return answer


async def echo(x: Exchange) -> web.StreamResponse:
    """The request's own headers as a JSON object with lower-case names."""
    headers = {name.lower(): value for name, value in x.request.headers.items()}
    return x.reply(Answer(200, json.dumps(headers).encode(), {"Content-Type": "application/json"}))
