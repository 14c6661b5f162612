"""Pages per client CPU second: our poll and article paths against Scrapy as it comes out of the box.

Run with ``pytest -m bench -s tests/bench/bench_fetch.py``. Every measurement is a process of its own, the
server another; rounds are interleaved and medians compared, so only ratios mean anything.
"""

import asyncio
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.ports import free_port

pytestmark = pytest.mark.bench

HOSTS = [f"127.1.0.{number}" for number in range(1, 51)]
PAGE = (
    b"<!doctype html><html><body>"
    + b"<p>All the news that is fit to be served here.</p>" * 620
    + b"</body></html>"
)
ROUNDS = 5
PAGES = {"poll": 4000, "article": 3000, "scrapy": 1500}
WARM = 200


class _Pages(asyncio.Protocol):
    """The least HTTP server that keeps connections open: one page for every address, 404 for robots.txt."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.pending = b""

    def data_received(self, data: bytes) -> None:
        self.pending += data
        while b"\r\n\r\n" in self.pending:
            head, _, self.pending = self.pending.partition(b"\r\n\r\n")
            self.transport.write(MISSING if b" /robots.txt " in head else ANSWER)


ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nServer: bench\r\nETag: "1"\r\n'
ANSWER += b"Date: Mon, 06 Oct 2025 08:00:00 GMT\r\nCache-Control: max-age=60\r\nVary: Accept-Encoding\r\n"
ANSWER += b"Content-Length: %d\r\n\r\n" % len(PAGE) + PAGE
MISSING = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    port = free_port(*HOSTS)
    server = await loop.create_server(_Pages, HOSTS, port)
    print(port, flush=True)
    await server.serve_forever()


def _urls(port: int, count: int) -> list[str]:
    return [f"http://{HOSTS[number % len(HOSTS)]}:{port}/page/{number}" for number in range(count)]


async def _ours(mode: str, port: int, count: int) -> float:
    from spiders.engine import Engine
    from spiders.items import Document, Fetch, Target
    from spiders.policy import FetchPolicy

    async def read(fetch: Fetch) -> Document:
        return Document(url=fetch.url, requested_url=fetch.requested_url, fetched_at=fetch.fetched_at)

    engine = Engine(FetchPolicy(user_agent="kabar-bench", allow_private=True), read=read, clock=time.time)
    await engine.start()
    call = engine.poll if mode == "poll" else engine.read_article
    todo = iter(_urls(port, count + WARM))

    async def work(most: int) -> None:
        for _, url in zip(range(most), todo, strict=False):
            await call(Target(url=url, kind="page"))

    await asyncio.gather(*(work(WARM // 25) for _ in range(25)))
    began = time.process_time()
    await asyncio.gather(*(work(count) for _ in range(32)))
    spent = time.process_time() - began
    await engine.stop(2.0)
    return spent


def _scrapy(port: int, count: int) -> float:
    import scrapy
    from scrapy.crawler import CrawlerProcess

    began = 0.0
    seen = 0

    class Plain(scrapy.Spider):
        name = "plain"
        start_urls = _urls(port, count + WARM)

        def parse(self, response: scrapy.http.Response) -> object:
            nonlocal began, seen
            seen += 1
            if seen == WARM:
                began = time.process_time()
            yield {"url": response.url, "size": len(response.body)}

    process = CrawlerProcess({"LOG_LEVEL": "ERROR"})
    process.crawl(Plain)
    process.start()
    assert seen == count + WARM, f"only {seen} pages arrived"
    return time.process_time() - began


def _client(mode: str, port: int) -> None:
    count = PAGES[mode]
    spent = _scrapy(port, count) if mode == "scrapy" else asyncio.run(_ours(mode, port, count))
    print(json.dumps({"mode": mode, "rate": count / spent}))


def _measure(mode: str, port: int) -> float:
    command = [sys.executable, __file__, mode, str(port)]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=root)
    assert done.returncode == 0, done.stderr[-2000:]
    return float(json.loads(done.stdout.splitlines()[-1])["rate"])


@pytest.mark.timeout(900)
def test_pages_per_cpu_second() -> None:
    server = subprocess.Popen([sys.executable, __file__, "serve"], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        rates: dict[str, list[float]] = {mode: [] for mode in PAGES}
        for _ in range(ROUNDS):
            for mode, found in rates.items():
                found.append(_measure(mode, port))
    finally:
        server.terminate()
        server.wait(10)
    median = {mode: statistics.median(found) for mode, found in rates.items()}
    poll, article = median["poll"] / median["scrapy"], median["article"] / median["scrapy"]
    print(f"\npages per CPU second: {', '.join(f'{mode} {rate:,.0f}' for mode, rate in median.items())}")
    print(f"ratio to Scrapy's defaults: poll {poll:.1f}, article {article:.1f}")
    assert poll >= 5.0
    assert article >= 2.5


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    if sys.argv[1] == "serve":
        asyncio.run(_serve())
    else:
        _client(sys.argv[1], int(sys.argv[2]))
