"""Whether one address shows in another way what stands at another: for print, as AMP, on phones."""

from urllib.parse import urlsplit

from crawler.normalize.host import shown_host
from crawler.normalize.key import url_key
from crawler.normalize.rules import rules, word_set


def is_variant(url: str, canonical: str) -> bool:
    """Tell whether ``url`` is ``canonical`` with nothing but a mark of another view (both cleaned).

    Then the page's word for its canonical URL needs no further witness.
    """
    own, claimed = url_key(url), url_key(canonical)
    return own != claimed and _bare(own) == _bare(claimed) == claimed


def plain_key(url: str) -> str | None:
    """Return the key of what a cleaned URL shows in another view, as its marks say; None where it has none.

    No more than a guess: that the page at that address is the same article needs a witness.
    """
    own = url_key(url)
    plain = _bare(own)
    return None if plain == own else plain


def is_lesser_view(url: str, own: str) -> bool:
    """Tell whether ``url`` has a mark of another view, and ``own``, of the same key, has no such mark.

    These are the marks that keys are made without: mobile hosts, ``m=1``, AMP (both cleaned).
    """
    return url_key(url) == url_key(own) and not _lesser_marks(url) <= _lesser_marks(own)


def _lesser_marks(url: str) -> set[str]:
    parts = urlsplit(url)
    host, path = shown_host(parts), parts.path.rstrip("/").lower()
    table = rules("trackers")
    marks = {mark for mark in table["variants"]["lesser_hosts"] if host.startswith(mark)}
    marks |= word_set("trackers", "paths", "segments") & {*path.split("/")}
    marks |= {mark for mark, _ in table["paths"]["endings"] if path.endswith(mark)}
    return marks | (word_set("trackers", "variants", "lesser_pairs") & {*parts.query.lower().split("&")})


def _bare(key: str) -> str:
    """A key without the marks of other views."""
    parts = urlsplit(key)
    segments = [
        part
        for part in parts.path.split("/")
        if part.lower() not in word_set("trackers", "variants", "segments")
    ]
    pairs = [pair for pair in parts.query.split("&") if pair and not _is_mark(pair.lower())]
    query = f"?{'&'.join(pairs)}" if pairs else ""
    return f"{parts.scheme}://{parts.netloc}{'/'.join(segments)}{query}"


def _is_mark(pair: str) -> bool:
    name = pair.partition("=")[0]
    return pair in word_set("trackers", "variants", "pairs") or name in word_set(
        "trackers", "variants", "parameters"
    )
