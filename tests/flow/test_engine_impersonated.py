"""A source that is fetched as a browser would: what is on the wire, and what stays as it is for all."""

import asyncio
import base64

import pytest

from spiders.errors import FetchFailed, FetchRefused, LocalFailure
from spiders.items import AS_USUAL, FetchOptions, Target
from tests.flow.loopback import answer, flow, running, serving

PAGE = answer(200, b"x", ETag='"v1"', Set_Cookie="seen=1")
CHROME = FetchOptions(impersonate="chrome")
FIREFOX = FetchOptions(impersonate="firefox")


class Hellos:
    """A server that writes down how its visitors begin TLS, and hangs up."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        kind_and_length = await reader.readexactly(5)
        self.heard.append(await reader.readexactly(int.from_bytes(kind_and_length[3:5])))
        writer.close()


def ciphers(hello: bytes) -> list[int]:
    """The cipher suites of a ClientHello, as offered."""
    after_session = 4 + 2 + 32 + 1 + hello[38]
    size = int.from_bytes(hello[after_session : after_session + 2])
    offered = hello[after_session + 2 : after_session + 2 + size]
    return [int.from_bytes(offered[place : place + 2]) for place in range(0, size, 2)]


def is_grease(number: int) -> bool:
    """RFC 8701: values that browsers built on Chromium offer to keep servers tolerant."""
    return number & 0x0F0F == 0x0A0A and number >> 8 == number & 0xFF


@flow
async def test_the_handshake_is_the_browsers() -> None:
    hellos = Hellos()
    server = await asyncio.start_server(hellos.serve, "127.0.0.1", 0)
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/x"
    async with running() as engine:
        for options in (AS_USUAL, CHROME, FIREFOX):
            with pytest.raises(FetchFailed):
                await engine.poll(Target(url=url, kind="feed", options=options))
    server.close()
    usual, chrome, firefox = hellos.heard
    assert not any(map(is_grease, ciphers(usual)))
    assert is_grease(ciphers(chrome)[0])
    assert ciphers(firefox) != ciphers(usual)
    offers_http2 = b"\x02h2\x08http/1.1"
    assert offers_http2 in chrome
    assert offers_http2 in firefox
    assert offers_http2 not in usual


@flow
async def test_the_headers_are_the_browsers_in_its_order() -> None:
    async with serving(x=PAGE) as web, running() as engine:
        await engine.poll(web.feed("/x", options=CHROME))
        names = list(web.visits[-1].headers)
        assert names[:3] == ["sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform"]
        assert "Chrome/" in web.visits[-1].headers["user-agent"]
        assert "Upgrade" not in names  # no browser asks for HTTP/2 in the clear
        await engine.poll(web.feed("/x", options=FIREFOX))
        sent = web.visits[-1].headers
        assert "Firefox/" in {name.lower(): value for name, value in sent.items()}["user-agent"]


@flow
async def test_what_the_source_and_kabar_add_is_sent() -> None:
    options = FetchOptions(
        impersonate="chrome",
        user_agent="own/2",
        headers=(("X-Key", "k"), ("accept-language", "id")),
        cookies=(("a", "1"),),
        auth=("ann", "pass"),
    )
    async with serving(x=PAGE) as web, serving(x=PAGE) as other, running() as engine:
        await engine.poll(web.feed("/x", options=options, etag='"v0"', last_modified="yesterday"))
        sent = {name.lower(): value for name, value in web.visits[-1].headers.items()}
        assert (sent["user-agent"], sent["x-key"], sent["accept-language"]) == ("own/2", "k", "id")
        assert (sent["cookie"], sent["if-none-match"], sent["if-modified-since"]) == (
            "a=1",
            '"v0"',
            "yesterday",
        )
        assert sent["authorization"] == "Basic " + base64.b64encode(b"ann:pass").decode()
        web.routes["/away"] = answer(302, Location=other.base + "/x")
        await engine.fetch(web.page("/away", options=options))
        assert not {"x-key", "cookie", "authorization"} & {name.lower() for name in other.visits[-1].headers}


@flow
async def test_unchanged_is_unchanged_and_no_cookie_is_kept() -> None:
    async with serving(x=PAGE) as web, running() as engine:
        first = await engine.poll(web.feed("/x", options=CHROME))
        assert (first.body, first.etag) == (b"x", '"v1"')
        web.routes["/x"] = answer(304)
        again = await engine.poll(web.feed("/x", options=CHROME, etag=first.etag))
        assert (again.status, again.body) == (304, b"")
        assert "cookie" not in {name.lower() for name in web.visits[-1].headers}


@flow
async def test_its_robots_txt_is_asked_for_alike_and_obeyed() -> None:
    async with serving(x=PAGE) as web, running(obey_robots=True) as engine:
        web.routes["/robots.txt"] = answer(200, b"User-agent: kabar-test\nDisallow: /x\n")
        with pytest.raises(FetchRefused) as caught:
            await engine.fetch(web.page("/x", options=CHROME))
        assert caught.value.reason == "robots"
        (asked,) = web.visits
        assert "Chrome/" in asked.headers["user-agent"]


@flow
async def test_by_a_proxy_of_its_own_and_by_none_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(x=PAGE) as proxy, running(allow_private=False) as engine:
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
        monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
        monkeypatch.setenv("no_proxy", "news.example")
        proxy.routes["http://news.example/x"] = PAGE
        options = FetchOptions(proxy=f"http://me:pw@127.0.0.1:{proxy.port}", impersonate="chrome")
        target = Target(url="http://news.example/x", kind="page", options=options)
        assert (await engine.poll(target)).body == b"x"
        login = "Basic " + base64.b64encode(b"me:pw").decode()
        assert proxy.visits[0].headers["Proxy-Authorization"] == login
    async with serving(x=PAGE) as web, running() as engine:
        assert (await engine.poll(web.feed("/x", options=CHROME))).body == b"x"


@flow
async def test_one_address_is_asked_so_much_at_a_time() -> None:
    async def slow(visit: object) -> bytes:
        await asyncio.sleep(0.02)
        return answer(200, b"x")

    async with serving(x=slow) as web, running(per_address=3) as engine:
        ways = [web.feed("/x", options=CHROME if number % 2 else AS_USUAL) for number in range(16)]
        await asyncio.gather(*map(engine.poll, ways))
        assert web.most == 3


@flow
async def test_what_this_machine_cannot_is_no_fault_of_the_site(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(x=PAGE) as web, running(obey_robots=True) as engine:
        with pytest.raises(LocalFailure) as caught:
            await engine.poll(web.feed("/x", options=FetchOptions(impersonate="netscape4")))
        assert caught.value.reason == "no_impersonation"
        monkeypatch.setattr("spiders.extras.can_impersonate", lambda: False)
        with pytest.raises(LocalFailure) as caught:
            await engine.poll(web.feed("/x", options=CHROME))
        assert "pip install 'kabar[impersonate]'" in str(caught.value)
        assert caught.value.robots == ()
        assert web.visits == []
        assert (await engine.poll(web.feed("/x"))).status == 200  # its rules were not taken for lost
