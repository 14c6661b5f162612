"""One exchange that is about to go wrong: the request, the honest answer, and ways to send bytes by hand."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from crawler.demo.outlet import Answer, Outlet, conditional
from crawler.demo.server import Visit, response_of

PATIENCE = 0.02
MOST_BUFFERED = 256 * 1024


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a fault works with. ``target`` is the path whose honest answer it spoils."""

    request: web.BaseRequest
    visit: Visit
    outlet: Outlet
    target: str
    params: Mapping[str, str]

    def honest(self) -> Answer:
        """What the target would have answered, validators not yet compared."""
        return self.outlet.answer(self.target, self.outlet.clock())

    def reply(self, answer: Answer) -> web.StreamResponse:
        """Answer properly."""
        self.visit.status = answer.status
        return response_of(answer)

    def reply_honestly(self) -> web.StreamResponse:
        """Answer as the target does, with 304 where the validators hold."""
        return self.reply(conditional(self.honest(), self.request.headers))

    def number(self, name: str, default: float) -> float:
        return float(self.params.get(name, default))

    def text(self, name: str, default: str) -> str:
        return self.params.get(name, default)

    @property
    def connected(self) -> bool:
        """Whether the client is still there."""
        transport = self.request.transport
        return transport is not None and not transport.is_closing()

    async def until_gone(self) -> None:
        """Wait until the client gives up (or the newspaper is closed, which cancels this)."""
        while self.connected:
            await asyncio.sleep(PATIENCE)

    async def send(self, data: bytes) -> bool:
        """Put bytes on the wire as they are; False once the client has gone."""
        transport = self.request.transport
        if transport is None or transport.is_closing():
            return False
        transport.write(data)
        while self.connected and transport.get_write_buffer_size() > MOST_BUFFERED:
            await asyncio.sleep(PATIENCE / 10)
        return True

    def hang_up(self) -> web.Response:
        """Close the connection after what was sent; the value is only for returning, it never arrives."""
        if self.request.transport is not None:
            self.request.transport.close()
        return web.Response()

    async def reset(self) -> web.Response:
        """Break the connection with a TCP reset."""
        transport = self.request.transport
        if transport is not None:
            await asyncio.sleep(PATIENCE)
            sock = transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
        return web.Response()

    async def send_head(self, *headers: str, status: str = "200 OK") -> bool:
        """Send a status line and raw header lines."""
        self.visit.status = int(status.split()[0])
        return await self.send("\r\n".join([f"HTTP/1.1 {status}", *headers, "", ""]).encode("latin-1"))

    def honest_headers(self, answer: Answer) -> list[str]:
        """The answer's own headers as raw lines."""
        return [f"{name}: {value}" for name, value in answer.headers.items()]


Fault = Callable[[Exchange], Awaitable[web.StreamResponse]]
