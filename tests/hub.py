"""A WebSub hub on loopback: well-behaved, or wicked in the ways that hubs are."""

import hashlib
import hmac
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from aiohttp import web

from crawler.demo.outlet import Answer, Outlet
from crawler.demo.server import Visit
from storage.model import Source
from tests.loopback import LoopbackOutlet
from tests.newspaper import Newspaper

Manner = Literal["verifies", "denies", "ignores"]


def source(**changes: Any) -> Source:
    """Return a source in good health, with nothing said that a test does not speak of."""
    values: dict[str, Any] = {
        **dict.fromkeys(field.name for field in fields(Source)),
        **{"id": 1, "host_id": 1, "host": "a.test", "url": "https://a.test/feed", "kind": "feed"},
        **{
            "state": "active",
            "tags": (),
            "next_due_at": 0.0,
            "due_reason": "",
            "failures": 0,
            "moved_seen": 0,
        },
        **{"created_at": 0.0, "schedule": {}, "options": {}, "hints": {}},
    }
    return Source(**{**values, **changes})


@dataclass(frozen=True)
class Said:
    """What a callback answered."""

    status: int
    body: bytes
    headers: Mapping[str, str]


def call(url: str, *, method: str = "GET", body: bytes | None = None, **headers: str) -> Said:
    """Send one request and return the answer, whatever its status."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, data=body, method=method, headers=named)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return Said(answer.status, answer.read(), dict(answer.headers))
    except urllib.error.HTTPError as error:
        return Said(error.code, error.read(), dict(error.headers))


class LoopbackHub:
    """A hub in the newspaper's server. Its calls of callbacks are made from threads, as from elsewhere."""

    def __init__(self, newspaper: Newspaper, *, manner: Manner = "verifies", lease: int = 864000) -> None:
        self.manner = manner
        self.lease = lease
        self.status = 202
        self.headers: dict[str, str] = {}
        self.requests: list[dict[str, str]] = []
        self.verifications: list[Said] = []
        self.url = newspaper.open("hub", self._handle) + "/"

    async def _handle(self, request: web.BaseRequest, visit: Visit) -> web.StreamResponse:
        visit.status = self.status
        if request.method != "POST":
            return web.Response(status=405)
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.requests.append(form)
        if self.status == 202 and self.manner != "ignores":
            threading.Thread(target=self._answer_later, args=(form,), daemon=True).start()
        return web.Response(status=self.status, headers=self.headers)

    def _answer_later(self, form: Mapping[str, str]) -> None:
        with suppress(OSError):  # the callback may be gone by now
            self.call_back(form)

    def call_back(self, form: Mapping[str, str], **changes: str) -> Said:
        """Verify the intent of a request, or deny it; ``changes`` replace what is said."""
        said = {"hub.mode": form["hub.mode"], "hub.topic": form["hub.topic"], "hub.challenge": "a-challenge"}
        if self.manner == "denies":
            said = {"hub.mode": "denied", "hub.topic": form["hub.topic"], "hub.reason": "not here"}
        elif form["hub.mode"] == "subscribe":
            said["hub.lease_seconds"] = str(self.lease)
        said |= {f"hub.{name}": value for name, value in changes.items()}
        answer = call(f"{form['hub.callback']}?{urllib.parse.urlencode(said)}")
        self.verifications.append(answer)
        return answer

    @property
    def last(self) -> dict[str, str]:
        """The newest request."""
        return self.requests[-1]

    def push(self, body: bytes, *, signature: str | None = "", method: str = "sha256") -> Said:
        """Push a document to the newest subscriber; no ``signature`` at all when it is None."""
        form = [each for each in self.requests if each["hub.mode"] == "subscribe"][-1]
        if signature == "":
            made = hmac.new(form["hub.secret"].encode(), body, getattr(hashlib, method)).hexdigest()
            signature = f"{method}={made}"
        headers = {"X_Hub_Signature": signature} if signature else {}
        kind = {"Content_Type": "application/rss+xml"}
        return call(form["hub.callback"], method="POST", body=body, **kind, **headers)


def announce(
    outlet: LoopbackOutlet, hub: LoopbackHub, *, where: Literal["headers", "document"] = "headers"
) -> None:
    """Let an outlet name a hub in the headers of its feed, or in the feed itself."""

    def answer() -> Answer:
        plain = Outlet.answer(outlet, outlet.feed_path, outlet.clock())
        if where == "document":
            named = f'<channel>\n<atom:link rel="hub" href="{hub.url}"/>'
            return replace(plain, body=plain.body.replace(b"<channel>", named.encode()))
        link = f'<{hub.url}>; rel="hub", <{outlet.feed_url}>; rel="self"'
        return Answer(plain.status, plain.body, {**plain.headers, "Link": link})

    outlet.put_answer(outlet.feed_path, answer)


def feed_of(outlet: LoopbackOutlet) -> bytes:
    """Return the feed of an outlet as it is now."""
    return Outlet.answer(outlet, outlet.feed_path, outlet.clock()).body
