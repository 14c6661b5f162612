"""The feeds that a web page names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.readers.alternates import is_feed_address, named_feeds

PAGE = "https://warta.example/rubrik/halaman"


def announced(page: bytes | str) -> tuple[str, ...]:
    body = page.encode() if isinstance(page, str) else page
    return named_feeds(body, url=PAGE).announced


def test_feeds_of_a_page() -> None:
    page = b"""<html><head>
      <LINK REL='Alternate' TYPE="application/rss+xml" TITLE="Nasional &amp; Daerah" HREF="/rss?a=1&amp;b=2">
      <link href=atom.xml type=application/atom+xml rel=alternate>
      <link rel="alternate" type="application/rss+xml" href="/rss?a=1&amp;b=2" title="again">
      <link rel="alternate" type="application/feed+json" href="/feed.json">
      <link rel="alternate" type="text/xml" href="/feed.xml">
      <link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/17">
      <link rel="alternate" type="text/html" hreflang="en" href="/en">
      <link rel="alternate stylesheet" type="application/rss+xml" href="/x">
      <link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">
      <link rel="alternate" type="application/rss+xml">
    </head></html>"""
    assert announced(page) == (
        "https://warta.example/rss?a=1&b=2",
        "https://warta.example/rubrik/atom.xml",
        "https://warta.example/feed.json",
        "https://warta.example/feed.xml",
    )


def test_the_base_of_the_page_counts() -> None:
    page = '<base href="https://feeds.example/x/"><link rel=alternate type="application/rss+xml" href="rss">'
    assert announced(page) == ("https://feeds.example/x/rss",)


def test_links_that_can_hardly_be_anything_else() -> None:
    page = """<link rel=alternate type=application/rss+xml href=/rss><a href="/rss">RSS</a>
    <a href="/rss/ekonomi.xml">Ekonomi</a><a href="https://feeds.warta.example/utama">Utama</a>
    <a href="/tentang-rss">Apa itu RSS?</a><a href="/feedback">Saran</a><a href="/2026/11/25/rss">x</a>"""
    found = named_feeds(page.encode(), url=PAGE)
    assert found.announced == ("https://warta.example/rss",)
    assert found.linked[:2] == (
        "https://warta.example/rss/ekonomi.xml",
        "https://feeds.warta.example/utama",
    )
    assert "https://warta.example/feedback" not in found.linked
    assert "https://warta.example/tentang-rss" not in found.linked


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        *(
            (path, True)
            for path in ("/rss", "/feed/", "/atom.xml", "/index.rdf", "/news/rss.xml", "/rss2.0.xml")
        ),
        *((path, True) for path in ("/rss/world", "/feeds/all.rss", "/id/feed", "/index.xml")),
        *((path, False) for path in ("/", "/press", "/feedback", "/rssi", "/atomic", "/a/feeding-the-world")),
    ],
)
def test_addresses(path: str, is_one: bool) -> None:
    assert is_feed_address(f"https://warta.example{path}") is is_one


def test_what_made_the_page() -> None:
    def generator(page: bytes) -> str:
        return named_feeds(page, url=PAGE).generator

    assert generator(b'<meta name="Generator" content="Hugo 0.150">') == "Hugo 0.150"
    two = b'<meta name=generator content="All in One SEO"><img src="/wp-content/x.png">'
    assert generator(two) == "All in One SEO WordPress"
    assert generator(b'<script src="/wp-content/x.js"></script>') == "WordPress"
    assert generator(b"<p>words press on</p>") == ""


def test_the_language_of_the_page() -> None:
    assert named_feeds(b'<!doctype html><html lang=" id-ID "><p>x', url=PAGE).language == "id-ID"
    assert named_feeds(b'<!doctype html><html lang=""><p>x', url=PAGE).language is None


def test_many_links_are_bounded() -> None:
    page = "".join(f'<link rel="alternate" type="application/rss+xml" href="/{n}">' for n in range(500))
    assert len(announced(page)) == 30


@given(st.text(alphabet="<>/=\"' abchreflinktypssé\0\ud800", max_size=300))
def test_any_soup_is_read(soup: str) -> None:
    found = named_feeds(soup.encode("utf-8", "replace"), url=PAGE)
    assert all(url.startswith("http") for url in (*found.announced, *found.linked))
