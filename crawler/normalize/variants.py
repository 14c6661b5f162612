"""Whether one address shows in another way what stands at another: for print, or as AMP."""

from urllib.parse import urlsplit

from crawler.normalize.key import url_key
from crawler.normalize.rules import word_set


def is_variant(url: str, canonical: str) -> bool:
    """Tell whether ``url`` is ``canonical`` with nothing but a mark of another view (both cleaned).

    Then the page's word for its canonical URL needs no further witness.
    """
    own, claimed = url_key(url), url_key(canonical)
    return own != claimed and _bare(own) == _bare(claimed) == claimed


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
