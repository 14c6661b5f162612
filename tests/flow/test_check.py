"""``kabar sources check`` and ``kabar doctor`` against outlets that behave well and badly."""

import asyncio
import json
import time
from typing import Any

import pytest

from crawler.alarm import SilenceAlarm
from crawler.check import Checked, run_check
from crawler.cli.main import run
from crawler.health.silence import WIDTH
from crawler.settings import Settings
from crawler.worker import open_worker
from storage import open_store
from storage.store import Store
from tests.keeping import add_article, add_source, at, give_back, lease_one, line, offer, result
from tests.loopback import LoopbackOutlet
from tests.newspaper import serve_in_thread
from tests.ports import dead_url


@pytest.fixture
def outlet() -> Any:
    with serve_in_thread() as paper:
        yield paper.outlet("daily")


def check(settings: Settings, target: str) -> Checked:
    [answer] = run_check(settings, [target])
    return answer


def codes(answer: Checked) -> list[str]:
    return [finding.code for finding in answer.findings]


def test_a_well_source(settings: Settings, outlet: LoopbackOutlet) -> None:
    outlet.publish_many(3)
    answer = check(settings, outlet.feed_url)
    assert (answer.status, answer.format, answer.entries) == (200, "rss20", 3)
    assert answer.newest is not None
    assert codes(answer) == []


def test_nothing_is_stored(settings: Settings, outlet: LoopbackOutlet) -> None:
    outlet.publish_many(3)
    check(settings, outlet.feed_url)
    with open_store(settings.database_url) as store:
        assert store.sources.list(states=("active", "once")) == []
        assert store.status(now=time.time()).entries["offered"] == 0


@pytest.mark.parametrize(
    ("fault", "params", "code", "words"),
    [
        ("status", {"code": 403}, "http_403", "--user-agent"),
        ("status", {"code": 410}, "http_410", "kabar add"),
        ("status", {"code": 500}, "http_500", "tries again"),
        ("status", {"code": 429}, "http_429", "--every"),
    ],
)
def test_each_refusal_comes_with_advice(
    settings: Settings, outlet: LoopbackOutlet, fault: str, params: dict[str, Any], code: str, words: str
) -> None:
    outlet.fail_feed(fault, **params)
    answer = check(settings, outlet.feed_url)
    assert codes(answer)[0] == code
    assert words in answer.findings[0].advice


def test_a_dead_server(settings: Settings) -> None:
    assert codes(check(settings, dead_url())) == ["connection_refused"]


def test_robots(settings: Settings, outlet: LoopbackOutlet) -> None:
    outlet.robots = "User-agent: *\nDisallow: /"
    answer = check(settings, outlet.feed_url)
    assert codes(answer) == ["robots"]
    assert "--ignore-robots" in answer.findings[0].advice


def test_a_web_page_in_place_of_the_feed(settings: Settings, outlet: LoopbackOutlet) -> None:
    outlet.put(
        outlet.feed_path, "<!doctype html><link rel=alternate type=application/rss+xml href=/new.xml><p>x</p>"
    )
    answer = check(settings, outlet.feed_url)
    assert codes(answer) == ["html"]
    assert "/new.xml" in answer.findings[0].what


def test_an_ill_formed_feed_shows_the_bytes(settings: Settings, outlet: LoopbackOutlet) -> None:
    item = (
        "<item><title>A & B</title><link>http://127.0.0.1/a</link><pubDate>Wed, 25 Nov 2026</pubDate></item>"
    )
    outlet.put(outlet.feed_path, f"<rss><channel><title>x</title>{item}</channel></rss>")
    answer = check(settings, outlet.feed_url)
    assert "ill_formed" in codes(answer)
    [fault] = [finding for finding in answer.findings if finding.code == "ill_formed"]
    assert "A &>>> B</title>" in fault.what


def test_a_source_of_the_store_is_told_with_its_past(settings: Settings, outlet: LoopbackOutlet) -> None:
    outlet.publish_many(2)
    with open_store(settings.database_url) as store:
        source = add_source(store, "daily", host="127.0.0.1", now=time.time())
        store.sources.update(source.id, now=time.time(), url=outlet.feed_url, gap_at=time.time() - 60)
    answer = check(settings, str(source.id))
    assert (answer.source_id, codes(answer)) == (source.id, ["gap"])


def test_the_command_line(
    settings: Settings, outlet: LoopbackOutlet, capsys: pytest.CaptureFixture[str]
) -> None:
    outlet.publish_many(2)
    base = ["--database", settings.database_url, "sources", "check", "--allow-private"]
    assert run([*base, outlet.feed_url]) == 0
    assert "verdict\tall is well" in capsys.readouterr().out
    outlet.fail_feed(status=404)
    assert run([*base, "--json", outlet.feed_url]) == 1
    caught = capsys.readouterr()
    assert caught.err.startswith(f"kabar: {outlet.feed_url}: ")
    assert caught.err.count("\n") == 1
    told = json.loads(caught.out)
    assert (told["ok"], told["findings"][0]["code"]) == (False, "http_404")
    assert run([*base, "nosuch"]) == 1
    assert capsys.readouterr().err.startswith("kabar: nosuch: there is no source 'nosuch'; `kabar sources`")


# The doctor


def fail(store: Store, name: str, error: str, *, times: int = 4) -> None:
    now = time.time()
    source = add_source(store, name, now=now)
    held = lease_one(store, source.host, now=now)
    failed = result(held, source, now=now, outcome="failed", error=error, failures=times, status=None)
    assert store.sources.record_polls([failed], now=now)


def doctor(settings: Settings, *flags: str) -> int:
    return run(["--database", settings.database_url, "doctor", *flags])


def test_an_empty_store_has_nothing_wrong(
    settings: Settings, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    assert doctor(settings) == 0
    told = capsys.readouterr()
    assert "no_sources" in told.out
    assert told.err == "looked at 0 sources: none is followed\n"
    assert doctor(settings, "--problems", "--tag", "nosuch") == 0
    assert capsys.readouterr().err == "looked at 0 sources: none has the tag 'nosuch'\n"


def test_ill_sources_are_told_with_advice(
    settings: Settings, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    fail(store, "a", "tls: no secure connection: certificate has expired")
    fail(store, "b", "timeout: no complete answer within 30 s", times=1)
    add_source(store, "c", now=time.time())
    assert doctor(settings, "--json") == 4
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["title"], row["code"], row["severity"]) for row in told if row["source"]] == [
        ("a", "tls", "problem"),
        ("b", "timeout", "notice"),
    ]
    assert doctor(settings, "--partial-ok") == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [line[1:3] for line in lines if line[0]] == [["problem", "tls"], ["notice", "timeout"]]


def test_a_host_that_wants_to_be_left_alone_is_no_alarm(
    settings: Settings, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    now = time.time()
    source = add_source(store, "a", now=now - 7200)
    give_back(store, lease_one(store, source.host, now=now - 7000), now=now, polite_at=now + 7200)
    assert doctor(settings) == 0
    base = ["--database", settings.database_url]
    assert run([*base, "status"]) == 0
    assert "due\tnothing; 1 more when their hosts may be asked again" in capsys.readouterr().out
    assert run([*base, "sources", "show", "a"]) == 0
    assert f"its host\t{source.host} is left alone until" in capsys.readouterr().out
    assert run([*base, "sources", "show", "a", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["host_alone_until"] is not None


def test_a_store_that_keeps_nothing_is_an_alarm(
    settings: Settings, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    now = time.time()
    source = add_source(store, "a", now=now)
    reasons = ("robots", "private_address", "private_address")
    *others, last = offer(store, source, *(line(name) for name in "abcd"), now=now)
    for entry, reason in zip(others, reasons, strict=True):
        assert doctor(settings) == 0
        store.entries.finish(entry, outcome="rejected", reason=reason, now=now)
    capsys.readouterr()
    assert doctor(settings, "--json") == 1
    [told] = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "nothing_kept" in line]
    assert told["what"] == "nothing was kept: all pages so far were rejected (private_address 2, robots 1)"
    assert "--allow-private" in told["advice"]
    assert doctor(settings) == 1
    assert capsys.readouterr().err == "looked at 1 source: 1 alarm, none needs a look by itself\n"
    store.entries.finish(last, outcome="stored", article_id=add_article(store), now=now)
    assert doctor(settings) == 0
    assert capsys.readouterr().err == "looked at 1 source: all are well\n"


def test_a_silent_store_is_an_alarm(
    settings: Settings, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    fill_then_fall_silent(store)
    assert doctor(settings) == 1
    assert "silence" in capsys.readouterr().out
    assert run(["--database", settings.database_url, "status"]) == 0
    assert "ALARM\tno new article since" in capsys.readouterr().out


def fill_then_fall_silent(store: Store) -> None:
    now = time.time()
    source = add_source(store, "a", now=now)
    for place in range(40):
        add_article(store, f"{place}", source=source, seen_at=now - 20 * 3600 - place * WIDTH)
    held = lease_one(store, source.host, now=now)
    quiet = result(held, source, now=now, outcome="not_modified", pace=600.0, keep_validators=True)
    assert store.sources.record_polls([quiet], now=now)


def test_the_daemon_says_so_once(store: Store, settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    fill_then_fall_silent(store)

    async def listen() -> None:
        async with open_worker(settings, store) as worker:
            alarm = SilenceAlarm(worker)
            await alarm.look()
            await alarm.look()
            add_article(store, "news", seen_at=time.time())
            await alarm.look()

    with caplog.at_level("INFO", logger="crawler.alarm"):
        asyncio.run(listen())
    first, second = caplog.messages
    assert first.startswith("no new article since")
    assert second == "news arrives again"


@pytest.mark.parametrize("followed", [True, False])
def test_a_site_of_which_less_is_read_is_told(
    settings: Settings, store: Store, capsys: pytest.CaptureFixture[str], followed: bool
) -> None:
    now, day = time.time(), 86_400.0
    today = now - now % day
    if followed:
        add_source(store, "a", now=now)
    with store.transaction():
        for place in range(160):
            seen_at = today - 20 * day + place * day / 8
            dated = {"published_at": at(seen_at - 600)} if place < 120 else {}
            add_article(store, f"{place}", seen_at=seen_at, site="koran.test", **dated)
            add_article(store, f"well {place}", seen_at=seen_at, site="well.test")
    assert doctor(settings, "--json", "--problems") == 4
    (told,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (told["code"], told["site"], told["source"]) == ("drift", "koran.test", None)
    assert " 0% have a date, down from 100% " in told["what"]
    assert doctor(settings, "--partial-ok") == 0
    printed = capsys.readouterr()
    assert "problem\tdrift\tkoran.test\t" in printed.out
    assert "less is read from 1 site than before" in printed.err
