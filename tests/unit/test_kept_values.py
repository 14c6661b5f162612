"""How values are kept: what is left off comes back."""

from hypothesis import given
from hypothesis import strategies as st

from storage.values import key_of, shortened

URLS = st.text() | st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["https://", "http://", "://", ""]),
        st.sampled_from(["www.", "www.www.", "m.", ""]),
        st.sampled_from(["a.example", "www.", ""]),
        st.sampled_from(["", "/", "//", "/x/", "/x?y=/"]),
    ),
)


@given(URLS, URLS)
def test_keys_come_back(url: str, key: str) -> None:
    for one in (key, url, f"https://{url}", key_of(url, "")):
        assert key_of(url, shortened(url, one)) == one or one == ""


def test_what_most_urls_have_for_a_key_takes_no_room() -> None:
    for url in ("https://www.a.example/2026/x/", "http://a.example/2026/x"):
        assert shortened(url, "https://a.example/2026/x") == ""
    assert shortened("https://a.example/x?page=2", "https://a.example/x") == "https://a.example/x"
