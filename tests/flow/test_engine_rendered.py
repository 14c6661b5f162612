"""Pages that their scripts finish: what comes of them, and what the browser is not let near."""

import asyncio
import contextlib
import functools
import socket
from typing import Any

import pytest

from spiders.errors import FetchError, FetchFailed, FetchRefused, LocalFailure
from spiders.items import FetchOptions, Target
from spiders.rendering import MOST_REQUESTS
from tests.flow.loopback import Visit, answer, flow, running, serving

patient = functools.partial(flow, seconds=90)
"""Browsers are slow to begin on a busy machine."""
RENDER = FetchOptions(render=True)
HTML = "text/html; charset=utf-8"
FILL = """
const make = (name, about) => Object.assign(document.createElement(name), about);
const put = text => document.body.append(make('p', {textContent: text}));
"""


def page(script: str, *, head: str = "", **headers: str) -> bytes:
    text = f"<html><head><title>Shell</title>{head}</head><body><script>{FILL}{script}</script></body></html>"
    return answer(200, text.encode(), Content_Type=HTML, **headers)


def data(text: str) -> bytes:
    return answer(200, f'{{"text": "{text}"}}'.encode(), Content_Type="application/json")


FETCHING = page("fetch('/data.json').then(it => it.json()).then(it => put(it.text))", ETag='"shell"')


@patient
async def test_the_page_is_what_its_scripts_make_of_it(chromium: str) -> None:
    async with serving(x=FETCHING) as web, running(browser=chromium, timeout=40.0) as engine:
        web.routes["/data.json"] = data("Kaf\u00e9 di Jakarta")
        web.routes["/old"] = answer(301, Location="/x")
        target = web.page("/old", options=RENDER, etag='"shell"')
        fetch = await engine.fetch(target)
        assert "<p>Kaf\u00e9 di Jakarta</p>" in fetch.body.decode()
        assert (fetch.status, fetch.url, fetch.content_type) == (200, web.base + "/x", HTML)
        assert fetch.moved_to == web.base + "/x"
        # The shell may be as it was while the news is not: it is neither asked for conditionally nor vouches.
        assert fetch.etag is None
        assert not any("If-None-Match" in visit.headers for visit in web.visits)
        assert {visit.headers["User-Agent"] for visit in web.visits} == {"kabar-test/1"}
        section = Target(url=web.base + "/x", kind="section", options=RENDER)
        assert b"di Jakarta" in (await engine.poll(section)).body
        plain = await engine.poll(web.feed("/x", options=RENDER))
        assert b"<p>" not in plain.body  # feeds have no scripts
        assert plain.etag == '"shell"'


@patient
async def test_only_pages_are_given_to_the_browser() -> None:
    routes = {"pdf": answer(200, b"%PDF", Content_Type="application/pdf"), "gone": answer(410)}
    async with serving(**routes) as web, running(browser="/no/such/browser") as engine:
        assert (await engine.fetch(web.page("/pdf", options=RENDER))).body == b"%PDF"
        with pytest.raises(FetchError) as caught:
            await engine.fetch(web.page("/gone", options=RENDER))
        assert caught.value.reason == "http_410"


@pytest.mark.slow
@patient
async def test_robots_txt_holds_for_where_scripts_lead(chromium: str) -> None:
    async with serving(x=page("location = '/hidden'")) as web:
        web.routes["/robots.txt"] = answer(200, b"User-agent: *\nDisallow: /hidden\n")
        web.routes["/hidden"] = page("put('secret')")
        web.routes["/go"] = page("location.replace('/end')")
        web.routes["/end"] = page("put('arrived')")
        async with running(browser=chromium, timeout=40.0, obey_robots=True) as engine:
            with pytest.raises(FetchRefused) as caught:
                await engine.fetch(web.page("/x", options=RENDER))
            assert caught.value.reason == "robots"
            assert "/hidden" not in web.paths
            fetch = await engine.fetch(web.page("/go", options=RENDER))
            assert b"<p>arrived</p>" in fetch.body
            assert fetch.url == web.base + "/end"
            assert [hop.status for hop in fetch.redirects] == [302]


ESCAPES = """
const away = 'http://127.0.0.1:{port}';
const tries = [
  () => fetch(away + '/fetched', {{mode: 'no-cors'}}),
  () => fetch('http://localhost:{port}/named', {{mode: 'no-cors'}}),
  () => fetch('http://2130706433:{port}/spelled', {{mode: 'no-cors'}}),
  () => fetch('/redirect', {{mode: 'no-cors'}}),
  () => fetch('file:///etc/passwd').then(it => it.text()).then(put),
  () => navigator.sendBeacon(away + '/beacon', 'x'),
  () => new WebSocket('ws://127.0.0.1:{port}/socket'),
  () => new EventSource(away + '/events'),
  () => {{ new Image().src = away + '/image' }},
  () => document.body.append(make('iframe', {{src: away + '/frame'}})),
  () => document.body.append(make('iframe', {{src: 'file:///etc/passwd'}})),
  () => document.head.append(make('script', {{src: away + '/script'}})),
  () => document.head.append(make('link', {{rel: 'stylesheet', href: away + '/css'}})),
  () => document.head.append(make('link', {{rel: 'prefetch', href: away + '/pre'}})),
  () => document.head.append(make('link', {{rel: 'preconnect', href: away}})),
  () => document.head.append(make('link', {{rel: 'icon', href: away + '/icon'}})),
  () => new Worker(URL.createObjectURL(new Blob([`
      fetch('http://127.0.0.1:{port}/worker', {{mode: 'no-cors'}}); new WebSocket('ws://127.0.0.1:{port}/ws')`]))),
  () => new SharedWorker(URL.createObjectURL(new Blob([`
      fetch('http://127.0.0.1:{port}/shared', {{mode: 'no-cors'}})`]))),
  () => window.open(away + '/popup'),
  () => {{ const form = document.createElement('form'); form.action = away + '/form'; form.target = '_blank';
          document.body.append(form); form.submit() }},
  () => make('a', {{href: URL.createObjectURL(new Blob(['x'])), download: 'x'}}).click(),
  () => navigator.serviceWorker.register('/worker.js'),
  () => new WebTransport('https://127.0.0.1:{port}/transport'),
  () => {{ const peer = new RTCPeerConnection({{iceServers: [{{urls: 'stun:127.0.0.1:{udp}'}}]}});
          peer.createDataChannel('x'); peer.createOffer().then(it => peer.setLocalDescription(it)) }},
];
for (const each of tries) {{ try {{ Promise.resolve(each()).catch(() => null) }} catch {{ }} }}
setTimeout(() => put('done'), 200);
"""


class Listener:
    """A private machine: whatever reaches it, by TCP or UDP, is written down."""

    def __init__(self) -> None:
        self.reached: list[str] = []
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> "Listener":
        self._server = await asyncio.start_server(self._on_tcp, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", 0))
        self._udp.setblocking(False)
        self.udp = self._udp.getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self._udp.close()

    def all(self) -> list[str]:
        try:
            return [*self.reached, f"udp {self._udp.recv(2000)!r}"]
        except BlockingIOError:
            return self.reached

    async def _on_tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reached.append((await reader.read(200)).decode("latin-1").partition("\r\n")[0])
        writer.close()


@pytest.fixture
def news_example_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let 127.0.0.2 count as public and be where news.example stands; nothing else is reachable."""
    from spiders import guard

    kind = guard.kind

    async def resolved(self: object, host: str, port: int = 0, family: int = 0) -> list[dict[str, object]]:
        return [{"hostname": host, "host": "127.0.0.2", "port": port, "family": 2, "proto": 6, "flags": 0}]

    monkeypatch.setattr(guard, "kind", lambda it: guard.PUBLIC if it == "127.0.0.2" else kind(it))
    guard.kind_of_host.cache_clear()
    monkeypatch.setattr("aiohttp.resolver.DefaultResolver.resolve", resolved)


@pytest.mark.slow
@pytest.mark.usefixtures("news_example_alone")
@patient
async def test_no_script_reaches_a_private_address(chromium: str) -> None:
    async with Listener() as private, serving() as web:
        script = ESCAPES.format(port=private.port, udp=private.udp)
        web.routes["/x"] = page(script)
        web.routes["/redirect"] = answer(302, Location=f"http://127.0.0.1:{private.port}/redirected")
        web.routes["/worker.js"] = answer(200, b"fetch('/from-worker')", Content_Type="text/javascript")
        web.routes["/leave"] = page(f"location = 'http://127.0.0.1:{private.port}/left'")
        base = f"http://news.example:{web.port}"
        async with running(browser=chromium, timeout=12.0, allow_private=False) as engine:
            fetch = await engine.fetch(Target(url=base + "/x", kind="page", options=RENDER))
            assert b"<p>done</p>" in fetch.body
            assert b"root:" not in fetch.body
            assert "/redirect" in web.paths  # the guard stood where it led
            assert "/from-worker" not in web.paths
            with pytest.raises(FetchRefused) as caught:
                await engine.fetch(Target(url=base + "/leave", kind="page", options=RENDER))
            assert caught.value.reason == "private_address"
        assert private.all() == []


@pytest.mark.slow
@patient
async def test_the_browser_itself_has_no_network(chromium: str) -> None:
    """Behind the guard stands a wall: what nobody answers for the browser it cannot fetch itself."""
    from playwright.async_api import Error

    from spiders.browser import Browser
    from spiders.policy import FetchPolicy

    browser = Browser(FetchPolicy(user_agent="x", browser=chromium))
    async with Listener() as private:
        context = await browser.open("x", user_agent=None)
        for host in ("127.0.0.1", "localhost", "[::1]", "news.example"):
            with pytest.raises(Error):
                await (await context.new_page()).goto(f"http://{host}:{private.port}/x", timeout=5000)
        await (await context.new_page()).set_content(
            f"<script>{FILL}{ESCAPES.format(port=private.port, udp=private.udp)}</script>"
        )
        await asyncio.sleep(1.0)
        await browser.leave(context)
        await browser.close()
        assert private.all() == []


@pytest.mark.slow
@patient
async def test_what_it_asks_for_is_the_sources_own(chromium: str) -> None:
    options = FetchOptions(render=True, headers=(("X-Key", "k"),), cookies=(("a", "1"),), user_agent="own/2")
    async with serving(x=FETCHING) as web, serving() as other:
        other.routes["/other.js"] = answer(200, b"put(navigator.userAgent)", Content_Type="text/javascript")
        web.routes["/data.json"] = data("text")
        web.routes["/x"] = page(
            "fetch('/data.json', {method: 'POST', body: '{}', headers: {'X-Token': 't'}})"
            ".then(it => it.json()).then(it => put(it.text))",
            head=f'<script defer src="{other.base}/other.js"></script>',
        )
        async with running(browser=chromium, timeout=40.0) as engine:
            fetch = await engine.fetch(web.page("/x", options=options))
    assert b"<p>text</p>" in fetch.body
    assert b"<p>own/2</p>" in fetch.body
    sent = web.visits[-1].headers
    assert (sent["X-Key"], sent["Cookie"], sent["X-Token"]) == ("k", "a=1", "t")
    assert not {"X-Key", "Cookie"} & set(other.visits[-1].headers)


async def endless(visit: Visit) -> bytes | None:
    await visit.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/javascript\r\n\r\n")
    while True:
        await visit.send(b"/" * 10_000)


HOSTILE: list[tuple[str, float, type[FetchError], str]] = [
    ("document.body.textContent = 'x'.repeat(2_000_000)", 12.0, FetchRefused, "oversize"),
    (
        "const all = []; for (;;) all.push(new Array(1_000_000).fill(1.5))",
        60.0,
        LocalFailure,
        "browser_crash",
    ),
    ("setTimeout(() => { for (;;); })", 12.0, FetchRefused, "endless_scripts"),
]
"""Scripts, the seconds they are given, many to fill the memory of a busy machine, and what comes of each."""


@pytest.mark.slow
@pytest.mark.parametrize(("script", "seconds", "kind", "reason"), HOSTILE, ids=["huge", "hungry", "spinning"])
@patient
async def test_hostile_scripts_cost_their_page_alone(
    chromium: str, script: str, seconds: float, kind: type[FetchError], reason: str
) -> None:
    async with serving(x=page(script), y=page("put('fine')")) as web:
        manners: dict[str, Any] = {"browser": chromium, "timeout": seconds, "max_page_bytes": 1_000_000}
        async with running(**manners) as engine:
            with pytest.raises(FetchError) as caught:
                await engine.fetch(web.page("/x", options=RENDER))
            assert (type(caught.value), caught.value.reason) == (kind, reason)
            assert b"<p>fine</p>" in (await engine.fetch(web.page("/y", options=RENDER))).body


@pytest.mark.slow
@patient
async def test_pages_without_end_are_taken_as_they_stand(chromium: str) -> None:
    async with serving() as web:
        web.routes["/big.js"] = endless
        asking = "put('begun'); let n = 0; const go = () => fetch('/n?' + n++).finally(go); go(); go()"
        web.routes["/x"] = page(asking)
        web.routes["/y"] = page("put('begun')", head="<script async src='/big.js'></script>")
        manners: dict[str, Any] = {"browser": chromium, "timeout": 9.0, "max_page_bytes": 200_000}
        async with running(**manners) as engine:
            for path in ("/x", "/y"):
                assert b"<p>begun</p>" in (await engine.fetch(web.page(path, options=RENDER))).body
        assert len(web.visits) <= MOST_REQUESTS + 3


@pytest.mark.slow
@patient
async def test_a_browser_that_dies_is_begun_anew(chromium: str) -> None:
    import psutil

    async with serving(x=FETCHING, y=page("fetch('/wait')")) as web:
        waiting = asyncio.Event()

        async def wait(_: Visit) -> bytes:
            waiting.set()
            await asyncio.sleep(20)
            return data("late")

        web.routes.update({"/data.json": data("again"), "/wait": wait})
        async with running(browser=chromium, timeout=40.0) as engine:
            late = asyncio.create_task(engine.fetch(web.page("/y", options=RENDER)))
            await waiting.wait()
            for child in psutil.Process().children(recursive=True):
                with contextlib.suppress(psutil.NoSuchProcess):
                    if "chrom" in child.name() and "--type=" not in " ".join(child.cmdline()):
                        child.kill()
            with pytest.raises(LocalFailure) as caught:
                await late
            assert caught.value.reason == "browser_crash"
            assert b"<p>again</p>" in (await engine.fetch(web.page("/x", options=RENDER))).body


@pytest.mark.parametrize("lacking", ["browser", "library"])
@patient
async def test_without_a_browser_the_error_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, lacking: str
) -> None:
    cure = "fetch.browser"
    if lacking == "library":
        monkeypatch.setattr("spiders.browser.can_render", lambda: False)
        cure = "pip install 'kabar[browser]'"
    async with serving(x=FETCHING) as web, running(browser="/no/such/browser") as engine:
        for call in (engine.fetch, engine.read_article):
            with pytest.raises(LocalFailure) as caught:
                await call(web.page("/x", options=RENDER))
            assert caught.value.reason == "no_browser"
            assert cure in str(caught.value)
            assert "\n" not in str(caught.value)
        assert (await engine.fetch(web.page("/x"))).status == 200


@pytest.mark.slow
@patient
async def test_stopping_ends_the_browser(chromium: str) -> None:
    import psutil

    async with serving(x=page("fetch('/wait')")) as web:
        waiting = asyncio.Event()

        async def wait(_: Visit) -> bytes:
            waiting.set()
            await asyncio.sleep(20)
            return data("late")

        web.routes["/wait"] = wait
        async with running(browser=chromium, timeout=40.0) as engine:
            late = asyncio.create_task(engine.fetch(web.page("/x", options=RENDER)))
            await waiting.wait()
        with pytest.raises(FetchFailed) as caught:
            await late
        assert caught.value.reason == "stopping"
        processes = psutil.Process().children(recursive=True)
        chromiums = [each for each in processes if "chrom" in each.as_dict(["name"])["name"]]
        assert psutil.wait_procs(chromiums, timeout=10)[1] == []
