"""Real pages under loopback addresses: each original host becomes one outlet, paths and queries stay."""

import gzip
import html
import json
import os
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from crawler.demo.outlet import FEED_TYPES, Answer, with_validators

if TYPE_CHECKING:
    from tests.loopback import LoopbackOutlet

STORED_AT = 1_767_225_600.0
"""The Last-Modified of all real pages: 2026-01-01, epoch seconds."""
TITLE = re.compile(rb"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class RealPage:
    """One stored page and its gold record."""

    file: Path
    gold: Mapping[str, Any] = field(repr=False)

    @property
    def original(self) -> str:
        """The address it was published under."""
        return str(self.gold["url"])

    @property
    def host(self) -> str:
        """Its original host, port included."""
        return urlsplit(self.original).netloc

    @property
    def path(self) -> str:
        """Its path and query."""
        parts = urlsplit(self.original)
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def body(self) -> bytes:
        """The HTML as stored."""
        return gzip.decompress(self.file.read_bytes())

    def title(self) -> str:
        """The gold title, else what the page's own <title> says."""
        if self.gold.get("title"):
            return str(self.gold["title"])
        found = TITLE.search(self.body())
        return html.unescape(found[1].decode("utf-8", "replace")).strip() if found else self.path

    def published(self) -> datetime | None:
        """The gold date, when it has a time and an offset."""
        try:
            moment = datetime.fromisoformat(self.gold.get("published") or "")
        except ValueError:
            return None
        return moment if moment.tzinfo else None

    def answer(self) -> Answer:
        """The page as a site serves it: charset named only when the bytes are UTF-8."""
        body = self.body()
        try:
            body.decode("utf-8")
        except UnicodeDecodeError:
            kind = "text/html"
        else:
            kind = "text/html; charset=utf-8"
        return with_validators(Answer(200, body, {"Content-Type": kind}), STORED_AT)


class RealPress:
    """The real pages of one set and their loopback addresses."""

    def __init__(self, pages: tuple[RealPage, ...]) -> None:
        self.pages = pages
        self.feeds: list[str] = []
        """The feed of each outlet."""
        self._bases: dict[str, str] = {}

    @classmethod
    def read(cls, set_name: str, limit: int | None = None, *, data: Path | None = None) -> "RealPress":
        """Read a set's gold file; pages without an address are left out, of two with one the first stays."""
        folder = (data or Path(os.environ["KABAR_TEST_DATA"])) / "pages" / set_name
        lines = (folder / "gold.jsonl").read_text("utf-8").rstrip("\n").split("\n")[:limit]
        pages: dict[str, RealPage] = {}
        for gold in map(json.loads, lines):
            if not (gold["url"] or "").startswith("http"):
                continue
            pages.setdefault(gold["url"], RealPage(file=folder / gold["file"], gold=gold))
        return cls(tuple(pages.values()))

    def open(self, found: Callable[[str], "LoopbackOutlet"]) -> None:
        """Serve the pages on outlets; ``found`` returns the one for a host."""
        by_host: dict[str, list[RealPage]] = defaultdict(list)
        for page in self.pages:
            by_host[page.host].append(page)
        for host, pages in by_host.items():
            outlet = found(host)
            self._bases[host] = outlet.base
            for page in pages:
                outlet.put_answer(page.path, page.answer)
            self.feeds.append(
                outlet.put(outlet.feed_path, self._feed(host, pages), content_type=FEED_TYPES["rss"])
            )

    def loopback(self, original: str) -> str:
        """Return the loopback address of an original one; KeyError for a host that is not served."""
        parts = urlsplit(original)
        query = f"?{parts.query}" if parts.query else ""
        return f"{self._bases[parts.netloc]}{parts.path or '/'}{query}"

    def original(self, loopback: str) -> str:
        """Return the original address of a loopback one; KeyError when it is none of ours."""
        for page in self.pages:
            if self.loopback(page.original) == loopback:
                return page.original
        raise KeyError(loopback)

    def _feed(self, host: str, pages: list[RealPage]) -> str:
        items = "\n".join(self._item(page) for page in pages)
        return (
            '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel>'
            f"<title>{html.escape(host)}</title><link>{self._bases[host]}/</link>"
            f"<description>Real pages</description>\n{items}\n</channel></rss>\n"
        )

    def _item(self, page: RealPage) -> str:
        published = page.published()
        date = f"<pubDate>{format_datetime(published)}</pubDate>" if published else ""
        return (
            f"<item><title>{html.escape(page.title())}</title>"
            f"<link>{html.escape(self.loopback(page.original))}</link>"
            f'<guid isPermaLink="false">{html.escape(page.original)}</guid>{date}</item>'
        )
