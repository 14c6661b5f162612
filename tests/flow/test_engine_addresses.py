"""Many hosts on one address: how many are asked at once, and who waits for what."""

import asyncio

import pytest

from spiders.errors import FetchFailed
from spiders.items import Target
from tests.flow.loopback import Visit, Web, answer, flow, running, serving


def hosts(web: Web, monkeypatch: pytest.MonkeyPatch, count: int) -> list[Target]:
    """Targets on as many hosts, all of which stand on the server's address."""

    async def resolved(self: object, host: str, port: int = 0, family: int = 0) -> list[dict[str, object]]:
        return [{"hostname": host, "host": "127.0.0.1", "port": port, "family": 2, "proto": 6, "flags": 0}]

    monkeypatch.setattr("aiohttp.resolver.DefaultResolver.resolve", resolved)
    return [Target(url=f"http://h{n}.example:{web.port}/x", kind="feed") for n in range(count)]


async def slow(visit: Visit) -> bytes:
    await asyncio.sleep(0.02)
    return answer(200, b"x")


@flow
async def test_one_address_is_asked_so_much_at_a_time_by_all_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(x=slow) as web, running(per_address=3) as engine:
        targets = hosts(web, monkeypatch, 20)
        for call in (engine.poll, engine.fetch):
            web.most = 0
            fetches = await asyncio.gather(*map(call, targets))
            assert [fetch.body for fetch in fetches] == [b"x"] * 20
            assert web.most == 3


@flow
async def test_other_addresses_need_not_wait() -> None:
    met = asyncio.Barrier(2)

    async def meet(visit: Visit) -> bytes:
        await met.wait()
        return answer(200, b"x")

    async with serving(x=meet) as web, running(per_address=1, timeout=5.0) as engine:
        both = [Target(url=f"http://127.0.0.{n}:{web.port}/x", kind="feed") for n in (1, 2)]
        assert len(await asyncio.gather(*map(engine.poll, both))) == 2


@flow
async def test_waiting_does_not_count_as_time_of_the_exchange(monkeypatch: pytest.MonkeyPatch) -> None:
    async def half(visit: Visit) -> bytes:
        await asyncio.sleep(0.2)
        return answer(200, b"x")

    async with serving(x=half) as web, running(per_address=1, timeout=0.5) as engine:
        fetches = await asyncio.gather(*map(engine.poll, hosts(web, monkeypatch, 5)))
        assert len(fetches) == 5
        assert max(fetch.seconds for fetch in fetches) < 0.5


@flow
async def test_who_gives_up_or_fails_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    count = 0

    async def odd(visit: Visit) -> bytes | None:
        nonlocal count
        count += 1
        await asyncio.sleep(0.01)
        if count % 3 == 0:
            visit.reset()
            return None
        return answer(200, b"x", **({"Connection": "close"} if count % 2 else {}))

    async with serving(x=odd) as web, running(per_address=2, timeout=5.0) as engine:
        tasks = [asyncio.create_task(engine.poll(target)) for target in hosts(web, monkeypatch, 30)]
        await asyncio.sleep(0.03)
        for task in tasks[5:15]:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert web.most <= 2
        for result in results:
            assert not isinstance(result, Exception) or isinstance(result, FetchFailed)
        assert sum(not isinstance(result, BaseException) for result in results) >= 5
        web.routes["/x"] = slow
        assert len(await asyncio.gather(*map(engine.poll, hosts(web, monkeypatch, 10)))) == 10


@flow
async def test_redirects_to_the_same_address_do_not_wait_for_themselves() -> None:
    async with serving(x=answer(200, b"x")) as web, running(per_address=1, obey_robots=True) as engine:
        web.routes["/go"] = answer(302, b"there", Location="/x")
        for call in (engine.poll, engine.fetch):
            assert (await call(web.feed("/go"))).body == b"x"
