"""What is kept of pushes, and how many are let in."""

import asyncio

from crawler.push import inbox
from crawler.push.inbox import Inbox, Limiter, Push


def push(source_id=1, size=10):
    return Push(subscription_id=source_id, source_id=source_id, body=b"x" * size, content_type="")


def test_pushes_come_out_in_order_and_make_room():
    async def run():
        box = Inbox()
        assert all(box.put(push(1, size)) for size in (1, 2, 3, 4))
        assert not box.put(push(1))
        assert box.put(push(2))
        assert [len((await box.get()).body) for _ in range(4)] == [1, 2, 3, 4]
        assert box.put(push(1))
        assert (await box.get()).source_id == 2

    asyncio.run(run())


def test_memory_is_bounded_over_all_sources(monkeypatch):
    monkeypatch.setattr(inbox, "MOST_BYTES", 100)
    box = Inbox()
    taken = [box.put(push(number, 40)) for number in range(5)]
    assert taken == [True, True, False, False, False]


def test_a_limit_refills_with_time():
    now = [0.0]
    limiter = Limiter(burst=2, per_second=0.5, clock=lambda: now[0])
    assert [limiter.allows("a") for _ in range(3)] == [True, True, False]
    assert limiter.allows("b")
    now[0] = 2.0
    assert [limiter.allows("a") for _ in range(2)] == [True, False]
    now[0] = 1000.0
    assert [limiter.allows("a") for _ in range(3)] == [True, True, False]


def test_keys_are_forgotten_the_oldest_first(monkeypatch):
    monkeypatch.setattr(inbox, "_MOST_KEYS", 3)
    limiter = Limiter(burst=1, per_second=0.0, clock=lambda: 0.0)
    assert all(limiter.allows(key) for key in "abcd")
    assert not limiter.allows("d")
    assert limiter.allows("a")
