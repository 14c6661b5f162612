"""The daemon with a stopwatch: how late are its polls, and how does its memory grow?

``python -m tests.scaling STORE SECONDS`` runs the real daemon on a store and prints one JSON line at the end.
``python -m tests.scaling serve`` answers for any number of hosts on 127.0.0.0/8 and prints its port.
"""

import asyncio
import json
import os
import resource
import sys
import threading
import time
from array import array
from datetime import UTC, datetime

from crawler import daemon
from crawler.events import Event, PollDone
from crawler.settings import load

NEWS_EVERY = 50
"""One poll in so many brings a feed with a new entry; the others end in a 304."""


class Stopwatch:
    """Takes the lag of every poll (seconds between due and asked) and looks at the memory now and then."""

    def __init__(self) -> None:
        self.lags = array("f")  # small, or the stopwatch itself would be most of what grows
        self.memory: list[tuple[int, float]] = []
        self.failed = 0

    def __call__(self, event: Event) -> None:
        """Take note of an event; everything else is what the daemon does anyway."""
        if not isinstance(event, PollDone):
            return
        self.lags.append(event.result.at - event.result.seconds - event.source.next_due_at)
        self.failed += event.result.outcome == "failed"
        if len(self.lags) % 1_000 == 0:
            self.memory.append((len(self.lags), resident_mb()))


def resident_mb() -> float:
    """Return the memory this process holds, in MB."""
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def measure(database: str, seconds: float) -> dict[str, object]:
    """Run the daemon for so long and say what was seen."""
    watch, told = Stopwatch(), daemon.log_event

    def listen(event: Event) -> None:
        watch(event)
        told(event)

    daemon.log_event = listen
    settings = load(flags={"database": database}).settings
    threading.Timer(seconds, os.kill, (os.getpid(), 15)).start()
    began = time.monotonic()
    daemon.run_daemon(settings, once=False, starters=False)
    spent = time.monotonic() - began
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "polls": len(watch.lags),
        "failed": watch.failed,
        "seconds": spent,
        "cpu": usage.ru_utime + usage.ru_stime,
        "lags": sorted(watch.lags),
        "memory": watch.memory,
        "peak_mb": usage.ru_maxrss / 1e3,
    }


class Answering(asyncio.Protocol):
    """As little of an HTTP server as will do: it must not cost more than the daemon it is asked by."""

    polls = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin a connection."""
        self.transport, self.pending = transport, b""

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        self.pending += data
        while b"\r\n\r\n" in self.pending:
            head, _, self.pending = self.pending.partition(b"\r\n\r\n")
            self.transport.write(self.answer(head))  # type: ignore[attr-defined]

    def answer(self, head: bytes) -> bytes:
        """Answer one request: no robots.txt, a 304 for feeds, now and then a new entry and its page."""
        path = head.split(b" ", 2)[1].decode()
        if path == "/robots.txt":
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        if path.startswith("/story"):
            return _ok(_PAGE.replace("NUMBER", path[7:]), "text/html")
        Answering.polls += 1
        if Answering.polls % NEWS_EVERY:
            return b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n'
        host = next(line[6:] for line in head.split(b"\r\n") if line.lower().startswith(b"host:")).decode()
        now = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
        items = "".join(
            _ITEM.format(host=host, number=Answering.polls - back * NEWS_EVERY, date=now) for back in range(3)
        )
        return _ok(_FEED.format(host=host, items=items), "application/rss+xml")


def _ok(body: str, kind: str) -> bytes:
    data = body.encode()
    head = f'HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nETag: "a"\r\nContent-Length: {len(data)}\r\n\r\n'
    return head.encode() + data


_FEED = "<rss version='2.0'><channel><title>T</title><link>http://{host}/</link>{items}</channel></rss>"
_ITEM = (
    "<item><title>Story {number}</title><link>http://{host}/story/{number}</link><guid>{number}</guid>"
    "<pubDate>{date}</pubDate></item>"
)
_PAGE = (
    "<html><head><title>Story NUMBER</title></head><body><article><h1>Story NUMBER</h1>"
    + "".join(
        f"<p>Paragraph {n} of story NUMBER tells what happened that day in the town and who was there.</p>"
        for n in range(12)
    )
    + "</article></body></html>"
)


async def serve() -> None:
    """Answer until ended, and print the port first."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Answering, "0.0.0.0", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        asyncio.run(serve())
    else:
        print(json.dumps(measure(sys.argv[1], float(sys.argv[2]))))
