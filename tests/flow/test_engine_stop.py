"""Cancelling callers and stopping the Engine: nothing leaks, nothing wedges, nothing is late."""

import asyncio
import time
from typing import Any

import pytest

from spiders.engine import Engine
from spiders.errors import FetchFailed
from spiders.items import Document, Fetch, Reading
from spiders.policy import FetchPolicy
from tests.flow.loopback import Clock, Visit, Web, answer, flow, running, serving, titled

GOOD = answer(200, b"x")


async def silent(visit: Visit) -> None:
    await asyncio.sleep(20)


async def started(**policy: Any) -> Engine:
    manners: dict[str, Any] = {"allow_private": True, "obey_robots": False, "timeout": 20.0, **policy}
    engine = Engine(FetchPolicy(user_agent="kabar-test/1", **manners), read=titled, clock=Clock())
    await engine.start()
    return engine


async def seen(web: Web, count: int) -> None:
    while len(web.visits) < count:
        await asyncio.sleep(0.005)


async def give_up(task: "asyncio.Task[Any]") -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("way", ["poll", "fetch", "read_article"])
@flow
async def test_a_caller_may_give_up_while_fetching(way: str) -> None:
    async with serving(silent=silent, good=GOOD) as web, running(polls=1, pages=1) as engine:
        call = getattr(engine, way)
        for round_ in range(1, 4):
            task = asyncio.create_task(call(web.page("/silent")))
            await seen(web, round_)
            await give_up(task)
        began = time.perf_counter()
        await call(web.page("/good"))
        assert time.perf_counter() - began < 1.0


@pytest.mark.parametrize("way", ["poll", "fetch", "read_article"])
@flow
async def test_a_caller_may_give_up_while_waiting_for_its_turn(way: str) -> None:
    async with serving(silent=silent, good=GOOD) as web, running(polls=1, pages=1) as engine:
        call = getattr(engine, way)
        first = asyncio.create_task(call(web.page("/silent")))
        await seen(web, 1)
        waiting = [asyncio.create_task(call(web.page("/never"))) for _ in range(5)]
        await asyncio.sleep(0.01)
        for task in waiting:
            await give_up(task)
        await give_up(first)
        await call(web.page("/good"))
        assert "/never" not in web.paths


@flow
async def test_a_caller_may_give_up_at_once() -> None:
    async with serving(good=GOOD) as web, running(polls=1, pages=1) as engine:
        for way in (engine.poll, engine.fetch, engine.read_article):
            for ticks in range(12):
                task = asyncio.create_task(way(web.page("/good")))
                for _ in range(ticks):
                    await asyncio.sleep(0)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            assert await asyncio.wait_for(way(web.page("/good")), 1.0)


@flow
async def test_giving_up_cancels_the_reading() -> None:
    state = {"begun": 0, "cancelled": 0}

    async def read(fetch: Fetch) -> Document:
        if fetch.url.endswith("/good"):
            return await titled(fetch)
        state["begun"] += 1
        try:
            await asyncio.sleep(20)
        except asyncio.CancelledError:
            state["cancelled"] += 1
            raise
        raise AssertionError

    async with serving(slow=GOOD, good=GOOD) as web, running(read=read, pages=1) as engine:
        task = asyncio.create_task(engine.read_article(web.page("/slow")))
        while not state["begun"]:
            await asyncio.sleep(0.005)
        await give_up(task)
        assert (await engine.read_article(web.page("/good"))).document.title == "x"
    assert state == {"begun": 1, "cancelled": 1}


@pytest.mark.parametrize("deadline", [0.0, 0.4])
@flow
async def test_stopping_does_not_wait_for_a_hanging_server(deadline: float) -> None:
    async with serving(silent=silent) as web:
        web.routes["/robots.txt"] = silent
        engine = await started(polls=2, pages=2, obey_robots=False)
        obeying = await started(obey_robots=True)
        ways = (engine.poll, engine.fetch, engine.read_article)
        calls = [asyncio.create_task(way(web.page("/silent"))) for way in ways for _ in range(4)]
        calls += [asyncio.create_task(way(web.page("/x"))) for way in (obeying.poll, obeying.fetch)]
        await seen(web, 5)
        began = time.perf_counter()
        await asyncio.gather(engine.stop(deadline), obeying.stop(deadline))
        assert time.perf_counter() - began < deadline + 0.3
        errors = await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), 0.5)
        assert {getattr(error, "reason", error) for error in errors} == {"stopping"}


@flow
async def test_stopping_lets_what_is_nearly_done_end() -> None:
    async def slow(visit: Visit) -> bytes:
        await asyncio.sleep(0.1)
        return GOOD

    async with serving(slow=slow) as web:
        engine = await started()
        calls = [
            asyncio.create_task(way(web.page("/slow")))
            for way in (engine.poll, engine.fetch, engine.read_article)
        ]
        await seen(web, 3)
        began = time.perf_counter()
        await engine.stop(4.0)
        assert time.perf_counter() - began < 1.0
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(result) for result in results] == [Fetch, Fetch, Reading]


@flow
async def test_after_stopping_everything_is_refused() -> None:
    async with serving(good=GOOD) as web:
        engine = await started()
        await engine.poll(web.feed("/good"))
        began = time.perf_counter()
        await engine.stop(5.0)
        await engine.stop(5.0)
        assert time.perf_counter() - began < 0.5
        for call in (engine.poll, engine.fetch, engine.read_article):
            with pytest.raises(FetchFailed) as caught:
                await call(web.feed("/good"))
            assert caught.value.reason == "stopping"
        assert len(web.visits) == 1


@flow
async def test_stopping_before_starting_is_harmless() -> None:
    engine = Engine(FetchPolicy(user_agent="x"), read=titled, clock=Clock())
    await engine.stop(1.0)
    with pytest.raises(RuntimeError):
        await engine.start()


@flow
async def test_many_engines_one_after_another_leave_nothing_behind() -> None:
    import psutil

    async with serving(good=GOOD) as web:
        for _ in range(3):
            engine = await started()
            await engine.read_article(web.page("/good"))
            await engine.stop(1.0)
        process = psutil.Process()
        descriptors, threads = process.num_fds(), process.num_threads()
        for _ in range(5):
            engine = await started()
            await engine.read_article(web.page("/good"))
            await engine.stop(1.0)
        # Processes that were told to end take a moment for it on a busy machine.
        for _ in range(200):
            if process.num_fds() <= descriptors + 2 and process.num_threads() <= threads:
                break
            await asyncio.sleep(0.05)
        assert process.num_fds() <= descriptors + 2
        assert process.num_threads() <= threads
