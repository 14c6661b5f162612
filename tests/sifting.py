"""Compare a sifted reading of a feed with the whole one, entry by entry."""

from collections.abc import Collection
from dataclasses import replace
from functools import lru_cache

from spiders.items import Feed, Sifted
from spiders.readers.feed import read_feed
from spiders.readers.sift import read_new, sift

URL = "https://warta.example/rss/nasional.xml"


def sifted(body: bytes, url: str = URL) -> Sifted:
    found = sift(body, url=url)
    assert found is not None, "the walk is unsure"
    return found


def head(feed: Feed) -> Feed:
    return replace(feed, entries=(), known=(), skipped=0)


@lru_cache(maxsize=1)
def _whole(body: bytes, url: str, marks: tuple[int, ...]) -> Feed:
    """Read the whole feed, once for all that is compared with it."""
    return read_feed(body, url=url, marks=marks)


def differs(body: bytes, apart: Sifted, known: Collection[int], url: str = URL) -> str | None:
    """Say how reading without the known entries differs from reading the whole feed; None if it does not."""
    known = frozenset(known)
    whole = _whole(body, url, apart.marks)
    got = read_new(body, apart, known, url=url)
    if set(got.known) != known:
        return f"it was read whole: {got.known} left out of {len(known)}"
    want = tuple(entry for entry in whole.entries if entry.mark not in known)
    if got.entries != want:
        return f"entries {got.entries} instead of {want}"
    return None if head(got) == head(whole) else f"head {head(got)} instead of {head(whole)}"
