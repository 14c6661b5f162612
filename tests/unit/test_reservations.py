"""What publishers reserve about use by machines."""

import pytest

from crawler.reading import with_refusals
from spiders.items import Document, Robots
from spiders.readers.page import read_page


def read(head: str, *, header: str | None = None, **headers: str) -> dict[str, str]:
    body = f"<html><head><title>A long title here</title>{head}</head><body><p>Text.</p></body></html>"
    url = "https://news.example/a"
    named = {name.replace("_", "-"): said for name, said in headers.items()}
    document = read_page(
        body.encode(), url=url, requested_url=url, fetched_at=1.7e9, x_robots_tag=header, headers=named
    )
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


def test_text_and_data_mining_is_reserved_by_headers_too() -> None:
    assert read("", tdm_reservation="1", tdm_policy="https://n.example/p.json") == {
        "tdm-reservation": "1",
        "tdm-policy": "https://n.example/p.json",
    }
    page = '<meta name="tdm-reservation" content="0">'
    assert read(page, tdm_reservation="1", content_type="text/html") == {"tdm-reservation": "0"}


def test_long_statements_are_cut() -> None:
    found = read(f'<meta name="tdm-policy" content="https://n.example/{"x" * 5000}">')
    assert len(found["tdm-policy"]) == 300


def robots(text: str, *, origin: str = "https://news.example", status: int = 200) -> Robots:
    return Robots(origin=origin, status=status, text=text, fetched_at=1.7e9)


NAMED = "User-agent: GPTBot\nUser-agent: CCBot\nDisallow: /\n\nUser-agent: ClaudeBot\nDisallow: /private\n"


@pytest.mark.parametrize(
    ("known", "found"),
    [
        ([], {}),
        ([robots(NAMED)], {"robots.txt": "GPTBot, CCBot"}),
        ([robots(NAMED, origin="https://other.example")], {}),
        ([robots(NAMED, status=404)], {}),
        ([robots("User-agent: *\nDisallow: /")], {}),
        ([robots(NAMED + "# " + "x" * 40_000)], {}),
    ],
)
def test_what_robots_txt_says_to_machines_that_learn(known: list[Robots], found: dict[str, str]) -> None:
    url = "https://news.example/a"
    document = Document(url=url, requested_url=url, fetched_at=1.7e9)
    assert with_refusals(document, known).reservations == found
