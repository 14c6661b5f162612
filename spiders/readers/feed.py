"""Read a feed: RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, CDF.

The bytes are decoded and mended first and handed to feedparser as UTF-8: its strict parser then reads most
broken feeds too, and its forgiving one, which expands entities without limit, never sees a document type.
Ill-formed XML never costs the feed, one bad entry never costs the others.
"""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import feedparser

from spiders.errors import NotAFeed
from spiders.items import Entry, Feed
from spiders.readers.decode import decode
from spiders.readers.discover import feed_start, sniff
from spiders.readers.entry import read_entry, text_of
from spiders.readers.guard import trim_attributes
from spiders.readers.mend import Mended, mend_xml
from spiders.readers.plain import plain, web_url
from spiders.readers.wishes import read_wishes

MAX_BYTES = 64 * 1024 * 1024
MAX_ENTRIES = 50_000
_MAX_TTL = 31 * 86_400.0
_ITEM = re.compile(r"<(?:[\w.-]+:)?(?:item|entry)[\s>]")
_ITEM_END = re.compile(r"</(?:[\w.-]+:)?(?:item|entry)\s*>")
_PERIODS = {
    "hourly": 3600.0,
    "daily": 86_400.0,
    "weekly": 604_800.0,
    "monthly": 2_592_000.0,
    "yearly": 31_536_000.0,
}
# What feedparser is known to let through on malformed values.
_PARSER_ERRORS = (ValueError, TypeError, LookupError, AttributeError, AssertionError, RecursionError)

_REFUSALS = {
    "empty": ("empty", "the answer is empty"),
    "html": ("html", "this is a web page, not a feed"),
    "pdf": ("pdf", "this is a PDF file, not a feed"),
    "image": ("image", "this is an image, not a feed"),
    "json": ("json", "this is JSON, but no JSON Feed"),
    "jsonfeed": ("json", "this is a JSON Feed, which another reader reads"),
    "sitemap": ("sitemap", "this is a sitemap, which another reader reads"),
    "opml": ("opml", "this is an OPML list of feeds; `kabar sources import` takes it"),
}


STAND_IN = -1
"""In place of a mark: an empty entry that stands for entries left out."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A document that may be a feed, decoded."""

    text: str
    start: int | None
    """Where a feed's root element begins; None when there is none."""
    notes: tuple[str, ...] = ()


def read_feed(body: bytes, *, url: str, content_type: str = "", marks: Sequence[int] = ()) -> Feed:
    """Read a feed from the bytes of an answer. ``url`` is where it came from, ``content_type`` its header.

    Entries keep document order; those without a usable http(s) link are left out and counted. ``marks``
    are those of its entries, links or not, if they are known.
    Raises NotAFeed for web pages, empty answers, JSON, sitemaps and anything without a feed's root element.
    """
    opened = open_feed(body, url=url, content_type=content_type)
    mended = _mend(opened, url)
    raw, notes = parse_feed(mended)
    if not raw.get("version") and not raw.entries and feed_start(mended.text) is None:
        raise NotAFeed(url, "not_a_feed", "the document is no feed of a kind known here")
    if len(marks) != len(raw.entries):
        marks = ()
    return read_parsed(raw, mended, url=url, notes=notes, marks=marks)


def open_feed(body: bytes, *, url: str, content_type: str) -> Opened:
    """Decode a feed and refuse what is none. Raises NotAFeed."""
    if len(body) > MAX_BYTES:
        raise NotAFeed(url, "oversize", f"the feed has {len(body)} bytes, more than {MAX_BYTES}")
    kind = sniff(body, content_type)
    if kind in _REFUSALS:
        raise NotAFeed(url, *_REFUSALS[kind])
    decoded = decode(body, content_type)
    notes = ("text not in its encoding replaced",) if decoded.mended else ()
    return Opened(decoded.text, feed_start(decoded.text), notes)


def _mend(opened: Opened, url: str) -> Mended:
    mended = mend_xml(opened.text, start=opened.start)
    if not mended.root:
        raise NotAFeed(url, "not_a_feed", "the document holds no XML element")
    text, heavy = trim_attributes(mended.text)
    text, left_out = _cut_entries(text)
    notes = [*mended.notes, *opened.notes]
    notes += [f"attributes of {heavy} overloaded tags dropped"] if heavy else []
    notes += [f"{left_out} entries beyond {MAX_ENTRIES} left out"] if left_out else []
    return Mended(text, mended.root, tuple(notes))


def _cut_entries(text: str) -> tuple[str, int]:
    """Leave out the entries beyond MAX_ENTRIES; how many that were."""
    if text.count("<item") + text.count("<entry") <= MAX_ENTRIES:
        return text, 0
    starts = [found.start() for found in _ITEM.finditer(text)]
    if len(starts) <= MAX_ENTRIES:
        return text, 0
    end = max((found.end() for found in _ITEM_END.finditer(text, starts[-1])), default=len(text))
    return text[: starts[MAX_ENTRIES]] + text[end:], len(starts) - MAX_ENTRIES


def parse_feed(mended: Mended) -> tuple[Any, tuple[str, ...]]:
    """Run feedparser over a document, entry by entry when it stumbles; what it gives, and what went wrong."""
    try:
        raw = _feedparser(mended.text)
    except _PARSER_ERRORS as error:
        return _parse_apart(mended.text), (f"an entry could not be read ({type(error).__name__})",)
    problem = raw.get("bozo_exception")
    return raw, (f"not well-formed: {problem}"[:200],) if problem else ()


def _feedparser(text: str) -> Any:
    # A stream, never bytes: feedparser would open bytes or text as a file name first.
    return feedparser.parse(
        io.BytesIO(text.encode("utf-8", "replace")),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )


def _parse_apart(text: str) -> Any:
    """Parse the head once and each entry with it alone, leaving out what still cannot be read."""
    starts = [found.start() for found in _ITEM.finditer(text)] or [len(text)]
    head, ends = text[: starts[0]], [*starts[1:], len(text)]
    whole = _parse_or_none(head) or feedparser.FeedParserDict(feed=feedparser.FeedParserDict(), entries=[])
    whole["entries"] = [
        entry for chunk in _halves(head, text, list(zip(starts, ends, strict=False))) for entry in chunk
    ]
    return whole


def _halves(head: str, text: str, spans: list[tuple[int, int]]) -> Iterator[list[Any]]:
    """Entries of the spans, halving where parsing fails so that only bad entries are lost."""
    if not spans:
        return
    raw = _parse_or_none(head + text[spans[0][0] : spans[-1][1]])
    if raw is not None:
        yield raw.entries
    elif len(spans) > 1:
        middle = len(spans) // 2
        yield from _halves(head, text, spans[:middle])
        yield from _halves(head, text, spans[middle:])


def _parse_or_none(text: str) -> Any:
    try:
        return _feedparser(text)
    except _PARSER_ERRORS:
        return None


def read_parsed(
    raw: Any,
    mended: Mended,
    *,
    url: str,
    notes: tuple[str, ...] = (),
    marks: Sequence[int] = (),
    known: tuple[int, ...] = (),
) -> Feed:
    """Read what feedparser gave for a document; ``known`` are the marks of entries left out of it."""
    head, version = raw.feed, str(raw.get("version") or "unknown")
    site = web_url(text_of(head, "link"), url)
    base = url if version.startswith("atom") else site or url
    entries, skipped = _entries(raw.entries, base, version, marks)
    ttl = _ttl(head)
    wishes = read_wishes(head, mended.text, url=url)
    return Feed(
        url=url,
        format=version,
        title=plain(text_of(head, "title")) or None,
        site_url=site,
        language=text_of(head, "language")[:35] or None,
        ttl=ttl,
        skip_hours=wishes.skip_hours,
        skip_days=wishes.skip_days,
        hubs=wishes.hubs,
        self_url=wishes.self_url,
        older=wishes.older,
        entries=entries,
        skipped=skipped,
        truncated=not _has_end(mended),
        notes=(*mended.notes, *notes),
        known=known,
    )


def _entries(raws: list[Any], base: str, version: str, marks: Sequence[int]) -> tuple[tuple[Entry, ...], int]:
    read = [
        read_entry(raw, base=base, version=version, mark=mark)
        for raw, mark in zip_longest(raws[:MAX_ENTRIES], marks)
        if mark != STAND_IN
    ]
    kept = tuple(entry for entry in read if entry is not None)
    return kept, len(read) - len(kept)


def _has_end(mended: Mended) -> bool:
    """Whether the root element is closed."""
    if re.search(rf"</{re.escape(mended.root)}\s*>", mended.text[-65_536:]) is not None:
        return True
    return f"</{mended.root}" in mended.text or re.match(r"<[^<>]*/>\s*$", mended.text) is not None


def _ttl(head: Any) -> float | None:
    """Seconds between polls as the feed asks: RSS ttl (minutes), else sy:updatePeriod / updateFrequency."""
    minutes = _number(text_of(head, "ttl"))
    if minutes is not None:
        return _sane(minutes * 60)
    period = _PERIODS.get(text_of(head, "sy_updateperiod").lower())
    times = _number(text_of(head, "sy_updatefrequency") or "1")
    return _sane(period / times) if period and times else None


def _number(text: str) -> float | None:
    """A plain positive decimal number, else None: no infinities, no exponents."""
    return float(text) if re.fullmatch(r"[0-9]{1,12}(?:\.[0-9]{1,6})?", text) and float(text) > 0 else None


def _sane(seconds: float) -> float | None:
    return seconds if 1.0 <= seconds <= _MAX_TTL else None
