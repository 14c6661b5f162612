"""No private address is ever dialled: by spelling, by redirect, by name, by rebinding, behind a proxy."""

import itertools
import socket
from typing import Any

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from spiders import guard
from spiders.errors import FetchRefused
from spiders.items import FetchOptions, Target
from tests.flow.loopback import Visit, Web, answer, flow, running, serving

SPELLINGS = [
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "017700000001",
    "0x7f.1",
    "0x7f.0x0.0x0.0x1",
    "0177.0.0.1",
    "0177.1",
    "0",
    "0.0.0.0",
    "0x0",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "localhost",
    "LocalHost.",
    "x.localhost",
    "127.0.0.2",
    "１２７.０.０.１",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "127%2e0%2e0%2e1",
    "good.example@127.0.0.1",
    "[fe80::1%25lo]",
]


@pytest.fixture(params=[None, "chrome"], ids=["plainly", "as_a_browser"], autouse=True)
def carried(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each test twice: whoever carries an exchange is held to the same."""
    monkeypatch.setattr(Web, "options", FetchOptions(impersonate=request.param))


async def expect_refusal(call: Any, url: str) -> FetchRefused:
    with pytest.raises(FetchRefused) as caught:
        await call(Target(url=url, kind="page", options=Web.options))
    assert caught.value.reason in ("private_address", "bad_url")
    assert caught.value.url == url
    return caught.value


@flow
async def test_no_spelling_of_loopback_is_dialled() -> None:
    async with serving(x=answer(200, b"secret")) as web, running(allow_private=False) as engine:
        for spelling in SPELLINGS:
            for call in (engine.poll, engine.fetch):
                await expect_refusal(call, f"http://{spelling}:{web.port}/x")
        assert web.visits == []
        error = await expect_refusal(engine.poll, f"{web.base}/x")
        assert error.reason == "private_address"
        assert "127.0.0.1" in error.message
        assert "fetch.allow_private = true" in error.message


@flow
async def test_robots_do_not_hide_the_reason() -> None:
    async with serving() as web, running(allow_private=False, obey_robots=True) as engine:
        for url in (f"{web.base}/x", f"http://localhost:{web.port}/x"):
            assert (await expect_refusal(engine.poll, url)).reason == "private_address"
        assert web.visits == []


def test_names_are_resolved_without_threads() -> None:
    assert aiohttp.resolver.DefaultResolver is aiohttp.AsyncResolver


@flow
async def test_localhost_and_the_hosts_file_are_known() -> None:
    async with serving(x=answer(200, b"x")) as web, running() as engine:
        assert (
            await engine.poll(Target(url=f"http://localhost:{web.port}/x", kind="feed", options=Web.options))
        ).body == b"x"


class Names(AbstractResolver):
    """Resolves every name to the next of some answers."""

    answers: "itertools.cycle[list[str]]"

    def __init__(self, **_: object) -> None:
        pass

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=address, port=port, family=socket.AF_INET, proto=0, flags=0)
            for address in next(self.answers)
        ]

    async def close(self) -> None:
        pass


@pytest.fixture
def pretend_public(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let 127.0.0.2 count as public, because a test can reach nothing that is."""
    kind = guard.kind
    monkeypatch.setattr(
        guard, "kind", lambda address: guard.PUBLIC if address == "127.0.0.2" else kind(address)
    )
    guard.kind_of_host.cache_clear()
    monkeypatch.setattr("aiohttp.connector.DefaultResolver", Names)


def resolve_to(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> None:
    monkeypatch.setattr(Names, "answers", itertools.cycle(answers), raising=False)


async def where(visit: Visit) -> bytes:
    return answer(200, visit.writer.get_extra_info("sockname")[0].encode(), Connection="close")


@pytest.mark.usefixtures("pretend_public")
@flow
async def test_of_a_mixed_name_only_the_public_address_is_dialled(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, ["127.0.0.1", "127.0.0.2"], ["10.0.0.1", "127.0.0.2", "127.0.0.1"])
    monkeypatch.setattr("spiders.handler._DNS_TTL", 0)
    async with serving(x=where) as web, running(allow_private=False) as engine:
        for _ in range(6):
            fetch = await engine.poll(
                Target(url=f"http://news.example:{web.port}/x", kind="feed", options=Web.options)
            )
            assert fetch.body == b"127.0.0.2"


@pytest.mark.usefixtures("pretend_public")
@flow
async def test_a_name_that_changes_never_reaches_the_private_address(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, ["127.0.0.2"], ["127.0.0.1"])
    monkeypatch.setattr("spiders.handler._DNS_TTL", 0)
    bodies, refusals = [], []
    async with serving(x=where) as web, running(allow_private=False) as engine:
        for _ in range(20):
            try:
                fetch = await engine.poll(
                    Target(url=f"http://news.example:{web.port}/x", kind="feed", options=Web.options)
                )
                bodies.append(fetch.body)
            except FetchRefused as error:
                refusals.append(error.message)
    assert len(refusals) >= 8
    assert all("news.example is 127.0.0.1" in message for message in refusals)
    assert set(bodies) == {b"127.0.0.2"}


@pytest.mark.usefixtures("pretend_public")
@flow
async def test_a_name_with_private_addresses_alone_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, ["127.0.0.1", "10.0.0.1", "192.168.0.1"])
    async with serving(x=where) as web, running(allow_private=False) as engine:
        for call in (engine.poll, engine.fetch):
            error = await expect_refusal(call, f"http://news.example:{web.port}/x")
            assert error.reason == "private_address"
        assert web.visits == []


@pytest.mark.usefixtures("pretend_public")
@flow
async def test_no_redirect_leads_to_a_private_address(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, ["127.0.0.2"])
    async with serving(x=answer(200, b"secret")) as web, running(allow_private=False) as engine:
        for spelling in SPELLINGS:
            if spelling == "127.0.0.2":
                continue
            location = f"http://{spelling}:{web.port}/x".encode()
            web.routes["/go"] = b"HTTP/1.1 302 Go\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n"
            with pytest.raises(FetchRefused) as caught:
                await engine.poll(
                    Target(url=f"http://news.example:{web.port}/go", kind="feed", options=Web.options)
                )
            assert caught.value.reason in ("private_address", "bad_url"), spelling
        assert set(web.paths) == {"/go"}


@flow
async def test_a_proxy_may_be_private_but_what_it_is_asked_for_may_not() -> None:
    async def proxy(visit: Visit) -> bytes:
        return answer(200, f"for {visit.path}".encode())

    async with serving() as web:
        asked = f"http://news.example:{web.port}/x"
        web.routes[asked] = proxy
        async with running(allow_private=False, proxy=web.base) as engine:
            for call in (engine.poll, engine.fetch):
                assert (
                    await call(Target(url=asked, kind="page", options=Web.options))
                ).body == f"for {asked}".encode()
            web.visits.clear()
            for spelling in SPELLINGS:
                await expect_refusal(engine.poll, f"http://{spelling}/x")
            assert web.visits == []


@flow
async def test_only_http_proxies_are_taken() -> None:
    with pytest.raises(ValueError, match="socks5"):
        async with running(proxy="socks5://127.0.0.1:1"):
            pass


@flow
async def test_a_proxy_that_fails_is_named() -> None:
    async with serving() as web:
        web.routes["http://news.example/x"] = answer(407)
        async with running(proxy=f"http://127.0.0.3:{web.port}") as engine:
            with pytest.raises(Exception, match="the proxy cannot be reached"):
                await engine.poll(Target(url="http://news.example/x", kind="feed", options=Web.options))
        async with running(proxy=web.base) as engine:
            with pytest.raises(Exception, match="proxy"):
                await engine.poll(Target(url="https://news.example/x", kind="feed", options=Web.options))
