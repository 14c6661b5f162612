"""Which URLs are taken, where they live, and which claims about them are believed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.normalize.url import (
    MAX_URL,
    clean_url,
    host_lane,
    plausible_canonical,
    site_of,
    without_credentials,
)
from tests.depth import examples


@pytest.mark.parametrize(
    ("given_url", "cleaned"),
    [
        ("https://example.com/a", "https://example.com/a"),
        ("  HTTPS://Example.COM:443/A b?q=ä#top\n", "https://example.com/A%20b?q=%C3%A4"),
        ("http://example.com", "http://example.com/"),
        ("http://example.com:8080", "http://example.com:8080/"),
        ("http://bücher.example/", "http://xn--bcher-kva.example/"),
        ("http://例え。テスト/", "http://xn--r8jz45g.xn--zckzah/"),
        ("http://example.com./a", "http://example.com/a"),
        ("http:\\\\example.com\\a?b\\c", "http://example.com/a?b%5Cc"),
        ("http://exam\nple.com/a\tb", "http://example.com/ab"),
        ("http://[2001:DB8::1]:8080/a", "http://[2001:db8::1]:8080/a"),
        ("http://user:secret@example.com/a", "http://user:secret@example.com/a"),
        ("https://example.com/#!/a/1", "https://example.com/#!/a/1"),
        ("https://example.com/a%zz?x[]=1|2", "https://example.com/a%zz?x[]=1|2"),
        ("https://example.com/\ud800", "https://example.com/%3F"),
    ],
)
def test_cleaned(given_url: str, cleaned: str) -> None:
    assert clean_url(given_url) == cleaned
    assert clean_url(cleaned) == cleaned


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "no url",
        "/relative",
        "//example.com/a",
        "javascript:alert(1)",
        "data:text/html,x",
        "mailto:a@example.com",
        "ftp://example.com/",
        "http:///a",
        "http://",
        "https:example.com",
        "http://[::1",
        "http://[fe80::1%25eth0]/",
        "http://example.com:99999/",
        "http://example.com:abc/",
        "http://exa mple.com/",
        "http://a..b/",
        f"http://{'a' * 64}.com/",
        f"http://{'a.' * 130}com/",
        "http://exam_ple!.com/",
        "https://example.com/" + "a" * MAX_URL,
    ],
)
def test_refused(text: str) -> None:
    assert clean_url(text) is None


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("/b", "https://example.com/b"),
        ("b", "https://example.com/x/b"),
        ("//evil.example/b", "https://evil.example/b"),
        ("?q=1", "https://example.com/x/a?q=1"),
        ("http://other.example/", "http://other.example/"),
        ("javascript:alert(1)", None),
        ("data:image/png;base64,x", None),
    ],
)
def test_resolved_against_a_base(reference: str, url: str | None) -> None:
    assert clean_url(reference, "https://example.com/x/a") == url


@settings(max_examples=examples(400), deadline=None)
@given(st.text(max_size=80) | st.text("htps:/[]@.%\\?#1a ", max_size=40).map("http://".__add__))
def test_anything_gives_a_stable_url_or_none(text: str) -> None:
    for base in (None, "https://example.com/x/a"):
        cleaned = clean_url(text, base)
        if cleaned is not None:
            assert cleaned.isascii()
            assert cleaned.startswith(("http://", "https://"))
            assert clean_url(cleaned) == cleaned
            assert host_lane(cleaned)
            assert site_of(cleaned)


def test_credentials() -> None:
    assert (
        without_credentials("https://user:secret@example.com:8080/a?b=c@d")
        == "https://example.com:8080/a?b=c@d"
    )


@pytest.mark.parametrize(
    ("url", "lane", "site"),
    [
        ("https://www.kompas.com/a", "www.kompas.com", "kompas.com"),
        ("https://news.detik.com/a", "news.detik.com", "detik.com"),
        ("https://www.bbc.co.uk/a", "www.bbc.co.uk", "bbc.co.uk"),
        ("https://a.blogspot.com/a", "a.blogspot.com", "a.blogspot.com"),
        ("https://blogspot.com/a", "blogspot.com", "blogspot.com"),
        ("https://example.com:8443/a", "example.com:8443", "example.com"),
        ("http://example.com:80/a", "example.com", "example.com"),
        ("http://localhost:8000/a", "localhost:8000", "localhost:8000"),
        ("http://127.0.0.1:8000/a", "127.0.0.1:8000", "127.0.0.1:8000"),
        ("http://127.0.0.1/a", "127.0.0.1", "127.0.0.1"),
        ("http://[::1]:8000/a", "[::1]:8000", "[::1]:8000"),
        ("http://paper.test/a", "paper.test", "paper.test"),
    ],
)
def test_lane_and_site(url: str, lane: str, site: str) -> None:
    assert host_lane(url) == lane
    assert site_of(url) == site


OWN = "https://www.example.com/news/2025/10/21/7654321/a-title-of-words"


@pytest.mark.parametrize(
    "canonical",
    [
        OWN,
        f"{OWN}?utm_source=x",
        "https://example.com/news/2025/10/21/7654321/another-slug-for-it",
        "https://news.example.com/news/2025/10/21/7654321/a-title-of-words",
        "https://www.example.com/read/7654321",
        "https://www.example.com/sport/a-title-of-words",
    ],
)
def test_plausible(canonical: str) -> None:
    assert plausible_canonical(canonical, OWN)


@pytest.mark.parametrize(
    "canonical",
    [
        "https://www.example.com/",
        "https://www.example.com/index.html",
        "https://www.example.com/news",
        "https://www.example.com/news/2025/10/21",
        "https://www.example.com/sport",
        "https://www.example.com/view.php",
        "https://www.other.com/news/2025/10/21/7654321/a-title-of-words",
        "https://www.example.com/news/2025/10/21/7654399/a-title-of-words",
    ],
)
def test_implausible(canonical: str) -> None:
    assert not plausible_canonical(canonical, OWN)


@pytest.mark.parametrize(
    ("canonical", "url", "plausible"),
    [
        ("https://example.com/view.php", "https://example.com/view.php?sid=101", False),
        ("https://example.com/view.php?lang=id", "https://example.com/view.php?lang=id&sid=101", False),
        ("https://example.com/view.php?sid=102", "https://example.com/view.php?sid=101", False),
        ("https://example.com/a-story-of-words", "https://example.com/?p=101", True),
        ("https://example.com/a-long-story-name", "https://example.com/a-long-story-name/2", True),
        ("https://example.com/read/a", "https://example.com/read/a?page=2", True),
        ("https://example.com/read/a", "https://m.example.com/read/a/amp", True),
        ("https://example.com/?p=102", "https://example.com/?p=101", False),
        ("http://127.0.0.1:8000/articles/1", "http://127.0.0.1:8000/articles/1?from=feed", True),
        ("http://127.0.0.1:9000/articles/1", "http://127.0.0.1:8000/articles/1", False),
    ],
)
def test_plausible_for_other_shapes(canonical: str, url: str, *, plausible: bool) -> None:
    assert plausible_canonical(canonical, url) is plausible


@settings(max_examples=examples(200), deadline=None)
@given(st.text(max_size=30), st.text(max_size=30))
def test_judging_never_raises(one: str, other: str) -> None:
    first, second = clean_url(f"https://example.com/{one}"), clean_url(f"https://example.com/{other}")
    if first and second:
        assert plausible_canonical(first, first)
        plausible_canonical(second, first)
