"""Telling documents apart from their bytes; the feeds a page names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.readers.discover import sniff

PAGE = "https://warta.example/rubrik/index.html"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "empty"),
        (b" \r\n\t", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\x00" * 100, "empty"),
        (b'<?xml version="1.0"?><rss version="2.0"/>', "feed"),
        (b"\n\n<feed xmlns='http://www.w3.org/2005/Atom'>", "feed"),
        (b"<!-- x --><rdf:RDF xmlns:rdf='x'>", "feed"),
        (b"<atom:feed xmlns:atom='http://www.w3.org/2005/Atom'/>", "feed"),
        ("<rss version='2.0'/>".encode("utf-16"), "feed"),
        ("<rss version='2.0'/>".encode("utf-16-be"), "feed"),
        (b"<b>Warning</b>: x\n<rss version='2.0'><channel>", "feed"),
        (b"<!DOCTYPE html><title>x</title>", "html"),
        (b"<html><body><pre>&lt;rss&gt;</pre>", "html"),
        (b"<!doctype html><!-- <rss> --><body><rss>", "html"),
        (b"<p>fragment", "html"),
        (b"%PDF-1.7\n%\xe2\xe3", "pdf"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "image"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "image"),
        (b"\x00\x00\x00\x1cftypavif", "image"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "image"),
        (b'{"version": "https://jsonfeed.org/version/1.1"}', "jsonfeed"),
        (b'{"home_page_url": "https://a.example", "items": []}', "jsonfeed"),
        (b'{"version": "1.1", "items": []}', "json"),
        (b"<?xml version='1.0'?><urlset/>", "sitemap"),
        (b"<sitemapindex></sitemapindex>", "sitemap"),
        (b"<opml version='2.0'/>", "opml"),
        (b' [ {"a": 1}]', "json"),
        (b"plain words, {nothing} more", "other"),
        (b"PK\x03\x04" + bytes(range(256)) * 4, "other"),
    ],
)
def test_bytes_tell(body: bytes, kind: str) -> None:
    assert sniff(body) == kind


@pytest.mark.parametrize(
    ("body", "content_type", "kind"),
    [
        (b"<rss version='2.0'/>", "text/html; charset=utf-8", "feed"),
        (b"<html></html>", "application/rss+xml", "html"),
        (b"plain words", "text/html", "html"),
        (b"<custom-app></custom-app>", "text/html", "html"),
        (bytes(range(1, 256)) * 4, "image/x-odd", "image"),
        (bytes(range(1, 256)) * 4, "text/html", "other"),
        (b"plain words", "text/plain", "other"),
    ],
)
def test_the_header_is_heard_when_bytes_do_not_tell(body: bytes, content_type: str, kind: str) -> None:
    assert sniff(body, content_type) == kind


@pytest.mark.parametrize("piece", [b"<link ", b"<link '", b'<link "', b"<base", b"<!--", b"<", b"<link rel="])
def test_heaps_take_one_pass(piece: bytes) -> None:
    assert sniff(piece * 50_000) in ("html", "other")


@given(st.binary(max_size=200), st.sampled_from(["", "text/html", "image/png", "application/json", ";"]))
def test_never_fails(body: bytes, content_type: str) -> None:
    assert sniff(body, content_type)
