"""Serve many sites on loopback, each on its own port, and write down who asked for what."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from aiohttp import web

from crawler.demo.outlet import Answer

Handler = Callable[[web.BaseRequest, "Visit"], Awaitable[web.StreamResponse]]


@dataclass(slots=True, kw_only=True)
class Visit:
    """One request as it arrived; ``status`` and ``done`` are filled in when it is answered."""

    at: float
    """Epoch seconds of the server's clock."""
    method: str
    outlet: str
    path: str
    """With its query string, as sent."""
    headers: Mapping[str, str] = field(repr=False)
    status: int = 0
    """0 until answered, and for ever when the answer was no proper one."""
    done: bool = False


def response_of(answer: Answer) -> web.Response:
    """Return an answer as aiohttp sends it."""
    return web.Response(status=answer.status, body=answer.body or None, headers=dict(answer.headers))


class Server:
    """Opens sites in the running loop; every visit is kept in ``visits`` in order of arrival."""

    def __init__(self, *, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.visits: list[Visit] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._sites: list[asyncio.Task[tuple[asyncio.Server, web.Server]]] = []

    @property
    def requests(self) -> list[tuple[str, str, str, int]]:
        """(method, outlet, path, status) of every visit so far."""
        return [(visit.method, visit.outlet, visit.path, visit.status) for visit in list(self.visits)]

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def open(self, name: str, handler: Handler, *, address: str = "127.0.0.1") -> str:
        """Start serving a site and return its base URL; may be called from any thread.

        The port listens before this returns; a request made at once waits for the loop's next turn.
        """
        if self._loop is None:
            raise RuntimeError("the server is not running; enter it first")
        sock = socket.create_server((address, 0), backlog=512)
        port = sock.getsockname()[1]
        self._loop.call_soon_threadsafe(self._start, name, handler, sock)
        return f"http://{address}:{port}"

    def _start(self, name: str, handler: Handler, sock: socket.socket) -> None:
        async def serve() -> tuple[asyncio.Server, web.Server]:
            async def receive(request: web.BaseRequest) -> web.StreamResponse:
                return await self._receive(name, handler, request)

            site = web.Server(receive, access_log=None)
            return await asyncio.get_running_loop().create_server(site, sock=sock), site

        self._sites.append(asyncio.get_running_loop().create_task(serve()))

    async def _receive(self, name: str, handler: Handler, request: web.BaseRequest) -> web.StreamResponse:
        visit = Visit(
            at=self.clock(),
            method=request.method,
            outlet=name,
            path=request.raw_path,
            headers=request.headers,
        )
        self.visits.append(visit)
        try:
            response = await handler(request, visit)
        finally:
            visit.done = True
        return response

    async def close(self) -> None:
        """Stop all sites at once; exchanges under way are cut."""
        self._loop = None
        for task in self._sites:
            listener, site = await task
            listener.close()
            site.pre_shutdown()
            await site.shutdown(0.05)
        self._sites.clear()
