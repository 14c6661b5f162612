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
from crawler.daemon import _when_believed
from crawler.normalize.url import host_lane
from crawler.schedule import Beat, Every, Schedule
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


def watching(wall, schedule, *, in_store=None, moved=None, steady=time.monotonic, last_poll_at=None):
    async def note(call, store, settings):
        if moved is not None:
            moved.append(call.keywords["by"])

    worker = SimpleNamespace(
        clock=wall, chance=lambda: 0.5, in_store=in_store or note, store=None, settings=Settings()
    )
    return ClockWatch(worker, restart=schedule.restart, steady=steady, last_poll_at=last_poll_at)


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


def test_missed_beats_are_not_counted_one_by_one():
    """400 days hold seven million beats of five seconds: the daemon stood still over them."""
    trigger = Every(seconds=5, timezone="UTC")
    begun = dates.datetime(2026, 11, 28, tzinfo=dates.UTC)
    leapt = begun + dates.timedelta(days=400)
    step = dates.timedelta(seconds=5)
    assert trigger.get_next_fire_time(begun, begun) == begun + step
    assert trigger.get_next_fire_time(begun, begun + step / 2) == begun + step
    assert trigger.get_next_fire_time(begun, leapt) == leapt + step
    assert trigger.get_next_fire_time(begun, begun - 100 * step) == begun + step


class TestDoubt:
    """What is old is deleted for good: not by a clock that has just leapt far ahead."""

    @pytest.fixture
    def steady(self, wall):
        """A clock that goes on as the wall clock does while nobody sets that."""
        return lambda: wall() - wall.set

    @pytest.fixture(autouse=True)
    def nobody_set_it(self, wall):
        wall.set = 0.0

    @pytest.mark.parametrize(
        ("by", "believed"), [(23 * HOUR, True), (25 * HOUR, False), (4e8, False), (-4e8, True)]
    )
    def test_only_a_leap_far_ahead_is_doubted(self, wall, steady, by, believed):
        async def scene():
            watch = watching(wall, Schedule(()), steady=steady)
            assert watch.believed()
            wall.off = wall.set = by
            assert watch.believed() == believed, "though it has not looked yet"
            await watch.look()
            assert watch.believed() == believed

        asyncio.run(scene())

    def test_it_is_believed_when_it_stays(self, wall, steady, caplog):
        async def scene():
            watch = watching(wall, Schedule(()), steady=steady)
            wall.off = wall.set = 400 * 24 * HOUR
            await watch.look()
            wall.off += 1.9 * HOUR
            await watch.look()
            assert not watch.believed()
            wall.off += 0.2 * HOUR
            assert watch.believed()

        asyncio.run(scene())
        [message] = [record.getMessage() for record in caplog.records if record.name == "crawler.clockwatch"]
        assert "nothing old is deleted for the next 2 h" in message

    @pytest.mark.parametrize(("days", "believed"), [(None, True), (0.9, True), (1.1, False), (-400, True)])
    def test_so_is_a_start_long_after_the_last_poll(self, wall, steady, days, believed):
        last = None if days is None else wall() - days * 24 * HOUR
        watch = watching(wall, Schedule(()), steady=steady, last_poll_at=last)
        assert watch.believed() == believed
        wall.off += 2.1 * HOUR
        assert watch.believed()

    def test_a_daemon_does_not_delete_by_it(self, wall, steady):
        async def scene():
            watch, done = watching(wall, Schedule(()), steady=steady), []

            async def deleting():
                done.append(wall())

            await _when_believed(watch, deleting)
            assert len(done) == 1
            wall.off = wall.set = 400 * 24 * HOUR
            await _when_believed(watch, deleting)
            assert len(done) == 1
            wall.off += 2 * HOUR
            await watch.look()
            await _when_believed(watch, deleting)
            assert len(done) == 1, "seen only now"
            wall.off += 2 * HOUR
            await _when_believed(watch, deleting)
            assert len(done) == 2

        asyncio.run(scene())


SET = """
import time
from pathlib import Path

true = time.time
off = Path(__file__).with_name("off")
time.time = lambda: true() + float(off.read_text() or 0)
"""
SET_EVERYWHERE = f"""{SET}
import datetime

class Moments(type(datetime.datetime)):
    def __instancecheck__(cls, value):
        return isinstance(value, datetime.datetime.__base__)

class Moment(datetime.datetime, metaclass=Moments):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(time.time(), tz)

datetime.datetime = Moment
"""
"""APScheduler goes by this one."""


def clocked(folder, program, **settings):
    """A file that says by how much a daemon's clock is off, its database, and the environment for both."""
    (folder / "sitecustomize.py").write_text(program)
    off = folder / "off"
    off.write_text("0")
    database = f"sqlite:///{folder / 'kabar.db'}"
    return off, database, environment(database, PYTHONPATH=f"{folder}:{ROOT}", **settings)


@pytest.mark.slow
def test_polling_goes_on(newspaper, tmp_path):
    off, database, env = clocked(tmp_path, SET)
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


@pytest.mark.slow
def test_nothing_is_deleted_by_a_clock_that_leapt(newspaper, tmp_path):
    off, database, env = clocked(tmp_path, SET_EVERYWHERE, KABAR_RETENTION__AGE="30d")
    outlet = newspaper.outlet()
    outlet.publish_many(3)
    with open_store(database) as store:
        url = outlet.feed_url
        store.sources.add(NewSource(url=url, host=host_lane(url), interval=1), now=time.time())
        with daemon(tmp_path / "log", env) as running:
            running.until(lambda: store.articles.count(Filters()) == 3)
            off.write_text(str(400 * 24 * HOUR))
            running.until(lambda: any("nothing old is deleted" in message for message in running.messages))
            time.sleep(6)  # within which all beats run that the clock makes late
            assert store.articles.count(Filters()) == 3
            assert store.pages.measured().number == 3
            outlet.publish()
            running.until(lambda: store.articles.count(Filters()) == 4)
            assert running.stop() == 0
