"""Dealings with a real hub over HTTP, in one process: subscribe, verify, push, distrust."""

import asyncio
import gzip
import socket
import time
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from crawler.errors import CannotListen
from crawler.normalize.url import host_lane
from crawler.push import delivery
from crawler.push.asking import Asker
from crawler.push.callback import listening
from crawler.push.inbox import Inbox
from crawler.push.service import served
from crawler.settings import WebSettings, WebsubSettings
from crawler.slice import Dispatcher, run_until_idle
from crawler.websub.protocol import HOUR
from crawler.worker import open_worker
from storage.hits import Filters
from storage.model import NewSource
from tests.crawling import settings_for
from tests.hub import LoopbackHub, announce, call, feed_of
from tests.ports import free_port


@pytest.fixture
def settings(tmp_path):
    port = free_port()
    return replace(
        settings_for(tmp_path, max_feed_bytes=200_000),
        web=WebSettings(port=port),
        websub=WebsubSettings(callback=f"http://127.0.0.1:{port}/"),
    )


class Clock:
    """The time as it is, moved by a test."""

    def __init__(self):
        self.ahead = 0.0

    def __call__(self):
        return time.time() + self.ahead


class House:
    """A worker with its listener, moved step by step."""

    def __init__(self, worker, inbox, asker, clock):
        self.worker, self.inbox, self.asker, self.clock = worker, inbox, asker, clock

    @property
    def subscription(self):
        return self.worker.store.subscriptions.of_source(1)

    async def crawl(self):
        """Do what is due now."""
        dispatcher = Dispatcher(self.worker, listener=lambda event: None)
        await run_until_idle(self.worker, dispatcher, asyncio.Event())
        await dispatcher.stop(deadline=2.0)

    async def poll(self):
        self.worker.store.sources.update(1, now=self.clock(), next_due_at=self.clock())
        await self.crawl()

    async def ask(self):
        """Let the hub be asked what is due, until all answers are in."""
        await self.asker.round()
        while self.asker._lanes:
            await asyncio.gather(*self.asker._lanes.values())
            await asyncio.sleep(0)

    async def until(self, holds):
        give_up = time.monotonic() + 10
        while not holds():
            assert time.monotonic() < give_up
            await asyncio.sleep(0.02)

    async def take_in(self):
        """Take in the one push that waits."""
        return await delivery.deliver(self.worker, await asyncio.wait_for(self.inbox.get(), 2))


@asynccontextmanager
async def house(settings, store):
    clock, inbox = Clock(), Inbox()
    async with open_worker(settings, store, clock=clock) as worker:
        asker = Asker(worker, base=settings.websub.callback.rstrip("/") + "/websub")
        async with listening(worker, inbox):
            yield House(worker, inbox, asker, clock)
        await asker.stop()


def follow(store, outlet, **fields):
    new = NewSource(url=outlet.feed_url, host=host_lane(outlet.feed_url), **fields)
    store.sources.add(new, now=time.time())


async def subscribed(at, hub):
    await at.poll()
    await at.ask()
    await at.until(lambda: at.subscription.state == "verified")


@pytest.mark.parametrize("where", ["headers", "document"])
def test_a_hub_is_asked_verified_and_pushes(newspaper, store, settings, where):
    outlet, hub = newspaper.outlet(), LoopbackHub(newspaper)
    announce(outlet, hub, where=where)
    outlet.publish_many(2)
    follow(store, outlet)

    async def run():
        async with house(settings, store) as at:
            await at.poll()
            assert at.subscription.state == "wanted"
            await at.ask()
            await at.until(lambda: at.subscription.state == "verified")
            assert hub.last["hub.topic"] == outlet.feed_url
            assert hub.last["hub.callback"] == f"{settings.websub.callback}websub/{at.subscription.token}"
            await at.until(lambda: hub.verifications)
            assert hub.verifications[0].body == b"a-challenge"
            assert hub.verifications[0].headers["Server"] == "kabar"
            assert {visit.method for visit in newspaper.visits if visit.outlet == "hub"} == {"POST"}
            outlet.publish()
            polls = len(newspaper.visits_to(outlet.feed_path))
            before = store.sources.get(1)
            assert (await asyncio.to_thread(hub.push, feed_of(outlet))).status == 202
            assert (await at.take_in()).new == 1
            await at.crawl()
            assert store.articles.count(Filters()) == 3
            assert len(newspaper.visits_to(outlet.feed_path)) == polls
            after = store.sources.get(1)
            assert (after.etag, after.next_due_at, after.last_polled_at) == (
                before.etag, before.next_due_at, before.last_polled_at,
            )  # fmt: skip
            assert (at.subscription.pushes, at.subscription.brought, at.subscription.trust) == (1, 1, 0)
            for _ in range(2):
                await at.poll()
            assert (at.subscription.trust, at.subscription.brought) == (1, 0)

    asyncio.run(run())


def test_trust_spreads_polls_and_ends_with_the_first_news_not_pushed(newspaper, store, settings):
    outlet, hub = newspaper.outlet(), LoopbackHub(newspaper)
    announce(outlet, hub)
    follow(store, outlet)
    outlet.publish()

    async def run():
        async with house(settings, store) as at:
            await subscribed(at, hub)
            for _ in range(3):
                outlet.publish()
                await asyncio.to_thread(hub.push, feed_of(outlet))
                await at.take_in()
                await at.poll()
            assert at.subscription.trust == 3
            assert store.sources.get(1).due_reason.endswith("a hub pushes it: polls are spread 3 x")
            outlet.publish()
            await at.poll()
            assert (at.subscription.trust, at.subscription.missed) == (0, 1)
            assert "a hub pushes it" not in store.sources.get(1).due_reason

    asyncio.run(run())


def test_a_hub_that_never_pushes_is_noted_and_polling_goes_on(newspaper, store, settings):
    outlet, hub = newspaper.outlet(), LoopbackHub(newspaper)
    announce(outlet, hub)
    outlet.publish()
    follow(store, outlet)

    async def run():
        async with house(settings, store) as at:
            await subscribed(at, hub)
            await at.poll()
            for _ in range(2):
                outlet.publish()
                await at.poll()
            assert (at.subscription.missed, at.subscription.pushes) == (2, 0)
            assert "a hub pushes it" not in store.sources.get(1).due_reason

    asyncio.run(run())


def test_a_hub_that_denies_is_believed(newspaper, store, settings):
    outlet, hub = newspaper.outlet(), LoopbackHub(newspaper, manner="denies")
    announce(outlet, hub)
    outlet.publish()
    follow(store, outlet)

    async def run():
        async with house(settings, store) as at:
            await at.poll()
            await at.ask()
            await at.until(lambda: at.subscription.state == "denied")
            assert at.subscription.last_error == "the hub denied it: not here"
            assert (await asyncio.to_thread(hub.push, feed_of(outlet))).status == 410
            outlet.publish()
            await at.poll()
            await at.ask()
            assert len(hub.requests) == 1

    asyncio.run(run())


def test_a_hub_that_verifies_late_is_welcome(newspaper, store, settings):
    outlet, hub = newspaper.outlet(), LoopbackHub(newspaper, manner="ignores")
    announce(outlet, hub)
    outlet.publish()
    follow(store, outlet)

    async def run():
        async with house(settings, store) as at:
            await at.poll()
            await at.ask()
            assert at.subscription.state == "pending"
            at.clock.ahead = HOUR + 1
            await at.ask()
            assert at.subscription.last_error == "the hub did not verify the request within an hour"
            hub.manner = "verifies"
            answer = await asyncio.to_thread(hub.call_back, hub.last)
            assert (answer.status, answer.body) == (200, b"a-challenge")
            assert (at.subscription.state, at.subscription.failures) == ("verified", 0)
            for wrong in ({"topic": "http://other.test/"}, {"mode": "unsubscribe"}, {"challenge": ""}):
                assert (await asyncio.to_thread(hub.call_back, hub.last, **wrong)).status == 404

    asyncio.run(run())


@pytest.mark.parametrize(
    ("status", "state", "error"),
    [
        (500, "pending", "http_500"),
        (400, "pending", "http_400"),
        (404, "failed", "http_404"),
        (302, "failed", "bad_redirect"),
    ],
)
def test_a_hub_that_answers_with_an_error(newspaper, store, settings, status, state, error):
    outlet, hub = newspaper.outlet(), LoopbackHub(newspaper)
    hub.status, hub.headers = status, {"Location": "/elsewhere"} if status == 302 else {}
    announce(outlet, hub)
    outlet.publish()
    follow(store, outlet)

    async def run():
        async with house(settings, store) as at:
            await at.poll()
            await at.ask()
            assert (at.subscription.state, at.subscription.last_error.partition(":")[0]) == (state, error)

    asyncio.run(run())
    assert len(hub.requests) == 1


def test_a_hub_that_moved_is_followed_with_the_form(newspaper, store, settings):
    outlet, hub = newspaper.outlet(), LoopbackHub(newspaper)
    old = newspaper.outlet("old")
    old.fail("/hub", "redirect", code="307", location=hub.url)
    outlet.put(outlet.feed_path, feed_of(outlet), headers={"Link": f"<{old.url('/hub')}>; rel=hub"})
    follow(store, outlet)

    async def run():
        async with house(settings, store) as at:
            await at.poll()
            await at.ask()
            await at.until(lambda: at.subscription.state == "verified")

    asyncio.run(run())
    assert hub.last["hub.topic"] == outlet.feed_url


def test_a_private_hub_is_not_asked(newspaper, store, settings):
    outlet, hub = newspaper.outlet(), LoopbackHub(newspaper)
    announce(outlet, hub)
    outlet.publish()
    follow(store, outlet)

    async def run():
        async with house(settings, store) as at:
            await at.poll()
        public = replace(settings, fetch=replace(settings.fetch, allow_private=False))
        async with house(public, store) as at:
            await at.ask()
            assert (at.subscription.state, at.subscription.last_error[:15]) == ("failed", "private_address")

    asyncio.run(run())
    assert hub.requests == []


def test_what_is_not_signed_as_agreed_is_at_most_a_hint(newspaper, store, settings):
    outlet, hub = newspaper.outlet(), LoopbackHub(newspaper)
    announce(outlet, hub)
    outlet.publish()
    follow(store, outlet)
    evil = b"<rss version='2.0'><channel><item><title>x</title><link>http://evil.test/</link></item></channel></rss>"

    async def run():
        async with house(settings, store) as at:
            await subscribed(at, hub)
            at.clock.ahead += 3000
            planned = at.clock() + 5000
            store.sources.update(1, now=at.clock(), next_due_at=planned)
            for signature in ("sha256=" + "0" * 64, "sha1=abc", "md5=" + "0" * 32):
                assert (await asyncio.to_thread(hub.push, evil, signature=signature)).status == 202
            assert store.sources.get(1).next_due_at == planned
            assert (await asyncio.to_thread(hub.push, evil, signature=None)).status == 202
            assert store.sources.get(1).next_due_at <= at.clock()
            assert store.sources.get(1).due_reason == delivery.REASON
            assert (at.subscription.refused, at.subscription.pushes) == (4, 0)
            assert store.entries.accounting()["offered"] == 1
            await at.crawl()
            first = store.sources.get(1).last_polled_at
            await asyncio.to_thread(hub.push, evil, signature=None)
            due = store.sources.get(1).next_due_at
            assert due >= first + settings.poll.min_interval - 1
            assert at.inbox._waiting.empty()

    asyncio.run(run())


def test_garbage_with_a_right_signature_is_a_hint(newspaper, store, settings):
    outlet, hub = newspaper.outlet(), LoopbackHub(newspaper)
    announce(outlet, hub)
    outlet.publish()
    follow(store, outlet)

    async def run():
        async with house(settings, store) as at:
            await subscribed(at, hub)
            at.clock.ahead += 3000
            for body in (b"", b"\x00\xff" * 500, b"<html><body>hello</body></html>"):
                store.sources.update(1, now=at.clock(), next_due_at=at.clock() + 5000)
                assert (await asyncio.to_thread(hub.push, body, method="sha512")).status == 202
                assert await at.take_in() is None
                assert store.sources.get(1).next_due_at <= at.clock()
            assert at.subscription.pushes == 0

    asyncio.run(run())


def test_a_replay_brings_nothing_twice(newspaper, store, settings):
    outlet, hub = newspaper.outlet(), LoopbackHub(newspaper)
    announce(outlet, hub)
    follow(store, outlet)
    outlet.publish()

    async def run():
        async with house(settings, store) as at:
            await subscribed(at, hub)
            outlet.publish()
            body = feed_of(outlet)
            found = []
            for _ in range(3):
                await asyncio.to_thread(hub.push, body)
                found.append((await at.take_in()).new)
            assert found == [1, 0, 0]
            await at.crawl()
            assert store.articles.count(Filters()) == 2
            assert store.entries.accounting()["offered"] == 2

    asyncio.run(run())


def test_the_callback_tells_nothing_and_is_limited(newspaper, store, settings):
    outlet, hub = newspaper.outlet(), LoopbackHub(newspaper)
    announce(outlet, hub)
    outlet.publish()
    follow(store, outlet)

    async def run():
        async with house(settings, store) as at:
            await subscribed(at, hub)
            base = settings.websub.callback
            unknown = await asyncio.to_thread(
                call, f"{base}websub/{'x' * 43}?hub.mode=subscribe&hub.challenge=a"
            )
            short = await asyncio.to_thread(call, f"{base}websub/x")
            posted = await asyncio.to_thread(call, f"{base}websub/{'x' * 43}", method="POST", body=b"x")
            assert {(said.status, said.body) for said in (unknown, short, posted)} == {(404, b"")}
            assert (await asyncio.to_thread(call, base)).status == 404
            assert (await asyncio.to_thread(call, hub.last["hub.callback"], method="DELETE")).status == 405
            assert (await asyncio.to_thread(hub.push, b"x" * 300_000)).status == 413
            bomb = gzip.compress(b"x" * 50_000_000)
            callback = hub.last["hub.callback"]
            answer = await asyncio.to_thread(
                call, callback, method="POST", body=bomb, Content_Encoding="gzip"
            )
            assert answer.status == 413
            answers = [
                (await asyncio.to_thread(hub.push, b"x", signature="sha1=0")).status for _ in range(25)
            ]
            assert answers[0] == 202
            assert answers[-1] == 429

    asyncio.run(run())


def test_slow_senders_are_cut_off(newspaper, store, settings):
    quick = replace(settings, fetch=replace(settings.fetch, timeout=0.3))

    def dawdle():
        with socket.create_connection(("127.0.0.1", settings.web.port)) as sock:
            sock.sendall(b"POST /websub/" + b"x" * 43 + b" HTTP/1.1\r\nHost: a\r\nContent-Le")
            sock.settimeout(5)
            try:
                return sock.recv(100)
            except ConnectionError:
                return b""

    async def run():
        async with house(quick, store):
            assert await asyncio.to_thread(dawdle) == b""

    asyncio.run(run())


def test_a_paused_source_is_left_politely(newspaper, store, settings):
    outlet, hub = newspaper.outlet(), LoopbackHub(newspaper)
    announce(outlet, hub)
    outlet.publish()
    follow(store, outlet)

    async def run():
        async with house(settings, store) as at:
            await subscribed(at, hub)
            token = at.subscription.token
            store.sources.update(1, now=at.clock(), state="paused")
            await at.ask()
            await at.until(lambda: store.subscriptions.by_token(token).state == "ended")
            assert hub.last["hub.mode"] == "unsubscribe"
            await at.until(lambda: len(hub.verifications) == 2)
            assert hub.verifications[-1].body == b"a-challenge"
            assert (await asyncio.to_thread(hub.push, feed_of(outlet))).status == 410
            store.sources.update(1, now=at.clock(), state="active")
            outlet.publish()
            await subscribed(at, hub)
            assert at.subscription.token != token

    asyncio.run(run())


def test_a_source_that_takes_another_hub_leaves_the_first(newspaper, store, settings):
    outlet, first, second = newspaper.outlet(), LoopbackHub(newspaper), LoopbackHub(newspaper)
    announce(outlet, first)
    outlet.publish()
    follow(store, outlet)

    async def run():
        async with house(settings, store) as at:
            await subscribed(at, first)
            announce(outlet, second)
            outlet.publish()
            await at.poll()
            assert at.subscription.hub == first.url  # not within a day
            at.clock.ahead = 90_000
            outlet.publish()
            await at.poll()
            await at.ask()
            await at.until(lambda: at.subscription.state == "verified")
            assert at.subscription.hub == second.url
            await at.until(lambda: first.last["hub.mode"] == "unsubscribe")
            at.clock.ahead = 200_000
            outlet.publish()  # of a document without news the head is not read
            outlet.put(outlet.feed_path, feed_of(outlet) + b"<!-- no hub -->")
            await at.poll()
            await at.ask()
            assert at.subscription is None
            assert second.last["hub.mode"] == "unsubscribe"

    asyncio.run(run())


def test_the_lease_is_renewed_before_it_ends(newspaper, store, settings):
    outlet, hub = newspaper.outlet(), LoopbackHub(newspaper, lease=100 * 86400)
    announce(outlet, hub)
    outlet.publish()
    follow(store, outlet)

    async def run():
        async with house(settings, store) as at:
            await subscribed(at, hub)
            assert at.subscription.lease_until <= at.clock() + 14 * 86400
            at.clock.ahead = 13 * 86400
            await at.ask()
            await at.until(lambda: at.subscription.lease_until > at.clock() + 13 * 86400)
            assert len(hub.requests) == 2

    asyncio.run(run())


def test_without_a_callback_nothing_is_subscribed_and_all_ends(newspaper, store, settings):
    outlet, hub = newspaper.outlet(), LoopbackHub(newspaper)
    announce(outlet, hub)
    outlet.publish()
    follow(store, outlet)
    off = replace(settings, websub=WebsubSettings())

    async def run():
        async with open_worker(off, store) as worker:
            at = House(worker, None, None, time.time)
            await at.poll()
            assert at.subscription is None
        async with house(settings, store) as at:
            outlet.publish()
            await subscribed(at, hub)
            token = at.subscription.token
        async with open_worker(off, store) as worker, served(worker, wake=lambda: None) as beats:
            assert beats == ()
            assert store.subscriptions.by_token(token).state == "ended"

    asyncio.run(run())
    assert len(hub.requests) == 1


def test_a_taken_port_is_named(store, settings):
    async def run():
        with socket.create_server(("127.0.0.1", settings.web.port)):
            async with open_worker(settings, store) as worker:
                with pytest.raises(
                    CannotListen, match=rf"cannot listen on 127.0.0.1:{settings.web.port}: .*in use"
                ):
                    async with served(worker, wake=lambda: None):
                        pass

    asyncio.run(run())
