"""Gate: every way of writing a source gives exactly its links, in order; real feeds lose nothing."""

import gzip
import io
import json
from pathlib import Path

import feedparser
import pytest

from spiders.errors import NotAFeed
from spiders.readers.source import read_source

URL = "https://www.eti-news.com/rss"


def test_variants(test_data: Path) -> None:
    folder = test_data / "feeds" / "variants"
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    wrong = {}
    for variant in expected:
        feed = read_source((folder / variant["file"]).read_bytes(), kind="feed", url=URL)
        if [entry.link for entry in feed.entries] != variant["links"]:
            wrong[variant["file"]] = [entry.link for entry in feed.entries]
    assert not wrong
    assert len(expected) >= 18


def test_a_cut_variant_is_marked(test_data: Path) -> None:
    body = (test_data / "feeds" / "variants" / "18-rss2-truncated-mid-item.xml").read_bytes()
    assert read_source(body, kind="feed", url=URL).truncated


@pytest.mark.slow
def test_real_feeds_lose_no_entry(test_data: Path) -> None:
    """Never fewer usable links than feedparser alone, and no other exception than NotAFeed."""
    files = sorted((test_data / "feeds" / "corpus").glob("*.xml.gz"))
    assert len(files) > 90
    fewer = {}
    for file in files:
        body = gzip.decompress(file.read_bytes())
        alone = feedparser.parse(io.BytesIO(body), response_headers={"content-location": URL})
        known = [link for entry in alone.entries if (link := entry.get("link", "")).startswith("http")]
        try:
            found = len(read_source(body, kind="feed", url=URL).entries)
        except NotAFeed:
            found = 0
        if found < len(known):
            fewer[file.name] = (found, len(known))
    assert not fewer
