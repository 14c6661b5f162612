"""One outlet of the loopback newspaper: publish, edit, remove, put bytes at a path, switch faults on."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from aiohttp import web

from crawler.demo.outlet import Answer, Outlet, with_validators
from crawler.demo.server import Visit, response_of
from crawler.demo.world import Article, Paper, Version, split_paragraphs
from tests.filler import made_up
from tests.newsfaults.catalogue import FAULTS
from tests.newsfaults.exchange import Exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """An article as a test published it."""

    url: str
    path: str
    title: str
    text: str


@dataclass(slots=True)
class Switched:
    """A fault that is switched on; ``left`` is how many more times it strikes (None: until healed)."""

    name: str
    params: Mapping[str, str]
    left: int | None = None


class LoopbackOutlet(Outlet):
    """One outlet of the newspaper. Every method may be called from any thread, at any time."""

    def __init__(self, paper: Paper, *, clock: Callable[[], float]) -> None:
        super().__init__(paper, clock=clock)
        self.robots: str | None = None
        """The text of robots.txt, when it should not be the friendly one."""
        self._extra: dict[str, Callable[[], Answer]] = {}
        self._faults: dict[str, Switched] = {}
        self._numbers = iter(range(1, 10**9))

    # What stands on the site

    def publish(
        self,
        *,
        title: str | None = None,
        text: str | None = None,
        lead: str | None = None,
        at: datetime | None = None,
        slug: str | None = None,
        **about: Any,
    ) -> Piece:
        """Publish an article, now or at ``at``; what is left out is made up. ``about``: fields of Article."""
        number = next(self._numbers)
        made_title, made_text = made_up(_lot(self.name, number))
        text = made_text if text is None else text
        version = Version(
            at=at or self._now(),
            title=made_title if title is None else title,
            lead=lead if lead is not None else text.split("\n\n")[0][:200],
            paragraphs=split_paragraphs(text),
        )
        slug = slug or f"{_slug(version.title)}-{number}"
        article = Article(slug=slug, versions=(version,), **about)
        self.articles[article.path] = article
        return self._piece(article)

    def publish_many(self, count: int) -> list[Piece]:
        """Publish so many made-up articles."""
        return [self.publish() for _ in range(count)]

    def edit(
        self,
        piece: Piece | str,
        *,
        title: str | None = None,
        text: str | None = None,
        at: datetime | None = None,
    ) -> Piece:
        """Give an article (a piece, URL or path) a new version, now or at ``at``; its path stays."""
        path = _path(piece)
        article = self.articles[path]
        last = article.versions[-1]
        paragraphs = last.paragraphs if text is None else split_paragraphs(text)
        version = replace(last, at=at or self._now(), title=title or last.title, paragraphs=paragraphs)
        self.articles[path] = replace(article, versions=(*article.versions, version))
        return self._piece(self.articles[path])

    def remove(self, piece: Piece | str, *, at: datetime | None = None) -> None:
        """Take an article away: out of the feed, and its page answers 410."""
        path = _path(piece)
        self.articles[path] = replace(self.articles[path], removed_at=at or self._now())

    def put(
        self,
        path: str,
        body: bytes | str,
        *,
        content_type: str = "text/html; charset=utf-8",
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> str:
        """Serve these very bytes at a path (which may be the feed's own) with validators; return the URL."""
        data = body.encode() if isinstance(body, str) else body
        answer = Answer(status, data, {"Content-Type": content_type, **(headers or {})})
        served = with_validators(answer, self.clock())
        return self.put_answer(path, lambda: served)

    def put_answer(self, path: str, answer: Callable[[], Answer]) -> str:
        """Serve what ``answer`` returns at a path, asked anew for each request; return the URL.

        Paths are compared without percent-encoding, which clients normalise each in their own way.
        """
        self._extra[unquote(path)] = answer
        return self.url(path)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.clock(), UTC)

    def _piece(self, article: Article) -> Piece:
        version = article.versions[-1]
        return Piece(url=self.url(article.path), path=article.path, title=version.title, text=version.text)

    def answer(self, path_qs: str, now: float) -> Answer:
        """As an outlet does; what was put at a path comes first."""
        made = self._extra.get(unquote(path_qs)) or self._extra.get(unquote(urlsplit(path_qs).path))
        if made:
            return made()
        if path_qs == "/robots.txt" and self.robots is not None:
            return Answer(200, self.robots.encode(), {"Content-Type": "text/plain"})
        return super().answer(path_qs, now)

    async def handle(self, request: web.BaseRequest, visit: Visit) -> web.StreamResponse:
        """Answer one request, through the fault that is switched on or asked for."""
        name, target, params = self.strike(request.raw_path)
        if name in FAULTS:
            return await FAULTS[name](Exchange(request, visit, self, target, params))
        visit.status = 404
        return response_of(self.error(404, f"no such fault: {name}"))

    # What goes wrong

    def fail(self, path: str, fault: str = "status", *, times: int | None = None, **params: object) -> None:
        """Switch a fault on for one path; ``*`` is the whole site, ``articles`` all of its articles.

        ``status=503`` alone means the fault ``status`` with that code; 3xx means ``redirect``, and ``to``
        names where it leads. ``times`` ends it by itself after so many strikes.
        """
        if "status" in params:
            params["code"] = params.pop("status")
            fault = "redirect" if str(params["code"]) in ("301", "302", "303", "307", "308") else fault
        if "to" in params and fault == "redirect":
            params["location"] = self.url(str(params.pop("to")))
        if fault not in FAULTS:
            raise KeyError(f"no such fault: {fault}")
        self._faults[path] = Switched(fault, {key: str(value) for key, value in params.items()}, times)

    def fail_feed(self, fault: str = "status", *, times: int | None = None, **params: object) -> None:
        """Switch a fault on for the feed: ``fail_feed("slow", seconds=2)``, ``fail_feed(status=503)``."""
        self.fail(self.feed_path, fault, times=times, **params)

    def fail_articles(self, fault: str = "status", *, times: int | None = None, **params: object) -> None:
        """Switch a fault on for all article pages."""
        self.fail("articles", fault, times=times, **params)

    def fail_page(self, piece: Piece | str, fault: str = "status", **params: Any) -> None:
        """Switch a fault on for one article."""
        self.fail(_path(piece), fault, **params)

    def fail_robots(self, fault: str = "status", **params: Any) -> None:
        """Switch a fault on for robots.txt."""
        self.fail("/robots.txt", fault, **params)

    def heal(self) -> None:
        """Switch all faults off."""
        self._faults.clear()

    def fault_url(self, fault: str, **params: object) -> str:
        """Return the standing address of a fault; ``to`` is the path it spoils (the feed by default)."""
        if fault not in FAULTS:
            raise KeyError(f"no such fault: {fault}")
        return self.url(f"/fault/{fault}?{urlencode(params)}")

    def strike(self, path_qs: str) -> tuple[str, str, Mapping[str, str]]:
        """Return (fault, path it spoils, parameters) for a request; the fault ``plain`` when all is well."""
        path = urlsplit(path_qs).path
        if path.startswith("/fault/"):
            params = dict(parse_qsl(urlsplit(path_qs).query, keep_blank_values=True))
            return path.removeprefix("/fault/"), params.get("to", self.feed_path), params
        keys = [path, "articles", "*"] if path in self.articles else [path, "*"]
        on = next((self._faults[key] for key in keys if key in self._faults), None)
        if on is None or on.left == 0:
            return "plain", path_qs, {}
        if on.left is not None:
            on.left -= 1
        return on.name, path_qs, on.params


def _path(piece: Piece | str) -> str:
    return piece.path if isinstance(piece, Piece) else urlsplit(piece).path


def _lot(name: str, number: int) -> int:
    return number + 1000 * (sum(map(ord, name)) % 997)


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60] or "article"
