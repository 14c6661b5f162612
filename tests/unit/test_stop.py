"""A wish to stop is heard, whatever the machine is short of."""

import asyncio
import os
import signal
import threading

import pytest

from crawler import stop as stopping
from crawler.stop import Stop


def test_without_memory_for_a_thread_the_loop_is_the_last_resort(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[int] = []

    def refused(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    async def scene() -> None:
        stop = Stop()
        with stop.on_signals():
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.wait_for(stop.requested.wait(), 5)
            await asyncio.sleep(0.1)

    monkeypatch.setattr(stopping, "PATIENCE", 0.01)
    monkeypatch.setattr(threading.Thread, "start", refused)
    monkeypatch.setattr(os, "_exit", left.append)
    asyncio.run(scene())
    assert left == [1]
