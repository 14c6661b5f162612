"""The signs of life that a daemon gives to systemd, and what its beats say of themselves."""

import asyncio
import logging

import pytest

from crawler import daemon
from crawler.daemon import HEARTBEAT, PATIENCE, Heart
from crawler.schedule import Beat, Schedule


def test_who_waits_for_the_store_lives_but_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    now = 1000.0
    monkeypatch.setattr(daemon, "notify", told.append)
    heart = Heart(steady=lambda: now)
    for _ in range(2):
        heart.seen()
        begun = now
        while now < begun + 2 * PATIENCE:
            heart.beat()
            now += HEARTBEAT
    assert told == ["WATCHDOG=1"] * 2 * int(PATIENCE / HEARTBEAT)


def test_a_run_that_is_left_out_or_ended_with_the_daemon_is_nothing_to_speak_of(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)

    async def scene() -> None:
        begun = asyncio.Event()

        async def long() -> None:
            begun.set()
            await asyncio.sleep(60)

        schedule = Schedule((Beat(name="long", every=0.05, job=long),))
        schedule.start()
        await asyncio.wait_for(begun.wait(), 5)
        await asyncio.sleep(0.3)
        schedule.stop()
        await asyncio.sleep(0.05)

    asyncio.run(scene())
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []
