"""What publishers reserve about use by machines."""

import pytest

from spiders.readers.page import read_page


def read(head: str, *, header: str | None = None) -> dict[str, str]:
    body = f"<html><head><title>A long title here</title>{head}</head><body><p>Text.</p></body></html>"
    url = "https://news.example/a"
    document = read_page(body.encode(), url=url, requested_url=url, fetched_at=1.7e9, x_robots_tag=header)
    return dict(document.reservations)


@pytest.mark.parametrize(
    ("head", "found"),
    [
        ("", {}),
        ('<meta name="robots" content="index, follow, max-image-preview:large">', {}),
        ('<meta name="robots" content="noai, noimageai">', {"robots": "noai, noimageai"}),
        (
            '<meta name="Robots" content="index,NOAI"><meta name="robots" content="notranslate">',
            {"robots": "NOAI, notranslate"},
        ),
        (
            '<meta name="googlebot" content="nosnippet, max-snippet: 0">',
            {"googlebot": "nosnippet, max-snippet: 0"},
        ),
        ('<meta name="tdm-reservation" content="1">', {"tdm-reservation": "1"}),
        (
            '<meta name="tdm-reservation" content="1"><meta name="tdm-policy" content="https://n.example/p.json">',
            {"tdm-reservation": "1", "tdm-policy": "https://n.example/p.json"},
        ),
    ],
)
def test_what_the_page_says(head: str, found: dict[str, str]) -> None:
    assert read(head) == found


def test_what_the_header_says() -> None:
    assert read("", header="noai, otherbot: noindex, nofollow") == {"x-robots-tag": "noai, otherbot: noindex"}
    assert read("", header="all") == {}


def test_long_statements_are_cut() -> None:
    found = read(f'<meta name="tdm-policy" content="https://n.example/{"x" * 5000}">')
    assert len(found["tdm-policy"]) == 300
