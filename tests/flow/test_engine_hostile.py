"""The Engine against servers that lie, dawdle, cut off and pour out."""

import asyncio
import gzip
import itertools
import random
import ssl
import sys
import time
import tracemalloc
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import brotli
import pytest

from spiders.errors import FetchError, FetchFailed, FetchRefused
from spiders.items import FetchOptions, Target
from tests.certificates import tls
from tests.flow.loopback import Route, Visit, Web, answer, flow, running, serving

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

TEXT = b"news " * 2000
NOISE = random.Random(1).randbytes(20_000)


@pytest.fixture(params=[None, "chrome"], ids=["plainly", "as_a_browser"], autouse=True)
def carried(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each test twice: whoever carries an exchange is held to the same."""
    monkeypatch.setattr(Web, "options", FetchOptions(impersonate=request.param))


def raw_deflate(data: bytes) -> bytes:
    return zlib.compress(data, wbits=-15)


ENCODED = {
    "gzip": gzip.compress(TEXT),
    "x-gzip": gzip.compress(TEXT),
    "GZIP": gzip.compress(TEXT[:5000]) + gzip.compress(TEXT[5000:]) + b"\0" * 20,
    "deflate": zlib.compress(TEXT),
    " deflate": raw_deflate(TEXT),
    "br": brotli.compress(TEXT),
    "zstd": zstd.compress(TEXT),
    "Zstd": zstd.compress(TEXT[:10]) + zstd.compress(TEXT[10:]),
    "identity": TEXT,
    "gzip, identity": gzip.compress(TEXT),
    "br, gzip": gzip.compress(brotli.compress(TEXT)),
    "gzip,gzip": gzip.compress(gzip.compress(TEXT)),
}


@pytest.mark.parametrize("encoding", ENCODED)
@flow
async def test_encodings_are_undone(encoding: str) -> None:
    async with (
        serving(x=answer(200, ENCODED[encoding], Content_Encoding=encoding)) as web,
        running() as engine,
    ):
        for call in (engine.poll, engine.fetch):
            fetch = await call(web.page("/x"))
            assert fetch.body == TEXT
            assert not fetch.truncated


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
@flow
async def test_a_plain_body_under_a_wrong_label_is_read(encoding: str) -> None:
    body = b"<rss version='2.0'>" + TEXT
    async with serving(x=answer(200, body, Content_Encoding=encoding)) as web, running() as engine:
        assert (await engine.poll(web.feed("/x"))).body == body


async def refused(route: Route, *, timeout: float = 5.0, most: int = 1_000_000) -> FetchError:
    async with (
        serving(x=route) as web,
        running(max_feed_bytes=most, max_page_bytes=most, timeout=timeout) as engine,
    ):
        errors = []
        for call in (engine.poll, engine.fetch):
            with pytest.raises(FetchError) as caught:
                await call(web.feed("/x"))
            errors.append(caught.value)
            assert "\n" not in str(caught.value)
        assert errors[0].reason == errors[1].reason
        assert type(errors[0]) is type(errors[1])
        return errors[0]


UNDECODABLE = {
    "three layers": ("gzip,gzip,gzip", gzip.compress(gzip.compress(gzip.compress(b"x" * 10**6)))),
    "unknown": ("lzma", TEXT),
    "broken": ("gzip", gzip.compress(NOISE.hex().encode())[:9000] + b"garbage" * 500),
    "wrong sum": ("gzip", gzip.compress(NOISE)[:-8] + bytes(8)),
    "no zstd": ("zstd", NOISE),
    "no br": ("br", NOISE),
    "two labels on none": ("gzip, br", TEXT),
}


@pytest.mark.parametrize("name", UNDECODABLE)
@flow
async def test_bodies_that_cannot_be_decoded(name: str) -> None:
    encoding, body = UNDECODABLE[name]
    error = await refused(answer(200, body, Content_Encoding=encoding))
    assert (type(error), error.reason) == (FetchRefused, "bad_encoding")


BOMBS: dict[str, tuple[str, int, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", 64_000_000, gzip.compress),
    "deflate": ("deflate", 64_000_000, zlib.compress),
    "br": ("br", 64_000_000, partial(brotli.compress, quality=5)),
    "zstd": ("zstd", 64_000_000, zstd.compress),
    "twice": ("gzip, gzip", 64_000_000, lambda zeros: gzip.compress(gzip.compress(zeros))),
    "one byte": ("gzip", 1_000_001, gzip.compress),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_cheaply(name: str) -> None:
    encoding, size, packed = BOMBS[name]
    body = packed(bytes(size))

    @flow
    async def story() -> None:
        began = time.process_time()
        error = await refused(answer(200, body, Content_Encoding=encoding))
        assert (type(error), error.reason) == (FetchRefused, "oversize")
        assert "1,000,000" in error.message
        assert time.process_time() - began < 1.0

    tracemalloc.start()
    story()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 24_000_000


@flow
async def test_the_limit_itself_is_allowed() -> None:
    body = b"x" * 1_000_000
    for each in (answer(200, body), answer(200, gzip.compress(body), Content_Encoding="gzip")):
        async with serving(x=each) as web, running(max_page_bytes=1_000_000) as engine:
            assert (await engine.fetch(web.page("/x"))).body == body


@flow
async def test_feeds_and_pages_have_limits_of_their_own() -> None:
    async with (
        serving(x=answer(200, b"x" * 2000)) as web,
        running(max_feed_bytes=3000, max_page_bytes=1000) as engine,
    ):
        assert len((await engine.poll(web.feed("/x"))).body) == 2000
        with pytest.raises(FetchRefused, match="1,000 bytes"):
            await engine.fetch(web.page("/x"))


async def endless_body(visit: Visit) -> None:
    await visit.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        await visit.send(b"4000\r\n" + b" " * 0x4000 + b"\r\n")


async def endless_unframed(visit: Visit) -> None:
    await visit.send(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        await visit.send(b" " * 10_000)


async def ten_terabytes(visit: Visit) -> None:
    await visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000000\r\n\r\n")
    await asyncio.sleep(20)


@pytest.mark.parametrize("route", [endless_body, endless_unframed, ten_terabytes])
@flow
async def test_what_never_ends_is_oversize(route: Route) -> None:
    error = await refused(route)
    assert (type(error), error.reason) == (FetchRefused, "oversize")


async def endless_headers(visit: Visit) -> None:
    await visit.send(b"HTTP/1.1 200 OK\r\n")
    for number in itertools.count():
        await visit.send(b"X-%d: %s\r\n" % (number, b"h" * 1000))


async def endless_line(visit: Visit) -> None:
    await visit.send(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        await visit.send(b"h" * 10_000)


@pytest.mark.parametrize(
    "route",
    [
        endless_headers,
        endless_line,
        b"HTTP/1.1 200 OK\r\nX: " + b"h" * 20_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n",
    ],
)
@flow
async def test_headers_have_an_end(route: Route) -> None:
    error = await refused(route)
    assert (type(error), error.reason) == (FetchRefused, "headers_too_large")


@pytest.mark.parametrize(
    "route",
    [
        b"<html>HTTP/0.9</html>\r\n\r\n",
        b"\x16\x03\x01\x00\xa5\x01\x00\x00\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
    ],
)
@flow
async def test_what_is_not_http(route: Route) -> None:
    error = await refused(route)
    assert (type(error), error.reason) == (FetchFailed, "bad_http")


HEAD = b'HTTP/1.1 200 OK\r\nETag: "1"\r\n'


async def cut_length(visit: Visit) -> None:
    await visit.send(HEAD + b"Content-Length: 100000\r\n\r\n" + TEXT)


async def cut_chunks(visit: Visit) -> None:
    await visit.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(TEXT), TEXT))


async def cut_gzip(visit: Visit) -> None:
    data = gzip.compress(bytes(range(256)) * 50, compresslevel=0)[:10_000]
    await visit.send(HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s" % (len(data), data))


async def reset(visit: Visit) -> None:
    await visit.send(HEAD + b"Content-Length: 100000\r\n\r\n" + TEXT)
    await asyncio.sleep(0.05)
    visit.reset()


async def broken_chunks(visit: Visit) -> None:
    await visit.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(TEXT), TEXT))
    await asyncio.sleep(0.05)
    await visit.send(b"wxyz\r\nhello\r\n0\r\n\r\n")
    await asyncio.sleep(20)


@pytest.mark.parametrize("route", [cut_length, cut_chunks, cut_gzip, reset, broken_chunks])
@flow
async def test_a_cut_body_is_marked(route: Route) -> None:
    async with serving(x=route) as web, running() as engine:
        for call in (engine.poll, engine.fetch):
            fetch = await call(web.page("/x"))
            assert fetch.truncated
            assert len(fetch.body) > 9000


async def nothing(visit: Visit) -> None:
    return None


async def only_the_head(visit: Visit) -> None:
    await visit.send(HEAD + b"Content-Length: 100000\r\n\r\n")


async def aborted(visit: Visit) -> None:
    visit.reset()


async def only_a_broken_chunk(visit: Visit) -> None:
    await visit.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    await asyncio.sleep(0.05)
    await visit.send(b"wxyz\r\nhello\r\n0\r\n\r\n")
    await asyncio.sleep(20)


@pytest.mark.parametrize("route", [nothing, only_the_head, aborted, only_a_broken_chunk])
@flow
async def test_a_cut_before_anything_came(route: Route) -> None:
    error = await refused(route)
    assert (type(error), error.reason) == (FetchFailed, "connection_reset")


async def silent(visit: Visit) -> None:
    await asyncio.sleep(20)


async def trickle(visit: Visit) -> None:
    await visit.send(HEAD + b"Content-Length: 100000\r\n\r\n")
    while True:
        await visit.send(b"x")
        await asyncio.sleep(0.02)


async def early_hints(visit: Visit) -> None:
    while True:
        await visit.send(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 10)
        await asyncio.sleep(0.005)


@pytest.mark.parametrize("route", [silent, trickle, early_hints])
@flow
async def test_time_is_total(route: Route) -> None:
    began = time.perf_counter()
    error = await refused(route, timeout=0.2)
    assert (type(error), error.reason) == (FetchFailed, "timeout")
    assert time.perf_counter() - began < 1.5


@flow
async def test_time_runs_over_all_hops() -> None:
    async def around(visit: Visit) -> bytes:
        await asyncio.sleep(0.3)
        return answer(302, Location=f"/x?{len(visit.path)}" + "y" * len(visit.path))

    async with serving() as web, running(timeout=0.75, max_redirects=20) as engine:
        web.routes = _Everywhere(around)
        with pytest.raises(FetchFailed) as caught:
            await engine.poll(web.feed("/x"))
        assert caught.value.reason == "timeout"
        assert len(web.visits) == 3


class _Everywhere(dict[str, Route]):
    def __init__(self, route: Route) -> None:
        super().__init__()
        self.route = route

    def get(self, path: str, default: object = None) -> Route:
        return self.route


@flow
async def test_connections_that_fail() -> None:
    async with serving() as web, running() as engine:
        cases = [
            (f"http://127.0.0.3:{web.port}/", "connection_refused"),
            ("http://no-such-name.invalid/", "dns"),
        ]
        for url, reason in cases:
            for call in (engine.poll, engine.fetch):
                with pytest.raises(FetchFailed) as caught:
                    await call(Target(url=url, kind="page", options=Web.options))
                assert (caught.value.reason, caught.value.url) == (reason, url)
                assert caught.value.transient


@flow
async def test_certificates_are_verified(tmp_path: Path) -> None:
    web = Web({"/x": answer(200, b"x")})
    server = await asyncio.start_server(web.serve, "127.0.0.1", 0, ssl=tls(tmp_path))
    port = server.sockets[0].getsockname()[1]
    async with running() as engine:
        for call in (engine.poll, engine.fetch):
            with pytest.raises(FetchFailed) as caught:
                await call(Target(url=f"https://127.0.0.1:{port}/x", kind="page", options=Web.options))
            assert caught.value.reason == "tls"
            assert "certificate" in caught.value.message
    server.close()
    assert web.visits == []


@flow
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({}, "signed by itself"),
        ({"issuer": "Nobody"}, "an authority that is not known"),
        ({"days": -1}, "has expired"),
        ({"address": "127.0.0.9"}, "for another address"),
    ],
)
async def test_what_is_wrong_with_a_certificate_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: dict[str, Any], words: str
) -> None:
    context = tls(tmp_path, **wrong)
    if "days" in wrong or "address" in wrong:  # only who trusts the signer finds fault with the rest
        trusting = ssl.create_default_context(cafile=tmp_path / "authority.pem")
        monkeypatch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", trusting)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    web = Web({"/x": answer(200, b"x")})
    server = await asyncio.start_server(web.serve, "127.0.0.1", 0, ssl=context)
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/x"
    async with running() as engine:
        with pytest.raises(FetchFailed) as caught:
            await engine.poll(Target(url=url, kind="feed", options=Web.options))
    server.close()
    assert caught.value.reason == "tls"
    assert words in caught.value.message


@flow
async def test_a_server_that_speaks_no_tls() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(answer(400))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with running() as engine:
        with pytest.raises(FetchFailed) as caught:
            await engine.poll(Target(url=f"https://127.0.0.1:{port}/x", kind="feed", options=Web.options))
    server.close()
    assert caught.value.reason == "tls"


@flow
async def test_one_bad_answer_spoils_no_other() -> None:
    async with (
        serving(bad=endless_headers, good=answer(200, b"x")) as web,
        running(polls=2, pages=2) as engine,
    ):
        calls = [
            call(web.page(path))
            for _ in range(10)
            for path in ("/bad", "/good")
            for call in (engine.poll, engine.fetch)
        ]
        results = await asyncio.gather(*calls, return_exceptions=True)
        good = [result for result in results if not isinstance(result, BaseException)]
        assert len(good) == 20
        assert {error.reason for error in results if isinstance(error, FetchError)} == {"headers_too_large"}


@flow
async def test_a_body_that_trickles_is_given_up() -> None:
    async def drip(visit: Visit) -> bytes | None:
        await visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            await visit.send(b"x" * 10)
            await asyncio.sleep(0.02)

    async with serving(x=drip) as web, running(slow_after=0.1, timeout=20.0) as engine:
        for call in (engine.poll, engine.fetch):
            with pytest.raises(FetchFailed) as caught:
                await call(web.page("/x"))
            assert caught.value.reason == "too_slow"
