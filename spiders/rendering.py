"""Finish one page in the browser: its scripts run, and whatever they ask for is fetched by kabar itself.

The page's document was fetched like any other. The browser is handed it, and every further request it makes
is carried out by the same exchange, judged by the same guard, or refused. So a script reaches nothing that a
feed could not.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag, urljoin

from scrapy import Request
from scrapy.http import Response

from spiders.browser import Browser, said
from spiders.errand import Errand
from spiders.errors import FetchError, FetchRefused, LocalFailure
from spiders.hop import oversize
from spiders.items import Target
from spiders.policy import FetchPolicy

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page, Route, WebSocketRoute
    from playwright.async_api import Request as Asked

Exchange = Callable[[Request, Errand], Awaitable[Response]]

MOST_REQUESTS = 200
"""Requests that one page may cause."""
BYTES = 4
"""How many times the limit of a page everything together may be that it fetches."""
_AT_ONCE = 4
_QUIET = 0.5
"""Seconds without a request after which a page counts as finished."""
_GLANCE = 0.05
_READING = 5.0
"""Seconds the finished page has to say what it is; longer takes only one whose scripts never end."""
_WANTED = frozenset({"script", "stylesheet", "xhr", "fetch"})
_OURS = frozenset(
    {"accept-encoding", "connection", "content-length", "cookie", "host", "transfer-encoding", "user-agent"}
)
"""Request headers of the browser's that are not passed on."""
_OF_THE_CONNECTION = frozenset({"connection", "content-length", "keep-alive", "trailer", "transfer-encoding"})
_OF_THE_SHELL = ("ETag", "Last-Modified", "Content-Length", "Transfer-Encoding")
"""Headers that are no longer true of the finished page."""
_DOCUMENT = (
    "(most => { const it = document.documentElement; const text = it ? it.outerHTML : '';"
    " return text.length > most ? text.length : '<!DOCTYPE html>' + text })"
)


def is_document(answer: Response) -> bool:
    """Whether an answer is a page whose scripts can be run."""
    label = (answer.headers.get("Content-Type") or b"").lower()
    is_page = not label.strip() or label.startswith((b"text/html", b"application/xhtml+xml"))
    return answer.status in (200, 203) and is_page and bool(answer.body)


async def rendered(
    document: Response, errand: Errand, *, browser: Browser, policy: FetchPolicy, exchange: Exchange
) -> Response:
    """Return a page as its scripts left it, or a redirect where they led elsewhere.

    The time until the browser is ready is not the errand's. Raises LocalFailure ``no_browser`` and
    ``browser_crash``, FetchRefused ``oversize`` and ``endless_scripts``.
    """
    options = errand.target.options
    shown = options.user_agent or (None if options.impersonate else policy.user_agent)
    with errand.waiting():
        context = await browser.open(document.url, user_agent=shown)
    try:
        return await _Rendering(document, errand, policy, exchange).run(context)
    finally:
        await browser.leave(context)


class _Rendering:
    """One page while its scripts run."""

    def __init__(self, document: Response, errand: Errand, policy: FetchPolicy, exchange: Exchange) -> None:
        self._document = document
        self._errand = errand
        self._policy = policy
        self._exchange = exchange
        self._time = asyncio.get_running_loop().time
        self._requests = 0
        self._bytes = BYTES * errand.limit
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._under_way: set[asyncio.Task[Any]] = set()
        self._last = self._time()
        self._served = self._loaded = self._crashed = self._over = False
        self._moved: str | None = None

    async def run(self, context: "BrowserContext") -> Response:
        """Open the page, let it come to rest, and return what it is then."""
        from playwright.async_api import Error

        try:
            return await self._finished(context)
        except Error as error:
            words = f"the browser could not finish the page: {said(error)}"
            raise LocalFailure(self._document.url, "browser_crash", words) from error
        finally:
            self._over = True
            for task in self._under_way:
                task.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _finished(self, context: "BrowserContext") -> Response:
        until = self._time() + self._policy.timeout / 3
        page = await context.new_page()
        await context.route("**/*", self._on_request)
        await context.route_web_socket("**/*", _hang_up)
        context.on("page", lambda other: self._spawn(other.close()))
        page.on("crash", self._on_crash)
        page.on("close", self._on_crash)  # nobody but we ends it, and not yet
        page.on("load", self._on_load)
        with suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await page.goto(self._document.url, wait_until="commit", timeout=0)
                await self._rest(until)
        if self._crashed:
            words = "the browser crashed over the page, or was ended"
            raise LocalFailure(self._document.url, "browser_crash", words)
        if self._moved is not None:
            return self._document.replace(status=302, body=b"", headers={"Location": self._moved})
        return self._result(await self._content(context, page))

    async def _rest(self, until: float) -> None:
        """Wait until nothing has been under way for a while, at most until a loop time."""
        while self._time() < until and not self._crashed and self._moved is None:
            if self._loaded and not self._under_way and self._time() - self._last >= _QUIET:
                return
            await asyncio.sleep(_GLANCE)

    async def _content(self, context: "BrowserContext", page: "Page") -> str:
        """Return the page as HTML, read from a world of its own where its scripts cannot lie about it."""
        try:
            async with asyncio.timeout(_READING):
                session = await context.new_cdp_session(page)
                tree = await session.send("Page.getFrameTree")
                frame = {"frameId": tree["frameTree"]["frame"]["id"]}
                world = await session.send("Page.createIsolatedWorld", frame)
                found = await session.send(
                    "Runtime.evaluate",
                    {
                        "expression": f"{_DOCUMENT}({self._errand.limit})",
                        "contextId": world["executionContextId"],
                        "returnByValue": True,
                    },
                )
        except TimeoutError:
            words = "the page's scripts do not come to an end"
            raise FetchRefused(self._document.url, "endless_scripts", words) from None
        value = found["result"].get("value", "")
        if isinstance(value, int | float):
            raise oversize(self._document.url, self._errand.limit, f"{value:,.0f} characters when finished")
        return str(value)

    def _result(self, html: str) -> Response:
        body = html.encode("utf-8", "replace")
        if len(body) > self._errand.limit:
            raise oversize(self._document.url, self._errand.limit, f"{len(body):,} bytes when finished")
        headers = self._document.headers.copy()
        for name in _OF_THE_SHELL:
            headers.pop(name, None)
        headers["Content-Type"] = "text/html; charset=utf-8"
        return self._document.replace(body=body, headers=headers)

    # --- what the page asks for

    async def _on_request(self, route: "Route", asked: "Asked") -> None:
        """Answer one request in one way or another; playwright waits for that without end."""
        from playwright.async_api import Error

        task = asyncio.current_task()
        if self._over or task is None:
            await _refuse(route)
            return
        self._under_way.add(task)
        try:
            await self._answer(route, asked)
        except (FetchError, Error, asyncio.CancelledError):  # called off by ``run`` alone, which waits
            await _refuse(route)
        finally:
            self._last = self._time()
            self._under_way.discard(task)

    async def _answer(self, route: "Route", asked: "Asked") -> None:
        if asked.is_navigation_request():
            await self._navigate(route, asked)
        elif asked.resource_type not in _WANTED or self._requests >= MOST_REQUESTS:
            await _refuse(route)
        else:
            self._requests += 1
            async with self._places:
                answer = await self._fetched(asked)
            await _fulfil(route, answer)

    async def _navigate(self, route: "Route", asked: "Asked") -> None:
        """Hand out the document, once. A script that leads elsewhere redirects; frames stay empty."""
        inner = asked.frame.parent_frame is not None
        if not self._served and not inner:
            self._served = True
            await _fulfil(route, self._document)
            return
        other = _bare(asked.url) != _bare(self._document.url)
        if not inner and other and asked.url.startswith(("http://", "https://")):
            self._moved = self._moved or asked.url
        await _refuse(route, "aborted")

    async def _fetched(self, asked: "Asked") -> Response:
        """Fetch what a page asks for, redirects included: every hop is judged. Raises FetchError."""
        given = {name: value for name, value in asked.headers.items() if _is_passed_on(name.lower())}
        url, method, body = asked.url, asked.method, asked.post_data_buffer or b""
        for _ in range(self._policy.max_redirects + 1):
            if not url.lower().startswith(("http://", "https://")):
                break
            errand = self._child(url)
            try:
                request = Request(url, method=method, headers=given, body=body, dont_filter=True)
                answer = await self._exchange(request, errand)
            except ValueError as error:
                raise FetchRefused(url, "bad_url", f"not a usable address: {error}") from error
            self._bytes -= len(answer.body)
            where = answer.headers.get("Location")
            if not 300 <= answer.status < 400 or where is None:
                return answer
            url = urljoin(url, where.decode("latin-1"))
            if answer.status not in (307, 308) and method != "HEAD":
                method, body = "GET", b""
        raise FetchRefused(url, "bad_redirect", "redirected too often, or to no address of the web")

    def _child(self, url: str) -> Errand:
        """Return the errand of one request of the page: within what is left for all of them together."""
        parent = self._errand
        target = Target(url=url, kind="page", options=parent.target.options)
        errand = Errand(target, limit=max(self._bytes, 0) // _AT_ONCE, exempt=True)
        errand.sent_url = parent.sent_url
        return errand

    def _spawn(self, work: Awaitable[Any]) -> None:
        task = asyncio.ensure_future(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    def _on_crash(self, _: object) -> None:
        self._crashed = True

    def _on_load(self, _: object) -> None:
        self._loaded = True
        self._last = self._time()


def _is_passed_on(name: str) -> bool:
    return name not in _OURS and not name.startswith("sec-")  # what only the browser knows of itself


async def _hang_up(socket: "WebSocketRoute") -> None:
    await socket.close()


async def _refuse(route: "Route", why: str = "blockedbyclient") -> None:
    from playwright.async_api import Error

    try:
        await route.abort(why)
    except Error:  # the page is gone, and its requests with it
        with suppress(Error):
            await route.fallback()


async def _fulfil(route: "Route", answer: Response) -> None:
    headers = {
        name.decode("latin-1"): b", ".join(values).decode("latin-1")
        for name, values in answer.headers.items()
        if name.decode("latin-1").lower() not in _OF_THE_CONNECTION
    }
    await route.fulfill(status=answer.status, headers=headers, body=answer.body)


def _bare(url: str) -> str:
    return urldefrag(url).url
