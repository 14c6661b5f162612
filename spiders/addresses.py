"""At most so many exchanges at a time with one address: many hosts may stand on one server.

A bound and not a lane: content networks serve thousands of sites from one address, which can bear it.
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import aiohttp
from aiohttp.client_reqrep import ClientRequest
from aiohttp.connector import Connection
from aiohttp.tracing import Trace

from spiders.errand import under_way

Address = tuple[str, int]


class Places:
    """``most`` places at each address; who finds none waits, first come, first served."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: Counter[Address] = Counter()
        self._waiting: dict[Address, deque[asyncio.Future[None]]] = {}

    def take(self, address: Address) -> bool:
        """Take a place if one is free."""
        if self._taken[address] >= self._most:
            return False
        self._taken[address] += 1
        return True

    def give_back(self, address: Address) -> None:
        """Give a place back: to whoever has waited longest, if somebody does."""
        queue = self._waiting.get(address, deque())
        while queue:
            waiter = queue.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
        self._waiting.pop(address, None)
        self._taken[address] -= 1
        if not self._taken[address]:
            del self._taken[address]

    async def wait(self, address: Address) -> None:
        """Wait for a place and take it."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(address, deque()).append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self.give_back(address)
            raise


class BoundedConnector(aiohttp.TCPConnector):
    """Hands out connections, at most ``per_address`` at a time to one address and port.

    It is the address that the socket is really connected to, whatever its name resolves to meanwhile. A
    connection for which there is no place yet is put aside, and the time of waiting is not the errand's.
    """

    def __init__(self, *, per_address: int, **options: Any) -> None:
        super().__init__(**options)
        self._places = Places(per_address)

    async def connect(
        self, req: ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout
    ) -> Connection:
        """Return a connection with a place at its address, which it gives back when it is released."""
        held: Address | None = None
        try:
            while True:
                connection = await super().connect(req, traces, timeout)
                address = _address(connection)
                if held not in (None, address):  # its name stands for another address by now
                    self._give_back(held)
                    held = None
                if address is None or held == address or self._places.take(address):
                    held = None
                    connection.add_callback(partial(self._give_back, address))
                    return connection
                connection.release()
                await under_way(self._places.wait(address))
                held = address
        finally:
            self._give_back(held)

    async def resolve(self, host: str, port: int) -> list[str]:
        """Return the IP addresses of a host, by the resolver and the cache of all other exchanges.

        Raises OSError.
        """
        return [found["host"] for found in await self._resolve_host(host, port)]

    @asynccontextmanager
    async def place(self, address: Address) -> AsyncIterator[None]:
        """Hold a place at an address while open, for an exchange over a connection that is not ours."""
        if not self._places.take(address):
            await under_way(self._places.wait(address))
        try:
            yield
        finally:
            self._places.give_back(address)

    def _give_back(self, address: Address | None) -> None:
        if address is not None:
            self._places.give_back(address)


def _address(connection: Connection) -> Address | None:
    transport = connection.transport
    peer = transport.get_extra_info("peername") if transport is not None else None
    return (str(peer[0]), int(peer[1])) if peer else None
