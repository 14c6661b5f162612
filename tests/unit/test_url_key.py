"""The normal form of URLs: what is folded, what never is."""

from urllib.parse import quote, urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crawler.normalize.url import clean_url, url_key
from tests.depth import examples

ARTICLE = "https://www.example.com/read/2025/10/21/12345/a-title"

SAME = [
    # trackers
    (f"{ARTICLE}?utm_source=x&utm_medium=y", ARTICLE),
    (f"{ARTICLE}?UTM_Campaign=x", ARTICLE),
    (f"{ARTICLE}?fbclid=abc&gclid=def&yclid=1", ARTICLE),
    (f"{ARTICLE}?a=1&amp;utm_source=rss", f"{ARTICLE}?a=1"),
    (f"{ARTICLE}?CMP=share_btn_tw", ARTICLE),
    (f"{ARTICLE}?ref=rss", ARTICLE),
    (f"{ARTICLE}?source=newsletter", ARTICLE),
    # sessions
    (f"{ARTICLE}?PHPSESSID=1", ARTICLE),
    (f"{ARTICLE};jsessionid=AB12", ARTICLE),
    # scheme, host, port
    ("http://www.example.com/a", "https://example.com/a"),
    ("http://example.com:80/a", "https://example.com/a"),
    ("https://example.com:443/a", "http://example.com/a"),
    ("https://EXAMPLE.com./a", "https://example.com/a"),
    ("https://m.example.com/a", "https://www.example.com/a"),
    ("https://mobile.example.co.uk/a", "https://www.example.co.uk/a"),
    ("https://amp.example.com/a", "https://www.example.com/a"),
    ("https://bücher.example/a", "https://xn--bcher-kva.example/a"),
    # path
    (f"{ARTICLE}/", ARTICLE),
    (f"{ARTICLE}#comments", ARTICLE),
    ("https://example.com/a/./b/../c", "https://example.com/a/c"),
    ("https://example.com/%7euser/%C3%A4", "https://example.com/~user/ä"),
    ("https://example.com/a%2db", "https://example.com/a-b"),
    ("https://example.com", "https://example.com/"),
    ("https://example.com/amp/read/1", "https://example.com/read/1"),
    ("https://example.com/read/1/amp/", "https://example.com/read/1"),
    ("https://example.com/read/1/a.amp", "https://example.com/read/1/a"),
    ("https://example.com/read/1/a.amp.html", "https://example.com/read/1/a.html"),
    ("https://example.com/2025/a-story/index.html", "https://example.com/2025/a-story/"),
    ("https://example.com/index.htm", "https://example.com/"),
    # query
    (f"{ARTICLE}?b=1&a=2", f"{ARTICLE}?a=2&b=1"),
    (f"{ARTICLE}?", ARTICLE),
    (f"{ARTICLE}?page=all", ARTICLE),
    (f"{ARTICLE}?page=1", ARTICLE),
    (f"{ARTICLE}?m=1", ARTICLE),
    (f"{ARTICLE}?outputType=amp", ARTICLE),
    ("https://example.com/a?q=x%20y", "https://example.com/a?q=x+y"),
]

DIFFERENT = [
    *(
        (f"https://example.com/index.php?{name}=101", f"https://example.com/index.php?{name}=102")
        for name in ("cid", "sid", "id", "p", "page", "ref", "source", "m", "article", "nid", "v")
    ),
    ("https://example.com/?p=101", "https://example.com/"),
    ("https://example.com/?page=1", "https://example.com/"),
    ("https://example.com/index.php?page=1", "https://example.com/index.php"),
    ("https://example.com/show.php?page=all", "https://example.com/show.php"),
    (f"{ARTICLE}?page=2", f"{ARTICLE}?page=1"),
    (f"{ARTICLE}?page=2", ARTICLE),
    ("https://example.com/Story/AbC1", "https://example.com/Story/aBc1"),
    ("https://news.example.com/a", "https://sport.example.com/a"),
    ("https://blog.example.com/a", "https://example.com/a"),
    ("https://example.com:8080/a", "https://example.com/a"),
    ("https://www.github.io/a", "https://github.io/a"),
    ("https://m.me/a", "https://me/a"),
    ("https://a.blogspot.com/x", "https://b.blogspot.com/x"),
    ("https://example.com/a%2Fb", "https://example.com/a/b"),
    ("https://example.com/a?x=1%262", "https://example.com/a?x=1&2"),
    ("https://example.com/a/b", "https://example.com/a//b"),
    ("https://example.com/amp", "https://example.com/"),
    ("https://example.com/a/camp", "https://example.com/a"),
    ("https://example.com/#!/a/1", "https://example.com/#!/a/2"),
    ("https://example.com/a?x=", "https://example.com/a"),
    ("https://straße.example/a", "https://strasse.example/a"),
]


def key(url: str) -> str:
    cleaned = clean_url(url)
    assert cleaned is not None, url
    return url_key(cleaned)


@pytest.mark.parametrize(("one", "other"), SAME)
def test_same_article(one: str, other: str) -> None:
    assert key(one) == key(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_article(one: str, other: str) -> None:
    assert key(one) != key(other)


def test_form_is_readable() -> None:
    assert key("http://www.Example.com:80/A/?b=2&a=1&utm_source=x#top") == "https://example.com/A?a=1&b=2"


def test_what_is_no_url_comes_back() -> None:
    for text in ("", "no url", "mailto:a@example.com", "http://[bad/", "http://example.com:99999/"):
        assert url_key(text) == text


SEGMENT = st.text("abcXYZ012-_.~%é漢 +;=&amp", min_size=1, max_size=8)
HOST = st.sampled_from(
    [
        "example.com",
        "www.example.com",
        "m.example.co.id",
        "www.m.example.com",
        "localhost:8000",
        "[::1]:80",
        "127.0.0.1",
        "www.github.io",
        "amp.dev",
        "müller.example",
        "www.www.example.com",
    ]
)
PAIR = st.tuples(
    st.sampled_from(["id", "p", "page", "utm_source", "ref", "a", "A", "amp", "fbclid", "q", "m", "x[]"]),
    st.text("012abcZ%+ é&=;/?", max_size=6),
)


@st.composite
def urls(draw: st.DrawFn) -> str:
    path = "/".join(
        draw(st.lists(SEGMENT | st.sampled_from(["amp", "", ".", "..", "%2e%2e", "%2F"]), max_size=5))
    )
    query = "&".join(f"{name}={value}" for name, value in draw(st.lists(PAIR, max_size=4)))
    fragment = draw(st.sampled_from(["", "#top", "#!/route/1", "#/a"]))
    scheme = draw(st.sampled_from(["http", "https"]))
    return f"{scheme}://{draw(HOST)}/{path}{'?' if query else ''}{query}{fragment}"


@settings(max_examples=examples(400), deadline=None)
@given(urls())
@example("https://example.com/amp//amp/..//x/")
@example("https://example.com/a.amp.amp.html.amp")
@example("http://example.com:443/a")
@example("https://example.com/a?amp;x=1&amp;amp;y=2")
def test_twice_is_once(url: str) -> None:
    cleaned = clean_url(url)
    if cleaned is not None:
        assert url_key(url_key(cleaned)) == url_key(cleaned)


@settings(max_examples=examples(300), deadline=None)
@given(st.text(max_size=60))
def test_never_raises_on_anything(text: str) -> None:
    url_key(text)
    cleaned = clean_url(f"https://example.com/{text}")
    if cleaned is not None:
        url_key(cleaned)


PLAIN = st.text("abcdefghijklmnopqrstuvwxyzABC0123456789_-", min_size=1, max_size=10).filter(
    lambda text: text.lower() != "amp"
)


@settings(max_examples=examples(300), deadline=None)
@given(st.lists(PLAIN, min_size=1, max_size=4), st.lists(PLAIN, min_size=1, max_size=4))
def test_other_paths_are_other_articles(one: list[str], other: list[str]) -> None:
    first, second = (key("https://example.com/" + "/".join(path)) for path in (one, other))
    assert (first == second) == (one == other)


@settings(max_examples=examples(300), deadline=None)
@given(
    st.sampled_from(["cid", "sid", "id", "p", "article_id", "v", "news", "t"]),
    st.integers(0, 10**9),
    st.integers(0, 10**9),
    st.sampled_from(["/", "/view.php", "/read/a", "/index.php"]),
)
def test_other_ids_are_other_articles(name: str, one: int, other: int, path: str) -> None:
    first, second = (key(f"https://example.com{path}?{name}={number}") for number in (one, other))
    assert (first == second) == (one == other)


@settings(max_examples=examples(200), deadline=None)
@given(st.text(min_size=1, max_size=20), st.text(min_size=1, max_size=20))
def test_other_values_are_other_articles(one: str, other: str) -> None:
    first, second = (key(f"https://example.com/a?q={quote(text, safe='')}") for text in (one, other))
    assert (first == second) == (one == other)


def test_long_urls() -> None:
    url = "https://www.example.com/a?" + "&".join(f"x{number}={'y' * 70}" for number in range(100))
    assert len(url) > 7000
    assert key(f"{url}&utm_source=z") == key(url)
    assert urlsplit(key(url)).hostname == "example.com"
