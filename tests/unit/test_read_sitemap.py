"""Sitemaps, sitemap indexes, lists of URLs: what is read of them, and what they survive."""

import gzip
import zlib
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spiders.errors import NotAFeed
from spiders.items import ChildSitemap, Feed, SourceKind
from spiders.readers import sitemap
from spiders.readers.source import read_source
from tests.depth import examples

URL = "https://www.warta.example/sitemap.xml"
NEWS = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"
  xmlns:image="http://www.google.com/schemas/sitemap-image/1.1" xmlns:xhtml="http://www.w3.org/1999/xhtml">
  <url><loc>https://www.warta.example/a</loc>
    <xhtml:link rel="alternate" hreflang="en" href="https://www.warta.example/en/a"/>
    <xhtml:link rel="alternate" hreflang="id" href="https://www.warta.example/a"/>
    <n:news><n:publication><n:name>Warta</n:name><n:language>id</n:language></n:publication>
      <n:publication_date>2026-11-25T08:00:00+07:00</n:publication_date>
      <n:title>Harga beras &amp; gula</n:title>
      <n:keywords>beras, gula, beras</n:keywords></n:news>
    <image:image><image:loc>/a.jpg</image:loc><image:title>Pasar</image:title></image:image></url>
  <url><loc>/b</loc><lastmod>2026-11-24</lastmod></url>
  <url><lastmod>2026-11-24</lastmod></url>
</urlset>"""


def read(body: str | bytes, kind: SourceKind = "sitemap", content_type: str = "") -> Feed:
    data = body.encode() if isinstance(body, str) else body
    return read_source(data, kind=kind, url=URL, content_type=content_type)


def test_a_news_sitemap_gives_all_it_says() -> None:
    feed = read(NEWS)
    first, second = feed.entries
    assert (feed.format, feed.title, feed.skipped, feed.truncated) == ("news_sitemap", "Warta", 1, False)
    assert (first.link, first.title, first.language) == (
        *("https://www.warta.example/a", "Harga beras & gula"),
        "id",
    )
    assert (first.published, first.tags) == ("2026-11-25T08:00:00+07:00", ("beras", "gula"))
    assert first.image_url == "https://www.warta.example/a.jpg"
    assert first.alternates == (
        ("en", "https://www.warta.example/en/a"),
        ("id", "https://www.warta.example/a"),
    )
    assert (second.link, second.updated, second.title) == ("https://www.warta.example/b", "2026-11-24", None)


def test_the_language_may_come_from_the_alternates() -> None:
    body = (
        "<urlset><url><loc>https://www.warta.example/ms</loc>"
        "<link rel='alternate' hreflang='x-default' href='https://www.warta.example/ms'/>"
        "<link rel='alternate' hreflang='ms' href='https://www.warta.example/ms'/></url></urlset>"
    )
    [entry] = read(body).entries
    assert entry.language == "ms"


@pytest.mark.parametrize("prefix", ["news:", "", "NEWS:"])
def test_wrong_namespaces_do_no_harm(prefix: str) -> None:
    body = (
        f"<urlset xmlns='http://wrong.example'><url><loc>https://www.warta.example/a</loc>"
        f"<{prefix}news><{prefix}title>T</{prefix}title></{prefix}news></url></urlset>"
    )
    assert [entry.title for entry in read(body).entries] == ["T"]


def test_an_index_names_its_children() -> None:
    feed = read(
        "<sitemapindex><sitemap><loc>https://www.warta.example/1.xml.gz</loc>"
        "<lastmod>2026-11-25</lastmod></sitemap><sitemap><loc> /2.xml </loc></sitemap>"
        "<sitemap><loc>mailto:x</loc></sitemap></sitemapindex>"
    )
    assert (feed.format, feed.entries, feed.skipped) == ("sitemap_index", (), 1)
    assert feed.children == (
        ChildSitemap(url="https://www.warta.example/1.xml.gz", modified="2026-11-25"),
        ChildSitemap(url="https://www.warta.example/2.xml"),
    )


def test_gzip_inside_the_body() -> None:
    assert len(read(gzip.compress(NEWS.encode())).entries) == 2
    cut = read(gzip.compress((NEWS * 50).encode())[:-200])
    assert cut.truncated or cut.entries


def test_gzip_bombs_are_refused() -> None:
    twice = gzip.compress(gzip.compress(NEWS.encode()))
    with pytest.raises(NotAFeed) as refused:
        read(twice)
    assert refused.value.reason == "bad_encoding"
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(80)) + packer.flush()
    with pytest.raises(NotAFeed) as refused:
        read(bomb)
    assert refused.value.reason == "oversize"


def test_what_stands_before_a_break_is_kept() -> None:
    feed = read(NEWS[: NEWS.index("<url><loc>/b")] + "<url><loc>https://x")
    assert [entry.title for entry in feed.entries] == ["Harga beras & gula"]
    assert feed.truncated
    feed = read(NEWS.replace("<lastmod>2026-11-24</lastmod></url>\n</urlset>", "</broken></url></urlset>"))
    assert len(feed.entries) >= 1
    assert "not well-formed" in " ".join(feed.notes)


def test_entities_are_not_unfolded() -> None:
    bomb = '<!DOCTYPE u [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
    feed = read(bomb + NEWS.partition("?>")[2].replace("Harga", "&b;"))
    assert "aaaaaaaaaa" not in (feed.entries[0].title or "")


def test_of_too_many_the_newest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "MAX_URLS", 3)
    dates = ["2026-11-20", "2026-11-25T01:00Z", "2026-11-01", "2026-11-24", "", "2026-11-23"]
    urls = "".join(
        f"<url><loc>https://www.warta.example/{n}</loc><lastmod>{date}</lastmod></url>"
        for n, date in enumerate(dates)
    )
    feed = read(f"<urlset>{urls}</urlset>")
    assert [entry.link[-1] for entry in feed.entries] == ["1", "3", "5"]
    assert feed.notes == ("3 older URLs beyond 3 left out",)


@pytest.mark.slow
def test_fifty_thousand_urls_are_read() -> None:
    urls = "".join(f"<url><loc>https://www.warta.example/{n}</loc></url>" for n in range(50_000))
    assert len(read(f"<urlset>{urls}</urlset>").entries) == 50_000


def test_a_list_of_urls() -> None:
    body = "\ufeffhttps://www.warta.example/1\r\n\r\nhttps://www.warta.example/2\n"
    assert [entry.link[-1] for entry in read(body, content_type="text/plain").entries] == ["1", "2"]
    for kind in ("feed", "section"):
        with pytest.raises(NotAFeed):
            read(body, kind)
    with pytest.raises(NotAFeed):
        read("https://www.warta.example/1\nsome prose\nand more")


def test_a_web_page_is_no_sitemap() -> None:
    with pytest.raises(NotAFeed) as refused:
        read("<!doctype html><html><body>404</body></html>")
    assert refused.value.reason == "html"


def test_a_feed_may_stand_in_for_a_sitemap() -> None:
    feed = read("<rss><channel><item><link>https://www.warta.example/1</link></item></channel></rss>")
    assert [entry.link for entry in feed.entries] == ["https://www.warta.example/1"]


@settings(max_examples=examples(200), deadline=None)
@given(st.integers(0, len(NEWS) - 1), st.binary(max_size=12), st.integers(0, 40))
def test_no_mutation_is_more_than_no_sitemap(at: int, junk: bytes, gone: int) -> None:
    body = NEWS.encode()
    with suppress(NotAFeed):
        read(body[:at] + junk + body[at + gone :])
