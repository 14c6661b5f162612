"""Read a sitemap: plain and Google News sitemaps, sitemap indexes, lists of URLs as plain text.

https://www.sitemaps.org/protocol.html and Google's news, image and hreflang extensions. Names are told by
their local part and by what they stand in, since many publishers get prefixes and namespaces wrong.
The document runs through a pull parser; what is kept of it is bounded.
"""

import heapq
import re
from dataclasses import dataclass, field
from xml.parsers import expat

from spiders.errors import NotAFeed
from spiders.items import ChildSitemap, Entry, Feed
from spiders.readers.decode import decode
from spiders.readers.guard import trim_attributes
from spiders.readers.mend import mend_xml
from spiders.readers.plain import MAX_NAME, MAX_TAGS, plain, web_url

MAX_URLS = 50_000
"""URLs kept of one sitemap, as many as the protocol allows: the newest."""
MAX_CHILDREN = 50_000
_MAX_DEPTH = 64
_MAX_TEXT = 20_000
_MAX_ALTERNATES = 64
_CHUNK = 256 * 1024
_DATE = re.compile(r"\d{4}-\d\d(?:-\d\d(?:[T ][\d:.]+)?)?")
_LINE = re.compile(r"https?://\S{1,8000}$", re.IGNORECASE)
_FIELDS = {
    "url/loc": "loc",
    "url/lastmod": "lastmod",
    "url/news/title": "title",
    "url/news/publication_date": "date",
    "url/news/keywords": "keywords",
    "url/news/publication/language": "language",
    "url/news/language": "language",
    "url/news/publication/name": "publication",
    "url/image/loc": "image",
    "sitemap/loc": "loc",
    "sitemap/lastmod": "lastmod",
}


def read_sitemap(body: bytes, *, url: str, content_type: str = "") -> Feed:
    """Read a sitemap or sitemap index. ``url`` is where it came from, ``content_type`` its header.

    Of a sitemap with more than MAX_URLS the newest are kept, and the rest is counted in the notes. What
    stands before a break in the XML is kept. Raises NotAFeed when there is neither a urlset nor an index.
    """
    decoded = decode(body, content_type)
    mended = mend_xml(decoded.text)
    text, _ = trim_attributes(mended.text)
    walk = _Walk(url)
    problem = walk.run(text)
    if walk.root not in ("urlset", "sitemapindex"):
        raise NotAFeed(url, "not_a_feed", "the document is no sitemap")
    notes = [*mended.notes, *([f"not well-formed: {problem}"] if problem else [])]
    entries, left_out = walk.urls.kept()
    if left_out:
        notes.append(f"{left_out} older URLs beyond {MAX_URLS} left out")
    is_news = any(entry.title for entry in entries) or walk.publication is not None
    index = walk.root == "sitemapindex"
    return Feed(
        url=url,
        format="sitemap_index" if index else "news_sitemap" if is_news else "sitemap",
        title=walk.publication,
        entries=() if index else entries,
        children=tuple(walk.children) if index else (),
        skipped=walk.skipped,
        truncated=not walk.complete,
        notes=tuple(notes),
    )


def read_url_list(body: bytes, *, url: str, content_type: str = "") -> Feed:
    """Read a sitemap that is plain text, one URL a line. Raises NotAFeed when its lines are no URLs."""
    lines = [line.strip() for line in decode(body, content_type).text.splitlines()]
    lines = [line for line in lines if line]
    links = [line for line in lines if _LINE.match(line)]
    if not links or len(links) < 0.9 * len(lines):
        raise NotAFeed(url, "not_a_feed", "the document is no sitemap and no list of URLs")
    kept = dict.fromkeys(links[-MAX_URLS:])  # without dates: such lists grow at their end
    left_out = len(links) - MAX_URLS
    notes = (f"{left_out} URLs beyond {MAX_URLS} left out",) if left_out > 0 else ()
    entries = tuple(Entry(link=link) for link in kept)
    return Feed(url=url, format="sitemap", entries=entries, skipped=len(lines) - len(links), notes=notes)


@dataclass(slots=True)
class _Newest:
    """The newest entries met so far, each with its date and place."""

    heap: list[tuple[str, int, Entry]] = field(default_factory=list)
    met: int = 0

    def add(self, entry: Entry) -> None:
        date = _DATE.match(entry.published or entry.updated or "")
        item = (date.group() if date else "", self.met, entry)
        self.met += 1
        if len(self.heap) < MAX_URLS:
            heapq.heappush(self.heap, item)
        else:
            heapq.heappushpop(self.heap, item)

    def kept(self) -> tuple[tuple[Entry, ...], int]:
        """The entries in document order, and how many were left out."""
        ordered = sorted(self.heap, key=lambda item: item[1])
        return tuple(entry for _, _, entry in ordered), self.met - len(ordered)


class _Walk:
    """One walk of the parser over a sitemap: gathers the fields of a URL and keeps it at its end."""

    def __init__(self, url: str) -> None:
        self.root = ""
        self.complete = False
        self.publication: str | None = None
        self.skipped = 0
        self.urls = _Newest()
        self.children: list[ChildSitemap] = []
        self._base = url
        self._path: list[str] = []
        self._fields: dict[str, str] = {}
        self._alternates: list[tuple[str, str]] = []
        self._text: list[str] | None = None
        self._length = 0

    def run(self, text: str) -> str | None:
        """Read the text; returns what broke the walk off, if anything did."""
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        try:
            for at in range(0, len(text), _CHUNK):
                parser.Parse(text[at : at + _CHUNK].encode("utf-8", "replace"), False)
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            return str(error) if not self.complete else None
        except _TooDeep:
            return "nested too deeply"
        return None

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2].lower()
        self.root = self.root or local
        self._path.append(local)
        if len(self._path) > _MAX_DEPTH:
            raise _TooDeep
        if len(self._path) == 2:
            self._fields, self._alternates = {}, []
        elif local == "link" and len(self._path) == 3:
            self._alternate(attributes)
        self._text = [] if "/".join(self._path[1:]) in _FIELDS else None
        self._length = 0

    def _data(self, data: str) -> None:
        if self._text is not None and self._length < _MAX_TEXT:
            self._text.append(data)
            self._length += len(data)

    def _end(self, name: str) -> None:
        if self._text is not None:
            key = _FIELDS["/".join(self._path[1:])]
            self._fields.setdefault(key, "".join(self._text).strip())
            self._text = None
        if len(self._path) == 2:
            self._keep(self._path[1])
        self._path.pop()
        self.complete = self.complete or not self._path

    def _alternate(self, attributes: dict[str, str]) -> None:
        language, link = attributes.get("hreflang"), web_url(attributes.get("href"), self._base)
        if language and link and len(self._alternates) < _MAX_ALTERNATES:
            self._alternates.append((language[:35], link))

    def _keep(self, kind: str) -> None:
        link = web_url(self._fields.get("loc"), self._base)
        if kind not in ("url", "sitemap"):
            return
        if link is None:
            self.skipped += 1
        elif kind == "url":
            self.urls.add(self._entry(link))
        elif len(self.children) < MAX_CHILDREN:
            self.children.append(ChildSitemap(url=link, modified=self._fields.get("lastmod") or None))

    def _entry(self, link: str) -> Entry:
        found = self._fields
        self.publication = self.publication or plain(found.get("publication", ""), MAX_NAME) or None
        tags = [plain(tag, MAX_NAME) for tag in found.get("keywords", "").split(",")]
        own = next((code for code, other in self._alternates if other == link and code != "x-default"), "")
        return Entry(
            link=link,
            title=plain(found.get("title", "")) or None,
            published=found.get("date", "")[:200] or None,
            updated=found.get("lastmod", "")[:200] or None,
            language=found.get("language", "")[:35] or own or None,
            tags=tuple(dict.fromkeys(tag for tag in tags if tag))[:MAX_TAGS],
            image_url=web_url(found.get("image"), self._base),
            alternates=tuple(self._alternates),
        )


class _TooDeep(Exception):
    """Elements stand within each other deeper than any sitemap has them."""
