"""Readers of what hubs push go on whatever a document does to them."""

import asyncio
from typing import Any, cast

import pytest

from crawler.push import delivery
from crawler.push.inbox import Inbox, Push
from crawler.worker import Worker
from storage.errors import StoreBusy


@pytest.mark.parametrize("accident", [ValueError("a defect"), StoreBusy("locked"), asyncio.CancelledError()])
def test_a_document_that_ends_badly_costs_no_other(
    monkeypatch: pytest.MonkeyPatch, accident: BaseException
) -> None:
    delivered: list[int] = []

    async def deliver(_: Any, push: Push) -> None:
        if push.source_id == 1:
            raise accident
        delivered.append(push.source_id)

    async def run() -> None:
        inbox, woken = Inbox(), asyncio.Event()
        reader = asyncio.create_task(delivery.take_in(cast(Worker, None), inbox, woken.set))
        for number in (1, 2):
            inbox.put(Push(subscription_id=number, source_id=number, body=b"", content_type=""))
        await asyncio.wait_for(woken.wait(), 5)
        reader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reader

    monkeypatch.setattr(delivery, "deliver", deliver)
    asyncio.run(run())
    assert delivered == [2]
