"""What goes into a spider (Target) and what comes out (Fetch, Feed, Entry, Document).

Frozen values made of the standard library alone, so that they can cross process borders.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

SourceKind = Literal["feed", "sitemap", "section"]
TargetKind = Literal["feed", "sitemap", "section", "page"]
TextSource = Literal["page", "feed", "structured"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Robots:
    """The robots.txt of one origin as it was last seen (RFC 9309)."""

    origin: str
    """Scheme, host and port, like ``https://example.org`` (default ports left out)."""
    status: int
    """HTTP status of the answer; 0 when the origin could not be reached."""
    text: str
    """The rules, at most 500 KiB; empty unless the status was 200."""
    fetched_at: float
    """Epoch seconds."""
    expires_at: float | None = None
    """When to ask for it again (epoch seconds), where that is not as usual."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchOptions:
    """How one source wants to be fetched, where that differs from the policy. None: as the policy says."""

    user_agent: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    """Further request headers, name and value; like cookies and auth for the target's own origin alone."""
    cookies: tuple[tuple[str, str], ...] = ()
    auth: tuple[str, str] | None = None
    """User and password of HTTP basic authentication."""
    proxy: str | None = None
    verify_tls: bool = True
    """False takes any certificate of the target's host."""
    obey_robots: bool | None = None
    impersonate: str | None = None
    """The browser whose handshake and headers are imitated, as curl_cffi names it."""
    render: bool = False
    """Whether a browser runs the scripts of pages, those that list articles included."""


AS_USUAL = FetchOptions()


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One URL to fetch, with what is already known about it."""

    url: str
    kind: TargetKind
    etag: str | None = None
    last_modified: str | None = None
    robots: tuple[Robots, ...] = ()
    """Known robots.txt files; a fresh one saves a request, an expired one is fetched again."""
    options: FetchOptions = AS_USUAL

    @property
    def is_rendered(self) -> bool:
        """Whether a browser finishes the document; feeds and sitemaps have no scripts to run."""
        return self.options.render and self.kind in ("section", "page")


@dataclass(frozen=True, slots=True)
class Redirect:
    """One hop: the URL that redirected and the status it answered with."""

    url: str
    status: int


KEPT_HEADERS = (
    *("Content-Type", "Content-Language", "Date", "ETag", "Last-Modified"),
    *("X-Robots-Tag", "TDM-Reservation", "TDM-Policy"),
)
"""Headers of an answer that are kept with a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """One finished HTTP exchange: a 200 with its body, or a 304 without. Other statuses are errors."""

    url: str
    """The URL that answered, after redirects."""
    requested_url: str
    status: int
    body: bytes
    """Decoded from its Content-Encoding; character encoding untouched."""
    fetched_at: float
    """Epoch seconds at the end of the exchange."""
    seconds: float
    content_type: str = ""
    """The Content-Type header as sent, charset included; empty when absent."""
    etag: str | None = None
    last_modified: str | None = None
    retry_after: float | None = None
    """Seconds to stay away, when the answer named them."""
    max_age: float | None = None
    """Seconds for which the answer stays fresh by Cache-Control max-age or Expires, when given."""
    x_robots_tag: str | None = None
    redirects: tuple[Redirect, ...] = ()
    robots: tuple[Robots, ...] = ()
    """robots.txt files that had to be fetched for this exchange; keep them for the next Target."""
    truncated: bool = False
    """The body ended before its announced length; its validators must not be kept."""
    headers: tuple[tuple[str, str], ...] = ()
    """Headers that are kept with a page, by lower-case name: what it is, and what its publisher reserves."""
    links: tuple[tuple[str, str], ...] = ()
    """Relation and address of what its Link headers say of WebSub: ``hub`` and ``self``."""

    @property
    def moved_to(self) -> str | None:
        """The new address when every hop was permanent (301 or 308), else None."""
        if self.redirects and all(hop.status in (301, 308) for hop in self.redirects):
            return self.url
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a feed, as published. Dates are raw strings; HTML is raw HTML."""

    link: str
    """Absolute http(s) URL."""
    guid: str | None = None
    title: str | None = None
    """Plain text."""
    summary: str | None = None
    content: str | None = None
    published: str | None = None
    updated: str | None = None
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    language: str | None = None
    image_url: str | None = None
    alternates: tuple[tuple[str, str], ...] = ()
    """The same article in other languages: language code and URL (hreflang), as a sitemap names them."""
    mark: int | None = None
    """Hash of the line, 63 bits: as long as it is the same, so are guid, link, title and dates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sifted:
    """The lines of a feed told apart without being read."""

    marks: tuple[int, ...]
    """One for each line, in document order, none twice."""
    spans: tuple[tuple[int, int], ...]
    """Where each line begins and ends, in bytes of the document as it is parsed."""
    bases: tuple[str, ...]
    """The base URL that each line leaves behind for those after it; empty for none."""
    root: str
    entry: str
    """Qualified names of the root element and of the lines' elements, as written."""
    mended: bool
    """The document had to be mended before it was well-formed."""
    notes: tuple[str, ...] = ()
    """What had to be mended, in plain words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildSitemap:
    """A sitemap that a sitemap index names."""

    url: str
    """Absolute http(s) URL."""
    modified: str | None = None
    """When it last changed, the raw text of ``lastmod``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """The document a source returned, read."""

    url: str
    format: str
    """What it is written in: ``rss20``, ``rss10``, ``atom10`` ... as feedparser names it; ``json1`` and
    ``json11``; ``sitemap``, ``news_sitemap``, ``sitemap_index``; ``section``."""
    title: str | None = None
    site_url: str | None = None
    language: str | None = None
    ttl: float | None = None
    """Seconds the publisher asks to wait between polls (RSS ttl, sy:updatePeriod), if any."""
    skip_hours: tuple[int, ...] = ()
    """Hours of the day in UTC, 0 to 23, at which the publisher asks not to be polled (RSS skipHours)."""
    skip_days: tuple[int, ...] = ()
    """Days of the week in UTC, 0 for Monday, on which the publisher asks not to be polled (RSS skipDays)."""
    hubs: tuple[str, ...] = ()
    """WebSub hubs that the document announces."""
    self_url: str | None = None
    """The address the feed gives itself (rel=self): the WebSub topic."""
    older: str | None = None
    """Where older entries stand: the previous archive or the next page (RFC 5005; JSON Feed next_url)."""
    children: tuple[ChildSitemap, ...] = ()
    """What a sitemap index lists."""
    entries: tuple[Entry, ...] = ()
    """In document order, without entries that carry no usable link."""
    skipped: int = 0
    """Entries left out because they had no usable link."""
    known: tuple[int, ...] = ()
    """Marks of the entries left out because they are known."""
    truncated: bool = False
    """The document ended before its root element was closed."""
    notes: tuple[str, ...] = ()
    """What had to be mended or was malformed, in plain words."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One value that a field may have, with where it was found and how far it is believed."""

    values: tuple[str, ...]
    """One for most fields; all of them together for authors, tags and credits."""
    where: str
    """As in the provenance: ``json-ld``, ``og``, ``h1``, ``byline`` ..."""
    belief: float
    """From 0 to 1; what independent places agree on is believed more."""
    note: str = ""
    """What was done to the value, or why it is not believed; empty for most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Where the rest of an article stands that is printed on several pages."""

    number: int = 1
    """Which of its pages this one is."""
    whole: str | None = None
    """A view of all pages in one, if the page offers it."""
    numbered: tuple[str, ...] = ()
    """The pages that follow, in order, as far as this page tells."""

    def __bool__(self) -> bool:
        return bool(self.whole or self.numbered)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """An article as published: every field as the page (or feed) gave it, with where it was found.

    Dates are raw strings, text is paragraphs joined by a blank line, URLs are absolute.
    """

    url: str
    """The URL that answered, after redirects."""
    requested_url: str
    fetched_at: float
    title: str | None = None
    lead: str | None = None
    text: str = ""
    text_source: TextSource = "page"
    authors: tuple[str, ...] = ()
    published: str | None = None
    modified: str | None = None
    language: str | None = None
    canonical_url: str | None = None
    publisher: str | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    image_url: str | None = None
    image_caption: str | None = None
    image_credit: str | None = None
    credits: tuple[str, ...] = ()
    """Agencies, photographers and organisations that are named beside the authors."""
    paywalled: bool | None = None
    reservations: Mapping[str, str] = field(default_factory=dict)
    """What the publisher reserves about use by machines: where it is said, and what is said."""
    truncated: bool = False
    left_out: tuple[str, ...] = ()
    """Blocks around the text judged not to belong to it: repeated headline, date lines, notices."""
    provenance: Mapping[str, str] = field(default_factory=dict)
    """Field name to where its value came from, like ``{"title": "json-ld", "text": "trafilatura"}``."""
    candidates: Mapping[str, tuple[Candidate, ...]] = field(default_factory=dict)
    """Field name to all that was found for it, most believed first."""
    parts: Parts = Parts()
    """The other pages of the article; after they were joined, what is missing still."""
    joined: tuple[str, ...] = ()
    """Addresses of the pages whose text was joined to that of the first."""
    reader: str | None = None
    """Version of the reader that read the page, and the site rule that spoke (``3+detik``), if one did."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A page that was fetched and read, with the robots.txt files that had to be fetched for it."""

    document: Document | None
    """None when the page is as the validators of its target say (304)."""
    robots: tuple[Robots, ...] = ()
    etag: str | None = None
    last_modified: str | None = None
    """Validators that the page came with; None for one that was cut off."""
    page: Fetch | None = None
    """The page itself."""
