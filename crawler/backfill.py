"""Back-fill: the older documents of a source that are read once, from a moment on. Pure.

They are children of the source: active until they are read, then ``done``, so that the list of what is left
to read lives in the store. First come the archived and further pages of the feed itself (RFC 5005, JSON Feed
``next_url``), then the sitemaps of its site.
"""

from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from crawler.dated import stamp
from crawler.normalize.url import clean_url, host_lane
from spiders.items import Robots
from spiders.robots import sitemaps as named_sitemaps
from storage.model import NewEntry, NewSource, Source

PAGES_AT_ONCE = 200
"""Pages of one archive read in a row; the next one then waits for a person."""
LATER = 1.0
"""Seconds after which the first document is due: what is new comes first."""


def site_address(source: Source) -> str:
    """Return an address on the site that a source tells of: its site's own, or else the source's."""
    return source.site_url or source.url


def sitemap_lines(robots: Iterable[Robots]) -> tuple[str, ...]:
    """Return the sitemaps that robots.txt files name, as clean URLs (sitemaps.org, "Submitting")."""
    found = (clean_url(line) for file in robots for line in named_sitemaps(file))
    return tuple(dict.fromkeys(url for url in found if url is not None))


def documents(
    source: Source,
    *,
    older: str | None,
    sitemaps: Sequence[str],
    part: str | None,
    since: float,
    known: Sequence[Source],
    now: float,
) -> tuple[NewSource, ...]:
    """Return what to read first to fill a gap of a source that began at ``since`` (epoch seconds).

    ``older`` is where its older entries stand; ``sitemaps`` are those of its site, of which the usual
    address is tried where none is known; ``part`` is the part of the site that the source tells of, if it
    is only one. Of the documents ``known`` behind it, those that wait to be read further back stay so.
    """
    site = urlsplit(site_address(source))
    maps = sitemaps or (f"{site.scheme}://{site.netloc}/sitemap.xml",)
    addresses = [*([("feed", older)] if older else []), *(("sitemap", url) for url in maps)]
    found = []
    for kind, url in dict.fromkeys(addresses):
        if url == source.url or _waits(url, since, known):
            continue
        found.append(
            NewSource(
                url=url,
                host=host_lane(url),
                kind="feed" if kind == "feed" else "sitemap",
                parent_id=source.id,
                site_url=part if kind == "sitemap" else None,
                since=since,
                next_due_at=now + LATER,
                due_reason="to fill a gap",
            )
        )
    return tuple(found)


def next_page(
    page: Source,
    root: Source,
    *,
    older: str,
    entries: Sequence[NewEntry],
    body_hash: str,
    known: Sequence[Source],
    now: float,
) -> NewSource | None:
    """Return the page of an archive that follows one that was read, or None when there is no need of it.

    ``known`` are the documents behind the root: a page that was read for the same gap is not read again,
    so that an archive whose pages lead in a circle ends; nor is one followed whose bytes (their hash is
    ``body_hash``) are those of another page, as where a server knows nothing of pages.
    """
    if page.since is None or not entries or reaches(entries, page.since):
        return None
    if body_hash in {root.body_hash, *(child.body_hash for child in known if child.id != page.id)}:
        return None
    pages = [child for child in known if child.kind == "feed" and child.since == page.since]
    if (
        older in (root.url, page.url)
        or _waits(older, page.since, known)
        or any(child.url == older for child in pages)
    ):
        return None
    enough = len(pages) % PAGES_AT_ONCE == 0
    return NewSource(
        url=older,
        host=host_lane(older),
        state="paused" if enough else "active",
        parent_id=root.id,
        since=page.since,
        next_due_at=now,
        due_reason=f"{len(pages)} pages were read in a row; resume its source to go on"
        if enough
        else "to fill a gap",
    )


def _waits(url: str, since: float, known: Sequence[Source]) -> bool:
    """Tell whether a document waits to be read at least as far back as that already."""
    return any(
        child.url == url
        and child.state in ("active", "paused")
        and child.since is not None
        and child.since <= since
        for child in known
    )


def reaches(entries: Sequence[NewEntry], since: float) -> bool:
    """Tell whether a page of a feed reaches back to a moment, so that the pages after it are older still.

    Its first line does not count, if there are more: it may be an old one that was pinned to the top.
    """
    dates = [
        at for entry in entries[1:] or entries if (at := stamp(entry.published or entry.updated)) is not None
    ]
    return any(at < since for at in dates)
