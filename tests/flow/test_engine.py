"""The Engine against a real HTTP server: answers, conditions, redirects, reading."""

import asyncio
import subprocess
import sys
from email.utils import formatdate
from pathlib import Path

import pytest

from spiders.errors import Denied, FetchError, FetchFailed, FetchRefused, Gone, NotAnArticle
from spiders.items import Document, Fetch, Redirect, Target
from tests.flow.loopback import Clock, Visit, answer, flow, running, serving

ROOT = Path(__file__).parents[2]


@flow
async def test_poll_reports_what_the_server_said() -> None:
    said = answer(
        200,
        b"<rss/>",
        Content_Type='application/rss+xml; charset="windows-1252"',
        ETag='W/"a b,c"',
        Last_Modified="yesterday, more or less",
        Cache_Control="public, max-age=600",
        X_Robots_Tag="noarchive",
        Set_Cookie="id=1",
    )
    clock = Clock()
    async with serving(feed=said) as web, running(clock=clock) as engine:
        fetch = await engine.poll(web.feed("/feed"))
        await engine.poll(web.feed("/feed"))
    assert fetch == Fetch(
        url=web.base + "/feed",
        requested_url=web.base + "/feed",
        status=200,
        body=b"<rss/>",
        fetched_at=clock.now,
        seconds=fetch.seconds,
        content_type='application/rss+xml; charset="windows-1252"',
        etag='W/"a b,c"',
        last_modified="yesterday, more or less",
        max_age=600.0,
        x_robots_tag="noarchive",
        headers=(
            ("content-type", 'application/rss+xml; charset="windows-1252"'),
            ("etag", 'W/"a b,c"'),
            ("last-modified", "yesterday, more or less"),
            ("x-robots-tag", "noarchive"),
        ),
    )
    assert 0 < fetch.seconds < 5
    sent = web.visits[1].headers
    assert sent["User-Agent"] == "kabar-test/1"
    assert sent["Accept-Encoding"] == "gzip, deflate, br, zstd"
    assert sent["Accept"].startswith("application/atom+xml")
    assert not {"Cookie", "Referer", "If-None-Match", "If-Modified-Since"} & set(sent)


@flow
async def test_validators_go_back_verbatim_and_304_has_no_body() -> None:
    etag, modified = '  W/"ünï"  '.strip(), "Mon, 06 Oct 2025 08:00:00 +0200"
    async with serving(feed=answer(304, ETag='"new"')) as web, running() as engine:
        known = web.feed("/feed", etag=etag, last_modified=modified)
        for call in (engine.poll, engine.fetch):
            fetch = await call(known)
            assert (fetch.status, fetch.body, fetch.etag) == (304, b"", '"new"')
    assert {visit.headers["If-None-Match"] for visit in web.visits} == {etag}
    assert {visit.headers["If-Modified-Since"] for visit in web.visits} == {modified}


@flow
async def test_validators_that_would_break_the_request_are_not_sent() -> None:
    async with serving(feed=answer(200, b"x")) as web, running() as engine:
        await engine.poll(web.feed("/feed", etag='"a"\r\nX-Evil: 1', last_modified="\x00"))
    assert not {"If-None-Match", "If-Modified-Since", "X-Evil"} & set(web.visits[0].headers)


@pytest.mark.parametrize(
    ("status", "kind", "reason", "later"),
    [
        (404, Gone, "http_404", None),
        (410, Gone, "http_410", None),
        (401, Denied, "http_401", None),
        (403, Denied, "http_403", None),
        (451, Denied, "http_451", None),
        (418, Denied, "http_418", None),
        (408, FetchFailed, "http_408", 120.0),
        (425, FetchFailed, "http_425", 120.0),
        (429, FetchFailed, "http_429", 120.0),
        (500, FetchFailed, "http_500", 120.0),
        (503, FetchFailed, "http_503", 120.0),
        (599, FetchFailed, "http_599", 120.0),
        (204, FetchFailed, "empty_body", None),
        (206, FetchFailed, "http_206", None),
        (304, FetchFailed, "http_304", None),
        (300, FetchFailed, "bad_redirect", None),
        (302, FetchFailed, "bad_redirect", None),
    ],
)
@flow
async def test_statuses(status: int, kind: type[FetchError], reason: str, later: float | None) -> None:
    extra = {"Retry_After": "120"} if later else {}
    async with serving(x=answer(status, b"sorry", **extra)) as web, running() as engine:
        for call in (engine.poll, engine.fetch):
            with pytest.raises(FetchError) as caught:
                await call(web.page("/x"))
            error = caught.value
            assert (type(error), error.reason, error.retry_after) == (kind, reason, later)
            assert (error.url, error.status) == (web.base + "/x", status)
            assert str(status) in error.message
            assert "\n" not in str(error)


@flow
async def test_retry_after_is_a_date_of_our_clock() -> None:
    clock = Clock()
    date = formatdate(clock.now + 90, usegmt=True)
    async with serving(x=answer(503, Retry_After=date)) as web, running(clock=clock) as engine:
        with pytest.raises(FetchFailed) as caught:
            await engine.poll(web.feed("/x"))
    assert caught.value.retry_after == 90.0


@flow
async def test_an_empty_document_is_a_failure() -> None:
    async with serving(x=answer(200)) as web, running() as engine:
        for call in (engine.poll, engine.fetch):
            with pytest.raises(FetchFailed) as caught:
                await call(web.feed("/x"))
            assert caught.value.reason == "empty_body"


def to(where: str, status: int = 302) -> bytes:
    return answer(status, Location=where)


@flow
async def test_redirects_are_followed_and_remembered() -> None:
    async with (
        serving(a=to("/b", 301), b=to("c?d=1#e", 308), c=answer(200, b"x")) as web,
        running() as engine,
    ):
        web.routes["/c?d=1"] = answer(200, b"here")
        for call in (engine.poll, engine.fetch):
            fetch = await call(web.page("/a", etag='"1"'))
            assert fetch.body == b"here"
            assert fetch.url == web.base + "/c?d=1#e"
            assert fetch.requested_url == web.base + "/a"
            assert fetch.redirects == (Redirect(web.base + "/a", 301), Redirect(web.base + "/b", 308))
            assert fetch.moved_to == fetch.url
    assert all(
        visit.headers["If-None-Match"] == '"1"' and "Referer" not in visit.headers for visit in web.visits
    )


@flow
async def test_only_permanent_redirects_move() -> None:
    async with serving(a=to("/b", 301), b=to("/c", 307), c=answer(200, b"x")) as web, running() as engine:
        assert (await engine.poll(web.page("/a"))).moved_to is None


@flow
async def test_redirects_end_at_the_limit() -> None:
    async with serving(a=to("/b"), b=to("/a")) as web, running(max_redirects=5) as engine:
        for call in (engine.poll, engine.fetch):
            web.visits.clear()
            with pytest.raises(FetchFailed) as caught:
                await call(web.page("/a"))
            assert caught.value.reason == "too_many_redirects"
            assert len(web.visits) == 6


@pytest.mark.parametrize("where", ["file:///etc/passwd", "data:text/html,x", "ftp://x/y", "gopher://x"])
@flow
async def test_redirects_leave_http_never(where: str) -> None:
    async with serving(a=to(where)) as web, running() as engine:
        for call in (engine.poll, engine.fetch):
            with pytest.raises(FetchRefused) as caught:
                await call(web.page("/a"))
            assert caught.value.reason == "bad_scheme"


@pytest.mark.parametrize("where", ["javascript:1", "http://[::1", "mailto:a@b"])
@flow
async def test_redirects_to_nonsense_are_failures(where: str) -> None:
    async with serving(a=to(where)) as web, running() as engine:
        for call in (engine.poll, engine.fetch):
            with pytest.raises(FetchFailed) as caught:
                await call(web.page("/a"))
            assert caught.value.reason == "bad_redirect"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("file:///etc/passwd", "bad_scheme"),
        ("/etc/passwd", "bad_scheme"),
        ("data:,x", "bad_scheme"),
        ("s3://bucket/key", "bad_scheme"),
        ("", "bad_scheme"),
        ("http://", "bad_url"),
        ("http:///path", "bad_url"),
        ("http://[::1", "bad_url"),
        ("http://a..b/", "bad_url"),
        ("http://host:99999/", "bad_url"),
        ("http://host:port/", "bad_url"),
        ("http://1.2.3.4.5/", "bad_url"),
        ("http://" + "a" * 300 + ".example/", "bad_url"),
        ("http://exa mple/", "bad_url"),
    ],
)
@flow
async def test_unusable_addresses_are_refused(url: str, reason: str) -> None:
    async with serving() as web, running() as engine:
        for call in (engine.poll, engine.fetch):
            with pytest.raises(FetchRefused) as caught:
                await call(Target(url=url, kind="page"))
            assert (caught.value.reason, caught.value.url) == (reason, url)
        assert web.visits == []


@flow
async def test_addresses_are_made_safe_but_not_changed() -> None:
    async with serving() as web, running() as engine:
        for path, sent in {
            "/a b": "/a%20b",
            "/caf\u00e9?q=\u00fc": "/caf%C3%A9?q=%C3%BC",
            "/%7Euser/%2f?a=%2B+b&&c": "/%7Euser/%2f?a=%2B+b&&c",
            "/a/../b//c;d=1?x=[1]": "/a/../b//c;d=1?x=%5B1%5D",
            "/a#part": "/a",
            "": "/",
        }.items():
            web.routes[sent] = answer(200, b"x")
            for call in (engine.poll, engine.fetch):
                fetch = await call(web.page(path))
                assert web.paths[-1] == sent
                assert fetch.requested_url == web.base + path
        await engine.poll(Target(url=web.base.replace("http", "HTTP") + "/a", kind="feed"))


@flow
async def test_an_article_is_fetched_and_read() -> None:
    async with serving(a=answer(200, b"Headline")) as web, running() as engine:
        reading = await engine.read_article(web.page("/a"))
    document = reading.document
    assert (document.title, document.url) == ("Headline", web.base + "/a")


@pytest.mark.parametrize(
    "error", [NotAnArticle("http://x/", "pdf", "a PDF"), KeyError("bug"), TimeoutError("pool")]
)
@flow
async def test_what_reading_raises_reaches_the_caller(error: Exception) -> None:
    async def read(fetch: Fetch) -> Document:
        raise error

    async with serving(a=answer(200, b"x")) as web, running(read=read, pages=1) as engine:
        for _ in range(3):
            with pytest.raises(type(error)) as caught:
                await engine.read_article(web.page("/a"))
            assert caught.value is error
        assert (await engine.fetch(web.page("/a"))).body == b"x"


@flow
async def test_reading_that_is_cancelled_elsewhere_does_not_wedge_the_spider() -> None:
    async def read(fetch: Fetch) -> Document:
        raise asyncio.CancelledError

    async with serving(a=answer(200, b"x")) as web, running(read=read, pages=1) as engine:
        for _ in range(3):
            with pytest.raises(FetchFailed) as caught:
                await engine.read_article(web.page("/a"))
            assert caught.value.reason == "cancelled"
        assert (await engine.fetch(web.page("/a"))).body == b"x"


@flow
async def test_many_at_once_stay_within_the_policy() -> None:
    async def slow(visit: Visit) -> bytes:
        await asyncio.sleep(0.01)
        return answer(200, visit.path.encode())

    async with serving() as web, running(polls=3, pages=2) as engine:
        web.routes.update({f"/{number}": slow for number in range(40)})
        pages = [engine.read_article(web.page(f"/{number}")) for number in range(40)]
        titles = [reading.document.title for reading in await asyncio.gather(*pages)]
        assert titles == [f"/{number}" for number in range(40)]
        assert web.most == 2
        web.most = 0
        polls = [engine.poll(web.feed(f"/{number}")) for number in range(40)]
        assert [fetch.body.decode() for fetch in await asyncio.gather(*polls)] == titles
        assert web.most == 3


@flow
async def test_it_is_started_before_use_and_once() -> None:
    from spiders.engine import Engine
    from spiders.policy import FetchPolicy
    from tests.flow.loopback import titled

    engine = Engine(FetchPolicy(user_agent="x"), read=titled, clock=Clock())
    with pytest.raises(RuntimeError, match="not started"):
        await engine.poll(Target(url="http://x.example/", kind="feed"))
    await engine.start()
    with pytest.raises(RuntimeError, match="once"):
        await engine.start()
    await engine.stop(0.5)
    with pytest.raises(RuntimeError, match="once"):
        await engine.start()


QUIET = """
import asyncio, gc, logging, sys
from tests.flow.loopback import answer, running, serving, to_listen

async def reset(visit):
    await visit.send(b"HTTP/1.1 200 OK\\r\\nContent-Length: 9\\r\\n\\r\\n")
    await asyncio.sleep(0.02)
    await visit.send(b"four")
    await asyncio.sleep(0.02)
    visit.reset()

async def reset_later(visit):
    await visit.send(answer(200, b"whole"))
    asyncio.get_running_loop().call_later(0.02, visit.reset)
    return b""

async def main():
    async with serving(good=answer(200, b"x"), bad=answer(500), reset=reset, later=reset_later) as web:
        before = to_listen()
        async with running() as engine:
            await engine.read_article(web.page("/good"))
            for path in ("/bad", "/reset", "/later", "/none"):
                await asyncio.gather(
                    engine.fetch(web.page(path)), engine.poll(web.page(path)), return_exceptions=True
                )
            await asyncio.sleep(0.1)
            assert to_listen() == before, "something listens"
    assert "twisted.internet.reactor" not in sys.modules
    assert not logging.getLogger().handlers

asyncio.run(main())
gc.collect()
"""


def test_no_reactor_no_port_no_print() -> None:
    done = subprocess.run(
        [sys.executable, "-c", QUIET], capture_output=True, text=True, timeout=60, check=False, cwd=ROOT
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
