"""robots.txt as the Engine obeys it: asked once, believed for a while, told to the caller."""

import asyncio
import threading
from dataclasses import replace

import pytest
from protego import Protego

import spiders.robots
from spiders.errors import FetchFailed, FetchRefused
from spiders.items import Robots, Target
from tests.flow.loopback import Clock, Visit, answer, flow, robots, running, serving

NO_PRIVATE = "User-agent: *\nDisallow: /private\n"
PAGE = answer(200, b"x")


def rules(text: str = NO_PRIVATE, status: int = 200, **headers: str) -> bytes:
    return answer(status, text.encode(), **headers)


@flow
async def test_known_and_fresh_rules_cost_no_request() -> None:
    async with serving(feed=PAGE) as web, running(obey_robots=True) as engine:
        fetch = await engine.poll(web.feed("/feed", robots=(robots(web, NO_PRIVATE),)))
        assert web.paths == ["/feed"]
        assert fetch.robots == ()


@flow
async def test_unknown_rules_cost_one_and_are_reported() -> None:
    clock = Clock()
    async with serving(feed=PAGE) as web, running(obey_robots=True, clock=clock) as engine:
        web.routes["/robots.txt"] = rules()
        fetch = await engine.poll(web.feed("/feed"))
        assert web.paths == ["/robots.txt", "/feed"]
        assert fetch.robots == (robots(web, NO_PRIVATE),)
        again = await engine.fetch(web.page("/feed"))
        assert web.paths == ["/robots.txt", "/feed", "/feed"]
        assert again.robots == ()
        assert {visit.headers["User-Agent"] for visit in web.visits} == {"kabar-test/1"}


@flow
async def test_reading_a_page_reports_them_as_well() -> None:
    clock = Clock()
    async with serving(page=PAGE) as web, running(obey_robots=True, clock=clock) as engine:
        web.routes["/robots.txt"] = rules()
        reading = await engine.read_article(web.page("/page"))
        assert reading.robots == (robots(web, NO_PRIVATE),)
        assert (await engine.read_article(web.page("/page"))).robots == ()


@flow
async def test_what_is_disallowed_is_not_fetched() -> None:
    async with serving(private=PAGE) as web, running(obey_robots=True) as engine:
        web.routes["/robots.txt"] = rules()
        for call in (engine.poll, engine.fetch, engine.read_article):
            with pytest.raises(FetchRefused) as caught:
                await call(web.page("/private"))
            assert caught.value.reason == "robots"
        assert web.paths == ["/robots.txt"]


@flow
async def test_rules_fetched_in_vain_are_reported_too() -> None:
    async with serving(private=PAGE) as web, running(obey_robots=True) as engine:
        web.routes["/robots.txt"] = rules()
        with pytest.raises(FetchRefused) as caught:
            await engine.fetch(web.page("/private"))
        assert caught.value.robots == (robots(web, NO_PRIVATE),)


@flow
async def test_robots_may_be_ignored() -> None:
    async with serving(private=PAGE) as web, running(obey_robots=False) as engine:
        web.routes["/robots.txt"] = rules()
        assert (await engine.fetch(web.page("/private"))).body == b"x"
        assert web.paths == ["/private"]


@flow
async def test_rules_expire() -> None:
    clock = Clock()
    async with (
        serving(private=PAGE) as web,
        running(obey_robots=True, robots_ttl=100.0, clock=clock) as engine,
    ):
        web.routes["/robots.txt"] = rules("")
        old = robots(web, NO_PRIVATE, at=clock.now - 100)
        assert (await engine.fetch(web.page("/private", robots=(old,)))).robots[0].text == ""
        clock.now += 99
        await engine.fetch(web.page("/private"))
        clock.now += 1
        web.routes["/robots.txt"] = rules()
        with pytest.raises(FetchRefused):
            await engine.fetch(web.page("/private"))
        assert web.paths == ["/robots.txt", "/private", "/private", "/robots.txt"]


@pytest.mark.parametrize("status", [204, 301, 400, 401, 403, 404, 410, 451])
@flow
async def test_no_file_allows_everything(status: int) -> None:
    async with serving(a=PAGE) as web, running(obey_robots=True) as engine:
        web.routes["/robots.txt"] = rules("User-agent: *\nDisallow: /", status)
        fetch = await engine.poll(web.feed("/a"))
        assert [(known.status, known.text) for known in fetch.robots] == [(status, "")]


@flow
async def test_a_page_in_its_place_holds_no_rules() -> None:
    html = rules("<!doctype html>\nUser-agent: *\nDisallow: /\n", Content_Type="text/html")
    async with serving(a=PAGE) as web, running(obey_robots=True) as engine:
        web.routes["/robots.txt"] = html
        assert (await engine.poll(web.feed("/a"))).robots[0].text == ""


@pytest.mark.parametrize("status", [429, 500, 503])
@flow
async def test_a_server_error_holds_everything_back_for_a_while(status: int) -> None:
    clock = Clock()
    async with serving(a=PAGE) as web, running(obey_robots=True, clock=clock) as engine:
        web.routes["/robots.txt"] = rules("", status)
        for call, wait in ((engine.poll, 600.0), (engine.fetch, 400.0)):
            with pytest.raises(FetchFailed) as caught:
                await call(web.page("/a"))
            assert (caught.value.reason, caught.value.retry_after) == ("robots_unavailable", wait)
            assert str(status) in caught.value.message
            clock.now += 200
        clock.now += 200
        web.routes["/robots.txt"] = rules()
        assert (await engine.fetch(web.page("/a"))).body == b"x"
        assert web.paths == ["/robots.txt", "/robots.txt", "/a"]


@flow
async def test_a_known_server_error_holds_back_without_asking() -> None:
    async with serving(a=PAGE) as web, running(obey_robots=True) as engine:
        with pytest.raises(FetchFailed) as caught:
            await engine.poll(web.feed("/a", robots=(robots(web, status=503),)))
        assert caught.value.reason == "robots_unavailable"
        assert web.visits == []


@flow
async def test_an_unreachable_host_is_named_as_such() -> None:
    async with serving() as web, running(obey_robots=True) as engine:
        web_port = web.port
        for url, reason in (
            (f"http://127.0.0.3:{web_port}/a", "connection_refused"),
            ("http://x.invalid/", "dns"),
        ):
            for call in (engine.poll, engine.fetch):
                with pytest.raises(FetchFailed) as caught:
                    await call(Target(url=url, kind="page"))
                assert (caught.value.reason, caught.value.url) == (reason, url)
                assert 0 < (caught.value.retry_after or 0) <= 60
                assert [known.status for known in caught.value.robots] in ([0], [])


@flow
async def test_many_ask_once() -> None:
    async def slow(visit: Visit) -> bytes:
        await asyncio.sleep(0.05)
        return rules()

    async with serving(a=PAGE, b=PAGE) as web, running(obey_robots=True) as engine:
        web.routes["/robots.txt"] = slow
        calls = [engine.poll(web.feed("/a")) for _ in range(10)] + [
            engine.fetch(web.page("/b")) for _ in range(10)
        ]
        fetches = await asyncio.gather(*calls)
        assert web.paths.count("/robots.txt") == 1
        assert all(fetch.robots for fetch in fetches)


@flow
async def test_one_caller_giving_up_does_not_take_the_rules_from_others() -> None:
    async def slow(visit: Visit) -> bytes:
        await asyncio.sleep(0.05)
        return rules()

    async with serving(a=PAGE) as web, running(obey_robots=True) as engine:
        web.routes["/robots.txt"] = slow
        first = asyncio.create_task(engine.poll(web.feed("/a")))
        second = asyncio.create_task(engine.fetch(web.page("/a")))
        await asyncio.sleep(0.02)
        first.cancel()
        assert (await second).body == b"x"
        assert web.paths == ["/robots.txt", "/a"]


@flow
async def test_redirects_are_checked_at_every_origin() -> None:
    async with serving(a=PAGE) as web, running(obey_robots=True) as engine:
        other = f"http://127.0.0.2:{web.port}"
        web.routes["/a"] = answer(302, Location=f"{other}/private")
        web.routes["/robots.txt"] = rules()
        for call in (engine.poll, engine.fetch):
            with pytest.raises(FetchRefused) as caught:
                await call(web.page("/a"))
            assert caught.value.reason == "robots"
            assert f"{other}/private" in caught.value.message
        assert web.paths == ["/robots.txt", "/a", "/robots.txt", "/a"]


@flow
async def test_rules_may_be_redirected() -> None:
    async with serving(a=PAGE, private=PAGE) as web, running(obey_robots=True) as engine:
        web.routes["/robots.txt"] = answer(301, Location="/elsewhere.txt")
        web.routes["/elsewhere.txt"] = rules()
        fetch = await engine.poll(web.feed("/a"))
        assert fetch.robots == (robots(web, NO_PRIVATE),)
        assert web.paths == ["/robots.txt", "/elsewhere.txt", "/a"]


@flow
async def test_rules_that_redirect_for_ever_are_none() -> None:
    async with serving(a=PAGE) as web, running(obey_robots=True) as engine:
        web.routes["/robots.txt"] = answer(301, Location="/robots.txt")
        assert (await engine.poll(web.feed("/a"))).body == b"x"
        assert web.paths.count("/robots.txt") == 6


@flow
async def test_only_the_beginning_of_huge_rules_is_read() -> None:
    sent = 0

    async def huge(visit: Visit) -> None:
        nonlocal sent
        await visit.send(
            b"HTTP/1.1 200 OK\r\nContent-Length: 56000000\r\n\r\nUser-agent: *\nDisallow: /private\n"
        )
        for _ in range(56):
            await visit.send(b"# a million bytes follow\n" * 40_000)
            sent += 1

    async with serving(a=PAGE) as web, running(obey_robots=True) as engine:
        web.routes["/robots.txt"] = huge
        fetch = await engine.poll(web.feed("/a"))
        assert 400 * 1024 < len(fetch.robots[0].text) <= 500 * 1024
        with pytest.raises(FetchRefused):
            await engine.poll(web.feed("/private"))
    assert sent < 20


@flow
async def test_rules_are_asked_for_even_where_they_are_a_target_themselves() -> None:
    async with serving() as web, running(obey_robots=True) as engine:
        web.routes["/robots.txt"] = rules("User-agent: *\nDisallow: /\n")
        assert b"Disallow" in (await engine.fetch(web.page("/robots.txt"))).body


@flow
async def test_origins_beyond_the_most_are_forgotten_not_kept() -> None:
    async with running(obey_robots=True) as engine:
        for number in range(2050):
            known = Robots(
                origin=f"http://h{number}.example", status=503, text="", fetched_at=1_760_000_000.0
            )
            with pytest.raises(FetchFailed):
                await engine.poll(Target(url=f"http://h{number}.example/", kind="feed", robots=(known,)))
        known = Robots(origin="http://h2049.example", status=503, text="", fetched_at=1_760_000_000.0)
        with pytest.raises(FetchFailed) as caught:  # from memory: nothing is told, and no such host exists
            await engine.poll(Target(url="http://h2049.example/", kind="feed"))
        assert caught.value.reason == "robots_unavailable"
        with pytest.raises(FetchFailed) as caught:  # forgotten: asked for again
            await engine.poll(Target(url="http://h1.example/", kind="feed"))
        assert caught.value.reason == "dns"
        assert caught.value.message.startswith("the host name 'h1.example' cannot be resolved")


@flow
async def test_large_files_leave_room_for_fewer_origins() -> None:
    text = "#" * 500_000 + "\nUser-agent: *\nDisallow: /"
    async with running(obey_robots=True) as engine:
        for number in range(20):
            known = Robots(
                origin=f"http://h{number}.example", status=200, text=text, fetched_at=1_760_000_000.0
            )
            with pytest.raises(FetchRefused, match=r"robots\.txt"):
                await engine.poll(Target(url=f"http://h{number}.example/", kind="feed", robots=(known,)))
        with pytest.raises(FetchRefused, match=r"robots\.txt"):  # from memory
            await engine.poll(Target(url="http://h19.example/", kind="feed"))
        with pytest.raises(FetchFailed) as caught:  # forgotten: asked for again
            await engine.poll(Target(url="http://h1.example/", kind="feed"))
        assert caught.value.reason == "dns"


@flow
async def test_known_rules_hold_on_while_the_origin_has_no_answer() -> None:
    clock = Clock()
    async with serving(feed=PAGE, private=PAGE) as web, running(obey_robots=True, clock=clock) as engine:
        web.routes["/robots.txt"] = rules()
        known = (await engine.poll(web.feed("/feed"))).robots
        web.routes["/robots.txt"] = answer(500)
        clock.now += 86401
        held = (await engine.poll(web.feed("/feed", robots=known))).robots
        assert held == (replace(known[0], expires_at=clock.now + 600),)
        with pytest.raises(FetchRefused):
            await engine.poll(web.feed("/private", robots=held))
        assert web.paths.count("/robots.txt") == 2
        clock.now += 30 * 86400
        with pytest.raises(FetchFailed) as caught:
            await engine.poll(web.feed("/feed", robots=held))
        assert caught.value.status == 500


@flow
async def test_rules_known_from_another_process_hold_on_as_well() -> None:
    clock = Clock()
    async with serving(feed=PAGE) as web, running(obey_robots=True, clock=clock) as engine:
        known = (robots(web, NO_PRIVATE, at=clock.now - 90_000),)
        web.routes["/robots.txt"] = answer(503)
        assert (await engine.fetch(web.page("/feed", robots=known))).robots[0].text == NO_PRIVATE


@flow
async def test_a_robots_txt_is_asked_again_when_its_own_time_is_over() -> None:
    clock = Clock()
    async with serving(feed=PAGE) as web, running(obey_robots=True, clock=clock) as engine:
        web.routes["/robots.txt"] = rules(Cache_Control="max-age=7200")
        for seconds, count in ((0, 1), (7000, 1), (500, 2)):
            clock.now += seconds
            await engine.poll(web.feed("/feed"))
            assert web.paths.count("/robots.txt") == count


@flow
async def test_a_robots_txt_may_ask_to_wait() -> None:
    async with serving(feed=PAGE) as web, running(obey_robots=True) as engine:
        web.routes["/robots.txt"] = answer(503, Retry_After="5000")
        with pytest.raises(FetchFailed) as caught:
            await engine.poll(web.feed("/feed"))
        assert (caught.value.status, caught.value.retry_after) == (503, 5000)


@flow
async def test_large_rules_are_read_beside_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: set[int] = set()
    parse = spiders.robots.parse

    def noted(robots: Robots) -> Protego:
        threads.add(threading.get_ident())
        return parse(robots)

    monkeypatch.setattr(spiders.robots, "parse", noted)
    text = NO_PRIVATE + "".join(f"Disallow: /{number}\n" for number in range(5000))
    async with serving(feed=PAGE) as web, running(obey_robots=True) as engine:
        web.routes["/robots.txt"] = rules(text)
        await engine.poll(web.feed("/feed"))
        with pytest.raises(FetchRefused):
            await engine.poll(web.feed("/private"))
    assert threads
    assert threading.get_ident() not in threads
