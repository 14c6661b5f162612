"""The headless browser that runs the scripts of pages: begun when first wanted, begun anew after a crash.

It is a machine for scripts and nothing else: it cannot resolve a name or open a connection, and what its
pages ask for is fetched by kabar (``spiders.rendering``). scrapy-playwright would want Twisted's reactor,
which does not run here, and leaves the connections to the browser; so playwright is driven directly.
"""

import asyncio
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spiders.errors import LocalFailure
from spiders.extras import RENDERING, can_render
from spiders.policy import FetchPolicy

if TYPE_CHECKING:
    from playwright.async_api import Browser as Chromium
    from playwright.async_api import BrowserContext, Playwright

PAGES = 2
"""Pages open at the same time; others wait. Each costs a process and some hundred MB."""
_LAUNCH = 30.0
"""Seconds a browser has to begin."""
_CLOSE = 3.0
"""Seconds a page has to end before the whole browser is ended."""
_END = 1.0
"""Seconds a browser has to end, and then its driver, which takes it along."""
_NO_NETWORK = (
    # Nothing can be resolved or dialled, IP addresses included, should a request ever slip past kabar.
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-bypass-list=<-loopback>",
    "--dns-prefetch-disable",
    "--disable-quic",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-pings",
    "--no-default-browser-check",
    "--disable-features=WebTransport,MediaRouter,OptimizationHints,Translate",
    "--disable-blink-features=WebTransport",
    "--js-flags=--max-old-space-size=512",
)
_NO_PROXY = "http://0.0.0.0:1"
"""Where the browser's own connections would go; with the rules above it cannot even be looked up."""
_NO_PEERS = (
    "for (const name of ['RTCPeerConnection', 'webkitRTCPeerConnection', 'WebTransport']) delete self[name]"
)


@dataclass(frozen=True, slots=True)
class _Running:
    """A browser with the driver that speaks to it."""

    driver: "Playwright"
    chromium: "Chromium"


class Browser:
    """Opens pages in a browser that begins when the first one is wanted."""

    def __init__(self, policy: FetchPolicy) -> None:
        self._wanted = policy.browser
        self._turns = asyncio.Semaphore(PAGES)
        self._beginning = asyncio.Lock()
        self._running: _Running | None = None

    async def open(self, url: str, *, user_agent: str | None) -> "BrowserContext":
        """Wait for a turn and open an empty window without cookies, history or leave to do anything else.

        ``url`` is what the error speaks of. Raises LocalFailure ``no_browser`` and ``browser_crash``.
        """
        await self._turns.acquire()
        context = None
        try:
            context = await self._opened(url, user_agent)
        except _errors() as error:
            raise LocalFailure(url, "browser_crash", f"the browser ended: {said(error)}") from error
        finally:
            if context is None:
                self._turns.release()
        return context

    async def _opened(self, url: str, user_agent: str | None) -> "BrowserContext":
        try:
            return await self._window(url, user_agent)
        except _errors():  # it died since the last page, and only now it shows
            await self.close()
            return await self._window(url, user_agent)

    async def _window(self, url: str, user_agent: str | None) -> "BrowserContext":
        running = await self._started(url)
        context = await running.chromium.new_context(
            user_agent=user_agent, service_workers="block", accept_downloads=False
        )
        await context.add_init_script(_NO_PEERS)
        return context

    async def leave(self, context: "BrowserContext") -> None:
        """Close a window and give the turn back. A browser that does not obey is ended."""
        try:
            async with asyncio.timeout(_CLOSE):
                await context.close()
        except TimeoutError:
            await self.close()
        except _errors():
            pass  # it had ended by itself
        finally:
            self._turns.release()

    async def check(self) -> str:
        """Begin the browser and return its version. Raises LocalFailure ``no_browser``."""
        running = await self._started("the browser")
        return running.chromium.version

    async def close(self) -> None:
        """End the browser, if it runs. It may be wanted again."""
        running, self._running = self._running, None
        if running is None:
            return
        for end in (running.chromium.close, running.driver.stop):
            with suppress(TimeoutError, *_errors()):
                async with asyncio.timeout(_END):
                    await end()

    async def _started(self, url: str) -> _Running:
        async with self._beginning:
            if self._running is not None and not self._running.chromium.is_connected():
                await self.close()
            if self._running is None:
                self._running = await _begun(url, self._wanted)
            return self._running


async def _begun(url: str, wanted: str) -> _Running:
    if not can_render():
        raise LocalFailure(url, "no_browser", RENDERING)
    playwright = await asyncio.to_thread(_library)
    driver = await playwright.async_playwright().start()
    chromium = None
    try:
        chromium = await driver.chromium.launch(**_options(wanted))
    except _errors() as error:
        raise LocalFailure(url, "no_browser", _cure(wanted, said(error))) from error
    finally:
        if chromium is None:
            await driver.stop()
    return _Running(driver, chromium)


def _options(wanted: str) -> dict[str, Any]:
    where = {} if not wanted else {"executable_path" if os.sep in wanted else "channel": wanted}
    return {
        **where,
        "args": list(_NO_NETWORK),
        "proxy": {"server": _NO_PROXY},
        # Chromium's sandbox does not work for root.
        "chromium_sandbox": os.geteuid() != 0,
        "timeout": _LAUNCH * 1000,
        # kabar ends it in its own time.
        "handle_sigint": False,
        "handle_sigterm": False,
        "handle_sighup": False,
    }


def _cure(wanted: str, words: str) -> str:
    if wanted:
        return f"the browser {wanted!r} cannot be begun (see fetch.browser): {words}"
    return (
        f"no browser can be begun: `playwright install chromium` brings one, or set fetch.browser ({words})"
    )


def _library() -> Any:
    """Load playwright, which takes a while."""
    import playwright.async_api

    return playwright.async_api


def _errors() -> tuple[type[Exception], ...]:
    """The errors of playwright; none where it is not installed."""
    if not can_render():
        return ()
    from playwright.async_api import Error

    return (Error,)


def said(error: BaseException) -> str:
    """Return the first line of what playwright said, without the name of the call."""
    lines = [line.strip(" ╔╗║═╚╝") for line in str(error).splitlines()]
    first = next((line for line in lines if line), type(error).__name__)
    return first.partition(": ")[2][:200] or first[:200]
