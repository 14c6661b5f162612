"""What a source's own options change on the wire, and who never sees them."""

import asyncio
import base64
from pathlib import Path

import pytest

from spiders.errors import FetchFailed, FetchRefused
from spiders.items import FetchOptions, Target
from tests.certificates import tls
from tests.flow.loopback import Web, answer, flow, robots, running, serving

PAGE = answer(200, b"x")
SECRETS = FetchOptions(
    user_agent="own/2",
    headers=(("X-Key", "k"), ("accept", "text/plain")),
    cookies=(("a", "1"), ("b", "2")),
    auth=("ann", "pass:wörd"),
)
BOTH_WAYS = pytest.mark.parametrize("way", [None, "chrome"], ids=["plainly", "as_a_browser"])
LOGIN = "Basic " + base64.b64encode("ann:pass:wörd".encode()).decode()


@flow
async def test_they_are_sent() -> None:
    async with serving(x=PAGE) as web, running() as engine:
        for call in (engine.poll, engine.fetch, engine.read_article):
            await call(web.feed("/x", options=SECRETS))
            sent = web.visits[-1].headers
            assert sent["User-Agent"] == "own/2"
            assert (sent["X-Key"], sent["Cookie"], sent["Authorization"]) == ("k", "a=1; b=2", LOGIN)
            accepts = [value for name, value in sent.items() if name.lower() == "accept"]
            assert accepts == ["text/plain"]
        await engine.poll(web.feed("/x"))
        assert not {"X-Key", "Cookie", "Authorization"} & set(web.visits[-1].headers)


@flow
async def test_a_redirect_to_another_origin_is_shown_none_of_them() -> None:
    async with serving(x=PAGE) as web, serving(x=PAGE) as other, running() as engine:
        web.routes["/home"] = answer(302, Location="/x")
        web.routes["/away"] = answer(302, Location=other.base + "/x")
        await engine.poll(web.feed("/home", options=SECRETS))
        assert web.visits[-1].headers["Authorization"] == LOGIN
        for call in (engine.poll, engine.fetch):
            await call(web.feed("/away", options=SECRETS))
            sent = other.visits[-1].headers
            assert not {"X-Key", "Cookie", "Authorization"} & set(sent)
            assert sent["User-Agent"] == "own/2"


@flow
async def test_robots_txt_may_be_obeyed_or_ignored_for_one_source() -> None:
    rules = answer(200, b"User-agent: *\nDisallow: /\n")
    ignoring, obeying = FetchOptions(obey_robots=False), FetchOptions(obey_robots=True)
    async with serving(x=PAGE) as web:
        web.routes["/robots.txt"] = rules
        async with running(obey_robots=True) as engine:
            assert (await engine.poll(web.feed("/x", options=ignoring))).body == b"x"
            with pytest.raises(FetchRefused):
                await engine.poll(web.feed("/x"))
        async with running(obey_robots=False) as engine:
            await engine.poll(web.feed("/x"))
            with pytest.raises(FetchRefused):
                await engine.poll(web.feed("/x", options=obeying))


@flow
async def test_its_robots_txt_is_asked_for_without_secrets() -> None:
    async with serving(x=PAGE) as web, running(obey_robots=True) as engine:
        await engine.poll(web.feed("/x", options=SECRETS))
        asked, polled = web.visits
        assert asked.path == "/robots.txt"
        assert asked.headers["User-Agent"] == "own/2"
        assert "Authorization" not in asked.headers
        assert polled.headers["Authorization"] == LOGIN


@flow
async def test_its_own_name_is_judged_by_robots_txt() -> None:
    text = "User-agent: own\nDisallow: /\n"
    async with serving(x=PAGE) as web, running(obey_robots=True) as engine:
        known = (robots(web, text),)
        await engine.poll(web.feed("/x", robots=known))
        with pytest.raises(FetchRefused):
            await engine.poll(web.feed("/x", robots=known, options=SECRETS))


@flow
async def test_a_proxy_of_its_own_even_on_a_private_address() -> None:
    async with serving() as proxy, running(allow_private=False) as engine:
        proxy.routes["http://news.example/x"] = PAGE
        options = FetchOptions(proxy=f"http://me:pw@127.0.0.1:{proxy.port}")
        for call in (engine.poll, engine.fetch):
            assert (
                await call(Target(url="http://news.example/x", kind="page", options=options))
            ).body == b"x"
        login = "Basic " + base64.b64encode(b"me:pw").decode()
        assert proxy.visits[0].headers["Proxy-Authorization"] == login
        with pytest.raises(FetchRefused) as caught:
            await engine.poll(Target(url=f"http://127.0.0.1:{proxy.port}/x", kind="page", options=options))
        assert caught.value.reason == "private_address"
        with pytest.raises(FetchRefused):  # and without the option the guard stands as before
            await engine.poll(Target(url=f"http://127.0.0.1:{proxy.port}/x", kind="page"))


@BOTH_WAYS
@flow
async def test_a_dead_proxy_is_told_without_its_password(way: str | None) -> None:
    options = FetchOptions(proxy="http://me:s3cret@127.0.0.1:1", impersonate=way)
    async with running() as engine:
        with pytest.raises(FetchFailed) as caught:
            await engine.poll(Target(url="http://news.example/x", kind="feed", options=options))
    assert caught.value.reason == "proxy"
    assert "s3cret" not in str(caught.value)


@BOTH_WAYS
@flow
async def test_a_certificate_may_be_taken_on_trust_for_one_source(tmp_path: Path, way: str | None) -> None:
    web = Web({"/x": PAGE})
    server = await asyncio.start_server(web.serve, "127.0.0.1", 0, ssl=tls(tmp_path))
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/x"
    trusting, usual = FetchOptions(verify_tls=False, impersonate=way), FetchOptions(impersonate=way)
    async with running() as engine:
        for call in (engine.poll, engine.fetch):
            assert (await call(Target(url=url, kind="feed", options=trusting))).body == b"x"
            with pytest.raises(FetchFailed) as caught:
                await call(Target(url=url, kind="feed", options=usual))
            assert caught.value.reason == "tls"
    server.close()
    await web.hang_up()


@flow
async def test_trust_ends_at_another_host(tmp_path: Path) -> None:
    web = Web({"/x": PAGE})
    server = await asyncio.start_server(web.serve, "127.0.0.1", 0, ssl=tls(tmp_path))
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/x"
    async with serving(go=answer(302, Location=url)) as first, running() as engine:
        start = f"http://127.0.0.2:{first.port}/go"
        with pytest.raises(FetchFailed) as caught:
            await engine.poll(Target(url=start, kind="feed", options=FetchOptions(verify_tls=False)))
        assert caught.value.reason == "tls"
    server.close()
    await web.hang_up()
