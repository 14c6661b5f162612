"""One paper on its site: which bytes stand at which path at a given moment."""

import hashlib
import mimetypes
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from email.utils import formatdate, parsedate_to_datetime
from itertools import islice
from urllib.parse import parse_qs, urlsplit

from crawler.demo import feeds, pages
from crawler.demo.feeds import Item
from crawler.demo.world import Article, Paper

HTML = "text/html; charset=utf-8"
FEED_KINDS = {"/rss.xml": "rss", "/atom.xml": "atom"}
FEED_TYPES = {"rss": "application/rss+xml; charset=utf-8", "atom": "application/atom+xml; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a site answers: status, body and headers."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def content_type(self) -> str:
        """The Content-Type header; empty when there is none."""
        return self.headers.get("Content-Type", "")


def conditional(answer: Answer, headers: Mapping[str, str]) -> Answer:
    """Return a 304 when the request's validators still hold, else the answer itself (RFC 9110, 13.2.2)."""
    if answer.status != 200:
        return answer
    etag, modified = answer.headers.get("ETag"), answer.headers.get("Last-Modified")
    if "If-None-Match" in headers:
        fresh = etag is not None and _names(headers["If-None-Match"], etag)
    else:
        fresh = modified is not None and _not_after(modified, headers.get("If-Modified-Since", ""))
    kept = {key: value for key, value in answer.headers.items() if key != "Content-Type"}
    return Answer(304, b"", kept) if fresh else answer


def _names(header: str, etag: str) -> bool:
    known = {part.strip().removeprefix("W/") for part in header.split(",")}
    return "*" in known or etag.removeprefix("W/") in known


def _not_after(modified: str, since: str) -> bool:
    try:
        return parsedate_to_datetime(modified) <= parsedate_to_datetime(since)
    except ValueError:
        return False


class Outlet:
    """A paper whose site is a function of the clock.

    ``clock`` returns epoch seconds. An article stands in the feed and has a page from its publication on;
    its later versions replace it at their moments; once removed its page answers 410.
    """

    feed_path = "/feed.xml"

    def __init__(self, paper: Paper, *, clock: Callable[[], float]) -> None:
        self.paper = paper
        self.clock = clock
        self.base = ""
        """The address of the site without a trailing slash, once it is served."""
        self.articles: dict[str, Article] = {article.path: article for article in paper.articles}

    @property
    def name(self) -> str:
        """The paper's slug."""
        return self.paper.slug

    @property
    def feed_url(self) -> str:
        """The address of the paper's feed."""
        return self.base + self.feed_path

    def url(self, path: str) -> str:
        """Return the full address of a path on this site."""
        return self.base + path

    def items(self, now: float) -> list[Item]:
        """Return what readers could see at ``now``, newest first."""
        shown = [item for article in list(self.articles.values()) if (item := self._item(article, now))]
        return sorted(shown, key=lambda item: item.article.published)[::-1]

    def _item(self, article: Article, now: float) -> Item | None:
        version = article.as_of(now)
        if version is None or article.gone(now):
            return None
        return Item(article=article, version=version, url=self.url(article.path))

    def changed(self, now: float) -> float:
        """Return the epoch seconds of the paper's last visible change up to ``now``."""
        return max((article.changed(now) for article in list(self.articles.values())), default=0.0)

    def answer(self, path_qs: str, now: float) -> Answer:
        """Return what stands at a path (query included) at ``now``; 404 when nothing does."""
        path = urlsplit(path_qs).path
        if path == self.feed_path or path in FEED_KINDS:
            return self._feed(path, now)
        if path in self.articles:
            return self._article(self.articles[path], now)
        if path == "/":
            return self._front(path_qs, now)
        return self._furniture(path, now)

    def _feed(self, path: str, now: float) -> Answer:
        kind = FEED_KINDS.get(path, self.paper.format)
        items = self.items(now)[: self.paper.feed_length]
        changed = self.changed(now)
        text = feeds.feed_text(self.paper, items, kind=kind, base=self.base, path=path, now=changed)
        return with_validators(Answer(200, text.encode(), {"Content-Type": FEED_TYPES[kind]}), changed)

    def _article(self, article: Article, now: float) -> Answer:
        if article.gone(now):
            return self.error(410, "This article was taken back.")
        item = self._item(article, now)
        if item is None:
            return self.error(404, "Not here.")
        text = pages.article_page(self.paper, item, self._related(article, now), base=self.base)
        changed = item.version.at.timestamp()
        return with_validators(Answer(200, text.encode(), {"Content-Type": HTML}), changed)

    def _related(self, article: Article, now: float) -> list[Item]:
        """The three articles that stand before this one: newer ones do not change its page."""
        paths = list(self.articles)
        before = (self.articles[path] for path in reversed(paths[: paths.index(article.path)]))
        return list(islice((item for each in before if (item := self._item(each, now))), 3))

    def _front(self, path_qs: str, now: float) -> Answer:
        section = parse_qs(urlsplit(path_qs).query).get("section", [""])[0]
        items = [item for item in self.items(now) if section in ("", item.article.section)]
        text = pages.front_page(self.paper, items, base=self.base)
        return with_validators(Answer(200, text.encode(), {"Content-Type": HTML}), self.changed(now))

    def _furniture(self, path: str, now: float) -> Answer:
        if path == "/robots.txt":
            return _plain(feeds.robots_text(self.base), path)
        if path == "/sitemap.xml":
            return _plain(feeds.sitemap_text(self.items(now)), path)
        if path.startswith("/images/"):
            return _plain(pages.picture(self.paper, path), path)
        return self.error(404, "Not here.")

    def error(self, status: int, message: str) -> Answer:
        """Return an error page."""
        page = pages.error_page(self.paper, status, message, base=self.base)
        return Answer(status, page.encode(), {"Content-Type": HTML})


def with_validators(answer: Answer, changed: float) -> Answer:
    """Add a strong ETag of the bytes and a Last-Modified of ``changed`` (epoch seconds)."""
    etag = f'"{hashlib.sha256(answer.body).hexdigest()[:20]}"'
    validators = {"ETag": etag, "Last-Modified": formatdate(changed, usegmt=True)}
    return replace(answer, headers={**answer.headers, **validators})


def _plain(text: str, path: str) -> Answer:
    kind = mimetypes.guess_type(path)[0] or "text/plain"
    return Answer(200, text.encode(), {"Content-Type": f"{kind}; charset=utf-8"})
