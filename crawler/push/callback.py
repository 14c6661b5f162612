"""The callback: answer hubs that verify, and receive what they push (WebSub, 5.3 and 7).

It stands open to the internet. Who does not know a token learns nothing, bodies and times are limited, and
what is pushed is never more than a poll could have found.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from crawler.errors import CannotListen
from crawler.push.delivery import hint
from crawler.push.inbox import Inbox, Limiter, Push
from crawler.websub.protocol import Confirmed, Denied, intent, seal
from crawler.worker import Worker
from storage.errors import StorageError
from storage.hub import Subscription
from storage.store import Store

log = logging.getLogger(__name__)

PATH = "/websub"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_CLOSING = 0.3
"""Seconds that answers under way have when the daemon stops."""
_OVER = ("leaving", "ended", "denied")


class Callback:
    """Answers the requests of hubs to ``/websub/TOKEN``."""

    def __init__(self, worker: Worker, inbox: Inbox) -> None:
        self._worker = worker
        self._inbox = inbox
        clock = asyncio.get_running_loop().time
        self._each = Limiter(burst=20, per_second=0.5, clock=clock)
        self._all = Limiter(burst=200, per_second=50, clock=clock)

    def application(self) -> web.Application:
        """Return the web application with the two routes."""
        application = web.Application(client_max_size=self._worker.settings.fetch.max_feed_bytes)
        application.router.add_get(f"{PATH}/{{token}}", self.verify, allow_head=False)
        application.router.add_post(f"{PATH}/{{token}}", self.receive)
        application.on_response_prepare.append(_plain)
        return application

    async def verify(self, request: web.Request) -> web.Response:
        """Answer a hub that asks whether we mean it, or that says no."""
        worker = self._worker
        try:
            subscription = await self._meant(request)
            verdict = await worker.in_store(
                judged,
                worker.store,
                subscription,
                dict(request.query),
                now=worker.clock(),
                chance=worker.chance(),
            )
        except StorageError as error:
            raise _unable(error) from error
        if verdict is None:
            raise web.HTTPNotFound(text="")
        if isinstance(verdict, Denied):
            said = verdict.subscription.last_error
            log.warning("a hub denied a subscription", extra={"url": subscription.topic, "error": said})
            return web.Response(text="")
        log.info("a hub verified", extra={"url": subscription.topic, "hub": subscription.hub})
        return web.Response(text=verdict.challenge)

    async def receive(self, request: web.Request) -> web.Response:
        """Take in what a hub pushes. What is not signed as agreed is acknowledged and not used (7.1)."""
        try:
            subscription = await self._meant(request)
            if subscription.state in _OVER:
                raise web.HTTPGone(text="")
            body = await request.read()
            await self._sort(subscription, body, request)
        except StorageError as error:
            raise _unable(error) from error
        return web.Response(status=202)

    async def _meant(self, request: web.Request) -> Subscription:
        """Return the subscription a request names. Raises 404, or 429 when it comes too often."""
        token = request.match_info["token"]
        if not _TOKEN.fullmatch(token):
            raise web.HTTPNotFound(text="")
        if not (self._all.allows("") and self._each.allows(token)):
            raise web.HTTPTooManyRequests(text="", headers={"Retry-After": "60"})
        subscription = await self._worker.in_store(self._worker.store.subscriptions.by_token, token)
        if subscription is None:
            raise web.HTTPNotFound(text="")
        return subscription

    async def _sort(self, subscription: Subscription, body: bytes, request: web.Request) -> None:
        worker = self._worker
        found = seal(subscription.secret, body, request.headers.get("X-Hub-Signature"))
        if found != "signed":
            await worker.in_store(worker.store.subscriptions.count_refused, subscription.id)
            log.info("a push was not signed as agreed", extra={"url": subscription.topic, "signature": found})
        if found == "forged":
            return
        push = Push(
            subscription_id=subscription.id,
            source_id=subscription.source_id,
            body=body,
            content_type=request.headers.get("Content-Type", ""),
        )
        if found == "unsigned" or not self._inbox.put(push):
            rest = worker.settings.poll.min_interval
            await worker.in_store(hint, worker.store, push.source_id, now=worker.clock(), rest=rest)


def judged(
    store: Store, subscription: Subscription, query: dict[str, str], *, now: float, chance: float
) -> Confirmed | Denied | None:
    """Judge what a hub asks of a subscription as it stands now, and store what becomes of it."""
    verdicts: list[Confirmed | Denied] = []

    def decide(current: Subscription) -> Subscription:
        verdict = intent(current, query, now=now, chance=chance)
        if verdict is None:
            return current
        verdicts.append(verdict)
        return verdict.subscription

    store.subscriptions.revise(subscription.id, decide)
    return verdicts[0] if verdicts else None


def _unable(error: StorageError) -> web.HTTPServiceUnavailable:
    log.error("%s", error)
    return web.HTTPServiceUnavailable(text="", headers={"Retry-After": "60"})


async def _plain(_: web.Request, response: web.StreamResponse) -> None:
    """Say nothing of what we run on, let nobody take an answer for a page, and end the connection."""
    response.headers["Server"] = "kabar"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Type"] = "text/plain; charset=utf-8"
    response.force_close()


@asynccontextmanager
async def listening(worker: Worker, inbox: Inbox) -> AsyncIterator[None]:
    """Listen for hubs while open. Raises CannotListen when the address is not to be had.

    A connection lives no longer than one exchange may take: slow senders are cut off.
    """
    settings, loop = worker.settings.web, asyncio.get_running_loop()
    runner = web.AppRunner(Callback(worker, inbox).application(), access_log=None, shutdown_timeout=_CLOSING)
    await runner.setup()
    server = runner.server

    def connected() -> asyncio.Protocol:
        protocol: web.RequestHandler = server()  # type: ignore[misc]
        loop.call_later(worker.settings.fetch.timeout, _cut, protocol)
        return protocol

    try:
        listener = await loop.create_server(connected, settings.host, settings.port)
    except (OSError, OverflowError) as error:
        await runner.cleanup()
        raise CannotListen(settings.host, settings.port, _reason(error)) from error
    try:
        yield
    finally:
        listener.close()
        await runner.cleanup()


def _cut(protocol: web.RequestHandler) -> None:
    if isinstance(protocol.transport, asyncio.Transport):
        protocol.transport.abort()


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()
