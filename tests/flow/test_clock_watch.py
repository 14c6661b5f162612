"""The wall clock is set while the daemon runs: beats go on, and so does polling."""

import asyncio
import datetime as dates
import time
from types import SimpleNamespace

import pytest
from apscheduler.schedulers import asyncio as apscheduler_loop
from apscheduler.schedulers import base as apscheduler_base
from apscheduler.triggers import interval as apscheduler_interval

from crawler.clockwatch import ClockWatch
from crawler.normalize.url import host_lane
from crawler.schedule import Beat, Schedule
from crawler.settings import Settings
from storage import open_store
from storage.errors import StoreUnavailable
from storage.hits import Filters
from storage.model import NewSource
from tests.daemons import ROOT, daemon, environment

HOUR = 3600.0


class Wall:
    """A wall clock that can be set."""

    def __init__(self):
        self.off = 0.0

    def __call__(self):
        return time.time() + self.off


@pytest.fixture
def wall(monkeypatch):
    """The wall clock that APScheduler goes by."""
    wall = Wall()

    class Moment(dates.datetime):
        @classmethod
        def now(cls, tz=None):
            return cls.fromtimestamp(wall(), tz)

    for module in (apscheduler_base, apscheduler_interval, apscheduler_loop):
        if hasattr(module, "datetime"):
            monkeypatch.setattr(module, "datetime", Moment)
    monkeypatch.setattr("crawler.clockwatch.SETTLING", 0.0)
    return wall


def watching(wall, schedule, *, in_store=None, moved=None):
    async def note(call, store, settings):
        if moved is not None:
            moved.append(call.keywords["by"])

    worker = SimpleNamespace(
        clock=wall, chance=lambda: 0.5, in_store=in_store or note, store=None, settings=Settings()
    )
    return ClockWatch(worker, restart=schedule.restart)


@pytest.mark.parametrize("by", [-6 * HOUR, -3 * 24 * HOUR, 6 * HOUR])
def test_beats_go_on(wall, by, caplog):
    async def scene():
        beaten = asyncio.Event()

        async def job():
            beaten.set()

        async def beats():
            beaten.clear()
            await asyncio.wait_for(beaten.wait(), 5)

        schedule, moved = Schedule((Beat(name="test", every=0.05, job=job),)), []
        watch = watching(wall, schedule, moved=moved)
        schedule.start()
        await beats()
        await watch.look()
        assert moved == []
        wall.off = by
        if by < 0:
            await asyncio.sleep(0.2)  # what was about to run does
            beaten.clear()
            await asyncio.sleep(0.3)
            assert not beaten.is_set(), "APScheduler no longer goes by the wall clock: the watch is needless"
        await watch.look()
        assert moved == [pytest.approx(by, abs=1)]
        for _ in range(3):
            await beats()
        await watch.look()
        assert len(moved) == 1
        schedule.stop()
        wall.off = 2 * by
        await watch.look()

    asyncio.run(scene())
    if by < 0:
        [record, _] = [record for record in caplog.records if record.name == "crawler.clockwatch"]
        assert "set back by" in record.getMessage()


def test_a_store_that_is_gone_is_made_up_for(wall):
    async def scene():
        calls = []

        async def fails_once(call, store, settings):
            calls.append(call.keywords["by"])
            if len(calls) == 1:
                raise StoreUnavailable("sqlite:///x", "gone")

        watch = watching(wall, Schedule(()), in_store=fails_once)
        wall.off = -6 * HOUR
        with pytest.raises(StoreUnavailable):
            await watch.look()
        await watch.look()
        await watch.look()
        assert calls == [pytest.approx(-6 * HOUR, abs=1)] * 2

    asyncio.run(scene())


SET = """
import time
from pathlib import Path

true = time.time
off = Path(__file__).with_name("off")
time.time = lambda: true() + float(off.read_text() or 0)
"""


@pytest.mark.slow
def test_polling_goes_on(newspaper, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(SET)
    off = tmp_path / "off"
    off.write_text("0")
    database = f"sqlite:///{tmp_path / 'kabar.db'}"
    env = environment(database, PYTHONPATH=f"{tmp_path}:{ROOT}")
    outlet = newspaper.outlet()
    outlet.publish_many(3)

    def has(number):
        return lambda: store.articles.count(Filters()) == number

    with open_store(database) as store:
        url = outlet.feed_url
        store.sources.add(NewSource(url=url, host=host_lane(url), interval=1), now=time.time())
        with daemon(tmp_path / "log", env) as running:
            running.until(has(3))
            off.write_text(str(-6 * HOUR))
            outlet.publish()
            running.until(has(4))
            assert any("set back by 6 h" in message for message in running.messages)
            assert running.stop() == 0
        off.write_text(str(-12 * HOUR))
        outlet.publish()
        with daemon(tmp_path / "log", env) as running:
            running.until(has(5))
            assert any("lies 6 h ahead" in message for message in running.messages)
            assert running.stop() == 0
        assert store.check() == []
