"""The smallest HTTP server that can also misbehave: raw bytes on loopback, every request written down."""

import asyncio
import contextlib
import functools
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, ClassVar

from spiders.engine import Engine
from spiders.items import AS_USUAL, Document, Fetch, FetchOptions, Robots, Target
from spiders.policy import FetchPolicy
from tests.ports import free_port

Route = bytes | Callable[["Visit"], Awaitable[bytes | None]]


@dataclass
class Visit:
    """One request, with the connection it came on."""

    path: str
    headers: dict[str, str]
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    def reset(self) -> None:
        """Break the connection off with RST instead of FIN."""
        now = struct.pack("ii", 1, 0)
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
        transport = self.writer.transport
        transport.abort()


@dataclass
class Web:
    """Routes by path; ``visits`` in order of arrival; ``most`` is how many were served at once."""

    routes: dict[str, Route] = field(default_factory=dict)
    visits: list[Visit] = field(default_factory=list)
    port: int = 0
    now: int = 0
    most: int = 0
    options: ClassVar[FetchOptions] = AS_USUAL
    """How its targets are fetched, unless they say otherwise."""
    serving: "set[asyncio.Task[None]]" = field(default_factory=set)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def paths(self) -> list[str]:
        return [visit.path for visit in self.visits]

    def page(self, path: str, **kwargs: Any) -> Target:
        return Target(url=self.base + path, kind="page", **{"options": self.options, **kwargs})

    def feed(self, path: str, **kwargs: Any) -> Target:
        return Target(url=self.base + path, kind="feed", **{"options": self.options, **kwargs})

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.serving.add(task)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await self._answer(reader, writer):
                pass
        self.serving.discard(task)
        writer.close()

    async def hang_up(self) -> None:
        """End every connection."""
        for task in self.serving:
            task.cancel()
        while self.serving:
            await asyncio.sleep(0)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; False closes the connection."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("utf-8", "surrogateescape")
        first, *lines = head.rstrip().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        visit = Visit(first.split(" ")[1], headers, writer)
        self.visits.append(visit)
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            route = self.routes.get(visit.path, answer(404))
            data = route if isinstance(route, bytes) else await route(visit)
            if data is None:
                return False
            await visit.send(data)
        finally:
            self.now -= 1
        return b"\r\nConnection: close\r\n" not in data


def answer(status: int = 200, body: bytes = b"", **headers: str) -> bytes:
    """A whole, honest answer. Underscores in header names are dashes."""
    lines = [f"HTTP/1.1 {status} Anything", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    bare = status in (204, 304)
    if bare:
        del lines[1]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + (b"" if bare else body)


@contextlib.asynccontextmanager
async def serving(**routes: Route) -> AsyncIterator[Web]:
    """A server on 127.0.0.1, and on 127.0.0.2 with the same port."""
    web = Web({f"/{name}": route for name, route in routes.items()})
    web.port = free_port("127.0.0.1", "127.0.0.2")
    first = await asyncio.start_server(web.serve, "127.0.0.1", web.port)
    second = await asyncio.start_server(web.serve, "127.0.0.2", web.port)
    try:
        yield web
    finally:
        first.close()
        second.close()
        await web.hang_up()


@dataclass
class Clock:
    """Epoch seconds that stand still until told otherwise."""

    now: float = 1_760_000_000.0

    def __call__(self) -> float:
        return self.now


async def titled(fetch: Fetch) -> Document:
    """The least reader: the body is the title."""
    return Document(
        url=fetch.url,
        requested_url=fetch.requested_url,
        fetched_at=fetch.fetched_at,
        title=fetch.body.decode(),
    )


@contextlib.asynccontextmanager
async def running(
    *, read: Callable[[Fetch], Awaitable[Document]] = titled, clock: Clock | None = None, **policy: Any
) -> AsyncIterator[Engine]:
    """A started Engine; private addresses are allowed and robots.txt is ignored unless asked otherwise."""
    manners: dict[str, Any] = {"allow_private": True, "obey_robots": False, "timeout": 5.0, **policy}
    engine = Engine(FetchPolicy(user_agent="kabar-test/1", **manners), read=read, clock=clock or Clock())
    await engine.start()
    try:
        yield engine
    finally:
        await engine.stop(1.0)


def flow(test: Callable[..., Coroutine[Any, Any, None]], *, seconds: float = 20) -> Callable[..., None]:
    """Run an asynchronous test in a loop of its own, which it must leave empty."""

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        async def whole() -> None:
            await asyncio.wait_for(test(*args, **kwargs), seconds)
            await asyncio.sleep(0.02)
            left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            assert not left, f"tasks left behind: {left}"

        asyncio.run(whole())

    return run


def robots(web: Web, text: str = "", *, status: int = 200, at: float = 1_760_000_000.0) -> Robots:
    """What is known of the server's robots.txt."""
    return Robots(origin=web.base, status=status, text=text, fetched_at=at)


def to_listen() -> int:
    """How many TCP sockets of this process listen."""
    import psutil

    return sum(1 for each in psutil.Process().net_connections("tcp") if each.status == psutil.CONN_LISTEN)
