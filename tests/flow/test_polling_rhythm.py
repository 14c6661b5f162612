"""What polls of a real server leave with the source: rhythm, hints, due time and reason."""

import asyncio
import time
from dataclasses import replace

from crawler import rhythm as rhythms
from crawler.follow import Following, run_add
from crawler.normalize.url import host_lane
from crawler.polling import poll
from crawler.probe import leased
from crawler.worker import open_worker
from storage.model import NewSource, Source
from storage.store import Store
from tests.crawling import settings_for
from tests.newspaper import Newspaper

DAY = 86400.0


def polled(
    store: Store, tmp_path, source_id: int, *, times: int = 1, later: float = 0.0, **settings
) -> Source:
    """Poll a source by hand and keep what came of it; return the source as it is kept then."""
    changed = settings_for(tmp_path)
    changed = replace(changed, poll=replace(changed.poll, **settings))

    async def run() -> None:
        async with open_worker(
            changed, store, clock=lambda: time.time() + later, chance=lambda: 0.5
        ) as worker:
            for _ in range(times):
                source = store.sources.get(source_id)
                async with leased(worker, source.host) as lane:
                    result = await poll(worker, lane, source)
                    assert store.sources.record_polls([result], now=result.at)

    asyncio.run(run())
    return store.sources.get(source_id)


def follow(store: Store, newspaper: Newspaper, *, name: str = "daily", **fields) -> tuple[Source, object]:
    outlet = newspaper.outlet(name)
    outlet.publish_many(6)
    new = NewSource(url=outlet.feed_url, host=host_lane(outlet.feed_url), **fields)
    return store.sources.add(new, now=time.time()), outlet


def test_a_poll_with_news_teaches_and_one_without_writes_nothing(newspaper, store, tmp_path):
    source, outlet = follow(store, newspaper)
    first = polled(store, tmp_path, source.id)
    learnt = rhythms.parse(first.rhythm)
    assert learnt is not None
    assert learnt.window == 6
    assert first.due_reason.startswith("6 of 6 entries were new; ")
    quiet = polled(store, tmp_path, source.id, times=2)
    assert quiet.rhythm == first.rhythm
    assert quiet.due_reason.startswith("nothing new for ")
    assert [visit.outcome for visit in store.polls.latest(source.id, 5)] == [
        "not_modified",
        "not_modified",
        "new",
    ]
    outlet.publish_many(2)
    again = polled(store, tmp_path, source.id, later=3600.0)
    assert again.rhythm != first.rhythm
    assert again.due_reason.startswith("2 of 8 entries were new; ")


def test_a_schedule_holds_for_polls_and_failures(newspaper, store, tmp_path):
    now = time.gmtime(time.time() + 7200)
    quiet = f"00:00-{now.tm_hour:02}:30" if now.tm_hour else "00:30-00:00"
    source, _ = follow(store, newspaper, interval=600.0, schedule={"quiet": quiet, "zone": "UTC"})
    found = polled(store, tmp_path, source.id)
    assert found.due_reason.startswith("every 10 min as set")
    if "quiet hours" in found.due_reason:
        assert found.next_due_at > time.time() + 1200
    spoilt = store.sources.update(source.id, now=time.time(), schedule={"cron": "nonsense"}, interval=None)
    found = polled(store, tmp_path, spoilt.id)
    assert "; its schedule is not heeded: cron: 'nonsense' must have five fields" in found.due_reason


def test_a_child_is_polled_by_its_parents_rules(newspaper, store, tmp_path):
    parent, _ = follow(store, newspaper, interval=7200.0)
    child, _ = follow(store, newspaper, name="child", parent_id=parent.id)
    found = polled(store, tmp_path, child.id)
    assert found.due_reason == "every 2 h as set"


def test_a_source_is_followed_with_a_schedule(newspaper, store, tmp_path):
    outlet = newspaper.outlet()
    outlet.publish_many(2)
    settings = replace(settings_for(tmp_path), database=f"sqlite:///{tmp_path / 'kabar.db'}")
    chosen = {"interval": None, "schedule": {"cron": "0 6 * * *", "zone": "Asia/Jakarta"}}
    [added] = run_add(settings, [outlet.feed_url], following=Following(**chosen))
    found = store.sources.get(added.source_id)
    assert found.schedule == chosen["schedule"]
    assert found.due_reason == "cron 0 6 * * * as set"
    assert time.strftime("%H:%M", time.gmtime(found.next_due_at - 60)) in ("22:59", "23:00")
