"""How one source wants to be fetched: what may be given, what is kept, who is shown what."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.cli.sources_options import changed_options
from crawler.errors import UsageError
from crawler.options import (
    described,
    masked,
    options_for,
    parse_auth,
    parse_cookie,
    parse_header,
    parse_proxy,
    read_options,
)
from spiders.items import AS_USUAL, FetchOptions

ALL = {
    "user_agent": "reader/1",
    "headers": [["X-Key", "s3cret"], ["Accept-Language", "id"]],
    "cookies": [["session", "s3cret"]],
    "auth": ["ann", "s3cret:too"],
    "proxy": "http://me:s3cret@proxy:3128",
    "verify_tls": False,
    "obey_robots": False,
    "impersonate": "chrome",
    "render": True,
}
HOME = "https://news.example.org/feed"

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def test_what_is_kept_is_read() -> None:
    assert read_options(ALL) == FetchOptions(
        user_agent="reader/1",
        headers=(("X-Key", "s3cret"), ("Accept-Language", "id")),
        cookies=(("session", "s3cret"),),
        auth=("ann", "s3cret:too"),
        proxy="http://me:s3cret@proxy:3128",
        verify_tls=False,
        obey_robots=False,
        impersonate="chrome",
        render=True,
    )
    assert read_options({}) is AS_USUAL


@given(st.dictionaries(st.sampled_from(sorted(ALL)) | st.text(), anything, max_size=8) | anything)
def test_spoilt_rows_never_raise_and_never_break_a_request(kept: object) -> None:
    options = read_options(kept)  # type: ignore[arg-type]
    texts = [text for pair in (*options.headers, *options.cookies) for text in pair]
    assert not [text for text in (*texts, options.user_agent or "") if not text.isascii() or "\n" in text]
    json.dumps(masked(kept))  # type: ignore[arg-type]


@given(st.text(max_size=60))
def test_no_text_smuggles_a_line_into_a_header(text: str) -> None:
    for parse in (parse_header, parse_cookie, lambda value: parse_header("X: " + value)):
        try:
            name, value = parse(text)
        except UsageError:
            continue
        assert not {"\r", "\n", "\0"} & set(name + value)
        assert name.isascii()
        assert not {" ", ":"} & set(name)


@pytest.mark.parametrize(
    "text",
    [
        *("Host: x", "content-length: 3", "Connection: close", "Transfer-Encoding: chunked", "TE: trailers"),
        *("User-Agent: x", "COOKIE: a=b", "Authorization: Basic x", "Proxy-Authorization: x", "Range: 0-1"),
        *("no colon", ": empty", "Bad Name: x", "X: a\r\nY: b", "X: ünï"),
    ],
)
def test_headers_that_are_not_to_be_given(text: str) -> None:
    with pytest.raises(UsageError):
        parse_header(text)


def test_a_refused_secret_is_not_repeated() -> None:
    calls = [(parse_cookie, "a=s3cret;"), (parse_header, "X: s3cret\x01"), (parse_auth, "s3cret")]
    for parse, text in [*calls, (parse_proxy, "socks5://u:s3cret@h")]:
        with pytest.raises(UsageError) as caught:
            parse(text)
        assert "s3cret" not in str(caught.value)


def test_login_may_hold_colons_in_the_password() -> None:
    assert parse_auth("ann:a:b") == ("ann", "a:b")


@pytest.mark.parametrize("good", ["http://proxy:3128", "https://u:p@10.0.0.1:8080/", "http://[::1]:3128"])
def test_proxies(good: str) -> None:
    assert parse_proxy(good) == good


@pytest.mark.parametrize("bad", ["proxy:3128", "socks5://x:1", "http://", "http://x/y", "http://x:99999", ""])
def test_no_proxies(bad: str) -> None:
    with pytest.raises(UsageError):
        parse_proxy(bad)


def test_its_own_origin_is_shown_all() -> None:
    assert options_for(ALL, HOME, "https://news.example.org/a") == read_options(ALL)


@pytest.mark.parametrize("url", ["https://www.example.org/a", "https://news.example.org:8443/a"])
def test_its_site_is_shown_no_login(url: str) -> None:
    shown = options_for(ALL, HOME, url)
    assert shown.auth is None
    assert shown.cookies == (("session", "s3cret"),)
    assert shown.obey_robots is False


@pytest.mark.parametrize("url", ["https://evil.example/a", "http://news.example.org/a", "https://x.test/"])
def test_pages_elsewhere_or_in_the_clear_are_shown_nothing_secret(url: str) -> None:
    proxy = "http://me:s3cret@proxy:3128"
    expected = FetchOptions(user_agent="reader/1", proxy=proxy, impersonate="chrome", render=True)
    assert options_for(ALL, HOME, url) == expected


def test_what_is_shown_holds_no_secret() -> None:
    assert masked(ALL) == {
        "user_agent": "reader/1",
        "headers": [["X-Key", "***"], ["Accept-Language", "id"]],
        "cookies": [["session", "***"]],
        "auth": ["ann", "***"],
        "proxy": "http://***@proxy:3128",
        "verify_tls": False,
        "obey_robots": False,
        "impersonate": "chrome",
        "render": True,
    }
    assert "s3cret" not in (described(ALL) or "")
    assert described({}) is None


def test_changes_add_to_what_is_kept_and_empty_values_take_away() -> None:
    kept = {"user_agent": "a", "auth": ["u", "p"]}
    assert changed_options(kept, {"user_agent": None, "headers": (), "auth": None}) == {}
    assert changed_options(kept, {"auth": "", "insecure": True}) == {
        "options": {"user_agent": "a", "verify_tls": False}
    }
    assert changed_options({"verify_tls": False}, {"insecure": False}) == {"options": {}}
    assert changed_options(kept, {"no_options": True, "headers": ("X: 1",)}) == {
        "options": {"headers": [["X", "1"]]}
    }
    assert changed_options({}, {"ignore_robots": False}) == {"options": {"obey_robots": True}}


@pytest.mark.parametrize(("wanted", "near"), [("crome", "chrome"), ("fire fox", "a name like"), ("", None)])
def test_browsers_are_checked_against_what_can_be_imitated(wanted: str, near: str | None) -> None:
    if near is None:
        assert changed_options({"impersonate": "chrome"}, {"impersonate": wanted}) == {"options": {}}
        return
    with pytest.raises(UsageError, match=near):
        changed_options({}, {"impersonate": wanted})


def test_what_needs_an_extra_is_set_only_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    both = {"impersonate": "firefox", "render": True}
    assert changed_options({}, dict(both)) == {"options": both}
    assert changed_options(both, {"render": False}) == {"options": {"impersonate": "firefox"}}
    monkeypatch.setattr("crawler.cli.sources_options.can_impersonate", lambda: False)
    monkeypatch.setattr("crawler.cli.sources_options.can_render", lambda: False)
    for name, value in both.items():
        with pytest.raises(UsageError, match=r"pip install 'kabar\[(impersonate|browser)\]'"):
            changed_options({}, {name: value})
    assert changed_options(both, {"render": False, "impersonate": ""}) == {"options": {}}
